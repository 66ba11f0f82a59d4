import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from eventstore.made import command
from services.eventstore import EventStore, Listener, LogBroken, notices, tail
from services.eventstore.connections import Connection, Pool
from services.local import PostgresUrls


@pytest.fixture
async def listener(database: PostgresUrls) -> AsyncIterator[Listener]:
    async with Listener(database.app).listening() as listener:
        await listener.wait(0, 5)
        yield listener


async def test_a_tail_begins_behind_a_position(store: EventStore, pool: Pool, listener: Listener) -> None:
    await store.append("keha", command("a", "a", "a", on={"a": 0}))

    tailed = tail(pool, listener, "keha", after=1)

    assert [(await anext(tailed)).position, (await anext(tailed)).position] == [2, 3]


async def test_a_notice_wakes_a_tail_long_before_it_polls(store: EventStore, pool: Pool, listener: Listener) -> None:
    tailed = tail(pool, listener, "keha", poll_seconds=60)
    waiting = asyncio.ensure_future(anext(tailed))
    await asyncio.sleep(0.1)

    begun = time.monotonic()
    await store.append("keha", command("a", on={"a": 0}))

    assert (await waiting).position == 1
    assert time.monotonic() - begun < 5


async def test_without_notices_a_tail_polls(store: EventStore, pool: Pool, database: PostgresUrls) -> None:
    deaf = Listener(database.app)
    tailed = tail(pool, deaf, "keha", poll_seconds=0.05)
    waiting = asyncio.ensure_future(anext(tailed))
    await asyncio.sleep(0.1)

    await store.append("keha", command("a", on={"a": 0}))

    assert (await waiting).position == 1


async def test_a_listener_connects_anew(store: EventStore, owner: Connection, pool: Pool, listener: Listener) -> None:
    seen = listener.count()

    await pool.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND usename = current_user AND query LIKE 'LISTEN%'"
    )
    await listener.wait(seen, 10)  # It rings when it is back.
    seen = listener.count("keha")
    await store.append("keha", command("a", on={"a": 0}))
    await listener.wait(seen, 10, "keha")

    assert listener.count("keha") == seen + 1


async def test_many_appends_make_few_notices(
    store: EventStore, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "PAUSE_SECONDS", 1)
    seen = listener.count("keha")

    for version in range(20):
        await store.append("keha", command("a", on={"a": version}))
        await asyncio.sleep(0.01)
    await asyncio.sleep(1.5)

    assert 1 <= listener.count("keha") - seen <= 5
    assert listener.count("try") == 1  # Its own ring at the start stands for every ledger.


async def test_a_missing_position_stops_a_reader(
    store: EventStore, owner: Connection, pool: Pool, listener: Listener
) -> None:
    await store.append("keha", command(*["a"] * 9, on={"a": 0}))
    await owner.execute("ALTER TABLE log.event DISABLE TRIGGER event_is_never_changed")
    await owner.execute("DELETE FROM log.event WHERE position BETWEEN 4 AND 6")

    with pytest.raises(LogBroken, match="ledger keha: position 4 is missing, 7 follows 3"):
        await store.read("keha", 0)
    with pytest.raises(LogBroken, match="ledger keha: position 4 is missing, but later ones are there"):
        await store.read("keha", 3, 2)
    tailed = tail(pool, listener, "keha", after=2)
    with pytest.raises(LogBroken, match="position 4 is missing"):
        await anext(tailed)


async def test_a_ledger_that_ends_before_the_place_stops_a_tail(
    store: EventStore, pool: Pool, listener: Listener
) -> None:
    await store.append("keha", command("a", on={"a": 0}))

    with pytest.raises(LogBroken, match="read to position 5, but it ends at 1"):
        await asyncio.wait_for(anext(tail(pool, listener, "keha", after=5)), 20)
