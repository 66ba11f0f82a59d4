"""RRF data (R9, R13; cases 20, 21): measures, which items belong to them, what auditors of the facility ask for.

Streams `rrf/{measure}`; the flag of an item stands in its `subject/{id}`, where late completions stand, too.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from domain.calendar import start_of
from domain.events.event import Event
from domain.events.subject import SubjectEvent
from domain.values import Date, Decimal, File, Id, Mark, PersonId, Reference, Source, Title, Words


class RrfKind(StrEnum):
    """What an item is for the facility: a milestone is qualitative, a target quantitative (Art. 2(4); R13)."""

    MILESTONE = "milestone"
    TARGET = "target"


class RecipientKind(StrEnum):
    """Whom Art. 22(2)(d) asks for."""

    FINAL_RECIPIENT = "final-recipient"
    CONTRACTOR = "contractor"
    SUBCONTRACTOR = "subcontractor"
    BENEFICIAL_OWNER = "beneficial-owner"


class GapKind(StrEnum):
    """What an item lacked when it was linked to a measure (case 21)."""

    EVIDENCE = "evidence"
    INTEREST = "interest"
    RECIPIENTS = "recipients"
    RETENTION = "retention"
    VERIFICATION = "verification"


@dataclass(frozen=True, slots=True, kw_only=True)
class RrfGap:
    """What is lacking, for which round; `person` the signer who had not declared their interests."""

    kind: GapKind
    round: str | None
    person: PersonId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureEvent(Event):
    """An event of one measure of the recovery plan."""

    measure: Id

    @property
    def stream(self) -> str:
        """`rrf/{measure}`."""
        return f"rrf/{self.measure}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureRecorded(MeasureEvent):
    """A measure as the recovery plan has it; `code` such as `P3C2I1`, `section` where the agreement names it.

    Recorded again where the plan changes.
    """

    type: ClassVar[str] = "rrf-measure-recorded"
    code: Mark
    title: Title
    section: Source | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLinkedToMeasure(SubjectEvent):
    """The item counts for a measure from a date on (case 21), as its milestone or target in the sense of Art. 2(4).

    `reference` is that milestone's or target's number in the plan; `gaps` what was lacking of the time before.
    """

    type: ClassVar[str] = "rrf-item-linked"
    measure: Id
    kind: RrfKind
    reference: Reference | None
    valid_from: Date
    basis: Words
    gaps: tuple[RrfGap, ...]

    @property
    def effective_at(self) -> datetime:
        """The start of `valid_from`."""
        return start_of(self.valid_from)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationDocument:
    """A document that a summary of verification rests on."""

    file: File
    title: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationSummaryRecorded(SubjectEvent):
    """The summary of verification documents of an item for one measure and year (C10)."""

    type: ClassVar[str] = "rrf-verification-summary-recorded"
    measure: Id
    year: int
    summary: Words
    documents: tuple[VerificationDocument, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One of those whom Art. 22(2)(d) asks for. `identifier`: a business id or a date of birth; `amount` in euros.

    Each stands for itself, so that one can be erased without the others.
    """

    kind: RecipientKind
    name: Words
    identifier: Words | None
    amount: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientsRecorded(MeasureEvent):
    """The data of Art. 22(2)(d) of a measure for one year, whole. Where there are none, `none_because` says why."""

    type: ClassVar[str] = "rrf-recipients-recorded"
    year: int
    recipients: tuple[Recipient, ...]
    none_because: Words | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRecorded(MeasureEvent):
    """How long the measure's records are kept: `years` from the payment of the balance (R13), `until` inclusive."""

    type: ClassVar[str] = "rrf-retention-recorded"
    balance_paid_on: Date
    years: int
    until: Date
    basis: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class InterestDeclared(MeasureEvent):
    """A signer of RRF items declared their interests for a year (C17); with a conflict they may not sign."""

    type: ClassVar[str] = "rrf-interest-declared"
    person: PersonId
    year: int
    conflict: bool
    statement: Words | None
