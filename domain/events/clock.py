"""Stream `clock`: the clock of a demo ledger."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.events.event import Event

CLOCK = "clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoClockAdvanced(Event):
    """From now on the ledger's clock shows `instant`. It never goes back, and exists in demo ledgers only."""

    type: ClassVar[str] = "demo-clock-advanced"
    instant: datetime

    @property
    def stream(self) -> str:
        """`clock`."""
        return CLOCK
