"""Whoever alters a sealed ledger is found out, and the event is named.

Three look independently. The sealer compares what it sealed with what is there. The maker of a bundle compares each
event with its sealed leaf, each disclosure with its commitment and each file with its hash, and hands nothing out that
differs. The auditor verifies what they have at home, against the pin that only they hold. Beside them C01 compares the
rows of the ledger with the checkpoint held elsewhere: it tells that they were changed, and where they break off.
"""

import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import obstore
import pytest
from api.test_items import MILESTONE
from api.world import HALF_YEAR, LEDGER
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.conftest import ORIGIN, Town
from domain.canonical import canonical
from domain.controls import SealFault, run_controls
from domain.proof.checkpoint import Checkpoint
from services.eventstore.connections import Connection
from services.eventstore.read import LogBroken, row_of
from services.seal import SealKey, SealRefused
from verifier.pin import Pin
from verifier.verify import verify

STREAM = f"item/{HALF_YEAR}/{MILESTONE}"
ROWS = """
SELECT ledger, position, stream, version, id, type, schema, received_at, recorded_at, effective_at, command_id, nonce,
    body, metadata
FROM log.event WHERE ledger = $1 ORDER BY position
"""
FAR = 1_000_000


async def position_of(town: Town, type_: str) -> int:
    """Where the milestone's event of a type lies."""
    rows = await town.world.store.read_streams(LEDGER, {STREAM: 0})
    return next(row.position for row in rows if row.type == type_)


async def replaced(owner: Connection, stream: str, before: str, after: str) -> None:
    """Other text stands in the bodies of a stream."""
    await owner.execute(
        "UPDATE log.event SET body = convert_to(replace(convert_from(body, 'utf8'), $3, $4), 'utf8') "
        "WHERE ledger = $1 AND stream = $2",
        LEDGER,
        stream,
        before,
        after,
    )


def key_of(letter: bytes) -> SealKey:
    return SealKey(Ed25519PrivateKey.from_private_bytes(letter * 32))


async def changed_body(town: Town, owner: Connection) -> int:
    """The light that was reported was another one."""
    at = await position_of(town, "milestone-status-reported")
    await replaced(owner, STREAM, '"light":3', '"light":2')
    return at


async def changed_header(town: Town, owner: Connection) -> int:
    """The submission was received a month earlier."""
    at = await position_of(town, "item-submitted")
    await owner.execute(
        "UPDATE log.event SET received_at = received_at - $3::interval WHERE ledger = $1 AND position = $2",
        LEDGER,
        at,
        timedelta(days=30),
    )
    return at


async def deleted(town: Town, owner: Connection) -> int:
    """The evidence was never attached."""
    at = await position_of(town, "evidence-attached")
    await owner.execute("DELETE FROM log.event WHERE ledger = $1 AND position = $2", LEDGER, at)
    return at


async def swapped(town: Town, owner: Connection) -> int:
    """The evidence came before the report."""
    at = await position_of(town, "milestone-status-reported")
    for before, after in ((at, FAR), (at + 1, at), (FAR, at + 1)):
        await owner.execute(
            "UPDATE log.event SET position = $3 WHERE ledger = $1 AND position = $2", LEDGER, before, after
        )
    return at


async def inserted(town: Town, owner: Connection) -> int:
    """Something happened in between."""
    at = await position_of(town, "item-submitted")
    await owner.execute(
        "UPDATE log.event SET position = position + $3 WHERE ledger = $1 AND position >= $2", LEDGER, at, FAR
    )
    await owner.execute(
        "INSERT INTO log.event SELECT ledger, $2, 'process/inserted', 1, id, type, schema, received_at, recorded_at, "
        "effective_at, command_id, nonce, body, metadata, request_digest, digest_key FROM log.event "
        "WHERE ledger = $1 AND position = $3",
        LEDGER,
        at,
        at - 1,
    )
    await owner.execute(
        "UPDATE log.event SET position = position - $2 + 1 WHERE ledger = $1 AND position >= $2", LEDGER, FAR
    )
    return at


async def cut_off(town: Town, owner: Connection) -> int:
    """The sign-off and all that followed is gone."""
    at = await position_of(town, "item-signed-off") - 1
    await owner.execute("DELETE FROM log.event WHERE ledger = $1 AND position > $2", LEDGER, at)
    return at


async def rewritten(town: Town) -> Checkpoint:
    """All tiles, checkpoints and their copies are made anew, with the key that seals."""
    for each in ("log", "checkpoints"):
        shutil.rmtree(town.folder / each)
        (town.folder / each).mkdir()
    return await town.sealed()


Tamper = Callable[[Town, Connection], Awaitable[int]]


async def not_made(town: Town) -> str:
    """Why no bundle is made."""
    with pytest.raises(LogBroken) as broken:
        await town.bundle()
    return str(broken.value)


