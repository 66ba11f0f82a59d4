"""Streams `attestation/{view}` and `installation`: what the service attests, and what was done to it (C12, C18)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from domain.events.event import Event
from domain.values import Digest, Words

INSTALLATION = "installation"


class Occasion(StrEnum):
    """What made the digest of a view worth keeping."""

    DELIVERY = "delivery"
    STATEMENT = "statement"
    CLOSE = "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewAttested(Event):
    """The digest of a frozen, versioned view (`attested-view/1`) as of a position: a replay must come to the same.

    `at_position` is that of the event that is the occasion.
    """

    type: ClassVar[str] = "view-attested"
    view: str
    occasion: Occasion
    at_position: int
    digest: Digest

    @property
    def stream(self) -> str:
        """`attestation/{view}`."""
        return f"attestation/{self.view}"


class Operation(StrEnum):
    """What an operator did to an installation."""

    RESTORE = "restore"
    REBUILD = "rebuild"
    DIRECT_ACCESS = "direct-access"
    MIGRATION = "migration"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRecorded(Event):
    """What was done to the installation, when, by whom, and why.

    After a restore: `checkpoint` is the old checkpoint, the signed note whole, and `lost` how many events it names that
    are no more.
    """

    type: ClassVar[str] = "operation-recorded"
    operation: Operation
    performed_at: datetime
    performed_by: Words
    reason: Words
    checkpoint: str | None
    lost: int | None

    @property
    def stream(self) -> str:
        """`installation`."""
        return INSTALLATION

    @property
    def effective_at(self) -> datetime:
        """When it was done."""
        return self.performed_at


@dataclass(frozen=True, slots=True, kw_only=True)
class SealKeyIntroduced(Event):
    """From now on checkpoints are signed with this key (a C2SP verifier key); `replaces` is the one before."""

    type: ClassVar[str] = "seal-key-introduced"
    verifier_key: str
    replaces: str | None
    reason: Words

    @property
    def stream(self) -> str:
        """`installation`."""
        return INSTALLATION
