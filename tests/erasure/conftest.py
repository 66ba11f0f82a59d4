"""A ledger in which words and files of one person stand, and those who can have them erased."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from eventstore.made import command as appended
from obstore.store import LocalStore

from domain.canonical import Json, canonical
from domain.erasure import ConfirmErasure, ProposeErasure
from domain.erasures import FOLD
from domain.events.codec import encode, encode_metadata
from domain.events.envelope import SALT_BYTES, Metadata, commitment
from domain.events.erasure import Place
from domain.events.event import Event
from domain.events.item import Evidence, EvidenceAttached
from domain.events.organisation import Grant
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import proposal_digest
from domain.roles import ConfirmRole, ProposeRole
from domain.staffing import OpenLedger, Person, RegisterPerson
from domain.values import OPERATOR, Actor, Date, Digest, File, PersonId, Role, SubjectId, Words
from domain.view import fact_of
from services.commands import Handler, Request
from services.erasure import ErasureRecord, ErasureRecords, erasures, open_records
from services.eventstore import EventStore, NewDisclosure, NewEvent
from services.eventstore.connections import Pool
from services.eventstore.subscribe import Subscription
from services.evidence import EvidenceStore, Manifest, Upload
from services.local import PostgresUrls

LEDGER = "keha"
NAME, CONTACT, SUBJECT = "Matti Meikäläinen", "matti.meikalainen@agency.example", "matti-at-the-provider"
FILE_NAME, TITLE = "salainen-muistio.txt", "Muistio Matista"
CONTENT = b"what Matti wrote\n"
ITEM = "item/2024-half-year/portal"
WORDS = (NAME, CONTACT, SUBJECT, FILE_NAME, TITLE)


@dataclass(slots=True, kw_only=True)
class Town:
    """The parts of an installation."""

    urls: PostgresUrls
    pool: Pool
    store: EventStore
    handler: Handler
    evidence: EvidenceStore
    files: Path
    records: ErasureRecords
    kept: Path

    @property
    def subscription(self) -> Subscription:
        """What carries erasures out."""
        return erasures(self.pool, self.records, self.evidence)

    async def do(self, by: str, command: object) -> None:
        """Give a command."""
        actor = OPERATOR if by == "operator" else Actor(id=PersonId(by))
        request = Request(
            ledger=LEDGER, by=actor, key=secrets.token_hex(8), command=command, received_at=datetime.now(UTC)
        )
        await self.handler.handle(request)

    async def said(self) -> tuple[Place, ...]:
        """All that names the person: name, contact and login, the file and its title."""
        person = (await self.handler.read(LEDGER, lambda view: view.get(ORGANISATION))).people[PersonId("matti")]
        rows = await self.store.read_streams(LEDGER, {ITEM: 0})
        body = rows[0].body.decode()
        file, title = (Digest(body.split(f'"{field}":"')[1][:64]) for field in ("file", "title"))
        return (
            Place(of=ITEM, commitments=(file, title)),
            Place(of="organisation", commitments=(Digest(person.name), Digest(person.contact), Digest(person.login))),
        )

    async def confirmed(self, *places: Place, erasure: str = "e1") -> None:
        """Two people erase it; nothing is carried out yet."""
        proposal = ProposeErasure(
            erasure=erasure, places=places, reason=Words("asked for"), authority=Words("decision 1/2024")
        )
        await self.do("anna", proposal)
        state = await self.handler.read(LEDGER, lambda view: view.get(FOLD, erasure))
        await self.do("hanna", ConfirmErasure(erasure=erasure, digest=proposal_digest(state.proposed)))

    async def lost(self, erasure: str = "lost") -> ErasureRecord:
        """A record outside of an erasure of the person whose events a restore lost."""
        _, organisation = await self.said()
        record = ErasureRecord(
            ledger=LEDGER,
            erasure=erasure,
            position=await self.store.head(LEDGER) + 2,
            version=2,
            leaf="ab" * 32,
            commitments=organisation.commitments,
            objects=(),
            people=("matti",),
        )
        await self.records.keep(record)
        return record

    async def attach(self, manifest: Manifest, stream_subject: str = "portal") -> Evidence:
        """An event that names the file, as the write path leaves it."""
        value: Json = {
            "object": manifest.object,
            "sha256": manifest.sha256,
            "size": manifest.size,
            "media_type": manifest.media_type,
            "name": manifest.name,
        }
        file, title = _disclosed("file", value), _disclosed("title", TITLE)
        evidence = Evidence(
            id="minutes",
            revision=1,
            file=File(file.commitment.hex()),
            title=Words(title.commitment.hex()),
            document_date=Date("2024-06-01"),
            link=None,
            outside_period=None,
        )
        attached = EvidenceAttached(
            round="2024-half-year", subject=SubjectId(stream_subject), revision=1, evidence=evidence
        )
        await self.append(attached, file, title)
        return evidence

    async def append_copy(self, subject: str = "towns") -> None:
        """Another stream names the same file and title."""
        item = (await self.store.read_streams(LEDGER, {ITEM: 0}))[0]
        attached = fact_of(item).event
        assert isinstance(attached, EvidenceAttached)
        await self.append(replace(attached, subject=SubjectId(subject)))

    async def append(self, event: Event, *said: NewDisclosure) -> None:
        """Write an event past the domain."""
        version = (await self.store.stream_versions(LEDGER, [event.stream]))[event.stream]
        new = NewEvent(
            stream=event.stream,
            id=secrets.token_bytes(16),
            type=event.type,
            schema=event.schema,
            effective_at=None,
            nonce=secrets.token_bytes(16),
            body=encode(event),
            metadata=_METADATA,
            commitments=tuple(each.commitment for each in said),
        )
        await self.store.append(LEDGER, appended(new, on={event.stream: version}, disclosures=said))


_METADATA = encode_metadata(
    Metadata(
        actor_kind="person",
        actor="matti",
        acting_for=None,
        role=None,
        command="attach-evidence",
        cause=None,
        caused_by_command=False,
        version=None,
        wall=None,
    )
)


def _disclosed(kind: str, value: Json) -> NewDisclosure:
    salt = secrets.token_bytes(SALT_BYTES)
    return NewDisclosure(
        commitment=bytes.fromhex(commitment(salt, kind, value)), salt=salt, value=canonical([kind, value])
    )


def person(name: str, shown: str, contact: str, subject: str) -> Person:
    """A person with a login."""
    login = canonical({"issuer": "https://idp.example", "subject": subject}).decode()
    return Person(person=PersonId(name), name=Words(shown), contact=Words(contact), login=Words(login))


@pytest.fixture
async def town(database: PostgresUrls, tmp_path: Path) -> AsyncIterator[Town]:
    """The installation; the file is uploaded and attached, nothing is erased."""
    async with asyncpg.create_pool(database.app, min_size=1, max_size=6) as pool:
        store = EventStore(pool)
        await store.create_ledger(LEDGER, demo=False)
        files = tmp_path / "evidence"
        evidence = EvidenceStore(LocalStore(files, mkdir=True), pool, 100_000)
        made = Town(
            urls=database,
            pool=pool,
            store=store,
            handler=Handler(store, evidence),
            evidence=evidence,
            files=files,
            records=open_records(None, tmp_path),
            kept=tmp_path / "checkpoints",
        )
        await _staffed(made)
        await made.attach(await upload(made))
        yield made


async def _staffed(town: Town) -> None:
    administrators = tuple(person(each, each.title(), f"{each}@x.example", each) for each in ("anna", "bert"))
    await town.do("operator", OpenLedger(ledger=LEDGER, agency="keha", demo=False, administrators=administrators))
    for each in (person("hanna", "Hanna", "hanna@x.example", "hanna"), person("matti", NAME, CONTACT, SUBJECT)):
        register = RegisterPerson(person=each.person, name=each.name, contact=each.contact, login=each.login)
        await town.do("anna", register)
    head = Grant(person=PersonId("hanna"), role=Role.HEAD, unit=None, valid_from=Date("2024-01-01"), valid_to=None)
    propose = ProposeRole(proposal="r1", grant=head)
    await town.do("anna", propose)
    proposed = (await town.handler.read(LEDGER, lambda view: view.get(ORGANISATION))).proposed["r1"][0]
    await town.do("bert", ConfirmRole(proposal="r1", digest=proposal_digest(proposed)))


async def upload(town: Town, key: str = "k1") -> Manifest:
    """The file is uploaded."""

    async def content() -> AsyncIterator[bytes]:
        yield CONTENT

    return await town.evidence.take(
        Upload(ledger=LEDGER, uploader="matti", key=key, name=FILE_NAME, media_type=None, length=len(CONTENT)),
        content(),
    )
