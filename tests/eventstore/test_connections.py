import asyncio

import asyncpg
import pytest

from services.eventstore.connections import IDLE_SECONDS, KeptConnections, Pool
from services.local import PostgresUrls

PID = "SELECT pg_backend_pid()"


async def test_who_comes_soon_gets_the_same_connection(pool: Pool) -> None:
    kept = KeptConnections(pool)

    async with kept.use() as connection:
        first = await connection.fetchval(PID)
    async with kept.use() as connection:
        second = await connection.fetchval(PID)

    assert second == first


async def test_what_is_not_used_for_a_moment_goes_back_to_the_pool(database: PostgresUrls) -> None:
    async with asyncpg.create_pool(database.app, min_size=1, max_size=1) as pool:
        async with KeptConnections(pool).use():
            pass

        async with asyncio.timeout(100 * IDLE_SECONDS):
            assert await pool.fetchval("SELECT 1") == 1


async def test_a_connection_on_which_something_failed_goes_back_at_once(database: PostgresUrls) -> None:
    async with asyncpg.create_pool(database.app, min_size=1, max_size=1) as pool:
        with pytest.raises(ZeroDivisionError):
            async with KeptConnections(pool).use():
                raise ZeroDivisionError

        assert pool.get_idle_size() == 1


async def test_a_kept_connection_that_was_cut_is_not_used(pool: Pool) -> None:
    kept = KeptConnections(pool)
    async with kept.use() as connection:
        connection.terminate()

    async with kept.use() as connection:
        assert await connection.fetchval("SELECT 1") == 1
