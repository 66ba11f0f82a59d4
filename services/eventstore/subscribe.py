"""Subscriptions: one mechanism for all that follows the log.

A checkpoint a subscription and ledger says how far it has come. Whatever the handler writes with the connection it is
given is committed together with the checkpoint, so an event takes effect there exactly once; an effect elsewhere (a
mail, a signal) may be repeated after a crash and needs a key by which it is known again.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import asyncpg
import structlog

from domain.events.envelope import Row, leaf
from services.eventstore.connections import Connection, Pool
from services.eventstore.notices import Listener
from services.eventstore.read import LogBroken, head, read

POLL_SECONDS = 1.0
AT_ONCE = 4
"""How many ledgers a process works on at a time: each holds a connection of the pool."""
LONGEST_PAUSE_SECONDS = 60.0

_log = structlog.get_logger(__name__)

# Unequal, not behind: a checkpoint beyond the end of the log must be noticed, too. What lies in an access ledger is
# of interest to nobody who follows (`is_access_ledger`).
_LAGGING = """
SELECT wanted.name, h.ledger FROM unnest($1::text[]) AS wanted (name) CROSS JOIN log.head h
WHERE coalesce((SELECT e.position FROM log.event e WHERE e.ledger = h.ledger ORDER BY e.position DESC LIMIT 1), 0)
    <> coalesce((SELECT s.position FROM app.subscription s WHERE s.name = wanted.name AND s.ledger = h.ledger), 0)
    AND h.ledger NOT LIKE '%.access'
"""
_BEGIN = "INSERT INTO app.subscription (name, ledger, position) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING"
# Whoever finds it locked leaves it to the process that has it.
_CLAIM = """
SELECT position, event_digest FROM app.subscription WHERE name = $1 AND ledger = $2 FOR UPDATE SKIP LOCKED
"""
_MOVE = """
UPDATE app.subscription SET position = $3, event_digest = $4, moved_at = clock_timestamp()
WHERE name = $1 AND ledger = $2
"""
_POSITION = "SELECT position FROM app.subscription WHERE name = $1 AND ledger = $2"

Handle = Callable[[Connection, Sequence[Row]], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Who follows: `handle` gets the next events of one ledger, at most `batch`, in order, in an open transaction."""

    name: str
    handle: Handle
    batch: int = 500


async def advance(pool: Pool, subscription: Subscription, ledger: str) -> int | None:
    """Handle the next batch of a ledger, and answer how many events it had; None if another process is at it.

    Raises `LogBroken`, or what the handler raises; then the checkpoint stays where it was.
    """
    async with pool.acquire() as connection:
        handled = await _advance(connection, subscription, ledger)
        # No row to claim: it is taken, or this is the first time.
        if handled is None and await connection.execute(_BEGIN, subscription.name, ledger) == "INSERT 0 1":
            handled = await _advance(connection, subscription, ledger)
        return handled


async def _advance(connection: Connection, subscription: Subscription, ledger: str) -> int | None:
    async with connection.transaction(isolation="read_committed"):
        place = await connection.fetchrow(_CLAIM, subscription.name, ledger)
        if place is None:
            return None
        rows = await _behind(connection, subscription, ledger, place)
        if rows:
            await subscription.handle(connection, rows)
            await connection.execute(_MOVE, subscription.name, ledger, rows[-1].position, leaf(rows[-1]))
        return len(rows)


async def _behind(
    connection: Connection, subscription: Subscription, ledger: str, place: asyncpg.Record
) -> Sequence[Row]:
    position: int = place["position"]
    if position == 0:
        return await read(connection, ledger, 0, subscription.batch)
    # The last event that was handled is read again: it must still be the same.
    rows = await read(connection, ledger, position - 1, subscription.batch + 1)
    if not rows:
        raise LogBroken(
            f"ledger {ledger}: subscription {subscription.name} has followed it to position {position}, "
            f"but it ends at {await head(connection, ledger)}"
        )
    if leaf(rows[0]) != place["event_digest"]:
        raise LogBroken(
            f"ledger {ledger}: the event at position {position} is not the one that subscription "
            f"{subscription.name} has handled"
        )
    return rows[1:]


async def catch_up(pool: Pool, subscription: Subscription, ledger: str) -> None:
    """Handle all events that a ledger has by now, here or in the process that is at it."""
    until = await head(pool, ledger)
    while await position_of(pool, subscription.name, ledger) < until:
        if await advance(pool, subscription, ledger) is None:
            await asyncio.sleep(0.02)


async def position_of(pool: Pool, name: str, ledger: str) -> int:
    """How far a subscription has come in a ledger."""
    return int(await pool.fetchval(_POSITION, name, ledger) or 0)


async def wait_for(pool: Pool, name: str, ledger: str, position: int, seconds: float) -> bool:
    """Wait until a subscription has handled `position`, at most so many seconds. False: it has not."""
    end = time.monotonic() + seconds
    pause = 0.005
    while await position_of(pool, name, ledger) < position:
        left = end - time.monotonic()
        if left <= 0:
            return False
        await asyncio.sleep(min(pause, left))
        pause = min(pause * 1.5, 0.1)
    return True


async def run_subscriptions(
    pool: Pool, listener: Listener, subscriptions: Sequence[Subscription], poll_seconds: float = POLL_SECONDS
) -> None:
    """Follow all ledgers, until cancelled. Any number of processes may do so at once.

    A handler that fails is tried again, ever less often. A log that is not what it was stops everything: raises
    `LogBroken`, for somebody must look.
    """
    follower = _Follower(pool, listener, {subscription.name: subscription for subscription in subscriptions})
    try:
        async with asyncio.TaskGroup() as group:
            while True:
                seen = listener.count()
                await follower.start(group)
                await listener.wait(seen, poll_seconds)
    except BaseExceptionGroup as group:
        first: BaseException | None = group.subgroup(LogBroken)
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first or group from None


@dataclass(frozen=True, slots=True)
class _Follower:
    pool: Pool
    listener: Listener
    subscriptions: dict[str, Subscription]
    under_way: set[tuple[str, str]] = field(default_factory=set)
    # What failed: how long it rests, and until when.
    resting: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def start(self, group: asyncio.TaskGroup) -> None:
        """Begin with each ledger and subscription that lags, isn't begun, and needn't rest."""
        try:
            lagging = await self.pool.fetch(_LAGGING, list(self.subscriptions))
        except Exception as error:  # noqa: BLE001 (the database is away; it is looked at again)
            _log.warning("the ledgers can't be looked at", error=repr(error))
            return
        for name, ledger in lagging:
            _, until = self.resting.get((name, ledger), (0.0, 0.0))
            if (name, ledger) not in self.under_way and time.monotonic() >= until:
                self.under_way.add((name, ledger))
                group.create_task(self._follow(name, ledger))

    async def _follow(self, name: str, ledger: str) -> None:
        moved = False
        try:
            async with self.slots:
                while await advance(self.pool, self.subscriptions[name], ledger):
                    moved = True
                    self.resting.pop((name, ledger), None)
        except LogBroken:
            _log.exception("the log is broken", subscription=name, ledger=ledger)
            raise
        except Exception as error:  # noqa: BLE001 (a handler may raise anything, and the other ledgers go on)
            pause, _ = self.resting.get((name, ledger), (0.5, 0.0))
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            self.resting[name, ledger] = (pause, time.monotonic() + pause)
            _log.error("a handler failed", subscription=name, ledger=ledger, pause=pause, exc_info=error)
        finally:
            self.under_way.discard((name, ledger))
            if moved:
                # An event may have come after the last look and before now, and its notice was passed over.
                self.listener.ring()
