"""Stream `organisation`: the ledger itself, units, people, roles, substitutions, settings, the agreement in force."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from domain.calendar import end_of, start_of
from domain.events.event import Event
from domain.values import (
    Date,
    Digest,
    Id,
    Language,
    PersonId,
    Reference,
    Role,
    Title,
    UnitId,
    VersionId,
    Words,
)

ORGANISATION = "organisation"
LOG_FORMAT = "etappi-log/1"
"""How a log is written: headers, commitments, digests and trees as docs/log-format.md has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationEvent(Event):
    """An event of the stream `organisation`."""

    @property
    def stream(self) -> str:
        """`organisation`."""
        return ORGANISATION


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerOpened(OrganisationEvent):
    """The first event of a ledger. In a demo ledger the clock is what `demo-clock-advanced` set last.

    `format` names how this log is written, `program` the version of the program that opened it.
    """

    type: ClassVar[str] = "ledger-opened"
    ledger: Id
    agency: Id
    demo: bool
    zone: str
    format: Reference
    program: Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRegistered(OrganisationEvent):
    """A unit of the agency or a body of the ministry exists from a date on."""

    type: ClassVar[str] = "unit-registered"
    unit: UnitId
    name: Title
    valid_from: Date

    @property
    def effective_at(self) -> datetime:
        """The start of `valid_from`."""
        return start_of(self.valid_from)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRenamed(OrganisationEvent):
    """A unit has another name from a date on; what it reported before keeps the old one (case 5)."""

    type: ClassVar[str] = "unit-renamed"
    unit: UnitId
    name: Title
    valid_from: Date

    @property
    def effective_at(self) -> datetime:
        """The start of `valid_from`."""
        return start_of(self.valid_from)


class Handover(StrEnum):
    """What becomes of the items of a period that ended before the unit did (case 5)."""

    FINISHES = "finishes"
    MOVES = "moves"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSucceeded(OrganisationEvent):
    """A unit's tasks pass to another from a date on: one line of the successor map."""

    type: ClassVar[str] = "unit-succeeded"
    unit: UnitId
    successor: UnitId
    handover: Handover
    valid_from: Date

    def keeps(self, period_end: Date) -> bool:
        """Whether the old unit finishes the items of a period that ended on that day."""
        return self.handover is Handover.FINISHES and period_end < self.valid_from

    @property
    def effective_at(self) -> datetime:
        """The start of `valid_from`."""
        return start_of(self.valid_from)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRegistered(OrganisationEvent):
    """A person may be given roles. `login` opens to {issuer, subject}; `contact` to a mail address."""

    type: ClassVar[str] = "person-registered"
    person: PersonId
    name: Words
    contact: Words
    login: Words
    language: Language


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChanged(OrganisationEvent):
    """What is known of a person was corrected; the login stays. Events keep the name that held when they happened."""

    type: ClassVar[str] = "person-changed"
    person: PersonId
    name: Words
    contact: Words
    language: Language


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountClosed(OrganisationEvent):
    """A person left; the name at the time stays in the history (case 7)."""

    type: ClassVar[str] = "account-closed"
    person: PersonId
    valid_from: Date

    @property
    def effective_at(self) -> datetime:
        """The start of `valid_from`."""
        return start_of(self.valid_from)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A role of a person, in a unit where the role has one, from a date to a date, both inclusive."""

    person: PersonId
    role: Role
    unit: UnitId | None
    valid_from: Date
    valid_to: Date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleProposed(OrganisationEvent):
    """The first of the two people that a role needs."""

    type: ClassVar[str] = "role-proposed"
    proposal: Id
    grant: Grant


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleConfirmed(OrganisationEvent):
    """The second person confirmed exactly what was proposed; from now on the grant counts."""

    type: ClassVar[str] = "role-confirmed"
    proposal: Id
    digest: Digest
    grant: Grant

    @property
    def effective_at(self) -> datetime:
        """The start of the grant's first day."""
        return start_of(self.grant.valid_from)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleProposalWithdrawn(OrganisationEvent):
    """A proposed role that nobody confirmed is off the table."""

    type: ClassVar[str] = "role-proposal-withdrawn"
    proposal: Id


@dataclass(frozen=True, slots=True, kw_only=True)
class SubstituteAppointed(OrganisationEvent):
    """A substitute (sijainen) may act for a principal: dates inclusive, scope, basis (case 6)."""

    type: ClassVar[str] = "substitute-appointed"
    substitution: Id
    principal: PersonId
    substitute: PersonId
    roles: tuple[Role, ...]
    unit: UnitId | None
    valid_from: Date
    valid_to: Date
    basis: Words

    @property
    def effective_at(self) -> datetime:
        """The start of `valid_from`."""
        return start_of(self.valid_from)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubstitutionEnded(OrganisationEvent):
    """A substitution ends before its date; `valid_to` is its last day."""

    type: ClassVar[str] = "substitution-ended"
    substitution: Id
    valid_to: Date

    @property
    def effective_at(self) -> datetime:
        """The end of `valid_to`."""
        return end_of(self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A setting with its source: a policy that neither law nor agreement fixes. `value` is canonical JSON."""

    key: str
    value: str
    source: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingProposed(OrganisationEvent):
    """A coordinator proposes another value for a setting."""

    type: ClassVar[str] = "setting-proposed"
    proposal: Id
    setting: Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingConfirmed(OrganisationEvent):
    """The head confirmed; the setting governs what is decided from now on."""

    type: ClassVar[str] = "setting-confirmed"
    proposal: Id
    digest: Digest
    setting: Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingProposalWithdrawn(OrganisationEvent):
    """A proposed setting that nobody confirmed is off the table."""

    type: ClassVar[str] = "setting-proposal-withdrawn"
    proposal: Id


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementInForce(OrganisationEvent):
    """All slots of a version are signed: it binds the agency for `binding_year` (R2, R8).

    It stands in the organisation's stream because every command reads that one, and so knows what holds.
    """

    type: ClassVar[str] = "agreement-in-force"
    version: VersionId
    agreement: Id
    binding_year: int
    digest: Digest
