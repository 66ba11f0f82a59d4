"""The format of an agreement file, field by field; docs/agreement-file.md explains it to those who write one.

The models check each value on its own; what must fit together is checked in `checks`. Field names are the file's keys.
"""

import unicodedata
from calendar import monthrange
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from domain.values import DAY, DECIMAL, FIRST_DAY, FIRST_YEAR, LAST_DAY, LAST_YEAR, PATTERNS
from domain.values import Mark as MarkType
from domain.values import Source as SourceType

MOST_ITEMS = 2000
"""More than any agreement has of anything."""
FEW = 100
"""More than any agreement has of what there is little of."""


def _refused(reason: str, mend: str) -> PydanticCustomError:
    return PydanticCustomError("refused", "{reason}", {"reason": reason, "mend": mend})


def _readable(text: str) -> str:
    if text != text.strip() or any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text):
        raise _refused(
            "text with blanks around it, line breaks or control characters", "Write it on one line without them"
        )
    # One spelling for one text: an ä made of two characters looks alike and hashes otherwise.
    if unicodedata.normalize("NFC", text) != text:
        raise _refused(
            "text that isn't in Unicode's form NFC", "Type the accented letters anew, or convert the file to NFC"
        )
    return text


def _calendar_date(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise _refused(f"{text} is no date of the calendar", "Write the date as YYYY-MM-DD") from error
    if not FIRST_DAY <= text <= LAST_DAY:
        raise _refused(f"{text} lies outside {FIRST_DAY} to {LAST_DAY}", "Correct the year")
    return text


Text = Annotated[str, StringConstraints(min_length=1, max_length=160), AfterValidator(_readable)]
LongText = Annotated[str, StringConstraints(min_length=1, max_length=1000), AfterValidator(_readable)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
"""An opaque, permanent name: never changed, never used again for anything else."""
Contributors = Annotated[tuple[Slug, ...], Field(max_length=FEW)]
"""The units that help with an item beside the one that answers."""
Section = Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)*$", max_length=20)]
"""A section number of the agreement itself."""
ExactDecimal = Annotated[str, StringConstraints(pattern=f"^{DECIMAL}$")]
"""A number as the agreement has it, with a point: `"4.0"` stays 4.0."""
Source = Annotated[str, StringConstraints(pattern=f"^{PATTERNS[SourceType].pattern}$")]
"""Which rule a date comes from, as a short code: a paragraph, a decree, a setting. No sentence."""
Mark = Annotated[str, StringConstraints(pattern=f"^{PATTERNS[MarkType].pattern}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9.-]{0,19}$")]
"""A measure's code in the recovery plan: `P3C2I1`."""
CalendarDate = Annotated[str, StringConstraints(pattern=f"^{DAY}$"), AfterValidator(_calendar_date)]
# The dates of a year's cycle lie up to two years after it, and they, too, are bounded.
Year = Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR - 2)]


class Record(BaseModel):
    """What all records have in common: known keys only, no conversions, no changes."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ThreeLanguages(Record):
    """A title or name in Finnish, Swedish and English (R10)."""

    fi: Text
    sv: Text
    en: Text


class LongThreeLanguages(Record):
    """A note in Finnish, Swedish and English (R10)."""

    fi: LongText
    sv: LongText
    en: LongText


class SlotRecord(Record):
    """A place for a signature; who holds it is said when the agreement is sent for signature (R8)."""

    id: Slug
    party: Literal["agency", "ministry"]
    position: ThreeLanguages


class AnnexRecord(Record):
    """A document that is signed with the agreement; its file comes when the agreement is sent for signature."""

    id: Slug
    title: ThreeLanguages


PolicyKind = Literal[
    "half-year/opens",
    "half-year/unit",
    "half-year/director",
    "half-year/head",
    "half-year/delivery",
    "annual/opens",
    "annual/unit",
    "annual/director",
    "annual/delivery",
    "final-accounts",
    "statement",
    "evidence-cutoff",
]


class PolicyRecord(Record):
    """How one date of the cycle is found (R3 to R5, R11, R12): a month and day, or days after the recorded approval."""

    kind: PolicyKind
    month: Annotated[int, Field(ge=1, le=12)] | None = None
    day: Annotated[int, Field(ge=1, le=31)] | None = None
    offset_days: Annotated[int, Field(ge=0, le=366)] | None = None
    years_after: Annotated[int, Field(ge=0, le=2)]
    rolls: bool
    source: Source
    assumption: bool

    @model_validator(mode="after")
    def _one_way_to_find_it(self) -> Self:
        by_day = self.month is not None and self.day is not None
        if (self.month is None) != (self.day is None) or by_day == (self.offset_days is not None):
            raise _refused("the date is not found in exactly one way", "Give `month` and `day`, or `offset_days` alone")
        # Only the approval of the final accounts is a recorded event that a date is counted from.
        if (self.kind == "annual/delivery") != (self.offset_days is not None):
            raise _refused(
                "`offset_days` belongs to `annual/delivery` and to no other date",
                "Count the delivery from the approval of the final accounts, and give the others a month and day",
            )
        # In a common year: 29 February doesn't come every year.
        if self.month is not None and self.day is not None and self.day > monthrange(2023, self.month)[1]:
            raise _refused(f"there is no {self.day}.{self.month}. in every year", "Choose another day")
        return self


class UnitRecord(Record):
    """A unit of the agency that answers for items."""

    id: Slug
    name: ThreeLanguages
    valid_from: CalendarDate
    assumptions: tuple[Literal["name", "valid_from"], ...] = ()


class PartRecord(Record):
    """A part of the agreement (tavoitealue) with its own section."""

    id: Slug
    section: Section
    title: ThreeLanguages


class GroupRecord(Record):
    """A goal group (tavoitekokonaisuus) of a part. Without a section of its own it stands in its part's."""

    id: Slug
    part: Slug
    section: Section | None = None
    title: ThreeLanguages


