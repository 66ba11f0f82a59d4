"""The board as it was known: folded from the log's prefix, of all events only those that the question needs.

Which rows an event changes is told by its stream (`projections.board`), and streams are found by an index. So the board
of a year costs what that year's events cost, however long the ledger is, in a process that has just been started as in
any other: nothing is kept that could be lost, or differ from the log.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeAlias

from projections import board
from projections.agreements import DEFINED, ORGANISATION
from projections.cycles import ASSESSMENT, LATE, LINK
from projections.items import ITEM
from projections.table import DictTable
from services.eventstore.store import EventStore
from services.readmodels.queries import INBOX, open_years, versions_of

Fold: TypeAlias = Callable[[str, int], Awaitable[DictTable]]
"""Folds rows of a ledger's board, as they were after the event at a position, which exists or is 0."""


class History:
    """Boards of the past, for all ledgers of one store; each is the equal of what `queries` fetches of the live one."""

    def __init__(self, store: EventStore) -> None:
        """Needs nothing but the log."""
        self._store = store

    async def position_at(self, ledger: str, known_at: datetime | int | None) -> int:
        """The last position that was recorded at an instant or before; a position is itself, as far as there is one.

        The last of all where nothing is asked for.
        """
        if isinstance(known_at, datetime):
            return await self._store.recorded_until(ledger, known_at)
        last = await self._store.head(ledger)
        return last if known_at is None else min(known_at, last)

    async def all_rows(self, ledger: str, position: int) -> DictTable:
        """The whole board. It reads all events: ten seconds and more for a million."""
        table = DictTable()
        async for rows in self._store.pages(ledger, until=position):
            board.fold(rows, table)
        return table

    def of_year(self, year: int) -> Fold:
        """What the board of a year needs: its own rows, and those of the agreement's versions that it stands under."""

        async def fold(ledger: str, position: int) -> DictTable:
            shared, own = board.streams_of((ORGANISATION, LATE, LINK)), board.streams_of(board.YEARLY, year)
            table = board.fold(await self._store.read_under(ledger, [*shared, *own], position))
            versions = {f"agreement/{version}": 0 for version in versions_of(table, year)}
            rows = await self._store.read_streams(ledger, versions)
            return board.fold((row for row in rows if row.position <= position), table)

        return fold

    async def for_inboxes(self, ledger: str, position: int) -> DictTable:
        """What inboxes need: the rows of the years in which something is open, and what outlasts a year."""
        rows = await self._store.read_under(ledger, board.streams_of(INBOX), position)
        table = board.fold(row for row in rows if row.type not in DEFINED)
        years = open_years(table)
        # The scope of each round made rows of its items, also where all is closed.
        for key, item in list(table.of(ITEM).items()):
            if item["year"] not in years:
                table.delete(ITEM, key)
        own = [name for year in years for name in board.streams_of((ITEM, ASSESSMENT), year)]
        return board.fold(await self._store.read_under(ledger, own, position), table)
