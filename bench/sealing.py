"""Sealing while others append: what it costs them, and how far it lags."""

import asyncio
import contextlib
import statistics
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import psutil

from bench.append import LEDGER, POOL, rate
from bench.figures import Figure, ratio, spread
from bench.server import disk_folder, postgres
from domain.proof.checkpoint import checkpoint_of
from domain.proof.note import note_of
from services.eventstore import EventStore
from services.eventstore.connections import Pool
from services.seal import SealStore, open_stores

CLIENTS = {8: 2_500, 64: 900}
"""By the number of clients: how many commands each sends in a run. It lasts some seconds, several rounds of sealing."""
ROUNDS = 4
KEPT, LAG_SECONDS = 0.85, 2.0
LOOK_SECONDS = 0.05

_WAITS = """
SELECT extract(epoch FROM clock_timestamp() - recorded_at)::float8 FROM log.event WHERE ledger = $1 AND position = $2
"""


async def run() -> list[Figure]:
    """Runs with the sealer beside and with the sealer stopped, in turns; before each, all is sealed."""
    figures = []
    with disk_folder() as folder:
        async with postgres() as urls, asyncpg.create_pool(urls.app, min_size=1, max_size=POOL) as pool:
            store = EventStore(pool)
            await store.create_ledger(LEDGER, demo=False)
            sealed = _Sealed(pool, open_stores(None, None, folder))
            async with _sealer(urls.app, folder) as sealer:
                await rate(store, 64, 100)
                for clients, commands in CLIENTS.items():
                    beside: list[float] = []
                    alone: list[float] = []
                    lags: list[float] = []
                    for _ in range(ROUNDS):
                        await sealed.all()
                        async with sealed.watched(lags):
                            beside.append(await rate(store, clients, commands))
                        await sealed.all()
                        sealer.suspend()
                        alone.append(await rate(store, clients, commands))
                        sealer.resume()
                    figures += _figures(clients, beside, alone, lags)
    return figures


def _figures(clients: int, beside: list[float], alone: list[float], lags: list[float]) -> list[Figure]:
    return [
        Figure(
            name=f"append, {clients} clients, with the sealer beside",
            value=ratio(beside, alone),
            unit="times",
            target=KEPT,
            note=f"{spread(beside)} against {spread(alone)} events/s without",
        ),
        Figure(
            name=f"how long an event waits for its seal, {clients} clients",
            value=max(lags),
            unit="s",
            target=LAG_SECONDS,
            at_most=True,
            note=f"median of {len(lags)} looks {statistics.median(lags):.2f} s",
        ),
    ]


class _Sealed:
    """How far the ledger is sealed."""

    def __init__(self, pool: Pool, seal: SealStore) -> None:
        self._pool = pool
        self._seal = seal

    async def size(self) -> int:
        published = await self._seal.published(LEDGER)
        return 0 if published is None else checkpoint_of(note_of(published.note).text).size

    async def all(self) -> None:
        """Wait until there is nothing to seal."""
        until = time.monotonic() + 60
        while await self._waits() > 0:
            if time.monotonic() > until:
                raise RuntimeError("the sealer doesn't catch up")
            await asyncio.sleep(LOOK_SECONDS)

    async def _waits(self) -> float:
        """How many seconds ago the first event was recorded that isn't sealed; 0 where all are."""
        return float(await self._pool.fetchval(_WAITS, LEDGER, await self.size() + 1) or 0.0)

    @contextlib.asynccontextmanager
    async def watched(self, lags: list[float]) -> AsyncIterator[None]:
        """Look again and again while others append."""

        async def look() -> None:
            while True:
                lags.append(await self._waits())
                await asyncio.sleep(LOOK_SECONDS)

        task = asyncio.create_task(look())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


@contextlib.asynccontextmanager
async def _sealer(url: str, folder: Path) -> AsyncIterator[psutil.Process]:
    """The sealer, in a process of its own."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.sealer", url, str(folder))
    try:
        yield psutil.Process(process.pid)
    finally:
        process.kill()
        await process.wait()
