"""The board's rows in Postgres: loaded for a batch of events, changed in memory, written back."""

import json
from collections.abc import Iterable, Sequence

from domain.events.envelope import Row
from projections import board, trail
from projections.table import Cells, DictTable
from services.eventstore.connections import Connection

# OFFSET 0 keeps a LATERAL subquery what it is, one index lookup a row, whatever the statistics say.
_LOAD = """
SELECT r.kind, r.key, r.row FROM unnest($3::text[], $4::text[]) AS wanted (kind, key) CROSS JOIN LATERAL (
    SELECT b.kind, b.key, b.row FROM app.board_row b
    WHERE b.ledger = $1 AND b.generation = $2 AND b.kind = wanted.kind AND b.key = wanted.key OFFSET 0
) AS r
"""
_WRITE = """
INSERT INTO app.board_row (ledger, generation, kind, key, slice, row)
SELECT $1, $2, w.kind, w.key, w.slice, w.row::jsonb
FROM unnest($3::text[], $4::text[], $5::text[], $6::text[]) AS w (kind, key, slice, row)
ON CONFLICT (ledger, generation, kind, key) DO UPDATE SET row = EXCLUDED.row
"""
_DELETE = """
DELETE FROM app.board_row b USING unnest($3::text[], $4::text[]) AS gone (kind, key)
WHERE b.ledger = $1 AND b.generation = $2 AND b.kind = gone.kind AND b.key = gone.key
"""
_ENTER = """
INSERT INTO app.trail_entry (ledger, generation, position, type, subject, unit, recorded_at, entry)
SELECT $1, $2, (e.entry ->> 'position')::bigint, e.entry ->> 'type', e.entry ->> 'subject', e.entry ->> 'unit',
    (e.entry ->> 'recorded_at')::timestamptz, e.entry
FROM (SELECT written::jsonb AS entry FROM unnest($3::text[]) AS w (written)) AS e
"""


class NotNeeded(LookupError):
    """A projection reads a row that was not loaded for its event: `board.key_of` is wrong about it."""


class LoadedTable(DictTable):
    """The rows that a batch of events needs; it notes what is written, and refuses to guess what it doesn't know."""

    def __init__(self, known: Iterable[tuple[str, str]]) -> None:
        """`known` are the keys that were looked up, whether there is a row or not."""
        super().__init__()
        self._known = set(known)
        self.changed: set[tuple[str, str]] = set()
        self.deleted: set[tuple[str, str]] = set()

    def fill(self, kind: str, key: str, row: Cells) -> None:
        """A row as it lies in Postgres."""
        super().put(kind, key, row)

    def get(self, kind: str, key: str) -> Cells | None:
        """The row, if it was looked up or written. Raises `NotNeeded`."""
        if (kind, key) not in self._known:
            raise NotNeeded(f"{kind} {key}")
        return super().get(kind, key)

    def put(self, kind: str, key: str, row: Cells) -> None:
        """Write the row, new or changed."""
        super().put(kind, key, row)
        self._known.add((kind, key))
        self.changed.add((kind, key))
        self.deleted.discard((kind, key))

    def delete(self, kind: str, key: str) -> None:
        """Take the row away, if it is there."""
        super().delete(kind, key)
        self._known.add((kind, key))
        self.changed.discard((kind, key))
        self.deleted.add((kind, key))


async def project(connection: Connection, generation: int, rows: Sequence[Row]) -> None:
    """Bring one generation's board and trail on by these events of one ledger, in the connection's transaction."""
    ledger = rows[0].ledger
    needed = {key for row in rows if (key := board.key_of(row.stream)) is not None}
    table = LoadedTable(needed)
    kinds, keys = [kind for kind, _ in needed], [key for _, key in needed]
    for record in await connection.fetch(_LOAD, ledger, generation, kinds, keys):
        table.fill(record["kind"], record["key"], json.loads(record["row"]))
    entered = [json.dumps(entry) for entry in trail.entries(rows, table)]
    changed = [(kind, key, board.slice_of(kind, key), json.dumps(table.get(kind, key))) for kind, key in table.changed]
    if changed:
        await connection.execute(_WRITE, ledger, generation, *map(list, zip(*changed, strict=True)))
    if table.deleted:
        await connection.execute(_DELETE, ledger, generation, *map(list, zip(*table.deleted, strict=True)))
    await connection.execute(_ENTER, ledger, generation, entered)
