"""What the log says of erasures: which one took a disclosure, and which streams one would leave out (case 20)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from domain.events.codec import decode
from domain.events.erasure import ErasureProposed
from services.eventstore.connections import Connection, Pool

_PROPOSED = len("erasure/")
# The first confirmation that names it; else what was applied after a restore, whose event this log lacks.
_ERASED = """
SELECT wanted.commitment, took.* FROM unnest($2::bytea[]) AS wanted (commitment) CROSS JOIN LATERAL (
    (
        SELECT e.stream, e.position, e.recorded_at AS at, p.type, p.schema, p.body
        FROM log.event e LEFT JOIN log.event p ON p.ledger = e.ledger AND p.stream = e.stream AND p.version = 1
        WHERE e.ledger = $1 AND e.type = 'erasure-confirmed' AND log.says(e.body, wanted.commitment)
        ORDER BY e.position LIMIT 1
    ) UNION ALL (
        SELECT 'erasure/' || a.erasure, NULL, a.applied_at, NULL, NULL, NULL FROM log.erased_again a
        WHERE a.ledger = $1 AND a.commitment = wanted.commitment
    ) ORDER BY position NULLS LAST LIMIT 1
) AS took
"""
_UNTOLD = "SELECT stream, commitment FROM log.untold($1, $2::bytea[]) ORDER BY stream, commitment"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedBy:
    """The erasure that took a disclosure.

    `position` is that of its confirmation; None where a restore lost that event and `at` is when it was applied again.
    `authority` is the commitment to the words that name it, None where they are lost with it.
    """

    erasure: str
    position: int | None
    at: datetime
    authority: str | None


async def erased_by(connection: Connection | Pool, ledger: str, commitments: Iterable[bytes]) -> dict[bytes, ErasedBy]:
    """Which erasure took each of these commitments; those that none took are absent."""
    found = {}
    for record in await connection.fetch(_ERASED, ledger, list(commitments)):
        proposed = None if record["body"] is None else decode(record["type"], record["schema"], record["body"])
        found[record["commitment"]] = ErasedBy(
            erasure=record["stream"][_PROPOSED:],
            position=record["position"],
            at=record["at"],
            authority=proposed.authority if isinstance(proposed, ErasureProposed) else None,
        )
    return found


async def untold(
    connection: Connection | Pool, ledger: str, commitments: Iterable[bytes]
) -> dict[str, tuple[bytes, ...]]:
    """The streams whose events name these commitments and that no erasure has told: what one has to name as places.

    One pass over the ledger.
    """
    found: dict[str, tuple[bytes, ...]] = {}
    for record in await connection.fetch(_UNTOLD, ledger, list(commitments)):
        found[record["stream"]] = (*found.get(record["stream"], ()), record["commitment"])
    return found
