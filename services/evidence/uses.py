"""Which streams name which files, made from the log."""

from collections.abc import Mapping, Sequence

from domain.events.codec import EVENTS, decode
from domain.events.disclosed import disclosed, names
from domain.events.envelope import Row
from domain.values import File
from services.eventstore.connections import Connection
from services.eventstore.read import disclosures
from services.eventstore.subscribe import Subscription

_USE = "INSERT INTO app.file_use (ledger, commitment, stream, object) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"


_NAMING = frozenset(name for name, kind in EVENTS.items() if any(one is File for _, one in names(kind)))


async def _note_uses(connection: Connection, rows: Sequence[Row]) -> None:
    for row in rows:
        if row.type not in _NAMING:
            continue
        named = [
            bytes.fromhex(value) for kind, value in disclosed(decode(row.type, row.schema, row.body)) if kind is File
        ]
        for commitment, (_, manifest) in (await disclosures(connection, row.ledger, named)).items():
            if isinstance(manifest, Mapping):
                await connection.execute(_USE, row.ledger, commitment, row.stream, str(manifest["object"]))


FILE_USES = Subscription(name="file-uses", handle=_note_uses)
"""Follows what names files."""
