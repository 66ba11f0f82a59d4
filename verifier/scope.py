"""What a bundle is about: which events lie within it, and which ones a sample draws.

A scope of a subject or of a submission holds whole streams, from their first event on. `subjects` says which subjects
it is about (a target's milestones, a unit's items), from the events that define them; `holds` which streams these have.
"""

import heapq
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, ClassVar, TypeAlias, cast

from domain.canonical import Json
from domain.events.codec import Undecodable, decoder, to_json
from domain.events.envelope import Row
from domain.values import SubjectId, UnitId
from projections.reading import body

_SAMPLE = b"etappi-sample/1"
_ROUND = re.compile(r"[0-9]{4}-(?:half-year|annual)")
LONGEST_SEED = 200
MOST_DRAWN, WIDEST_SAMPLE = 100_000, 1 << 25
"""How many events a sample may draw, and from how many positions: each is looked at."""
_BELOW_ALL = frozenset({"agreement", "attestation", "clock", "erasure", "holds", "installation", "organisation", "rrf"})
_OF_SUBJECTS = frozenset({"item", "assessment", "deviation", "subject"})
DEFINING = frozenset({"milestone-defined", "round-scope-fixed", "item-reassigned"})
"""The types of events that say which subjects a scope is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeLedger:
    """All events up to the checkpoint."""

    kind: ClassVar[str] = "ledger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The events at the positions from `first` to `last`, both included."""

    kind: ClassVar[str] = "period"
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A target with its milestones."""

    kind: ClassVar[str] = "target"
    subject: SubjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """One subject alone: a milestone, or an indicator."""

    kind: ClassVar[str] = "milestone"
    subject: SubjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What a unit reported in a round (`2024-annual`)."""

    kind: ClassVar[str] = "submission"
    round: str
    unit: UnitId


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """`count` events drawn from those of some types (all, if none is named) at the positions from `first` to `last`.

    Each position has a ticket, SHA-256("etappi-sample/1" ‖ 0x00 ‖ seed ‖ 0x00 ‖ position in decimal); the events with
    the lowest tickets are drawn. So whoever knows the seed draws the same, and nobody can choose.
    """

    kind: ClassVar[str] = "sample"
    seed: str
    count: int
    types: tuple[str, ...]
    first: int
    last: int


Scope: TypeAlias = WholeLedger | Period | Target | Milestone | Submission | Sample
_SCOPES: dict[str, type[Scope]] = {
    each.kind: each for each in (WholeLedger, Period, Target, Milestone, Submission, Sample)
}


class NoScope(ValueError):
    """What is said isn't the scope of a bundle, or not of a ledger of this size."""


def scope_json(scope: Scope) -> dict[str, Json]:
    """The scope as the manifest has it."""
    return {"kind": scope.kind, **cast("dict[str, Json]", to_json(scope))}


def scope_of(value: Any) -> Scope:
    """A scope from its JSON, strictly. Raises `NoScope`."""
    if value.__class__ is not dict or value.get("kind").__class__ is not str or value["kind"] not in _SCOPES:
        raise NoScope("a scope is one of " + ", ".join(_SCOPES))
    fields = {name: inner for name, inner in value.items() if name != "kind"}
    try:
        return cast("Scope", decoder(_SCOPES[value["kind"]])(fields))
    except Undecodable as error:
        raise NoScope(str(error)) from error


def check(scope: Scope, size: int) -> None:
    """Refuse a scope that a ledger of `size` events doesn't have. Raises `NoScope`."""
    match scope:
        case Period() | Sample() if not 1 <= scope.first <= scope.last <= size:
            raise NoScope(f"{size} events have no positions from {scope.first} to {scope.last}")
        case Sample() if scope.last - scope.first >= WIDEST_SAMPLE:
            raise NoScope(f"a sample is drawn from {WIDEST_SAMPLE} positions at most")
        case Sample() if not 1 <= scope.count <= MOST_DRAWN:
            raise NoScope(f"a sample has 1 to {MOST_DRAWN} events")
        case Sample() if not 0 < len(scope.seed) <= LONGEST_SEED or not scope.seed.isprintable():
            raise NoScope(f"a seed is a text of 1 to {LONGEST_SEED} characters")
        case Sample() if list(scope.types) != sorted(set(scope.types)):
            raise NoScope("the types of a sample stand in their order, each once")
        case Submission() if _ROUND.fullmatch(scope.round) is None:
            raise NoScope(f"{scope.round!r} is no round")
        case _:
            pass


