"""What the calendar owes: for a process, the steps due now, when to look again, and whether it is over.

Three processes: `reporting-cycle/{Y}`, `submission/{round}/{unit}`, `signing/{version}`. Temporal's workflows do
nothing but ask this planner, take the steps and wait; so a changed rule needs no patch of running workflows.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias, assert_never

from domain.agreement import FOLD as AGREEMENT
from domain.agreement import Agreement, ExpireAgreement
from domain.agreement import Stage as AgreementStage
from domain.assessment import FOLD as ASSESSMENT
from domain.assessment import OpenAssessment
from domain.authority import require_system
from domain.calendar import day_of, end_of, start_of
from domain.cycle import FOLD as CYCLE
from domain.cycle import (
    CloseCycle,
    Cycle,
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
from domain.organisation import Organisation
from domain.reminder import FOLD as PROCESS
from domain.reminder import Reminder
from domain.round import FOLD as ROUND
from domain.round import Round
from domain.round import Stage as RoundStage
from domain.round_steps import (
    DONE,
    CloseRound,
    EscalateStep,
    OpenRound,
    PassDeadline,
    approvers,
    closes_at,
    escalates_at,
    escalation,
    opens_at,
    outstanding,
    unit_items,
)
from domain.settings import setting
from domain.values import Date, Deadline, DeadlineKind, PersonId, Publication, Role, UnitId, VersionId
from domain.view import Act, View

HOUR_OF_REMINDERS = timedelta(hours=9)


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
        _expiry(planned, agreement, year)
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
    _cycle_reminders(view, planned, process, year, state)


def _expiry(planned: Plan, agreement: Agreement, year: int) -> None:
    drafted = agreement.drafted
    planned.over = True
    if drafted is not None and drafted.last_year == year and agreement.stage is AgreementStage.IN_FORCE:
        planned.over = False
        planned.at(end_of(Date(f"{year}-12-31")), ExpireAgreement(version=drafted.version))


def _round(view: View, planned: Plan, process: str, round_id: str) -> None:
    state = view.get(ROUND, round_id)
    if state.stage is RoundStage.PLANNED:
        planned.at(opens_at(view, round_id), OpenRound(round=round_id))
        return
    for kind in (DeadlineKind.HEAD, DeadlineKind.DELIVERY):
        due = state.deadline(kind)
        if due is None or (kind, None, due.instant) in state.passed:
            continue
        if outstanding(view, round_id, kind, None, day_of(planned.now)):
            planned.at(due.instant, PassDeadline(round=round_id, kind=kind))
    planned.at(closes_at(view, round_id), CloseRound(round=round_id))
    _report_reminders(view, planned, process, round_id, state)


def _report_reminders(view: View, planned: Plan, process: str, round_id: str, state: Round) -> None:
    """Who must take the report's next step: the coordinator compiles and delivers, the head approves."""
    due = state.deadline(DeadlineKind.HEAD) or state.deadline(DeadlineKind.DIRECTOR)
    delivery = state.deadline(DeadlineKind.DELIVERY)
    if delivery is None and state.opened is not None:
        delivery = view.get(CYCLE, state.opened.year).delivery
    if state.reopening is not None:
        due = delivery = state.reopening.redeliver_by
    organisation, day = view.get(ORGANISATION), day_of(planned.now)
    match state.stage:
        case RoundStage.OPEN if state.reopening is None:
            everyone = unit_items(view, round_id, state, day).values()
            if all(item.stage in (ItemStage.SIGNED_OFF, ItemStage.WITHDRAWN) for item in everyone):
                _remind(
                    view,
                    planned,
                    process,
                    "compile",
                    _people(organisation, Role.COORDINATOR, day),
                    due,
                    state.opened_position,
                )
        case RoundStage.COMPILED:
            _remind(
                view, planned, process, "approve", _people(organisation, Role.HEAD, day), due, state.compiled_position
            )
        case RoundStage.APPROVED:
            people = _people(organisation, Role.COORDINATOR, day)
            _remind(view, planned, process, "deliver", people, delivery, state.compiled_position)
        case _:
            pass


