"""The read models over HTTP: board, deadlines, inbox, audit trail. Each answer says how far it goes.

What one edits or approves from is read from its stream instead (items.py, rounds.py, cycles.py).
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from domain.values import DAY, FIRST_YEAR, LAST_YEAR, Date, Role, RoundKind, SubjectId, UnitId
from projections.summary import summary
from projections.table import Rows
from services.api.addresses import PREFIX, Ledger, Limit, UnitFilter
from services.api.bodies import SLUG, is_date
from services.api.callers import Callers
from services.api.instants import LAST_POSITION, instant, instant_or_position
from services.api.looks import Watched
from services.api.names import names_of
from services.api.pages import link
from services.api.parts import Parts
from services.api.problems import READS, Refusal
from services.api.reading import INSIDE, MINISTRY, Reader, readers
from services.api.rules import known_of
from services.api.search import search
from services.api.trails import entry_of, readable
from services.opening import Opened
from services.readmodels import Filter, ReadModels

Shown = dict[str, Any]
_LAST_POSITION = 2**53
_CARING = (Role.COORDINATOR, Role.HEAD, Role.ADMINISTRATOR, Role.AUDITOR)
"""Who sees to it that nothing waits for nobody."""

YearQuery = Annotated[int, Query(ge=FIRST_YEAR, le=LAST_YEAR)]
Language = Annotated[
    Literal["fi", "sv", "en"] | None, Query(description="Titles in this language; without it as {fi, sv, en}.")
]
KnownAt = Annotated[
    Annotated[int, Field(ge=0, le=LAST_POSITION)] | AwareDatetime | None,
    BeforeValidator(instant_or_position("known_at")),
    Query(
        description="As it was known then: an instant with its zone, or a position. Roles and erasures are today's.",
    ),
]
ValidAt = Annotated[
    Annotated[Date, Field(pattern=f"^{DAY}$", json_schema_extra={"format": "date"}), AfterValidator(is_date)] | None,
    Query(description="As it holds on this day: units, versions, withdrawals, links to measures."),
]
Since = Annotated[
    AwareDatetime | None, BeforeValidator(instant("since")), Query(description="Recorded from this instant on.")
]
Until = Annotated[
    AwareDatetime | None, BeforeValidator(instant("until")), Query(description="Recorded before this instant.")
]
MinPosition = Annotated[
    int | None,
    Query(ge=0, le=_LAST_POSITION, description="Wait a little until this position is in; else the answer is `stale`."),
]
Position = Annotated[int, Query(ge=0, le=_LAST_POSITION)]
Rrf = Annotated[bool | None, Query(description="Only measures of the recovery facility, and what counts for them.")]
Sought = Annotated[
    str | None,
    Query(
        min_length=2,
        max_length=100,
        pattern=r"\S",
        description="Only events whose type says so, or about whom or what is called so in any language.",
    ),
]
Order = Annotated[Literal["oldest", "newest"], Query(description="Which come first.")]


class Seen(BaseModel):
    """How far an answer goes."""

    model_config = ConfigDict(extra="forbid")

    position: int = Field(description="The last position that it knows of.")
    stale: bool = Field(description="`min_position` isn't in yet.")


class ShownBoard(Seen):
    """The board of a round: every light, and how many there are of each."""

    board: Shown


class ShownDeadlines(Seen):
    """The dates of a year."""

    deadlines: list[Shown]


class ShownInbox(Seen):
    """What waits for the caller, or for nobody."""

    tasks: list[Shown]
    next: int | None


class ShownTrail(Seen):
    """Entries of the audit trail. Of what the caller may not read, `said` and `changes` are null."""

    entries: list[Shown]
    next: int | None = Field(description="Continue behind this position.")


def routes(parts: Parts, callers: Callers, models: ReadModels) -> APIRouter:
    """GET /{ledger}/board, /deadlines, /inbox, /unattended, /trail."""
    router = APIRouter(tags=["views"], prefix=PREFIX + "/{ledger}", route_class=Watched)
    reading = readers(parts, callers)

    async def worded(ledger: str, value: Any, language: str | None) -> Any:
        opened = await Opened.of_rows(parts.store, ledger, [value])
        return opened.row(value, language)

    @router.get("/board", operation_id="read-board", responses=READS)
    async def board(
        ledger: Ledger,
        reader: Annotated[Reader, Depends(reading)],
        year: YearQuery,
        round: RoundKind,  # noqa: A002
        known_at: KnownAt = None,
        valid_at: ValidAt = None,
        min_position: MinPosition = None,
        language: Language = None,
    ) -> ShownBoard:
        """The traffic lights of a round, the ministry's beside the agency's; drafts for those who may read them."""
        found = await models.board(ledger, year, known_at=known_at, valid_at=valid_at, min_position=min_position)
        made = board_for(reader, found.value, year, round)
        return ShownBoard(board=await worded(ledger, made, language), position=found.position, stale=found.stale)

    @router.get("/deadlines", operation_id="list-deadlines", responses=READS)
    async def deadlines(
        ledger: Ledger,
        reader: Annotated[Reader, Depends(reading)],
        year: YearQuery,
        known_at: KnownAt = None,
        valid_at: ValidAt = None,
        min_position: MinPosition = None,
    ) -> ShownDeadlines:
        """The dates of a year's cycle: what is met, late or to come. The units' own for those who may follow them."""
        at = await _instant_of(parts, ledger, known_at) or reader.now
        found = await models.deadlines(
            ledger, year, at, known_at=known_at, valid_at=valid_at, min_position=min_position
        )
        seen = [each for each in found.value if each["unit"] is None or reader.may_follow(each["unit"])]
        return ShownDeadlines(deadlines=await worded(ledger, seen, None), position=found.position, stale=found.stale)

    @router.get("/inbox", operation_id="read-inbox", responses=READS)
    async def inbox(
        request: Request,
        response: Response,
        ledger: Ledger,
        reader: Annotated[Reader, Depends(reading)],
        after: Annotated[int, Query(ge=0, le=100_000, description="Leave out so many from the top.")] = 0,
        limit: Limit = 100,
        min_position: MinPosition = None,
    ) -> ShownInbox:
        """What waits for the caller, in person or as a substitute; what is due first comes first."""
        found = await models.inbox(ledger, reader.person, reader.now, min_position=min_position)
        page, rest = found.value[after : after + limit], found.value[after + limit :]
        following = after + limit if rest else None
        link(request, response, following)
        tasks = await worded(ledger, page, None)
        return ShownInbox(tasks=tasks, next=following, position=found.position, stale=found.stale)

    @router.get("/unattended", operation_id="read-unattended", responses=READS)
    async def unattended(
        request: Request,
        response: Response,
        ledger: Ledger,
        reader: Annotated[Reader, Depends(reading)],
        after: Annotated[int, Query(ge=0, le=100_000, description="Leave out so many from the top.")] = 0,
        limit: Limit = 100,
        min_position: MinPosition = None,
    ) -> ShownInbox:
        """What waits for nobody: steps of those who left, and of units without a holder (cases 5 and 7)."""
        if not reader.has(*_CARING):
            raise Refusal(
                403, "not-permitted", "Only a coordinator, the head, an administrator or an auditor reads this."
            )
        found = await models.unattended(ledger, reader.now, min_position=min_position)
        page, rest = found.value[after : after + limit], found.value[after + limit :]
        following = after + limit if rest else None
        link(request, response, following)
        tasks = await worded(ledger, page, None)
        return ShownInbox(tasks=tasks, next=following, position=found.position, stale=found.stale)

    @router.get("/trail", operation_id="read-trail", responses=READS)
    async def trail(
        request: Request,
        response: Response,
        ledger: Ledger,
        reader: Annotated[Reader, Depends(reading)],
        after: Position = 0,
        limit: Limit = 100,
        person: Annotated[str | None, Query(pattern=SLUG, description="Who acted, or is concerned.")] = None,
        unit: UnitFilter = None,
        subject: Annotated[str | None, Query(pattern=SLUG)] = None,
        type: Annotated[str | None, Query(pattern=SLUG, description="The event's type.")] = None,  # noqa: A002
        since: Since = None,
        until: Until = None,
        rrf: Rrf = None,
        q: Sought = None,
        order: Order = "oldest",
        min_position: MinPosition = None,
    ) -> ShownTrail:
        """Who did what, for whom, when, by which command, and what changed."""
        wanted = Filter(
            person=person,
            unit=unit,
            subject=subject,
            type=type,
            since=since,
            until=until,
            rrf=await _linked(models, reader) if rrf else None,
            search=None if q is None else search(await names_of(parts, ledger, reader.today), q),
        )
        found = await models.trail(ledger, after, limit, wanted, newest=order == "newest", min_position=min_position)
        following = found.value[-1]["position"] if len(found.value) == limit else None
        known = await known_of(parts, ledger, [entry_of(each) for each in found.value])
        entries = [entry for each in found.value if (entry := readable(reader, each, known)) is not None]
        link(request, response, following)
        return ShownTrail(
            entries=await worded(ledger, entries, None),
            next=following,
            position=found.position,
            stale=found.stale,
        )

    return router


async def _linked(models: ReadModels, reader: Reader) -> list[str]:
    """The subjects of which the reader may know that they count for a measure."""
    found = await models.linked(reader.ledger)
    return sorted(each for each in found if reader.has(*INSIDE) or reader.looks.covers(SubjectId(each)))


async def _instant_of(parts: Parts, ledger: str, known_at: datetime | int | None) -> datetime | None:
    """When it was known: the instant itself, or when the event at a position was recorded."""
    if not isinstance(known_at, int):
        return known_at
    rows = await parts.store.read(ledger, known_at - 1, 1) if known_at else []
    return rows[0].recorded_at if rows else None


def board_for(reader: Reader, rows: Rows, year: int, kind: RoundKind) -> Shown:
    """The board of a round as a reader may see it."""
    made = summary(
        rows, year, kind.value, lambda unit, subject: reader.may_read_draft(UnitId(unit), SubjectId(subject))
    )
    stated = made["statement"] is not None or reader.has(*MINISTRY) or reader.looks.covers(None)
    for cell in _cells(made):
        if "ministry" in cell and not stated:
            cell["ministry"] = None
        if "rrf" in cell and not (reader.has(*INSIDE) or reader.looks.covers(cell["subject"])):
            cell["rrf"] = None
    return made


def _cells(value: Any) -> Iterator[Shown]:
    """Everything of a board that has fields, from the outermost in."""
    if isinstance(value, dict):
        yield value
        for inner in list(value.values()):
            yield from _cells(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _cells(inner)
