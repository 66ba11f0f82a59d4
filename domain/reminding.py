"""Who must act next, and when they are reminded of it: the series of reminders of each process (case 27)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.agreement import Agreement
from domain.agreement import Stage as AgreementStage
from domain.assessment import FOLD as ASSESSMENT
from domain.assessment import still_agreed
from domain.calendar import day_of, days_after, start_of
from domain.cycle import FOLD as CYCLE
from domain.cycle import Stage as CycleStage
from domain.cycle import unmet_deadline
from domain.item import Item, Stage
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import Organisation
from domain.round import FOLD as ROUND
from domain.round import Round
from domain.round import Stage as RoundStage
from domain.round_steps import DONE, approvers, next_step, unit_items
from domain.settings import setting
from domain.values import Date, Deadline, DeadlineKind, PersonId, Publication, Role, UnitId
from domain.view import View

HOUR_OF_REMINDERS = timedelta(hours=9)
SIGNATURE_DAYS = (7, 14, 21, 28)
"""How many days after a version was sent its signers are reminded."""
PUBLICATION_DAYS = (7, 14, 28)
"""How many days after the statement the coordinator is reminded of what isn't published."""
ESCALATED_REMINDERS = 5
"""How often the head is reminded of what was escalated."""
READY = frozenset({Stage.SIGNED_OFF, Stage.DELIVERED, Stage.WITHDRAWN})
"""Stages in which an item waits for nobody before the compilation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Reminders of one step to the people who may take it, at these instants until one of them does.

    `owed_by` is the position of the event that made the step owed.
    """

    step: str
    people: tuple[PersonId, ...]
    deadline: Deadline | None
    owed_by: int
    instants: tuple[datetime, ...]
    unit: UnitId | None = None


def report_series(view: View, round_id: str, now: datetime) -> Iterator[Series]:
    """Who must take the agency's report further: the coordinator compiles and delivers, the head approves."""
    state, organisation, day = view.get(ROUND, round_id), view.get(ORGANISATION), day_of(now)
    due = state.deadline(DeadlineKind.HEAD) or state.deadline(DeadlineKind.DIRECTOR)
    delivery = state.deadline(DeadlineKind.DELIVERY)
    if delivery is None and state.opened is not None:
        delivery = view.get(CYCLE, state.opened.year).delivery
    if state.reopening is not None:
        due = delivery = state.reopening.redeliver_by
    coordinators = _people(organisation, Role.COORDINATOR, day)
    match state.stage:
        case RoundStage.OPEN:
            items = unit_items(view, round_id, state, day)
            named = [item for subject, item in items.items() if state.accepts(subject)]
            if all(item.stage in READY for item in named):
                owed_by = max(state.opened_position, *(item.owed_by for item in named), 0)
                yield from _dated(organisation, "compile", coordinators, due, owed_by)
        case RoundStage.COMPILED:
            heads = _people(organisation, Role.HEAD, day)
            yield from _dated(organisation, "approve", heads, due, state.compiled_position)
        case RoundStage.APPROVED:
            yield from _dated(organisation, "deliver", coordinators, delivery, state.compiled_position)
        case _:
            pass


def cycle_series(view: View, year: int, now: datetime) -> Iterator[Series]:
    """Who must take the cycle further: the final accounts, the assessment, the statement, the publications."""
    state, organisation, day = view.get(CYCLE, year), view.get(ORGANISATION), day_of(now)
    coordinators = _people(organisation, Role.COORDINATOR, day)
    final_accounts = unmet_deadline(view, year, DeadlineKind.FINAL_ACCOUNTS)
    if final_accounts is not None:
        yield from _dated(organisation, "record-final-accounts", coordinators, final_accounts, state.opened_position)
    if state.stage is CycleStage.ASSESSING and state.assessment is not None:
        due, owed_by = state.assessment.statement, state.assessment_position
        subjects = [(year, each.subject) for each in still_agreed(view, year, state.assessment.subjects)]
        if any(each.last is None for each in view.get_all(ASSESSMENT, subjects)):
            assessors = _people(organisation, Role.MINISTRY_ASSESSOR, day)
            yield from _dated(organisation, "assess", assessors, due, owed_by)
        else:
            deciders = _people(organisation, Role.MINISTRY_DECIDER, day)
            yield from _dated(organisation, "issue-statement", deciders, due, owed_by)
    if state.stage is CycleStage.STATED and state.stated_at is not None and len(state.published) < len(Publication):
        instants = tuple(state.stated_at + timedelta(days=days) for days in PUBLICATION_DAYS)
        yield Series(
            step="publish", people=coordinators, deadline=None, owed_by=state.assessment_position, instants=instants
        )


