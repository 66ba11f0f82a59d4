"""Reading a ledger as it grows."""

from collections.abc import AsyncIterator

from domain.events.envelope import Row
from services.eventstore.connections import Pool
from services.eventstore.notices import Listener
from services.eventstore.read import LogBroken, head, read

POLL_SECONDS = 1.0


async def tail(
    pool: Pool, listener: Listener, ledger: str, after: int = 0, poll_seconds: float = POLL_SECONDS
) -> AsyncIterator[Row]:
    """The events behind position `after`, and then each new one, for ever: none is skipped, none comes twice.

    Raises `LogBroken` if a position is missing, or if the ledger ends before `after`.
    """
    while True:
        seen = listener.count(ledger)
        page = await read(pool, ledger, after)
        for row in page:
            yield row
            after = row.position
        if not page:
            end = await head(pool, ledger)
            if end < after:
                raise LogBroken(f"ledger {ledger}: it was read to position {after}, but it ends at {end}")
            if end == after:
                await listener.wait(seen, poll_seconds, ledger)
