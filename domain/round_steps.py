"""The steps that the calendar takes in a round: open, fix the scope, pass a deadline, escalate, close.

The round is `{Y}-half-year` or `{Y}-annual`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.agreement import FOLD as AGREEMENT
from domain.agreement import Agreement
from domain.authority import require_system
from domain.calendar import day_of, deadline, start_of
from domain.cycle import FOLD as CYCLE
from domain.errors import not_yet, superseded
from domain.events.agreement import DatePolicy
from domain.events.event import Event
from domain.events.item import ItemReassigned
from domain.events.organisation import UnitSucceeded
from domain.events.round import (
    DeadlinePassed,
    EscalationCause,
    RoundClosed,
    RoundOpened,
    RoundScopeFixed,
    ScopeItem,
    StepEscalated,
)
from domain.item import FOLD as ITEM
from domain.item import Item, Stage, accountable
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import Organisation, version_in_force
from domain.round import FOLD as ROUND
from domain.round import Round, parse_round, unit_deadline
from domain.round import Stage as RoundStage
from domain.settings import setting
from domain.values import Date, Deadline, DeadlineKind, PersonId, Role, RoundKind, SubjectId, SubjectKind, UnitId
from domain.view import Act, View

_DATES = {
    RoundKind.HALF_YEAR: (DeadlineKind.UNIT, DeadlineKind.DIRECTOR, DeadlineKind.HEAD, DeadlineKind.DELIVERY),
    RoundKind.ANNUAL: (DeadlineKind.UNIT, DeadlineKind.DIRECTOR),
}


def period_end(year: int, kind: RoundKind) -> Date:
    """The last day of the period that a round reports on."""
    return Date(f"{year}-12-31" if kind is RoundKind.ANNUAL else f"{year}-06-30")


def dated(year: int, policy: DatePolicy) -> Date:
    """The nominal date that a policy gives for the cycle of a year."""
    return Date(f"{year + policy.years_after}-{policy.month:02}-{policy.day:02}")


def opens_at(view: View, round_id: str) -> datetime:
    """The nominal opening instant of a round under the version that binds its year. Errors: `no-version-in-force`."""
    year, kind = parse_round(round_id)
    version = version_in_force(view.get(ORGANISATION), year)
    return start_of(dated(year, view.get(AGREEMENT, version).policy(f"{kind}/opens")))


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRound:
    """Reporting opens and the scope is fixed: a step of the system, on the opening date."""

    round: str


def open_round(view: View, act: Act, command: OpenRound) -> tuple[Event, ...]:
    """Errors: `system-only`, `not-yet`, `no-version-in-force`, `cycle-not-running`."""
    require_system(act, "open-round")
    year, kind = parse_round(command.round)
    organisation = view.get(ORGANISATION)
    if view.get(ROUND, command.round).stage is not RoundStage.PLANNED:
        return ()
    opens = opens_at(view, command.round)
    in_force = organisation.version_at(year, opens)
    version = version_in_force(organisation, year) if in_force is None else in_force.version
    agreement = view.get(AGREEMENT, version)
    if act.at < opens:
        raise not_yet(f"{command.round} opens on {day_of(opens)}")
    if view.get(CYCLE, year).version is None:
        raise not_yet(f"the cycle of {year} is not open")
    dates: list[Deadline] = []
    for each in _DATES[kind]:
        policy = agreement.policy(f"{kind}/{each}")
        dates.append(deadline(each, dated(year, policy), rolls=policy.rolls, policy=policy.kind))
    opened = RoundOpened(
        round=command.round,
        year=year,
        kind=kind,
        version=version,
        opens=opens,
        deadlines=tuple(dates),
        chain=tuple(setting(organisation, "approval.chain")),
    )
    items, not_due = scope_of(agreement, organisation, year, kind, day_of(opens))
    fixed = RoundScopeFixed(round=command.round, items=items, not_due=not_due)
    later = [each for each in organisation.successions if each.valid_from > day_of(opens)]
    return (
        opened,
        fixed,
        *handed_over(view, command.round, items, sorted(later, key=lambda each: each.valid_from), day_of(opens)),
    )


def handed_over(
    view: View,
    round_id: str,
    scope: Iterable[ScopeItem],
    successions: Sequence[UnitSucceeded],
    not_before: Date,
) -> tuple[ItemReassigned, ...]:
    """What becomes of a round's items when units are succeeded: they move, or the old unit finishes them (case 5)."""
    year, kind = parse_round(round_id)
    moving = [each for each in successions if not each.keeps(period_end(year, kind))]
    if not moving:
        return ()
    entries = list(scope)
    items = view.get_all(ITEM, [(round_id, each.subject) for each in entries])
    events: list[ItemReassigned] = []
    for entry, item in zip(entries, items, strict=True):
        if item.stage is Stage.WITHDRAWN:
            continue
        unit = entry.unit
        for step in moving:
            day = max(step.valid_from, not_before)
            if accountable(item, unit, day) == step.unit:
                unit = step.successor
                events.append(
                    ItemReassigned(
                        round=round_id,
                        subject=entry.subject,
                        revision=item.revision,
                        from_unit=step.unit,
                        to_unit=step.successor,
                        valid_from=day,
                    )
                )
    return tuple(events)


