"""The ministry's assessment: its lights and comments (R5, R16; case 18).

Commands, state, evolve, decide.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from domain.agreement import FOLD as AGREEMENT
from domain.authority import require, require_system
from domain.cycle import FOLD as CYCLE
from domain.cycle import Cycle, policy_deadline
from domain.cycle import Stage as CycleStage
from domain.errors import Refused, superseded
from domain.events.assessment import IndicatorAssessed, MilestoneCommented, TargetAssessed
from domain.events.cycle import (
    Assessable,
    AssessmentOpened,
)
from domain.events.event import Event
from domain.item import FOLD as ITEM
from domain.item import Stage, not_withdrawn
from domain.organisation import FOLD as ORGANISATION
from domain.round import FOLD as ROUND
from domain.round import Round, scoped
from domain.values import DeadlineKind, Digest, PersonId, SubjectId, SubjectKind, TrafficLight, Words
from domain.view import Act, Fact, Fold, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The assessment of one subject. `assessors` only grows: none of them issues the statement (R15)."""

    last: TargetAssessed | IndicatorAssessed | None = None
    comment: MilestoneCommented | None = None
    assessors: frozenset[PersonId] = frozenset()


def evolve(state: Assessment, fact: Fact) -> Assessment:
    """The assessment one event later."""
    match fact.event:
        case TargetAssessed() | IndicatorAssessed() as event:
            return replace(state, last=event, assessors=state.assessors | fact.by.involved)
        case MilestoneCommented() as event:
            return replace(state, comment=event)
        case _:
            return state


FOLD = Fold("assessment/{}/{}", Assessment, evolve)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAssessment:
    """The annual report is delivered, so the ministry may assess: a step of the system."""

    year: int


def open_assessment(view: View, act: Act, command: OpenAssessment) -> tuple[Event, ...]:
    """Errors: `system-only`, `superseded`."""
    require_system(act, "open-assessment")
    state = view.get(CYCLE, command.year)
    annual = view.get(ROUND, f"{command.year}-annual")
    if state.assessment is not None:
        return ()
    if state.stage is not CycleStage.RUNNING or annual.first_delivery is None or annual.opened is None:
        raise superseded("the annual report is not delivered")
    # Those of the version that the round's scope is from: the cycle may have begun under an earlier one.
    indicators = view.get(AGREEMENT, annual.opened.version).indicators
    subjects = (
        Assessable(subject=each.subject, kind=each.kind)
        for each in annual.scope.values()
        if each.kind is SubjectKind.TARGET
        or (
            each.kind is SubjectKind.INDICATOR
            and any(level.year == command.year and level.value is not None for level in indicators[each.subject].levels)
        )
    )
    statement = policy_deadline(view, state, command.year, DeadlineKind.STATEMENT, "statement")
    agreed = still_agreed(view, command.year, subjects)
    return (AssessmentOpened(year=command.year, subjects=agreed, statement=statement),)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessTarget:
    """Give a target the ministry's light, bound to what was delivered; or excuse it, with a reason."""

    year: int
    subject: SubjectId
    delivered: Digest
    light: TrafficLight | None
    rationale: Words | None = None
    excused: Words | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessIndicator:
    """Give an indicator the ministry's light, bound to what was delivered; or excuse it, with a reason."""

    year: int
    subject: SubjectId
    delivered: Digest
    light: TrafficLight | None
    rationale: Words | None = None
    excused: Words | None = None


