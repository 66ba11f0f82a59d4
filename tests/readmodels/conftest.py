"""A town and its read models on a real Postgres."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from readmodels.town import AnyFile, Town
from services.commands import Handler
from services.eventstore import EventStore
from services.eventstore.connections import Pool
from services.local import PostgresUrls
from services.readmodels import ReadModels


@pytest.fixture
async def pool(database: PostgresUrls) -> AsyncIterator[Pool]:
    async with asyncpg.create_pool(database.app, min_size=1, max_size=8) as pool:
        yield pool


@pytest.fixture
async def town(pool: Pool) -> Town:
    return Town(Handler(EventStore(pool), AnyFile()))


@pytest.fixture
def models(pool: Pool, town: Town) -> ReadModels:
    return ReadModels(pool, town.handler.store)
