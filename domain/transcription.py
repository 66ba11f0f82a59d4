"""The ministry's statement copied from its document by two people, where the ministry doesn't sign in (C19)."""

from dataclasses import dataclass

from domain.assessment import FOLD, assessable, assessing, delivered_light, still_agreed
from domain.authority import four_eyes, require
from domain.cycle import FOLD as CYCLE
from domain.errors import Refused
from domain.events.assessment import IndicatorAssessed, TargetAssessed
from domain.events.cycle import (
    StatementIssued,
    StatementLight,
    TranscribedLight,
    TranscriptionConfirmed,
    TranscriptionProposed,
    TranscriptionWithdrawn,
)
from domain.events.event import Event
from domain.item import FOLD as ITEM
from domain.item import not_withdrawn
from domain.organisation import proposal_digest
from domain.statement import nothing_open, statement_deadline, statement_digest
from domain.values import (
    Digest,
    File,
    Id,
    SubjectKind,
    Words,
)
from domain.view import Act, View


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeTranscription:
    """Copy the ministry's statement from its document, where the ministry doesn't sign in (C19)."""

    year: int
    proposal: Id
    document: File
    narrative: Words
    lights: tuple[TranscribedLight, ...]


def propose_transcription(view: View, act: Act, command: ProposeTranscription) -> tuple[Event, ...]:
    """Errors: `not-assessing`, `proposal-exists`, `not-all-assessed`, `rationale-missing`."""
    require(view, act, "transcribe")
    state, annual = assessing(view, command.year)
    event = TranscriptionProposed(
        year=command.year,
        proposal=command.proposal,
        document=command.document,
        narrative=command.narrative,
        lights=command.lights,
    )
    if command.proposal in state.settled:
        raise Refused(
            "proposal-exists",
            f"The proposal {command.proposal!r} is settled.",
            field="proposal",
            mend="Take another id.",
        )
    present = state.proposed.get(command.proposal)
    if present is not None and present[0] == event:
        return ()
    if present is not None:
        raise Refused("proposal-exists", f"There is a proposal {command.proposal!r} already.", field="proposal")
    subjects = [each.subject for each in still_agreed(view, command.year, assessable(state))]
    if sorted(each.subject for each in command.lights) != sorted(subjects):
        raise Refused(
            "not-all-assessed", f"The statement has {len(subjects)} lights, each once.", field="lights", rule="R5"
        )
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
    proposal: Id
    digest: Digest


def confirm_transcription(view: View, act: Act, command: ConfirmTranscription) -> tuple[Event, ...]:
    """Errors: `unknown-proposal`, `own-work`, `proposal-changed`, `delivery-open`, `item-withdrawn`."""
    require(view, act, "confirm-transcription")
    confirmed = TranscriptionConfirmed(year=command.year, proposal=command.proposal, digest=command.digest)
    if view.get(CYCLE, command.year).settled.get(command.proposal) == confirmed:
        return ()
    state, annual = assessing(view, command.year)
    found = state.proposed.get(command.proposal)
    if found is None:
        raise Refused("unknown-proposal", f"There is no proposal {command.proposal!r}.", field="proposal")
    proposed, proposer = found
    four_eyes(act, {proposer}, "confirm", rule="C19")
    if command.digest != proposal_digest(proposed):
        raise Refused(
            "proposal-changed", "This isn't what was proposed.", field="digest", rule="R16", mend="Read it again."
        )
    nothing_open(annual)
    kinds = {each.subject: each.kind for each in assessable(state)}
    events: list[Event] = [confirmed]
    lights: list[StatementLight] = []
    view.get_all(FOLD, [(command.year, each.subject) for each in proposed.lights])
    items = view.get_all(ITEM, [(f"{command.year}-annual", each.subject) for each in proposed.lights])
    for each, item in zip(proposed.lights, items, strict=True):
        not_withdrawn(each.subject, item, "proposal")
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
    due = statement_deadline(state)
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
    proposal: Id


def withdraw_transcription(view: View, act: Act, command: WithdrawTranscription) -> tuple[Event, ...]:
    """Errors: `unknown-proposal`."""
    require(view, act, "transcribe")
    state = view.get(CYCLE, command.year)
    event = TranscriptionWithdrawn(year=command.year, proposal=command.proposal)
    if state.settled.get(command.proposal) == event:
        return ()
    if command.proposal not in state.proposed:
        raise Refused("unknown-proposal", f"There is no proposal {command.proposal!r}.", field="proposal")
    return (event,)
