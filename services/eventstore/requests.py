"""Digests of requests: they tell a repeated command from another one under its id, and soon can't be guessed from.

The key is one a ledger and month and shared by all processes. When it is deleted, a known id is answered uncompared.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from services.eventstore.connections import Pool

KEPT = timedelta(days=90)

_MAKE_KEY = "INSERT INTO log.digest_key (ledger, month, key) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
_KEY = "SELECT key FROM log.digest_key WHERE ledger = $1 AND month = $2"
_DELETE_KEYS = "DELETE FROM log.digest_key WHERE month < $1 RETURNING ledger"
# BETWEEN and this order leave one index for the lookup, as in append.
_STORED = """
SELECT last.request_digest, last.digest_key, last.position AS last,
    (
        SELECT e.position FROM log.event e WHERE e.ledger = $1 AND e.command_id BETWEEN $2 AND $2
        ORDER BY e.command_id, e.position LIMIT 1
    ) AS first,
    (SELECT k.key FROM log.digest_key k WHERE k.ledger = $1 AND k.month = last.digest_key) AS key
FROM log.event last WHERE last.ledger = $1 AND last.command_id BETWEEN $2 AND $2
ORDER BY last.command_id DESC, last.position DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDigest:
    """What a command brings: the digest, the month that names its key, and what the digest is over."""

    digest: bytes
    digest_key: str
    request: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What is stored under a command's id. `key` is None where the digest had none, or where it is deleted."""

    first: int
    last: int
    request_digest: bytes
    digest_key: str | None
    key: bytes | None

    def is_of(self, request: bytes | None, request_digest: bytes | None = None) -> bool:
        """Whether it is the same request, as far as can be told: true when the key is deleted."""
        if self.digest_key is None:
            return self.request_digest == request_digest
        if self.key is None:
            return True
        return request is not None and hmac.compare_digest(self.request_digest, _digest(self.key, request))


class RequestDigests:
    """Makes digests under the month's key, which it fetches once."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._keys: dict[str, tuple[str, bytes]] = {}

    async def of(self, ledger: str, now: datetime, route: str, body: bytes) -> RequestDigest:
        """The digest of a request as it was sent. `now` is the wall clock's, also in a demo ledger."""
        month = _month(now)
        known = self._keys.get(ledger)
        if known is None or known[0] != month:
            await self._pool.execute(_MAKE_KEY, ledger, month, secrets.token_bytes(32))
            known = self._keys[ledger] = (month, bytes(await self._pool.fetchval(_KEY, ledger, month)))
        # The hash of the request stands for it, so that a waiting command doesn't hold the whole body.
        request = sha256(b"".join(len(part).to_bytes(4, "big") + part for part in (route.encode(), body))).digest()
        return RequestDigest(digest=_digest(known[1], request), digest_key=month, request=request)

    async def stored(self, ledger: str, command_id: bytes) -> Stored | None:
        """What is stored under a command's id."""
        record = await self._pool.fetchrow(_STORED, ledger, command_id)
        return None if record is None else Stored(**record)

    async def delete_expired_keys(self, now: datetime) -> int:
        """Delete the keys of months that ended more than 90 days ago, and answer how many there were."""
        return len(await self._pool.fetch(_DELETE_KEYS, _month(now - KEPT)))


def _month(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m}"


def _digest(key: bytes, request: bytes) -> bytes:
    return hmac.digest(key, request, "sha256")
