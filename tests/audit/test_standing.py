"""A bundle that was made before something was done to the ledger or its installation still verifies after, and so does
one that is made then.
"""

import json
import shutil
import zipfile
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from api.world import LEDGER
from cryptography.hazmat.primitives.serialization import Encoding
from seal.authority import authority

from audit.conftest import ORIGIN, Town, manifest, more_happens, words
from audit.test_at_home import STREAM
from domain.attestation import RecordOperation
from domain.erasures import FOLD as ERASURE
from domain.events.attestation import Operation
from domain.organisation import proposal_digest
from domain.values import OPERATOR, Words
from services.commands import Handler, Request
from services.erasure import erasures, open_records
from services.eventstore.connections import Connection
from services.eventstore.subscribe import catch_up
from services.readmodels import SUBSCRIPTION, ReadModels
from services.seal.timestamps import stamp
from verifier.scope import Period, WholeLedger
from verifier.verify import verify

NAME = {"fi": "Uusi", "sv": "Ny", "en": "New"}
NARRATIVE = "Neuvottelut on käyty"


async def erase(town: Town) -> str:
    """Two people have the report's narrative erased; it is carried out. The commitment to it."""
    commitment = await narrative(town)
    place = {"of": STREAM, "commitments": [commitment]}
    await town.world.do(
        "admin", "propose-erasure", erasure="e1", places=[place], reason="pyydetty", authority="päätös 1/2024"
    )
    proposed = (await town.world.handler.read(LEDGER, lambda view: view.get(ERASURE, "e1"))).proposed
    await town.world.do("head", "confirm-erasure", erasure="e1", digest=proposal_digest(proposed))
    carried_out = erasures(town.world.pool, open_records(None, town.folder), town.world.evidence)
    await catch_up(town.world.pool, carried_out, LEDGER)
    return commitment


async def narrative(town: Town) -> str:
    """The commitment to the report's narrative."""
    [row, *_] = [each for each in await town.world.store.read_streams(LEDGER, {STREAM: 0}) if b"narrative" in each.body]
    commitment: str = json.loads(row.body)["narrative"]
    return commitment


async def test_after_an_erasure_the_old_bundle_verifies_and_a_new_one_says_what_was_erased(town: Town) -> None:
    """Case 20."""
    pin, before = await town.pin(), await town.bundle("before.zip")
    assert NARRATIVE in words(before).decode()

    commitment = await erase(town)
    await town.sealed()

    after = await town.bundle("after.zip", pinned=pin.checkpoint.size)
    assert verify(before, pin=pin).faults == []
    assert verify(after, pin=pin).faults == []
    assert manifest(after)["counts"]["erased"] == 1
    assert NARRATIVE not in words(after).decode()
    rows = await town.world.store.read_streams(LEDGER, {"erasure/e1": 0})
    said = [json.loads(line) for line in words(after).decode().splitlines()]
    [line] = [each for each in said if each["commitment"] == commitment]
    assert line == {"commitment": commitment, "erased": {"erasure": "e1", "position": rows[-1].position}}
    assert rows[-1].type == "erasure-confirmed"


async def test_words_erased_by_what_is_not_sealed_yet_are_waited_for(town: Town) -> None:
    await erase(town)

    answer = await town.take()

    assert (answer.status_code, answer.json()["code"]) == (503, "not-sealed-yet")
    await town.sealed()
    assert (await town.take()).status_code == 200


async def test_what_was_erased_again_after_a_restore_is_proposed_anew_before_a_bundle_says_it(
    town: Town, owner: Connection
) -> None:
    """C18. The events of that erasure are lost; a bundle says only what an event proves."""
    said = [bytes.fromhex(await narrative(town))]
    await owner.execute("SELECT log.erase_again($1, 'e0', 99999, $2::bytea[])", LEDGER, said)

    answer = await town.take()

    assert (answer.status_code, answer.json()["code"]) == (500, "log-broken")
    assert "the erasure e0 took, whose events a restore lost" in answer.json()["detail"]
    await erase(town)
    await town.sealed()
    bundle = await town.bundle("after.zip")
    assert verify(bundle).faults == []
    assert manifest(bundle)["counts"]["erased"] == 1


