"""Stores, ledgers and made-up commands for the tests of the event store."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.eventstore import EventStore
from services.eventstore.connections import Connection, Pool
from services.local import PostgresUrls


@pytest.fixture
async def pool(database: PostgresUrls) -> AsyncIterator[Pool]:
    async with asyncpg.create_pool(database.app, min_size=1, max_size=8) as pool:
        yield pool


@pytest.fixture
async def owner(database: PostgresUrls) -> AsyncIterator[Connection]:
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(database.owner)
    yield connection
    await connection.close()


@pytest.fixture
async def store(pool: Pool) -> EventStore:
    """A store with the ledgers `keha` and, a demo, `try`."""
    store = EventStore(pool)
    await store.create_ledger("keha", demo=False)
    await store.create_ledger("try", demo=True)
    return store
