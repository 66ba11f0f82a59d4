"""A round of reporting: when it is open, what is in its scope, which dates hold. State, evolve, the system's steps.

The agency's report and its delivery are decided in agency_report.py.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import cast

from domain.errors import Refused
from domain.events.item import Bound
from domain.events.round import (
    AgencyReportApproved,
    AgencyReportCompiled,
    AgencyReportReturned,
    DeadlineExtended,
    DeadlinePassed,
    DeliveredToMinistry,
    DeliveryReturned,
    RoundClosed,
    RoundOpened,
    RoundScopeFixed,
    ScopeItem,
    StepEscalated,
    SupplementOpened,
)
from domain.item import Item
from domain.values import Date, Deadline, DeadlineKind, PersonId, RoundKind, SubjectId, UnitId
from domain.view import Fact, Fold

_ROUND = re.compile(r"([0-9]{4})-(half-year|annual)")


class Stage(StrEnum):
    """Where a round stands. Reopened: open for the named items only."""

    PLANNED = "planned"
    OPEN = "open"
    COMPILED = "compiled"
    APPROVED = "approved"
    DELIVERED = "delivered"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopening:
    """What a supplement or a returned delivery opened again: its items, and the date for the next delivery.

    `position` is that of the event that set the date.
    """

    id: str
    subjects: tuple[SubjectId, ...]
    redeliver_by: Deadline
    by_ministry: bool
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A round. `deadlines` are those in force, by kind and unit (None: of all); `first_delivery` keeps its timeliness.

    The positions are those of the events that made something owed.
    """

    stage: Stage = Stage.PLANNED
    opened: RoundOpened | None = None
    opened_position: int = 0
    moved_positions: Mapping[tuple[DeadlineKind, UnitId | None], int] = field(default_factory=dict)
    compiled_position: int = 0
    scope: Mapping[SubjectId, ScopeItem] = field(default_factory=dict)
    not_due: tuple[SubjectId, ...] = ()
    deadlines: Mapping[tuple[DeadlineKind, UnitId | None], Deadline] = field(default_factory=dict)
    passed: frozenset[tuple[DeadlineKind, UnitId | None, datetime]] = frozenset()
    escalated: tuple[StepEscalated, ...] = ()
    compiled: AgencyReportCompiled | None = None
    compiler: frozenset[PersonId] = frozenset()
    approver: PersonId | None = None
    first_delivery: DeliveredToMinistry | None = None
    last_delivery: DeliveredToMinistry | None = None
    delivered_at: datetime | None = None
    delivered: Mapping[SubjectId, Bound] = field(default_factory=dict)
    reopening: Reopening | None = None
    reopenings: Mapping[str, DeliveryReturned | SupplementOpened] = field(default_factory=dict)
    report_returned: AgencyReportReturned | None = None

    def deadline(self, kind: DeadlineKind, unit: UnitId | None = None) -> Deadline | None:
        """The date in force: the unit's own where one was extended, else that of all."""
        return self.deadlines.get((kind, unit)) or self.deadlines.get((kind, None))

    def due(self, kind: DeadlineKind, unit: UnitId | None = None) -> Deadline | None:
        """The date to be met now: the one in force, or while the round is open again that of the redelivery alone."""
        if self.reopening is None:
            return self.deadline(kind, unit)
        return self.reopening.redeliver_by if kind is DeadlineKind.DELIVERY else None

    def accepts(self, subject: SubjectId) -> bool:
        """Whether the item may be worked on now."""
        if self.stage is not Stage.OPEN:
            return False
        return self.reopening is None or subject in self.reopening.subjects

    def at_the_head(self, unit: UnitId, subject: SubjectId) -> bool:
        """Whether what its unit would decide of an item has come to the head (case 27)."""
        return any(each.unit == unit and (not each.items or subject in each.items) for each in self.escalated)


