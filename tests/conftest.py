"""The servers and databases that tests run on: real ones, started for the run."""

import asyncio
import importlib.util
import inspect
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from services.local import PostgresUrls, TemporalServer, embedded_postgres, embedded_temporal
from services.workflows.ring import SEARCH_ATTRIBUTES

TEMPLATE = "etappi_template"


@pytest.fixture(scope="session")
def reachable_folder() -> Iterator[Path]:
    """A short-named temporary folder that Postgres's user may enter, also when the tests run as root."""
    # In memory where there is room for it: a test's database is made fifteen times faster.
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 4 * 1024**3
    folder = Path(tempfile.mkdtemp(prefix="etappi-", dir=memory if roomy else None))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
async def postgres(reachable_folder: Path) -> AsyncIterator[PostgresUrls]:
    """One Postgres for the whole run; `database` gives a test a database of its own on it."""
    async with embedded_postgres(reachable_folder / "postgres") as urls:
        yield urls


@pytest.fixture(scope="session")
async def template(postgres: PostgresUrls) -> str:
    """The name of a migrated database that is copied for each test, which is faster than migrating."""
    await _as_owner(postgres, f"CREATE DATABASE {TEMPLATE}")
    if importlib.util.find_spec("services.eventstore") and importlib.util.find_spec("services.eventstore.migrations"):
        migrations = importlib.import_module("services.eventstore.migrations")
        result = migrations.migrate(postgres.for_database(TEMPLATE).owner)
        if inspect.isawaitable(result):
            await result
    return TEMPLATE


@pytest.fixture
async def database(postgres: PostgresUrls, template: str) -> AsyncIterator[PostgresUrls]:
    """An empty, migrated database for one test: its owner's and its application's address."""
    name = f"test_{secrets.token_hex(6)}"
    await _as_owner(postgres, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield postgres.for_database(name)
    await _dropped(postgres, name)


@pytest.fixture(scope="session")
async def temporal(reachable_folder: Path) -> AsyncIterator[TemporalServer]:
    """One Temporal server for the whole run; tests keep apart by their workflow ids and task queues."""
    async with embedded_temporal(reachable_folder / "temporal", SEARCH_ATTRIBUTES) as server:
        yield server


async def _dropped(postgres: PostgresUrls, name: str) -> None:
    """Drop a test's database; a vacuum that is just at it is waited for, since the owner may not end it."""
    for _ in range(50):
        try:
            await _as_owner(postgres, f"DROP DATABASE {name} WITH (FORCE)")
        except asyncpg.InsufficientPrivilegeError:
            await asyncio.sleep(0.2)
        else:
            return
    await _as_owner(postgres, f"DROP DATABASE {name} WITH (FORCE)")


async def _as_owner(postgres: PostgresUrls, statement: str) -> None:
    connection = await asyncpg.connect(postgres.owner)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
