"""A database is put back to an earlier point: nothing is sealed until the loss is recorded, and nothing is hidden."""

import shutil

import pytest

from domain.attestation import FOLD
from domain.controls import run_controls
from domain.events.attestation import Operation
from domain.events.envelope import leaf
from domain.proof.checkpoint import opened
from domain.proof.merkle import Leaves, root
from domain.values import Words
from restore.conftest import LEDGER, ORIGIN, Installation, as_owner, refused, sealed
from services.eventstore import catch_up
from services.eventstore.subscribe import position_of
from services.identity import People
from services.identity.tokens import Login
from services.restore import CannotCompare, loss_of, resume
from services.seal import verify

RESUME = ("ledger", "resume", LEDGER, "--by", "Matti Meikäläinen", "--reason", "A disk was lost")


async def test_a_restored_ledger_is_sealed_again_when_the_loss_is_recorded(installation: Installation) -> None:
    await installation.register("carl")
    before = await installation.sealed()
    restored = await installation.backup()
    await installation.register("dora", "emil", "fanny")
    after = await installation.sealed()

    async with restored.running() as parts:
        published = await parts.seal.published(LEDGER)
        assert published is not None
        old = published.note
        assert f"ends at position {before.size}, but {after.size} events were sealed" in await refused(parts)
        asked = await restored.etappi(*RESUME)
        assert asked.returncode == 1
        assert (
            f"3 of the {after.size} sealed events of keha are lost, all behind position {before.size}" in asked.stderr
        )
        assert await parts.store.head(LEDGER) == before.size

        recorded = await restored.etappi(*RESUME, "--after-restore")
        assert recorded.returncode == 0, recorded.stderr
        assert "Followers set back: none" in recorded.stdout
        again = await sealed(parts)
        assert again.size == before.size + 1
        repeated = await restored.etappi(*RESUME, "--after-restore")
        assert (repeated.returncode, repeated.stdout) == (0, "keha: nothing is lost that isn't recorded\n")

        [said] = (await parts.handler.read(LEDGER, lambda view: view.get(FOLD))).operations
        assert (said.operation, said.checkpoint, said.lost) == (Operation.RESTORE, old.decode(), 3)
        rows = [row async for row in parts.store.stream_all(LEDGER)]
        assert again.root == root(Leaves([leaf(row) for row in rows]), again.size)
        # Both histories are kept: the one that auditors may have pinned, and the one that goes on.
        assert await parts.seal.kept(LEDGER, 0, after.size) == old
        assert opened(old, ORIGIN, [parts.seal_key().verifier(ORIGIN)], verify)[0] == after
        assert await parts.seal.kept(LEDGER, 1, again.size) is not None
        [control] = [each for each in run_controls(rows) if each.control == "C18"]
        assert (control.population, control.exceptions) == (2, ())
    await restored.register("dora")
    assert (await restored.sealed()).size == before.size + 2


async def test_where_nothing_is_lost_nothing_is_recorded(installation: Installation) -> None:
    size = (await installation.sealed()).size

    answer = await installation.etappi(*RESUME, "--after-restore")

    assert (answer.returncode, answer.stdout) == (0, "keha: nothing is lost that isn't recorded\n")
    assert (await installation.sealed()).size == size


async def test_events_that_came_after_the_restore_stay_and_the_loss_is_counted_before_them(
    installation: Installation,
) -> None:
    before = await installation.sealed()
    restored = await installation.backup()
    await installation.register("carl", "dora")
    after = await installation.sealed()
    await restored.register("emil", "fanny", "gustav")

    async with restored.parts() as parts:
        loss = await loss_of(parts.pool, parts.seal, LEDGER, parts.seal_key())
        assert loss is not None
        assert (loss.agreed, loss.sealed, loss.lost) == (before.size, after.size, 2)
        shutil.rmtree(installation.data / "log")
        # Without tiles it is counted from the last checkpoint that agrees.
        assert await loss_of(parts.pool, parts.seal, LEDGER, parts.seal_key()) == loss

    async with restored.running() as parts:
        await refused(parts)
        assert (await restored.etappi(*RESUME, "--after-restore")).returncode == 0
        assert (await sealed(parts)).size == before.size + 4


