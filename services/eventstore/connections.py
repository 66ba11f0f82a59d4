"""What a connection to Postgres is called in types, and connections that are kept between two appends."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, TypeAlias, Union

import asyncpg

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
PoolConnection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"
Connection: TypeAlias = Union["asyncpg.Connection[asyncpg.Record]", "PoolConnectionProxy[asyncpg.Record]"]

IDLE_SECONDS = 0.02


class KeptConnections:
    """Connections of a pool that are kept for a moment after use, for whoever comes next.

    The pool resets what is given back, in a round trip of its own: at one append after the other that is a fifth of the
    time. So only what leaves no trace in a session may run on them.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._idle: list[PoolConnection] = []
        self._used = 0
        self._task: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def use(self) -> AsyncIterator[PoolConnection]:
        """A connection that was kept, or one of the pool. One on which something failed isn't kept."""
        connection = await self._take()
        try:
            yield connection
        except BaseException:
            await self._give_back(connection)
            raise
        self._used += 1
        self._idle.append(connection)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._give_back_unused())

    async def _take(self) -> PoolConnection:
        while self._idle:
            connection = self._idle.pop()
            # The pool takes a connection back by itself when it is lost; this one then refuses every call.
            with contextlib.suppress(asyncpg.InterfaceError):
                if not connection.is_closed():
                    return connection
            await self._give_back(connection)
        return await self._pool.acquire()

    async def _give_back_unused(self) -> None:
        try:
            seen = -1
            while seen != self._used and not self._pool.is_closing():
                seen = self._used
                await asyncio.sleep(IDLE_SECONDS)
        finally:
            while self._idle:
                await self._give_back(self._idle.pop())

    async def _give_back(self, connection: PoolConnection) -> None:
        # A broken connection fails to be reset, and the pool drops it: that is nothing for who used it.
        with contextlib.suppress(Exception):
            await self._pool.release(connection)
