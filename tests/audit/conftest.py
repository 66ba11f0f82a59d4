"""A small agency whose ledger is sealed, an auditor engaged to look at all of it, and who could tamper with it."""

import contextlib
import json
import secrets
import shutil
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx2
import obstore
import pytest
from api.conftest import _as_owner, _copied, _quiet, populated, provider, world
from api.test_items import MILESTONE, PATH
from api.world import HALF_YEAR, LEDGER, PDF, World, world_over
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.proof.checkpoint import Checkpoint
from domain.proof.note import VerifierKey
from domain.values import Words
from services.bundles import BundleMaker, Wanted
from services.eventstore.connections import Connection
from services.identity.demo import DemoProvider
from services.local import PostgresUrls
from services.seal import Sealer, SealKey, SealStore, open_stores
from services.seal.installation import Installation, installation_of
from services.seal.record import introducing, rotate
from verifier.header import reader
from verifier.pin import Pin
from verifier.records import records
from verifier.scope import Scope, WholeLedger

__all__ = ["_quiet", "populated", "provider", "world"]

ORIGIN = "etappi.example/keha"


@dataclass(slots=True)
class Recorded:
    """What a ledger says of its seal, and how its first key is introduced."""

    world: World
    ledger: str

    async def installation(self) -> Installation:
        return await installation_of(self.world.pool, self.ledger)

    async def introduce(self, key: VerifierKey) -> None:
        await introducing(self.world.handler)(self.ledger, key)


@dataclass(slots=True)
class Town:
    """The agency, its seal, and the folder where all of it lies."""

    world: World
    folder: Path
    seal: SealStore
    connection: Connection
    key: SealKey = field(default_factory=lambda: SealKey(Ed25519PrivateKey.from_private_bytes(b"k" * 32)))

    async def sealed(self, ledger: str = LEDGER) -> Checkpoint:
        """Seal all that is there."""
        origin = ORIGIN.replace(LEDGER, ledger)
        sealer = Sealer(self.connection, self.seal, ledger, origin, self.key, Recorded(self.world, ledger))
        while (checkpoint := await sealer.round()) is None or checkpoint.size < await self.world.store.head(ledger):
            pass
        return checkpoint

    async def rotate(self) -> None:
        """Seal with another key from now on."""
        self.key = SealKey(Ed25519PrivateKey.from_private_bytes(b"r" * 32))
        await rotate(self.world.handler, LEDGER, self.key, ORIGIN, Words("yearly"))

    async def bundle(self, name: str = "a.zip", scope: Scope | None = None, **wanted: Any) -> Path:
        """Make a bundle, past the API."""
        maker = BundleMaker(self.world.pool, self.seal, self.world.evidence)
        path = self.folder / name
        await maker.make(path, await maker.sealed(LEDGER), Wanted(scope=scope or WholeLedger(), **wanted))
        return path

    async def pin(self) -> Pin:
        """What the auditor remembers of the log as it is sealed now."""
        published = await self.seal.published(LEDGER)
        assert published is not None
        return Pin(ledger=LEDGER, keys=(self.key.verifier(ORIGIN),), note=published.note)

    async def take(self, **query: Any) -> httpx2.Response:
        """Ask the API for a bundle, as the auditor."""
        return await self.world.get("auditor", "audit/bundle", **query)


def manifest(path: Path) -> Any:
    """What a bundle says of itself."""
    return json.loads(member(path, "manifest.json"))


def words(path: Path) -> bytes:
    """The disclosures of a bundle."""
    return member(path, "disclosures.jsonl")


def member(path: Path, name: str) -> bytes:
    """One of the files in a bundle."""
    with zipfile.ZipFile(path) as archive:
        return archive.read(name)


def shown(path: Path) -> list[tuple[int, str]]:
    """Position and stream of the events that a bundle shows whole."""
    reads = reader(LEDGER)
    with zipfile.ZipFile(path) as archive:
        headers = [reads(header) for kind, _, header, *_ in records([archive.read("events.bin")]) if kind == b"E"]
    return [(int(each.position), each.stream.decode()) for each in headers if each is not None]


