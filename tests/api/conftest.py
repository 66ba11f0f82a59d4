"""One populated database, made once and copied for each test."""

import secrets
from collections.abc import AsyncIterator

import asyncpg
import pytest

from api.world import ISSUER, PEOPLE, World, populate, world_over
from services.identity.demo import DemoProvider
from services.local import PostgresUrls


@pytest.fixture(scope="session")
def provider() -> DemoProvider:
    return DemoProvider(ISSUER, dict.fromkeys(PEOPLE, "Somebody"))


@pytest.fixture(scope="session")
async def populated(postgres: PostgresUrls, template: str, provider: DemoProvider) -> str:
    """The name of a database in which the agency of `world` is set up, on 3 June 2024."""
    name = f"api_{secrets.token_hex(4)}"
    await _as_owner(postgres, f"CREATE DATABASE {name} TEMPLATE {template}")
    world = await world_over(postgres.for_database(name).app, provider)
    await populate(world)
    await world.client.aclose()
    await world.pool.close()
    return name


@pytest.fixture
async def world(postgres: PostgresUrls, populated: str, provider: DemoProvider) -> AsyncIterator[World]:
    """The agency in a database of the test's own."""
    name = f"api_{secrets.token_hex(6)}"
    await _as_owner(postgres, f"CREATE DATABASE {name} TEMPLATE {populated}")
    made = await world_over(postgres.for_database(name).app, provider)
    yield made
    await made.client.aclose()
    made.pool.terminate()
    await _as_owner(postgres, f"DROP DATABASE {name} WITH (FORCE)")


async def _as_owner(postgres: PostgresUrls, statement: str) -> None:
    connection = await asyncpg.connect(postgres.owner)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
