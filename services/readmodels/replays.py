"""The history replayed: step by step, and as the difference between two positions; of all events only those that count.

An event changes the row that its stream names, and a scope those of its items. So the rows before a step are folded
from the streams of the events that follow, however long the ledger is.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.events.envelope import Row
from domain.organisation import Organisation
from domain.values import RoundKind
from projections import board
from projections.agreements import AGREEMENT
from projections.cycles import LATE
from projections.difference import difference
from projections.replay import steps
from projections.table import Cells
from services.eventstore.store import EventStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """Some steps, and the position behind which there may be more; None where there are none."""

    steps: Sequence[Cells]
    next: int | None


class Replays:
    """Replays of all ledgers of one store."""

    def __init__(self, store: EventStore) -> None:
        """Needs nothing but the log."""
        self._store = store

    async def steps(self, ledger: str, after: int, limit: int) -> Steps:
        """What each of the next events behind `after` did, at most `limit`: `projections.replay.step`."""
        rows = await self._store.read(ledger, after, limit)
        before = await self._store.read_streams(ledger, dict.fromkeys(_touched(rows), 0))
        found = await asyncio.to_thread(_told, [*(row for row in before if row.position <= after), *rows], after)
        return _page(found, limit)

    async def steps_about(self, ledger: str, organisation: Organisation, subject: str, after: int, limit: int) -> Steps:
        """The same of those events alone that are about a subject, or changed a row of it."""
        rows = await self._store.read_streams(ledger, dict.fromkeys(_about(organisation, subject), 0))
        found = await asyncio.to_thread(_told, rows, after)
        return _page([each for each in found if _concerns(each, subject)], limit)

    async def difference(self, ledger: str, first: int, last: int, year: int) -> list[Cells]:
        """What of a year's board is different at `last` from what it was at `first`: `projections.difference`."""
        names = [*board.streams_of((AGREEMENT, LATE)), *board.streams_of(board.YEARLY, year)]
        rows = await self._store.read_under(ledger, names, last)

        def made() -> list[Cells]:
            table = board.fold(row for row in rows if row.position <= first)
            return difference(table, (row for row in rows if row.position > first), year)

        return await asyncio.to_thread(made)


def _told(rows: Sequence[Row], after: int) -> list[Cells]:
    table = board.fold(row for row in rows if row.position <= after)
    return list(steps((row for row in rows if row.position > after), table))


def _page(found: Sequence[Cells], limit: int) -> Steps:
    page = found[:limit]
    return Steps(steps=page, next=page[-1]["position"] if len(page) == limit else None)


def _touched(rows: Iterable[Row]) -> set[str]:
    """The streams whose events made the rows that these events read: their own, and of items the scope's."""
    found = {row.stream for row in rows if board.key_of(row.stream) is not None}
    return found | {_round(each) for each in found if each.startswith("item/")}


def _round(item: str) -> str:
    return f"round/{item.split('/')[1]}"


def _about(organisation: Organisation, subject: str) -> list[str]:
    """The streams whose events may be about a subject."""
    years = sorted(organisation.years)
    rounds = [f"{year}-{kind}" for year in years for kind in RoundKind]
    return [
        f"subject/{subject}",
        *(f"agreement/{each.version}" for each in organisation.versions),
        *(f"{kind}/{year}/{subject}" for kind in ("assessment", "deviation") for year in years),
        *(f"cycle/{year}" for year in years),
        *(f"round/{each}" for each in rounds),
        *(f"item/{each}/{subject}" for each in rounds),
    ]


def _concerns(step: Cells, subject: str) -> bool:
    """Whether an event is about a subject, changed a row of it, or gave it a light in the statement."""
    return step["subject"] == subject or any(
        each["subject"] == subject or f"statement/{subject}" in each["changes"] for each in step["board"]
    )
