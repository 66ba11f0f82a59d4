"""What auditors and administrators look at is recorded before they are answered (C11)."""

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from api.test_engagements import engage
from api.test_files import with_evidence
from api.test_items import MILESTONE, PATH, reported
from api.world import HALF_YEAR, JUNE, LEDGER, PDF, World
from domain.access import access_ledger, quarter_of
from domain.engagement import Scope
from domain.events.access import Look, LookRecorded
from domain.events.envelope import Row
from domain.values import FIRST_DAY, Digest, PersonId, Role
from domain.view import fact_of
from projections.capacities import Capacity
from services.api.callers import Caller
from services.api.looks import OTHERWISE, OWN, SCOPES, Looks
from services.api.reading import Reader
from services.commands import Handler
from services.eventstore import Listener, Subscription, run_subscriptions, wait_for
from services.eventstore.connections import Connection
from services.identity import Login
from services.local import PostgresUrls

NINE = datetime(2024, 6, 3, 9, tzinfo=UTC)
ACCESS = access_ledger(LEDGER)


async def looks(world: World, ledger: str = ACCESS) -> list[Any]:
    """The looks that are recorded since the world was set up, in their order."""
    found: list[Any] = [fact_of(row).event for row in await world.store.read(ledger, 0)]
    return [each for each in found if isinstance(each, LookRecorded) and each.quarter >= JUNE]


def who(person: str, role: Role, now: datetime = NINE, ledger: str = LEDGER) -> tuple[Caller, Reader]:
    """Somebody who reads."""
    login = Login(issuer="i", subject=person)
    caller = Caller(ledger=ledger, person=PersonId(person), acting_for=None, received_at=now, login=login)
    engaged = Scope(engaged={"eca": frozenset()}) if role is Role.AUDITOR else Scope()
    held = (Capacity(person=PersonId(person), role=role, unit=None, valid_from=FIRST_DAY, valid_to=None),)
    return caller, Reader(ledger=ledger, person=PersonId(person), now=now, held=held, looks=engaged)


async def test_a_look_is_recorded_once_a_quarter_of_an_hour_also_by_several_processes(world: World) -> None:
    auditor = who("auditor", Role.AUDITOR)
    one, other = Looks(world.handler), Looks(Handler(world.store))

    for each in (one, one, other):
        await each.record(*auditor, Look.READ, "trail")

    first = LookRecorded(
        person=PersonId("auditor"),
        role=Role.AUDITOR,
        engagement="eca",
        kind=Look.READ,
        scope="trail",
        quarter=NINE,
        digest=None,
    )
    assert await looks(world) == [first]
    await one.record(*who("auditor", Role.AUDITOR, NINE.replace(minute=15)), Look.READ, "trail")
    await one.record(*who("auditor", Role.AUDITOR, NINE.replace(minute=29)), Look.READ, "trail")
    await one.record(*who("admin", Role.ADMINISTRATOR, NINE.replace(minute=29)), Look.READ, "trail")
    await one.record(*auditor, Look.BUNDLE, "ledger", Digest("a" * 64))
    assert [(each.person, each.engagement, each.kind, each.quarter.minute) for each in await looks(world)] == [
        ("auditor", "eca", Look.READ, 0),
        ("auditor", "eca", Look.READ, 15),
        ("admin", None, Look.READ, 15),
        ("auditor", "eca", Look.BUNDLE, 0),
    ]


async def test_the_first_look_opens_the_ledger_of_looks_on_the_clock_of_its_agencys(world: World) -> None:
    """An older installation has none."""
    await world.store.create_ledger("kylki", demo=False)
    now = datetime.now(UTC)

    await Looks(world.handler).record(*who("auditor", Role.AUDITOR, now, "kylki"), Look.READ, "trail")

    assert [each.quarter for each in await looks(world, "kylki.access")] == [quarter_of(now)]
    demos = await world.store.ledgers()
    assert (demos[LEDGER], demos[ACCESS], demos["kylki"], demos["kylki.access"]) == (True, True, False, False)


async def test_looks_side_by_side_are_all_recorded(world: World) -> None:
    recorder, auditor = Looks(world.handler), who("auditor", Role.AUDITOR)

    await asyncio.gather(*(recorder.record(*auditor, Look.READ, f"item/{n % 10}") for n in range(20)))

    assert sorted(each.scope for each in await looks(world)) == [f"item/{n}" for n in range(10)]


@pytest.mark.parametrize("role", [each for each in Role if each not in (Role.AUDITOR, Role.ADMINISTRATOR)])
async def test_nobody_elses_reading_is_recorded(world: World, role: Role) -> None:
    await Looks(world.handler).record(*who("head", role), Look.READ, "trail")

    assert await looks(world) == []


async def test_each_read_of_a_ledger_is_a_look_at_something(still: World) -> None:
    """A read without a scope would be one that nobody watches. A demo's clock is served beside workflows only."""
    document = (await still.client.get("/api/v1/openapi.json")).json()
    reads = {
        said["get"]["operationId"]: [each["name"] for each in said["get"]["parameters"] if each["required"]]
        for path, said in document["paths"].items()
        if path.startswith("/api/v1/{ledger}/") and "get" in said
    }

    assert set(reads) <= set(SCOPES) | OWN | OTHERWISE
    assert (set(SCOPES) | OWN) - {"read-clock"} <= set(reads)
    for operation, scope in SCOPES.items():
        assert set(re.findall(r"{(\w+)}", scope)) == set(reads[operation]) - {"ledger"}


