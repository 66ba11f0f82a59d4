"""A small agency for the tests of the API: its people, an agreement in force, and clients that act as somebody."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from obstore.store import MemoryStore, ObjectStore

from domain.access import access_ledger
from domain.canonical import canonical
from domain.clock import AdvanceDemoClock
from domain.staffing import OpenLedger, Person
from domain.values import OPERATOR, PersonId, Words
from services.api.app import create_app
from services.commands import Handler, Request
from services.eventstore.connections import Pool
from services.eventstore.pool import STATEMENT_SECONDS, bounded_pool
from services.eventstore.store import EventStore
from services.evidence import EvidenceStore
from services.identity.demo import DemoProvider
from services.readmodels import ReadModels
from services.seal import SealKey, SealStore
from services.seal.record import introducing
from services.settings import Settings

LEDGER = "keha"
ISSUER = "https://idp.example"
VERSION = "keha-2024-2027.1"
AGREEMENT = Path(__file__).parents[2] / "agreements" / "keha-2024-2027.yaml"
START = datetime(2023, 11, 1, 8, tzinfo=UTC)
JUNE = datetime(2024, 6, 3, 8, tzinfo=UTC)
HALF_YEAR = "2024-half-year"
UNIT, OTHER = "people-leadership", "digital-services"
MAX_BYTES = 100_000
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\nstartxref\n0\n%%EOF\n"
UNITS = (
    "employment-services",
    "digital-services",
    "data-analytics",
    "finance-procurement",
    "people-leadership",
    "security-preparedness",
    "payments",
    "strategy",
)
ROLES: dict[str, tuple[str, str | None]] = {
    "owner": ("owner", UNIT),
    "stand-in": ("owner", UNIT),
    "director": ("director", UNIT),
    "other-owner": ("owner", OTHER),
    "other-director": ("director", OTHER),
    "head": ("head", None),
    "coordinator": ("coordinator", None),
    "assessor": ("ministry-assessor", None),
    "decider": ("ministry-decider", None),
    "auditor": ("auditor", None),
    "leaver": ("owner", UNIT),
}
SLOTS = {
    "ministry-director-general": "decider",
    "agency-director": "head",
    "ministry-adviser": "assessor",
    "agency-strategy-director": "director",
}
SEAL_KEY = SealKey(Ed25519PrivateKey.from_private_bytes(b"k" * 32))
PEOPLE = ("admin", "admin-two", "nobody", *ROLES)


@dataclass(slots=True, kw_only=True)
class World:
    """The API, its parts, and how to use it as one of the people."""

    url: str
    app: FastAPI
    client: httpx2.AsyncClient
    handler: Handler
    store: EventStore
    pool: Pool
    evidence: EvidenceStore
    objects: ObjectStore
    provider: DemoProvider

    def headers(self, person: str, **more: str) -> dict[str, str]:
        """A token and a fresh key; more headers by their names with underscores."""
        made = {"Authorization": f"Bearer {self.provider.token(person)}", "Idempotency-Key": secrets.token_hex(8)}
        return made | {name.replace("_", "-"): value for name, value in more.items()}

    async def post(self, person: str, command: str, /, **body: Any) -> httpx2.Response:
        """Give a command."""
        path = f"/api/v1/{LEDGER}/commands/{command}"
        return await self.client.post(path, json=body, headers=self.headers(person))

    async def do(self, person: str, command: str, /, **body: Any) -> dict[str, Any]:
        """Give a command that is accepted."""
        answer = await self.post(person, command, **body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def get(self, person: str, path: str, /, **query: Any) -> httpx2.Response:
        """Read something of the ledger."""
        return await self.client.get(f"/api/v1/{LEDGER}/{path}", params=query or None, headers=self.headers(person))

    async def read(self, person: str, path: str, /, **query: Any) -> Any:
        """Read something that is there."""
        answer = await self.get(person, path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def upload(self, person: str, name: str = "proof.pdf", content: Any = PDF, **headers: str) -> httpx2.Response:
        """Upload a file."""
        return await self.client.post(
            f"/api/v1/{LEDGER}/files", params={"name": name}, content=content, headers=self.headers(person, **headers)
        )

    async def clock(self, instant: datetime) -> None:
        """Set the demo ledger's clock."""
        command = AdvanceDemoClock(instant=instant)
        key = f"clock-{instant.isoformat()}"
        await self.handler.handle(Request(ledger=LEDGER, by=OPERATOR, key=key, command=command, received_at=instant))


