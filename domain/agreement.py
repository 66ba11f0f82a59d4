"""One version of a performance agreement: imported as data, signed, in force, ended (R1, R2, R8; case 17).

Commands, state, evolve, decide.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from domain.authority import four_eyes, require, require_system
from domain.calendar import end_of
from domain.errors import Refused, not_yet
from domain.events.agreement import (
    AgreementDrafted,
    AgreementExpired,
    AgreementSigned,
    AgreementSuperseded,
    Annex,
    DatePolicy,
    DraftRecalled,
    ExternalSignatureProposed,
    ExternalSignatureRecorded,
    ExternalSignatureWithdrawn,
    GoalGroupDefined,
    IndicatorDefined,
    IndicatorTableDefined,
    MilestoneDefined,
    PartDefined,
    SentForSignature,
    SignatureDeclined,
    Slot,
    TargetDefined,
)
from domain.events.codec import to_json
from domain.events.envelope import digest_of
from domain.events.event import Event
from domain.events.organisation import AgreementInForce
from domain.organisation import FOLD as ORGANISATION_FOLD
from domain.organisation import known_person, known_unit, proposal_digest
from domain.values import Digest, File, PersonId, SubjectId, VersionId, Words
from domain.view import Act, Fact, Fold, View


class Stage(StrEnum):
    """Where a version stands."""

    ABSENT = "absent"
    DRAFT = "draft"
    SIGNING = "signing"
    IN_FORCE = "in-force"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A version with all that it defines, and its signatures."""

    stage: Stage = Stage.ABSENT
    drafted: AgreementDrafted | None = None
    parts: Mapping[str, PartDefined] = field(default_factory=dict)
    groups: Mapping[str, GoalGroupDefined] = field(default_factory=dict)
    targets: Mapping[SubjectId, TargetDefined] = field(default_factory=dict)
    milestones: Mapping[SubjectId, MilestoneDefined] = field(default_factory=dict)
    tables: Mapping[str, IndicatorTableDefined] = field(default_factory=dict)
    indicators: Mapping[SubjectId, IndicatorDefined] = field(default_factory=dict)
    sent: SentForSignature | None = None
    sent_at: datetime | None = None
    sent_position: int = 0
    signed: Mapping[str, PersonId] = field(default_factory=dict)
    proposed: Mapping[str, tuple[ExternalSignatureProposed, PersonId]] = field(default_factory=dict)

    @property
    def missing(self) -> tuple[Slot, ...]:
        """The slots that nobody signed yet (case 17)."""
        return () if self.sent is None else tuple(slot for slot in self.sent.slots if slot.id not in self.signed)

    def policy(self, kind: str) -> DatePolicy:
        """A date policy of this version. Raises `Refused` where the file has none."""
        policies = () if self.drafted is None else self.drafted.policies
        for each in policies:
            if each.kind == kind:
                return each
        raise Refused("no-policy", f"The agreement has no date policy {kind!r}.", mend="Add it in a new version.")

    def milestones_of(self, target: SubjectId, year: int) -> tuple[MilestoneDefined, ...]:
        """A target's milestones of one year."""
        return tuple(each for each in self.milestones.values() if each.target == target and each.year == year)


def evolve(state: Agreement, fact: Fact) -> Agreement:
    """The version one event later."""
    match fact.event:
        case AgreementDrafted() as event:
            return replace(state, stage=Stage.DRAFT, drafted=event)
        case PartDefined() as event:
            return replace(state, parts={**state.parts, event.part: event})
        case GoalGroupDefined() as event:
            return replace(state, groups={**state.groups, event.group: event})
        case TargetDefined() as event:
            return replace(state, targets={**state.targets, event.target: event})
        case MilestoneDefined() as event:
            return replace(state, milestones={**state.milestones, event.milestone: event})
        case IndicatorTableDefined() as event:
            return replace(state, tables={**state.tables, event.table: event})
        case IndicatorDefined() as event:
            return replace(state, indicators={**state.indicators, event.indicator: event})
        case SentForSignature() as event:
            return replace(
                state,
                stage=Stage.SIGNING,
                sent=event,
                sent_at=fact.at,
                sent_position=fact.position,
                signed={},
                proposed={},
            )
        case AgreementSigned() as event:
            return _signed(state, event.slot, fact.by.id)
        case ExternalSignatureRecorded() as event:
            holder = next(slot.person for slot in state.sent.slots if slot.id == event.slot) if state.sent else None
            left = {key: value for key, value in state.proposed.items() if key != event.proposal}
            return _signed(replace(state, proposed=left), event.slot, holder or fact.by.id)
        case ExternalSignatureProposed() as event:
            return replace(state, proposed={**state.proposed, event.proposal: (event, fact.by.id)})
        case ExternalSignatureWithdrawn() as event:
            return replace(state, proposed={k: v for k, v in state.proposed.items() if k != event.proposal})
        case SignatureDeclined() | DraftRecalled():
            return replace(state, stage=Stage.DRAFT, sent=None, signed={}, proposed={})
        case AgreementSuperseded() | AgreementExpired():
            return replace(state, stage=Stage.ENDED)
        case _:
            return state


