"""The controls over HTTP: tested over the sealed log as it lies there, with its files, its looks and its replay."""

import io
import json
import zipfile
from hashlib import sha256
from typing import Any

import obstore
import pytest
from api.test_items import MILESTONE
from api.test_looks import looks
from api.test_year import delivered, signed_off
from api.world import HALF_YEAR, LEDGER, World
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.conftest import ORIGIN, Town, engage, more_happens
from domain.proof.note import note_of
from services.attestation import attestations
from services.eventstore import catch_up
from services.eventstore.connections import Connection
from services.readmodels import ReadModels
from services.seal import SealKey

CONTROLS = "audit/controls"


async def outcome(world: World, **query: Any) -> dict[str, Any]:
    """What the controls found, by their ids."""
    found = await world.read("auditor", CONTROLS, **query)
    assert (found["format"], found["ledger"], len(found["controls"])) == ("etappi-controls/1", LEDGER, 19)
    return {each["control"]: each for each in found["controls"]} | {"document": found}


def codes(result: dict[str, Any]) -> list[str]:
    return [each["code"] for each in result["exceptions"]]


async def test_each_control_says_its_cases_and_passes_over_the_sealed_log(still: Town) -> None:
    head = await still.world.store.head(LEDGER)

    found = await outcome(still.world)

    c01, c04 = found["C01"], found["C04"]
    assert (c01["population"], c01["passes"], c01["exceptions"], c01["untested"]) == (head + 1, head + 1, [], 0)
    assert (c04["population"], c04["passes"], c04["untested"], c04["note"]) == (2, 2, 0, "")
    assert found["C18"]["exceptions"] == []
    assert all(each["title"] and each["rule"] for each in found["document"]["controls"])
    assert found["document"]["as_of"].startswith("2024-06-03")


async def test_the_events_that_show_an_exception_say_what_they_say(town: Town) -> None:
    [swapped] = [row async for row in town.world.store.stream_all(LEDGER) if row.type == "item-signed-off"]
    for row in await town.world.pool.fetch("SELECT object FROM app.upload"):
        await obstore.put_async(town.world.objects, f"files/{row['object']}", b"%PDF-1.4 another one")

    found = await outcome(town.world, cycle=2024)

    [named] = found["C04"]["exceptions"]
    assert (named["code"], named["positions"], named["cycle"]) == ("file-differs", [swapped.position], 2024)
    events = {each["position"]: each for each in found["document"]["events"]}
    assert events[swapped.position]["fields"]["subject"] == MILESTONE
    assert (events[swapped.position]["by"], events[swapped.position]["role"]) == ("director", "director")
    assert found["document"]["cycle"] == 2024


@pytest.mark.parametrize("gone", ["file", "manifest"])
async def test_a_file_that_nobody_erased_and_that_is_gone_is_an_exception(
    town: Town, owner: Connection, gone: str
) -> None:
    commitment, manifest = await evidence(town)
    if gone == "file":
        await obstore.delete_async(town.world.objects, f"files/{manifest['object']}")
    else:
        await owner.execute("DELETE FROM log.disclosure WHERE commitment = $1", commitment)

    [found] = (await outcome(town.world))["C04"]["exceptions"]

    assert (found["code"], found["says"].rpartition(" of ")[2]) == ("file-differs", f"{MILESTONE} is not there")


async def test_a_file_that_was_erased_needs_not_be_there(town: Town, owner: Connection) -> None:
    """That it was erased with authority is what C11 tests."""
    commitment, manifest = await evidence(town)
    await owner.execute("SELECT log.erase_again($1, 'e0', 99999, $2::bytea[])", LEDGER, [commitment])
    await obstore.delete_async(town.world.objects, f"files/{manifest['object']}")

    assert (await outcome(town.world))["C04"]["exceptions"] == []


async def evidence(town: Town) -> tuple[bytes, Any]:
    """The milestone's one file: the commitment to its manifest, and that."""
    rows = await town.world.store.read_streams(LEDGER, {f"item/{HALF_YEAR}/{MILESTONE}": 0})
    [attached] = [json.loads(row.body) for row in rows if row.type == "evidence-attached"]
    commitment = bytes.fromhex(attached["evidence"]["file"])
    return commitment, (await town.world.store.disclosures(LEDGER, [commitment]))[commitment][1]


async def test_files_are_left_out_where_that_is_asked(still: Town) -> None:
    found = await outcome(still.world, files="untested")

    assert (found["C04"]["untested"], found["C04"]["exceptions"]) == (1, [])
    assert "hashes are not tested" in found["C04"]["note"]


