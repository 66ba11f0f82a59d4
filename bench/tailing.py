"""Following the log while three processes append to it: whether a position is skipped or repeated."""

import asyncio
import sys
import time
from itertools import pairwise

import asyncpg

from bench.figures import Figure
from bench.server import postgres
from services.eventstore import EventStore, Listener, tail

LEDGER = "keha"
PROCESSES = 3
EVENTS = 30_000


async def run() -> list[Figure]:
    """Count what the tail saw wrong, over at least 30,000 events."""
    async with postgres() as urls, asyncpg.create_pool(urls.app, min_size=1, max_size=4) as pool:
        store = EventStore(pool)
        await store.create_ledger(LEDGER, demo=False)
        seen: list[int] = []

        async def follow() -> None:
            async with Listener(urls.app).listening() as listener:
                async for row in tail(pool, listener, LEDGER):
                    seen.append(row.position)  # noqa: PERF401 (others look at it as it grows)

        follower = asyncio.create_task(follow())
        started = time.perf_counter()
        await asyncio.gather(*(_write(urls.app, f"w{n}", EVENTS // PROCESSES) for n in range(PROCESSES)))
        seconds = time.perf_counter() - started
        head = await store.head(LEDGER)
        # A tail that skipped something says so and ends; one that waits in vain is left after a while.
        for _ in range(1_000):
            if follower.done() or (seen and seen[-1] >= head):
                break
            await asyncio.sleep(0.01)
        follower.cancel()
        (failure,) = await asyncio.gather(follower, return_exceptions=True)
    missing = len(set(range(1, head + 1)) - set(seen))
    repeated = len(seen) - len(set(seen))
    disorder = sum(later <= earlier for earlier, later in pairwise(seen))
    failed = "" if isinstance(failure, asyncio.CancelledError) else f"; the tail ended: {failure!r}"
    return [
        Figure(name="tail: events that three processes appended meanwhile", value=head, target=EVENTS),
        Figure(
            name="tail: positions skipped, repeated or out of order",
            value=missing + repeated + disorder,
            target=0,
            at_most=True,
            note=f"{missing} skipped, {repeated} repeated, {disorder} out of order, in {seconds:.0f} s{failed}",
        ),
    ]


async def _write(url: str, name: str, events: int) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.writer", url, LEDGER, name, str(events))
    if await process.wait():
        raise RuntimeError("a process that appends failed")
