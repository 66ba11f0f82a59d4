"""How many requests one caller may make, where a limit is set."""

from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from services.api.problems import Refusal


class RateLimit:
    """Counts by caller. Counts are this process's alone: it guards the process, not a quota."""

    def __init__(self, limit: str | None) -> None:
        """`limit` such as `600/minute`; None lets everything through."""
        self._limit = None if limit is None else parse(limit)
        self._window = MovingWindowRateLimiter(MemoryStorage())

    async def count(self, caller: str) -> None:
        """Count one request. Refuses with 429 beyond the limit."""
        if self._limit is None or await self._window.hit(self._limit, caller):
            return
        raise Refusal(
            429,
            "too-many-requests",
            f"At most {self._limit}.",
            mend="Wait, and send it again.",
            headers={"Retry-After": str(self._limit.get_expiry())},
        )
