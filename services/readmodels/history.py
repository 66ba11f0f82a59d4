"""The board as it was known: the log's prefix folded in memory, from the nearest snapshot on.

Snapshots are a process's own and disposable; without them an answer only takes longer.
"""

from collections import OrderedDict
from datetime import datetime

from projections import board
from projections.table import DictTable
from services.eventstore.store import EventStore

EVERY = 1_000
"""How many events lie between two snapshots."""
KEPT = 64


class History:
    """Boards of the past, for all ledgers of one store."""

    def __init__(self, store: EventStore) -> None:
        """Begin without snapshots."""
        self._store = store
        self._snapshots: OrderedDict[tuple[str, int], str] = OrderedDict()

    async def position_at(self, ledger: str, known_at: datetime | int | None) -> int:
        """The last position that was recorded at an instant or before; a position is itself, as far as there is one.

        The last of all where nothing is asked for.
        """
        if isinstance(known_at, datetime):
            return await self._store.recorded_until(ledger, known_at)
        last = await self._store.head(ledger)
        return last if known_at is None else min(known_at, last)

    async def board(self, ledger: str, position: int) -> DictTable:
        """The board after the event at `position`, which exists or is 0."""
        after, table = self._nearest(ledger, position)
        while after < position:
            step = min(position, (after // EVERY + 1) * EVERY)
            rows = await self._store.read(ledger, after, step - after)
            board.fold(rows, table)
            after = step
            if after % EVERY == 0:
                self._keep(ledger, after, table)
        return table

    def _nearest(self, ledger: str, position: int) -> tuple[int, DictTable]:
        for at in range(position - position % EVERY, 0, -EVERY):
            found = self._snapshots.get((ledger, at))
            if found is not None:
                self._snapshots.move_to_end((ledger, at))
                return at, DictTable.restored(found)
        return 0, DictTable()

    def _keep(self, ledger: str, position: int, table: DictTable) -> None:
        self._snapshots[ledger, position] = table.snapshot()
        while len(self._snapshots) > KEPT:
            self._snapshots.popitem(last=False)
