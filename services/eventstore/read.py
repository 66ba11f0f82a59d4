"""Reading the log: rows as they lie there, in the order of their positions."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime

import asyncpg
import orjson

from domain.canonical import Json
from domain.events.envelope import Row
from services.eventstore.connections import Connection, Pool

PAGE = 1_000

# OFFSET 0 keeps a LATERAL subquery what it is, one index lookup a row: flattened into a join it is planned from
# statistics, and where these are missing it scans the ledger.
# A range of positions and no LIMIT: without statistics, each page would fetch and sort the rest of the ledger.
_READ = """
SELECT ledger, position, stream, version, id, type, schema, received_at, recorded_at, effective_at, command_id, nonce,
    body, metadata
FROM log.event WHERE ledger = $1 AND position > $2::bigint AND position <= $2::bigint + $3::bigint ORDER BY position
"""
_READ_STREAMS = """
SELECT e.* FROM unnest($2::text[], $3::bigint[]) AS wanted (stream, after) CROSS JOIN LATERAL (
    SELECT ledger, position, stream, version, id, type, schema, received_at, recorded_at, effective_at, command_id,
        nonce, body, metadata
    FROM log.event e WHERE e.ledger = $1 AND e.stream = wanted.stream AND e.version > wanted.after
    ORDER BY e.version OFFSET 0
) AS e ORDER BY e.position
"""
# Names are of letters, digits and "/._-", which all come before "~".
_READ_UNDER = """
SELECT e.* FROM unnest($2::text[]) AS wanted (beginning) CROSS JOIN LATERAL (
    SELECT ledger, position, stream, version, id, type, schema, received_at, recorded_at, effective_at, command_id,
        nonce, body, metadata
    FROM log.event e
    WHERE e.ledger = $1 AND e.stream >= wanted.beginning AND e.stream < wanted.beginning || '~' AND e.position <= $3
    OFFSET 0
) AS e ORDER BY e.position
"""
_STREAM_VERSIONS = """
SELECT wanted.stream, coalesce((
    SELECT e.version FROM log.event e WHERE e.ledger = $1 AND e.stream = wanted.stream ORDER BY e.version DESC LIMIT 1
), 0) AS version
FROM unnest($2::text[]) AS wanted (stream)
"""
_POSITIONS = """
SELECT e.position, e.type FROM unnest($2::text[]) AS wanted (stream) CROSS JOIN LATERAL (
    SELECT e.position, e.type FROM log.event e
    WHERE e.ledger = $1 AND e.stream = wanted.stream AND e.position <= $3 ORDER BY e.version OFFSET 0
) AS e ORDER BY e.position
"""
_TYPED = """
SELECT position FROM log.event
WHERE ledger = $1 AND position BETWEEN $2 AND $3 AND type = ANY ($4::text[]) ORDER BY position
"""
# From one name to the next: a lookup a stream, where DISTINCT would read all events.
_STREAMS = """
WITH RECURSIVE streams (stream) AS (
    (SELECT stream FROM log.event WHERE ledger = $1 ORDER BY stream, version LIMIT 1)
    UNION ALL
    SELECT (
        SELECT e.stream FROM log.event e WHERE e.ledger = $1 AND e.stream > streams.stream
        ORDER BY e.stream, e.version LIMIT 1
    )
    FROM streams WHERE streams.stream IS NOT NULL
)
SELECT stream FROM streams WHERE stream IS NOT NULL
"""
_READ_AT = """
SELECT e.* FROM unnest($2::bigint[]) AS wanted (position) CROSS JOIN LATERAL (
    SELECT ledger, position, stream, version, id, type, schema, received_at, recorded_at, effective_at, command_id,
        nonce, body, metadata
    FROM log.event e WHERE e.ledger = $1 AND e.position = wanted.position OFFSET 0
) AS e ORDER BY e.position
"""
_HEAD = "SELECT position FROM log.event WHERE ledger = $1 ORDER BY position DESC LIMIT 1"
# Positions are in the order of `recorded_at`, so halving finds the place, without an index on the time.
_RECORDED_UNTIL = """
WITH RECURSIVE halving (low, high) AS (
    SELECT 0::bigint, coalesce((SELECT position FROM log.event WHERE ledger = $1 ORDER BY position DESC LIMIT 1), 0)
    UNION ALL
    SELECT CASE WHEN early THEN middle ELSE low END, CASE WHEN early THEN high ELSE middle - 1 END
    FROM (
        SELECT low, high, (low + high + 1) / 2 AS middle,
            (
                SELECT e.recorded_at <= $2 FROM log.event e
                WHERE e.ledger = $1 AND e.position <= (low + high + 1) / 2 ORDER BY e.position DESC LIMIT 1
            ) AS early
        FROM halving WHERE low < high
    ) AS probe
)
SELECT low FROM halving WHERE low = high
"""
_LEDGERS = "SELECT ledger, demo FROM log.head ORDER BY ledger"
_DISCLOSURES = """
SELECT d.commitment, d.value FROM unnest($2::bytea[]) AS wanted (commitment) CROSS JOIN LATERAL (
    SELECT d.commitment, d.value FROM log.disclosure d WHERE d.ledger = $1 AND d.commitment = wanted.commitment OFFSET 0
) AS d
"""
_SALTED = """
SELECT d.commitment, d.salt, d.value FROM unnest($2::bytea[]) AS wanted (commitment) CROSS JOIN LATERAL (
    SELECT d.commitment, d.salt, d.value FROM log.disclosure d
    WHERE d.ledger = $1 AND d.commitment = wanted.commitment OFFSET 0
) AS d
"""


class LogBroken(RuntimeError):
    """The log isn't what it was or must be: a position is missing, or a kept digest differs. Nothing follows it on."""


