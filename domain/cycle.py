"""The cycle of a year: opened, final accounts, assessment, statement, publications, close (R4 to R6; cases 2, 3, 18).

State, evolve, and the commands on the cycle itself; the ministry's assessment is decided in assessment.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.agreement import FOLD as AGREEMENT
from domain.authority import require, require_system
from domain.calendar import day_of, days_after, deadline, start_of
from domain.errors import Refused, not_yet, superseded
from domain.events.cycle import (
    AssessmentOpened,
    CycleClosed,
    CycleDeadlinePassed,
    CycleOpened,
    FinalAccountsApprovalCorrected,
    FinalAccountsApprovalRecorded,
    Published,
    ResponseAttached,
    StatementCorrected,
    StatementIssued,
    TranscriptionConfirmed,
    TranscriptionProposed,
    TranscriptionWithdrawn,
)
from domain.events.event import Event
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import version_in_force
from domain.round import FOLD as ROUND
from domain.round import Stage as RoundStage
from domain.settings import setting
from domain.values import (
    Date,
    Deadline,
    DeadlineKind,
    Digest,
    File,
    PersonId,
    Publication,
    VersionId,
    Words,
)
from domain.view import Act, Fact, Fold, View


class Stage(StrEnum):
    """Where a cycle stands."""

    PLANNED = "planned"
    RUNNING = "running"
    ASSESSING = "assessing"
    STATED = "stated"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """A cycle. `delivery` is the annual delivery's date, unknown before the final accounts are approved (case 3)."""

    stage: Stage = Stage.PLANNED
    version: VersionId | None = None
    opened_position: int = 0
    approved_on: Date | None = None
    approval: FinalAccountsApprovalRecorded | FinalAccountsApprovalCorrected | None = None
    delivery: Deadline | None = None
    assessment: AssessmentOpened | None = None
    assessment_position: int = 0
    statement: StatementIssued | StatementCorrected | None = None
    stated_at: datetime | None = None
    corrected_at: datetime | None = None
    response: ResponseAttached | None = None
    published: Mapping[Publication, Published] = field(default_factory=dict)
    passed: frozenset[tuple[DeadlineKind, datetime]] = frozenset()
    proposed: Mapping[str, tuple[TranscriptionProposed, PersonId]] = field(default_factory=dict)
    settled: Mapping[str, TranscriptionConfirmed | TranscriptionWithdrawn] = field(default_factory=dict)


def evolve(state: Cycle, fact: Fact) -> Cycle:
    """The cycle one event later."""
    match fact.event:
        case CycleOpened() as event:
            return replace(state, stage=Stage.RUNNING, version=event.version, opened_position=fact.position)
        case FinalAccountsApprovalRecorded() | FinalAccountsApprovalCorrected() as event:
            return replace(state, approved_on=event.approved_on, approval=event, delivery=event.delivery)
        case CycleDeadlinePassed() as event:
            return replace(state, passed=state.passed | {(event.kind, event.deadline.instant)})
        case AssessmentOpened() as event:
            return replace(state, stage=Stage.ASSESSING, assessment=event, assessment_position=fact.position)
        case StatementIssued() as event:
            return replace(state, stage=Stage.STATED, statement=event, stated_at=fact.at)
        case StatementCorrected() as event:
            return replace(state, statement=event, corrected_at=fact.at)
        case ResponseAttached() as event:
            return replace(state, response=event)
        case Published() as event:
            return replace(state, published={**state.published, event.kind: event})
        case TranscriptionProposed() as event:
            return replace(state, proposed={**state.proposed, event.proposal: (event, fact.by.id)})
        case TranscriptionConfirmed() | TranscriptionWithdrawn() as event:
            left = {key: value for key, value in state.proposed.items() if key != event.proposal}
            return replace(state, proposed=left, settled={**state.settled, event.proposal: event})
        case CycleClosed():
            return replace(state, stage=Stage.CLOSED)
        case _:
            return state


FOLD = Fold("cycle/{}", Cycle, evolve)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCycle:
    """The year begins: a step of the system, on 1 January."""

    year: int


