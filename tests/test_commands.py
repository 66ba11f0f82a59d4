"""The write path on a real Postgres: what a command leaves in the log, and what a repeated one does."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from domain.canonical import Json, canonical
from domain.clock import AdvanceDemoClock
from domain.errors import Refused
from domain.events.codec import decode_metadata
from domain.events.envelope import Metadata
from domain.events.item import Evidence, OutturnReported
from domain.evidence import AttachEvidence
from domain.late_completion import RecordLateCompletion
from domain.staffing import OpenLedger, Person, RegisterPerson, RegisterUnit
from domain.values import (
    OPERATOR,
    Actor,
    Basis,
    Date,
    Decimal,
    File,
    Finality,
    Id,
    PersonId,
    Role,
    SubjectId,
    Title,
    UnitId,
    VersionId,
    Words,
)
from services.commands import Handler, KeyWasReused, Request, _new
from services.eventstore.store import EventStore
from services.local import PostgresUrls
from services.sealing import Sealing, normalised

START = datetime(2023, 11, 1, 8, tzinfo=UTC)
ANNA, BERT = PersonId("anna"), PersonId("bert")


def named(person: str) -> Person:
    """A person with made-up contacts."""
    login = canonical({"issuer": "https://idp.example", "subject": person}).decode()
    contact = Words(f"{person}@agency.example")
    return Person(person=PersonId(person), name=Words(person.title()), contact=contact, login=Words(login))


@pytest.fixture
async def handler(database: PostgresUrls) -> AsyncIterator[Handler]:
    """A handler over a demo ledger `keha` that was just opened."""
    pool = await asyncpg.create_pool(database.app, min_size=1, max_size=5)
    store = EventStore(pool)
    await store.create_ledger("keha", demo=True)
    made = Handler(store)
    opening = OpenLedger(ledger="keha", agency="keha", demo=True, administrators=(named("anna"), named("bert")))
    await made.handle(Request(ledger="keha", by=OPERATOR, key="open", command=opening, received_at=START))
    await made.handle(
        Request(ledger="keha", by=OPERATOR, key="clock", command=AdvanceDemoClock(instant=START), received_at=START)
    )
    yield made
    await pool.close()


def register(key: str, unit: str = "digi", name: str = "Digital services") -> Request:
    """A request of Anna's."""
    title = Title(canonical({"fi": "Digi", "sv": "Digi", "en": name}).decode())
    command = RegisterUnit(unit=UnitId(unit), name=title, valid_from=Date("2023-11-01"))
    body = canonical({"unit": unit, "name": name})
    by = Actor(id=ANNA)
    return Request(ledger="keha", by=by, key=key, command=command, received_at=START, route="units", body=body)


async def test_a_command_is_recorded_with_who_and_why_and_its_words_lie_outside_the_event(handler: Handler) -> None:
    done = await handler.handle(register("k1"))

    rows = await handler.store.read("keha", after=(done.first or 0) - 1)
    assert [row.type for row in rows] == ["unit-registered"]
    assert b"Digital" not in rows[0].body
    assert b'"command":"register-unit"' in rows[0].metadata
    assert rows[0].received_at == START
    opened = await handler.store.disclosures("keha", [bytes.fromhex(rows[0].body.split(b'"name":"')[1][:64].decode())])
    assert list(opened.values()) == [("name", {"fi": "Digi", "sv": "Digi", "en": "Digital services"})]


async def test_the_same_key_and_request_get_the_first_answer_and_one_event(handler: Handler) -> None:
    """Case 24."""
    answers = await asyncio.gather(*(handler.handle(register("k1")) for _ in range(30)))

    assert len({(each.first, each.last) for each in answers}) == 1
    assert sum(not each.repeated for each in answers) == 1


async def test_the_same_key_with_another_request_is_refused(handler: Handler) -> None:
    await handler.handle(register("k1"))

    with pytest.raises(KeyWasReused):
        await handler.handle(register("k1", unit="talous"))


async def test_equal_words_are_no_change_though_their_salt_is_new(handler: Handler) -> None:
    before = await handler.handle(register("k1"))

    again = await handler.handle(register("k2", name="  Digital services "))

    assert again.unchanged
    assert await handler.store.head("keha") == before.last


async def test_a_refused_command_records_nothing(handler: Handler) -> None:
    await handler.handle(register("k1"))
    head = await handler.store.head("keha")

    with pytest.raises(Refused) as refused:
        await handler.handle(register("k2", name="Another name"))

    assert refused.value.code == "unit-exists"
    assert await handler.store.head("keha") == head


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x" * 1_000_000, "text-too-long"),
        ("Anna\0", "text-control-character"),
        ("Анна", "text-script"),
        ("   ", "text-missing"),
    ],
)
async def test_words_that_cannot_be_taken_are_refused(handler: Handler, text: str, code: str) -> None:
    command = RegisterPerson(person=PersonId("carl"), name=Words(text), contact=Words("c@x.example"), login=Words("c"))
    request = replace(register("k1"), command=command)

    with pytest.raises(Refused) as refused:
        await handler.handle(request)

    assert (refused.value.code, refused.value.field) == (code, "name")


LINK = "https://arkisto.example:8443/a/b?c=d#e"
MANIFESTS: Mapping[str, Json] = {"file": {"name": "a.pdf"}}


