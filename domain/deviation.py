"""A deviation: opened by the sign-off of a YELLOW or RED, followed until its corrective action is closed (R7; case 22).

Commands, state, evolve, decide.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from domain.authority import four_eyes, require
from domain.calendar import day_of
from domain.errors import Refused
from domain.events.deviation import (
    ActionReported,
    ActionReturned,
    DeviationClosed,
    DeviationClosureProposed,
    DeviationOpened,
    DeviationUpdated,
)
from domain.events.event import Event
from domain.events.item import ItemWithdrawn
from domain.item import FOLD as ITEM
from domain.item import Item
from domain.organisation import FOLD as ORGANISATION
from domain.values import PersonId, SubjectId, UnitId, Words
from domain.view import Act, Fact, Fold, View


class Stage(StrEnum):
    """Where a deviation stands."""

    ABSENT = "absent"
    OPEN = "open"
    ACTION_REPORTED = "action-reported"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """One deviation. `reporters` said that the action is done, and so can't close it (R15)."""

    stage: Stage = Stage.ABSENT
    last: DeviationOpened | DeviationUpdated | None = None
    closure_proposed: bool = False
    reporters: frozenset[PersonId] = frozenset()
    action: ActionReported | ActionReturned | None = None


def evolve(state: Deviation, fact: Fact) -> Deviation:
    """The deviation one event later."""
    match fact.event:
        case DeviationOpened() as event:
            return replace(state, stage=Stage.OPEN, last=event, closure_proposed=False)
        case DeviationUpdated() as event:
            # What was reported as done answered another explanation (C16).
            same = state.last is not None and state.last.explanation == event.explanation
            return replace(state, stage=state.stage if same else Stage.OPEN, last=event, closure_proposed=False)
        case DeviationClosureProposed():
            return replace(state, closure_proposed=True)
        case ActionReported() as event:
            return replace(
                state, stage=Stage.ACTION_REPORTED, reporters=state.reporters | fact.by.involved, action=event
            )
        case ActionReturned() as event:
            return replace(state, stage=Stage.OPEN, action=event)
        case DeviationClosed():
            return replace(state, stage=Stage.CLOSED)
        case _:
            return state


FOLD = Fold("deviation/{}/{}", Deviation, evolve)


def after_sign_off(
    view: View, year: int, round_id: str, unit: UnitId, subject: SubjectId, item: Item
) -> tuple[Event, ...]:
    """What the sign-off of an item's light does to its deviation: one per subject and year."""
    state, report = view.get(FOLD, year, subject), item.content.report
    is_open = state.stage in (Stage.OPEN, Stage.ACTION_REPORTED)
    if report is None or report.light is None or report.explanation is None:
        return _closure_proposed(state, year, round_id, subject, item.revision)
    kind = DeviationUpdated if is_open else DeviationOpened
    event = kind(
        year=year,
        subject=subject,
        round=round_id,
        revision=item.revision,
        unit=unit,
        light=report.light,
        basis=report.basis,
        explanation=report.explanation,
    )
    return () if is_open and _says_the_same(state, event) else (event,)


def after_withdrawal(view: View, year: int, withdrawn: ItemWithdrawn) -> tuple[Event, ...]:
    """What the withdrawal of an item does to its deviation: nothing is left to be put right, so it may be closed
    (case 8).
    """
    state = view.get(FOLD, year, withdrawn.subject)
    return _closure_proposed(state, year, withdrawn.round, withdrawn.subject, withdrawn.revision)


def _closure_proposed(
    state: Deviation, year: int, round_id: str, subject: SubjectId, revision: int
) -> tuple[Event, ...]:
    if state.stage not in (Stage.OPEN, Stage.ACTION_REPORTED) or state.closure_proposed:
        return ()
    return (DeviationClosureProposed(year=year, subject=subject, round=round_id, revision=revision),)


def _says_the_same(state: Deviation, event: DeviationOpened | DeviationUpdated) -> bool:
    last = state.last
    return (
        last is not None
        and not state.closure_proposed
        and (last.light, last.basis, last.explanation, last.unit)
        == (event.light, event.basis, event.explanation, event.unit)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportAction:
    """Say that the corrective action is done."""

    year: int
    subject: SubjectId
    narrative: Words


def report_action(view: View, act: Act, command: ReportAction) -> tuple[Event, ...]:
    """Errors: `no-deviation`, `deviation-not-open`."""
    state, unit = _existing(view, act, command.year, command.subject)
    require(view, act, "report-action", unit)
    event = ActionReported(year=command.year, subject=command.subject, narrative=command.narrative)
    if state.stage is Stage.ACTION_REPORTED and state.action == event:
        return ()
    if state.stage is not Stage.OPEN:
        raise Refused("deviation-not-open", f"The deviation is {state.stage}.")
    return (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnAction:
    """Find the action wanting, with a reason; the deviation is open again."""

    year: int
    subject: SubjectId
    reason: Words


def return_action(view: View, act: Act, command: ReturnAction) -> tuple[Event, ...]:
    """Errors: `no-deviation`, `no-action-reported`."""
    state, unit = _existing(view, act, command.year, command.subject)
    require(view, act, "return-action", unit)
    event = ActionReturned(year=command.year, subject=command.subject, reason=command.reason)
    if state.stage is Stage.OPEN and state.action == event:
        return ()
    if state.stage is not Stage.ACTION_REPORTED:
        raise Refused("no-action-reported", f"The deviation is {state.stage}.")
    return (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseDeviation:
    """Find the action done, or the deviation gone since the subject was signed off GREEN or was withdrawn."""

    year: int
    subject: SubjectId
    reason: Words | None = None


def close_deviation(view: View, act: Act, command: CloseDeviation) -> tuple[Event, ...]:
    """Errors: `no-deviation`, `no-action-reported`, `own-work`."""
    state, unit = _existing(view, act, command.year, command.subject)
    require(view, act, "close-deviation", unit)
    if state.stage is Stage.CLOSED:
        return ()
    if state.stage is not Stage.ACTION_REPORTED and not state.closure_proposed:
        raise Refused("no-action-reported", "Nothing was reported on the corrective action yet.", rule="C16")
    reported = () if state.last is None else view.get(ITEM, state.last.round, command.subject).preparers
    four_eyes(act, {*state.reporters, *reported}, "close")
    return (DeviationClosed(year=command.year, subject=command.subject, reason=command.reason),)


def _existing(view: View, act: Act, year: int, subject: SubjectId) -> tuple[Deviation, UnitId]:
    """The deviation and who is accountable for it today: the unit that reported it, or its successor (case 5)."""
    organisation = view.get(ORGANISATION)
    state = view.get(FOLD, year, subject)
    if state.last is None:
        raise Refused("no-deviation", f"{subject!r} has no deviation in {year}.", field="subject")
    return state, organisation.successor_for(year, state.last.unit, day_of(act.at))