@pytest.mark.parametrize(
    ("tampering", "code"),
    [
        ("UPDATE log.event SET received_at = received_at - interval '1 day' WHERE position = 40", "root-differs"),
        ("DELETE FROM log.event WHERE position = 40", "not-contiguous"),
        ("DELETE FROM log.event WHERE position > {}", "tail-missing"),
    ],
)
async def test_a_log_that_was_tampered_with_is_tested_all_the_same(
    town: Town, owner: Connection, tampering: str, code: str
) -> None:
    """Nothing that is missing stops the test."""
    head = await town.world.store.head(LEDGER)
    await more_happens(town.world)
    await town.sealed()
    await owner.execute(f"{tampering.format(head)} AND ledger = '{LEDGER}'")

    found = await outcome(town.world)

    assert code in codes(found["C01"])


async def test_events_that_are_not_those_that_were_sealed_are_named(town: Town, owner: Connection) -> None:
    await owner.execute(
        "UPDATE log.event SET received_at = received_at - interval '1 day' "
        f"WHERE position IN (40, 41) AND ledger = '{LEDGER}'"
    )

    found = await outcome(town.world)

    named = [each for each in found["C01"]["exceptions"] if each["code"] == "seal-fault"]
    assert [each["positions"] for each in named] == [[40], [41]]
    assert all("it was changed" in each["says"] for each in named)


async def test_a_checkpoint_that_another_key_signed_is_told(town: Town) -> None:
    last = await town.seal.last_kept(LEDGER)
    assert last is not None
    forged = SealKey(Ed25519PrivateKey.from_private_bytes(b"f" * 32))
    copy = next(town.folder.glob(f"checkpoints/{LEDGER}/checkpoint/*/{last.size:020d}"))
    copy.write_bytes(forged.sign(ORIGIN, note_of(last.note).text))

    found = await outcome(town.world)

    [fault] = found["C01"]["exceptions"]
    assert fault["code"] == "seal-fault"
    assert "can't be trusted" in fault["says"]


async def test_attested_views_are_replayed_beside_the_controls(town: Town) -> None:
    world = town.world
    await signed_off(world)
    await delivered(world)
    models = ReadModels(world.pool, world.store)
    await catch_up(world.pool, attestations(world.handler, models), LEDGER)
    await engage_until_2025(world)

    found = await outcome(world)

    assert (found["C12"]["population"], found["C12"]["passes"]) == (1, 1)


async def engage_until_2025(world: World) -> None:
    await world.do(
        "head",
        "open-engagement",
        engagement="eca-2025",
        body="court-of-auditors",
        auditors=["auditor"],
        subjects=[],
        period_from="2024-01-01",
        period_to="2024-12-31",
        valid_from="2025-01-01",
        valid_to="2025-12-31",
        basis="Kirje",
    )


async def test_the_same_comes_as_text_and_as_a_workbook(still: Town) -> None:
    text = await still.world.get("auditor", CONTROLS, format="text", cycle=2024)
    book = await still.world.get("auditor", CONTROLS, format="xlsx", cycle=2024)

    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert "C01" in text.text
    assert "C19" in text.text
    assert book.headers["content-disposition"] == 'attachment; filename="controls-keha-2024.xlsx"'
    with zipfile.ZipFile(io.BytesIO(book.content)) as archive:
        assert "xl/workbook.xml" in archive.namelist()


async def test_a_test_of_the_controls_is_a_look_with_the_digest_of_what_was_answered(town: Town) -> None:
    answer = await town.world.get("auditor", CONTROLS, cycle=2024, format="text")

    [look] = await looks(town.world)
    assert (look.kind, look.scope, look.engagement) == ("controls", "controls/2024", "eca-2024")
    assert look.digest == sha256(answer.content).hexdigest()


async def test_who_looks_at_less_than_the_whole_ledger_tests_no_controls(world: World) -> None:
    before = await world.get("auditor", CONTROLS)
    await engage(world, MILESTONE)
    limited = await world.get("auditor", CONTROLS)

    assert [each.json()["code"] for each in (before, limited)] == ["not-in-engagement"] * 2
    assert before.status_code == limited.status_code == 403


async def test_a_year_that_nothing_binds_and_a_form_that_there_is_not_are_refused(still: Town) -> None:
    year = await still.world.get("auditor", CONTROLS, cycle=2061)
    form = await still.world.get("auditor", CONTROLS, format="csv")

    assert (year.status_code, year.json()["code"], year.json()["field"]) == (404, "unknown-cycle", "cycle")
    assert form.status_code == 422
