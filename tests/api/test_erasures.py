"""An erasure over HTTP, from the question where words stand to what is left of them: nothing, and every proof."""

import gc
import types
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import obstore
import pytest
from erasure.test_erasing import dump
from obstore.store import LocalStore

from api.test_engagements import engage
from api.test_items import MILESTONE, PATH, REPORT, reported
from api.world import HALF_YEAR, LEDGER, PDF, World
from domain.events.disclosed import commitments
from domain.events.envelope import leaf
from domain.view import fact_of
from services.erasure import ErasureRecords, apply_erasures, erasures
from services.eventstore import catch_up
from services.identity import IDENTITIES
from services.local import PostgresUrls
from services.readmodels import SUBSCRIPTION
from services.readmodels.follow import rebuild

SAID = "Matti Meikäläinen on poissa töistä"
AGAIN = "Matin poissaolo jatkuu"
TITLE, FILE_NAME = "Muistio Matista", "matin-tiedot.pdf"
CONTENT = PDF + b"% what Matti wrote\n%%EOF\n"
NAME, CONTACT = "Matti Entinen", "matti.entinen@keha.example"
AUTHORITY = {"erasure": "e1", "authority": "Päätös 7/2024"}


@pytest.fixture
def kept(tmp_path: Path) -> ErasureRecords:
    """The place outside."""
    return ErasureRecords(LocalStore(tmp_path / "kept", mkdir=True))


async def told(world: World) -> None:
    """A narrative, a file with its title, and then another narrative; a person whose name and address change."""
    await reported(world, narrative=SAID)
    file = (await world.upload("owner", FILE_NAME, CONTENT)).json()["file"]
    evidence = {"id": "e1", "revision": 1, "file": file, "title": TITLE, "document_date": "2024-05-01"}
    await world.do("owner", "attach-evidence", round=HALF_YEAR, subject=MILESTONE, evidence=evidence)
    await world.do(
        "owner", "report-milestone", **REPORT | {"narrative": AGAIN, "seen": (await world.read("owner", PATH))["seen"]}
    )
    for name, contact in ((NAME, CONTACT), ("The stand-in", "stand-in@keha.example")):
        await world.do("admin", "change-person", person="stand-in", name=name, contact=contact, language="fi")
    await catch_up(world.pool, SUBSCRIPTION, LEDGER)


async def proposed(world: World, *wanted: dict[str, Any], erasure: str = "e1") -> Any:
    """An administrator asks where the words stand, and proposes to erase them all."""
    found: dict[str, list[str]] = {}
    for query in wanted:
        for place in (await world.read("admin", "erasure-places", **query))["places"]:
            found[place["of"]] = sorted({*found.get(place["of"], []), *place["commitments"]})
    places = [{"of": stream, "commitments": said} for stream, said in found.items()]
    return await world.post(
        "admin", "propose-erasure", erasure=erasure, places=places, reason="Pyyntö", authority="Päätös 7/2024"
    )


async def carried_out(world: World, kept: ErasureRecords, *wanted: dict[str, Any], erasure: str = "e1") -> None:
    """It is proposed, the head confirms what they read, and it is done."""
    answer = await proposed(world, *wanted, erasure=erasure)
    assert answer.status_code == 200, answer.text
    shown = await world.read("head", f"erasures/{erasure}")
    await world.do("head", "confirm-erasure", erasure=erasure, digest=shown["digest"])
    await catch_up(world.pool, erasures(world.pool, kept, world.evidence), LEDGER)
    await catch_up(world.pool, SUBSCRIPTION, LEDGER)


ALL = ({"subject": MILESTONE}, {"person": "stand-in"})


async def test_who_proposes_an_erasure_reads_what_would_go_and_where_it_stands(world: World) -> None:
    await told(world)

    found = await world.read("admin", "erasure-places", subject=MILESTONE)

    said = [each["said"] for each in found["words"]]
    assert {each for each in said if isinstance(each, str)} == {SAID, AGAIN, TITLE}
    [manifest] = [each for each in said if isinstance(each, dict)]
    assert (manifest["name"], "object" in manifest) == (FILE_NAME, False)
    assert [each["of"] for each in found["places"]] == [f"item/{HALF_YEAR}/{MILESTONE}"]
    person = await world.read("admin", "erasure-places", person="stand-in")
    assert {NAME, CONTACT, "The stand-in", "stand-in@keha.example"} < {each["said"] for each in person["words"]}
    one = found["words"][0]
    assert (await world.read("head", "erasure-places", commitment=one["commitment"]))["words"] == [one]


