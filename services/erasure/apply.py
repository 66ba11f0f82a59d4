"""Erasing again after a restore: a start applies the records that are kept outside the database (case 20, C18).

Where the event of an erasure is lost with the end of the log, only the owner of the database can apply it.
"""

from collections.abc import Sequence

import asyncpg
import structlog

from services.erasure.records import ErasureRecord, ErasureRecords
from services.erasure.remove import erase_copies, erase_disclosures, erase_files, hexes
from services.eventstore.connections import Pool
from services.evidence import EvidenceStore

_log = structlog.get_logger(__name__)

_CONFIRMED = """
SELECT true FROM log.event
WHERE ledger = $1 AND stream = $2 AND version = $3 AND position = $4 AND type = 'erasure-confirmed'
"""
_AGAIN = "SELECT log.erase_again($1, $2, $3, $4::bytea[])"
_APPLIED = "SELECT count(*) FROM log.erased_again WHERE ledger = $1 AND commitment = ANY ($2::bytea[])"


class LostErasures(RuntimeError):
    """The log lacks erasures that were confirmed: it was restored to an earlier point. Its words may be there again."""

    def __init__(self, records: Sequence[ErasureRecord]) -> None:
        """Name them."""
        names = ", ".join(f"{each.ledger}: {each.erasure} (position {each.position})" for each in records)
        super().__init__(f"erasures are lost with the end of the log, and are applied by the owner: {names}")
        self.records = tuple(records)


async def apply_erasures(
    pool: Pool, records: ErasureRecords, evidence: EvidenceStore, ledger: str, owner_url: str | None = None
) -> int:
    """Apply a ledger's records, and answer how many there are. Safe to repeat; cheap where nothing is to be done.

    `owner_url` is the database as its owner, for what a restore lost. Raises `LostErasures` without it.
    """
    count = 0
    lost: list[ErasureRecord] = []
    async for record in records.of(ledger):
        count += 1
        async with pool.acquire() as connection, connection.transaction():
            if await connection.fetchval(_CONFIRMED, ledger, record.stream, record.version, record.position):
                await erase_disclosures(connection, record)
            elif await connection.fetchval(_APPLIED, ledger, hexes(record)) < len(record.commitments):
                lost.append(record)
            await erase_copies(connection, record)
        await erase_files(evidence, record)
    if lost and owner_url is None:
        raise LostErasures(lost)
    if lost and owner_url is not None:
        await _apply_lost(owner_url, lost)
    return count


async def _apply_lost(owner_url: str, lost: Sequence[ErasureRecord]) -> None:
    owner: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(owner_url)
    try:
        for record in lost:
            await owner.execute(_AGAIN, record.ledger, record.erasure, record.position, hexes(record))
            _log.warning(
                "an erasure whose event is lost was applied again", ledger=record.ledger, erasure=record.erasure
            )
    finally:
        await owner.close()
