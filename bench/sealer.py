"""A process that seals all ledgers, as `etappi follow` does it: database's address, folder of the sealed logs."""

import asyncio
import sys
from pathlib import Path

import asyncpg
from prometheus_client import CollectorRegistry

from services.commands import Handler
from services.eventstore import EventStore
from services.log import configure_logging
from services.seal import SealMetrics, introducing, open_stores, seal_key, seal_ledgers


async def seal(url: str, folder: Path) -> None:
    """Seal until ended."""
    async with asyncpg.create_pool(url, min_size=1, max_size=4) as pool:
        await seal_ledgers(
            pool,
            open_stores(None, None, folder),
            seal_key(None, None, folder),
            lambda ledger: f"localhost/log/{ledger}",
            introducing(Handler(EventStore(pool))),
            SealMetrics(CollectorRegistry()),
        )


if __name__ == "__main__":
    configure_logging("auto", "ERROR")
    asyncio.run(seal(sys.argv[1], Path(sys.argv[2])))