async def world_over(
    url: str,
    provider: DemoProvider,
    *,
    statement_seconds: float = STATEMENT_SECONDS,
    seal: SealStore | None = None,
    objects: ObjectStore | None = None,
    **settings: Any,
) -> World:
    """A world over a database that may hold one already."""
    pool = await bounded_pool(url, most=6, statement_seconds=statement_seconds)
    store = EventStore(pool)
    objects = MemoryStore() if objects is None else objects
    evidence = EvidenceStore(objects, pool, MAX_BYTES)
    handler = Handler(store, evidence)
    app = create_app(
        handler=handler,
        store=store,
        pool=pool,
        evidence=evidence,
        verifier=provider.verifier(),
        settings=Settings(**settings),
        readmodels=ReadModels(pool, store),
        seal=SealStore(MemoryStore(), MemoryStore()) if seal is None else seal,
    )
    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="https://etappi.example")
    return World(
        url=url,
        app=app,
        client=client,
        handler=handler,
        store=store,
        pool=pool,
        evidence=evidence,
        objects=objects,
        provider=provider,
    )


async def populate(world: World) -> None:
    """Open the ledger, register the people, give them their roles, and bring the agreement into force."""
    await world.store.create_ledger(LEDGER, demo=True)
    administrators = tuple(named(person, world.provider.issuer) for person in ("admin", "admin-two"))
    opening = OpenLedger(ledger=LEDGER, agency="keha", demo=True, administrators=administrators)
    await world.handler.handle(Request(ledger=LEDGER, by=OPERATOR, key="open", command=opening, received_at=START))
    await world.clock(START)
    beside = access_ledger(LEDGER)
    await world.store.create_ledger(beside, demo=True)
    await introducing(world.handler)(beside, SEAL_KEY.verifier(f"etappi.example/log/{beside}"))
    for unit in UNITS:
        name = {"fi": unit, "sv": unit, "en": unit}
        await world.do("admin", "register-unit", unit=unit, name=name, valid_from="2023-11-01")
    for person in ("nobody", *ROLES):
        await world.do("admin", "register-person", **_registration(person, world.provider.issuer))
    for person, (role, held_in) in ROLES.items():
        until = "2024-05-31" if person == "leaver" else None
        grant = {"person": person, "role": role, "unit": held_in, "valid_from": "2023-11-01", "valid_to": until}
        await world.do("admin", "propose-role", proposal=f"{person}-role", grant=grant)
    for proposal in (await world.read("admin-two", "organisation"))["proposals"]:
        await world.do("admin-two", "confirm-role", proposal=proposal["proposal"], digest=proposal["digest"])
    answer = await world.client.post(
        f"/api/v1/{LEDGER}/agreement-files", content=AGREEMENT.read_bytes(), headers=world.headers("coordinator")
    )
    assert answer.status_code == 200, answer.text
    agreement = await world.read("coordinator", f"agreements/{VERSION}")
    annexes = [
        {"id": annex["id"], "file": (await world.upload("coordinator", f"annex-{number}.pdf")).json()["file"]}
        for number, annex in enumerate(agreement["annexes"], 1)
    ]
    holders = [{"slot": slot, "person": person} for slot, person in SLOTS.items()]
    await world.do("coordinator", "send-for-signature", version=VERSION, holders=holders, annexes=annexes)
    digest = (await world.read("head", f"agreements/{VERSION}"))["digest"]
    for slot, person in SLOTS.items():
        await world.do(person, "sign-agreement", version=VERSION, slot=slot, digest=digest)
    await world.clock(JUNE)


def _registration(person: str, issuer: str) -> dict[str, str]:
    login = canonical({"issuer": issuer, "subject": person}).decode()
    return {"person": person, "name": f"The {person}", "contact": f"{person}@keha.example", "login": login}


def named(person: str, issuer: str = ISSUER) -> Person:
    """A person as the operator registers one."""
    said = _registration(person, issuer)
    return Person(
        person=PersonId(person), name=Words(said["name"]), contact=Words(said["contact"]), login=Words(said["login"])
    )
