"""A mail server that takes or refuses, and a ledger in which reminders are issued."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import asyncpg
import pytest
from aiosmtpd.smtp import SMTP
from workflows.agency import Agency

from services.commands import Handler
from services.eventstore import EventStore
from services.eventstore.connections import Pool
from services.local import PostgresUrls


@dataclass
class Sink:
    """What the server took. `refuses` are the answers that it gives first, for any recipient or for one address."""

    taken: list[EmailMessage] = field(default_factory=list)
    refuses: list[str] = field(default_factory=list)
    refuses_address: dict[str, str] = field(default_factory=dict)
    url: str = ""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.refuses:
            return self.refuses.pop(0)
        if address in self.refuses_address:
            return self.refuses_address[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 taken"


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    sink = Sink()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(sink), "127.0.0.1", 0)
    sink.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield sink


@pytest.fixture
async def pool(database: PostgresUrls) -> AsyncIterator[Pool]:
    async with asyncpg.create_pool(database.app, min_size=2, max_size=6) as pool:
        yield pool


@pytest.fixture
async def agency(pool: Pool) -> Agency:
    """An agency whose version is out for signature."""
    agency = Agency(Handler(EventStore(pool)), "try")
    await agency.open()
    await agency.send()
    return agency
