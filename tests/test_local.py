"""The embedded servers: they answer, keep logins apart, and leave nothing behind."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import asyncpg
import psutil
import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client

from services.local import (
    FolderInUse,
    FolderUnreachable,
    PostgresUrls,
    ServerEnded,
    TemporalServer,
    embedded_postgres,
    embedded_temporal,
    end_orphans,
)
from services.workflows.ring import SEARCH_ATTRIBUTES

START_AND_WAIT = """
import asyncio, sys
from pathlib import Path
from services.local import embedded_postgres, embedded_temporal, process

if "untied" in sys.argv:
    process.tied_to_us = lambda program: None

async def main():
    folder = Path(sys.argv[1])
    async with embedded_postgres(folder / "postgres") as postgres:
        async with embedded_temporal(folder / "temporal", {}) as temporal:
            print(postgres.pid, temporal.pid, flush=True)
            await asyncio.sleep(60)

asyncio.run(main())
"""


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@contextlib.contextmanager
def _another_process(folder: Path, *how: str) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """Both servers, started by a process of their own: that process, and the servers' ids."""
    command = [sys.executable, "-c", START_AND_WAIT, str(folder), *how]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, [int(pid) for pid in process.stdout.readline().split()]
        finally:
            process.kill()


async def test_postgres_answers_and_keeps_what_it_committed_durable(postgres: PostgresUrls) -> None:
    connection = await asyncpg.connect(postgres.app)

    settings = [await connection.fetchval("SELECT current_setting($1)", name) for name in ("fsync", "server_encoding")]
    await connection.close()

    assert settings == ["on", "UTF8"]


async def test_temporal_answers_with_the_search_attributes_asked_for(temporal: TemporalServer) -> None:
    client = await Client.connect(temporal.address, namespace=temporal.namespace)

    healthy = await client.service_client.check_health(timeout=timedelta(seconds=5))
    request = ListSearchAttributesRequest(namespace=temporal.namespace)
    attributes = await client.operator_service.list_search_attributes(request)

    assert healthy
    assert set(SEARCH_ATTRIBUTES) <= set(attributes.custom_attributes)


async def test_neither_login_is_a_superuser(postgres: PostgresUrls) -> None:
    rights = {}
    for url in (postgres.owner, postgres.app):
        connection = await asyncpg.connect(url)
        row = await connection.fetchrow(
            "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles"
            " WHERE rolname = session_user"
        )
        assert row is not None
        rights[row["rolname"]] = tuple(row.values())[1:]
        await connection.close()

    assert rights == {"etappi_owner": (False, False, True, False), "etappi_app": (False, False, False, False)}


async def test_the_application_cannot_become_the_owner(postgres: PostgresUrls) -> None:
    connection = await asyncpg.connect(postgres.app)
    app_password = postgres.app.split(":")[2].split("@")[0]
    owner_password = postgres.owner.split(":")[2].split("@")[0]

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("SET ROLE etappi_owner")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres.owner.replace(owner_password, app_password))
    await connection.close()


async def test_each_test_has_a_database_of_its_own(database: PostgresUrls, postgres: PostgresUrls) -> None:
    connection = await asyncpg.connect(database.owner)

    name = await connection.fetchval("SELECT current_database()")
    await connection.close()

    assert name.startswith("test_")
    assert name not in postgres.owner


async def test_what_was_stored_is_there_at_the_next_start(reachable_folder: Path) -> None:
    async with embedded_postgres(reachable_folder / "twice") as first:
        connection = await asyncpg.connect(first.owner)
        await connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        await connection.close()

    async with embedded_postgres(reachable_folder / "twice") as second:
        connection = await asyncpg.connect(second.owner)
        number = await connection.fetchval("SELECT number FROM kept")
        await connection.close()

    assert number == 7
    assert (first.owner, first.app) == (second.owner, second.app)


async def test_after_the_context_the_servers_are_gone(reachable_folder: Path) -> None:
    async with (
        embedded_postgres(reachable_folder / "gone-postgres") as postgres,
        embedded_temporal(reachable_folder / "gone-temporal", {}) as temporal,
    ):
        alive = [_lives(postgres.pid), _lives(temporal.pid)]

    assert alive == [True, True]
    assert [_lives(postgres.pid), _lives(temporal.pid)] == [False, False]


async def test_an_exception_inside_the_context_ends_the_server(reachable_folder: Path) -> None:
    started = []

    async def fail() -> None:
        async with embedded_temporal(reachable_folder / "failed", {}) as temporal:
            started.append(temporal.pid)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert [_lives(pid) for pid in started] == [False]


