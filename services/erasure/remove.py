"""What an erasure takes beside the disclosures: files, uploads, their uses, sign-in index, sessions, drafts, feedback.

The same live and after a restore.
"""

import json
from collections.abc import Iterator

from domain.canonical import Json
from services.erasure.records import ErasureRecord
from services.eventstore.connections import Connection
from services.eventstore.read import disclosures
from services.evidence import EvidenceStore

SHORTEST = 4
"""Shorter words stand in drafts and feedback by chance."""

_ERASE = "SELECT log.erase($1, $2, $3, $4::bytea[])"
_USES = "DELETE FROM app.file_use WHERE ledger = $1 AND commitment = ANY ($2::bytea[])"
_UPLOADS = "DELETE FROM app.upload WHERE ledger = $1 AND object = ANY ($2::text[])"
_SESSIONS = """
DELETE FROM app.session s USING app.identity i
WHERE i.ledger = $1 AND i.person = ANY ($2::text[]) AND s.issuer = i.issuer AND s.subject = i.subject
"""
_IDENTITIES = "DELETE FROM app.identity WHERE ledger = $1 AND person = ANY ($2::text[])"

# Events hold no words, so what stands between two quotes is a whole string. Streams and forms end in what they are
# about.
_ABOUT = """
SELECT DISTINCT regexp_replace(e.stream, '^.*/', '') AS name
FROM log.event e
CROSS JOIN LATERAL string_to_table(convert_from(e.body, 'UTF8'), '"') AS between_quotes (said)
JOIN unnest($2::bytea[]) AS w (commitment) ON encode(w.commitment, 'hex') = between_quotes.said
WHERE e.ledger = $1 AND e.stream NOT LIKE 'erasure/%'
"""
_DRAFTS = """
DELETE FROM app.draft d
WHERE d.ledger = $1 AND (
    d.person = ANY ($2::text[])
    OR regexp_replace(d.form, '^.*/', '') = ANY ($3::text[])
    OR EXISTS (SELECT FROM unnest($4::text[]) AS w (word) WHERE position(w.word IN d.value) > 0)
)
"""
# What was said outside of all agencies may be about any.
_FEEDBACK = """
DELETE FROM app.feedback f
WHERE (f.ledger = $1 OR f.ledger IS NULL) AND EXISTS (
    SELECT FROM unnest($2::text[]) AS w (word) WHERE position(w.word IN concat_ws(E'\n', f.said, f.contact, f.page)) > 0
)
"""
_FLASHES = "UPDATE app.session SET flash = NULL WHERE flash IS NOT NULL"


async def erase_unsaved(connection: Connection, record: ErasureRecord) -> None:
    """Delete drafts: of the people whose login goes, about what the words are about, and those that repeat them.

    And feedback that repeats them. It comes before the disclosures and in one transaction with them: without these
    nothing is left to be found, and drafts that were begun since stay.
    """
    opened = await disclosures(connection, record.ledger, hexes(record))
    if not opened:
        return
    about = [each["name"] for each in await connection.fetch(_ABOUT, record.ledger, list(opened))]
    words = {word for _, value in opened.values() for word in _words(value)}
    as_json = [json.dumps(word, ensure_ascii=False)[1:-1] for word in words]
    await connection.execute(_DRAFTS, record.ledger, list(record.people), about, as_json)
    await connection.execute(_FEEDBACK, record.ledger, list(words))
    await connection.execute(_FLASHES)


async def erase_disclosures(connection: Connection, record: ErasureRecord) -> None:
    """Delete the disclosures of a confirmed erasure. Raises `asyncpg.PostgresError` where the log refuses it."""
    await connection.execute(_ERASE, record.ledger, record.stream, record.version, hexes(record))


async def erase_copies(connection: Connection, record: ErasureRecord) -> None:
    """Delete what the service keeps of it in tables of its own."""
    await connection.execute(_USES, record.ledger, hexes(record))
    await connection.execute(_UPLOADS, record.ledger, list(record.objects))
    await connection.execute(_SESSIONS, record.ledger, list(record.people))
    await connection.execute(_IDENTITIES, record.ledger, list(record.people))


async def erase_files(evidence: EvidenceStore, record: ErasureRecord) -> None:
    """Delete its files. Raises what the store raises; a file that isn't there is gone already."""
    await evidence.erase(record.objects)


def hexes(record: ErasureRecord) -> list[bytes]:
    """The commitments as bytes."""
    return [bytes.fromhex(each) for each in record.commitments]


def _words(value: Json) -> Iterator[str]:
    """The words in a disclosure: itself, a file's name, a title in each language."""
    match value:
        case str():
            if len(value) >= SHORTEST:
                yield value
        case {"object": _, "name": name}:
            yield from _words(name)
        case dict():
            for each in value.values():
                yield from _words(each)
        case _:
            pass
