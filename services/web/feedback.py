"""What people say of the service: kept outside the log for a year, with the date by which to answer (R14)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import asyncpg
from limits import RateLimitItemPerHour
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from services.eventstore.connections import Pool
from services.web.api import Problem

ANSWERED_IN = timedelta(days=14)
KEPT = timedelta(days=365)
LONGEST, LONGEST_CONTACT, LONGEST_PAGE = 5_000, 300, 500
MOST_AN_HOUR = 60
"""So much is taken in an hour from all together: the form is open to anybody and must not fill the database."""
MOST_OF_ONE = 10
"""So much is taken in an hour from one address, that one sender may not take the form from the others."""

_KEEP = """
INSERT INTO app.feedback (ledger, answer_by, language, page, said, contact)
SELECT (SELECT ledger FROM log.head WHERE ledger = $1), ((now() AT TIME ZONE 'Europe/Helsinki') + $2::interval)::date,
       $3, $4, $5, $6
WHERE (SELECT count(*) FROM app.feedback WHERE received_at > now() - interval '1 hour') < $7
RETURNING answer_by
"""
_OF = """
SELECT received_at, answer_by, language, page, said, contact FROM app.feedback
WHERE ledger = $1 OR ledger IS NULL ORDER BY received_at DESC, id DESC LIMIT 1000
"""
_SWEEP = "DELETE FROM app.feedback WHERE received_at < now() - $1::interval"


class Feedback:
    """All feedback."""

    def __init__(self, pool: Pool) -> None:
        """Over the database."""
        self._pool = pool
        self._senders = MovingWindowRateLimiter(MemoryStorage())

    async def keep(
        self, ledger: str | None, *, sender: str, language: str, page: str, said: str | None, contact: str | None
    ) -> str:
        """Keep it; the day by which to answer. Raises `Problem`: `field-missing`, `text-too-long`, `too-many-requests`.

        What is no text that the database can hold is `invalid-input`. `sender` is the address that it comes from: it
        is counted in memory alone.
        """
        if said is None:
            raise _wrong(422, "field-missing", "said", "Write what you want to say.")
        for name, text, longest in (("said", said, LONGEST), ("contact", contact, LONGEST_CONTACT)):
            if text is not None and len(text) > longest:
                raise _wrong(422, "text-too-long", name, f"At most {longest} characters.")
        if not await self._senders.hit(RateLimitItemPerHour(MOST_OF_ONE), sender):
            raise _wrong(429, "too-many-requests", None, "Too much feedback came from one address within an hour.")
        try:
            answer_by = await self._pool.fetchval(
                _KEEP, ledger, ANSWERED_IN, language, page[:LONGEST_PAGE], said, contact, MOST_AN_HOUR
            )
        except (UnicodeEncodeError, asyncpg.DataError):
            raise _wrong(422, "invalid-input", "said", "It holds what is no text.") from None
        if answer_by is None:
            raise _wrong(429, "too-many-requests", None, "Too much feedback came in within an hour.")
        return str(answer_by)

    async def of(self, ledger: str) -> Sequence[dict[str, Any]]:
        """What was said on a ledger's pages and outside of all, the last first, at most 1000."""
        return [
            dict(each) | {"received_at": each["received_at"].isoformat(), "answer_by": str(each["answer_by"])}
            for each in await self._pool.fetch(_OF, ledger)
        ]

    async def sweep(self) -> None:
        """Delete what is a year old."""
        await self._pool.execute(_SWEEP, KEPT)


def _wrong(status: int, code: str, field: str | None, detail: str) -> Problem:
    return Problem({"status": status, "code": code, "field": field, "detail": detail})


__all__ = ["Feedback"]