async def test_a_reason_given_for_many_items_at_once_stands_in_each(world: World) -> None:
    """Case 20. A bulk command says it once."""
    await reported(world)
    items = (await world.read("owner", f"rounds/{HALF_YEAR}/items", limit=500))["items"]
    other = next(each for each in items if each["kind"] == "milestone" and each["subject"] != MILESTONE)["subject"]
    await world.do("owner", "report-milestone", **REPORT | {"subject": other, "narrative": "x"})
    bound = [(await world.read("owner", f"rounds/{HALF_YEAR}/items/{each}"))["bound"] for each in (MILESTONE, other)]
    await world.clock(datetime(2024, 9, 2, 8, tzinfo=UTC))
    await world.do("owner", "submit-items", round=HALF_YEAR, items=bound, late_reason=SAID)

    found = await world.read("admin", "erasure-places", subject=MILESTONE)

    [reason] = [each for each in found["words"] if each["said"] == SAID]
    assert reason["of"] == sorted(f"item/{HALF_YEAR}/{each}" for each in (MILESTONE, other))
    answer = await world.post(
        "admin",
        "propose-erasure",
        erasure="e1",
        places=[{"of": reason["of"][0], "commitments": [reason["commitment"]]}],
        reason="Pyyntö",
        authority="Päätös 7/2024",
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "places-incomplete")
    assert reason["of"][1] in answer.json()["detail"]


async def test_for_every_commitment_the_look_up_finds_exactly_the_streams_whose_events_hold_it(world: World) -> None:
    await told(world)
    truth: dict[str, set[str]] = {}
    for row in await world.store.read(LEDGER, 0, 10_000):
        for each in commitments(fact_of(row).event):
            truth.setdefault(each, set()).add(row.stream)

    named = sorted(truth)
    found: dict[str, set[str]] = {}
    for start in range(0, len(named), 100):
        page = await world.read("admin", "erasure-places", commitment=named[start : start + 100])
        found |= {each["commitment"]: set(each["of"]) for each in page["words"]}

    assert found == truth
    assert len(found) > 200


@pytest.mark.parametrize("person", ["owner", "director", "coordinator", "assessor", "auditor", "nobody"])
async def test_nobody_else_looks_for_what_may_be_erased(still: World, person: str) -> None:
    for path in ("erasures", "erasures/e1", "erasure-places?person=owner", "legal-holds"):
        answer = await still.get(person, path)
        assert (answer.status_code, answer.json()["code"]) in ((403, "not-permitted"), (403, "no-role")), path


async def test_a_look_up_asks_by_one_thing(still: World) -> None:
    zero = "0" * 64
    for query, status, code in (
        ({}, 422, "ask-by-one"),
        ({"subject": "a", "person": "b"}, 422, "ask-by-one"),
        ({"commitment": "x"}, 422, None),
        ({"commitment": [zero] * 101}, 422, None),
        ({"subject": "Ä"}, 422, None),
    ):
        answer = await still.get("admin", "erasure-places", **query)
        assert answer.status_code == status, query
        assert code is None or answer.json()["code"] == code
    assert await still.read("admin", "erasure-places", commitment=zero) == {"places": [], "words": []}
    assert await still.read("admin", "erasure-places", subject="unheard-of") == {"places": [], "words": []}
    assert (await still.get("head", "erasures/unheard-of")).json()["code"] == "unknown-proposal"


async def test_a_hold_refuses_an_erasure_until_two_people_lift_it(world: World) -> None:
    """Case 20, C11."""
    await told(world)
    hold = {"hold": "h1", "subjects": [MILESTONE], "people": [], "reason": "Tutkinta", "authority": "EPPO 1/2024"}
    await world.do("admin", "propose-legal-hold", **hold)
    [shown] = (await world.read("head", "legal-holds"))["holds"]
    assert (shown["stage"], shown["reason"], shown["proposer"]) == ("proposed", "Tutkinta", "admin")
    await world.do("head", "confirm-legal-hold", hold="h1", digest=shown["digest"])
    [shown] = (await world.read("admin", "legal-holds"))["holds"]
    assert (shown["stage"], shown["digest"]) == ("in-force", None)

    answer = await proposed(world, {"subject": MILESTONE})
    assert (answer.status_code, answer.json()["code"]) == (409, "under-legal-hold")

    await world.do("admin-two", "propose-legal-hold-lift", hold="h1", reason="Päättyi", authority="EPPO 2/2024")
    [shown] = (await world.read("head", "legal-holds"))["holds"]
    assert (shown["stage"], shown["proposer"], shown["lift"]["reason"]) == ("lift-proposed", "admin-two", "Päättyi")
    answer = await proposed(world, {"subject": MILESTONE})
    assert answer.json()["code"] == "under-legal-hold"
    await world.do("head", "confirm-legal-hold-lift", hold="h1", digest=shown["digest"])
    [shown] = (await world.read("head", "legal-holds"))["holds"]
    assert (shown["stage"], shown["digest"]) == ("lifted", None)
    assert (await proposed(world, {"subject": MILESTONE})).status_code == 200