async def read(connection: Connection | Pool, ledger: str, after: int, limit: int = PAGE) -> list[Row]:
    """The events behind position `after`, at most `limit`. Raises `LogBroken` if they don't follow each other."""
    rows = await page(connection, ledger, after, limit)
    if not rows and limit > 0 and await head(connection, ledger) > after:
        # Something is there: it came just now, or so much is missing that the page lies within the gap.
        rows = await page(connection, ledger, after, limit)
        if not rows:
            raise LogBroken(f"ledger {ledger}: position {after + 1} is missing, but later ones are there")
    for expected, row in enumerate(rows, start=after + 1):
        if row.position != expected:
            raise LogBroken(f"ledger {ledger}: position {expected} is missing, {row.position} follows {expected - 1}")
    return rows


async def page(connection: Connection | Pool, ledger: str, after: int, limit: int = PAGE) -> list[Row]:
    """The events at the next `limit` positions behind `after`, as they lie there, whatever is missing."""
    return [row_of(record) for record in await connection.fetch(_READ, ledger, after, limit)]


async def pages(
    connection: Connection | Pool, ledger: str, after: int = 0, until: int | None = None
) -> AsyncIterator[list[Row]]:
    """The events behind `after`, up to and with `until` (or all that there are), a page a time; none is empty."""
    while until is None or after < until:
        rows = await read(connection, ledger, after, PAGE if until is None else min(PAGE, until - after))
        if not rows:
            return
        yield rows
        after = rows[-1].position


async def stream_all(pool: Pool, ledger: str, after: int = 0, until: int | None = None) -> AsyncIterator[Row]:
    """The events behind `after`, up to and with `until` (or all that there are), fetched in pages."""
    async for rows in pages(pool, ledger, after, until):
        for row in rows:
            yield row


async def read_streams(connection: Connection | Pool, ledger: str, after: Mapping[str, int]) -> list[Row]:
    """The events of several streams, each behind the version that is given for it, by position; in one query."""
    return [
        row_of(record) for record in await connection.fetch(_READ_STREAMS, ledger, list(after), list(after.values()))
    ]


async def read_under(connection: Connection | Pool, ledger: str, beginnings: Iterable[str], until: int) -> list[Row]:
    """The events of all streams whose names begin with one of these, up to and with position `until`, in order.

    One query, that reads no other events. No beginning may be that of another.
    """
    return [row_of(record) for record in await connection.fetch(_READ_UNDER, ledger, list(beginnings), until)]


