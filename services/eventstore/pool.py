"""A pool of connections on which nothing waits for ever: a Postgres that hangs is one that is away."""

from typing import TYPE_CHECKING, Any

import asyncpg

from services.eventstore.connections import Pool

if TYPE_CHECKING:
    _Base = asyncpg.Pool[asyncpg.Record]
else:
    _Base = asyncpg.Pool

CONNECT_SECONDS = 5.0
STATEMENT_SECONDS = 30.0
LONG_STATEMENT_SECONDS = 600.0
"""For what follows the log, whose statements write many rows."""


class _BoundedPool(_Base):
    """A pool whose connections are waited for, and reset when they are given back, for a few seconds only."""

    def acquire(self, *, timeout: float | None = CONNECT_SECONDS) -> Any:
        """Take a connection. Raises `TimeoutError`."""
        return super().acquire(timeout=timeout)


def bounded_pool(url: str, *, most: int, statement_seconds: float = STATEMENT_SECONDS) -> Pool:
    """A pool of at most so many connections, to be awaited or entered. What takes too long raises `TimeoutError`."""
    return _BoundedPool(
        url,
        min_size=1,
        max_size=most,
        max_queries=50_000,
        max_inactive_connection_lifetime=300.0,
        loop=None,
        connection_class=asyncpg.Connection,
        record_class=asyncpg.Record,
        timeout=CONNECT_SECONDS,
        command_timeout=statement_seconds,
    )