def evolve(state: Round, fact: Fact) -> Round:
    """The round one event later."""
    match fact.event:
        case RoundOpened() as event:
            deadlines: dict[tuple[DeadlineKind, UnitId | None], Deadline] = {
                (each.kind, None): each for each in event.deadlines
            }
            return replace(state, stage=Stage.OPEN, opened=event, deadlines=deadlines, opened_position=fact.position)
        case RoundScopeFixed() as event:
            return replace(state, scope={each.subject: each for each in event.items}, not_due=event.not_due)
        case DeadlinePassed() as event:
            return replace(state, passed=state.passed | {(event.kind, event.unit, event.deadline.instant)})
        case DeadlineExtended() as event:
            if event.kind is DeadlineKind.DELIVERY and state.reopening is not None:
                moved_again = replace(state.reopening, redeliver_by=event.deadline, position=fact.position)
                return replace(state, reopening=moved_again)
            key = (event.kind, event.unit)
            moved = {**state.moved_positions, key: fact.position}
            return replace(state, deadlines={**state.deadlines, key: event.deadline}, moved_positions=moved)
        case StepEscalated() as event:
            return replace(state, escalated=(*state.escalated, event))
        case AgencyReportCompiled() as event:
            return replace(
                state, stage=Stage.COMPILED, compiled=event, compiler=fact.by.involved, compiled_position=fact.position
            )
        case AgencyReportReturned() as event:
            return replace(state, stage=Stage.OPEN, report_returned=event)
        case AgencyReportApproved():
            return replace(state, stage=Stage.APPROVED, approver=fact.by.id)
        case DeliveredToMinistry() as event:
            items = () if state.compiled is None else state.compiled.items
            return replace(
                state,
                stage=Stage.DELIVERED,
                first_delivery=state.first_delivery or event,
                last_delivery=event,
                delivered_at=fact.at,
                delivered={each.subject: each for each in items},
                reopening=None,
            )
        case DeliveryReturned() | SupplementOpened() as event:
            reopening = Reopening(
                id=event.reopening,
                subjects=tuple(each.subject for each in event.items),
                redeliver_by=event.redeliver_by,
                by_ministry=isinstance(event, DeliveryReturned),
                position=fact.position,
            )
            return replace(
                state,
                stage=Stage.OPEN,
                reopening=reopening,
                reopenings={**state.reopenings, event.reopening: event},
                escalated=(),
            )
        case RoundClosed():
            return replace(state, stage=Stage.CLOSED)
        case _:
            return state


FOLD = Fold("round/{}", Round, evolve)


def parse_round(round_id: str) -> tuple[int, RoundKind]:
    """The year and kind of a round's id. Errors: `unknown-round`."""
    found = _ROUND.fullmatch(round_id)
    if found is None:
        raise Refused(
            "unknown-round", f"{round_id!r} is no round.", field="round", mend="Such as 2024-half-year or 2024-annual."
        )
    return int(found[1]), RoundKind(found[2])


def unit_deadline(state: Round, subject: SubjectId, item: Item, day: Date) -> Deadline:
    """The date by which an item was to be submitted: the reopening's, else its unit's.

    An extension moves along when the item is reassigned (case 5): of the dates of its units so far the latest holds.
    """
    if state.reopening is not None:
        return state.reopening.redeliver_by
    units = [state.scope[subject].unit, *(each.to_unit for each in item.reassigned if each.valid_from <= day)]
    own = [found for unit in units if (found := state.deadlines.get((DeadlineKind.UNIT, unit))) is not None]
    general = state.deadlines.get((DeadlineKind.UNIT, None))
    if not own and general is None:
        raise Refused("no-policy", "The round has no date for units.")
    return max(own, key=lambda each: each.instant) if own else cast("Deadline", general)


def scoped(round_id: str, state: Round, subject: SubjectId) -> ScopeItem:
    """The scope's entry of a subject. Errors: `unknown-subject`."""
    found = state.scope.get(subject)
    if found is None:
        raise Refused(
            "not-in-scope",
            f"{subject!r} is not reported in {round_id}.",
            field="subject",
            rule="PROCESS, scope",
            mend="The scope was fixed when the round opened: what binds that year.",
        )
    return found


def accepting(round_id: str, state: Round, subject: SubjectId) -> ScopeItem:
    """The scope's entry of a subject that may be worked on now. Errors: `window-not-open`, `round-not-open`,
    `not-in-scope`.
    """
    if state.stage is Stage.PLANNED:
        raise Refused(
            "window-not-open", f"{round_id} is not open yet.", rule="R3", mend="Report from its opening date on."
        )
    found = scoped(round_id, state, subject)
    if not state.accepts(subject):
        raise Refused(
            "round-not-open",
            f"{round_id} is {state.stage}; it takes no changes to {subject!r}.",
            rule="PROCESS, round",
            mend="A supplement or a returned delivery opens named items again.",
        )
    return found