async def not_sealed(town: Town) -> str:
    """Why nothing more is sealed."""
    with pytest.raises(SealRefused) as refused:
        await town.sealed()
    return str(refused.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The checkpoint that is held elsewhere, as C01 takes it."""

    size: int
    root: bytes | None
    faults: Sequence[SealFault] = ()
    keys: Sequence[str] = ()


async def c01(owner: Connection, pin: Pin) -> list[str]:
    """What C01 finds in the rows as they lie there."""
    rows = [row_of(each) for each in await owner.fetch(ROWS, LEDGER)]
    held = Held(size=pin.checkpoint.size, root=pin.checkpoint.root)
    return [each.code for each in run_controls(rows, seal=held)[0].exceptions]


@pytest.mark.parametrize(
    ("tamper", "said", "control"),
    [
        (changed_body, "the event at position {at} has the leaf", {"root-differs"}),
        (changed_header, "the event at position {at} has the leaf", {"root-differs"}),
        (deleted, "position {at} is missing", {"not-contiguous", "version-skipped", "tail-missing"}),
        (swapped, "the event at position {at} has the leaf", {"version-skipped", "root-differs"}),
        (inserted, "the event at position {at} has the leaf", {"root-differs"}),
        (cut_off, "ends at position {at}, but {size} events were sealed", {"tail-missing"}),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
async def test_an_altered_log_is_neither_sealed_on_nor_handed_out(
    town: Town, owner: Connection, tamper: Tamper, said: str, control: set[str]
) -> None:
    """Caught by the sealer and by the maker, with the event; by C01."""
    pin = await town.pin()

    at = await tamper(town, owner)

    told = said.format(at=at, size=pin.checkpoint.size)
    assert told in await not_sealed(town)
    assert told in await not_made(town)
    answer = await town.take()
    assert (answer.status_code, answer.json()["code"]) == (500, "log-broken")
    assert told in answer.json()["detail"]
    assert set(await c01(owner, pin)) == control


async def test_while_sealing_is_refused_nothing_is_handed_out_and_what_is_replayed_says_so(
    town: Town, owner: Connection
) -> None:
    """Also a bundle of events that nobody changed."""
    at = await changed_body(town, owner)
    why = await not_sealed(town)
    await town.seal.say_refused(LEDGER, why)

    answer = await town.take(scope="period", **{"from": 1, "to": at - 1})

    assert (answer.status_code, answer.json()["code"]) == (500, "log-broken")
    assert why in answer.json()["detail"]
    for path, query in (
        ("steps", {"limit": 1}),
        ("difference", {"from": 0, "to": 1, "year": 2024}),
        ("replay", {"view": "roles"}),
    ):
        assert (await town.world.read("auditor", f"audit/{path}", **query))["unsealed"] == why


async def test_a_ledger_rewritten_whole_with_all_hashes_and_signatures_made_anew(town: Town, owner: Connection) -> None:
    """Caught by the pin and by C01. The seal itself is whole: who has the key and all stores can make it anew."""
    pin = await town.pin()
    await changed_body(town, owner)

    new = await rewritten(town)

    path = await town.bundle(pinned=pin.checkpoint.size)
    assert new.size == pin.checkpoint.size
    assert verify(path).faults == []
    [fault] = verify(path, pin=pin).faults
    assert (fault.code, pin.checkpoint.root.hex() in fault.should) == ("pin-differs", True)
    assert await c01(owner, pin) == ["root-differs"]


async def test_a_checkpoint_forged_with_another_key(town: Town, owner: Connection) -> None:
    """Caught by the sealer, by the maker, and by whoever has pinned the key."""
    pin = await town.pin()
    forger = key_of(b"f")
    now = pin.checkpoint
    forged = Checkpoint(origin=ORIGIN, size=now.size, root=now.root)
    await town.seal.publish(LEDGER, 0, forger.sign(ORIGIN, forged.text))

    assert "the published checkpoint can't be trusted" in await not_sealed(town)
    assert "the published checkpoint can't be trusted" in await not_made(town)


async def test_a_log_that_says_that_the_forgers_key_was_its_own_from_the_beginning(
    town: Town, owner: Connection
) -> None:
    """Caught by the pin: it knows which key signed."""
    pin = await town.pin()
    forger = key_of(b"f")
    await replaced(owner, "installation", str(town.key.verifier(ORIGIN)), str(forger.verifier(ORIGIN)))
    town.key = forger
    await rewritten(town)

    path = await town.bundle()

    assert verify(path).faults == []
    assert "checkpoint-untrusted" in [each.code for each in verify(path, pin=pin).faults]


async def test_a_disclosure_that_was_replaced(town: Town, owner: Connection) -> None:
    """Caught by the maker, with the event that names it."""
    at = await position_of(town, "milestone-status-reported")
    value = canonical(["narrative", "Neuvotteluja ei käyty"])
    await owner.execute(
        "UPDATE log.disclosure SET value = $2 WHERE ledger = $1 AND convert_from(value, 'utf8') LIKE '[\"narrative\"%'",
        LEDGER,
        value,
    )

    assert f"the event at position {at} commits to" in await not_made(town)
    assert "is another one" in await not_made(town)


async def test_a_disclosure_that_is_gone_without_an_erasure(town: Town, owner: Connection) -> None:
    """Caught by the maker, with the event that names it."""
    at = await position_of(town, "milestone-status-reported")
    await owner.execute(
        "DELETE FROM log.disclosure WHERE ledger = $1 AND convert_from(value, 'utf8') LIKE '[\"narrative\"%'", LEDGER
    )

    said = await not_made(town)
    assert f"the event at position {at} commits to" in said
    assert "no erasure took it" in said


@pytest.mark.parametrize(("content", "why"), [(b"%PDF-1.4 another", "is another one"), (None, "is gone")])
async def test_an_evidence_file_that_was_swapped_or_taken_away(town: Town, content: bytes | None, why: str) -> None:
    """Caught by the maker, with the event that names it; C04 compares stored files with their hashes, too."""
    for each in await town.world.pool.fetch("SELECT object FROM app.upload"):
        if content is None:
            await obstore.delete_async(town.world.objects, f"files/{each['object']}")
        else:
            await obstore.put_async(town.world.objects, f"files/{each['object']}", content)

    said = await not_made(town)
    assert "names the file" in said
    assert why in said
    named: Any = [int(word) for word in said.split() if word.isdigit()]
    rows = [row_of(each) for each in await town.connection.fetch(ROWS, LEDGER)]
    assert rows[named[0] - 1].type in {"sent-for-signature", "evidence-attached"}
    assert verify(await town.bundle(files=False)).faults == []
