"""Streams `agreement/{version}`: what is agreed, who signed it, when it holds."""

from dataclasses import dataclass
from typing import ClassVar

from domain.events.event import Event
from domain.values import (
    Date,
    Decimal,
    Digest,
    File,
    Id,
    Mark,
    PersonId,
    Source,
    SubjectId,
    Title,
    UnitId,
    VersionId,
    Words,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementEvent(Event):
    """An event of one version of an agreement."""

    version: VersionId

    @property
    def stream(self) -> str:
        """`agreement/{version}`."""
        return f"agreement/{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place for a signature (R8): `party` is `agency` or `ministry`, `position` opens to a title by language."""

    id: Id
    party: str
    position: Title
    person: PersonId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatePolicy:
    """How a date of the cycle is found: month and day, how many years after Y, whether and why it rolls.

    `kind` is `half-year/opens`, `half-year/unit`, …, `annual/unit`, `final-accounts`, `statement`, `evidence-cutoff`.
    `offset_days` counts calendar days after a recorded event instead (`annual/delivery`: 7 after the approval).
    """

    kind: str
    month: int | None
    day: int | None
    years_after: int
    offset_days: int | None
    rolls: bool
    source: Source
    assumption: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedAnnex:
    """An annex that belongs to the agreement: its file comes when the agreement is sent for signature."""

    id: Id
    title: Title


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementDrafted(AgreementEvent):
    """A version of the agreement as data. `binding_year` is the year whose levels and milestones bind (R2).

    `source` opens to the document that the data were taken from; `file` is the digest of the imported file's bytes.
    """

    type: ClassVar[str] = "agreement-drafted"
    agreement: Id
    number: int
    agency: Id
    ministry: Id
    title: Title
    first_year: int
    last_year: int
    binding_year: int
    annexes: tuple[NamedAnnex, ...]
    slots: tuple[Slot, ...]
    policies: tuple[DatePolicy, ...]
    source: Words
    file: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class PartDefined(AgreementEvent):
    """A goal area (tavoitealue): 3.1 … 3.4, 4."""

    type: ClassVar[str] = "part-defined"
    part: Id
    section: str
    title: Title


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalGroupDefined(AgreementEvent):
    """A goal group (tavoitekokonaisuus) of a part."""

    type: ClassVar[str] = "goal-group-defined"
    group: Id
    part: Id
    section: str
    title: Title


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetDefined(AgreementEvent):
    """A performance target (tulostavoite); its lead unit chooses its light. `assumptions` names what the source
    lacks; `contributors` are units that help, and may attach evidence.
    """

    type: ClassVar[str] = "target-defined"
    target: SubjectId
    part: Id
    group: Id | None
    section: str
    title: Title
    lead_unit: UnitId
    contributors: tuple[UnitId, ...]
    assumptions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistEntry:
    """One of several commitments inside a milestone (case 14)."""

    id: Id
    title: Title


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneDefined(AgreementEvent):
    """A yearly milestone (vuositavoite) of a target. `conditional`: "if needed", so that no need may arise."""

    type: ClassVar[str] = "milestone-defined"
    milestone: SubjectId
    target: SubjectId
    year: int
    section: str
    title: Title
    unit: UnitId
    contributors: tuple[UnitId, ...]
    due_by: Date | None
    conditional: bool
    checklist: tuple[ChecklistEntry, ...]
    continues: SubjectId | None
    assumptions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorTableDefined(AgreementEvent):
    """An indicator table of a part, beside its goal groups."""

    type: ClassVar[str] = "indicator-table-defined"
    table: Id
    part: Id
    section: str
    title: Title


@dataclass(frozen=True, slots=True, kw_only=True)
class PastOutturn:
    """An outturn that the agreement itself states; `value` is absent for "-"."""

    year: int
    value: Decimal | None
    provisional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorLevel:
    """The level agreed for a year: an operator (`<`, `<=`, `>`, `>=`), a number, a mark kept as text ("TAE")."""

    year: int
    operator: str
    value: Decimal | None
    binding: bool
    mark: Mark | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorDefined(AgreementEvent):
    """An indicator (mittari) with its past outturns and its levels; one without a number cannot be assessed.

    `frequency` is `half-year` (reported in both rounds) or `annual`; `measure` the number's unit (`days`, `index`).
    """

    type: ClassVar[str] = "indicator-defined"
    indicator: SubjectId
    table: Id
    section: str
    title: Title
    note: Title | None
    unit: UnitId
    contributors: tuple[UnitId, ...]
    measure: Id
    frequency: str
    outturns: tuple[PastOutturn, ...]
    levels: tuple[IndicatorLevel, ...]
    assumptions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Annex:
    """A document that is signed with the agreement: its id in the agreement and the commitment to its file."""

    id: Id
    file: File


@dataclass(frozen=True, slots=True, kw_only=True)
class SentForSignature(AgreementEvent):
    """The draft is closed; `digest` covers the content, the annexes and who holds each slot."""

    type: ClassVar[str] = "sent-for-signature"
    digest: Digest
    slots: tuple[Slot, ...]
    annexes: tuple[Annex, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementSigned(AgreementEvent):
    """The holder of a slot signed exactly this content (R8, R16). The last one brings `agreement-in-force`."""

    type: ClassVar[str] = "agreement-signed"
    slot: Id
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureDeclined(AgreementEvent):
    """A holder declined; the signatures so far are void and the version is a draft again."""

    type: ClassVar[str] = "signature-declined"
    slot: Id
    reason: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRecalled(AgreementEvent):
    """The coordinator called the version back; the signatures so far are void."""

    type: ClassVar[str] = "draft-recalled"
    reason: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalSignatureProposed(AgreementEvent):
    """A coordinator says that a slot was signed outside the service, and brings the document."""

    type: ClassVar[str] = "external-signature-proposed"
    proposal: Id
    slot: Id
    digest: Digest
    document: File


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalSignatureRecorded(AgreementEvent):
    """A second person confirmed the signature made outside; the slot counts as signed."""

    type: ClassVar[str] = "external-signature-recorded"
    proposal: Id
    slot: Id
    digest: Digest
    document: File


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalSignatureWithdrawn(AgreementEvent):
    """A proposed external signature that nobody confirmed is off the table."""

    type: ClassVar[str] = "external-signature-withdrawn"
    proposal: Id


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementSuperseded(AgreementEvent):
    """A later version is in force."""

    type: ClassVar[str] = "agreement-superseded"
    successor: VersionId


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementExpired(AgreementEvent):
    """The term ended."""

    type: ClassVar[str] = "agreement-expired"
