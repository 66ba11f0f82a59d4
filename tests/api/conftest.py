"""One populated database, made once and copied for each test."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest
import structlog
import uvicorn

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
    async with _copied(postgres, populated, provider) as world:
        yield world


@pytest.fixture(scope="session")
async def still(postgres: PostgresUrls, populated: str, provider: DemoProvider) -> AsyncIterator[World]:
    """The agency for tests that change nothing, which share it."""
    async with _copied(postgres, populated, provider) as world:
        yield world


@pytest.fixture
async def served(world: World) -> AsyncIterator[str]:
    """The API over a real socket."""
    server = uvicorn.Server(uvicorn.Config(world.app, host="127.0.0.1", port=0, log_config=None, lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 (it has no event to wait for)
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await task


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Without a set-up, structlog would print what each request did, and errors with all that they held."""
    with structlog.testing.capture_logs():
        yield


@contextlib.asynccontextmanager
async def _copied(postgres: PostgresUrls, populated: str, provider: DemoProvider, **more: Any) -> AsyncIterator[World]:
    name = f"api_{secrets.token_hex(6)}"
    await _as_owner(postgres, f"CREATE DATABASE {name} TEMPLATE {populated}")
    world = await world_over(postgres.for_database(name).app, provider, **more)
    try:
        yield world
    finally:
        await world.client.aclose()
        world.pool.terminate()
        await _dropped(postgres, name)


async def _dropped(postgres: PostgresUrls, name: str) -> None:
    """Drop a database; its last sessions may need a moment to see that their clients have gone."""
    for _ in range(50):
        with contextlib.suppress(asyncpg.ObjectInUseError, asyncpg.InsufficientPrivilegeError):
            await _as_owner(postgres, f"DROP DATABASE {name} WITH (FORCE)")
            return
        await asyncio.sleep(0.1)
    raise TimeoutError(name)


async def _as_owner(postgres: PostgresUrls, statement: str) -> None:
    connection = await asyncpg.connect(postgres.owner)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
