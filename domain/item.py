"""One item: the report on one milestone, indicator or target in one round. State, evolve, content digest (R16).

The commands on items stand in report.py (writing), approval.py (deciding) and supplement.py (correcting).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from domain.errors import Refused
from domain.events.codec import to_json
from domain.events.envelope import digest_of
from domain.events.item import (
    Bound,
    CorrectionAbandoned,
    CorrectionStarted,
    Evidence,
    EvidenceAttached,
    EvidenceDetached,
    EvidenceRevised,
    ItemDelivered,
    ItemEndorsed,
    ItemReassigned,
    ItemRecalled,
    ItemReturned,
    ItemSignedOff,
    ItemSubmitted,
    ItemWithdrawn,
    MilestoneStatusReported,
    OutturnReported,
    SignOffRevoked,
    TargetReported,
)
from domain.values import Date, Digest, PersonId, SubjectId, TrafficLight, UnitId
from domain.view import Fact, Fold

Report: TypeAlias = MilestoneStatusReported | OutturnReported | TargetReported


class Stage(StrEnum):
    """Where an item stands."""

    NOT_STARTED = "not-started"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    SIGNED_OFF = "signed-off"
    RETURNED = "returned"
    DELIVERED = "delivered"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a person saw and bound themselves to: a report and its evidence."""

    report: Report | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """The revision that is the reported one: what the ministry has."""

    revision: int
    digest: Digest
    content: Content
    signed: ItemSignedOff | None = None
    signer: PersonId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item. `preparers` only grows (R15); `delivered` holds on while a correction is under way (case 11).

    `judged` is the submission whose lateness stands, though the item was returned since or confirmed again (case 4);
    `highest` the last revision there ever was, so that none is counted twice. `waiting_since` and `owed_by` (a
    position) say when and by which event the item came to whom it waits for.
    """

    stage: Stage = Stage.NOT_STARTED
    revision: int = 1
    highest: int = 1
    content: Content = Content()
    preparers: frozenset[PersonId] = frozenset()
    submitted: ItemSubmitted | None = None
    judged: ItemSubmitted | None = None
    waiting_since: datetime | None = None
    owed_by: int = 0
    endorsed: tuple[str, ...] = ()
    signed: ItemSignedOff | None = None
    signer: PersonId | None = None
    returned: ItemReturned | None = None
    returner: PersonId | None = None
    delivered: Delivered | None = None
    revoked: SignOffRevoked | None = None
    detached: EvidenceDetached | None = None
    abandoned: CorrectionAbandoned | None = None
    reassigned: tuple[ItemReassigned, ...] = ()

    @property
    def correcting(self) -> bool:
        """Whether a revision is under way beside the delivered one."""
        return self.delivered is not None and self.stage not in (Stage.DELIVERED, Stage.WITHDRAWN)

    @property
    def light(self) -> TrafficLight | None:
        """The light of the present content."""
        return None if self.content.report is None else self.content.report.light


def evolve(state: Item, fact: Fact) -> Item:
    """The item one event later."""
    match fact.event:
        case MilestoneStatusReported() | OutturnReported() | TargetReported() as event:
            return _written(state, fact, replace(state.content, report=event))
        case EvidenceAttached() as event:
            return _written(state, fact, replace(state.content, evidence=(*state.content.evidence, event.evidence)))
        case EvidenceRevised() as event:
            revised = tuple(event.evidence if each.id == event.evidence.id else each for each in state.content.evidence)
            return _written(state, fact, replace(state.content, evidence=revised))
        case EvidenceDetached() as event:
            left = tuple(each for each in state.content.evidence if each.id != event.evidence)
            return replace(_written(state, fact, replace(state.content, evidence=left)), detached=event)
        case ItemSubmitted() as event:
            return replace(
                state,
                stage=Stage.SUBMITTED,
                submitted=event,
                waiting_since=fact.at,
                owed_by=fact.position,
                preparers=_with(state, fact),
                endorsed=(),
                signed=None,
                signer=None,
                revoked=None,
            )
        case ItemRecalled():
            return replace(state, stage=Stage.DRAFT, endorsed=())
        case ItemEndorsed() as event:
            return replace(state, endorsed=(*state.endorsed, event.step))
        case ItemSignedOff() as event:
            return replace(state, stage=Stage.SIGNED_OFF, signed=event, signer=fact.by.id)
        case ItemReturned() as event:
            same = event.revision == state.revision
            return replace(
                state,
                stage=Stage.RETURNED,
                revision=event.revision,
                highest=max(event.revision, state.highest),
                returned=event,
                returner=fact.by.id,
                waiting_since=fact.at,
                owed_by=fact.position,
                submitted=state.submitted if same else None,
                judged=(state.judged or state.submitted) if same else None,
                signed=None,
                signer=None,
                endorsed=(),
            )
        case SignOffRevoked() as event:
            return replace(
                state,
                stage=Stage.SUBMITTED,
                signed=None,
                signer=None,
                revoked=event,
                waiting_since=fact.at,
                owed_by=fact.position,
            )
        case ItemDelivered() as event:
            delivered = Delivered(
                revision=event.revision,
                digest=event.digest,
                content=state.content,
                signed=state.signed,
                signer=state.signer,
            )
            return replace(state, stage=Stage.DELIVERED, delivered=delivered)
        case CorrectionStarted() as event:
            return replace(
                state,
                stage=Stage.DRAFT,
                revision=event.revision,
                highest=max(event.revision, state.highest),
                submitted=None,
                judged=None,
                signed=None,
                signer=None,
                endorsed=(),
                returned=None,
            )
        case CorrectionAbandoned() as event:
            if state.delivered is None:
                return replace(state, stage=Stage.DELIVERED, revision=event.revision, abandoned=event)
            held = state.delivered
            return replace(
                state,
                stage=Stage.DELIVERED,
                revision=event.revision,
                content=held.content,
                signed=held.signed,
                signer=held.signer,
                abandoned=event,
            )
        case ItemWithdrawn():
            return replace(state, stage=Stage.WITHDRAWN)
        case ItemReassigned() as event:
            return replace(state, reassigned=(*state.reassigned, event))
        case _:
            return state


def _with(state: Item, fact: Fact) -> frozenset[PersonId]:
    """R15: who wrote or submitted, and for whom; the set only grows."""
    return state.preparers | fact.by.involved


def _written(state: Item, fact: Fact, content: Content) -> Item:
    people = _with(state, fact)
    # A target confirmed again since a milestone changed: that is no lateness of its unit (case 4).
    confirmed = state.stage is Stage.SIGNED_OFF
    judged = (state.judged or state.submitted) if confirmed else state.judged
    return replace(
        state,
        stage=Stage.DRAFT,
        content=content,
        preparers=people,
        judged=judged,
        signed=None,
        signer=None,
        endorsed=(),
    )


FOLD = Fold("item/{}/{}", Item, evolve)


def content_digest(round_id: str, subject: SubjectId, state: Item) -> Digest:
    """`item-content/1`: what a sign-off, an assessment and a delivery bind to (R16).

    SHA-256 of canonical {item, revision, report, evidence}; the report's body holds the agreement version, all fields,
    the commitments to its words and, for a target, its milestones' digests.
    """
    report = state.content.report
    return digest_of(
        {
            "format": "item-content/1",
            "item": FOLD.stream(round_id, subject),
            "revision": state.revision,
            "report": None if report is None else {"type": report.type, "fields": to_json(replace(report, revision=1))},
            "evidence": to_json(state.content.evidence),
        }
    )


def bound(round_id: str, subject: SubjectId, state: Item) -> Bound:
    """The item as it is now, for those who bind themselves to it."""
    return Bound(subject=subject, revision=state.revision, digest=content_digest(round_id, subject, state))


def unchanged_since(round_id: str, seen: Bound, state: Item) -> None:
    """Refuse to decide on content that isn't the one that was shown (R16, case 15)."""
    if bound(round_id, seen.subject, state) != seen:
        raise Refused(
            "content-changed",
            "The content has changed since you opened it.",
            field="items",
            rule="R16",
            mend="Open it again, look at the difference and decide then.",
        )


def not_withdrawn(subject: SubjectId, state: Item, field: str = "items") -> None:
    """Refuse what an update of the agreement removed (case 8)."""
    if state.stage is Stage.WITHDRAWN:
        raise Refused("item-withdrawn", f"An update of the agreement removed {subject!r}.", field=field, rule="case 8")


def accountable(state: Item, unit: UnitId, day: Date) -> UnitId:
    """The unit accountable on a day, given the one that the scope names (case 5)."""
    for each in state.reassigned:
        if each.valid_from <= day:
            unit = each.to_unit
    return unit
