"""NOTIFY and LISTEN: a hint that a ledger has grown, beside polling. A notice may be lost; nothing depends on it."""

import asyncio
import contextlib
import contextvars
from collections.abc import AsyncIterator

import asyncpg
import structlog

from services.eventstore.connections import Pool

CHANNEL = "etappi_appended"
ANY = ""
"""Stands for every ledger, where one is named."""
PAUSE_SECONDS = 0.01
RECONNECT_SECONDS = 1.0

_log = structlog.get_logger(__name__)

# One transaction, however many ledgers: a NOTIFY holds a lock over all databases until its commit.
_NOTIFY = "SELECT pg_notify($1, ledger) FROM unnest($2::text[]) AS grown (ledger)"


class Notifier:
    """Tells other processes which ledgers have grown, after the commit and in a transaction of its own."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._grown: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    def grown(self, ledger: str) -> None:
        """Send a notice soon; many within a moment become one."""
        self._grown.add(ledger)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain(), context=contextvars.Context())

    async def _drain(self) -> None:
        while self._grown and not self._pool.is_closing():
            ledgers = sorted(self._grown)
            self._grown.clear()
            try:
                await self._pool.execute(_NOTIFY, CHANNEL, ledgers)
            except Exception as error:  # noqa: BLE001 (a notice is a hint: nothing fails for want of it)
                # Whoever polls finds the events all the same.
                _log.warning("no notice was sent", ledgers=ledgers, error=repr(error))
            await asyncio.sleep(PAUSE_SECONDS)


class Listener:
    """The one connection of a process that listens; any number of readers wait on it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._heard: dict[str, int] = {}
        self._bell = asyncio.Event()

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator["Listener"]:
        """Listen until the context ends, and connect anew when the connection is lost."""
        task = asyncio.create_task(self._listen())
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.wait([task])

    def count(self, ledger: str | None = None) -> int:
        """How many notices there were of `ledger`, or of all; compare it before and after."""
        if ledger is None:
            return sum(self._heard.values())
        return self._heard.get(ledger, 0) + self._heard.get(ANY, 0)

    async def wait(self, seen: int, seconds: float, ledger: str | None = None) -> None:
        """Wait until there was a notice beyond the `seen`, at most so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.count(ledger) == seen:
                    await self._bell.wait()

    def ring(self, ledger: str = ANY) -> None:
        """Wake those who wait for this ledger, or everybody."""
        self._heard[ledger] = self._heard.get(ledger, 0) + 1
        # Set and replaced: everybody who waits now wakes, and nobody who comes later.
        self._bell.set()
        self._bell = asyncio.Event()

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except Exception as error:  # noqa: BLE001 (whatever broke the connection, the next one may hold)
                _log.warning("the listening connection is lost", error=repr(error))
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen_once(self) -> None:
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(self._url)
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        try:
            await connection.add_listener(CHANNEL, lambda *notice: self.ring(str(notice[3])))
            self.ring()  # What was said while nobody listened is looked for.
            await lost.wait()
        finally:
            with contextlib.suppress(Exception):
                await connection.close(timeout=2)
