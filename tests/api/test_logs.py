"""The sealed logs through the app: proofs for everybody, headers for those who may, and the alarm in /readyz."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx2
import pytest
from prometheus_client import CollectorRegistry

from api.test_engagements import engage
from api.world import LEDGER, SEAL_KEY, World
from domain.access import access_ledger
from domain.attestation import FOLD
from domain.events.access import Look, LookRecorded
from domain.events.envelope import leaf
from domain.proof.checkpoint import Checkpoint, opened
from domain.proof.merkle import verify_inclusion
from domain.proof.note import verifier_key
from domain.proof.tiles import entries_of, tiles_between
from domain.view import fact_of
from services.api.app import create_app
from services.local import PostgresUrls
from services.seal import SealMetrics, SealStore, introducing, open_stores, seal_ledgers, verify
from services.settings import Settings

ORIGIN = f"etappi.example/log/{LEDGER}"


@pytest.fixture
def store(tmp_path: Path) -> SealStore:
    return open_stores(None, None, tmp_path)


@pytest.fixture
async def client(world: World, store: SealStore) -> AsyncIterator[httpx2.AsyncClient]:
    """The app with its seal, while the ledgers are sealed beside it."""
    counted = CollectorRegistry()
    app = create_app(
        handler=world.handler,
        store=world.store,
        pool=world.pool,
        evidence=world.evidence,
        verifier=world.provider.verifier(),
        settings=Settings(rate_limit="1000/minute"),
        seal=store,
        counted=[counted],
    )
    sealing = seal_ledgers(
        world.pool,
        store,
        SEAL_KEY,
        lambda ledger: f"etappi.example/log/{ledger}",
        introducing(world.handler),
        SealMetrics(counted),
        seconds=0.05,
    )
    task = asyncio.create_task(sealing)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="https://etappi.example") as client:
        yield client
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def sealed(client: httpx2.AsyncClient, world: World, ledger: str = LEDGER) -> Checkpoint:
    """The checkpoint of all that is there, verified with the key that the ledger introduced."""
    async with asyncio.timeout(30):
        while True:
            answer = await client.get(f"/log/{ledger}/checkpoint")
            key = (await world.handler.read(ledger, lambda view: view.get(FOLD))).key
            if answer.status_code == 200 and key is not None:
                found = opened(answer.content, f"etappi.example/log/{ledger}", [verifier_key(key)], verify)[0]
                if found.size == await world.store.head(ledger):
                    return found
            await asyncio.sleep(0.05)


async def test_everybody_finds_checkpoint_and_proof_and_the_key_stands_in_the_ledger(
    client: httpx2.AsyncClient, world: World
) -> None:
    checkpoint = await sealed(client, world)

    answer = await client.get(f"/log/{LEDGER}/proof/inclusion", params={"position": 7})

    row = (await world.store.read(LEDGER, 6, 1))[0]
    proof = [bytes.fromhex(each) for each in answer.json()["proof"]]
    verify_inclusion(leaf(row), 6, checkpoint.size, proof, checkpoint.root)
    for tile in tiles_between(0, checkpoint.size):
        assert (await client.get(f"/log/{LEDGER}/{tile.path}")).status_code == 200
    introduced = [row async for row in world.store.stream_all(LEDGER) if row.type == "seal-key-introduced"]
    assert [fact_of(row).by.kind for row in introduced] == ["operator"]
    assert (await client.get("/log/none/checkpoint")).json()["code"] == "unknown-ledger"
    counted = (await client.get("/metrics")).text
    assert f'etappi_seal_lag{{ledger="{LEDGER}"}} 0.0' in counted
    assert "etappi_requests_total" in counted


async def test_headers_are_for_auditors_of_the_whole_ledger_the_head_and_administrators(
    client: httpx2.AsyncClient, world: World
) -> None:
    await engage(world)
    await sealed(client, world)
    address = f"/log/{LEDGER}/tile/entries/000.p/7"

    assert (await client.get(address)).status_code == 401
    for person, status in (("auditor", 200), ("head", 200), ("admin", 200), ("coordinator", 403), ("owner", 403)):
        answer = await client.get(address, headers=world.headers(person))
        assert answer.status_code == status, (person, answer.text)
        if status == 200:
            assert entries_of(answer.content)[0].startswith(b"\0\0\0\x0fetappi-header/1")
        else:
            assert answer.json()["code"] == "not-permitted"
    # Who looked is sealed, too, and can be seen by the same.
    looks = [fact_of(row).event async for row in world.store.stream_all(access_ledger(LEDGER))]
    assert {(each.person, each.kind, each.scope) for each in looks if isinstance(each, LookRecorded)} >= {
        (person, Look.READ, f"log/{LEDGER}") for person in ("auditor", "admin")
    }
    beside = await sealed(client, world, access_ledger(LEDGER))
    answer = await client.get(f"/log/{LEDGER}.access/tile/entries/000.p/{beside.size}", headers=world.headers("head"))
    assert len(entries_of(answer.content)) == beside.size


async def test_an_engagement_about_one_subject_shows_no_headers(client: httpx2.AsyncClient, world: World) -> None:
    await engage(world, "no-such-milestone")
    await sealed(client, world)

    answer = await client.get(f"/log/{LEDGER}/tile/entries/000.p/7", headers=world.headers("auditor"))

    assert answer.status_code == 403


async def test_requests_without_a_token_are_counted_by_address(client: httpx2.AsyncClient, world: World) -> None:
    await sealed(client, world)

    answers = [(await client.get(f"/log/{LEDGER}/tile/0/000.p/9")).status_code for _ in range(1_001)]

    assert set(answers) == {200, 429}


async def test_readyz_says_where_sealing_is_refused(
    client: httpx2.AsyncClient, world: World, store: SealStore, postgres: PostgresUrls
) -> None:
    await sealed(client, world)
    assert (await client.get("/readyz")).json()["checks"]["seal"] == "ok"

    name = await world.pool.fetchval("SELECT current_database()")
    owner: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(postgres.for_database(name).owner)
    await owner.execute("ALTER TABLE log.event DISABLE TRIGGER USER")
    await owner.execute("DELETE FROM log.event WHERE ledger = $1 AND position > 10", LEDGER)
    await owner.close()

    async with asyncio.timeout(30):
        while await store.refusal(LEDGER) is None:  # noqa: ASYNC110 - the sealer writes it from another task
            await asyncio.sleep(0.05)
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["seal"] == f"refused: {LEDGER}"