async def positions_of(
    connection: Connection | Pool, ledger: str, streams: Iterable[str], until: int
) -> list[tuple[int, str]]:
    """Position and type of the events of several streams, up to and with position `until`, in order."""
    return [
        (record["position"], record["type"])
        for record in await connection.fetch(_POSITIONS, ledger, list(streams), until)
    ]


async def positions_of_types(
    connection: Connection | Pool, ledger: str, types: Iterable[str], first: int, last: int
) -> list[int]:
    """The positions from `first` to `last` whose events are of some types, in order."""
    return [record["position"] for record in await connection.fetch(_TYPED, ledger, first, last, list(types))]


async def streams(connection: Connection | Pool, ledger: str) -> list[str]:
    """The names of all streams of a ledger, sorted by their bytes."""
    return [record["stream"] for record in await connection.fetch(_STREAMS, ledger)]


async def read_at(connection: Connection | Pool, ledger: str, positions: Sequence[int]) -> list[Row]:
    """The events at these positions, in order. Raises `LogBroken` if one is missing."""
    rows = [row_of(record) for record in await connection.fetch(_READ_AT, ledger, list(positions))]
    if len(rows) < len(positions):
        missing = min(set(positions) - {row.position for row in rows})
        raise LogBroken(f"ledger {ledger}: position {missing} is missing")
    return rows


async def stream_versions(connection: Connection | Pool, ledger: str, streams: Iterable[str]) -> dict[str, int]:
    """How many events each stream has."""
    return {
        record["stream"]: record["version"]
        for record in await connection.fetch(_STREAM_VERSIONS, ledger, list(streams))
    }


async def head(connection: Connection | Pool, ledger: str) -> int:
    """The last position; 0 in an empty ledger."""
    return int(await connection.fetchval(_HEAD, ledger) or 0)


async def recorded_until(connection: Connection | Pool, ledger: str, instant: datetime) -> int:
    """The last position that was recorded at `instant` or before; 0 if there is none."""
    return int(await connection.fetchval(_RECORDED_UNTIL, ledger, instant))


async def ledgers(connection: Connection | Pool) -> dict[str, bool]:
    """All ledgers, and whether each is a demo."""
    return {record["ledger"]: record["demo"] for record in await connection.fetch(_LEDGERS)}


async def disclosures(
    connection: Connection | Pool, ledger: str, commitments: Iterable[bytes]
) -> dict[bytes, tuple[str, Json]]:
    """What the commitments open to: (kind, value). Those that were erased are absent."""
    opened: dict[bytes, tuple[str, Json]] = {}
    wanted = list(dict.fromkeys(commitments))
    for start in range(0, len(wanted), PAGE):
        for record in await connection.fetch(_DISCLOSURES, ledger, wanted[start : start + PAGE]):
            opened[record["commitment"]] = _kind_and_value(record["value"])
    return opened


async def salted_disclosures(
    connection: Connection | Pool, ledger: str, commitments: Iterable[bytes]
) -> dict[bytes, tuple[bytes, bytes]]:
    """Salt and canonical bytes of each disclosure, for exports that prove it. Those that were erased are absent."""
    opened: dict[bytes, tuple[bytes, bytes]] = {}
    wanted = list(dict.fromkeys(commitments))
    for start in range(0, len(wanted), PAGE):
        for record in await connection.fetch(_SALTED, ledger, wanted[start : start + PAGE]):
            opened[record["commitment"]] = (record["salt"], record["value"])
    return opened


def row_of(record: asyncpg.Record) -> Row:
    """A record of the table `event` as the domain's row."""
    return Row(**record)


def _kind_and_value(text: bytes) -> tuple[str, Json]:
    # A page opens hundreds. Whether these are the bytes that were committed to, the seal and the verifier look.
    try:
        kind, value = orjson.loads(text)
    except ValueError as error:
        raise LogBroken("a disclosure that isn't [kind, value]") from error
    return str(kind), value
