"""What the calendar owes: for a process, the steps due now, when to look again, and whether it is over.

Three processes: `reporting-cycle/{Y}`, `submission/{round}/{unit}`, `signing/{version}`. Temporal's workflows do
nothing but ask this planner, take the steps and wait; so a changed rule needs no patch of running workflows.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias, assert_never

from domain.agreement import FOLD as AGREEMENT
from domain.agreement import Agreement, ExpireAgreement
from domain.agreement import Stage as AgreementStage
from domain.assessment import OpenAssessment
from domain.authority import require_system
from domain.calendar import day_of, days_after, end_of, start_of
from domain.cycle import FOLD as CYCLE
from domain.cycle import (
    CloseCycle,
    OpenCycle,
    PassCycleDeadline,
    cycle_closes_at,
    unmet_deadline,
)
from domain.cycle import Stage as CycleStage
from domain.errors import Refused, superseded
from domain.events.codec import to_json
from domain.events.envelope import digest_of
from domain.events.event import Event
from domain.events.process import ReminderIssued
from domain.item import Stage as ItemStage
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import version_in_force
from domain.reminder import FOLD as PROCESS
from domain.reminder import Reminder
from domain.reminding import Series, cycle_series, morning, report_series, signing_series, submission_series
from domain.round import FOLD as ROUND
from domain.round import Stage as RoundStage
from domain.round import parse_round
from domain.round_steps import (
    CloseRound,
    EscalateStep,
    OpenRound,
    PassDeadline,
    closes_at,
    escalates_at,
    escalations,
    opens_at,
    outstanding,
    unit_items,
)
from domain.settings import setting
from domain.values import Date, DeadlineKind, RoundKind, UnitId, VersionId
from domain.view import Act, View
from domain.withdrawal import WithdrawItems, withdrawals


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueReminder:
    """Remind somebody who must act next: a step of the system."""

    process: str
    reminder: Reminder


Step: TypeAlias = (
    OpenCycle
    | OpenRound
    | PassDeadline
    | PassCycleDeadline
    | WithdrawItems
    | EscalateStep
    | CloseRound
    | OpenAssessment
    | CloseCycle
    | ExpireAgreement
    | IssueReminder
)


@dataclass(slots=True)
class Plan:
    """What a process owes at an instant. `wake` is when something falls due next, if that is known."""

    now: datetime
    steps: list[Step] = field(default_factory=list)
    wake: datetime | None = None
    over: bool = False

    def at(self, instant: datetime | None, step: Step) -> None:
        """Owe a step from an instant on."""
        if instant is None:
            return
        if instant <= self.now:
            self.steps.append(step)
        else:
            self.look_at(instant)

    def look_at(self, instant: datetime) -> None:
        """Look again at an instant, at the latest."""
        if instant > self.now and (self.wake is None or instant < self.wake):
            self.wake = instant


def plan(view: View, process: str, now: datetime) -> Plan:
    """What a process owes now. Errors: `unknown-process`."""
    kind, _, rest = process.partition("/")
    planned = Plan(now=now)
    match kind:
        case "reporting-cycle" if rest.isdigit():
            _cycle(view, planned, process, int(rest))
        case "submission" if rest.count("/") == 1:
            round_id, _, unit = rest.partition("/")
            _submission(view, planned, process, round_id, UnitId(unit))
        case "signing" if rest:
            _signing(view, planned, process, VersionId(rest))
        case _:
            raise Refused("unknown-process", f"There is no process {process!r}.", field="process")
    return planned


def _cycle(view: View, planned: Plan, process: str, year: int) -> None:
    organisation = view.get(ORGANISATION)
    in_force = organisation.version_for(year)
    if in_force is None:
        return
    state, agreement = view.get(CYCLE, year), view.get(AGREEMENT, in_force.version)
    half, annual = f"{year}-half-year", f"{year}-annual"
    if state.stage is CycleStage.PLANNED:
        planned.at(start_of(Date(f"{year}-01-01")), OpenCycle(year=year))
        return
    if state.stage is CycleStage.CLOSED:
        _expiry(planned, agreement)
        return
    for round_id in (half, annual):
        _round(view, planned, process, round_id)
    for kind in (DeadlineKind.FINAL_ACCOUNTS, DeadlineKind.DELIVERY, DeadlineKind.STATEMENT):
        due = unmet_deadline(view, year, kind)
        if due is not None and (kind, due.instant) not in state.passed:
            planned.at(due.instant, PassCycleDeadline(year=year, kind=kind))
    if state.assessment is None and view.get(ROUND, annual).first_delivery is not None:
        planned.at(planned.now, OpenAssessment(year=year))
    planned.at(cycle_closes_at(view, year), CloseCycle(year=year))
    _remind(view, planned, process, cycle_series(view, year, planned.now))


def _expiry(planned: Plan, agreement: Agreement) -> None:
    """A version that no later one follows ends with its term, however long ago its year was closed."""
    drafted = agreement.drafted
    if drafted is None or agreement.stage is not AgreementStage.IN_FORCE:
        planned.over = True
        return
    planned.at(end_of(Date(f"{drafted.last_year}-12-31")), ExpireAgreement(version=drafted.version))


def _round(view: View, planned: Plan, process: str, round_id: str) -> None:
    state = view.get(ROUND, round_id)
    if state.stage is RoundStage.PLANNED:
        planned.at(opens_at(view, round_id), OpenRound(round=round_id))
        return
    if state.stage is not RoundStage.CLOSED and withdrawals(view, round_id):
        planned.at(planned.now, WithdrawItems(round=round_id))
    for kind in (DeadlineKind.HEAD, DeadlineKind.DELIVERY):
        due = state.due(kind)
        annual = state.reopening is None and state.opened is not None and state.opened.kind is RoundKind.ANNUAL
        if due is None or (kind, None, due.instant) in state.passed or (annual and kind is DeadlineKind.DELIVERY):
            continue
        if outstanding(view, round_id, kind, None, day_of(planned.now)):
            planned.at(due.instant, PassDeadline(round=round_id, kind=kind))
    planned.at(closes_at(view, round_id), CloseRound(round=round_id))
    _remind(view, planned, process, report_series(view, round_id, planned.now))


def _submission(view: View, planned: Plan, process: str, round_id: str, unit: UnitId) -> None:
    view.get(ORGANISATION)
    state, day = view.get(ROUND, round_id), day_of(planned.now)
    if state.stage is RoundStage.PLANNED:
        return
    items = unit_items(view, round_id, state, day, unit)
    if state.stage is RoundStage.CLOSED or all(
        item.stage in (ItemStage.DELIVERED, ItemStage.WITHDRAWN) for item in items.values()
    ):
        planned.over = True
        return
    for kind in (DeadlineKind.UNIT, DeadlineKind.DIRECTOR):
        due = state.deadline(kind, unit)
        if state.stage is not RoundStage.OPEN or state.reopening is not None or due is None:
            continue
        if (kind, unit, due.instant) in state.passed:
            continue
        if outstanding(view, round_id, kind, unit, day):
            planned.at(due.instant, PassDeadline(round=round_id, kind=kind, unit=unit))
        else:
            planned.look_at(due.instant)
    if state.stage is RoundStage.OPEN:
        now = bool(escalations(view, round_id, unit, planned.now))
        comes = planned.now if now else escalates_at(view, round_id, unit, day)
        planned.at(comes, EscalateStep(round=round_id, unit=unit))
    _remind(view, planned, process, submission_series(view, round_id, unit, planned.now))


def _signing(view: View, planned: Plan, process: str, version: VersionId) -> None:
    folded = view.folded(AGREEMENT, version)
    view.get(ORGANISATION)
    state = folded.state
    if state.stage in (AgreementStage.IN_FORCE, AgreementStage.ENDED):
        planned.over = True
        return
    _remind(view, planned, process, signing_series(state))


def _remind(view: View, planned: Plan, process: str, series: Iterable[Series]) -> None:
    """Owe reminders. Of several that were missed only the last is issued; in quiet months none is.

    Who was told of a step hears of it again at a later instant only, whatever made it owed meanwhile.
    """
    quiet = frozenset(setting(view.get(ORGANISATION), "reminders.quiet-months"))
    state = view.get(PROCESS, process)
    for each in series:
        numbered = [(n, at) for n, at in enumerate(each.instants, 1) if _month(at) not in quiet]
        for _, instant in numbered:
            planned.look_at(instant)
        for person in each.people:
            told = state.told.get((each.step, person, each.unit, None))
            past = [n for n, at in numbered if at <= planned.now and (told is None or at > told)]
            if not past:
                continue
            if _month(planned.now) in quiet:
                planned.look_at(_after_quiet(planned.now, quiet))
                continue
            reminder = Reminder(
                step=each.step,
                person=person,
                unit=each.unit,
                subject=None,
                deadline=each.deadline,
                ordinal=past[-1],
                owed_by=each.owed_by,
            )
            planned.steps.append(IssueReminder(process=process, reminder=reminder))


def _month(instant: datetime) -> int:
    return int(day_of(instant)[5:7])


def _after_quiet(now: datetime, quiet: frozenset[int]) -> datetime:
    """The first morning after the quiet months."""
    day = day_of(now)
    for _ in range(366):
        day = days_after(day, 1)
        if int(day[5:7]) not in quiet:
            break
    return morning(day)


def issue_reminder(view: View, act: Act, command: IssueReminder) -> tuple[Event, ...]:
    """Errors: `system-only`, `superseded`."""
    require_system(act, "issue-reminder")
    said = command.reminder
    if view.get(PROCESS, command.process).issued.get(said.series, 0) >= said.ordinal:
        return ()
    if command not in plan(view, command.process, act.at).steps:
        raise superseded("nobody must be reminded of this any more")
    issued = ReminderIssued(
        process=command.process,
        step=said.step,
        person=said.person,
        unit=said.unit,
        subject=said.subject,
        deadline=said.deadline,
        ordinal=said.ordinal,
        owed_by=said.owed_by,
    )
    return (issued,)


def owed_by(view: View, step: Step) -> int:
    """The position of the event that made a step owed: part of its business key, and its cause in the metadata."""
    match step:
        case IssueReminder():
            return step.reminder.owed_by
        case PassDeadline():
            state = view.get(ROUND, step.round)
            if state.reopening is not None:
                return state.reopening.position
            return state.moved_positions.get((step.kind, step.unit), state.opened_position)
        case OpenRound() | EscalateStep() | CloseRound():
            return view.folded(ROUND, step.round).last or view.folded(ORGANISATION).last
        case WithdrawItems():
            organisation = view.get(ORGANISATION)
            return organisation.in_force_positions[version_in_force(organisation, parse_round(step.round)[0])]
        case PassCycleDeadline() | OpenAssessment() | CloseCycle():
            return view.folded(CYCLE, step.year).last
        case ExpireAgreement():
            return view.folded(AGREEMENT, step.version).last
        case OpenCycle():
            return view.folded(ORGANISATION).last
        case _:
            assert_never(step)


def step_key(process: str, step: Step, cause: int) -> str:
    """The business key of a step: process, step, subject, the event that made it owed, ordinal; never a run's id."""
    return f"{process}:{type(step).__name__}:{digest_of(to_json(step))[:16]}:{cause}"
