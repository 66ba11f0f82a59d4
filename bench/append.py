"""Appending: against another event store, against a bare INSERT, and in a ledger that has grown long."""

import asyncio
import contextlib
import gc
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

import asyncpg

from bench.figures import Figure, number, ratio, spread
from bench.made import BODY, METADATA, TYPE, Client
from bench.other import STATE, other
from bench.server import postgres
from services.eventstore import Appended, Command, EventStore, migrate
from services.eventstore.append import Answer, OtherKey
from services.local import PostgresUrls

LEDGER = "keha"
POOL = 12  # As the service has it.
ROUNDS = 5
SECONDS = 1.0
LARGE = 1_000
LONG = 300_000
COMMANDS = {1: 150, 8: 300, 64: 100}
"""By the number of clients: how many commands each sends in a run."""
AGAINST_OTHER = {1: 1.5, 8: 5.0, 64: 12.0}
AGAINST_BARE, AGAINST_BARE_LARGE = 0.40, 0.55
GROWTH, GROWTH_COMMANDS = 1.5, 400


class Measured(EventStore):
    """The event store as it is, that counts its round trips."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        super().__init__(pool)
        self.batches: list[int] = []

    async def _send(self, ledger: str, batch: Sequence[Command]) -> list[Answer | OtherKey]:
        self.batches.append(len(batch))
        return await super()._send(ledger, batch)


async def rate(store: EventStore, clients: int, commands: int, events: int = 1) -> float:
    """Events a second that so many clients append with so many commands each, each waiting for its own answer.

    The commands are made before the clock runs.
    """
    made = []
    for n in range(clients):
        me = Client(f"{time.time_ns():x}-{n}")
        made.append([me.command(events) for _ in range(commands)])

    async def client(mine: list[Command]) -> None:
        for command in mine:
            answer = await store.append(LEDGER, command)
            if not isinstance(answer, Appended) or answer.repeated:
                raise RuntimeError(f"an append was answered with {answer}")

    # Commands that wait for their turn are no work for the collector in a service.
    gc.collect()
    gc.freeze()
    started = time.perf_counter()
    await asyncio.gather(*map(client, made))
    seconds = time.perf_counter() - started
    gc.unfreeze()
    return clients * commands * events / seconds


_COPY = "CREATE TABLE app.bare (LIKE log.event INCLUDING ALL)"
_COLUMNS = (
    ("ledger", "text"),
    ("position", "bigint"),
    ("stream", "text"),
    ("version", "bigint"),
    ("id", "bytea"),
    ("type", "text"),
    ("schema", "integer"),
    ("received_at", "timestamptz"),
    ("recorded_at", "timestamptz"),
    ("effective_at", "timestamptz"),
    ("command_id", "bytea"),
    ("nonce", "bytea"),
    ("body", "bytea"),
    ("metadata", "bytea"),
    ("request_digest", "bytea"),
    ("digest_key", "text"),
)
_INTO = f"INSERT INTO app.bare ({', '.join(name for name, _ in _COLUMNS)})"
_UNNEST = f"{_INTO} SELECT * FROM unnest({', '.join(f'${n}::{kind}[]' for n, (_, kind) in enumerate(_COLUMNS, 1))})"


def _values(rows: int) -> str:
    parameters = (", ".join(f"${row * len(_COLUMNS) + n}" for n in range(1, len(_COLUMNS) + 1)) for row in range(rows))
    return f"{_INTO} VALUES {', '.join(f'({each})' for each in parameters)}"


class Bare:
    """A multi-row INSERT of the same bytes into a copy of the event table with its indexes and checks.

    Nothing is looked up, locked or answered. Of its two forms, VALUES and arrays, each call measures one.
    The event table's triggers are by statement and not for INSERT, so they cost neither side anything.
    """

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._connection = connection
        self._position = count(1)

    def _rows(self, rows: int, *, same_command: bool) -> list[tuple[Any, ...]]:
        me = Client(f"bare-{time.time_ns():x}")
        made: list[tuple[Any, ...]] = []
        versions: dict[str, int] = {}
        while len(made) < rows:
            command = me.command(rows if same_command else 1)
            for event in command.events:
                versions[event.stream] = versions.get(event.stream, 0) + 1
                made.append(
                    (
                        LEDGER,
                        next(self._position),
                        event.stream,
                        versions[event.stream],
                        event.id,
                        TYPE,
                        1,
                        command.received_at,
                        datetime.now(UTC),
                        None,
                        command.command_id,
                        event.nonce,
                        BODY,
                        METADATA,
                        command.request_digest,
                        command.digest_key,
                    )
                )
        return made

    async def rate(self, form: str, rows: int, seconds: float, *, same_command: bool) -> float:
        """Rows a second with so many in a statement; the making of rows isn't counted."""
        statement = await self._connection.prepare(_UNNEST if form == "arrays" else _values(rows))
        spent, done = 0.0, 0
        while spent < seconds:
            made = self._rows(rows, same_command=same_command)
            started = time.perf_counter()
            if form == "arrays":
                await statement.fetch(*map(list, zip(*made, strict=True)))
            else:
                await statement.fetch(*(value for row in made for value in row))
            spent += time.perf_counter() - started
            done += rows
        return done / spent