async def engage(world: World, *subjects: str, engagement: str = "eca-2024") -> None:
    """The head engages the auditor to look at some subjects, or at the whole ledger."""
    await world.do(
        "head",
        "open-engagement",
        engagement=engagement,
        body="court-of-auditors",
        auditors=["auditor"],
        subjects=list(subjects),
        period_from="2024-01-01",
        period_to="2024-12-31",
        valid_from="2024-06-01",
        valid_to="2024-06-30",
        basis="Kirje",
    )


async def proved(world: World) -> None:
    """A milestone is reported with evidence, submitted and signed off."""
    await world.do(
        "owner",
        "report-milestone",
        round=HALF_YEAR,
        subject=MILESTONE,
        status="reached",
        light=3,
        narrative="Neuvottelut on käyty",
    )
    file = (await world.upload("owner")).json()["file"]
    evidence = {"id": "e1", "revision": 1, "file": file, "title": "Pöytäkirja", "document_date": "2024-05-01"}
    await world.do("owner", "attach-evidence", round=HALF_YEAR, subject=MILESTONE, evidence=evidence)
    item = await world.read("owner", PATH)
    await world.do("owner", "submit-items", round=HALF_YEAR, items=[item["bound"]])
    await world.do("director", "sign-off-items", round=HALF_YEAR, items=[item["bound"]])


async def more_happens(world: World) -> None:
    """Something more happens."""
    title = {"fi": "Palvelut", "sv": "Tjänster", "en": "Services"}
    await world.do("coordinator", "record-measure", measure="p3c2i1", code="P3C2I1", title=title)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The agency with one item signed off and an engagement of the auditor's in force, sealed: copied for each test."""

    database: str
    folder: Path


@pytest.fixture(scope="session")
async def settled(
    postgres: PostgresUrls, populated: str, provider: DemoProvider, tmp_path_factory: pytest.TempPathFactory
) -> Settled:
    """Made once: a database that nobody is connected to, and the folder of its seal."""
    made = Settled(database=f"audit_{secrets.token_hex(4)}", folder=tmp_path_factory.mktemp("settled"))
    await _as_owner(postgres, f"CREATE DATABASE {made.database} TEMPLATE {populated}")
    world, seal = (
        await world_over(postgres.for_database(made.database).app, provider),
        open_stores(None, None, made.folder),
    )
    async with _over(world, made.folder, seal) as town:
        await proved(town.world)
        await engage(town.world)
        await town.sealed()
        await town.world.client.aclose()
        await town.world.pool.close()
    return made


@pytest.fixture
async def town(postgres: PostgresUrls, settled: Settled, provider: DemoProvider, tmp_path: Path) -> AsyncIterator[Town]:
    """All of it, in a database and a folder of the test's own."""
    async with _town(postgres, settled, provider, tmp_path) as made:
        yield made


@pytest.fixture(scope="session")
async def still(
    postgres: PostgresUrls, settled: Settled, provider: DemoProvider, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Town]:
    """The same for tests that change nothing, which share it."""
    async with _town(postgres, settled, provider, tmp_path_factory.mktemp("still")) as made:
        yield made


@contextlib.asynccontextmanager
async def _town(postgres: PostgresUrls, settled: Settled, provider: DemoProvider, folder: Path) -> AsyncIterator[Town]:
    shutil.copytree(settled.folder, folder, dirs_exist_ok=True)
    seal = open_stores(None, None, folder)
    async with (
        _copied(postgres, settled.database, provider, seal=seal, data=folder / "data") as world,
        _over(world, folder, seal) as made,
    ):
        for row in await world.pool.fetch("SELECT object FROM app.upload"):
            # What was uploaded when the templates of the database were made.
            await obstore.put_async(world.objects, f"files/{row['object']}", PDF)
        yield made


@contextlib.asynccontextmanager
async def _over(world: World, folder: Path, seal: SealStore) -> AsyncIterator[Town]:
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(world.url)
    try:
        yield Town(world=world, folder=folder, seal=seal, connection=connection)
    finally:
        await connection.close()


@pytest.fixture
async def owner(town: Town, postgres: PostgresUrls) -> AsyncIterator[Connection]:
    """The owner of the town's database, with the triggers that guard the log switched off: who could tamper with it."""
    urls = postgres.for_database(urlsplit(town.world.url).path.removeprefix("/"))
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(urls.owner)
    for table in ("event", "disclosure"):
        await connection.execute(f"ALTER TABLE log.{table} DISABLE TRIGGER USER")
    yield connection
    await connection.close()
