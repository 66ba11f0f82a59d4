"""The history replayed for auditors: step by step, as a difference, and any read model as it was known and valid.

Only for those who look in an engagement in force, and of what it covers; that they look is recorded before
the answer is sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from domain.calendar import day_of
from domain.events.access import Look
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import Organisation
from domain.values import FIRST_YEAR, LAST_YEAR, Date, PersonId, RoundKind, SubjectId, instant_text
from domain.view import View as Facts
from projections.items import ITEM
from projections.table import Cells
from services.api.addresses import PREFIX, Ledger, Limit
from services.api.audit.engaged import check_order, covering, engaged, position_of
from services.api.audit.scopes import check_known
from services.api.bodies import SLUG
from services.api.callers import Caller, Callers
from services.api.instants import LAST_POSITION, instant_or_position
from services.api.looks import Looks, scope
from services.api.pages import link
from services.api.parts import Parts
from services.api.problems import READS, Refusal
from services.api.reading import Reader, reader_of
from services.api.rules import known_of
from services.api.trails import entry_of, readable
from services.api.views import ValidAt, YearQuery, board_for
from services.opening import Opened
from services.readmodels import ReadModels, Replays
from services.seal import SealStore
from verifier.scope import Milestone

Shown = dict[str, Any]
View = Literal["board", "deadlines", "inbox", "items", "roles"]
Place = Annotated[int, Field(ge=0, le=LAST_POSITION)] | AwareDatetime | None

KnownAt = Annotated[
    Place,
    BeforeValidator(instant_or_position("known_at")),
    Query(description="As it was known then: an instant with its zone, or a position; without it as it is known now."),
]
From = Annotated[
    Place, BeforeValidator(instant_or_position("from")), Query(alias="from", description="A position or an instant.")
]
To = Annotated[
    Place,
    BeforeValidator(instant_or_position("to")),
    Query(alias="to", description="A position or an instant; without it up to now."),
]
SubjectFilter = Annotated[str | None, Query(pattern=SLUG, description="Only what is about it.")]


Unsealed = Annotated[str | None, Field(description="Why nothing more of the log is sealed: then it may be altered.")]


class ShownSteps(BaseModel):
    """Events in their order: who did what and why, and what it changed on the board."""

    model_config = ConfigDict(extra="forbid")

    steps: list[Shown]
    next: int | None = Field(description="Continue behind this position.")
    unsealed: Unsealed


class ShownDifference(BaseModel):
    """What differs between two positions, each with the events that made it so."""

    model_config = ConfigDict(extra="forbid")

    first: int = Field(alias="from", description="The position as of which it was so.")
    last: int = Field(alias="to", description="The position as of which it is otherwise.")
    year: int
    changes: list[Shown]
    unsealed: Unsealed


class ReplayedView(BaseModel):
    """A read model as it was known after an event, and as it holds on a day."""

    model_config = ConfigDict(extra="forbid")

    view: View
    position: int = Field(description="The last event that was known.")
    recorded_at: str | None = Field(description="When that was recorded; null before the first event.")
    valid_at: str | None
    shown: Any = Field(description="As the read of the same name answers it; `items` and `roles` as rows.")
    unsealed: Unsealed


def routes(
    parts: Parts, callers: Callers, looks: Looks, models: ReadModels, seal: SealStore | None = None
) -> APIRouter:
    """GET /{ledger}/audit/steps, /audit/difference, /audit/replay."""
    router = APIRouter(tags=["audit"], prefix=PREFIX + "/{ledger}/audit")
    replays = Replays(parts.store)

    async def unsealed(ledger: str) -> str | None:
        return None if seal is None else await seal.refusal(ledger)

    @router.get("/steps", operation_id="replay-steps", responses=READS)
    async def steps(
        request: Request,
        response: Response,
        ledger: Ledger,
        caller: Annotated[Caller, Depends(callers)],
        after: Annotated[int, Query(ge=0, le=LAST_POSITION)] = 0,
        limit: Limit = 100,
        subject: SubjectFilter = None,
    ) -> ShownSteps:
        """The history event by event: who, by which command, for which cause, and what changed on the board."""
        reader = engaged(await reader_of(parts, caller))
        after = await position_of(parts, reader, after, "after")
        if subject is None:
            page = await replays.steps(ledger, after, limit)
        else:
            covering(reader, SubjectId(subject))
            await parts.handler.read(ledger, lambda view: check_known(view, Milestone(subject=SubjectId(subject)), ()))
            organisation: Organisation = await parts.handler.read(ledger, lambda view: view.get(ORGANISATION))
            page = await replays.steps_about(ledger, organisation, subject, after, limit)
        shown = await _readable(parts, reader, page.steps)
        await looks.record(caller, reader, Look.REPLAY, scope("replay/steps", subject), subjects=_subjects(subject))
        link(request, response, page.next)
        return ShownSteps(steps=shown, next=page.next, unsealed=await unsealed(ledger))

    @router.get("/difference", operation_id="replay-difference", responses=READS)
    async def difference(
        ledger: Ledger,
        caller: Annotated[Caller, Depends(callers)],
        year: YearQuery,
        first: From,
        last: To = None,
        subject: SubjectFilter = None,
    ) -> ShownDifference:
        """What of a year is different: lights, numbers, evidence, stages, versions, dates; by whom, by what command."""
        reader = engaged(await reader_of(parts, caller))
        if subject is not None:
            covering(reader, SubjectId(subject))
            await parts.handler.read(ledger, lambda view: check_known(view, Milestone(subject=SubjectId(subject)), ()))
        since, until = await position_of(parts, reader, first, "from"), await position_of(parts, reader, last, "to")
        check_order(first, last, since, until)
        changes = await replays.difference(ledger, since, until, year)
        seen = [each for each in changes if _seen(reader, each) and subject in (None, each["subject"])]
        rows = [{each["what"]: [each["from"], each["to"]]} for each in seen]
        opened = await Opened.of_rows(parts.store, ledger, rows)
        for each, row in zip(seen, rows, strict=True):
            each["from"], each["to"] = opened.row(row)[each["what"]]
        at = scope("replay/difference", year, subject, further={"from": since, "to": until})
        await looks.record(caller, reader, Look.REPLAY, at, subjects=_subjects(subject))
        found = {"from": since, "to": until, "year": year, "changes": seen, "unsealed": await unsealed(ledger)}
        return ShownDifference.model_validate(found)

    @router.get("/replay", operation_id="replay-view", responses=READS)
    async def replay(
        ledger: Ledger,
        caller: Annotated[Caller, Depends(callers)],
        view: View,
        known_at: KnownAt = None,
        valid_at: ValidAt = None,
        year: Annotated[
            int | None, Query(ge=FIRST_YEAR, le=LAST_YEAR, description="Of board, deadlines and items.")
        ] = None,
        round: Annotated[RoundKind | None, Query(description="Of board and items.")] = None,  # noqa: A002
        person: Annotated[str | None, Query(pattern=SLUG, description="Of an inbox: whose.")] = None,
    ) -> ReplayedView:
        """A read model as it was known at an instant, with what has a date from which it holds as of another."""
        reader = engaged(await reader_of(parts, caller))
        _complete(view, {"year": year, "round": round, "person": person})
        if person is not None:
            covering(reader, None)
            await parts.handler.read(ledger, lambda seen: _check_person(seen, person))
        position = await position_of(parts, reader, known_at, "known_at")
        recorded = await _recorded(parts, ledger, position)
        then = known_at if isinstance(known_at, datetime) else None if known_at is None else recorded
        asked = _Asked(
            position=position,
            day=valid_at,
            at=then or reader.now,
            year=year or 0,
            round=round or RoundKind.HALF_YEAR,
            person=PersonId(person or ""),
        )
        shown = await _replayed(models, reader, view, asked)
        opened = await Opened.of_rows(parts.store, ledger, [shown])
        of = year if round is None else f"{year}-{round}"
        further = {"known_at": None if known_at is None else position, "valid_at": valid_at}
        await looks.record(caller, reader, Look.REPLAY, scope("replay", view, person, of, further=further))
        return ReplayedView(
            view=view,
            position=position,
            recorded_at=None if recorded is None else instant_text(recorded),
            valid_at=valid_at,
            shown=opened.row(shown),
            unsealed=await unsealed(ledger),
        )

    return router


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What is asked of a read model: as known at `position`, valid on `day`, at the instant `at`."""

    position: int
    day: Date | None
    at: datetime
    year: int
    round: RoundKind
    person: PersonId