async def run() -> list[Figure]:
    """All that is measured of appending."""
    async with postgres() as urls, asyncpg.create_pool(urls.app, min_size=1, max_size=POOL) as pool:
        store = Measured(pool)
        await store.create_ledger(LEDGER, demo=False)
        await rate(store, 64, COMMANDS[64])
        return [*await against_other(store, urls), *await against_bare(store, urls), *await growth(urls)]


async def against_other(store: Measured, urls: PostgresUrls) -> list[Figure]:
    """Single-event commands of so many clients, in turns with the package `eventsourcing`."""
    figures = []
    with other(urls.owner) as theirs:
        await asyncio.to_thread(theirs.rate, 8, SECONDS / 2)
        for clients, target in AGAINST_OTHER.items():
            a, b = [], []
            # One client waits for the disk and the scheduler most of the time: its runs differ most, so they are many.
            rounds, seconds = (8 * ROUNDS, SECONDS / 4) if clients == 1 else (ROUNDS, SECONDS)
            for _ in range(rounds):
                a.append(await rate(store, clients, COMMANDS[clients]))
                b.append(await asyncio.to_thread(theirs.rate, clients, seconds))
            figures.append(
                Figure(
                    name=f"append, {clients} client{'s'[: clients > 1]}, against eventsourcing",
                    value=ratio(a, b),
                    unit="times",
                    target=target,
                    note=f"{spread(a)} against {spread(b)} events/s, {STATE} bytes each",
                )
            )
    return figures


async def against_bare(store: Measured, urls: PostgresUrls) -> list[Figure]:
    """The same batches as a bare INSERT on one connection, in its faster form."""
    connection = await asyncpg.connect(urls.app)
    try:
        await connection.execute(_COPY)
        bare = Bare(connection)
        store.batches.clear()
        await rate(store, 64, COMMANDS[64])
        rows = round(statistics.mean(store.batches))
        figures = []
        for name, clients, commands, events, size, target in (
            (f"64 clients with 1 event, against bare INSERTs of {rows}", 64, COMMANDS[64], 1, rows, AGAINST_BARE),
            (f"commands of {LARGE} events, against bare INSERTs of {LARGE}", 1, 15, LARGE, LARGE, AGAINST_BARE_LARGE),
        ):
            a: list[float] = []
            forms: dict[str, list[float]] = {"arrays": [], "values": []}
            for _ in range(ROUNDS):
                a.append(await rate(store, clients, commands, events))
                for form, rates in forms.items():
                    rates.append(await bare.rate(form, size, SECONDS, same_command=events > 1))
            faster = max(forms, key=lambda form: statistics.median(forms[form]))
            b = forms[faster]
            figures.append(
                Figure(
                    name=name,
                    value=ratio(a, b),
                    unit="times",
                    target=target,
                    note=f"{spread(a)} against {spread(b)} events/s ({faster})",
                )
            )
        return figures
    finally:
        await connection.close()


async def growth(urls: PostgresUrls) -> list[Figure]:
    """The time of an append where there are 1,000 events and where there are 300,000, in turns on one server.

    No statistics are ever gathered in either database.
    """
    async with contextlib.AsyncExitStack() as pools:
        short = await pools.enter_async_context(_unanalysed(urls, "short"))
        long = await pools.enter_async_context(_unanalysed(urls, "long"))
        await _fill(short, LARGE)
        end = await _fill(long, LONG)
        clients = [(short, Client("short"), list[float]()), (long, Client("long"), list[float]())]
        for _ in range(GROWTH_COMMANDS):
            for store, client, times in clients:
                command = client.command()
                started = time.perf_counter()
                await store.append(LEDGER, command)
                times.append(time.perf_counter() - started)
    few, many = (statistics.median(times[GROWTH_COMMANDS // 10 :]) for _, _, times in clients)
    return [
        Figure(
            name=f"time of an append at {number(end)} events, by that at {number(LARGE)}",
            value=many / few,
            unit="times",
            target=GROWTH,
            at_most=True,
            note=f"{many * 1e3:.2f} ms by {few * 1e3:.2f} ms, never analysed",
        )
    ]


@contextlib.asynccontextmanager
async def _unanalysed(urls: PostgresUrls, name: str) -> AsyncIterator[EventStore]:
    """A store on a database of its own, whose tables autovacuum leaves alone."""
    await _as_owner(urls, f"CREATE DATABASE {name}")
    its = urls.for_database(name)
    await migrate(its.owner)
    for table in ("event", "disclosure", "head", "digest_key"):
        await _as_owner(its, f"ALTER TABLE log.{table} SET (autovacuum_enabled = false)")
    async with asyncpg.create_pool(its.app, min_size=1, max_size=POOL) as pool:
        store = EventStore(pool)
        await store.create_ledger(LEDGER, demo=False)
        yield store


async def _as_owner(urls: PostgresUrls, statement: str) -> None:
    owner = await asyncpg.connect(urls.owner)
    try:
        await owner.execute(statement)
    finally:
        await owner.close()


async def _fill(store: EventStore, events: int) -> int:
    """Lengthen the ledger to so many events."""
    filler = Client("filler")
    while (head := await store.head(LEDGER)) < events:
        await store.append(LEDGER, filler.command(min(LARGE, events - head)))
    return head