def submission_series(view: View, round_id: str, unit: UnitId, now: datetime) -> Iterator[Series]:
    """The owners while something is to submit; while something is to decide, whoever holds the step."""
    state, day = view.get(ROUND, round_id), day_of(now)
    items = {
        subject: item
        for subject, item in unit_items(view, round_id, state, day, unit).items()
        if state.accepts(subject) and item.stage is not Stage.WITHDRAWN
    }
    organisation = view.get(ORGANISATION)
    owing = [item for item in items.values() if item.stage not in DONE]
    if owing:
        due = state.deadline(DeadlineKind.UNIT, unit) if state.reopening is None else state.reopening.redeliver_by
        moved = state.moved_positions.get((DeadlineKind.UNIT, unit), 0)
        returned = (item.owed_by for item in owing if item.stage is Stage.RETURNED)
        owed_by = max(state.opened_position, moved, *returned, 0)
        yield from _dated(organisation, "submit", _people(organisation, Role.OWNER, day, unit), due, owed_by, unit)
    waiting = {subject: item for subject, item in items.items() if item.stage is Stage.SUBMITTED}
    at_the_head = [item for subject, item in waiting.items() if state.at_the_head(unit, subject)]
    if at_the_head:
        yield _at_the_head(organisation, state, unit, day, at_the_head, now)
    in_the_unit = [item for subject, item in waiting.items() if not state.at_the_head(unit, subject)]
    if in_the_unit:
        yield from _deciding(organisation, state, unit, day, in_the_unit, now)


def _at_the_head(
    organisation: Organisation, state: Round, unit: UnitId, day: Date, waiting: list[Item], now: datetime
) -> Series:
    first, wait, owed_by, due = _waiting(organisation, state, unit, waiting, now)
    again = [morning(day_of(first + wait * n)) for n in range(1, ESCALATED_REMINDERS + 1)]
    heads = _people(organisation, Role.HEAD, day)
    return _later("sign-off-escalated", heads, due, owed_by, again, first, unit)


def _waiting(
    organisation: Organisation, state: Round, unit: UnitId, waiting: list[Item], now: datetime
) -> tuple[datetime, timedelta, int, Deadline | None]:
    """Since when something waits, how long it may, by which event, and the date by which it is to be decided."""
    first = min((item.waiting_since for item in waiting if item.waiting_since is not None), default=now)
    wait = timedelta(days=setting(organisation, "approval.waits-days"))
    due = state.deadline(DeadlineKind.DIRECTOR, unit) if state.reopening is None else state.reopening.redeliver_by
    return first, wait, min(item.owed_by for item in waiting), due


def _deciding(
    organisation: Organisation, state: Round, unit: UnitId, day: Date, waiting: list[Item], now: datetime
) -> Iterator[Series]:
    first, wait, owed_by, due = _waiting(organisation, state, unit, waiting, now)
    instants = [morning(day_of(first + wait))]
    if due is not None:
        instants += [morning(days_after(due.date, -days)) for days in setting(organisation, "reminders.days-before")]
    steps: dict[str, dict[PersonId, None]] = {}
    for item in waiting:
        step, role = next_step(state, item)
        steps.setdefault(step, {}).update(dict.fromkeys(approvers(organisation, unit, item, day, role)))
    for step, people in steps.items():
        yield _later(step, tuple(people), due, owed_by, instants, first, unit)


def signing_series(state: Agreement) -> Iterator[Series]:
    """Each holder of a slot who has not signed yet."""
    if state.stage is not AgreementStage.SIGNING or state.sent_at is None:
        return
    instants = tuple(morning(day_of(state.sent_at + timedelta(days=days))) for days in SIGNATURE_DAYS)
    for slot in state.missing:
        if slot.person is not None:
            yield Series(
                step=f"sign/{slot.id}",
                people=(slot.person,),
                deadline=None,
                owed_by=state.sent_position,
                instants=instants,
            )


def morning(day: Date) -> datetime:
    """When reminders go out on a day."""
    return start_of(day) + HOUR_OF_REMINDERS


def _people(organisation: Organisation, role: Role, day: Date, unit: UnitId | None = None) -> tuple[PersonId, ...]:
    """Who holds a role, and their substitutes on that day."""
    holders = organisation.holders(role, unit, day)
    people = list(holders)
    for holder in holders:
        people.extend(organisation.substitutes(holder, role, unit, day))
    return tuple(dict.fromkeys(people))


def _dated(
    organisation: Organisation,
    step: str,
    people: tuple[PersonId, ...],
    due: Deadline | None,
    owed_by: int,
    unit: UnitId | None = None,
) -> Iterator[Series]:
    """Reminders before and after a date, by the settings; none while the date isn't known."""
    if due is None:
        return
    before = [morning(days_after(due.date, -days)) for days in setting(organisation, "reminders.days-before")]
    after = [morning(days_after(due.date, days)) for days in setting(organisation, "reminders.days-after")]
    instants = tuple(sorted({*before, *after}))
    yield Series(step=step, people=people, deadline=due, owed_by=owed_by, instants=instants, unit=unit)


def _later(
    step: str,
    people: tuple[PersonId, ...],
    due: Deadline | None,
    owed_by: int,
    instants: Iterable[datetime],
    first: datetime,
    unit: UnitId,
) -> Series:
    """Those of the instants that come after something began to wait."""
    later = tuple(sorted({each for each in instants if each > first}))
    return Series(step=step, people=people, deadline=due, owed_by=owed_by, instants=later, unit=unit)
