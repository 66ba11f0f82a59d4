"""What a call reads does not grow with the ledger, also before any ANALYZE: counted in pages, not in time."""

import json
from typing import Any, cast

import pytest

from eventstore.made import command, disclosure, event
from services.eventstore import EventStore, erased, read
from services.eventstore.append import append_batch
from services.eventstore.connections import Connection, Pool
from services.eventstore.requests import _STORED


@pytest.fixture
async def unanalysed(owner: Connection) -> None:
    """Statistics that autovacuum gathered meanwhile would hide what a plan does without them."""
    for table in ("event", "disclosure", "head", "digest_key"):
        await owner.execute(f"ALTER TABLE log.{table} SET (autovacuum_enabled = false)")


async def fill(store: EventStore, events: int) -> None:
    """Lengthen a ledger, one stream of it and its disclosures as much."""
    version = (await store.stream_versions("keha", ["bulk"]))["bulk"]
    while version < events:
        said = tuple(disclosure("words", "said") for _ in range(500))
        bulk = [event("bulk", words.commitment, body=b"b" * 300) for words in said]
        await store.append("keha", command(*bulk, on={"bulk": version}, disclosures=said))
        version += 500


async def explained(connection: Connection, query: str, arguments: tuple[object, ...]) -> dict[str, Any]:
    """The plan for whatever parameters, as it ran."""
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    (row,) = await connection.fetch(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}", *arguments)
    plan: dict[str, Any] = json.loads(row[0])[0]["Plan"]
    return plan


def pages(plan: dict[str, Any]) -> int:
    """How many pages of tables and indexes were asked for, those of called functions included."""
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


class Explaining:
    """Stands where a connection stands, and counts the pages of what runs."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.pages = 0

    async def fetch(self, query: str, *arguments: object) -> list[object]:
        self.pages += pages(await explained(self.connection, query, arguments))
        return []


async def pages_of_appends(store: EventStore, connection: Connection) -> int:
    """How many pages twenty commands need that write a new stream, read the long one, disclose, and come twice."""
    bulk = (await store.stream_versions("keha", ["bulk"]))["bulk"]
    explaining = Explaining(connection)
    for n in range(20):
        words, stream = disclosure("words", "said"), f"s{bulk}-{n}"
        one = command(event(stream, words.commitment), on={stream: 0, "bulk": bulk}, disclosures=(words,))
        await append_batch(cast("Connection", explaining), "keha", [one])
        await append_batch(cast("Connection", explaining), "keha", [one])
    return explaining.pages


@pytest.mark.parametrize("first", ["", "ANALYZE", "VACUUM"])
async def test_an_append_reads_as_much_in_a_long_ledger_as_in_a_short_one(
    store: EventStore, pool: Pool, owner: Connection, unanalysed: None, first: str
) -> None:
    if first:
        words = disclosure("words", "said")
        await store.append("keha", command(event("a", words.commitment), on={"a": 0}, disclosures=(words,)))
        await owner.execute(f"{first} log.event, log.disclosure")
    async with pool.acquire() as connection:
        await pages_of_appends(store, connection)  # The first calls read the catalogue, and plan for what there is.
        await fill(store, 500)
        short = await pages_of_appends(store, connection)
        await fill(store, 20_000)
        long = await pages_of_appends(store, connection)

    assert short > 0
    # A level more in each index, at most.
    assert long < short * 2


@pytest.mark.parametrize(
    ("query", "arguments", "most"),
    [
        (read._READ, ("keha", 10, 5), 10),
        (read._READ_STREAMS, ("keha", ["bulk", "none"], [1_990, 0]), 20),
        (read._READ_UNDER, ("keha", ["bul", "none"], 10), 200),
        (read._READ_UNDER, ("keha", ["bulk/", "none"], 1_990), 12),
        (read._STREAM_VERSIONS, ("keha", ["bulk", "none"]), 12),
        (read._POSITIONS, ("keha", ["bulk", "none"], 10), 200),
        (read._READ_AT, ("keha", [3, 1_990]), 16),
        (read._TYPED, ("keha", 10, 20, ["none"]), 10),
        (read._STREAMS, ("keha",), 16),
        (read._HEAD, ("keha",), 6),
        (read._DISCLOSURES, ("keha", [b"?" * 32]), 6),
        (read._RECORDED_UNTIL, ("keha", "half"), 80),
        (_STORED, ("keha", b"?" * 16), 12),
        (erased._ERASED, ("keha", [b"?" * 32]), 8),
    ],
    ids=[
        "read",
        "read_streams",
        "read_under",
        "read_under_none",
        "stream_versions",
        "positions",
        "read_at",
        "typed",
        "streams",
        "head",
        "disclosures",
        "recorded_until",
        "stored",
        "erased_by",
    ],
)
async def test_a_query_looks_up_in_indexes_only(
    store: EventStore, pool: Pool, unanalysed: None, query: str, arguments: tuple[object, ...], most: int
) -> None:
    await fill(store, 2_000)
    half = (await store.read("keha", 999, 1))[0].recorded_at

    async with pool.acquire() as connection:
        plan = await explained(connection, query, tuple(half if each == "half" else each for each in arguments))

    assert pages(plan) <= most
    assert '"Seq Scan"' not in json.dumps(plan)


async def test_the_last_position_at_an_instant_is_found(store: EventStore) -> None:
    await fill(store, 1_500)
    rows = [row async for row in store.stream_all("keha")]

    assert await store.recorded_until("keha", rows[-1].recorded_at) == 1_500
    assert await store.recorded_until("keha", rows[0].recorded_at) == 500
    assert await store.recorded_until("keha", rows[600].recorded_at) == 1_000
    assert await store.recorded_until("keha", rows[0].received_at.replace(year=2020)) == 0
    assert await store.recorded_until("try", rows[0].recorded_at) == 0
