"""A start after a restore: nobody reads what was erased, for it is erased again before anything is served (case 20)."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx2
import pytest

from erasure.conftest import LEDGER, NAME, Town
from erasure.test_erasing import dump
from services.cli.failures import CannotRun
from services.cli.stack import stack
from services.erasure import apply_erasures
from services.eventstore import catch_up
from services.settings import Settings

ETAPPI = Path(sys.executable).parent / "etappi"


async def restored(town: Town) -> None:
    """The person is erased; then their words are there again, as in a backup that was taken in between."""
    await town.confirmed(*await town.said())
    held = await town.pool.fetch("SELECT * FROM log.disclosure")
    await catch_up(town.pool, town.subscription, LEDGER)
    owner: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(town.urls.owner)
    await owner.executemany(
        "INSERT INTO log.disclosure VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", [tuple(row) for row in held]
    )
    await owner.close()
    assert await said(town)


async def said(town: Town) -> bool:
    """Whether the person's name is in the database."""
    return NAME.encode().hex() in await dump(town.urls.owner)


def environment(town: Town, **more: str) -> dict[str, str]:
    """The settings of a process."""
    own = {
        "DATABASE_URL": town.urls.app,
        "TEMPORAL_ADDRESS": "127.0.0.1:1",
        "ETAPPI_DATA": str(town.kept.parent),
        "ETAPPI_OIDC_ISSUER": "https://idp.example",
        "ETAPPI_PUBLIC_URL": "https://etappi.example",
    }
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "PYTHONPATH")}
    return kept | own | more


@asynccontextmanager
async def api(town: Town, *, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """`etappi api` in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        str(ETAPPI), "api", "--port", str(port), env=environment(town), stderr=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def answers(client: httpx2.AsyncClient, url: str) -> bool:
    """Whether something is served there by now."""
    try:
        return (await client.get(url)).status_code == 200
    except httpx2.HTTPError:
        return False


async def test_the_api_serves_nothing_before_all_is_erased_again(town: Town) -> None:
    await restored(town)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]

    async with api(town, port=port) as process, httpx2.AsyncClient() as client, asyncio.timeout(60):
        while not await answers(client, f"http://127.0.0.1:{port}/healthz"):
            assert process.returncode is None
            await asyncio.sleep(0.1)

        assert not await said(town)


async def test_the_api_does_not_start_where_only_the_owner_can_erase_again(town: Town) -> None:
    """C18. One line says what to do."""
    await town.lost("e9")

    async with api(town, port=0) as process:
        _, told = await process.communicate()

    assert process.returncode == 1
    assert told.decode().splitlines()[-1].startswith("These erasures are lost with the end of the log")
    assert "DATABASE_OWNER_URL" in told.decode()
    assert "Traceback" not in told.decode()


async def test_a_start_with_the_owner_of_the_database_erases_also_what_the_log_has_lost(town: Town) -> None:
    await town.lost("e9")
    settings = Settings(
        data=town.kept.parent, database_url=town.urls.app, database_owner_url=town.urls.owner, temporal_address="x:1"
    )

    async with stack(settings, town.urls.app, "127.0.0.1:1") as parts:
        await parts.erase_again()

    assert not await said(town)
    assert await apply_erasures(town.pool, town.records, town.evidence, LEDGER) == 1


async def test_a_start_says_where_the_records_of_erasures_are_damaged(town: Town) -> None:
    await town.lost("e9")
    (kept,) = (town.kept / LEDGER / "erasure").iterdir()
    kept.write_bytes(kept.read_bytes()[:-1])

    async with stack(Settings(data=town.kept.parent), town.urls.app, "127.0.0.1:1") as parts:
        with pytest.raises(CannotRun, match="can't be read at ETAPPI_SEAL_COPIES_URL"):
            await parts.erase_again()
