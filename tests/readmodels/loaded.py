"""Rows put into the log as they are, past the append: a recorded history, in a moment."""

from collections.abc import Iterable
from dataclasses import asdict, fields

import asyncpg

from domain.events.envelope import Row
from services.local import PostgresUrls

COLUMNS = (*(each.name for each in fields(Row)), "request_digest")


async def load(database: PostgresUrls, ledger: str, rows: Iterable[Row], *, demo: bool = True) -> None:
    """A ledger that holds exactly these rows."""
    owner = await asyncpg.connect(database.owner)
    try:
        await owner.execute("INSERT INTO log.head (ledger, demo) VALUES ($1, $2)", ledger, demo)
        records = ((*(asdict(row) | {"ledger": ledger}).values(), bytes(32)) for row in rows)
        await owner.copy_records_to_table("event", schema_name="log", columns=COLUMNS, records=records)
    finally:
        await owner.close()