class ChecklistRecord(Record):
    """One of several commitments inside a milestone (case 14). Its id is unique within the milestone."""

    id: Slug
    title: ThreeLanguages


class MilestoneRecord(Record):
    """A yearly milestone (vuositavoite). Without a section of its own it stands in its target's."""

    id: Slug
    year: Year
    section: Section | None = None
    title: ThreeLanguages
    unit: Slug
    contributors: Contributors = ()
    due_by: CalendarDate | None = None
    conditional: bool = False
    checklist: Annotated[tuple[ChecklistRecord, ...], Field(max_length=FEW)] = ()
    continues: Slug | None = None
    assumptions: tuple[
        Literal["year", "title", "unit", "contributors", "due_by", "conditional", "checklist", "continues"], ...
    ] = ()


class TargetRecord(Record):
    """A performance target (tulostavoite) with its milestones. Without a section of its own it stands in its part's."""

    id: Slug
    part: Slug
    group: Slug | None
    section: Section | None = None
    title: ThreeLanguages
    lead_unit: Slug
    contributors: Contributors = ()
    assumptions: tuple[Literal["title", "lead_unit", "contributors"], ...] = ()
    milestones: Annotated[tuple[MilestoneRecord, ...], Field(max_length=MOST_ITEMS)]


class OutturnRecord(Record):
    """An outturn that the agreement itself states; `value: null` stands for "-"."""

    year: Year
    value: ExactDecimal | None
    provisional: bool = False


class LevelRecord(Record):
    """The level agreed for a year (tavoitetaso); `value: null` stands for "-", `mark` is text beside the number."""

    year: Year
    operator: Literal["<", "<=", ">", ">="]
    value: ExactDecimal | None
    binding: bool
    mark: Mark | None = None


class IndicatorRecord(Record):
    """An indicator (mittari). `frequency`: reported in both rounds (`half-year`) or in the annual one only."""

    id: Slug
    section: Section | None = None
    title: ThreeLanguages
    note: LongThreeLanguages | None = None
    unit: Slug
    contributors: Contributors = ()
    measure: Slug
    frequency: Literal["half-year", "annual"]
    outturns: Annotated[tuple[OutturnRecord, ...], Field(max_length=FEW)]
    levels: Annotated[tuple[LevelRecord, ...], Field(max_length=FEW)]
    assumptions: tuple[Literal["title", "unit", "contributors", "measure", "frequency", "operator"], ...] = ()


class TableRecord(Record):
    """An indicator table of a part, beside its goal groups."""

    id: Slug
    part: Slug
    section: Section | None = None
    title: ThreeLanguages
    indicators: Annotated[tuple[IndicatorRecord, ...], Field(min_length=1, max_length=MOST_ITEMS)]


class RrfMeasureRecord(Record):
    """A measure of the recovery plan (R9), and the milestones that count for it; the agreement names no such links."""

    id: Slug
    code: Code
    title: ThreeLanguages
    section: Section | None = None
    milestones: Annotated[tuple[Slug, ...], Field(max_length=MOST_ITEMS)]
    assumptions: tuple[Literal["code", "title", "milestones"], ...] = ()


class AgreementFile(Record):
    """A version of an agreement as its file says it. `former`: what it continues of earlier versions."""

    format: Literal[1]
    agreement: Slug
    number: Annotated[int, Field(ge=1, le=999)]
    title: ThreeLanguages
    agency: Slug
    ministry: Slug
    first_year: Year
    last_year: Year
    binding_year: Year
    source: Text
    annexes: Annotated[tuple[AnnexRecord, ...], Field(max_length=FEW)] = ()
    former: Annotated[tuple[Slug, ...], Field(max_length=MOST_ITEMS)] = ()
    slots: Annotated[tuple[SlotRecord, ...], Field(min_length=1, max_length=FEW)]
    policies: Annotated[tuple[PolicyRecord, ...], Field(max_length=FEW)]
    units: Annotated[tuple[UnitRecord, ...], Field(min_length=1, max_length=MOST_ITEMS)]
    parts: Annotated[tuple[PartRecord, ...], Field(min_length=1, max_length=MOST_ITEMS)]
    groups: Annotated[tuple[GroupRecord, ...], Field(max_length=MOST_ITEMS)]
    targets: Annotated[tuple[TargetRecord, ...], Field(min_length=1, max_length=MOST_ITEMS)]
    tables: Annotated[tuple[TableRecord, ...], Field(max_length=MOST_ITEMS)] = ()
    rrf: Annotated[tuple[RrfMeasureRecord, ...], Field(max_length=MOST_ITEMS)] = ()

    @property
    def version(self) -> str:
        """The id of this version: `keha-2024-2027.1`."""
        return f"{self.agreement}.{self.number}"
