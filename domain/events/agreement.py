"""Streams `agreement/{version}`: what is agreed, who signed it, when it holds."""

from dataclasses import dataclass
from typing import ClassVar

from domain.events.event import Event
from domain.values import Date, Decimal, Digest, File, PersonId, SubjectId, Title, UnitId, VersionId, Words


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

    id: str
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
    source: str
    assumption: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementDrafted(AgreementEvent):
    """A version of the agreement as data. `binding_year` is the year whose levels and milestones bind (R2)."""

    type: ClassVar[str] = "agreement-drafted"
    agreement: str
    number: int
    agency: str
    ministry: str
    title: Title
    first_year: int
    last_year: int
    binding_year: int
    annexes: tuple[str, ...]
    slots: tuple[Slot, ...]
    policies: tuple[DatePolicy, ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartDefined(AgreementEvent):
    """A goal area (tavoitealue): 3.1 … 3.4, 4."""

    type: ClassVar[str] = "part-defined"
    part: str
    section: str
    title: Title


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalGroupDefined(AgreementEvent):
    """A goal group (tavoitekokonaisuus) of a part."""

    type: ClassVar[str] = "goal-group-defined"
    group: str
    part: str
    section: str
    title: Title


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetDefined(AgreementEvent):
    """A performance target (tulostavoite); its lead unit chooses its light. `assumptions` names what the source
    lacks.
    """

    type: ClassVar[str] = "target-defined"
    target: SubjectId
    part: str
    group: str | None
    section: str
    title: Title
    lead_unit: UnitId
    assumptions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistEntry:
    """One of several commitments inside a milestone (case 14)."""

    id: str
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
    due_by: Date | None
    conditional: bool
    checklist: tuple[ChecklistEntry, ...]
    continues: SubjectId | None
    assumptions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorTableDefined(AgreementEvent):
    """An indicator table of a part, beside its goal groups."""

    type: ClassVar[str] = "indicator-table-defined"
    table: str
    part: str
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
    mark: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorDefined(AgreementEvent):
    """An indicator (mittari) with its past outturns and its levels; one without a number cannot be assessed.

    `frequency` is `half-year` (reported in both rounds) or `annual`; `measure` the number's unit (`days`, `index`).
    """

    type: ClassVar[str] = "indicator-defined"
    indicator: SubjectId
    table: str
    section: str
    title: Title
    note: Title | None
    unit: UnitId
    measure: str
    frequency: str
    outturns: tuple[PastOutturn, ...]
    levels: tuple[IndicatorLevel, ...]
    assumptions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Annex:
    """A document that is signed with the agreement: its id in the agreement and the commitment to its file."""

    id: str
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
    slot: str
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureDeclined(AgreementEvent):
    """A holder declined; the signatures so far are void and the version is a draft again."""

    type: ClassVar[str] = "signature-declined"
    slot: str
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
    proposal: str
    slot: str
    digest: Digest
    document: File


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalSignatureRecorded(AgreementEvent):
    """A second person confirmed the signature made outside; the slot counts as signed."""

    type: ClassVar[str] = "external-signature-recorded"
    proposal: str
    slot: str
    digest: Digest
    document: File


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalSignatureWithdrawn(AgreementEvent):
    """A proposed external signature that nobody confirmed is off the table."""

    type: ClassVar[str] = "external-signature-withdrawn"
    proposal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementSuperseded(AgreementEvent):
    """A later version is in force."""

    type: ClassVar[str] = "agreement-superseded"
    successor: VersionId


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementExpired(AgreementEvent):
    """The term ended."""

    type: ClassVar[str] = "agreement-expired"