def scope_of(
    agreement: Agreement, organisation: Organisation, year: int, kind: RoundKind, day: Date
) -> tuple[tuple[ScopeItem, ...], tuple[SubjectId, ...]]:
    """What a round reports (R2): the year's milestones, the indicators of that frequency, each target with a milestone.

    Also the targets that are not due. Units are those accountable on the opening day, by the successor map (case 5).
    """

    def unit_of(unit: UnitId) -> UnitId:
        return organisation.successor(unit, day, period_end(year, kind))

    milestones = [each for each in agreement.milestones.values() if each.year == year]
    due = {each.target for each in milestones}
    items = [
        *(
            ScopeItem(subject=each.milestone, kind=SubjectKind.MILESTONE, unit=unit_of(each.unit), target=each.target)
            for each in milestones
        ),
        *(
            ScopeItem(subject=each.indicator, kind=SubjectKind.INDICATOR, unit=unit_of(each.unit), target=None)
            for each in agreement.indicators.values()
            if kind is RoundKind.ANNUAL or each.frequency == RoundKind.HALF_YEAR
        ),
        *(
            ScopeItem(subject=each.target, kind=SubjectKind.TARGET, unit=unit_of(each.lead_unit), target=None)
            for each in agreement.targets.values()
            if each.target in due
        ),
    ]
    return tuple(items), tuple(target for target in agreement.targets if target not in due)


def unit_items(view: View, round_id: str, state: Round, day: Date, unit: UnitId | None = None) -> dict[SubjectId, Item]:
    """The items of a round for which a unit (or any) is accountable on a day."""
    subjects = list(state.scope)
    items = view.get_all(ITEM, [(round_id, subject) for subject in subjects])
    return {
        subject: item
        for subject, item in zip(subjects, items, strict=True)
        if unit is None or accountable(item, state.scope[subject].unit, day) == unit
    }


DONE = frozenset({Stage.SUBMITTED, Stage.SIGNED_OFF, Stage.DELIVERED, Stage.WITHDRAWN})
"""Stages in which the unit owes nothing."""


def outstanding(view: View, round_id: str, kind: DeadlineKind, unit: UnitId | None, day: Date) -> tuple[SubjectId, ...]:
    """What keeps a date of the round unmet: the items to submit, to sign off; for head and delivery all undelivered.

    After the first delivery nothing does but what was opened again, until it is delivered.
    """
    state = view.get(ROUND, round_id)
    if state.reopening is not None:
        named = state.reopening.subjects
        again = view.get_all(ITEM, [(round_id, subject) for subject in named])
        return tuple(each for each, item in zip(named, again, strict=True) if item.stage is not Stage.WITHDRAWN)
    if state.opened is None or state.first_delivery is not None:
        return ()
    if kind is DeadlineKind.HEAD and state.stage is RoundStage.APPROVED:
        return ()
    items = unit_items(view, round_id, state, day, unit)
    due = state.deadline(kind, unit)
    if kind is DeadlineKind.UNIT and due is not None:
        return tuple(
            subject
            for subject, item in items.items()
            # What came in time and was returned later is owed, but not late (case 4).
            if item.stage not in DONE
            and (item.judged is None or item.judged.late)
            and state.accepts(subject)
            and unit_deadline(state, subject, item, day).instant <= due.instant
        )
    if kind is DeadlineKind.DIRECTOR:
        return tuple(subject for subject, item in items.items() if item.stage is Stage.SUBMITTED)
    return tuple(subject for subject, item in items.items() if item.stage not in (Stage.DELIVERED, Stage.WITHDRAWN))


@dataclass(frozen=True, slots=True, kw_only=True)
class PassDeadline:
    """A date of the round, or of its redelivery, passed unmet: a step of the system. `unit` for the dates of units and
    directors.
    """

    round: str
    kind: DeadlineKind
    unit: UnitId | None = None


def pass_deadline(view: View, act: Act, command: PassDeadline) -> tuple[Event, ...]:
    """Errors: `system-only`, `not-yet`, `superseded`."""
    require_system(act, "pass-deadline")
    state = view.get(ROUND, command.round)
    due = state.due(command.kind, command.unit)
    if due is None or state.opened is None:
        raise superseded(f"{command.round} has no such date")
    annual = state.opened.kind is RoundKind.ANNUAL
    if command.kind is DeadlineKind.DELIVERY and annual and state.reopening is None:
        raise superseded("the annual delivery is a date of the cycle")
    if (command.kind, command.unit, due.instant) in state.passed:
        return ()
    if act.at < due.instant:
        raise not_yet(f"it is due by {due.date}")
    late = outstanding(view, command.round, command.kind, command.unit, day_of(act.at))
    if not late:
        raise superseded("the date is met")
    passed = DeadlinePassed(round=command.round, kind=command.kind, unit=command.unit, deadline=due, subjects=late)
    return (passed,)


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalateStep:
    """What nobody in a unit decided in time, or may decide, comes to the head: a step of the system (case 27)."""

    round: str
    unit: UnitId