def _signed(state: Agreement, slot: str, person: PersonId) -> Agreement:
    signed = replace(state, signed={**state.signed, slot: person})
    return signed if signed.missing else replace(signed, stage=Stage.IN_FORCE)


FOLD = Fold("agreement/{}", Agreement, evolve)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportAgreement:
    """Record a version of the agreement as a draft, whole or not at all. The records are what the events will say."""

    version: VersionId
    drafted: AgreementDrafted
    parts: tuple[PartDefined, ...]
    groups: tuple[GoalGroupDefined, ...]
    targets: tuple[TargetDefined, ...]
    milestones: tuple[MilestoneDefined, ...]
    tables: tuple[IndicatorTableDefined, ...]
    indicators: tuple[IndicatorDefined, ...]


def import_agreement(view: View, act: Act, command: ImportAgreement) -> tuple[Event, ...]:
    """Errors: `version-exists`, `duplicate-id`, `dangling-reference`, `unknown-unit`."""
    require(view, act, "import-agreement")
    organisation = view.get(ORGANISATION_FOLD)
    state = view.get(FOLD, command.version)
    events: tuple[Event, ...] = (
        command.drafted,
        *command.parts,
        *command.groups,
        *command.targets,
        *command.milestones,
        *command.tables,
        *command.indicators,
    )
    if state.stage is not Stage.ABSENT:
        if content_digest(state) == digest_of([to_json(event) for event in events]):
            return ()
        raise Refused(
            "version-exists", f"The version {command.version} is recorded already.", mend="Take the next number."
        )
    if any(event.stream != FOLD.stream(command.version) for event in events):
        raise Refused("dangling-reference", "A record names another version.", field="version")
    _unique([each.part for each in command.parts], "parts")
    _unique([each.group for each in command.groups], "groups")
    _unique([each.table for each in command.tables], "tables")
    subjects = [each.target for each in command.targets] + [each.milestone for each in command.milestones]
    _unique(subjects + [each.indicator for each in command.indicators], "subjects")
    parts = [*(each.part for each in command.groups), *(each.part for each in command.targets)]
    _resolves([*parts, *(each.part for each in command.tables)], command.parts, "part")
    _resolves((each.group for each in command.targets if each.group is not None), command.groups, "group")
    _resolves((each.target for each in command.milestones), command.targets, "target")
    _resolves((each.table for each in command.indicators), command.tables, "table")
    units = {each.lead_unit for each in command.targets} | {each.unit for each in command.milestones}
    for unit in units | {each.unit for each in command.indicators}:
        known_unit(organisation, unit)
    for each in command.milestones:
        if not command.drafted.first_year <= each.year <= command.drafted.last_year:
            raise Refused(
                "year-outside-term", f"{each.milestone} is of {each.year}, outside the term.", field="milestones"
            )
    return events


def content_digest(state: Agreement) -> Digest:
    """The digest of all that the version defines."""
    groups: tuple[Iterable[Event], ...] = (
        state.parts.values(),
        state.groups.values(),
        state.targets.values(),
        state.milestones.values(),
        state.tables.values(),
        state.indicators.values(),
    )
    return digest_of([to_json(state.drafted), *(to_json(event) for group in groups for event in group)])


def _unique(ids: Sequence[str], what: str) -> None:
    doubled = [key for key, count in Counter(ids).items() if count > 1]
    if doubled:
        raise Refused(
            "duplicate-id", f"{doubled[0]!r} stands twice.", field=what, mend="Each id names one thing for ever."
        )