def _cycle_reminders(view: View, planned: Plan, process: str, year: int, state: Cycle) -> None:
    organisation, day = view.get(ORGANISATION), day_of(planned.now)
    final_accounts = unmet_deadline(view, year, DeadlineKind.FINAL_ACCOUNTS)
    if final_accounts is not None:
        people = _people(organisation, Role.COORDINATOR, day)
        _remind(view, planned, process, "record-final-accounts", people, final_accounts, state.opened_position)
    if state.stage is CycleStage.ASSESSING and state.assessment is not None:
        due, owed_by = state.assessment.statement, state.assessment_position
        subjects = [(year, each.subject) for each in state.assessment.subjects]
        if any(each.last is None for each in view.get_all(ASSESSMENT, subjects)):
            _remind(view, planned, process, "assess", _people(organisation, Role.MINISTRY_ASSESSOR, day), due, owed_by)
        else:
            people = _people(organisation, Role.MINISTRY_DECIDER, day)
            _remind(view, planned, process, "issue-statement", people, due, owed_by)
    if state.stage is CycleStage.STATED and state.stated_at is not None:
        missing = [each for each in Publication if each not in state.published]
        if missing:
            people = _people(organisation, Role.COORDINATOR, day)
            instants = [state.stated_at + timedelta(days=days) for days in (7, 14, 28)]
            _owe(view, planned, process, "publish", people, None, state.assessment_position, instants)


def _submission(view: View, planned: Plan, process: str, round_id: str, unit: UnitId) -> None:
    _organisation, state, day = view.get(ORGANISATION), view.get(ROUND, round_id), day_of(planned.now)
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
    if state.stage is RoundStage.OPEN and unit not in state.escalated:
        if escalation(view, round_id, unit, planned.now) is not None:
            planned.at(planned.now, EscalateStep(round=round_id, unit=unit))
        else:
            planned.at(escalates_at(view, round_id, unit, day), EscalateStep(round=round_id, unit=unit))
    _submission_reminders(view, planned, process, round_id, unit)


def _submission_reminders(view: View, planned: Plan, process: str, round_id: str, unit: UnitId) -> None:
    """Whoever must act next: the owners while something is to submit, the approvers while something is to decide."""
    organisation, state, day = view.get(ORGANISATION), view.get(ROUND, round_id), day_of(planned.now)
    items = {
        subject: item
        for subject, item in unit_items(view, round_id, state, day, unit).items()
        if state.accepts(subject) and item.stage is not ItemStage.WITHDRAWN
    }
    owing = [item for item in items.values() if item.stage not in DONE]
    if owing:
        reopened = state.reopening
        due = state.deadline(DeadlineKind.UNIT, unit) if reopened is None else reopened.redeliver_by
        moved = state.moved_positions.get((DeadlineKind.UNIT, unit), 0)
        owed_by = max(
            state.opened_position, moved, *(item.owed_by for item in owing if item.stage is ItemStage.RETURNED), 0
        )
        owners = organisation.holders(Role.OWNER, unit, day)
        writers = [
            *owners,
            *(each for owner in owners for each in organisation.substitutes(owner, Role.OWNER, unit, day)),
        ]
        _remind(view, planned, process, "submit", tuple(dict.fromkeys(writers)), due, owed_by, unit=unit)
    waiting = [item for item in items.values() if item.stage is ItemStage.SUBMITTED]
    if not waiting:
        return
    first = min((item.waiting_since for item in waiting if item.waiting_since is not None), default=planned.now)
    days = setting(organisation, "approval.waits-days")
    due = state.deadline(DeadlineKind.DIRECTOR, unit)
    instants = [_morning(day_of(first + timedelta(days=days)))]
    if due is not None:
        instants += [_morning(_before(due.date, before)) for before in setting(organisation, "reminders.days-before")]
    if unit in state.escalated:
        people = _people(organisation, Role.HEAD, day)
        instants = [_morning(day_of(first + timedelta(days=days * (n + 1)))) for n in range(5)]
        step = "sign-off-escalated"
    else:
        able = [person for item in waiting for person in approvers(organisation, unit, item, day)]
        people, step = tuple(dict.fromkeys(able)), "sign-off"
    owed_by = min(item.owed_by for item in waiting)
    later = sorted(instant for instant in set(instants) if instant > first)
    _owe(view, planned, process, step, people, due, owed_by, later, unit=unit)