def test_ctrl_c_ends_the_servers(reachable_folder: Path) -> None:
    with _another_process(reachable_folder / "interrupted") as (process, servers):
        process.send_signal(signal.SIGINT)
        process.wait(30)

        assert [_lives(pid) for pid in servers] == [False, False]


async def test_a_start_on_a_used_folder_is_refused(reachable_folder: Path) -> None:
    folder = reachable_folder / "used"
    with _another_process(folder) as (process, _):
        with pytest.raises(FolderInUse, match=rf"{folder}/postgres is in use by process {process.pid}.*ETAPPI_DATA"):
            async with embedded_postgres(folder / "postgres"):
                pass
        with pytest.raises(FolderInUse, match=rf"{folder}/temporal is in use by process {process.pid}"):
            async with embedded_temporal(folder / "temporal", {}):
                pass
        process.send_signal(signal.SIGINT)
        process.wait(30)


async def test_a_start_on_a_folder_used_by_the_same_process_is_refused(reachable_folder: Path) -> None:
    async with embedded_temporal(reachable_folder / "same", {}):
        with pytest.raises(FolderInUse, match=f"process {os.getpid()}"):
            async with embedded_temporal(reachable_folder / "same", {}):
                pass


async def test_servers_that_a_killed_process_left_are_replaced(reachable_folder: Path) -> None:
    """As where the kernel doesn't tell a child of its parent's end."""
    folder = reachable_folder / "killed"
    with _another_process(folder, "untied") as (process, orphans):
        process.kill()
        process.wait(30)
        assert [_lives(pid) for pid in orphans] == [True, True]

        async with (
            embedded_postgres(folder / "postgres") as postgres,
            embedded_temporal(folder / "temporal", {}) as temporal,
        ):
            assert {postgres.pid, temporal.pid}.isdisjoint(orphans)

    assert [_lives(pid) for pid in orphans] == [False, False]


def test_orphans_are_ended_before_their_folder_is_deleted(reachable_folder: Path) -> None:
    folder = reachable_folder / "orphaned"
    with _another_process(folder, "untied") as (process, orphans):
        process.kill()
        process.wait(30)
        assert [_lives(pid) for pid in orphans] == [True, True]

        end_orphans(folder)

    assert [_lives(pid) for pid in orphans] == [False, False]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_servers_end_with_a_process_that_is_killed(reachable_folder: Path) -> None:
    with _another_process(reachable_folder / "tied") as (process, servers):
        process.kill()
        process.wait(30)

        end = time.monotonic() + 20
        while any(map(_lives, servers)) and time.monotonic() < end:
            time.sleep(0.05)

    assert [_lives(pid) for pid in servers] == [False, False]


@pytest.mark.parametrize("which", ["Postgres", "Temporal"])
async def test_when_a_server_ends_the_body_ends_with_a_sentence_that_names_it_and_its_log(
    reachable_folder: Path, which: str
) -> None:
    folder = reachable_folder / f"ended-{which}"

    async def body() -> None:
        async with (
            embedded_postgres(folder / "postgres") as postgres,
            embedded_temporal(folder / "temporal", {}) as temporal,
        ):
            os.kill(postgres.pid if which == "Postgres" else temporal.pid, signal.SIGKILL)
            await asyncio.sleep(30)

    with pytest.raises(ServerEnded) as ended:
        await body()

    assert str(ended.value) == (
        f"{which} ended with code -9 while it was needed. Its log is {folder / which.lower() / 'log'}."
    )


async def test_what_a_body_fails_with_because_its_server_ended_is_told_as_the_end_of_the_server(
    reachable_folder: Path,
) -> None:
    async def body() -> None:
        async with embedded_temporal(reachable_folder / "ended-before", {}) as temporal:
            os.kill(temporal.pid, signal.SIGKILL)
            psutil.Process(temporal.pid).wait(10)
            raise ConnectionError

    with pytest.raises(ServerEnded, match="Temporal ended"):
        await body()


async def test_a_long_path_gets_its_socket_elsewhere(reachable_folder: Path) -> None:
    folder = reachable_folder / ("a-rather-long-name-" * 5)

    async with embedded_postgres(folder) as urls:
        connection = await asyncpg.connect(urls.app)
        await connection.close()

    assert str(folder) not in urls.app


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's Postgres runs as another user")
async def test_as_root_a_folder_that_others_may_not_enter_is_named(reachable_folder: Path) -> None:
    closed = reachable_folder / "closed"
    closed.mkdir(mode=0o700)

    with pytest.raises(FolderUnreachable, match=f"may not enter {closed},.*ETAPPI_DATA"):
        async with embedded_postgres(closed / "postgres"):
            pass
