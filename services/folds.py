"""Folded streams, kept between commands and brought up to date in one query."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from domain.view import Fold, Folded, View, fact_of
from services.eventstore.store import EventStore

CACHED_STREAMS = 50_000


class Folds:
    """The folded streams that a process keeps, of all its ledgers; those not asked for longest go first."""

    def __init__(self, store: EventStore) -> None:
        """Nothing is kept yet."""
        self._store = store
        self._kept: OrderedDict[tuple[str, str], Folded[Any]] = OrderedDict()

    def view(self, ledger: str) -> View:
        """A view over what is kept; what it lacks, `load` gets."""
        return View(lambda stream: self.of(ledger, stream))

    def of(self, ledger: str, stream: str) -> Folded[Any] | None:
        """A stream as it is kept."""
        found = self._kept.get((ledger, stream))
        if found is not None:
            self._kept.move_to_end((ledger, stream))
        return found

    async def load(self, ledger: str, wanted: Mapping[str, Fold[Any]]) -> None:
        """Fold streams from their beginning."""
        await self._catch_up(ledger, {stream: Folded(fold, 0, fold.initial()) for stream, fold in wanted.items()})

    async def refresh(self, ledger: str, reads: Mapping[str, int]) -> bool:
        """Bring the streams that were read up to date; whether one is now at another version than the one read."""
        held = {stream: self._kept.get((ledger, stream)) for stream in reads}
        fresh = await self._catch_up(ledger, {stream: folded for stream, folded in held.items() if folded is not None})
        return any(stream not in fresh or fresh[stream].version != version for stream, version in reads.items())

    async def _catch_up(self, ledger: str, held: dict[str, Folded[Any]]) -> dict[str, Folded[Any]]:
        """Fold on what is held; another coroutine may do the same meanwhile, and the further one is kept."""
        for row in await self._store.read_streams(ledger, {stream: each.version for stream, each in held.items()}):
            held[row.stream] = held[row.stream].then(fact_of(row))
        for stream, folded in held.items():
            kept = self._kept.get((ledger, stream))
            if kept is None or kept.version <= folded.version:
                self._kept[ledger, stream] = folded
                self._kept.move_to_end((ledger, stream))
            else:
                held[stream] = kept
        while len(self._kept) > CACHED_STREAMS:
            self._kept.popitem(last=False)
        return held
