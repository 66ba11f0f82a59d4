"""Reading the read models' tables."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import asyncpg
import orjson

from projections.agreements import AGREEMENT, ORGANISATION
from projections.cycles import CYCLE, DEVIATION, LATE, LINK
from projections.rounds import ROUND
from projections.summary import version_for
from projections.table import Cells, DictTable
from services.eventstore.connections import Connection
from services.readmodels.follow import NAME, generation_of

Fetch: TypeAlias = Callable[[Connection, str, int], Awaitable[DictTable]]
"""Fetches rows of one generation of a ledger's board."""

INBOX = [AGREEMENT, ORGANISATION, ROUND, CYCLE, DEVIATION, LATE, LINK]
"""What every inbox needs, of whatever year; there are few of them."""

_POSITION = "SELECT position FROM app.subscription WHERE name = $1 AND ledger = $2"
_ALL = "SELECT kind, key, row FROM app.board_row WHERE ledger = $1 AND generation = $2"
_SLICES = "SELECT kind, key, row FROM app.board_row WHERE ledger = $1 AND generation = $2 AND slice = ANY($3)"
_KINDS = "SELECT kind, key, row FROM app.board_row WHERE ledger = $1 AND generation = $2 AND kind = ANY($3)"
_TRAIL = """
SELECT entry FROM app.trail_entry
WHERE ledger = $1 AND generation = $2 AND {behind}
    AND ($5::text IS NULL OR entry -> 'people' ? $5)
    AND ($6::text IS NULL OR unit = $6)
    AND ($7::text IS NULL OR subject = $7)
    AND ($8::text IS NULL OR type = $8)
    AND ($9::timestamptz IS NULL OR recorded_at >= $9)
    AND ($10::timestamptz IS NULL OR recorded_at < $10)
    AND ($11::text[] IS NULL OR subject = ANY($11) OR entry ->> 'stream' LIKE 'rrf/%')
    AND ($12::text IS NULL OR strpos(type, $12) > 0
        OR entry -> 'people' ?| $13::text[] OR unit = ANY($14::text[]) OR subject = ANY($15::text[]))
ORDER BY position {order} LIMIT $4
"""
_OLDEST_FIRST = _TRAIL.format(behind="position > $3", order="ASC")
_NEWEST_FIRST = _TRAIL.format(behind="($3 = 0 OR position < $3)", order="DESC")


async def place(connection: Connection, ledger: str) -> tuple[int, int]:
    """How far a ledger's read models have come, and which generation serves."""
    position = await connection.fetchval(_POSITION, NAME, ledger)
    return int(position or 0), await generation_of(connection, ledger)


async def all_rows(connection: Connection, ledger: str, generation: int) -> DictTable:
    """The whole board."""
    return _table(await connection.fetch(_ALL, ledger, generation))


def of_year(year: int) -> Fetch:
    """What the board of a year needs: its own rows, and those of the agreement's versions that it stands under."""

    async def fetch(connection: Connection, ledger: str, generation: int) -> DictTable:
        table = _table(await connection.fetch(_SLICES, ledger, generation, ["", str(year)]))
        return _table(await connection.fetch(_SLICES, ledger, generation, versions_of(table, year)), table)

    return fetch


def versions_of(table: DictTable, year: int) -> list[str]:
    """The agreement's versions under which a year's rounds stand."""
    rounds = [each["version"] for each in table.of(ROUND).values()]
    return sorted({version for version in [*rounds, version_for(table, year)] if version is not None})


async def for_inboxes(connection: Connection, ledger: str, generation: int) -> DictTable:
    """What inboxes need: the rows of the years in which something is open, and what outlasts a year."""
    table = _table(await connection.fetch(_KINDS, ledger, generation, INBOX))
    years = [str(year) for year in open_years(table)]
    return _table(await connection.fetch(_SLICES, ledger, generation, years), table)


def open_years(table: DictTable) -> list[int]:
    """The years in which something is open."""
    years = {int(key) for key, cycle in table.of(CYCLE).items() if cycle["stage"] != "closed"}
    # Who prepared an item may not close its deviation, however old that is.
    years |= {int(each["year"]) for each in table.of(DEVIATION).values() if each["state"] != "closed"}
    return sorted(years)


async def entries(
    connection: Connection,
    ledger: str,
    generation: int,
    after: int,
    limit: int,
    wanted: tuple[object, ...],
    *,
    newest: bool = False,
) -> list[Cells]:
    """Entries of the trail behind `after`; those before it, from the end on, if the newest come first.

    `wanted` are person, unit, subject, type, since, until, the subjects that count for the recovery facility; and of a
    search the part of a type, people, units and subjects; each or None.
    """
    query = _NEWEST_FIRST if newest else _OLDEST_FIRST
    records = await connection.fetch(query, ledger, generation, after, limit, *wanted)
    return [orjson.loads(each["entry"]) for each in records]


async def linked(connection: Connection, ledger: str, generation: int) -> set[str]:
    """The subjects that count for a measure of the recovery facility."""
    links = _table(await connection.fetch(_KINDS, ledger, generation, [LINK])).of(LINK)
    return {link["subject"] for link in links.values()}


def _table(records: list[asyncpg.Record], table: DictTable | None = None) -> DictTable:
    found = DictTable() if table is None else table
    for record in records:
        found.put(record["kind"], record["key"], orjson.loads(record["row"]))
    return found
