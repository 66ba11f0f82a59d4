"""What may be forgotten, by whose authority, and what must not be (case 20; C11).

An erasure stands in `erasure/{id}`, and in each stream whose words it takes: so whoever reads that stream knows. Legal
holds stand in the one stream `holds`, which every erasure reads.
"""

from dataclasses import dataclass
from typing import ClassVar

from domain.events.event import Event
from domain.values import Digest, Id, PersonId, SubjectId, Words

HOLDS = "holds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Commitments to disclosures, and a stream whose events name them."""

    of: str
    commitments: tuple[Digest, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureEvent(Event):
    """An event of one erasure."""

    erasure: Id

    @property
    def stream(self) -> str:
        """`erasure/{id}`."""
        return f"erasure/{self.erasure}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureProposed(ErasureEvent):
    """An administrator proposes to erase disclosures. `authority` names the decision or request that demands it."""

    type: ClassVar[str] = "erasure-proposed"
    places: tuple[Place, ...]
    reason: Words
    authority: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureConfirmed(ErasureEvent):
    """The head confirmed exactly what was proposed: from now on the disclosures are gone; every proof still holds."""

    type: ClassVar[str] = "erasure-confirmed"
    digest: Digest
    commitments: tuple[Digest, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureProposalWithdrawn(ErasureEvent):
    """An erasure that nobody confirmed is off the table."""

    type: ClassVar[str] = "erasure-proposal-withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosuresErased(Event):
    """In a stream itself: what these commitments of its events stood for is erased. `of` is the stream's name."""

    type: ClassVar[str] = "disclosures-erased"
    of: str
    erasure: Id
    commitments: tuple[Digest, ...]

    @property
    def stream(self) -> str:
        """The stream that named them."""
        return self.of


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldEvent(Event):
    """An event of one legal hold."""

    hold: Id

    @property
    def stream(self) -> str:
        """`holds`."""
        return HOLDS


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHoldProposed(HoldEvent):
    """Nothing of these subjects and people is to be erased, whatever its retention; none named: of the whole ledger."""

    type: ClassVar[str] = "legal-hold-proposed"
    subjects: tuple[SubjectId, ...]
    people: tuple[PersonId, ...]
    reason: Words
    authority: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHoldConfirmed(HoldEvent):
    """The head confirmed exactly what was proposed; the hold is in force."""

    type: ClassVar[str] = "legal-hold-confirmed"
    digest: Digest
    subjects: tuple[SubjectId, ...]
    people: tuple[PersonId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHoldProposalWithdrawn(HoldEvent):
    """A hold that nobody confirmed is off the table."""

    type: ClassVar[str] = "legal-hold-proposal-withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHoldLiftProposed(HoldEvent):
    """An administrator proposes to lift the hold."""

    type: ClassVar[str] = "legal-hold-lift-proposed"
    reason: Words
    authority: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHoldLifted(HoldEvent):
    """The head confirmed the lift; the hold is over."""

    type: ClassVar[str] = "legal-hold-lifted"
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHoldLiftProposalWithdrawn(HoldEvent):
    """The hold stays: its lift, which nobody confirmed, is off the table."""

    type: ClassVar[str] = "legal-hold-lift-proposal-withdrawn"