def open_cycle(view: View, act: Act, command: OpenCycle) -> tuple[Event, ...]:
    """Errors: `system-only`, `not-yet`, `no-version-in-force`."""
    require_system(act, "open-cycle")
    state = view.get(FOLD, command.year)
    version = version_in_force(view.get(ORGANISATION), command.year)
    if state.stage is not Stage.PLANNED:
        return ()
    if act.at < start_of(Date(f"{command.year}-01-01")):
        raise not_yet(f"{command.year} has not begun")
    return (CycleOpened(year=command.year, version=version),)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFinalAccountsApproval:
    """Record that the final accounts were approved: the delivery is due a week later, to the end of that day (R4,
    case 2).
    """

    year: int
    approved_on: Date
    document: File


def record_final_accounts_approval(view: View, act: Act, command: RecordFinalAccountsApproval) -> tuple[Event, ...]:
    """Errors: `cycle-not-running`, `date-in-the-future`, `date-before-year-end`, `already-recorded`."""
    require(view, act, "record-final-accounts")
    state = view.get(FOLD, command.year)
    if state.approval is not None and _approval(state.approval) == (command.approved_on, command.document):
        return ()
    if state.approval is not None:
        raise Refused(
            "already-recorded", f"The approval of {state.approved_on} is recorded.", mend="Correct it, with a reason."
        )
    _dated(state, act, command.year, command.approved_on)
    due = final_accounts_deadline(view, command.year, state)
    recorded = FinalAccountsApprovalRecorded(
        year=command.year,
        approved_on=command.approved_on,
        document=command.document,
        due=due,
        late=command.approved_on > due.date,
        delivery=_delivery(view, state, command.approved_on),
    )
    return (recorded,)


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectFinalAccountsApproval:
    """Correct the date or the document; the delivery's date moves, the old one stays in the history (case 3)."""

    year: int
    approved_on: Date
    document: File
    reason: Words


def correct_final_accounts_approval(view: View, act: Act, command: CorrectFinalAccountsApproval) -> tuple[Event, ...]:
    """Errors: `nothing-to-correct`, `cycle-not-running`, `date-in-the-future`, `date-before-year-end`."""
    require(view, act, "record-final-accounts")
    state = view.get(FOLD, command.year)
    if state.approval is None:
        raise Refused("nothing-to-correct", "No approval is recorded yet.", rule="case 3")
    if _approval(state.approval) == (command.approved_on, command.document):
        return ()
    _dated(state, act, command.year, command.approved_on)
    corrected = FinalAccountsApprovalCorrected(
        year=command.year,
        approved_on=command.approved_on,
        document=command.document,
        delivery=_delivery(view, state, command.approved_on),
        previous=state.approval.approved_on,
        reason=command.reason,
    )
    return (corrected,)


def _approval(event: FinalAccountsApprovalRecorded | FinalAccountsApprovalCorrected) -> tuple[Date, File]:
    return event.approved_on, event.document


def _dated(state: Cycle, act: Act, year: int, approved_on: Date) -> None:
    if state.stage in (Stage.PLANNED, Stage.CLOSED):
        raise Refused("cycle-not-running", f"The cycle of {year} is {state.stage}.", rule="PROCESS, cycle")
    if approved_on > day_of(act.at):
        raise Refused("date-in-the-future", f"{approved_on} is yet to come.", field="approved_on", rule="case 3")
    if approved_on <= f"{year}-12-31":
        raise Refused(
            "date-before-year-end", f"The accounts of {year} are approved after its end.", field="approved_on"
        )


def _delivery(view: View, state: Cycle, approved_on: Date) -> Deadline:
    policy = view.get(AGREEMENT, state.version).policy("annual/delivery")
    nominal = days_after(approved_on, policy.offset_days or 0)
    return deadline(DeadlineKind.DELIVERY, nominal, rolls=policy.rolls, policy=policy.kind)


def final_accounts_deadline(view: View, year: int, state: Cycle) -> Deadline:
    """By when the final accounts are to be approved (R11)."""
    return policy_deadline(view, state, year, DeadlineKind.FINAL_ACCOUNTS, "final-accounts")


