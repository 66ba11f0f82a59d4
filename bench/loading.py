"""Rows put into the log as they are, past the append: a long ledger in half a minute."""

from collections.abc import Iterable
from dataclasses import fields
from operator import attrgetter

import asyncpg

from domain.events.envelope import Row
from services.local import PostgresUrls

_COLUMNS = tuple(each.name for each in fields(Row) if each.name != "ledger")
_cells = attrgetter(*_COLUMNS)


async def load(urls: PostgresUrls, ledger: str, rows: Iterable[Row], *, demo: bool = True) -> None:
    """Make a ledger that holds exactly these rows, by the owner's COPY; statistics as autovacuum would gather them."""
    owner = await asyncpg.connect(urls.owner)
    try:
        await owner.execute("INSERT INTO log.head (ledger, demo) VALUES ($1, $2)", ledger, demo)
        records = ((ledger, *_cells(row), bytes(32)) for row in rows)
        columns = ("ledger", *_COLUMNS, "request_digest")
        await owner.copy_records_to_table("event", schema_name="log", columns=columns, records=records)
        await owner.execute("ANALYZE log.event")
    finally:
        await owner.close()