def attaching(link: str) -> AttachEvidence:
    """A command that names a copy, and where it was copied from."""
    evidence = Evidence(
        id=Id("e1"),
        revision=1,
        file=File("file"),
        title=Words("Todiste"),
        document_date=Date("2024-05-01"),
        link=Words(link),
        outside_period=None,
    )
    return AttachEvidence(round="2024-half-year", subject=SubjectId("s"), evidence=evidence)


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "ftp://arkisto.example/a",
        "arkisto.example/a",
        "https:///a",
        "https://user:secret@arkisto.example/a",
        "https://arkisto.example\\@other.example/",
        "https://arkisto.example:99999/",
        "https://[::1/",
        "https://arkisto.example/a b",
        "https://arkisto.example/a\nb",
    ],
)
def test_a_link_that_is_no_address_of_a_page_is_refused(link: str) -> None:
    with pytest.raises(Refused) as refused:
        Sealing(MANIFESTS).seal(attaching(link))

    assert (refused.value.code, refused.value.field) == ("link-malformed", "evidence.link")
    assert refused.value.rule == "case 19"
    assert refused.value.mend


def test_a_link_to_a_page_is_taken_also_without_one() -> None:
    sealing = Sealing(MANIFESTS)
    sealed = sealing.seal(attaching(LINK))

    [link] = [each.value for each in sealing.disclosures({sealed.evidence.link})]
    assert link == LINK
    assert Sealing(MANIFESTS).seal(attaching(" ")).evidence.link is None


def test_a_link_of_a_late_completion_is_held_to_the_same() -> None:
    evidence = attaching("file:///etc/motd").evidence
    command = RecordLateCompletion(
        version=VersionId("keha.1"),
        subject=SubjectId("s"),
        completed_on=Date("2025-02-01"),
        narrative=Words("Valmis"),
        evidence=(evidence,),
    )

    with pytest.raises(Refused, match="begins with https") as refused:
        Sealing(MANIFESTS).seal(command)

    assert refused.value.field == "evidence.0.link"


@pytest.mark.parametrize(
    "contact",
    ["carl", "a@b@c.example", "a b@c.example", "a@x.example\nb", "a@x.example, b", "Carl <c@x.example>", "@x"],
)
def test_a_contact_that_is_not_one_mail_address_is_refused(contact: str) -> None:
    command = RegisterPerson(person=PersonId("carl"), name=Words("Carl"), contact=Words(contact), login=Words("c"))

    with pytest.raises(Refused) as refused:
        Sealing({}).seal(command)

    assert (refused.value.code, refused.value.field) == ("contact-malformed", "contact")


async def test_a_demo_ledger_keeps_its_own_time_and_the_wall_clock_beside_it(handler: Handler) -> None:
    later = START + timedelta(days=30)
    await handler.handle(
        Request(ledger="keha", by=OPERATOR, key="c2", command=AdvanceDemoClock(instant=later), received_at=later)
    )

    done = await handler.handle(register("k1"))

    [row] = await handler.store.read("keha", after=(done.first or 0) - 1)
    assert (row.received_at, row.recorded_at) == (later, later)
    assert b'"wall":"20' in row.metadata


async def test_two_people_of_one_name_have_a_disclosure_each(handler: Handler) -> None:
    """Case 20: the one may have to be erased."""
    for key, person in (("k1", "carl"), ("k2", "cora")):
        login = named(person).login
        command = RegisterPerson(
            person=PersonId(person), name=Words("Kim Salo"), contact=Words("office@x.example"), login=login
        )
        await handler.handle(replace(register(key), command=command))

    rows = [row for row in await handler.store.read("keha", 0) if row.type == "person-registered"]
    names = [row.body.split(b'"name":"')[1][:64] for row in rows[-2:]]
    contacts = [row.body.split(b'"contact":"')[1][:64] for row in rows[-2:]]
    assert len(set(names)) == len(set(contacts)) == 2


def test_a_value_that_could_not_be_read_again_is_refused_before_it_is_recorded() -> None:
    event = OutturnReported(
        round="2024-annual",
        subject=SubjectId("wellbeing"),
        revision=1,
        version=VersionId("keha.1"),
        value=Decimal("8.071234567891"),
        finality=Finality.FINAL,
        basis=Basis.ACTUAL,
        light=None,
        narrative=None,
        reason=None,
        explanation=None,
    )
    said = Metadata(
        actor_kind="person",
        actor="anna",
        acting_for=None,
        role=None,
        command="report-indicator",
        cause=None,
        caused_by_command=False,
        version=None,
        wall=None,
    )

    with pytest.raises(Refused) as refused:
        _new(event, said)

    assert refused.value.code == "malformed-value"


async def test_metadata_say_in_which_capacity_and_in_which_format(handler: Handler) -> None:
    done = await handler.handle(replace(register("k1"), assurance="substantial"))

    [row] = await handler.store.read("keha", after=(done.first or 0) - 1)
    said = decode_metadata(row.metadata)
    assert (said.role, said.unit, said.substitution, said.assurance, said.format) == (
        Role.ADMINISTRATOR,
        None,
        None,
        "substantial",
        "metadata/1",
    )


@pytest.mark.parametrize(("pasted", "kept"), [("one\r\ntwo", "one\ntwo"), ("Sii\u00adta\u200b", "Siita")])
def test_what_comes_along_with_pasted_text_is_dropped(pasted: str, kept: str) -> None:
    assert normalised("narrative", pasted, 100) == kept


@pytest.mark.parametrize("login", ["abc", "{}", '{"issuer":"x"}', '{"issuer":"","subject":"y"}', '["a"]'])
async def test_a_login_that_could_never_sign_in_is_refused(handler: Handler, login: str) -> None:
    command = RegisterPerson(
        person=PersonId("carl"), name=Words("Carl"), contact=Words("c@x.example"), login=Words(login)
    )

    with pytest.raises(Refused) as refused:
        await handler.handle(replace(register("k1"), command=command))

    assert (refused.value.code, refused.value.field) == ("login-malformed", "login")