def policy_deadline(view: View, state: Cycle, year: int, kind: DeadlineKind, policy_kind: str) -> Deadline:
    """The deadline that a policy of the cycle's version gives for its year."""
    policy = view.get(AGREEMENT, state.version).policy(policy_kind)
    nominal = Date(f"{year + policy.years_after}-{policy.month:02}-{policy.day:02}")
    return deadline(kind, nominal, rolls=policy.rolls, policy=policy.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class PassCycleDeadline:
    """A date of the cycle passed unmet: a step of the system."""

    year: int
    kind: DeadlineKind


def pass_cycle_deadline(view: View, act: Act, command: PassCycleDeadline) -> tuple[Event, ...]:
    """Errors: `system-only`, `not-yet`, `superseded`."""
    require_system(act, "pass-deadline")
    due = unmet_deadline(view, command.year, command.kind)
    if due is None:
        raise superseded(f"the {command.kind} date of {command.year} is met or not known")
    if (command.kind, due.instant) in view.get(FOLD, command.year).passed:
        return ()
    if act.at < due.instant:
        raise not_yet(f"it is due by {due.date}")
    return (CycleDeadlinePassed(year=command.year, kind=command.kind, deadline=due),)


def unmet_deadline(view: View, year: int, kind: DeadlineKind) -> Deadline | None:
    """A date of the cycle that is known and not met."""
    state = view.get(FOLD, year)
    if state.stage is Stage.PLANNED:
        return None
    if kind is DeadlineKind.FINAL_ACCOUNTS:
        return None if state.approval else final_accounts_deadline(view, year, state)
    annual = view.get(ROUND, f"{year}-annual")
    if kind is DeadlineKind.DELIVERY:
        return None if annual.first_delivery else annual.deadline(DeadlineKind.DELIVERY) or state.delivery
    if kind is DeadlineKind.STATEMENT:
        return None if state.statement or state.assessment is None else state.assessment.statement
    return None


def publishable(view: View, year: int, kind: Publication) -> Digest | None:
    """The digest of what may be published now: the agreement in force, the delivered data, the statement."""
    if kind is Publication.AGREEMENT:
        version = view.get(ORGANISATION).version_for(year)
        return None if version is None else version.digest
    state = view.get(FOLD, year)
    if kind is Publication.FINAL_ACCOUNTS:
        delivery = view.get(ROUND, f"{year}-annual").last_delivery
        return None if delivery is None or state.approval is None else delivery.digest
    return None if state.statement is None else state.statement.digest


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachResponse:
    """The agency's response (vastine) to the statement (case 18)."""

    year: int
    narrative: Words
    document: File | None = None


def attach_response(view: View, act: Act, command: AttachResponse) -> tuple[Event, ...]:
    """Errors: `no-statement`."""
    require(view, act, "attach-response")
    state = view.get(FOLD, command.year)
    event = ResponseAttached(year=command.year, narrative=command.narrative, document=command.document)
    if state.response == event:
        return ()
    if state.stage is not Stage.STATED:
        raise Refused("no-statement", f"The cycle of {command.year} is {state.stage}.", rule="case 18")
    return (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseCycle:
    """All is published and the time for a response is over: a step of the system."""

    year: int


def close_cycle(view: View, act: Act, command: CloseCycle) -> tuple[Event, ...]:
    """Errors: `system-only`, `not-yet`, `superseded`."""
    require_system(act, "close-cycle")
    state = view.get(FOLD, command.year)
    if state.stage is Stage.CLOSED:
        return ()
    closes = cycle_closes_at(view, command.year)
    if closes is None:
        raise superseded("a statement or a publication is still missing, or the annual round is open again")
    if act.at < closes:
        raise not_yet(f"the time for a response runs to {day_of(closes)}")
    return (CycleClosed(year=command.year),)


def cycle_closes_at(view: View, year: int) -> datetime | None:
    """When the cycle may close. None while the statement or a publication is missing, while the annual round is open
    again, and until what was delivered last is published (C13).
    """
    state = view.get(FOLD, year)
    annual = view.get(ROUND, f"{year}-annual")
    if state.stage is not Stage.STATED or state.stated_at is None or len(state.published) < len(Publication):
        return None
    if annual.stage not in (RoundStage.DELIVERED, RoundStage.CLOSED):
        return None
    if state.published[Publication.FINAL_ACCOUNTS].digest != publishable(view, year, Publication.FINAL_ACCOUNTS):
        return None
    return state.stated_at + timedelta(days=setting(view.get(ORGANISATION), "response.days"))