async def test_the_head_reads_what_they_confirm_and_afterwards_that_it_is_gone(
    world: World, kept: ErasureRecords
) -> None:
    await told(world)
    assert (await proposed(world, {"subject": MILESTONE})).status_code == 200
    [before] = (await world.read("head", "erasures"))["erasures"]
    assert (before["stage"], before["reason"], before["proposer"]) == ("proposed", "Pyyntö", "admin")
    assert {each["said"] for each in before["words"] if isinstance(each["said"], str)} == {SAID, AGAIN, TITLE}

    await world.do("head", "confirm-erasure", erasure="e1", digest=before["digest"])
    await catch_up(world.pool, erasures(world.pool, kept, world.evidence), LEDGER)

    after = await world.read("admin-two", "erasures/e1")
    assert (after["stage"], after["authority"]) == ("confirmed", "Päätös 7/2024")
    assert {(each["said"]["erased"]["erasure"], each["said"]["erased"]["authority"]) for each in after["words"]} == {
        ("e1", "Päätös 7/2024")
    }
    assert after["places"] == before["places"]


async def test_an_auditor_of_the_whole_ledger_reads_erasures_and_holds(world: World) -> None:
    await engage(world)

    assert await world.read("auditor", "erasures") == {"erasures": [], "next": None}
    assert await world.read("auditor", "legal-holds") == {"holds": []}
    assert (await world.get("auditor", "erasure-places", person="owner")).status_code == 403


async def test_erasures_are_listed_page_by_page(world: World) -> None:
    await told(world)
    for number, person in enumerate(("owner", "stand-in", "director")):
        assert (await proposed(world, {"person": person}, erasure=f"e{number}")).status_code == 200
    await world.do("admin", "withdraw-erasure-proposal", erasure="e1")

    first = await world.read("head", "erasures", limit=2)
    second = await world.read("head", "erasures", limit=2, after=first["next"])

    assert [(each["erasure"], each["stage"]) for each in first["erasures"]] == [("e0", "proposed"), ("e1", "withdrawn")]
    assert ([each["erasure"] for each in second["erasures"]], second["next"]) == (["e2"], None)


async def test_what_was_erased_is_shown_as_erased_wherever_it_stood(world: World, kept: ErasureRecords) -> None:
    await told(world)
    item = await world.read("owner", PATH)
    file = item["evidence"][0]["file"]["commitment"]
    position = (await world.read("owner", "board", year=2024, round="half-year"))["position"]
    await carried_out(world, kept, *ALL)

    def gone(value: Any) -> bool:
        return isinstance(value, dict) and value.get("erased", {}).items() >= AUTHORITY.items()

    after = await world.read("owner", PATH)
    assert gone(after["report"]["narrative"])
    assert gone(after["evidence"][0]["title"])
    assert gone(after["evidence"][0]["file"])
    assert after["digest"] == item["digest"], "what a sign-off would bind to is the same"
    for query in ({}, {"known_at": position}):
        board = await world.read("owner", "board", year=2024, round="half-year", language="fi", **query)
        [row] = [each for each in _rows(board) if each.get("subject") == MILESTONE and "under_way" in each]
        assert gone(row["under_way"]["words"]["narrative"]), query
    trail = await world.read("owner", "trail", subject=MILESTONE, limit=500)
    assert SAID not in str(trail)
    assert str(trail).count("'erasure': 'e1'") >= 4
    people = {each["person"]: each for each in (await world.read("admin", "organisation"))["people"]}
    assert gone(people["stand-in"]["name"])
    assert gone(people["stand-in"]["contact"])
    answer = await world.get("owner", f"files/{file}")
    assert (answer.status_code, answer.json()["code"]) == (404, "file-erased")
    assert "by the erasure e1" in answer.json()["detail"]
    assert (await world.get("other-owner", f"files/{file}")).status_code == 403
    assert (await world.get("owner", f"files/{'0' * 64}")).json()["code"] == "unknown-file"


