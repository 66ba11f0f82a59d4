"""A ledger, a worker and a doorbell on real servers."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import asyncpg
import pytest
from temporalio.client import Client, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter

from services.commands import Handler
from services.eventstore import EventStore, Listener, run_subscriptions
from services.eventstore.connections import Pool
from services.local import PostgresUrls, TemporalServer, embedded_temporal
from services.workflows.doorbell import doorbell
from services.workflows.ring import SEARCH_ATTRIBUTES, workflow_id
from services.workflows.settle import next_owed, settle
from services.workflows.worker import make_worker
from workflows.agency import Agency


@pytest.fixture(scope="session")
async def temporal(reachable_folder: Path) -> AsyncIterator[TemporalServer]:
    """One Temporal for these tests, with the search attributes of the workflows."""
    async with embedded_temporal(reachable_folder / "temporal-workflows", SEARCH_ATTRIBUTES) as server:
        yield server


@pytest.fixture
async def client(temporal: TemporalServer) -> Client:
    # The identity lies in the histories that are kept: no machine's name.
    return await Client.connect(temporal.address, data_converter=pydantic_data_converter, identity="test")


@pytest.fixture
async def pool(database: PostgresUrls) -> AsyncIterator[Pool]:
    async with asyncpg.create_pool(database.app, min_size=2, max_size=10) as pool:
        yield pool


@dataclass
class House:
    """What runs beside the log: it can be stopped and started again. Each has its own ledger and task queue."""

    client: Client
    pool: Pool
    url: str
    agency: Agency
    task_queue: str = field(default_factory=lambda: f"queue-{secrets.token_hex(4)}")

    @property
    def ledger(self) -> str:
        return self.agency.ledger

    @contextlib.asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """A worker."""
        async with make_worker(self.client, self.agency.handler, self.task_queue):
            yield

    @contextlib.asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """A doorbell."""
        bell = doorbell(self.client, self.agency.handler, self.task_queue)
        async with Listener(self.url).listening() as listener:
            task = asyncio.create_task(run_subscriptions(self.pool, listener, [bell], 0.2))
            try:
                yield
            finally:
                task.cancel()
                await asyncio.wait([task])

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Both."""
        async with self.working(), self.following():
            yield

    async def settle(self) -> None:
        """Wait until all that is owed is done."""
        await settle(self.client, self.agency.handler, self.ledger, pool=self.pool)

    async def until(self, instant: datetime) -> None:
        """Step the clock from one owed instant to the next, up to an instant."""
        while (owed := await next_owed(self.agency.handler, self.ledger)) is not None and owed < instant:
            await self.agency.clock(owed)
            await self.settle()
        await self.agency.clock(instant)
        await self.settle()

    async def looked(self, process: str) -> None:
        """Wait until a process's workflow has looked and does nothing now."""
        handle = self.client.get_workflow_handle(workflow_id(self.ledger, process))
        async with asyncio.timeout(20):
            while True:
                found = (await handle.describe()).raw_description
                under_way = found.pending_activities or found.HasField("pending_workflow_task")
                if not under_way and found.workflow_execution_info.history_length > 5:
                    return
                await asyncio.sleep(0.05)

    async def history(self, process: str) -> WorkflowHistory:
        """All that Temporal keeps of a process's last run."""
        return await self.client.get_workflow_handle(workflow_id(self.ledger, process)).fetch_history()

    def served_by(self, client: Client) -> "House":
        """The same house, with another Temporal."""
        return replace(self, client=client)


@pytest.fixture
async def house(client: Client, pool: Pool, database: PostgresUrls) -> House:
    """A house with a demo ledger that is open and has its people; nothing is signed yet."""
    agency = Agency(Handler(EventStore(pool)), f"try-{secrets.token_hex(4)}")
    await agency.open()
    return House(client=client, pool=pool, url=database.app, agency=agency)
