"""Streams `round/{Y}-{kind}`: a round of reporting, its scope and dates, the agency's report and its delivery."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from domain.events.event import Event
from domain.events.item import Bound
from domain.values import (
    Code,
    Deadline,
    DeadlineKind,
    Digest,
    Id,
    Reference,
    RoundKind,
    SubjectId,
    SubjectKind,
    UnitId,
    VersionId,
    Words,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundEvent(Event):
    """An event of one round, `2024-half-year` or `2024-annual`."""

    round: str

    @property
    def stream(self) -> str:
        """`round/{round}`."""
        return f"round/{self.round}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundOpened(RoundEvent):
    """Reporting is open. `opens` is the nominal opening instant; `chain` the endorsement steps before the sign-off."""

    type: ClassVar[str] = "round-opened"
    year: int
    kind: RoundKind
    version: VersionId
    opens: datetime
    deadlines: tuple[Deadline, ...]
    chain: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeItem:
    """One item of a round's scope and the unit accountable for it."""

    subject: SubjectId
    kind: SubjectKind
    unit: UnitId
    target: SubjectId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundScopeFixed(RoundEvent):
    """What is to be reported, as of the nominal opening instant. `not_due`: targets without a milestone in Y (R2)."""

    type: ClassVar[str] = "round-scope-fixed"
    items: tuple[ScopeItem, ...]
    not_due: tuple[SubjectId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlinePassed(RoundEvent):
    """A date of the round passed unmet. `unit` where the date is a unit's; `subjects` are the items that are late.

    That of a redelivery is of the kind `delivery`; its policy is `reopening/{id}`, or `extension`.
    """

    type: ClassVar[str] = "deadline-passed"
    kind: DeadlineKind
    unit: UnitId | None
    deadline: Deadline
    subjects: tuple[SubjectId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineExtended(RoundEvent):
    """One date was moved, and no other. `consent`: the ministry's reference, beyond the contractual date."""

    type: ClassVar[str] = "deadline-extended"
    kind: DeadlineKind
    unit: UnitId | None
    previous: Deadline
    deadline: Deadline
    reason: Words
    consent: Reference | None


class EscalationCause(StrEnum):
    """Why a step went to the head (case 27)."""

    DEADLINE_PASSED = "deadline-passed"
    NO_APPROVER = "no-approver"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEscalated(RoundEvent):
    """The head may sign what waits in the unit for this step; nothing is approved by silence.

    `items` are those that nobody in the unit may decide; none of them named: all that the unit submits in this round.
    """

    type: ClassVar[str] = "step-escalated"
    schema: ClassVar[int] = 2
    unit: UnitId
    step: Code
    cause: EscalationCause
    items: tuple[SubjectId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """An item that is not in the agency's report, and why."""

    subject: SubjectId
    reason: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyReportCompiled(RoundEvent):
    """The agency's report, closed: what is in it and what is not. `report` counts from 1."""

    type: ClassVar[str] = "agency-report-compiled"
    report: int
    version: VersionId
    items: tuple[Bound, ...]
    gaps: tuple[Gap, ...]
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyReportReturned(RoundEvent):
    """The head returned the report; the round is open again."""

    type: ClassVar[str] = "agency-report-returned"
    report: int
    reason: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyReportApproved(RoundEvent):
    """The head approved exactly this report. `own_signoffs`: items that the head signed, too."""

    type: ClassVar[str] = "agency-report-approved"
    report: int
    digest: Digest
    own_signoffs: tuple[SubjectId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredToMinistry(RoundEvent):
    """The report went to the ministry under a case number (asianumero), judged against the deadline of that moment."""

    type: ClassVar[str] = "delivered-to-ministry"
    report: int
    digest: Digest
    case_number: Reference
    deadline: Deadline
    late: bool
    late_reason: Words | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedItem:
    """An item that the ministry or a supplement names, and why."""

    subject: SubjectId
    reason: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReturned(RoundEvent):
    """The ministry returned named items (case 16); the others stay approved, the new date is explicit.

    `reference`: the ministry's letter, where there is one.
    """

    type: ClassVar[str] = "delivery-returned"
    reopening: Id
    items: tuple[ReturnedItem, ...]
    redeliver_by: Deadline
    reference: Reference | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplementOpened(RoundEvent):
    """The agency opened named items again, to fill a gap or correct what was delivered (case 11)."""

    type: ClassVar[str] = "supplement-opened"
    reopening: Id
    items: tuple[ReturnedItem, ...]
    redeliver_by: Deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundClosed(RoundEvent):
    """The round is over."""

    type: ClassVar[str] = "round-closed"
