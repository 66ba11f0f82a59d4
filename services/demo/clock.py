"""The clock of a demo ledger: it goes from one thing that falls due to the next, and leaves nothing owing behind it."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from domain.calendar import day_of, start_of
from domain.clock import AdvanceDemoClock
from domain.cycle import FOLD as CYCLE
from domain.cycle import Stage as CycleStage
from domain.cycle import cycle_closes_at
from domain.organisation import FOLD as ORGANISATION
from domain.reminding import morning
from domain.round import FOLD as ROUND
from domain.round import Stage as RoundStage
from domain.round_steps import closes_at, opens_at
from domain.values import OPERATOR, Date, RoundKind
from domain.view import View
from services.commands import Handler, Request

Settle = Callable[[], Awaitable[None]]
NextOwed = Callable[[], Awaitable[datetime | None]]


class Unsettled(Exception):
    """What was owed wasn't done in time: the workflows are away, or behind."""


class Clock:
    """The clock of one ledger: it steps at most to what is owed next, and only when nothing is owed."""

    def __init__(self, handler: Handler, ledger: str, settle: Settle, next_owed: NextOwed) -> None:
        """`settle` waits until nothing is owed, or raises `Unsettled`; `next_owed` tells when something will be."""
        self._handler = handler
        self._ledger = ledger
        self._settle = settle
        self.next_owed = next_owed

    async def advance(self, moment: datetime) -> None:
        """Go to a moment, from one thing that falls due to the next."""
        await self.walk(moment, None)

    async def walk(self, moment: datetime, seconds: float | None) -> bool:
        """Go towards a moment, as far as one comes in some seconds (None: all the way); whether it was reached.

        At least one step is taken. Raises `Unsettled`, and `Refused` if the clock would go back.
        """
        end = None if seconds is None else time.monotonic() + seconds
        await self._settle()
        while (due := await self.next_owed()) is not None and due < moment:
            await self.set(due)
            await self._settle()
            if end is not None and time.monotonic() >= end:
                return False
        await self.set(moment)
        await self._settle()
        return True

    async def set(self, instant: datetime) -> None:
        """Set the clock, as the operator."""
        key, command = f"clock-{instant.isoformat()}", AdvanceDemoClock(instant=instant)
        await self._handler.handle(
            Request(ledger=self._ledger, by=OPERATOR, key=key, command=command, received_at=instant)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStage:
    """Something that opens or closes by the calendar. `at` is when one comes to see it: not before office hours."""

    at: datetime
    kind: str
    year: int
    round: str | None = None


def next_stage(view: View, now: datetime) -> NextStage | None:
    """What opens or closes next, whoever else does something meanwhile; None where people must act first."""
    found = [each for year in sorted(view.get(ORGANISATION).years) for each in _stages(view, year)]
    return min((each for each in found if each.at > now), key=lambda each: each.at, default=None)


def _stages(view: View, year: int) -> list[NextStage]:
    stage = view.get(CYCLE, year).stage
    if stage is CycleStage.CLOSED:
        return []
    if stage is CycleStage.PLANNED:
        return [NextStage(at=_seen(start_of(Date(f"{year}-01-01"))), kind="cycle-opens", year=year)]
    found: list[NextStage] = []
    for round_id in (f"{year}-{RoundKind.HALF_YEAR}", f"{year}-{RoundKind.ANNUAL}"):
        planned = view.get(ROUND, round_id).stage is RoundStage.PLANNED
        at = opens_at(view, round_id) if planned else closes_at(view, round_id)
        if at is not None:
            kind = "round-opens" if planned else "round-closes"
            found.append(NextStage(at=_seen(at), kind=kind, year=year, round=round_id))
    closes = cycle_closes_at(view, year)
    if closes is not None:
        found.append(NextStage(at=_seen(closes), kind="cycle-closes", year=year))
    return found


def _seen(at: datetime) -> datetime:
    """When one comes to see what happened at an instant: in the morning of its day, or right then."""
    return max(at, morning(day_of(at)))