def assess(view: View, act: Act, command: AssessTarget | AssessIndicator) -> tuple[Event, ...]:
    """Errors: `not-assessing`, `not-assessed`, `item-withdrawn`, `content-changed`, `light-or-excuse`,
    `rationale-missing`.
    """
    require(view, act, "assess")
    state, annual = assessing(view, command.year)
    kind = SubjectKind.TARGET if isinstance(command, AssessTarget) else SubjectKind.INDICATOR
    if Assessable(subject=command.subject, kind=kind) not in assessable(state):
        raise Refused(
            "not-assessed", f"{command.subject!r} is no {kind} that is assessed in {command.year}.", field="subject"
        )
    not_withdrawn(command.subject, view.get(ITEM, f"{command.year}-annual", command.subject), "subject")
    revision, delivered, light = delivered_light(view, annual, command.subject)
    if delivered != command.delivered:
        raise Refused(
            "content-changed", "This isn't what is delivered now.", field="delivered", rule="R16", mend="Open it again."
        )
    if (command.light is None) == (command.excused is None):
        raise Refused(
            "light-or-excuse", "Give a light, or say why there is none.", field="light", rule="PROCESS, ministry"
        )
    if command.light is not None and command.light is not light and command.rationale is None:
        own = "none" if light is None else light.name
        raise Refused(
            "rationale-missing",
            f"The agency's light is {own}; say why yours differs.",
            field="rationale",
            rule="case 18",
        )
    event = (TargetAssessed if kind is SubjectKind.TARGET else IndicatorAssessed)(
        year=command.year,
        subject=command.subject,
        light=command.light,
        rationale=command.rationale,
        excused=command.excused,
        revision=revision,
        delivered=delivered,
        transcribed=False,
    )
    return () if view.get(FOLD, command.year, command.subject).last == event else (event,)


def delivered_light(view: View, annual: Round, subject: SubjectId) -> tuple[int, Digest, TrafficLight | None]:
    """Revision, digest and light of what the ministry has; for a gap revision 0 and the report's own digest."""
    round_id = "" if annual.opened is None else annual.opened.round
    delivered = view.get(ITEM, round_id, subject).delivered
    if delivered is not None:
        report = delivered.content.report
        return delivered.revision, delivered.digest, None if report is None else report.light
    if annual.last_delivery is None:
        raise Refused("not-assessing", "Nothing is delivered.", rule="R5")
    return 0, annual.last_delivery.digest, None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentMilestone:
    """Comment on a milestone; it gets no light from the ministry."""

    year: int
    subject: SubjectId
    comment: Words


def comment_milestone(view: View, act: Act, command: CommentMilestone) -> tuple[Event, ...]:
    """Errors: `not-assessing`, `not-in-scope`, `wrong-kind`, `item-withdrawn`."""
    require(view, act, "assess")
    _, annual = assessing(view, command.year)
    if scoped(f"{command.year}-annual", annual, command.subject).kind is not SubjectKind.MILESTONE:
        raise Refused("wrong-kind", f"{command.subject!r} is no milestone.", field="subject")
    not_withdrawn(command.subject, view.get(ITEM, f"{command.year}-annual", command.subject), "subject")
    event = MilestoneCommented(year=command.year, subject=command.subject, comment=command.comment)
    return () if view.get(FOLD, command.year, command.subject).comment == event else (event,)


def assessing(view: View, year: int) -> tuple[Cycle, Round]:
    """The cycle that is being assessed, and its annual round. Errors: `not-assessing`."""
    view.get(ORGANISATION)
    state = view.get(CYCLE, year)
    annual = view.get(ROUND, f"{year}-annual")
    if state.stage is not CycleStage.ASSESSING:
        raise Refused(
            "not-assessing",
            f"The cycle of {year} is {state.stage}.",
            rule="R5",
            mend="The assessment opens with the annual delivery and ends with the statement.",
        )
    return state, annual


def assessable(state: Cycle) -> tuple[Assessable, ...]:
    """What the ministry assesses in a cycle, as it was when the assessment opened."""
    return () if state.assessment is None else state.assessment.subjects


def still_agreed(view: View, year: int, subjects: Iterable[Assessable]) -> tuple[Assessable, ...]:
    """Those of what is assessed that no update of the agreement removed (case 8)."""
    asked = tuple(subjects)
    items = view.get_all(ITEM, [(f"{year}-annual", each.subject) for each in asked])
    return tuple(each for each, item in zip(asked, items, strict=True) if item.stage is not Stage.WITHDRAWN)
