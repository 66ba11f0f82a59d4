"""The subscription `erasures`: what was confirmed is carried out (case 20).

First the record outside, then everything else, so that whatever breaks off half-way is done again, and a restored
backup is erased again. A file goes when nothing that is left names it.
"""

from collections.abc import Sequence

from domain.events.codec import decode
from domain.events.envelope import Row, leaf
from domain.events.erasure import ErasureConfirmed
from domain.events.organisation import PersonRegistered
from services.erasure.records import ErasureRecord, ErasureRecords
from services.erasure.remove import erase_copies, erase_disclosures, erase_files, erase_unsaved
from services.eventstore import Subscription
from services.eventstore.connections import Connection, Pool
from services.eventstore.read import disclosures
from services.eventstore.subscribe import catch_up
from services.evidence import FILE_USES, EvidenceStore
from services.identity import IDENTITIES

NAME = "erasures"

_REGISTERED = """
SELECT type, schema, body FROM log.event WHERE ledger = $1 AND stream = 'organisation' AND type = $2 ORDER BY version
"""
# A file may have been attached twice, under two commitments: it goes with the last of them.
_STILL_NAMED = """
SELECT f.object FROM app.file_use f
WHERE f.ledger = $1 AND f.object = ANY ($2::text[]) AND NOT f.commitment = ANY ($3::bytea[])
    AND (SELECT true FROM log.disclosure d WHERE d.ledger = f.ledger AND d.commitment = f.commitment)
"""


def erasures(pool: Pool, records: ErasureRecords, evidence: EvidenceStore) -> Subscription:
    """The subscription."""

    async def handle(connection: Connection, rows: Sequence[Row]) -> None:
        for row in rows:
            if row.type != ErasureConfirmed.type:
                continue
            event = decode(row.type, row.schema, row.body)
            if isinstance(event, ErasureConfirmed):
                # Who follows the log behind this event would take the words up again: they come first.
                for follower in (FILE_USES, IDENTITIES):
                    await catch_up(pool, follower, row.ledger)
                record = await _record(connection, row, event)
                await records.keep(record)
                await erase_unsaved(connection, record)
                await erase_disclosures(connection, record)
                await erase_copies(connection, record)
                await erase_files(evidence, record)

    # One at a time: what is erased is committed before the next one.
    return Subscription(name=NAME, handle=handle, batch=100)


async def _record(connection: Connection, row: Row, event: ErasureConfirmed) -> ErasureRecord:
    commitments = [bytes.fromhex(each) for each in event.commitments]
    opened = await disclosures(connection, row.ledger, commitments)
    named = {str(value["object"]) for _, value in opened.values() if isinstance(value, dict) and "object" in value}
    kept = {each["object"] for each in await connection.fetch(_STILL_NAMED, row.ledger, list(named), commitments)}
    return ErasureRecord(
        ledger=row.ledger,
        erasure=event.erasure,
        position=row.position,
        version=row.version,
        leaf=leaf(row).hex(),
        commitments=event.commitments,
        objects=tuple(sorted(named - kept)),
        people=await _people(connection, row.ledger, frozenset(event.commitments)),
    )


async def _people(connection: Connection, ledger: str, erased: frozenset[str]) -> tuple[str, ...]:
    """The people whose login is erased; it never changes, so the registration alone names it."""
    rows = await connection.fetch(_REGISTERED, ledger, PersonRegistered.type)
    registered = (decode(each["type"], each["schema"], each["body"]) for each in rows)
    return tuple(
        sorted(each.person for each in registered if isinstance(each, PersonRegistered) and each.login in erased)
    )
