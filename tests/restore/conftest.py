"""An installation that is followed and sealed, whose database can be put back to an earlier point."""

import asyncio
import contextlib
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from domain.canonical import canonical
from domain.proof.checkpoint import Checkpoint, opened
from domain.proof.note import NoteRefused
from domain.staffing import OpenLedger, Person, RegisterPerson
from domain.values import OPERATOR, Actor, PersonId, Words
from services.cli.stack import Stack, stack
from services.commands import Request
from services.local import PostgresUrls
from services.seal import follow, verify
from services.settings import Settings

LEDGER = "keha"
ORIGIN = "etappi.example/log/keha"
ETAPPI = Path(sys.executable).parent / "etappi"


@dataclass(slots=True, kw_only=True)
class Installation:
    """What an operator has: a database, a folder, and the command line."""

    postgres: PostgresUrls
    name: str
    data: Path
    settings: Settings

    @property
    def urls(self) -> PostgresUrls:
        """The database as it is now."""
        return self.postgres.for_database(self.name)

    @contextlib.asynccontextmanager
    async def parts(self) -> AsyncIterator[Stack]:
        async with stack(self.settings, self.urls.app, "127.0.0.1:1") as parts:
            yield parts

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Stack]:
        """`etappi follow`, without Temporal."""
        async with self.parts() as parts:
            task = asyncio.create_task(parts.follow())
            try:
                yield parts
            finally:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def sealed(self) -> Checkpoint:
        """Follow until all that is there is sealed."""
        async with self.running() as parts:
            return await sealed(parts)

    async def register(self, *people: str) -> None:
        """Append an event for each of them."""
        async with self.parts() as parts:
            for each in people:
                said = person(each)
                command = RegisterPerson(person=said.person, name=said.name, contact=said.contact, login=said.login)
                await parts.handler.handle(
                    Request(
                        ledger=LEDGER,
                        by=Actor(id=PersonId("anna")),
                        key=secrets.token_hex(8),
                        command=command,
                        received_at=datetime.now(UTC),
                    )
                )

    async def backup(self) -> "Installation":
        """The same installation with a copy of the database as it is now, which nobody uses yet."""
        copy = f"backup_{secrets.token_hex(6)}"
        await as_owner(self.postgres, f"CREATE DATABASE {copy} TEMPLATE {self.name}")
        return replace(self, name=copy)

    async def etappi(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of the command line."""
        environment = {"ETAPPI_DATA": str(self.data), **environment}
        return await asyncio.to_thread(
            lambda: subprocess.run(
                [ETAPPI, *arguments],
                env={**os.environ, "DATABASE_URL": self.urls.app, **environment},
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        )


def person(name: str) -> Person:
    login = canonical({"issuer": "https://idp.example", "subject": name}).decode()
    return Person(
        person=PersonId(name), name=Words(name.title()), contact=Words(f"{name}@x.example"), login=Words(login)
    )


async def sealed(parts: Stack) -> Checkpoint:
    """Wait until all that is there is sealed, by the key that the ledger's events say."""
    async with asyncio.timeout(30):
        while True:
            published = await parts.seal.published(LEDGER)
            # One that the former key signed isn't the last one yet.
            with contextlib.suppress(NoteRefused):
                note = b"" if published is None else published.note
                found = opened(note, ORIGIN, [parts.seal_key().verifier(ORIGIN)], verify)[0]
                if found.size == await parts.store.head(LEDGER) and await parts.seal.refusal(LEDGER) is None:
                    return found
            await asyncio.sleep(0.05)


async def refused(parts: Stack) -> str:
    """Wait until sealing is refused, and answer why."""
    async with asyncio.timeout(30):
        while (why := await parts.seal.refusal(LEDGER)) is None:  # noqa: ASYNC110 - the sealer's task writes it
            await asyncio.sleep(0.05)
        return why


async def as_owner(urls: PostgresUrls, *statements: str) -> None:
    owner: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(urls.owner)
    for each in statements:
        await owner.execute(each)
    await owner.close()


@pytest.fixture
async def installation(
    postgres: PostgresUrls, database: PostgresUrls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Installation:
    """The ledger is open, and sealed; nobody is at it."""
    monkeypatch.setattr(follow, "REFUSED_SECONDS", 0.3)
    name = database.app.partition("?")[0].rpartition("/")[2]
    settings = Settings(data=tmp_path, log_origin="etappi.example")
    made = Installation(postgres=postgres, name=name, data=tmp_path, settings=settings)
    async with made.parts() as parts:
        await parts.store.create_ledger(LEDGER, demo=False)
        opening = OpenLedger(ledger=LEDGER, agency="keha", demo=False, administrators=(person("anna"), person("bert")))
        await parts.handler.handle(
            Request(ledger=LEDGER, by=OPERATOR, key="open", command=opening, received_at=datetime.now(UTC))
        )
    await made.sealed()
    return made
