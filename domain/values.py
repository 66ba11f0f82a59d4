"""The small values that everything else is made of: ids, colours, words, dates."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from typing import Annotated, NewType, TypeAlias

PersonId = NewType("PersonId", str)
"""An opaque, permanent slug for a person in one ledger."""
UnitId = NewType("UnitId", str)
SubjectId = NewType("SubjectId", str)
"""A milestone, an indicator or a target: a permanent slug of the agreement file, never reused."""
VersionId = NewType("VersionId", str)
"""A numbered version of a performance agreement: `keha-2024-2027.1`."""

Words = NewType("Words", str)
"""Human language. At the edge the text itself; from `seal` on (services/commands.py), in events and states, only its
commitment: 64 hex digits that open through the table of disclosures."""
Title = NewType("Title", str)
"""A title or name in Finnish, Swedish and English. At the edge canonical JSON of {en, fi, sv}, afterwards the
commitment to that value."""
File = NewType("File", str)
"""A stored file: at the edge the name of its stored object; from `seal` on the commitment to its manifest."""
Digest = NewType("Digest", str)
"""64 hex digits of SHA-256."""
Decimal = NewType("Decimal", str)
"""An exact decimal as it was reported: `-?digits[.digits]`, with a point and no exponent."""
Date = NewType("Date", str)
"""A calendar date in Helsinki, `YYYY-MM-DD`, from `FIRST_DAY` to `LAST_DAY`."""

Id: TypeAlias = Annotated[str, "id"]
"""A permanent slug that says nothing: of evidence, a proposal, a substitution. Never a name, never words."""
Reference: TypeAlias = Annotated[str, "reference"]
"""Where a document stands in a register or on the net: a case number, an id, an address. No words, no names."""
Source: TypeAlias = Annotated[str, "source"]
"""Which rule a date comes from: `§6`, `decree-1243-1992`, `setting`."""
Mark: TypeAlias = Annotated[str, "mark"]
"""What stands beside a number in the agreement: `TAE`."""

Code: TypeAlias = Annotated[str, "code"]
"""A name that the program itself knows: `sign-off`, `endorse/owner`."""

SLUG = r"[a-z0-9][a-z0-9.-]{0,79}"
DECIMAL = r"-?[0-9]{1,15}(\.[0-9]{1,10})?"
DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
FIRST_DAY, LAST_DAY = Date("2000-01-01"), Date("2099-12-31")
FIRST_YEAR, LAST_YEAR = 2000, 2099
PATTERNS: Mapping[object, re.Pattern[str]] = {
    kind: re.compile(pattern)
    for kind, pattern in (
        (PersonId, SLUG),
        (UnitId, SLUG),
        (SubjectId, SLUG),
        (VersionId, SLUG),
        (Id, SLUG),
        (Reference, r"[A-Za-z0-9][A-Za-z0-9._~:/?#&=+%(),;-]{0,119}"),
        (Source, r"§?[A-Za-z0-9][A-Za-z0-9.-]{0,39}"),
        (Code, r"[a-z0-9][a-z0-9/.-]{0,79}"),
        (Mark, r"[A-Za-z0-9][A-Za-z0-9.*-]{0,19}"),
        (Words, r"[0-9a-f]{64}"),
        (Title, r"[0-9a-f]{64}"),
        (File, r"[0-9a-f]{64}"),
        (Digest, r"[0-9a-f]{64}"),
        (Decimal, DECIMAL),
    )
}
"""How the text of each type is spelled; what isn't in this table is checked otherwise."""


class TrafficLight(IntEnum):
    """The agreement's scale (§6, footnote; R1)."""

    RED = 1
    YELLOW = 2
    GREEN = 3


class Basis(StrEnum):
    """Whether a light foretells the end of the year or tells what was reached."""

    FORECAST = "forecast"
    ACTUAL = "actual"


class RoundKind(StrEnum):
    """Which of the year's two rounds of reporting."""

    HALF_YEAR = "half-year"
    ANNUAL = "annual"


class SubjectKind(StrEnum):
    """What an item reports on."""

    MILESTONE = "milestone"
    INDICATOR = "indicator"
    TARGET = "target"


class MilestoneStatus(StrEnum):
    """How far a milestone is. The first three belong to the half-year round, the last four to the annual one."""

    NOT_STARTED = "not-started"
    IN_PROGRESS = "in-progress"
    REACHED = "reached"
    PARTLY_REACHED = "partly-reached"
    NOT_REACHED = "not-reached"
    NO_NEED_AROSE = "no-need-arose"


class Finality(StrEnum):
    """Whether an outturn may still change (alustava) or stands."""

    PROVISIONAL = "provisional"
    FINAL = "final"


class Role(StrEnum):
    """What a person may be; PROCESS's permission matrix in the documentation says what each may do."""

    CONTRIBUTOR = "contributor"
    OWNER = "owner"
    DIRECTOR = "director"
    HEAD = "head"
    COORDINATOR = "coordinator"
    MINISTRY_ASSESSOR = "ministry-assessor"
    MINISTRY_DECIDER = "ministry-decider"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Language(StrEnum):
    """The languages that people are addressed in (R10)."""

    FI = "fi"
    SV = "sv"
    EN = "en"


class DeadlineKind(StrEnum):
    """The dates of a cycle that somebody must meet."""

    UNIT = "unit"
    DIRECTOR = "director"
    HEAD = "head"
    DELIVERY = "delivery"
    FINAL_ACCOUNTS = "final-accounts"
    STATEMENT = "statement"


class Publication(StrEnum):
    """The three publications on Tutkihallintoa.fi (R6)."""

    AGREEMENT = "agreement"
    FINAL_ACCOUNTS = "final-accounts"
    STATEMENT = "statement"


class ActorKind(StrEnum):
    """Who acts: a person, a program with its own token, the system's own steps, or the operator of the installation."""

    PERSON = "person"
    PROGRAM = "program"
    SYSTEM = "system"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """In which role somebody acted: the unit in which it is held, and the substitution that let them (C03)."""

    role: Role
    unit: UnitId | None = None
    substitution: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts, and for whom: "B for A" is `Actor(id="b", acting_for="a")`."""

    kind: ActorKind = ActorKind.PERSON
    id: PersonId
    acting_for: PersonId | None = None

    @property
    def involved(self) -> frozenset[PersonId]:
        """Who acted, and for whom: both took part in what was done, and neither approves it (R15)."""
        return frozenset({self.id} if self.acting_for is None else {self.id, self.acting_for})


SYSTEM = Actor(kind=ActorKind.SYSTEM, id=PersonId("system"))
OPERATOR = Actor(kind=ActorKind.OPERATOR, id=PersonId("operator"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A date that somebody must meet, as recorded: a replay never computes it again.

    `nominal` is the date as the rule has it, `date` the last day on which it is met (later than `nominal` where a
    policy rolls it over a holiday), `instant` the midnight in `zone` that ends that day, exclusive, in UTC.
    """

    kind: DeadlineKind
    nominal: Date
    date: Date
    instant: datetime
    zone: str
    policy: str


def instant_text(instant: datetime) -> str:
    """Write an aware instant as RFC 3339 in UTC with six decimals, the form in which it is hashed."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    utc = instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    # A third of strftime's time, and each event has two or three.
    day = (utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, utc.microsecond)
    return "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ" % day  # noqa: UP031 (twice as fast as an f-string)
