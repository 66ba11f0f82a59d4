"""An auditor's right to look, for a body, a scope, a period; findings and their answers.

Engagements stand in the one stream `engagements`, so that who may look is answered from it alone; what was found stands
in `engagement/{id}`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from domain.calendar import start_of
from domain.events.event import Event
from domain.values import Date, Id, Mark, PersonId, SubjectId, UnitId, Words

ENGAGEMENTS = "engagements"


class AuditBody(StrEnum):
    """Who audits."""

    INTERNAL_AUDIT = "internal-audit"
    AUDIT_AUTHORITY = "audit-authority"
    NATIONAL_AUDIT_OFFICE = "national-audit-office"
    EUROPEAN_COMMISSION = "european-commission"
    COURT_OF_AUDITORS = "court-of-auditors"
    OLAF = "olaf"
    EPPO = "eppo"


class Severity(StrEnum):
    """How much a finding weighs."""

    OBSERVATION = "observation"
    MINOR = "minor"
    MAJOR = "major"


class Outcome(StrEnum):
    """How a finding ended: mended, left as it is by a decision of the agency, or no finding after all."""

    REMEDIED = "remedied"
    RISK_ACCEPTED = "risk-accepted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngagementOpened(Event):
    """The head opened an engagement. No `subjects`: the whole ledger. All dates are inclusive.

    `period_from` and `period_to` say what time is audited, `valid_from` and `valid_to` when the auditors may look.
    """

    type: ClassVar[str] = "engagement-opened"
    engagement: Id
    body: AuditBody
    auditors: tuple[PersonId, ...]
    subjects: tuple[SubjectId, ...]
    period_from: Date
    period_to: Date
    valid_from: Date
    valid_to: Date
    basis: Words

    @property
    def stream(self) -> str:
        """`engagements`."""
        return ENGAGEMENTS

    @property
    def effective_at(self) -> datetime:
        """The start of `valid_from`."""
        return start_of(self.valid_from)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngagementClosed(Event):
    """The engagement ended; its findings are closed, and its auditors look no more."""

    type: ClassVar[str] = "engagement-closed"
    engagement: Id

    @property
    def stream(self) -> str:
        """`engagements`."""
        return ENGAGEMENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingEvent(Event):
    """An event on one finding of an engagement."""

    engagement: Id
    finding: Id

    @property
    def stream(self) -> str:
        """`engagement/{id}`."""
        return f"engagement/{self.engagement}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRaised(FindingEvent):
    """An auditor found something: under a control (`C02`) where it belongs to one, with the events that show it.

    `unit` answers, with head and coordinators; none: the agency as a whole, which those two answer for.
    """

    type: ClassVar[str] = "finding-raised"
    control: Mark | None
    severity: Severity
    unit: UnitId | None
    subjects: tuple[SubjectId, ...]
    positions: tuple[int, ...]
    text: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingAnswered(FindingEvent):
    """The agency answered: whether it agrees, and by when it mends what was found."""

    type: ClassVar[str] = "finding-answered"
    agreed: bool
    mended_by: Date | None
    text: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingClosed(FindingEvent):
    """The auditor closed a finding."""

    type: ClassVar[str] = "finding-closed"
    outcome: Outcome
    text: Words | None
