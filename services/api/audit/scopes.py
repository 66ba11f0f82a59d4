"""What a bundle is asked to be about: read from a query, and resolved against the ledger as far as it is sealed."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from domain.agreement import FOLD as AGREEMENT
from domain.errors import Refused
from domain.events.codec import EVENTS
from domain.organisation import FOLD as ORGANISATION
from domain.round import FOLD as ROUND
from domain.values import SubjectId, UnitId
from domain.view import View
from services.api.audit.engaged import check_order, position_of
from services.api.bodies import ROUND as ROUND_ID
from services.api.bodies import SLUG
from services.api.instants import LAST_POSITION, instant_or_position
from services.api.parts import Parts
from services.api.problems import Refusal
from services.api.reading import Reader
from verifier.scope import LONGEST_SEED, Milestone, Period, Sample, Scope, Submission, Target, WholeLedger

MOST_DRAWN = 10_000

Kind = Literal["ledger", "period", "target", "milestone", "submission", "sample", "looks"]
Place = Annotated[int, Field(ge=1, le=LAST_POSITION)] | AwareDatetime | None


def _printable(seed: str) -> str:
    if not seed.isprintable():
        raise ValueError("a seed is text that can be printed")
    return seed


class Asked(BaseModel):
    """What a bundle is to hold."""

    model_config = ConfigDict(extra="forbid")

    scope: Kind = Field("ledger", description="What it is about; of looks: all of the ledger where they lie.")
    subject: str | None = Field(None, pattern=SLUG, description="Of a target, or of a milestone or indicator: which.")
    round: str | None = Field(None, pattern=ROUND_ID, description="Of a submission: in which round.")
    unit: str | None = Field(None, pattern=SLUG, description="Of a submission: whose.")
    from_: Annotated[Place, BeforeValidator(instant_or_position("from"))] = Field(
        None, alias="from", description="Of a period or sample: the first position, or an instant with its zone."
    )
    to: Annotated[Place, BeforeValidator(instant_or_position("to"))] = Field(
        None, description="Of a period or sample: the last position, or an instant with its zone."
    )
    seed: Annotated[str, AfterValidator(_printable)] | None = Field(
        None, min_length=1, max_length=LONGEST_SEED, description="Of a sample: what it is drawn by."
    )
    count: int | None = Field(None, ge=1, le=MOST_DRAWN, description="Of a sample: how many events.")
    type: list[Annotated[str, Field(pattern=SLUG)]] = Field(
        default_factory=list, max_length=100, description="Of a sample: only events of these types."
    )
    pinned: int | None = Field(
        None, ge=0, le=2**53, description="The size of the checkpoint that you know: the bundle proves to continue it."
    )
    files: Literal["all", "hashes"] = Field("all", description="Whether evidence comes along, or its hashes alone.")
    disclosures: Literal["all", "none"] = Field("all", description="Whether words come along, or are all withheld.")


_NEEDED: dict[Kind, frozenset[str]] = {
    "ledger": frozenset(),
    "period": frozenset(),
    "target": frozenset({"subject"}),
    "milestone": frozenset({"subject"}),
    "submission": frozenset({"round", "unit"}),
    "sample": frozenset({"seed", "count"}),
    "looks": frozenset(),
}
_TAKEN = {
    **_NEEDED,
    "period": frozenset({"from_", "to"}),
    "sample": frozenset({"seed", "count", "from_", "to", "type"}),
}
_ANYWAY = frozenset({"scope", "pinned", "files", "disclosures"})


async def scope_asked(parts: Parts, reader: Reader, asked: Asked, size: int) -> Scope:
    """The scope, among the first `size` events.

    Refusals: `scope-incomplete`, `scope-contradicts`, `no-such-position`, `instant-in-the-future`, `period-reversed`,
    `period-empty`, `unknown-event-type`.
    """
    _complete(asked)
    match asked.scope:
        case "ledger" | "looks":
            return WholeLedger()
        case "target":
            return Target(subject=SubjectId(asked.subject or ""))
        case "milestone":
            return Milestone(subject=SubjectId(asked.subject or ""))
        case "submission":
            return Submission(round=asked.round or "", unit=UnitId(asked.unit or ""))
        case "period" | "sample":
            first, last = await _period(parts, reader, asked, size)
            if asked.scope == "period":
                return Period(first=first, last=last)
            types = tuple(sorted(set(asked.type)))
            for unknown in sorted(set(types) - EVENTS.keys()):
                raise Refusal(
                    422,
                    "unknown-event-type",
                    f"There are no events of a type {unknown!r}.",
                    field="type",
                    mend="Name types as docs/process.md does: item-signed-off.",
                )
            return Sample(seed=asked.seed or "", count=asked.count or 1, types=types, first=first, last=last)


def _complete(asked: Asked) -> None:
    given = asked.model_fields_set - _ANYWAY
    for missing in sorted(_NEEDED[asked.scope] - given):
        raise Refusal(
            422, "scope-incomplete", f"A bundle of a {asked.scope} needs {missing}.", field=missing, mend="Name it."
        )
    for more in sorted(given - _TAKEN[asked.scope]):
        name = more.rstrip("_")
        raise Refusal(
            422, "scope-contradicts", f"A bundle of a {asked.scope} takes no {name}.", field=name, mend="Leave it out."
        )


async def _period(parts: Parts, reader: Reader, asked: Asked, size: int) -> tuple[int, int]:
    match asked.from_:
        case None:
            first = 1
        case datetime() as since:
            # What was recorded before it: times are kept to the microsecond.
            first = 1 + await position_of(parts, reader, since - timedelta(microseconds=1), "from", size)
        case since:
            first = await position_of(parts, reader, since, "from", size)
    last = await position_of(parts, reader, asked.to, "to", size)
    check_order(asked.from_, asked.to, first, last)
    if first > last:
        raise Refusal(
            422, "period-empty", "Nothing that is sealed was recorded in this period.", mend="Take a longer one."
        )
    return first, last


def check_known(view: View, scope: Scope, about: Collection[SubjectId]) -> None:
    """Refuse a scope of what the ledger doesn't have; `about` are the subjects that lie in it.

    Errors: `unknown-target`, `unknown-subject`, `unknown-round`, `unknown-unit`, `no-items`.
    """
    organisation = view.get(ORGANISATION)
    versions = [view.get(AGREEMENT, each.version) for each in organisation.versions]
    match scope:
        case Target(subject=target) if not any(target in each.targets for each in versions):
            raise Refused("unknown-target", f"No version in force has a target {target!r}.", field="subject")
        case Milestone(subject=subject) if not any(
            subject in {*each.milestones, *each.indicators, *each.targets} for each in versions
        ):
            raise Refused("unknown-subject", f"No version in force has {subject!r}.", field="subject")
        case Submission() if not view.get(ROUND, scope.round).scope:
            raise Refused("unknown-round", f"The round {scope.round!r} was never opened.", field="round")
        case Submission() if scope.unit not in organisation.units:
            raise Refused("unknown-unit", f"There is no unit {scope.unit!r}.", field="unit")
        case Submission() if not about:
            raise Refused("no-items", f"{scope.unit!r} has no item in {scope.round}.", field="unit")
        case _:
            pass
