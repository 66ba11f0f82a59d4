"""Writing an item: reports on milestones, indicators and targets (R1, R7; cases 12 to 15)."""

from dataclasses import dataclass, replace

from domain.agreement import FOLD as AGREEMENT
from domain.agreement import Agreement
from domain.authority import may, require
from domain.calendar import day_of
from domain.errors import Refused
from domain.events.event import Event
from domain.events.item import (
    Bound,
    ChecklistMark,
    Explanation,
    MilestoneStatusReported,
    OutturnReported,
    TargetReported,
)
from domain.events.round import ScopeItem
from domain.item import FOLD as ITEM
from domain.item import Content, Item, Report, Stage, accountable, bound, content_digest, not_withdrawn
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import known_person
from domain.round import FOLD as ROUND
from domain.round import Round, accepting, parse_round
from domain.round_steps import period_end
from domain.traffic_light import explained, indicator_light, milestone_basis, milestone_light, suggested
from domain.values import (
    Basis,
    Date,
    Decimal,
    Digest,
    Finality,
    MilestoneStatus,
    RoundKind,
    SubjectId,
    SubjectKind,
    TrafficLight,
    UnitId,
    VersionId,
    Words,
)
from domain.view import Act, View

WRITABLE = frozenset({Stage.NOT_STARTED, Stage.DRAFT, Stage.RETURNED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMilestone:
    """Say how far a milestone is. `seen` is the digest of the content that was open while writing (case 15)."""

    round: str
    subject: SubjectId
    seen: Digest | None
    status: MilestoneStatus
    light: TrafficLight | None
    checklist: tuple[ChecklistMark, ...] = ()
    narrative: Words | None = None
    reason: Words | None = None
    explanation: Explanation | None = None


def report_milestone(view: View, act: Act, command: ReportMilestone) -> tuple[Event, ...]:
    """Errors: those of `open_item`, `traffic_light.milestone_light`, `explained`; `checklist-…`, `unknown-person`."""
    place = open_item(view, act, command.round, command.subject, SubjectKind.MILESTONE, "report")
    milestone = place.agreement.milestones[command.subject]
    known = {entry.id for entry in milestone.checklist}
    marks = {mark.id: mark.done for mark in command.checklist}
    if set(marks) - known or len(marks) != len(command.checklist):
        raise Refused("checklist-unknown", "The checklist has other entries.", field="checklist", rule="case 14")
    if known and set(marks) != known:
        raise Refused("checklist-incomplete", "Mark each entry of the checklist.", field="checklist", rule="case 14")
    if command.status is MilestoneStatus.REACHED and not all(marks.values()):
        raise Refused("checklist-not-done", "Reached means that each entry is done.", field="checklist", rule="case 14")
    basis = milestone_basis(place.kind, place.year, command.status, milestone.due_by)
    milestone_light(
        kind=place.kind,
        milestone=milestone,
        status=command.status,
        basis=basis,
        light=command.light,
        reason=command.reason,
    )
    _explained(view, command.light, command.explanation)
    event = MilestoneStatusReported(
        round=command.round,
        subject=command.subject,
        revision=place.item.revision,
        version=place.version,
        status=command.status,
        basis=basis,
        light=command.light,
        checklist=command.checklist,
        narrative=command.narrative,
        reason=command.reason,
        explanation=command.explanation,
    )
    return _write(view, place, event, command.seen)


COUNTED = frozenset({"days"})
"""Measures of which there can't be less than none; an index may go below zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportIndicator:
    """Say what an indicator's outturn is; without one, say why (`reason`)."""

    round: str
    subject: SubjectId
    seen: Digest | None
    value: Decimal | None
    finality: Finality
    light: TrafficLight | None
    narrative: Words | None = None
    reason: Words | None = None
    explanation: Explanation | None = None


def report_indicator(view: View, act: Act, command: ReportIndicator) -> tuple[Event, ...]:
    """Errors: those of `open_item`, `traffic_light.indicator_light`, `explained`; `reason-missing`, `not-final-yet`,
    `below-zero`.
    """
    place = open_item(view, act, command.round, command.subject, SubjectKind.INDICATOR, "report")
    indicator = place.agreement.indicators[command.subject]
    level = next((each for each in indicator.levels if each.year == place.year), None)
    if place.kind is RoundKind.HALF_YEAR and command.finality is Finality.FINAL:
        raise Refused("not-final-yet", "A half-year outturn is provisional.", field="finality", rule="R3")
    if indicator.measure in COUNTED and command.value is not None and command.value.startswith("-"):
        raise Refused(
            "below-zero", "What is counted in this can't be less than none.", field="value", mend="Leave the minus out."
        )
    indicator_light(kind=place.kind, level=level, value=command.value, light=command.light)
    if command.value is None and command.reason is None:
        raise Refused("reason-missing", "Say why there is no outturn.", field="reason", rule="case 13")
    provisional = place.kind is RoundKind.ANNUAL and command.finality is Finality.PROVISIONAL
    if provisional and command.value is not None and command.reason is None:
        raise Refused("reason-missing", "Say why the annual outturn is provisional.", field="reason", rule="case 11")
    _explained(view, command.light, command.explanation)
    event = OutturnReported(
        round=command.round,
        subject=command.subject,
        revision=place.item.revision,
        version=place.version,
        value=command.value,
        finality=command.finality,
        basis=Basis.ACTUAL if place.kind is RoundKind.ANNUAL else Basis.FORECAST,
        light=command.light,
        narrative=command.narrative,
        reason=command.reason,
        explanation=command.explanation,
    )
    return _write(view, place, event, command.seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTarget:
    """Choose a target's light. `milestones` are its milestones as they were shown: the light binds to them."""

    round: str
    subject: SubjectId
    seen: Digest | None
    light: TrafficLight
    milestones: tuple[Bound, ...]
    narrative: Words | None = None
    rationale: Words | None = None
    explanation: Explanation | None = None


def report_target(view: View, act: Act, command: ReportTarget) -> tuple[Event, ...]:
    """Errors: those of `open_item`, `explained`; `content-changed` (a milestone), `rationale-missing`."""
    place = open_item(view, act, command.round, command.subject, SubjectKind.TARGET, "report")
    bounds, lights, no_need = milestones_now(view, command.round, place.round, command.subject)
    if tuple(sorted(command.milestones, key=lambda each: each.subject)) != bounds:
        raise Refused(
            "content-changed",
            "A milestone of this target has changed since you opened it.",
            field="milestones",
            rule="R16",
            mend="Open the target again.",
        )
    suggestion = suggested(lights, no_need=no_need)
    departs = suggestion is not None and command.light is not suggestion
    over = command.light is TrafficLight.GREEN and suggestion is None
    if (departs or over) and command.rationale is None:
        raise Refused(
            "rationale-missing",
            "Say why the target's light differs from what its milestones suggest.",
            field="rationale",
            rule="R1",
        )
    _explained(view, command.light, command.explanation)
    actual = place.kind is RoundKind.ANNUAL
    event = TargetReported(
        round=command.round,
        subject=command.subject,
        revision=place.item.revision,
        version=place.version,
        basis=Basis.ACTUAL if actual else Basis.FORECAST,
        light=command.light,
        suggested=suggestion,
        milestones=bounds,
        narrative=command.narrative,
        rationale=command.rationale,
        explanation=command.explanation,
    )
    return _write(view, place, event, command.seen)


def milestones_now(
    view: View, round_id: str, state: Round, target: SubjectId
) -> tuple[tuple[Bound, ...], tuple[TrafficLight | None, ...], int]:
    """A target's milestones in a round: as they are now, their lights, and how many are left aside:
    no need arose, or they were withdrawn.
    """
    subjects = sorted(
        each.subject for each in state.scope.values() if each.target == target and each.kind is SubjectKind.MILESTONE
    )
    items = view.get_all(ITEM, [(round_id, subject) for subject in subjects])
    bounds = tuple(bound(round_id, subject, item) for subject, item in zip(subjects, items, strict=True))
    lights = tuple(None if item.stage is Stage.WITHDRAWN else item.light for item in items)
    aside = sum(item.stage is Stage.WITHDRAWN or _no_need(item) for item in items)
    return bounds, lights, aside


def _no_need(item: Item) -> bool:
    report = item.content.report
    return isinstance(report, MilestoneStatusReported) and report.status is MilestoneStatus.NO_NEED_AROSE


def is_stale(view: View, round_id: str, state: Round, target: SubjectId, item: Item) -> bool:
    """Whether a milestone changed after the target's light was chosen: it is confirmed again before the compilation."""
    report = item.content.report
    return isinstance(report, TargetReported) and report.milestones != milestones_now(view, round_id, state, target)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a command on an item stands: the round, its scope's entry, the item, the agreement that governs."""

    round_id: str
    round: Round
    scope: ScopeItem
    item: Item
    agreement: Agreement

    @property
    def kind(self) -> RoundKind:
        """Half-year or annual."""
        return RoundKind.ANNUAL if self.round.opened is None else self.round.opened.kind

    @property
    def year(self) -> int:
        """The year reported on."""
        return 0 if self.round.opened is None else self.round.opened.year

    @property
    def version(self) -> VersionId:
        """The version under which the round reports (case 9)."""
        if self.round.opened is None:
            raise ValueError("the round is not open")
        return self.round.opened.version


def open_item(view: View, act: Act, round_id: str, subject: SubjectId, kind: SubjectKind | None, what: str) -> Place:
    """The place of an item that the actor may write in now.

    Errors: `window-not-open`, `round-not-open`, `not-in-scope`, `wrong-kind`, those of `authority.require`,
    `item-withdrawn`.
    """
    view.get(ORGANISATION)
    state = view.get(ROUND, round_id)
    scope = accepting(round_id, state, subject)
    if kind is not None and scope.kind is not kind:
        raise Refused("wrong-kind", f"{subject!r} is a {scope.kind}, no {kind}.", field="subject")
    item = view.get(ITEM, round_id, subject)
    version = None if state.opened is None else state.opened.version
    agreement = view.get(AGREEMENT, version)
    unit = accountable(item, scope.unit, day_of(act.at))
    if what == "evidence" and not may(view.get(ORGANISATION), act, what, unit):
        unit = _helping(view, act, round_id, agreement, subject) or unit
    require(view, act, what, unit)
    not_withdrawn(subject, item, "subject")
    return Place(round_id=round_id, round=state, scope=scope, item=item, agreement=agreement)


def _helping(view: View, act: Act, round_id: str, agreement: Agreement, subject: SubjectId) -> UnitId | None:
    """The contributing unit for which the actor may attach evidence."""
    organisation = view.get(ORGANISATION)
    units = contributing(view, round_id, agreement, subject, day_of(act.at))
    return next((unit for unit in units if may(organisation, act, "evidence", unit)), None)


def contributing(view: View, round_id: str, agreement: Agreement, subject: SubjectId, day: Date) -> tuple[UnitId, ...]:
    """The units that help with a subject on a day: a unit's successor, where it has one (case 5)."""
    organisation = view.get(ORGANISATION)
    year, kind = parse_round(round_id)
    return tuple(organisation.successor(each, day, period_end(year, kind)) for each in agreement.contributors(subject))


def _write(view: View, place: Place, event: Report, seen: Digest | None) -> tuple[Event, ...]:
    """Save a report unless it says what is there already; first see that nobody else wrote meanwhile (case 15)."""
    item = place.item
    said = item.content.report
    same = said is not None and replace(said, revision=event.revision) == event
    if same and item.stage in (Stage.DRAFT, Stage.RETURNED):
        return ()
    present = None if item.content == Content() else content_digest(place.round_id, event.subject, item)
    if seen != present:
        raise Refused(
            "content-changed",
            "Somebody has written here since you opened it.",
            field="seen",
            rule="case 15",
            mend="Compare both versions and save again; nothing of yours is lost.",
        )
    return changed(view, place, event)


def changed(view: View, place: Place, event: Event) -> tuple[Event, ...]:
    """The event, unless the item takes no changes now. Errors: `item-not-writable`."""
    stale = place.item.stage is Stage.SIGNED_OFF and is_stale(
        view, place.round_id, place.round, place.scope.subject, place.item
    )
    if place.item.stage not in WRITABLE and not stale:
        raise Refused(
            "item-not-writable",
            f"The item is {place.item.stage}.",
            rule="PROCESS, item",
            mend="Recall it, have it returned, or correct it by a supplement.",
        )
    return (event,)


def _explained(view: View, light: TrafficLight | None, explanation: Explanation | None) -> None:
    explained(light, explanation)
    if explanation is not None:
        known_person(view.get(ORGANISATION), explanation.action_owner, "explanation.action_owner")
