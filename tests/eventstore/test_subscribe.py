import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence

import asyncpg
import pytest

from domain.events.envelope import Row, leaf
from eventstore.made import command
from services.eventstore import (
    EventStore,
    Listener,
    LogBroken,
    Subscription,
    catch_up,
    run_subscriptions,
    subscribe,
    wait_for,
)
from services.eventstore.connections import Connection, Pool
from services.eventstore.subscribe import advance, position_of
from services.local import PostgresUrls


@pytest.fixture
async def listener(database: PostgresUrls) -> AsyncIterator[Listener]:
    async with Listener(database.app).listening() as listener:
        yield listener


@pytest.fixture
async def seen(pool: Pool) -> None:
    """A table that handlers write to."""
    await pool.execute("CREATE TABLE app.seen (ledger text, position bigint)")


async def note(connection: Connection, rows: Sequence[Row]) -> None:
    await connection.executemany("INSERT INTO app.seen VALUES ($1, $2)", [(row.ledger, row.position) for row in rows])


async def noted(pool: Pool, ledger: str = "keha") -> list[int]:
    rows = await pool.fetch("SELECT position FROM app.seen WHERE ledger = $1 ORDER BY ctid", ledger)
    return [row["position"] for row in rows]


@contextlib.asynccontextmanager
async def running(pool: Pool, listener: Listener, *subscriptions: Subscription) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(run_subscriptions(pool, listener, subscriptions, poll_seconds=0.1))
    yield task
    task.cancel()
    await asyncio.wait([task])


async def extend(store: EventStore, events: int, stream: str = "a") -> None:
    version = (await store.stream_versions("keha", [stream]))[stream]
    await store.append("keha", command(*[stream] * events, on={stream: version}))


async def test_a_subscription_gets_every_event_once_in_batches(store: EventStore, pool: Pool, seen: None) -> None:
    sizes = []

    async def handle(connection: Connection, rows: Sequence[Row]) -> None:
        sizes.append(len(rows))
        await note(connection, rows)

    board = Subscription(name="board", handle=handle, batch=4)
    await extend(store, 10)
    await catch_up(pool, board, "keha")
    await extend(store, 1)
    await catch_up(pool, board, "keha")

    assert await noted(pool) == list(range(1, 12))
    assert sizes == [4, 4, 2, 1]


async def test_the_checkpoint_names_the_last_event_and_its_leaf(store: EventStore, pool: Pool, seen: None) -> None:
    await extend(store, 3)

    await catch_up(pool, Subscription(name="board", handle=note), "keha")

    checkpoint = await pool.fetchrow("SELECT * FROM app.subscription")
    assert checkpoint is not None
    last = (await store.read("keha", 2))[0]
    assert (checkpoint["name"], checkpoint["ledger"], checkpoint["position"]) == ("board", "keha", 3)
    assert checkpoint["event_digest"] == leaf(last)


async def test_an_effect_and_its_checkpoint_are_committed_together_or_not_at_all(
    store: EventStore, pool: Pool, seen: None
) -> None:
    async def handle(connection: Connection, rows: Sequence[Row]) -> None:
        await note(connection, rows)
        raise ValueError

    await extend(store, 2)
    with pytest.raises(ValueError):  # noqa: PT011 - the handler's own
        await advance(pool, Subscription(name="board", handle=handle), "keha")

    assert await noted(pool) == []
    assert await position_of(pool, "board", "keha") == 0


async def test_one_process_at_a_time_has_a_ledger(store: EventStore, pool: Pool) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def handle(connection: Connection, rows: Sequence[Row]) -> None:
        entered.set()
        await leave.wait()

    board = Subscription(name="board", handle=handle)
    await extend(store, 1)
    first = asyncio.create_task(advance(pool, board, "keha"))
    await entered.wait()

    try:
        async with asyncio.timeout(10):
            assert await advance(pool, board, "keha") is None
    finally:
        leave.set()
    assert await first == 1
    assert await advance(pool, board, "keha") == 0


async def test_several_runners_follow_all_ledgers_without_doing_anything_twice(
    store: EventStore, pool: Pool, database: PostgresUrls, listener: Listener, seen: None
) -> None:
    board = Subscription(name="board", handle=note, batch=7)
    async with (
        asyncpg.create_pool(database.app, min_size=1, max_size=5) as other,
        running(pool, listener, board),
        running(other, listener, board),
        running(other, listener, board),
    ):
        for n in range(20):
            await extend(store, 5, f"s{n}")
        assert await wait_for(pool, "board", "keha", 100, seconds=20)

    assert await noted(pool) == list(range(1, 101))