def subjects(scope: Scope, rows: Iterable[Row]) -> frozenset[str]:
    """Which subjects a scope is about, by the events of the types `DEFINING` among these."""
    found: set[str] = {scope.subject} if isinstance(scope, Target | Milestone) else set()
    for row in rows:
        if row.type in DEFINING:
            found |= defined(scope, row)
    return frozenset(found)


def defined(scope: Scope, row: Row) -> frozenset[str]:
    """The subjects that one event of a type in `DEFINING` brings into a scope."""
    said = body(row)
    match scope:
        case Target() if row.type == "milestone-defined" and said["target"] == scope.subject:
            return frozenset({said["milestone"]})
        case Submission() if row.type == "round-scope-fixed" and said["round"] == scope.round:
            return frozenset(each["subject"] for each in said["items"] if each["unit"] == scope.unit)
        case Submission() if row.type == "item-reassigned" and said["round"] == scope.round:
            return frozenset({said["subject"]} if said["to_unit"] == scope.unit else ())
        case _:
            return frozenset()


def whole_streams(scope: Scope) -> bool:
    """Whether the scope holds streams whole, from their first event on, and so its lights can be replayed."""
    return isinstance(scope, WholeLedger | Target | Milestone | Submission)


def holds(scope: Scope, about: Collection[str], stream: str) -> bool:
    """Whether a stream belongs to a scope that is about these subjects (as `subjects` finds them).

    Of a subject: its items, assessments, deviations and late completion, and what they rest on: rounds and cycles, the
    agreement's versions, the organisation with its roles, measures of the recovery plan, erasures and legal holds, the
    ledger's clock, the installation with its keys, attested digests. Of a submission the same, of its round and
    year, and the reminders of it.
    """
    kind, _, key = stream.partition("/")
    match scope:
        case Target() | Milestone():
            if kind in _BELOW_ALL or kind in {"round", "cycle"}:
                return True
            return kind in _OF_SUBJECTS and key.rpartition("/")[2] in about
        case Submission():
            if kind in _BELOW_ALL:
                return True
            year = scope.round[:4]
            places = {"round": scope.round, "cycle": year, "process": f"submission/{scope.round}/{scope.unit}"}
            above = {"item": scope.round, "assessment": year, "deviation": year}
            place, _, subject = key.rpartition("/")
            of_subjects = kind == "subject" or above.get(kind, "") == place != ""
            return places.get(kind) == key or (of_subjects and subject in about)
        case _:
            return True


def ticket(seed: str, position: int) -> bytes:
    """The ticket of a position: the lowest are drawn."""
    return sha256(_SAMPLE + b"\0" + seed.encode() + b"\0" + b"%d" % position).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """Which events a sample shows whole, and which only by their header: they show that another type came before."""

    drawn: frozenset[int]
    passed_over: frozenset[int]


def draw(scope: Sample, matching: Iterable[int] | None = None) -> Draw:
    """Draw a sample. `matching` are the positions of the events of its types; it isn't asked where no type is named."""
    drawn, last = lowest(scope, matching)
    return Draw(drawn=drawn, passed_over=frozenset(passed_over(scope, drawn, last)))


def lowest(scope: Sample, matching: Iterable[int] | None) -> tuple[frozenset[int], bytes | None]:
    """Which events are drawn, and the highest ticket among them; None where there are fewer than were wanted."""
    among = range(scope.first, scope.last + 1) if matching is None or not scope.types else matching
    found = heapq.nsmallest(scope.count, ((ticket(scope.seed, each), each) for each in among))
    return frozenset(each for _, each in found), found[-1][0] if len(found) == scope.count else None


def passed_over(scope: Sample, drawn: Collection[int], last: bytes | None) -> Iterator[int]:
    """The positions that come before the last one drawn, and whose events are of other types; without types none."""
    for each in range(scope.first, scope.last + 1) if scope.types else ():
        if each not in drawn and (last is None or ticket(scope.seed, each) < last):
            yield each