def _resolves(named: Iterable[str], defined: Iterable[Event], what: str) -> None:
    known = {getattr(each, what) for each in defined}
    for each in named:
        if each not in known:
            raise Refused("dangling-reference", f"There is no {what} {each!r}.", field=what)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who signs in a slot."""

    slot: str
    person: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class SendForSignature:
    """Close the draft and ask the holders of the slots to sign it with its annexes (R8)."""

    version: VersionId
    holders: tuple[Holder, ...]
    annexes: tuple[Annex, ...]


def send_for_signature(view: View, act: Act, command: SendForSignature) -> tuple[Event, ...]:
    """Errors: `not-a-draft`, `slots-unfilled`, `holders-not-distinct`, `annexes-missing`, `unknown-person`."""
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
    if any(slot.person is None for slot in slots) or len(holders) != len(slots):
        raise Refused("slots-unfilled", "Each slot needs its holder.", field="holders", rule="R8")
    if len(set(holders.values())) != len(slots):
        raise Refused("holders-not-distinct", "One person signs in one slot only.", field="holders", rule="R8")
    for person in holders.values():
        known_person(organisation, person, "holders")
    if sorted(each.id for each in command.annexes) != sorted(state.drafted.annexes):
        wanted = ", ".join(state.drafted.annexes)
        raise Refused("annexes-missing", f"The annexes are {wanted}, each once.", field="annexes", rule="R8")
    digest = digest_of({"content": content_digest(state), "slots": to_json(slots), "annexes": to_json(command.annexes)})
    return (SentForSignature(version=command.version, digest=digest, slots=slots, annexes=command.annexes),)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignAgreement:
    """Sign in one's slot exactly what was shown (R16); nobody signs as a substitute."""

    version: VersionId
    slot: str
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
    if organisation.closed.get(act.by.id) is not None:
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
    slot: str
    reason: Words


def decline_signature(view: View, act: Act, command: DeclineSignature) -> tuple[Event, ...]:
    """Errors: `not-in-signing`, `not-the-holder`."""
    view.get(ORGANISATION_FOLD)
    _, slot = _slot(view.get(FOLD, command.version), command.version, command.slot)
    if slot.person != act.by.id or act.by.acting_for is not None:
        raise Refused("not-the-holder", f"Only {slot.person} declines in this slot.", field="slot", rule="R8")
    return (SignatureDeclined(version=command.version, slot=command.slot, reason=command.reason),)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallDraft:
    """Call the version back before all have signed; the signatures so far are void."""

    version: VersionId
    reason: Words


def recall_draft(view: View, act: Act, command: RecallDraft) -> tuple[Event, ...]:
    """Errors: `not-in-signing`."""
    require(view, act, "recall-draft")
    state = view.get(FOLD, command.version)
    if state.stage is not Stage.SIGNING:
        raise Refused("not-in-signing", f"The version {command.version} isn't out for signature.", field="version")
    return (DraftRecalled(version=command.version, reason=command.reason),)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeExternalSignature:
    """Say that a slot was signed outside the service, and bring the signed document."""

    version: VersionId
    proposal: str
    slot: str
    document: File


def propose_external_signature(view: View, act: Act, command: ProposeExternalSignature) -> tuple[Event, ...]:
    """Errors: `not-in-signing`, `unknown-slot`, `proposal-exists`."""
    require(view, act, "external-signature")
    state = view.get(FOLD, command.version)
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
    proposal: str
    digest: Digest


def confirm_external_signature(view: View, act: Act, command: ConfirmExternalSignature) -> tuple[Event, ...]:
    """Errors: `unknown-proposal`, `own-work`, `proposal-changed`."""
    require(view, act, "confirm-external-signature")
    state = view.get(FOLD, command.version)
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
    proposal: str


def withdraw_external_signature(view: View, act: Act, command: WithdrawExternalSignature) -> tuple[Event, ...]:
    """Errors: `unknown-proposal`."""
    require(view, act, "external-signature")
    if command.proposal not in view.get(FOLD, command.version).proposed:
        raise Refused("unknown-proposal", f"There is no proposal {command.proposal!r}.", field="proposal")
    return (ExternalSignatureWithdrawn(version=command.version, proposal=command.proposal),)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireAgreement:
    """The term ended: a step of the system."""

    version: VersionId


def expire_agreement(view: View, act: Act, command: ExpireAgreement) -> tuple[Event, ...]:
    """Errors: `system-only`, `not-yet`."""
    require_system(act, "expire-agreement")
    state = view.get(FOLD, command.version)
    if state.stage is not Stage.IN_FORCE or state.drafted is None:
        return ()
    if act.at < end_of(date(state.drafted.last_year, 12, 31)):
        raise not_yet(f"the term runs to the end of {state.drafted.last_year}")
    return (AgreementExpired(version=command.version),)