async def test_a_runner_is_woken_by_a_notice(store: EventStore, pool: Pool, listener: Listener, seen: None) -> None:
    board = Subscription(name="board", handle=note)
    task = asyncio.create_task(run_subscriptions(pool, listener, [board], poll_seconds=60))
    await asyncio.sleep(0.2)
    begun = time.monotonic()

    await extend(store, 1)
    await wait_for(pool, "board", "keha", 1, seconds=30)
    await extend(store, 1)
    await wait_for(pool, "board", "keha", 2, seconds=30)

    assert time.monotonic() - begun < 10
    task.cancel()


async def test_an_event_that_comes_just_after_the_last_look_does_not_wait_for_the_poll(
    store: EventStore, pool: Pool, listener: Listener, seen: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = Subscription(name="board", handle=note)
    late = [1]

    async def look(pool: Pool, subscription: Subscription, ledger: str) -> int | None:
        handled = await advance(pool, subscription, ledger)
        if handled == 0 and late:
            heard = listener.count("keha")
            await extend(store, late.pop())
            await listener.wait(heard, 20, "keha")
            await asyncio.sleep(0.1)  # The notice finds the ledger still under way.
        return handled

    monkeypatch.setattr(subscribe, "advance", look)
    await extend(store, 1)
    task = asyncio.create_task(run_subscriptions(pool, listener, [board], poll_seconds=60))

    assert await wait_for(pool, "board", "keha", 2, seconds=20)
    task.cancel()


async def test_a_runner_without_notices_polls(
    store: EventStore, pool: Pool, database: PostgresUrls, seen: None
) -> None:
    async with running(pool, Listener(database.app), Subscription(name="board", handle=note)):
        await extend(store, 3)

        assert await wait_for(pool, "board", "keha", 3, seconds=10)


async def test_a_handler_that_fails_is_tried_again_and_hinders_no_other(
    store: EventStore, pool: Pool, listener: Listener, seen: None
) -> None:
    failures = iter([ValueError(), ValueError()])

    async def fails_twice(connection: Connection, rows: Sequence[Row]) -> None:
        if error := next(failures, None):
            raise error
        await note(connection, rows)

    async def ignore(connection: Connection, rows: Sequence[Row]) -> None:
        pass

    subscriptions = Subscription(name="board", handle=fails_twice), Subscription(name="mail", handle=ignore)
    async with running(pool, listener, *subscriptions):
        await extend(store, 1)

        assert await wait_for(pool, "mail", "keha", 1, seconds=5)
        assert await position_of(pool, "board", "keha") == 0
        assert await wait_for(pool, "board", "keha", 1, seconds=20)

    assert await noted(pool) == [1]


async def test_waiting_for_a_position_ends_at_the_time_limit(store: EventStore, pool: Pool) -> None:
    await extend(store, 1)

    assert not await wait_for(pool, "board", "keha", 1, seconds=0.05)


async def test_a_missing_position_stops_the_runner_and_is_named(
    store: EventStore, pool: Pool, listener: Listener, owner: Connection, seen: None
) -> None:
    board = Subscription(name="board", handle=note)
    await extend(store, 6)
    await owner.execute("ALTER TABLE log.event DISABLE TRIGGER event_is_never_changed")
    await owner.execute("DELETE FROM log.event WHERE position = 3")

    with pytest.raises(LogBroken, match="ledger keha: position 3 is missing, 4 follows 2"):
        async with asyncio.timeout(20):
            await run_subscriptions(pool, listener, [board])

    assert await noted(pool) == []


async def test_an_event_that_was_altered_below_the_checkpoint_is_noticed(
    store: EventStore, pool: Pool, owner: Connection, seen: None
) -> None:
    board = Subscription(name="board", handle=note)
    await extend(store, 3)
    await catch_up(pool, board, "keha")
    await owner.execute("ALTER TABLE log.event DISABLE TRIGGER event_is_never_changed")
    await owner.execute("UPDATE log.event SET body = '[]' WHERE position = 3")
    await extend(store, 1)

    with pytest.raises(LogBroken, match="the event at position 3 is not the one"):
        await catch_up(pool, board, "keha")


async def test_a_log_that_ends_before_the_checkpoint_stops_the_runner(
    store: EventStore, pool: Pool, listener: Listener, owner: Connection, seen: None
) -> None:
    board = Subscription(name="board", handle=note)
    await extend(store, 5)
    await catch_up(pool, board, "keha")
    await owner.execute("ALTER TABLE log.event DISABLE TRIGGER event_is_never_changed")
    await owner.execute("DELETE FROM log.event WHERE position > 2")

    with pytest.raises(LogBroken, match="board has followed it to position 5, but it ends at 2"):
        async with asyncio.timeout(20):
            await run_subscriptions(pool, listener, [board])