def _rows(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _rows(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _rows(inner)


async def test_an_item_whose_words_were_erased_is_not_signed_off_until_it_is_written_anew(
    world: World, kept: ErasureRecords
) -> None:
    await told(world)
    await world.do("owner", "submit-items", round=HALF_YEAR, items=[(await world.read("owner", PATH))["bound"]])
    await carried_out(world, kept, {"subject": MILESTONE})
    bound = (await world.read("director", PATH))["bound"]

    answer = await world.post("director", "sign-off-items", round=HALF_YEAR, items=[bound])

    assert (answer.status_code, answer.json()["code"]) == (409, "words-erased"), answer.text
    returned = {"subject": MILESTONE, "reason": "Kirjoita uudelleen"}
    await world.do("director", "return-items", round=HALF_YEAR, items=[returned])
    await world.do("owner", "report-milestone", **REPORT | {"narrative": "Etenee", "seen": bound["digest"]})
    await world.do("owner", "detach-evidence", round=HALF_YEAR, subject=MILESTONE, evidence="e1", reason="Poistettu")
    bound = (await world.read("owner", PATH))["bound"]
    await world.do("owner", "submit-items", round=HALF_YEAR, items=[bound])
    done = await world.do("director", "sign-off-items", round=HALF_YEAR, items=[bound])
    assert done["skipped"] == []


async def test_whose_login_was_erased_signs_in_no_more_also_after_the_index_is_made_anew(
    world: World, kept: ErasureRecords
) -> None:
    await told(world)
    assert (await world.get("stand-in", PATH)).status_code == 200
    await carried_out(world, kept, {"person": "stand-in"})
    await world.pool.execute("DELETE FROM app.identity")
    await world.pool.execute("DELETE FROM app.subscription WHERE name = 'identities'")
    await catch_up(world.pool, IDENTITIES, LEDGER)

    assert (await world.get("stand-in", PATH)).status_code in (401, 403)
    assert (await world.get("owner", PATH)).status_code == 200
    assert await world.pool.fetchval("SELECT count(*) FROM app.identity WHERE person = 'stand-in'") == 0


WORDS = (SAID, AGAIN, TITLE, FILE_NAME, "what Matti wrote", NAME, CONTACT, "The stand-in", "stand-in@keha.example")


async def test_nothing_is_left_in_the_database_the_files_the_process_or_the_place_outside(
    world: World, kept: ErasureRecords, postgres: PostgresUrls, tmp_path: Path
) -> None:
    """Case 20. Every table, every stored file, the records, and all that this process still holds of its requests."""
    owner = postgres.for_database(urlsplit(world.url).path[1:]).owner
    await told(world)
    [name] = await world.pool.fetch("SELECT object, sha256 FROM app.upload WHERE name = $1", FILE_NAME)
    sought = {*WORDS, name["object"], name["sha256"]}
    before = "\n".join([await dump(owner), *[each async for each in _stored(world)]])
    assert _found(sought, before) == sought
    held = [leaf(row) for row in await world.store.read(LEDGER, 0, 10_000)]

    await carried_out(world, kept, *ALL)
    await rebuild(world.pool, LEDGER)

    assert _found(sought, "\n".join([await dump(owner), *[each async for each in _stored(world)]])) == set()
    assert [leaf(row) for row in await world.store.read(LEDGER, 0, len(held))] == held
    assert _found(sought - {name["object"]}, _written(tmp_path)) == set(), "the object's name alone is kept there"
    assert _found(sought, "\n".join(_texts(world.app, world.handler, world.store, world.evidence))) == set()
    assert await apply_erasures(world.pool, kept, world.evidence, LEDGER) == 1


def _found(words: set[str], text: str) -> set[str]:
    """Which words are there, in letters or in the digits of their bytes."""
    return {word for word in words if word in text or word.encode().hex() in text}


def _written(folder: Path) -> str:
    return "\n".join(path.read_text() for path in folder.rglob("*") if path.is_file())


async def _stored(world: World) -> AsyncIterator[str]:
    """The names and contents of all stored files."""
    async for page in obstore.list(world.objects):
        for meta in page:
            content = await (await obstore.get_async(world.objects, meta["path"])).bytes_async()
            yield f"{meta['path']} {bytes(content).decode(errors='replace')}"


def _texts(*roots: object) -> Iterator[str]:
    """All text that can be reached from some objects: their fields, containers, closures; not modules and classes."""
    seen: set[int] = set()
    waiting = list(roots)
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, types.ModuleType | type | types.CodeType | types.FrameType):
            continue
        seen.add(id(each))
        if isinstance(each, str):
            yield each
        elif isinstance(each, bytes | bytearray):
            yield bytes(each).decode(errors="replace")
        elif isinstance(each, types.FunctionType):
            waiting += [*(each.__closure__ or ()), *(each.__defaults__ or ())]
        else:
            waiting += gc.get_referents(each)