def escalate_step(view: View, act: Act, command: EscalateStep) -> tuple[Event, ...]:
    """Errors: `system-only`, `not-yet`, `superseded`."""
    require_system(act, "escalate-step")
    owed = escalations(view, command.round, command.unit, act.at)
    if not owed and all(each.unit != command.unit for each in view.get(ROUND, command.round).escalated):
        raise superseded("somebody decides, or nothing waits")
    return owed


def escalations(view: View, round_id: str, unit: UnitId, at: datetime) -> tuple[StepEscalated, ...]:
    """What comes to the head at an instant: all that waits in the unit, or just the items that nobody may decide."""
    state, organisation, day = view.get(ROUND, round_id), view.get(ORGANISATION), day_of(at)
    due = escalates_at(view, round_id, unit, day)
    if due is not None and at >= due:
        cause = EscalationCause.DEADLINE_PASSED
        return (StepEscalated(round=round_id, unit=unit, step=SIGN_OFF, cause=cause, items=()),)
    stuck: dict[str, list[SubjectId]] = {}
    for subject, item in waiting_items(view, round_id, unit, day).items():
        step, role = next_step(state, item)
        if not approvers(organisation, unit, item, day, role):
            stuck.setdefault(step, []).append(subject)
    return tuple(
        StepEscalated(round=round_id, unit=unit, step=step, cause=EscalationCause.NO_APPROVER, items=tuple(subjects))
        for step, subjects in stuck.items()
    )


def waiting_items(view: View, round_id: str, unit: UnitId, day: Date) -> dict[SubjectId, Item]:
    """What a unit has submitted and may decide now: nobody did, and it hasn't come to the head."""
    state = view.get(ROUND, round_id)
    return {
        subject: item
        for subject, item in unit_items(view, round_id, state, day, unit).items()
        if item.stage is Stage.SUBMITTED and state.accepts(subject) and not state.at_the_head(unit, subject)
    }


SIGN_OFF = "sign-off"
"""The last step of an approval; those before it are `endorse/{role}`."""


def next_step(state: Round, item: Item) -> tuple[str, Role]:
    """The step that a submitted item waits for, and the role that takes it in its unit."""
    chain = () if state.opened is None else state.opened.chain
    if len(item.endorsed) < len(chain):
        role = Role(chain[len(item.endorsed)])
        return f"endorse/{role}", role
    return SIGN_OFF, Role.DIRECTOR


def escalates_at(view: View, round_id: str, unit: UnitId, day: Date) -> datetime | None:
    """When what waits in a unit comes to the head: at the director's date, but not before some days of waiting."""
    state = view.get(ROUND, round_id)
    due = state.deadline(DeadlineKind.DIRECTOR, unit) if state.reopening is None else state.reopening.redeliver_by
    waiting = waiting_items(view, round_id, unit, day).values()
    since = min((item.waiting_since for item in waiting if item.waiting_since is not None), default=None)
    if due is None or since is None:
        return None
    return max(due.instant, since + timedelta(days=setting(view.get(ORGANISATION), "approval.waits-days")))


def approvers(
    organisation: Organisation, unit: UnitId, item: Item, day: Date, role: Role = Role.DIRECTOR
) -> tuple[PersonId, ...]:
    """Who may take an approval step on a day: the unit's holders and their substitutes, none of whom prepared (R15)."""
    holders = organisation.holders(role, unit, day)
    people = list(holders)
    for holder in holders:
        if holder not in item.preparers:
            people.extend(organisation.substitutes(holder, role, unit, day))
    return tuple(dict.fromkeys(person for person in people if person not in item.preparers))


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseRound:
    """The round is over: a step of the system."""

    round: str


def close_round(view: View, act: Act, command: CloseRound) -> tuple[Event, ...]:
    """Errors: `system-only`, `not-yet`, `superseded`."""
    require_system(act, "close-round")
    state = view.get(ROUND, command.round)
    if state.stage is RoundStage.CLOSED:
        return ()
    closes = closes_at(view, command.round)
    if closes is None:
        raise superseded("the round is not delivered, or something is open")
    if act.at < closes:
        raise not_yet(f"it closes on {day_of(closes)}")
    return (RoundClosed(round=command.round),)


def closes_at(view: View, round_id: str) -> datetime | None:
    """When a delivered round closes: half-year after some days, annual with the statement. None while it can't."""
    state = view.get(ROUND, round_id)
    if state.stage is not RoundStage.DELIVERED or state.opened is None or state.delivered_at is None:
        return None
    if state.opened.kind is RoundKind.HALF_YEAR:
        return state.delivered_at + timedelta(days=setting(view.get(ORGANISATION), "half-year.closes-after-days"))
    return view.get(CYCLE, state.opened.year).stated_at
