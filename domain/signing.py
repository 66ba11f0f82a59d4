"""The signing of an agreement: sent, signed in four slots, declined, recalled, recorded from outside (R8; case 17)."""

from dataclasses import dataclass, replace

from domain.agreement import FOLD, Agreement, Stage, content_digest
from domain.authority import four_eyes, require
from domain.calendar import day_of
from domain.errors import Refused
from domain.events.agreement import (
    AgreementSigned,
    AgreementSuperseded,
    Annex,
    DraftRecalled,
    ExternalSignatureProposed,
    ExternalSignatureRecorded,
    ExternalSignatureWithdrawn,
    SentForSignature,
    SignatureDeclined,
    Slot,
)
from domain.events.codec import to_json
from domain.events.envelope import digest_of
from domain.events.event import Event
from domain.events.organisation import AgreementInForce
from domain.organisation import FOLD as ORGANISATION_FOLD
from domain.organisation import known_person, proposal_digest
from domain.values import (
    Digest,
    File,
    Id,
    PersonId,
    VersionId,
    Words,
)
from domain.view import Act, View

PARTIES = ("agency", "agency", "ministry", "ministry")
"""Who signs (R8)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who signs in a slot."""

    slot: Id
    person: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class SendForSignature:
    """Close the draft and ask the holders of the slots to sign it with its annexes (R8)."""

    version: VersionId
    holders: tuple[Holder, ...]
    annexes: tuple[Annex, ...]


def send_for_signature(view: View, act: Act, command: SendForSignature) -> tuple[Event, ...]:
    """Errors: `not-a-draft`, `slots-unfilled`, `slots-malformed`, `holders-not-distinct`, `annexes-missing`,
    `unknown-person`.
    """
    require(view, act, "send-for-signature")
    organisation = view.get(ORGANISATION_FOLD)
    state = view.get(FOLD, command.version)
    if state.drafted is None:
        raise Refused("unknown-version", f"There is no version {command.version!r}.", field="version")
    holders = {each.slot: each.person for each in command.holders}
    slots = tuple(replace(slot, person=holders.get(slot.id)) for slot in state.drafted.slots)
    if state.sent is not None and state.sent.slots == slots and state.sent.annexes == command.annexes:
        return ()
    if state.stage is not Stage.DRAFT:
        raise Refused("not-a-draft", f"The version is {state.stage}.", mend="Recall it first.")
    if sorted(slot.party for slot in slots) != sorted(PARTIES):
        raise Refused("slots-malformed", "Four people sign, two for each party.", field="version", rule="R8")
    if any(slot.person is None for slot in slots) or len(holders) != len(slots):
        raise Refused("slots-unfilled", "Each slot needs its holder.", field="holders", rule="R8")
    if len(set(holders.values())) != len(slots):
        raise Refused("holders-not-distinct", "One person signs in one slot only.", field="holders", rule="R8")
    for person in holders.values():
        known_person(organisation, person, "holders")
    named = sorted(each.id for each in state.drafted.annexes)
    if sorted(each.id for each in command.annexes) != named:
        wanted = ", ".join(named)
        raise Refused("annexes-missing", f"The annexes are {wanted}, each once.", field="annexes", rule="R8")
    digest = digest_of({"content": content_digest(state), "slots": to_json(slots), "annexes": to_json(command.annexes)})
    return (SentForSignature(version=command.version, digest=digest, slots=slots, annexes=command.annexes),)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignAgreement:
    """Sign in one's slot exactly what was shown (R16); nobody signs as a substitute."""

    version: VersionId
    slot: Id
    digest: Digest


def sign_agreement(view: View, act: Act, command: SignAgreement) -> tuple[Event, ...]:
    """Errors: `not-in-signing`, `unknown-slot`, `not-the-holder`, `content-changed`."""
    organisation = view.get(ORGANISATION_FOLD)
    state = view.get(FOLD, command.version)
    if state.signed.get(command.slot) == act.by.id and state.sent is not None and state.sent.digest == command.digest:
        return ()
    sent, slot = _slot(state, command.version, command.slot)
    if slot.person != act.by.id or act.by.acting_for is not None:
        raise Refused("not-the-holder", f"Only {slot.person} signs in this slot, in person.", field="slot", rule="R8")
    if organisation.has_left(act.by.id, day_of(act.at)):
        raise Refused("account-closed", "This account is closed.", rule="case 7")
    if sent.digest != command.digest:
        raise Refused(
            "content-changed",
            "The agreement isn't the one that you saw.",
            field="digest",
            rule="R16",
            mend="Read it again.",
        )
    signed = AgreementSigned(version=command.version, slot=command.slot, digest=command.digest)
    return (signed, *_in_force(view, state, command.slot))


def _in_force(view: View, state: Agreement, slot: str) -> tuple[Event, ...]:
    if state.drafted is None or state.sent is None or any(each.id != slot for each in state.missing):
        return ()
    drafted = state.drafted
    in_force = AgreementInForce(
        version=drafted.version,
        agreement=drafted.agreement,
        binding_year=drafted.binding_year,
        digest=state.sent.digest,
    )
    before = [
        each
        for each in view.get(ORGANISATION_FOLD).versions
        if each.agreement == drafted.agreement and each.version != drafted.version
    ]
    superseded: tuple[Event, ...] = ()
    if before and view.get(FOLD, before[-1].version).stage is Stage.IN_FORCE:
        superseded = (AgreementSuperseded(version=before[-1].version, successor=drafted.version),)
    return (in_force, *superseded)


