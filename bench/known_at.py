"""The board as it was known at any instant: in a ledger of a million events, and in the demo year.

The long ledger is the demo year as 622 years that follow one another, two beside each other at any time. That is more
than dates allow (they end with 2099), so that a year is as large as it is, and the ledger as long as it should be.
Asked is at random instants, of the year of the instant or of the one before it, which is being assessed then. Each
question is put to read models that have just been made: nothing is kept from one to the next but Postgres's own pages.
"""

import statistics
import time
from random import Random

import asyncpg

from bench.figures import Figure, number
from bench.loading import load
from bench.scaled import recorded, scaled
from bench.server import postgres
from projections.summary import summary
from services.eventstore import EventStore
from services.eventstore.connections import Pool
from services.readmodels import ReadModels

FIRST, YEARS = 2024, 622
ASKED = 200
LONG, SHORT = 0.250, 0.050
"""Seconds within which 95 of a hundred answers must be there."""


async def run() -> list[Figure]:
    """How long an answer takes, and how much of it is this process's own work."""
    year = recorded()
    figures = []
    async with postgres() as urls, asyncpg.create_pool(urls.app, min_size=1, max_size=4) as pool:
        for ledger, years, target, name in (
            ("demo", 1, SHORT, "the demo year"),
            ("long", YEARS, LONG, "a long ledger"),
        ):
            await load(urls, ledger, scaled(year, years, bound=False))
            figures.append(await _figure(pool, ledger, target, f"board as known at any instant, {name}"))
    return figures


async def _figure(pool: Pool, ledger: str, target: float, name: str) -> Figure:
    store, chance = EventStore(pool), Random(ledger)
    last = await store.head(ledger)
    times, work = [], []
    for _ in range(ASKED):
        [row] = await store.read(ledger, chance.randrange(last), 1)
        at = row.recorded_at
        year = max(at.year - chance.randrange(2), FIRST)
        started, worked = time.perf_counter(), time.process_time()
        found = await ReadModels(pool, store).board(ledger, year, known_at=at)
        summary(found.value, year, "annual")
        work.append(time.process_time() - worked)
        times.append(time.perf_counter() - started)
    return Figure(
        name=f"{name}, 95 of 100 within",
        value=sorted(times)[ASKED * 95 // 100 - 1] * 1e3,
        unit="ms",
        target=target * 1e3,
        at_most=True,
        note=f"{number(last)} events; median {statistics.median(times) * 1e3:.0f} ms, "
        f"of it {statistics.median(work) * 1e3:.0f} ms of this process's time; longest {max(times) * 1e3:.0f} ms",
    )