async def test_a_tile_that_is_damaged_is_no_loss(installation: Installation) -> None:
    await installation.register(*(f"person-{n}" for n in range(260)))
    await installation.sealed()
    tile = installation.data / "log" / "keha" / "000000" / "tile" / "0" / "000"
    tile.write_bytes(bytes(32) + tile.read_bytes()[32:])

    async with installation.parts() as parts:
        assert await loss_of(parts.pool, parts.seal, LEDGER, parts.seal_key()) is None


async def test_without_copies_there_is_nothing_to_compare_with(installation: Installation) -> None:
    shutil.rmtree(installation.data / "checkpoints")

    answer = await installation.etappi(*RESUME, "--after-restore")

    assert answer.returncode == 1
    assert answer.stderr == "No checkpoint of keha is kept outside: there is nothing to compare it with.\n"


async def test_a_checkpoint_that_another_key_signed_is_not_compared_with(installation: Installation) -> None:
    [*_, last] = sorted((installation.data / "checkpoints" / "keha" / "checkpoint" / "000000").iterdir())
    last.write_bytes(last.read_bytes().replace(b"etappi.example/log/keha\n", b"etappi.example/log/other\n"))

    async with installation.parts() as parts:
        with pytest.raises(CannotCompare, match="can't be trusted"):
            await loss_of(parts.pool, parts.seal, LEDGER, parts.seal_key())


async def test_followers_that_handled_lost_events_are_set_back_and_made_anew_where_they_can(
    installation: Installation,
) -> None:
    """The tail of the log is gone, the tables of those that follow it are not."""
    before = await installation.sealed()
    await installation.register("carl", "dora")
    await installation.sealed()
    async with installation.parts() as parts:
        for each in parts.subscriptions():
            if each.name != "doorbell":
                await catch_up(parts.pool, each, LEDGER)
        login = Login(issuer="https://idp.example", subject="carl")
        assert await People(parts.pool).person(LEDGER, login) == "carl"
        await as_owner(
            installation.urls,
            "ALTER TABLE log.event DISABLE TRIGGER USER",
            f"DELETE FROM log.event WHERE position > {before.size}",
            "ALTER TABLE log.event ENABLE TRIGGER USER",
        )
        loss = await loss_of(parts.pool, parts.seal, LEDGER, parts.seal_key())
        assert loss is not None

        behind = await resume(
            parts.handler, parts.pool, parts.readmodels, LEDGER, loss, by=Words("Matti"), reason=Words("lost")
        )

        assert {"read-models", "identities", "file-uses", "notifications", "erasures"} <= set(behind)
        assert await position_of(parts.pool, "notifications", LEDGER) == before.size
        assert await position_of(parts.pool, "identities", LEDGER) == 0
        for each in parts.subscriptions():
            if each.name != "doorbell":
                await catch_up(parts.pool, each, LEDGER)
        assert await People(parts.pool).person(LEDGER, login) is None
        assert (await parts.readmodels.replay_differs(LEDGER)).value is None
        assert [entry["position"] for entry in (await parts.readmodels.trail(LEDGER, limit=500)).value] == list(
            range(1, before.size + 2)
        )
        assert await loss_of(parts.pool, parts.seal, LEDGER, parts.seal_key()) is None
    assert (await installation.sealed()).size == before.size + 1


async def test_after_a_restore_to_before_a_rotation_the_key_is_recorded_again(installation: Installation) -> None:
    restored = await installation.backup()
    (installation.data / "seal-key.pem").unlink()
    async with installation.running() as parts:
        assert "is to be signed with" in await refused(parts)
    rotate = ("ledger", "rotate-key", LEDGER, "--reason", "yearly")
    assert (await installation.etappi(*rotate)).returncode == 0
    assert (await installation.etappi(*rotate)).stdout == "keha is sealed with this key already\n"
    await installation.sealed()

    async with restored.running() as parts:
        assert "events were sealed" in await refused(parts)
        assert (await restored.etappi(*RESUME, "--after-restore")).returncode == 0
        assert (await restored.etappi(*rotate)).returncode == 0
        await sealed(parts)