_NEEDED: Mapping[View, frozenset[str]] = {
    "board": frozenset({"year", "round"}),
    "deadlines": frozenset({"year"}),
    "inbox": frozenset({"person"}),
    "items": frozenset({"year", "round"}),
    "roles": frozenset(),
}


def _complete(view: View, given: Mapping[str, object]) -> None:
    """Refuse what is missing or too much. Refusals: `view-incomplete`, `view-contradicts`."""
    there = {name for name, value in given.items() if value is not None}
    for name in sorted(_NEEDED[view] - there):
        raise Refusal(422, "view-incomplete", f"The view {view} needs {name}.", field=name, mend="Name it.")
    for name in sorted(there - _NEEDED[view]):
        raise Refusal(422, "view-contradicts", f"The view {view} takes no {name}.", field=name, mend="Leave it out.")


def _check_person(view: Facts, person: str) -> None:
    """Refuse an inbox of nobody. Refusals: `unknown-person`."""
    if person not in view.get(ORGANISATION).people:
        raise Refusal(
            404, "unknown-person", f"There was never a person {person!r}.", field="person", mend="See the view roles."
        )


async def _replayed(models: ReadModels, reader: Reader, view: View, asked: _Asked) -> Any:
    """The view, with commitments in place of words."""
    ledger, known, day = reader.ledger, asked.position, asked.day
    match view:
        case "board":
            rows = await models.board(ledger, asked.year, known_at=known, valid_at=day)
            return board_for(reader, rows.value, asked.year, asked.round)
        case "deadlines":
            dates = await models.deadlines(ledger, asked.year, asked.at, known_at=known, valid_at=day)
            return [each for each in dates.value if each["unit"] is None or reader.may_follow(each["unit"])]
        case "inbox":
            return (await models.inbox(ledger, asked.person, asked.at, known_at=known, valid_at=day)).value
        case "items":
            rows = await models.board(ledger, asked.year, known_at=known, valid_at=day)
            items = sorted(rows.value.of(ITEM).items())
            named = f"{asked.year}-{asked.round}"
            return [row for _, row in items if row["round"] == named and reader.looks.covers(row["subject"])]
        case "roles":
            return (await models.roles(ledger, day or day_of(asked.at), known_at=known)).value


async def _recorded(parts: Parts, ledger: str, position: int) -> datetime | None:
    """When the event at a position was recorded."""
    rows = await parts.store.read(ledger, position - 1, 1) if position else ()
    return rows[0].recorded_at if rows else None


async def _readable(parts: Parts, reader: Reader, found: Sequence[Cells]) -> list[Shown]:
    """The steps as the reader may see them, with their words; those that they may not see at all are left out."""
    known = await known_of(parts, reader.ledger, [entry_of(each) for each in found])
    seen = []
    for each in found:
        entry = readable(reader, each | {"changes": {}}, known)
        if entry is not None:
            del entry["changes"]
            seen.append(entry | {"board": [one for one in each["board"] if _seen(reader, one)]})
    opened = await Opened.of_rows(parts.store, reader.ledger, seen)
    return [opened.row(each) for each in seen]


def _seen(reader: Reader, change: Cells) -> bool:
    """Whether a change may be told: what is of no subject may, of subjects those that the engagement has."""
    return change["subject"] is None or reader.looks.covers(change["subject"])


def _subjects(subject: str | None) -> frozenset[SubjectId] | None:
    return None if subject is None else frozenset({SubjectId(subject)})
