"""Streams `item/{round}/{subject}`: one report on one milestone, indicator or target in one round."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.calendar import start_of
from domain.events.event import Event
from domain.values import (
    Basis,
    Code,
    Date,
    Deadline,
    Decimal,
    Digest,
    File,
    Finality,
    Id,
    MilestoneStatus,
    PersonId,
    SubjectId,
    TrafficLight,
    UnitId,
    VersionId,
    Words,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemEvent(Event):
    """An event of one item. `round` is `2024-half-year` or `2024-annual`; `revision` counts from 1."""

    round: str
    subject: SubjectId
    revision: int

    @property
    def stream(self) -> str:
        """`item/{round}/{subject}`."""
        return f"item/{self.round}/{self.subject}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What every YELLOW and RED needs: cause and risk (R7), a corrective action with its owner and date."""

    cause: Words
    risk: Words
    action: Words
    action_owner: PersonId
    action_due: Date


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistMark:
    """Whether one entry of a milestone's checklist is done (case 14)."""

    id: Id
    done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneStatusReported(ItemEvent):
    """How far a milestone is. `reason`: why no need arose."""

    type: ClassVar[str] = "milestone-status-reported"
    version: VersionId
    status: MilestoneStatus
    basis: Basis
    light: TrafficLight | None
    checklist: tuple[ChecklistMark, ...]
    narrative: Words | None
    reason: Words | None
    explanation: Explanation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutturnReported(ItemEvent):
    """An indicator's outturn. `value` is absent where none exists; then there is no light but a `reason`."""

    type: ClassVar[str] = "outturn-reported"
    version: VersionId
    value: Decimal | None
    finality: Finality
    basis: Basis
    light: TrafficLight | None
    narrative: Words | None
    reason: Words | None
    explanation: Explanation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """An item as it was seen: its subject, revision and content digest."""

    subject: SubjectId
    revision: int
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetReported(ItemEvent):
    """The light that a target's lead unit chose, over its milestones as they were. `rationale`: why not the
    suggestion.
    """

    type: ClassVar[str] = "target-reported"
    version: VersionId
    basis: Basis
    light: TrafficLight
    suggested: TrafficLight | None
    milestones: tuple[Bound, ...]
    narrative: Words | None
    rationale: Words | None
    explanation: Explanation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A document (todiste, liite): the commitment to its file, a title, its date, why it may lie outside the period.

    `link` opens to an address; the file is then the copy that the person uploaded (case 19).
    """

    id: Id
    revision: int
    file: File
    title: Words
    document_date: Date
    link: Words | None
    outside_period: Words | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceAttached(ItemEvent):
    """A document was added to the item."""

    type: ClassVar[str] = "evidence-attached"
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRevised(ItemEvent):
    """A document was replaced by a later revision; an approval keeps the commitment that it saw (case 19)."""

    type: ClassVar[str] = "evidence-revised"
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceDetached(ItemEvent):
    """A document no longer belongs to the item; it stays in the history."""

    type: ClassVar[str] = "evidence-detached"
    evidence: Id
    reason: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSubmitted(ItemEvent):
    """The unit submitted exactly this content, judged against the deadline of that moment (case 4)."""

    type: ClassVar[str] = "item-submitted"
    digest: Digest
    deadline: Deadline
    late: bool
    late_reason: Words | None
    reply: Words | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRecalled(ItemEvent):
    """The unit took an undecided item back."""

    type: ClassVar[str] = "item-recalled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemEndorsed(ItemEvent):
    """The holder of an earlier step of the chain agreed with exactly this content."""

    type: ClassVar[str] = "item-endorsed"
    step: Code
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSignedOff(ItemEvent):
    """The director, or the head where the step was escalated, approved exactly this content (R15, R16)."""

    type: ClassVar[str] = "item-signed-off"
    digest: Digest
    escalated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemReturned(ItemEvent):
    """The item goes back to its unit with a reason (palautus). `reopening` names a returned delivery."""

    type: ClassVar[str] = "item-returned"
    reason: Words
    reopening: Id | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOffRevoked(ItemEvent):
    """A sign-off was taken back by another person than its signer (case 25)."""

    type: ClassVar[str] = "sign-off-revoked"
    reason: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDelivered(ItemEvent):
    """The item went to the ministry as part of the agency's report."""

    type: ClassVar[str] = "item-delivered"
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionStarted(ItemEvent):
    """A delivered item is opened again as the next revision; the delivered one stays the reported one until then
    (11).
    """

    type: ClassVar[str] = "correction-started"
    reopening: Id
    reason: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionAbandoned(ItemEvent):
    """The correction is given up; `revision` is the delivered one that holds on."""

    type: ClassVar[str] = "correction-abandoned"
    reason: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemWithdrawn(ItemEvent):
    """An update of the agreement removed the subject (case 8)."""

    type: ClassVar[str] = "item-withdrawn"
    version: VersionId
    valid_from: Date

    @property
    def effective_at(self) -> datetime:
        """The start of `valid_from`."""
        return start_of(self.valid_from)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemReassigned(ItemEvent):
    """Another unit is accountable from a date on (case 5); who prepared it before stays a preparer."""

    type: ClassVar[str] = "item-reassigned"
    from_unit: UnitId
    to_unit: UnitId
    valid_from: Date

    @property
    def effective_at(self) -> datetime:
        """The start of `valid_from`."""
        return start_of(self.valid_from)
