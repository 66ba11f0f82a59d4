"""The ministry's assessment: its lights, comments, the statement (R5, R15, R16; case 18, C19).

Commands, state, evolve, decide.
"""

from dataclasses import dataclass, replace

from domain.agreement import FOLD as AGREEMENT
from domain.authority import four_eyes, require, require_system
from domain.cycle import FOLD as CYCLE
from domain.cycle import Cycle, policy_deadline
from domain.cycle import Stage as CycleStage
from domain.errors import Refused, superseded
from domain.events.assessment import IndicatorAssessed, MilestoneCommented, TargetAssessed
from domain.events.codec import to_json
from domain.events.cycle import (
    Assessable,
    AssessmentOpened,
    StatementCorrected,
    StatementIssued,
    StatementLight,
    TranscribedLight,
    TranscriptionConfirmed,
    TranscriptionProposed,
    TranscriptionWithdrawn,
)
from domain.events.envelope import digest_of
from domain.events.event import Event
from domain.item import FOLD as ITEM
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import proposal_digest
from domain.round import FOLD as ROUND
from domain.round import Round, scoped
from domain.round import Stage as RoundStage
from domain.values import Deadline, DeadlineKind, Digest, File, PersonId, SubjectId, SubjectKind, TrafficLight, Words
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
            people = {fact.by.id} if fact.by.acting_for is None else {fact.by.id, fact.by.acting_for}
            return replace(state, last=event, assessors=state.assessors | people)
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
    if state.stage is not CycleStage.RUNNING or annual.first_delivery is None:
        raise superseded("the annual report is not delivered")
    indicators = view.get(AGREEMENT, state.version).indicators
    subjects = tuple(
        Assessable(subject=each.subject, kind=each.kind)
        for each in annual.scope.values()
        if each.kind is SubjectKind.TARGET
        or (
            each.kind is SubjectKind.INDICATOR
            and any(level.year == command.year and level.value is not None for level in indicators[each.subject].levels)
        )
    )
    statement = policy_deadline(view, state, command.year, DeadlineKind.STATEMENT, "statement")
    return (AssessmentOpened(year=command.year, subjects=subjects, statement=statement),)


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
    """Errors: `not-assessing`, `not-assessed`, `content-changed`, `light-or-excuse`, `rationale-missing`."""
    require(view, act, "assess")
    state, annual = _assessing(view, command.year)
    kind = SubjectKind.TARGET if isinstance(command, AssessTarget) else SubjectKind.INDICATOR
    if Assessable(subject=command.subject, kind=kind) not in _subjects(state):
        raise Refused(
            "not-assessed", f"{command.subject!r} is no {kind} that is assessed in {command.year}.", field="subject"
        )
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
    """Errors: `not-assessing`, `not-in-scope`, `wrong-kind`."""
    require(view, act, "assess")
    _, annual = _assessing(view, command.year)
    if scoped(f"{command.year}-annual", annual, command.subject).kind is not SubjectKind.MILESTONE:
        raise Refused("wrong-kind", f"{command.subject!r} is no milestone.", field="subject")
    event = MilestoneCommented(year=command.year, subject=command.subject, comment=command.comment)
    return () if view.get(FOLD, command.year, command.subject).comment == event else (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueStatement:
    """Issue the statement on the final accounts: exactly the lights that were shown (R5, R15, R16)."""

    year: int
    digest: Digest
    narrative: Words


def issue_statement(view: View, act: Act, command: IssueStatement) -> tuple[Event, ...]:
    """Errors: `not-assessing`, `not-all-assessed`, `assessed-against-old-content`, `delivery-open`, `content-changed`, `own-work`."""
    require(view, act, "issue-statement")
    state = view.get(CYCLE, command.year)
    if state.statement is not None and state.statement.digest == command.digest:
        return ()
    state, annual = _assessing(view, command.year)
    lights, assessors = statement_lights(view, command.year, state, annual)
    _nothing_open(annual)
    if statement_digest(command.year, lights) != command.digest:
        raise Refused(
            "content-changed", "A light changed since you opened it.", field="digest", rule="R16", mend="Open it again."
        )
    four_eyes(act, assessors, "issue the statement on")
    due = _statement_deadline(state)
    issued = StatementIssued(
        year=command.year,
        narrative=command.narrative,
        lights=lights,
        digest=command.digest,
        deadline=due,
        late=act.at >= due.instant,
        document=None,
        transcribed=False,
    )
    return (issued,)


def statement_lights(
    view: View, year: int, state: Cycle, annual: Round
) -> tuple[tuple[StatementLight, ...], frozenset[PersonId]]:
    """The lights that a statement would give, each against what is delivered now, and who assessed.

    Errors: `not-all-assessed`, `assessed-against-old-content`.
    """
    subjects = [each.subject for each in _subjects(state)]
    assessed = view.get_all(FOLD, [(year, subject) for subject in subjects])
    view.get_all(ITEM, [(f"{year}-annual", subject) for subject in subjects])
    missing = [subject for subject, each in zip(subjects, assessed, strict=True) if each.last is None]
    if missing:
        raise Refused("not-all-assessed", f"{len(missing)} are not assessed: {', '.join(missing[:5])}.", rule="R5")
    lights: list[StatementLight] = []
    people: set[PersonId] = set()
    for subject, each in zip(subjects, assessed, strict=True):
        _, delivered, _ = delivered_light(view, annual, subject)
        if each.last is None or each.last.delivered != delivered:
            raise Refused(
                "assessed-against-old-content",
                f"{subject!r} was corrected after it was assessed.",
                rule="R16",
                mend="Assess it again.",
            )
        lights.append(StatementLight(subject=subject, light=each.last.light, delivered=delivered))
        people |= each.assessors
    return tuple(lights), frozenset(people)


def statement_digest(year: int, lights: tuple[StatementLight, ...]) -> Digest:
    """What a statement binds to."""
    return digest_of({"format": "statement/1", "year": year, "lights": to_json(lights)})


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectStatement:
    """Correct the statement, with a reason; the first one stays in the history."""

    year: int
    narrative: Words
    reason: Words
    lights: tuple[StatementLight, ...] = ()


def correct_statement(view: View, act: Act, command: CorrectStatement) -> tuple[Event, ...]:
    """Errors: `no-statement`, `not-assessed`, `own-work`."""
    require(view, act, "correct-statement")
    state = view.get(CYCLE, command.year)
    if state.stage is not CycleStage.STATED or state.statement is None:
        raise Refused("no-statement", f"The cycle of {command.year} is {state.stage}.", rule="R5")
    present = {each.subject: each for each in state.statement.lights}
    for each in command.lights:
        if each.subject not in present:
            raise Refused("not-assessed", f"{each.subject!r} isn't in the statement.", field="lights")
    assessed = view.get_all(FOLD, [(command.year, subject) for subject in present])
    four_eyes(act, frozenset().union(*(each.assessors for each in assessed)), "correct the statement on")
    changed = {each.subject: each for each in command.lights}
    lights = tuple(changed.get(subject, each) for subject, each in present.items())
    corrected = StatementCorrected(
        year=command.year,
        narrative=command.narrative,
        lights=lights,
        digest=statement_digest(command.year, lights),
        reason=command.reason,
    )
    return (corrected,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeTranscription:
    """Copy the ministry's statement from its document, where the ministry doesn't sign in (C19)."""

    year: int
    proposal: str
    document: File
    narrative: Words
    lights: tuple[TranscribedLight, ...]


def propose_transcription(view: View, act: Act, command: ProposeTranscription) -> tuple[Event, ...]:
    """Errors: `not-assessing`, `proposal-exists`, `not-all-assessed`, `rationale-missing`."""
    require(view, act, "transcribe")
    state, annual = _assessing(view, command.year)
    event = TranscriptionProposed(
        year=command.year,
        proposal=command.proposal,
        document=command.document,
        narrative=command.narrative,
        lights=command.lights,
    )
    present = state.proposed.get(command.proposal)
    if present is not None and present[0] == event:
        return ()
    if present is not None:
        raise Refused("proposal-exists", f"There is a proposal {command.proposal!r} already.", field="proposal")
    subjects = [each.subject for each in _subjects(state)]
    if sorted(each.subject for each in command.lights) != sorted(subjects):
        raise Refused(
            "not-all-assessed", f"The statement has {len(subjects)} lights, each once.", field="lights", rule="R5"
        )
    view.get_all(ITEM, [(f"{command.year}-annual", subject) for subject in subjects])
    for each in command.lights:
        _, _, light = delivered_light(view, annual, each.subject)
        if each.light is not light and each.rationale is None:
            raise Refused(
                "rationale-missing",
                f"{each.subject!r} differs from the agency's light.",
                field="lights",
                rule="case 18",
            )
    return (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmTranscription:
    """A second person compared the copy with the document: the statement counts as issued."""

    year: int
    proposal: str
    digest: Digest


def confirm_transcription(view: View, act: Act, command: ConfirmTranscription) -> tuple[Event, ...]:
    """Errors: `unknown-proposal`, `own-work`, `proposal-changed`, `delivery-open`."""
    require(view, act, "confirm-transcription")
    state, annual = _assessing(view, command.year)
    found = state.proposed.get(command.proposal)
    if found is None:
        raise Refused("unknown-proposal", f"There is no proposal {command.proposal!r}.", field="proposal")
    proposed, proposer = found
    four_eyes(act, {proposer}, "confirm", rule="C19")
    if command.digest != proposal_digest(proposed):
        raise Refused(
            "proposal-changed", "This isn't what was proposed.", field="digest", rule="R16", mend="Read it again."
        )
    _nothing_open(annual)
    kinds = {each.subject: each.kind for each in _subjects(state)}
    events: list[Event] = [TranscriptionConfirmed(year=command.year, proposal=command.proposal, digest=command.digest)]
    lights: list[StatementLight] = []
    view.get_all(FOLD, [(command.year, each.subject) for each in proposed.lights])
    view.get_all(ITEM, [(f"{command.year}-annual", each.subject) for each in proposed.lights])
    for each in proposed.lights:
        revision, delivered, _ = delivered_light(view, annual, each.subject)
        kind = TargetAssessed if kinds[each.subject] is SubjectKind.TARGET else IndicatorAssessed
        events.append(
            kind(
                year=command.year,
                subject=each.subject,
                light=each.light,
                rationale=each.rationale,
                excused=None,
                revision=revision,
                delivered=delivered,
                transcribed=True,
            )
        )
        lights.append(StatementLight(subject=each.subject, light=each.light, delivered=delivered))
    due = _statement_deadline(state)
    events.append(
        StatementIssued(
            year=command.year,
            narrative=proposed.narrative,
            lights=tuple(lights),
            digest=statement_digest(command.year, tuple(lights)),
            deadline=due,
            late=act.at >= due.instant,
            document=proposed.document,
            transcribed=True,
        )
    )
    return tuple(events)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawTranscription:
    """Take a copy that nobody confirmed off the table."""

    year: int
    proposal: str


def withdraw_transcription(view: View, act: Act, command: WithdrawTranscription) -> tuple[Event, ...]:
    """Errors: `unknown-proposal`."""
    require(view, act, "transcribe")
    if command.proposal not in view.get(CYCLE, command.year).proposed:
        raise Refused("unknown-proposal", f"There is no proposal {command.proposal!r}.", field="proposal")
    return (TranscriptionWithdrawn(year=command.year, proposal=command.proposal),)


def _assessing(view: View, year: int) -> tuple[Cycle, Round]:
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


def _subjects(state: Cycle) -> tuple[Assessable, ...]:
    return () if state.assessment is None else state.assessment.subjects


def _nothing_open(annual: Round) -> None:
    if annual.stage not in (RoundStage.DELIVERED, RoundStage.CLOSED):
        raise Refused(
            "delivery-open",
            "Items were returned or opened again and are not delivered yet.",
            rule="PROCESS, cycle",
            mend="Wait for the redelivery.",
        )


def _statement_deadline(state: Cycle) -> Deadline:
    if state.assessment is None:
        raise Refused("not-assessing", "The assessment is not open.", rule="R5")
    return state.assessment.statement
