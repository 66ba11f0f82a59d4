import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from services.eventstore import MigrationRefused, migrate
from services.eventstore.migrations import FOLDER, migrations
from services.local import PostgresUrls


@pytest.fixture
async def empty(postgres: PostgresUrls) -> AsyncIterator[str]:
    """The owner's address of a database that is not migrated."""
    name = f"empty_{secrets.token_hex(6)}"
    connection = await asyncpg.connect(postgres.owner)
    await connection.execute(f"CREATE DATABASE {name}")
    yield postgres.for_database(name).owner
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


async def test_migrating_again_finds_nothing_to_do(empty: str) -> None:
    assert await migrate(empty) == len(migrations())
    assert await migrate(empty) == 0


async def test_of_two_processes_that_migrate_at_once_one_does_it(empty: str) -> None:
    results = await asyncio.gather(*(migrate(empty) for _ in range(4)))

    assert sorted(results) == [0, 0, 0, len(migrations())]


async def test_an_applied_file_that_has_changed_is_refused(empty: str, tmp_path: Path) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "migrations")
    await migrate(empty, folder=folder)
    first = next(iter(sorted(folder.glob("*.sql"))))

    first.write_text(first.read_text() + "-- harmless\n")

    with pytest.raises(MigrationRefused, match="has changed since it was applied as 0001_log"):
        await migrate(empty, folder=folder)


async def test_a_database_newer_than_the_program_is_refused(empty: str, tmp_path: Path) -> None:
    await migrate(empty)
    folder = shutil.copytree(FOLDER, tmp_path / "migrations")
    max(folder.glob("*.sql")).unlink()

    with pytest.raises(MigrationRefused, match="unknown here"):
        await migrate(empty, folder=folder)


async def test_a_file_that_fails_leaves_nothing_and_is_tried_again(empty: str, tmp_path: Path) -> None:
    (tmp_path / "0001_first.sql").write_text("CREATE TABLE log.one (n integer)")
    second = tmp_path / "0002_second.sql"
    second.write_text("CREATE TABLE log.two (n integer); SELECT nonsense")

    with pytest.raises(asyncpg.UndefinedColumnError):
        await migrate(empty, folder=tmp_path)
    second.write_text("CREATE TABLE log.two (n integer)")

    assert await migrate(empty, folder=tmp_path) == 1


async def test_a_number_that_is_missing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "0001_first.sql").touch()
    (tmp_path / "0003_third.sql").touch()

    with pytest.raises(MigrationRefused, match="should be number 0002"):
        migrations(tmp_path)


async def test_without_the_applications_role_nothing_is_migrated(empty: str) -> None:
    with pytest.raises(MigrationRefused, match="nobody_at_all"):
        await migrate(empty, app_role="nobody_at_all")
