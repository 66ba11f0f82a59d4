"""Erasing again after a restore: a start applies the records that are kept outside the database (case 20, C18).

Where the event of an erasure is lost with the end of the log, only the owner of the database can apply it.
"""

from collections.abc import Sequence

import asyncpg
import structlog

from domain.events.envelope import leaf
from services.erasure.records import ErasureRecord, ErasureRecords
from services.erasure.remove import erase_copies, erase_disclosures, erase_files, erase_unsaved, hexes
from services.eventstore.append import is_refusal
from services.eventstore.connections import Connection, Pool
from services.eventstore.read import head, read
from services.evidence import EvidenceStore

_log = structlog.get_logger(__name__)

_AGAIN = "SELECT log.erase_again($1, $2, $3, $4::bytea[])"
_APPLIED = "SELECT count(*) FROM log.erased_again WHERE ledger = $1 AND commitment = ANY ($2::bytea[])"


class LostErasures(RuntimeError):
    """The log lacks erasures that were confirmed: it was restored to an earlier point."""

    def __init__(self, records: Sequence[ErasureRecord]) -> None:
        """Name them."""
        names = ", ".join(f"{each.ledger}: {each.erasure} (position {each.position})" for each in records)
        super().__init__(
            f"These erasures are lost with the end of the log, and what they took may be there again: {names}"
        )
        self.records = tuple(records)


async def apply_erasures(
    pool: Pool, records: ErasureRecords, evidence: EvidenceStore, ledger: str, owner_url: str | None = None
) -> int:
    """Apply a ledger's records, and answer how many there are. Safe to repeat; cheap where nothing is to be done.

    `owner_url` is the database as its owner, for what a restore lost; without it raises `LostErasures`. Raises
    `ValueError` where a record isn't whole.
    """
    lost: list[ErasureRecord] = []
    waiting: list[ErasureRecord] = []
    found = [record async for record in records.of(ledger)]
    for record in found:
        async with pool.acquire() as connection:
            if await _stands(connection, record):
                if not await _erased(connection, record):
                    waiting.append(record)
            elif await connection.fetchval(_APPLIED, ledger, hexes(record)) < len(record.commitments):
                lost.append(record)
    if lost and owner_url is not None:
        await _apply_lost(owner_url, lost)
        lost = []
    for record in found:
        if record not in waiting:
            async with pool.acquire() as connection, connection.transaction():
                await erase_copies(connection, record)
            await erase_files(evidence, record)
    if lost:
        raise LostErasures(lost)
    return len(found)


async def _stands(connection: Connection, record: ErasureRecord) -> bool:
    """Whether the event of a record is in the log."""
    stood = await head(connection, record.ledger) >= record.position
    return stood and leaf((await read(connection, record.ledger, record.position - 1, 1))[0]).hex() == record.leaf


async def _erased(connection: Connection, record: ErasureRecord) -> bool:
    """Delete the disclosures. False: the log refuses it, as it did before: it was never carried out, and waits."""
    try:
        async with connection.transaction():
            await erase_unsaved(connection, record)
            await erase_disclosures(connection, record)
    except asyncpg.PostgresError as error:
        if not is_refusal(error):
            raise
        _log.warning("an erasure waits", ledger=record.ledger, erasure=record.erasure, why=str(error))
        return False
    return True


async def _apply_lost(owner_url: str, lost: Sequence[ErasureRecord]) -> None:
    owner: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(owner_url)
    try:
        for record in lost:
            async with owner.transaction():
                await erase_unsaved(owner, record)
                await owner.execute(_AGAIN, record.ledger, record.erasure, record.position, hexes(record))
            _log.warning(
                "an erasure whose event is lost was applied again", ledger=record.ledger, erasure=record.erasure
            )
    finally:
        await owner.close()
