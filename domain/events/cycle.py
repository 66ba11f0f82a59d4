"""Streams `cycle/{Y}`: the year as a whole: final accounts, assessment, statement, publications."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.calendar import start_of
from domain.events.event import Event
from domain.values import (
    Date,
    Deadline,
    DeadlineKind,
    Digest,
    File,
    Id,
    Publication,
    Reference,
    SubjectId,
    SubjectKind,
    TrafficLight,
    VersionId,
    Words,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleEvent(Event):
    """An event of the cycle of one year."""

    year: int

    @property
    def stream(self) -> str:
        """`cycle/{Y}`."""
        return f"cycle/{self.year}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleOpened(CycleEvent):
    """The year began under this version of the agreement."""

    type: ClassVar[str] = "cycle-opened"
    version: VersionId


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalAccountsApprovalRecorded(CycleEvent):
    """The final accounts (tilinpäätös) were approved; only now is the delivery's date known (R4, case 3)."""

    type: ClassVar[str] = "final-accounts-approval-recorded"
    approved_on: Date
    document: File
    due: Deadline
    late: bool
    delivery: Deadline

    @property
    def effective_at(self) -> datetime:
        """The start of `approved_on`."""
        return start_of(self.approved_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalAccountsApprovalCorrected(CycleEvent):
    """The date of approval, or its document, was recorded wrongly; the delivery's date moves with it, the old one
    stays in the history.
    """

    type: ClassVar[str] = "final-accounts-approval-corrected"
    approved_on: Date
    document: File
    delivery: Deadline
    previous: Date
    reason: Words

    @property
    def effective_at(self) -> datetime:
        """The start of `approved_on`."""
        return start_of(self.approved_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleDeadlinePassed(CycleEvent):
    """A date of the cycle passed unmet: final accounts, annual delivery, statement."""

    type: ClassVar[str] = "cycle-deadline-passed"
    kind: DeadlineKind
    deadline: Deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessable:
    """A target or an indicator that the ministry assesses."""

    subject: SubjectId
    kind: SubjectKind


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentOpened(CycleEvent):
    """The ministry may assess: each target and each indicator with a level."""

    type: ClassVar[str] = "assessment-opened"
    subjects: tuple[Assessable, ...]
    statement: Deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLight:
    """A light as the statement gives it, bound to what was delivered; none where the subject was excused."""

    subject: SubjectId
    light: TrafficLight | None
    delivered: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementIssued(CycleEvent):
    """The statement on the final accounts (tilinpäätöskannanotto; R5). `transcribed`: from a document (C19)."""

    type: ClassVar[str] = "statement-issued"
    narrative: Words
    lights: tuple[StatementLight, ...]
    digest: Digest
    deadline: Deadline
    late: bool
    document: File | None
    transcribed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementCorrected(CycleEvent):
    """The ministry corrected its statement; the first one stays in the history. `document`: the corrected one."""

    type: ClassVar[str] = "statement-corrected"
    narrative: Words
    lights: tuple[StatementLight, ...]
    digest: Digest
    reason: Words
    document: File | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscribedLight:
    """A light copied from a document by hand."""

    subject: SubjectId
    light: TrafficLight
    rationale: Words | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptionProposed(CycleEvent):
    """A coordinator copied the ministry's statement from its document."""

    type: ClassVar[str] = "transcription-proposed"
    proposal: Id
    document: File
    narrative: Words
    lights: tuple[TranscribedLight, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptionConfirmed(CycleEvent):
    """A second person compared the copy with the document."""

    type: ClassVar[str] = "transcription-confirmed"
    proposal: Id
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptionWithdrawn(CycleEvent):
    """A copy that nobody confirmed is off the table."""

    type: ClassVar[str] = "transcription-withdrawn"
    proposal: Id


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseAttached(CycleEvent):
    """The agency's response (vastine) to the statement; it is no appeal (case 18)."""

    type: ClassVar[str] = "response-attached"
    narrative: Words
    document: File | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Published(CycleEvent):
    """One of the three publications (R6). `redacted`: subjects left out, so that totals reconcile, each for the
    reason that `redaction_basis` gives (case 26).
    """

    type: ClassVar[str] = "published"
    kind: Publication
    published_on: Date
    digest: Digest
    redacted: tuple[SubjectId, ...]
    redaction_basis: Words | None
    reference: Reference

    @property
    def effective_at(self) -> datetime:
        """The start of `published_on`."""
        return start_of(self.published_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleClosed(CycleEvent):
    """All is published and the time for a response is over."""

    type: ClassVar[str] = "cycle-closed"
