"""What the API is made of; handed to it, so that it has no globals and can be driven within a process."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from services.api.metrics import Metrics
from services.commands import Handler
from services.eventstore.connections import Pool
from services.eventstore.store import EventStore
from services.evidence import EvidenceStore
from services.identity import People
from services.settings import Settings


def wall_clock() -> datetime:
    """Now."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts, made once."""

    handler: Handler
    store: EventStore
    pool: Pool
    people: People
    evidence: EvidenceStore
    settings: Settings
    metrics: Metrics
    now: Callable[[], datetime]
