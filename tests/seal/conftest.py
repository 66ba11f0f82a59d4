"""A ledger to seal, the stores, and what is needed to break them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from eventstore.made import command

from domain.proof.keys import log_keys
from domain.proof.note import VerifierKey
from services.eventstore import Appended, EventStore
from services.eventstore.connections import Connection, Pool
from services.local import PostgresUrls
from services.seal import Sealer, SealKey, SealStore, open_stores
from services.seal.installation import Installation

ORIGIN = "etappi.example/log/keha"

Append = Callable[[int], Awaitable[None]]
Start = Callable[[], Sealer]


@dataclass
class Said:
    """What a ledger of made-up events doesn't say by itself: its keys, and the checkpoints that a restore cites."""

    keys: list[tuple[int, VerifierKey]] = field(default_factory=list)
    restores: set[bytes] = field(default_factory=set)

    async def installation(self) -> Installation:
        return Installation(log_keys((position, str(key)) for position, key in self.keys), frozenset(self.restores))

    async def introduce(self, key: VerifierKey) -> None:
        self.keys.append((1, key))


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
async def pool(database: PostgresUrls) -> AsyncIterator[Pool]:
    async with asyncpg.create_pool(database.app, min_size=1, max_size=4) as pool:
        yield pool


@pytest.fixture
async def connection(database: PostgresUrls) -> AsyncIterator[Connection]:
    """The connection that a sealer holds its lock by."""
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(database.app)
    yield connection
    await connection.close()


@pytest.fixture
async def owner(database: PostgresUrls) -> AsyncIterator[Connection]:
    """The owner of the database, with the triggers that guard the log switched off: who could alter it."""
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(database.owner)
    await connection.execute("ALTER TABLE log.event DISABLE TRIGGER USER")
    yield connection
    await connection.close()


@pytest.fixture
async def log(pool: Pool) -> EventStore:
    store = EventStore(pool)
    await store.create_ledger("keha", demo=False)
    return store


@pytest.fixture
def append(log: EventStore) -> Append:
    """Append so many events to the ledger, in one command."""
    versions = 0

    async def append(count: int) -> None:
        nonlocal versions
        answer = await log.append("keha", command(*["s"] * count, on={"s": versions}))
        assert isinstance(answer, Appended)
        versions += count

    return append


@pytest.fixture
def key() -> SealKey:
    return SealKey(Ed25519PrivateKey.from_private_bytes(b"k" * 32))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def store(folder: Path) -> SealStore:
    """Folders: `log` for the tiles, `checkpoints` for the copies."""
    return open_stores(None, None, folder)


@pytest.fixture
def start(connection: Connection, store: SealStore, key: SealKey, said: Said) -> Start:
    """A sealer that begins with what is stored, as after a restart."""
    return lambda: Sealer(connection, store, "keha", ORIGIN, key, said)