def _signing(view: View, planned: Plan, process: str, version: VersionId) -> None:
    folded = view.folded(AGREEMENT, version)
    view.get(ORGANISATION)
    state = folded.state
    if state.stage in (AgreementStage.IN_FORCE, AgreementStage.ENDED):
        planned.over = True
        return
    if state.stage is not AgreementStage.SIGNING or state.sent_at is None:
        return
    instants = [_morning(day_of(state.sent_at + timedelta(days=days))) for days in (7, 14, 21, 28)]
    for slot in state.missing:
        if slot.person is not None:
            _owe(view, planned, process, f"sign/{slot.id}", (slot.person,), None, state.sent_position, instants)


def _people(organisation: Organisation, role: Role, day: Date) -> tuple[PersonId, ...]:
    """Who holds a role, and their substitutes on that day."""
    holders = organisation.holders(role, None, day)
    people = list(holders)
    for holder in holders:
        people.extend(organisation.substitutes(holder, role, None, day))
    return tuple(dict.fromkeys(people))


def _remind(
    view: View,
    planned: Plan,
    process: str,
    step: str,
    people: Iterable[PersonId],
    due: Deadline | None,
    owed_by: int,
    unit: UnitId | None = None,
) -> None:
    """Owe the reminders before and after a date, by the settings."""
    if due is None:
        return
    organisation = view.get(ORGANISATION)
    before = [_morning(_before(due.date, days)) for days in setting(organisation, "reminders.days-before")]
    after = [_morning(_before(due.date, -days)) for days in setting(organisation, "reminders.days-after")]
    _owe(view, planned, process, step, people, due, owed_by, sorted({*before, *after}), unit=unit)


def _owe(
    view: View,
    planned: Plan,
    process: str,
    step: str,
    people: Iterable[PersonId],
    due: Deadline | None,
    owed_by: int,
    instants: list[datetime],
    unit: UnitId | None = None,
) -> None:
    """Owe a series of reminders. Of several that were missed only the last is issued; in quiet months none is."""
    quiet = setting(view.get(ORGANISATION), "reminders.quiet-months")
    numbered = [(n, each) for n, each in enumerate(instants, 1) if int(day_of(each)[5:7]) not in quiet]
    issued = view.get(PROCESS, process).issued
    for person in people:
        series = (step, person, unit, None, owed_by)
        done = issued.get(series, 0)
        past = [n for n, instant in numbered if instant <= planned.now and n > done]
        if past:
            reminder = Reminder(
                step=step, person=person, unit=unit, subject=None, deadline=due, ordinal=past[-1], owed_by=owed_by
            )
            planned.steps.append(IssueReminder(process=process, reminder=reminder))
        for _, instant in numbered:
            planned.look_at(instant)


def _morning(day: Date) -> datetime:
    return start_of(day) + HOUR_OF_REMINDERS


def _before(day: Date, days: int) -> Date:
    return day_of(start_of(day) - timedelta(days=days) + timedelta(hours=12))


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
        case OpenRound() | PassDeadline() | EscalateStep() | CloseRound():
            return view.folded(ROUND, step.round).last or view.folded(ORGANISATION).last
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
