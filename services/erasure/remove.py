"""What an erasure takes beside the disclosures: files, uploads, their uses, sign-in index. The same live and after a
restore.
"""

from services.erasure.records import ErasureRecord
from services.eventstore.connections import Connection
from services.evidence import EvidenceStore

_ERASE = "SELECT log.erase($1, $2, $3, $4::bytea[])"
_USES = "DELETE FROM app.file_use WHERE ledger = $1 AND commitment = ANY ($2::bytea[])"
_UPLOADS = "DELETE FROM app.upload WHERE ledger = $1 AND object = ANY ($2::text[])"
_IDENTITIES = "DELETE FROM app.identity WHERE ledger = $1 AND person = ANY ($2::text[])"


async def erase_disclosures(connection: Connection, record: ErasureRecord) -> None:
    """Delete the disclosures of a confirmed erasure. Raises `asyncpg.PostgresError` where the log refuses it."""
    await connection.execute(_ERASE, record.ledger, record.stream, record.version, hexes(record))


async def erase_copies(connection: Connection, record: ErasureRecord) -> None:
    """Delete what the service keeps of it in tables of its own."""
    await connection.execute(_USES, record.ledger, hexes(record))
    await connection.execute(_UPLOADS, record.ledger, list(record.objects))
    await connection.execute(_IDENTITIES, record.ledger, list(record.people))


async def erase_files(evidence: EvidenceStore, record: ErasureRecord) -> None:
    """Delete its files. Raises what the store raises; a file that isn't there is gone already."""
    await evidence.erase(record.objects)


def hexes(record: ErasureRecord) -> list[bytes]:
    """The commitments as bytes."""
    return [bytes.fromhex(each) for each in record.commitments]
