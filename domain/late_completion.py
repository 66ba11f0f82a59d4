"""A milestone reached after its year: recorded with evidence, signed off; it never recolours the year.

Commands, decide; the state stands in subject.py.
"""

from dataclasses import dataclass

from domain.agreement import FOLD as AGREEMENT
from domain.agreement import Stage as AgreementStage
from domain.authority import four_eyes, require
from domain.calendar import day_of
from domain.errors import Refused
from domain.events.codec import to_json
from domain.events.envelope import digest_of
from domain.events.event import Event
from domain.events.item import Evidence
from domain.events.subject import LateCompletionRecorded, LateCompletionReturned, LateCompletionSignedOff
from domain.evidence import there_already
from domain.measure import unconflicted
from domain.organisation import FOLD as ORGANISATION
from domain.subject import FOLD, Stage, Subject
from domain.values import Date, Digest, SubjectId, VersionId, Words
from domain.view import Act, View, nothing_erased


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLateCompletion:
    """Say that a milestone of a past year is reached now, with evidence."""

    version: VersionId
    subject: SubjectId
    completed_on: Date
    narrative: Words
    evidence: tuple[Evidence, ...]


def record_late_completion(view: View, act: Act, command: RecordLateCompletion) -> tuple[Event, ...]:
    """Errors: `unknown-subject`, `year-not-over`, `evidence-missing`, `date-in-the-future`, `document-in-the-future`,
    `already-decided`.
    """
    organisation = view.get(ORGANISATION)
    state = view.get(FOLD, command.subject)
    agreement = view.get(AGREEMENT, command.version)
    milestone = agreement.milestones.get(command.subject)
    if milestone is None or agreement.stage not in (AgreementStage.IN_FORCE, AgreementStage.ENDED):
        raise Refused(
            "unknown-subject",
            f"No version {command.version!r} in force has a milestone {command.subject!r}.",
            field="subject",
        )
    period_end = Date(f"{milestone.year}-12-31")
    unit = organisation.successor(milestone.unit, day_of(act.at), period_end)
    require(view, act, "record-late-completion", unit)
    if not command.evidence:
        raise Refused("evidence-missing", "What is reported as reached needs evidence.", field="evidence", rule="C04")
    if command.completed_on <= period_end:
        raise Refused(
            "year-not-over",
            f"It is late only after {period_end}.",
            field="completed_on",
            mend="Report it in its round.",
        )
    if command.completed_on > day_of(act.at):
        raise Refused("date-in-the-future", f"{command.completed_on} is yet to come.", field="completed_on")
    for number, each in enumerate(command.evidence):
        there_already(act, each, f"evidence.{number}")
    if state.late is Stage.SIGNED_OFF:
        raise Refused("already-decided", "The late completion is signed off.", field="subject")
    content = {
        "format": "late-completion/1",
        "subject": command.subject,
        "completed_on": command.completed_on,
        "narrative": command.narrative,
        "evidence": to_json(command.evidence),
    }
    event = LateCompletionRecorded(
        subject=command.subject,
        year=milestone.year,
        unit=unit,
        completed_on=command.completed_on,
        narrative=command.narrative,
        evidence=command.evidence,
        digest=digest_of(content),
    )
    return () if state.recorded == event and state.late is Stage.RECORDED else (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLateCompletion:
    """The director finds it wanting, with a reason."""

    subject: SubjectId
    reason: Words


def return_late_completion(view: View, act: Act, command: ReturnLateCompletion) -> tuple[Event, ...]:
    """Errors: `no-late-completion`."""
    state = _decidable(view, act, command.subject)
    event = LateCompletionReturned(subject=command.subject, reason=command.reason)
    if state.late is Stage.RETURNED and state.returned == event:
        return ()
    _recorded(state)
    return (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOffLateCompletion:
    """The director approves exactly what was shown (R15, R16)."""

    subject: SubjectId
    digest: Digest


def sign_off_late_completion(view: View, act: Act, command: SignOffLateCompletion) -> tuple[Event, ...]:
    """Errors: `no-late-completion`, `content-changed`, `own-work`, `words-erased`, `conflict-of-interest`."""
    state = _decidable(view, act, command.subject)
    if state.late is Stage.SIGNED_OFF and state.recorded is not None and state.recorded.digest == command.digest:
        return ()
    recorded = _recorded(state)
    if recorded.digest != command.digest:
        raise Refused("content-changed", "This isn't what you saw.", field="digest", rule="R16", mend="Open it again.")
    four_eyes(act, state.preparers, "sign off")
    nothing_erased(view, FOLD.stream(command.subject), recorded)
    unconflicted(view, act, command.subject, recorded.year)
    return (LateCompletionSignedOff(subject=command.subject, digest=command.digest),)


def _decidable(view: View, act: Act, subject: SubjectId) -> Subject:
    """The subject, for its unit's director today: that of the unit which recorded it, or of its successor (case 5)."""
    organisation = view.get(ORGANISATION)
    state = view.get(FOLD, subject)
    if state.recorded is None:
        raise Refused("no-late-completion", "No late completion waits for a decision.", field="subject")
    unit = organisation.successor_for(state.recorded.year, state.recorded.unit, day_of(act.at))
    require(view, act, "late-completion", unit)
    return state


def _recorded(state: Subject) -> LateCompletionRecorded:
    if state.recorded is None or state.late is not Stage.RECORDED:
        raise Refused("no-late-completion", "No late completion waits for a decision.", field="subject")
    return state.recorded


__all__ = [
    "FOLD",
    "RecordLateCompletion",
    "ReturnLateCompletion",
    "SignOffLateCompletion",
    "Stage",
    "record_late_completion",
    "return_late_completion",
    "sign_off_late_completion",
]
