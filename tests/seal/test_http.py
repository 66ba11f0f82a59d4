"""A sealed log over HTTP: what tools for tiles expect, proofs, and clear problems."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import Depends, FastAPI
from structlog.testing import capture_logs

from domain.errors import Refused
from domain.events.envelope import header, leaf
from domain.proof.checkpoint import opened
from domain.proof.ed25519 import verify
from domain.proof.merkle import EMPTY_ROOT, verify_consistency, verify_inclusion
from domain.proof.note import note_of
from domain.proof.tiles import entries_of, hashes_of
from seal.conftest import Append, Said
from services.api import errors
from services.api.intake import Intake
from services.api.metrics import Metrics
from services.api.parts import wall_clock
from services.eventstore import EventStore
from services.eventstore.connections import Connection, Pool
from services.seal import Sealer, SealKey, SealStore, routes

ORIGIN = "etappi.example/log/keha"


def nobody() -> None:
    raise Refused("not-permitted", "Nobody may.")


def app(store: SealStore, pool: Pool, *, entries: bool = True) -> FastAPI:
    app, metrics = FastAPI(), Metrics()
    app.include_router(routes(store, pool, [] if entries else [Depends(nobody)]))
    errors.install(app, metrics)
    app.add_middleware(Intake, now=wall_clock, metrics=metrics, failed=errors.failed(metrics))
    return app


@pytest.fixture
async def client(store: SealStore, pool: Pool, log: EventStore) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app(store, pool), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://etappi.example/log/keha/") as client:
        yield client


@pytest.fixture
async def sealed(append: Append, connection: Connection, store: SealStore, key: SealKey, said: Said) -> Sealer:
    """A ledger of 300 events, sealed at 270 and 300."""
    sealer = Sealer(connection, store, "keha", ORIGIN, key, said)
    for count in (270, 30):
        await append(count)
        await sealer.round()
    return sealer


def problem(answer: httpx2.Response) -> tuple[int, str, str | None]:
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    return answer.status_code, body["code"], body.get("field")


async def test_the_checkpoint(client: httpx2.AsyncClient, sealed: Sealer, key: SealKey) -> None:
    answer = await client.get("checkpoint")

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    checkpoint, _ = opened(answer.content, ORIGIN, [key.verifier(ORIGIN)], verify)
    assert checkpoint.size == 300
    assert bytes(note_of(answer.content)) == answer.content


async def test_tiles_and_entries(client: httpx2.AsyncClient, sealed: Sealer, log: EventStore) -> None:
    rows = [row async for row in log.stream_all("keha")]

    full, partial, earlier = [await client.get(f"tile/0/{name}") for name in ("000", "001.p/44", "001.p/14")]
    above = await client.get("tile/1/000.p/1")
    entries = [await client.get(f"tile/entries/{name}") for name in ("000", "001.p/44")]

    assert hashes_of(full.content) + hashes_of(partial.content) == [leaf(row) for row in rows]
    assert partial.content.startswith(earlier.content)
    assert len(above.content) == 32
    assert [*entries_of(entries[0].content), *entries_of(entries[1].content)] == [header(row) for row in rows]
    for answer in (full, partial, earlier, above, *entries):
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["cache-control"].endswith("no-cache")
    assert entries[0].headers["cache-control"].startswith("private")
    assert "immutable" in (await client.get("tile/0/000?history=0")).headers["cache-control"]


async def test_a_partial_tile_is_found_in_the_full_one_that_followed(
    client: httpx2.AsyncClient, sealed: Sealer, append: Append, folder: Path
) -> None:
    await append(300)
    await sealed.round()

    assert not (folder / "log/keha/tile/0/001.p/44").exists()
    partial, full = [await client.get(f"tile/0/{name}") for name in ("001.p/44", "001")]
    assert full.content[: 44 * 32] == partial.content


async def test_proofs(client: httpx2.AsyncClient, sealed: Sealer, log: EventStore) -> None:
    row = (await log.read("keha", 6, 1))[0]

    for size in (7, 256, 270, 280, 300, None):
        query = {"position": 7} | ({} if size is None else {"size": size})
        answer = await client.get("proof/inclusion", params=query)
        body = answer.json()
        assert (body["kind"], body["position"], body["size"]) == ("inclusion", 7, size or 300)
        assert body["leaf"] == leaf(row).hex()
        proof, whole = _unhex(body, "proof", "root")
        verify_inclusion(leaf(row), 6, size or 300, proof, whole[0])
        assert answer.headers["cache-control"] == "no-cache"
    for first, second in ((0, 300), (1, 270), (260, 280), (270, 300), (270, None), (300, 300)):
        query = {"from": first} | ({} if second is None else {"to": second})
        body = (await client.get("proof/consistency", params=query)).json()
        assert (body["kind"], body["from"], body["to"]) == ("consistency", first, second or 300)
        proof, from_root, to_root = _unhex(body, "proof", "from_root", "to_root")
        verify_consistency(first, second or 300, proof, from_root[0], to_root[0])
    assert (await client.get("proof/consistency?from=0")).json()["from_root"] == EMPTY_ROOT.hex()


async def test_a_history_that_was_lost_can_still_be_asked_for(
    client: httpx2.AsyncClient,
    sealed: Sealer,
    said: Said,
    store: SealStore,
    owner: Connection,
    connection: Connection,
    key: SealKey,
) -> None:
    """Who pinned a checkpoint of the lost history learns that it leads to the one that the restore cites."""
    old = await client.get("checkpoint")
    await owner.execute("DELETE FROM log.event WHERE ledger = 'keha' AND position > 260")
    said.restores.add(old.content)
    await Sealer(connection, store, "keha", ORIGIN, key, said).round()

    assert opened((await client.get("checkpoint")).content, ORIGIN, [key.verifier(ORIGIN)], verify)[0].size == 260
    assert (await client.get("checkpoint?history=0")).content == old.content
    assert problem(await client.get("proof/consistency?from=270&to=300")) == (422, "no-such-size", "to")
    answer = await client.get("proof/consistency?from=270&to=300&history=0")
    assert "immutable" in answer.headers["cache-control"]
    proof, from_root, to_root = _unhex(answer.json(), "proof", "from_root", "to_root")
    verify_consistency(270, 300, proof, from_root[0], to_root[0])
    assert to_root[0] == opened(old.content, ORIGIN, [key.verifier(ORIGIN)], verify)[0].root
    assert (await client.get("proof/inclusion?position=290&history=0")).json()["size"] == 300
    assert problem(await client.get("tile/0/001.p/44")) == (404, "unknown-tile", None)
    lost = await client.get("tile/0/001.p/44?history=0")
    assert lost.content.startswith((await client.get("tile/0/001.p/4")).content)
    assert "immutable" in lost.headers["cache-control"]
    assert problem(await client.get("checkpoint?history=2")) == (404, "unknown-checkpoint", None)


def _unhex(body: dict[str, list[str] | str], *names: str) -> list[list[bytes]]:
    """Hashes, or one hash, of each of these fields."""
    found = [body[name] for name in names]
    return [[bytes.fromhex(each) for each in ([value] if isinstance(value, str) else value)] for value in found]


PROBLEMS = {
    "/log/nobody/checkpoint": (404, "unknown-ledger", "ledger"),
    "/log/nobody/tile/0/000": (404, "unknown-ledger", "ledger"),
    "/log/nobody/tile/entries/000": (404, "unknown-ledger", "ledger"),
    "/log/nobody/proof/inclusion?position=1": (404, "unknown-ledger", "ledger"),
    "/log/%2e%2e%2fkeha/checkpoint": (404, "unknown-address", None),
    "/log/nul%00/checkpoint": (404, "unknown-ledger", "ledger"),
    "tile/0/002": (404, "unknown-tile", None),
    "tile/0/001": (404, "unknown-tile", None),
    "tile/0/001.p/45": (404, "unknown-tile", None),
    "tile/2/000.p/1": (404, "unknown-tile", None),
    "tile/entries/001.p/45": (404, "unknown-tile", None),
    "tile/0/x000/001": (404, "unknown-tile", None),
    "tile/0/000.p/256": (404, "unknown-tile", None),
    "tile/0/..%2f..%2fcheckpoint": (404, "unknown-tile", None),
    "tile/data/000": (404, "unknown-tile", None),
    "proof/inclusion?position=0": (422, "no-such-leaf", "position"),
    "proof/inclusion?position=301": (422, "no-such-leaf", "position"),
    "proof/inclusion?position=8&size=7": (422, "no-such-leaf", "position"),
    "proof/inclusion?position=1&size=301": (422, "no-such-size", "size"),
    "proof/inclusion?position=1&size=0": (422, "no-such-leaf", "position"),
    "proof/inclusion": (422, "invalid-input", "query.position"),
    "proof/inclusion?position=-1": (422, "invalid-input", "query.position"),
    "proof/inclusion?position=99999999999999999999": (422, "invalid-input", "query.position"),
    "proof/inclusion?position=one": (422, "invalid-input", "query.position"),
    "proof/consistency?from=301": (422, "no-such-size", "from"),
    "proof/consistency?from=8&to=7": (422, "no-such-size", "from"),
    "proof/consistency?from=1&to=301": (422, "no-such-size", "to"),
    "proof/consistency?to=3": (422, "invalid-input", "query.from"),
}


async def test_what_is_not_there_is_said_to(client: httpx2.AsyncClient, sealed: Sealer) -> None:
    answers = {path: await client.get(_at(path)) for path in PROBLEMS}

    assert {path: problem(answer) for path, answer in answers.items()} == PROBLEMS


def _at(path: str) -> str:
    return f"http://etappi.example{path}" if path.startswith("/") else path


async def test_before_anything_is_sealed(client: httpx2.AsyncClient) -> None:
    for path in ("checkpoint", "tile/0/000.p/1", "proof/inclusion?position=1", "proof/consistency?from=0"):
        assert problem(await client.get(path)) == (404, "unknown-checkpoint", None)


async def test_headers_are_served_to_those_who_may_read_them(store: SealStore, pool: Pool, sealed: Sealer) -> None:
    transport = httpx2.ASGITransport(app(store, pool, entries=False))
    async with httpx2.AsyncClient(transport=transport, base_url="http://etappi.example/log/keha/") as client:
        assert problem(await client.get("tile/entries/000"))[:2] == (403, "not-permitted")
        assert (await client.get("tile/0/000")).status_code == 200


async def test_an_entry_that_is_not_the_sealed_one_is_never_served(
    client: httpx2.AsyncClient, sealed: Sealer, owner: Connection
) -> None:
    await owner.execute("UPDATE log.event SET body = '{\"other\":1}' WHERE ledger = 'keha' AND position = 42")
    with capture_logs() as logged:
        assert problem(await client.get("tile/entries/000"))[:2] == (500, "unexpected")

    await owner.execute("DELETE FROM log.event WHERE ledger = 'keha' AND position > 290")
    with capture_logs() as logged_then:
        assert problem(await client.get("tile/entries/001.p/44"))[:2] == (500, "unexpected")
    said = [str(each["exc_info"]) for each in (*logged, *logged_then) if "exc_info" in each]
    assert said == [
        "ledger keha: the event at position 42 is not the one that was sealed",
        "ledger keha ends before position 300, which was sealed",
    ]