async def test_what_an_auditor_reads_in_an_engagement_is_recorded_with_it(world: World) -> None:
    await reported(world)
    await engage(world)

    for path in ("trail", PATH, f"rounds/{HALF_YEAR}/items", f"rounds/{HALF_YEAR}/items", "organisation", "inbox"):
        await world.read("auditor", path)
    await world.read("auditor", "board", year=" 2024", round="half-year")

    assert [(each.scope, each.engagement) for each in await looks(world)] == [
        ("trail", "eca-2024"),
        (f"item/{HALF_YEAR}/{MILESTONE}", "eca-2024"),
        (f"items/{HALF_YEAR}", "eca-2024"),
        ("organisation", "eca-2024"),
        (f"board/{HALF_YEAR}", "eca-2024"),
    ]


@pytest.mark.parametrize("person", ["auditor", "head"])
async def test_what_a_read_does_not_take_is_passed_over(world: World, person: str) -> None:
    for query in ({"year": "abc"}, {"subject": "no such"}, {"ledger": "x"}):
        await world.read(person, "organisation", **query)

    assert [each.scope for each in await looks(world)] == ["organisation"] * (person == "auditor")


async def test_a_look_is_of_the_engagement_that_covers_its_subject_and_nobody_chooses_it(world: World) -> None:
    path = "files/" + await with_evidence(world)
    await engage(world, "other-subject", engagement="a-first")
    await engage(world, MILESTONE, engagement="b-second")

    for each in (path, PATH):
        assert (await world.get("auditor", each, subject="other-subject")).status_code == 200
    await world.read("auditor", "organisation", subject=MILESTONE)

    assert [(each.scope.split("/")[0], each.engagement) for each in await looks(world)] == [
        ("file", "b-second"),
        ("item", "b-second"),
        ("organisation", "a-first"),
    ]


async def test_an_administrators_reading_is_recorded_and_nobody_elses(world: World) -> None:
    for person in ("admin", "head", "coordinator", "owner", "assessor"):
        await world.read(person, "organisation")

    assert [(each.person, each.role, each.scope) for each in await looks(world)] == [
        ("admin", Role.ADMINISTRATOR, "organisation")
    ]


async def test_what_is_refused_is_no_look(world: World) -> None:
    await reported(world)

    for path in (
        PATH,
        "rounds/2024-half-year/items/no-such",
        "agreements/none",
        "board",
        "nowhere",
        "files/" + "a" * 64,
    ):
        assert (await world.get("auditor", path)).status_code in (403, 404, 422)

    assert await looks(world) == []


@pytest.mark.parametrize("person", ["auditor", "admin"])
async def test_where_a_look_cannot_be_recorded_it_is_refused(world: World, postgres: PostgresUrls, person: str) -> None:
    path = "files/" + await with_evidence(world)
    await engage(world)
    await world.read(person, "trail")
    await unwritable(postgres, world)

    answers = [await world.get(person, each) for each in ("organisation", path) if (person, each) != ("admin", path)]

    for each in answers:
        assert (each.status_code, each.json()["code"]) == (503, "look-not-recorded")
        assert (each.headers["Retry-After"], each.headers["Content-Type"]) == ("2", "application/problem+json")
    assert (await world.get(person, "trail")).status_code == 200
    assert (await world.get("head", path)).content == PDF
    assert [each.scope for each in await looks(world)] == ["trail"]


async def test_a_file_that_is_handed_out_is_named(world: World) -> None:
    path = "files/" + await with_evidence(world)
    await engage(world)

    assert (await world.get("auditor", path)).content == PDF

    assert [each.scope for each in await looks(world)] == [path.replace("files/", "file/")]


async def test_a_look_for_words_that_may_go_says_whose_or_which(world: World) -> None:
    one, other = "1" * 64, "2" * 64

    await world.read("admin", "erasure-places", person="owner")
    await world.read("admin", "erasure-places", subject=MILESTONE)
    await world.read("admin", "erasure-places", commitment=[other, one, other])

    assert [each.scope for each in await looks(world)] == [
        "erasure-places?person=owner",
        f"erasure-places?subject={MILESTONE}",
        f"erasure-places?commitment={one}&commitment={other}",
    ]


async def unwritable(postgres: PostgresUrls, world: World) -> None:
    """From now on nothing can be written to the access ledger."""
    database = await world.pool.fetchval("SELECT current_database()")
    owner = await asyncpg.connect(postgres.for_database(database).owner)
    await owner.execute("""
        CREATE FUNCTION log.full() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full'; END $$;
        CREATE TRIGGER full_disk BEFORE INSERT ON log.event FOR EACH ROW WHEN (NEW.ledger = 'keha.access')
            EXECUTE FUNCTION log.full();
    """)
    await owner.close()


async def test_the_ledger_of_looks_is_no_agencys_and_concerns_no_follower(world: World) -> None:
    await world.read("admin", "trail")
    seen: list[str] = []

    async def handle(_: Connection, rows: Sequence[Row]) -> None:
        seen.extend(row.ledger for row in rows)

    async with Listener(world.url).listening() as listener:
        follower = Subscription(name="follower", handle=handle)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(run_subscriptions(world.pool, listener, [follower], poll_seconds=0.05))
            assert await wait_for(world.pool, "follower", LEDGER, await world.store.head(LEDGER), 20)
            await asyncio.sleep(0.2)
            task.cancel()

    assert set(seen) == {LEDGER}
    me = (await world.client.get("/api/v1/me", headers=world.headers("admin"))).json()
    assert [each["ledger"] for each in me["ledgers"]] == [LEDGER]
    answer = await world.client.get(f"/api/v1/{ACCESS}/trail", headers=world.headers("admin"))
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-ledger")