def _slot(state: Agreement, version: VersionId, slot_id: str) -> tuple[SentForSignature, Slot]:
    if state.stage is not Stage.SIGNING or state.sent is None:
        raise Refused("not-in-signing", f"The version {version} isn't out for signature.", field="version", rule="R8")
    for slot in state.sent.slots:
        if slot.id == slot_id:
            if slot_id in state.signed:
                raise Refused("slot-signed", "This slot is signed already.", field="slot")
            return state.sent, slot
    raise Refused("unknown-slot", f"There is no slot {slot_id!r}.", field="slot")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineSignature:
    """Decline to sign, with a reason; the signatures so far are void."""

    version: VersionId
    slot: Id
    reason: Words


def decline_signature(view: View, act: Act, command: DeclineSignature) -> tuple[Event, ...]:
    """Errors: `not-in-signing`, `not-the-holder`."""
    view.get(ORGANISATION_FOLD)
    state = view.get(FOLD, command.version)
    event = SignatureDeclined(version=command.version, slot=command.slot, reason=command.reason)
    if state.back == event:
        return ()
    _, slot = _slot(state, command.version, command.slot)
    if slot.person != act.by.id or act.by.acting_for is not None:
        raise Refused("not-the-holder", f"Only {slot.person} declines in this slot.", field="slot", rule="R8")
    return (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallDraft:
    """Call the version back before all have signed; the signatures so far are void."""

    version: VersionId
    reason: Words


def recall_draft(view: View, act: Act, command: RecallDraft) -> tuple[Event, ...]:
    """Errors: `not-in-signing`."""
    require(view, act, "recall-draft")
    state = view.get(FOLD, command.version)
    event = DraftRecalled(version=command.version, reason=command.reason)
    if state.back == event:
        return ()
    if state.stage is not Stage.SIGNING:
        raise Refused("not-in-signing", f"The version {command.version} isn't out for signature.", field="version")
    return (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeExternalSignature:
    """Say that a slot was signed outside the service, and bring the signed document."""

    version: VersionId
    proposal: Id
    slot: Id
    document: File


def propose_external_signature(view: View, act: Act, command: ProposeExternalSignature) -> tuple[Event, ...]:
    """Errors: `not-in-signing`, `unknown-slot`, `proposal-exists`."""
    require(view, act, "external-signature")
    state = view.get(FOLD, command.version)
    _unsettled(state, command.proposal)
    sent, _ = _slot(state, command.version, command.slot)
    event = ExternalSignatureProposed(
        version=command.version,
        proposal=command.proposal,
        slot=command.slot,
        digest=sent.digest,
        document=command.document,
    )
    present = state.proposed.get(command.proposal)
    if present is not None and present[0] == event:
        return ()
    if present is not None:
        raise Refused("proposal-exists", f"There is a proposal {command.proposal!r} already.", field="proposal")
    return (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmExternalSignature:
    """A second person compared the document and confirms it."""

    version: VersionId
    proposal: Id
    digest: Digest


def confirm_external_signature(view: View, act: Act, command: ConfirmExternalSignature) -> tuple[Event, ...]:
    """Errors: `unknown-proposal`, `own-work`, `proposal-changed`."""
    require(view, act, "confirm-external-signature")
    state = view.get(FOLD, command.version)
    settled = state.settled.get(command.proposal)
    if isinstance(settled, ExternalSignatureRecorded) and command.digest == _digest_of(settled):
        return ()
    proposed = state.proposed.get(command.proposal)
    if proposed is None:
        raise Refused("unknown-proposal", f"There is no proposal {command.proposal!r}.", field="proposal")
    event, proposer = proposed
    four_eyes(act, {proposer}, "confirm", rule="C19")
    if command.digest != proposal_digest(event):
        raise Refused(
            "proposal-changed", "This isn't what was proposed.", field="digest", rule="R16", mend="Read it again."
        )
    _slot(state, command.version, event.slot)
    recorded = ExternalSignatureRecorded(
        version=command.version,
        proposal=command.proposal,
        slot=event.slot,
        digest=event.digest,
        document=event.document,
    )
    return (recorded, *_in_force(view, state, event.slot))


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawExternalSignature:
    """Take a proposed external signature off the table."""

    version: VersionId
    proposal: Id


def withdraw_external_signature(view: View, act: Act, command: WithdrawExternalSignature) -> tuple[Event, ...]:
    """Errors: `unknown-proposal`."""
    require(view, act, "external-signature")
    state = view.get(FOLD, command.version)
    event = ExternalSignatureWithdrawn(version=command.version, proposal=command.proposal)
    if state.settled.get(command.proposal) == event:
        return ()
    if command.proposal not in state.proposed:
        raise Refused("unknown-proposal", f"There is no proposal {command.proposal!r}.", field="proposal")
    return (event,)


def _unsettled(state: Agreement, proposal: str) -> None:
    if proposal in state.settled:
        raise Refused(
            "proposal-exists", f"The proposal {proposal!r} is settled.", field="proposal", mend="Take another id."
        )


def _digest_of(recorded: ExternalSignatureRecorded) -> Digest:
    """The digest of the proposal that was confirmed."""
    return proposal_digest(
        ExternalSignatureProposed(
            version=recorded.version,
            proposal=recorded.proposal,
            slot=recorded.slot,
            digest=recorded.digest,
            document=recorded.document,
        )
    )