async def test_after_a_key_rotation_both_verify_with_the_new_key_once_it_is_accepted(town: Town) -> None:
    """C18. The pin knows the old key; that an event of the log introduces another one makes it no more trusted."""
    pin, before = await town.pin(), await town.bundle("before.zip")

    await town.rotate()
    await town.sealed()

    after = await town.bundle("after.zip", pinned=pin.checkpoint.size)
    assert verify(before, pin=pin).faults == []
    [fault] = verify(after, pin=pin).faults
    assert (fault.code, f"add --key {town.key.verifier(ORIGIN)}" in fault.what) == ("checkpoint-untrusted", True)
    assert verify(after, pin=pin, keys=[town.key.verifier(ORIGIN)]).faults == []
    assert verify(after, keys=[town.key.verifier(ORIGIN)]).faults == []


async def test_after_a_rebuild_of_the_read_models_both_verify(town: Town) -> None:
    pin, before = await town.pin(), await town.bundle("before.zip")
    await catch_up(town.world.pool, SUBSCRIPTION, LEDGER)

    await ReadModels(town.world.pool, town.world.store).rebuild(LEDGER)

    assert verify(before, pin=pin).faults == []
    assert verify(await town.bundle("after.zip"), pin=pin).faults == []


async def test_after_a_migration_of_the_logs_tables_both_verify(town: Town, owner: Connection) -> None:
    """What is proved are the fields of the header, whatever else a row has, and in whichever order it lies there."""
    pin, before = await town.pin(), await town.bundle("before.zip")

    await owner.execute(
        "ALTER TABLE log.event ADD COLUMN remark text DEFAULT 'none', ALTER COLUMN version TYPE numeric"
    )
    await owner.execute("ALTER TABLE log.event ALTER COLUMN version TYPE bigint")
    await owner.execute("CLUSTER log.event USING event_command")

    assert verify(before, pin=pin).faults == []
    assert verify(await town.bundle("after.zip"), pin=pin).faults == []


async def test_after_a_restore_a_bundle_continues_what_was_pinned_and_is_still_there(
    town: Town, owner: Connection
) -> None:
    """C18. The log goes on in its next history; a pin of what was lost is told so."""
    early = await town.pin()
    await more_happens(town.world)
    await town.sealed()
    late = await town.pin()
    await owner.execute("DELETE FROM log.event WHERE ledger = $1 AND position > $2", LEDGER, early.checkpoint.size)
    restored = RecordOperation(
        operation=Operation.RESTORE,
        performed_at=datetime(2024, 6, 3, 8, tzinfo=UTC),
        performed_by=Words("Ylläpito"),
        reason=Words("levy rikkoutui"),
        checkpoint=late.note.decode(),
        lost=late.checkpoint.size - early.checkpoint.size,
    )
    handler = Handler(town.world.store)
    await handler.handle(
        Request(ledger=LEDGER, by=OPERATOR, key="restored", command=restored, received_at=datetime.now(UTC))
    )
    await town.sealed()

    path = await town.bundle(pinned=early.checkpoint.size)

    assert verify(path, pin=early).faults == []
    assert [each.code for each in verify(path, pin=late).faults] == ["pin-of-lost-history"]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl here")
async def test_time_stamps_come_along_that_cover_the_events_of_the_bundle(town: Town) -> None:
    with authority(town.folder / "authority") as tsa:
        async with httpx2.AsyncClient() as client:
            stamped = []
            for hour in range(3):
                at = datetime.now(UTC) + timedelta(hours=2 * hour)
                await stamp(client, town.seal, tsa.url, LEDGER, at)
                stamped.append((await town.pin()).checkpoint.size)
                await town.world.do("admin", "register-unit", unit=f"new-{hour}", name=NAME, valid_from="2024-06-03")
                await town.sealed()
        roots = tsa.root.public_bytes(Encoding.PEM)

    for scope, sizes in ((Period(first=1, last=9), [stamped[0], stamped[2]]), (WholeLedger(), stamped[2:])):
        path = await town.bundle(scope=scope)
        with zipfile.ZipFile(path) as archive:
            proof = json.loads(archive.read("proof.json"))
        assert [each["size"] for each in proof["timestamps"]] == sizes
        assert verify(path, authorities=roots).faults == []
