"""What operators did is recorded, with a reason; a key that isn't recorded seals nothing."""

import asyncio
import socket

import httpx2

from domain.attestation import FOLD
from domain.attestation import Installation as Recorded
from domain.events.attestation import Operation
from restore.conftest import LEDGER, Installation, refused, sealed

RECORD = ("ledger", "record", LEDGER, "--by", "Matti", "--reason", "Version 0.2")


async def recorded(installation: Installation) -> Recorded:
    async with installation.parts() as parts:
        found: Recorded = await parts.handler.read(LEDGER, lambda view: view.get(FOLD))
        return found


async def test_a_migration_is_recorded_with_a_reason_and_who_did_it(installation: Installation) -> None:
    answer = await installation.etappi(*RECORD, "--operation", "migration", "--at", "2024-06-09T12:00:00+0300")

    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith("recorded in keha at position ")
    [said] = (await recorded(installation)).operations
    assert (said.operation, said.performed_at.isoformat()) == (Operation.MIGRATION, "2024-06-09T09:00:00+00:00")


async def test_what_cannot_be_recorded_is_told_in_one_line_and_leaves_nothing(installation: Installation) -> None:
    for operation, at, said in (
        ("rebuild", "2124-06-09T12:00:00+0300", "date-in-the-future"),
        ("restore", "2024-06-09T12:00:00+0300", "restore"),
    ):
        answer = await installation.etappi(*RECORD, "--operation", operation, "--at", at)
        assert answer.returncode in (1, 2)
        assert said in answer.stderr
        assert "Traceback" not in answer.stderr
    nowhere = await installation.etappi("ledger", "rotate-key", LEDGER, "none", "--reason", "x")
    assert nowhere.stderr == "There is no ledger 'none'. `etappi ledger list` names all.\n"
    assert (await recorded(installation)).operations == ()


async def test_a_new_key_seals_when_it_is_recorded_and_the_former_one_no_more(installation: Installation) -> None:
    file = installation.data / "seal-key.pem"
    former = file.rename(installation.data / "former.pem")
    async with installation.running() as parts:
        assert "record the new one by `etappi ledger rotate-key keha`" in await refused(parts)

        answer = await installation.etappi("ledger", "rotate-key", LEDGER, "--reason", "The yearly change")

        assert (answer.returncode, answer.stdout) == (0, "keha is sealed with this key from now on\n")
        await sealed(parts)
        keys = (await parts.handler.read(LEDGER, lambda view: view.get(FOLD))).keys
        assert [each.replaces for each in keys.values()] == [None, next(iter(keys))]

    former.replace(file)
    await installation.register("carl")
    async with installation.running() as parts:
        assert "is to be signed with" in await refused(parts)


async def test_a_key_that_is_none_is_told_in_one_line(installation: Installation) -> None:
    answer = await installation.etappi(
        "ledger", "rotate-key", LEDGER, "--reason", "x", ETAPPI_SEAL_KEY="s3cret", ETAPPI_SEAL_KEY_FILE=""
    )

    assert (answer.returncode, answer.stderr) == (
        1,
        "ETAPPI_SEAL_KEY holds no private key in PEM, or one with a password.\n",
    )


async def test_what_the_sealer_counts_is_served_where_a_port_is_set(installation: Installation) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    installation.settings = installation.settings.model_copy(update={"metrics_port": port})

    await installation.register("carl")
    wanted = f'etappi_seal_lag{{ledger="{LEDGER}"}} 0.0'

    async with installation.running() as parts, httpx2.AsyncClient() as client, asyncio.timeout(30):
        with parts.metrics_served():
            told = ""
            while wanted not in told:
                await asyncio.sleep(0.05)
                told = (await client.get(f"http://127.0.0.1:{port}/metrics")).text

    assert f'etappi_seal_refused{{ledger="{LEDGER}"}} 0.0' in told
    assert "etappi_seal_checkpoints_total 1.0" in told


async def test_the_place_outside_is_another_than_that_of_the_tiles(installation: Installation) -> None:
    same = {"ETAPPI_SEAL_URL": "s3://bucket/log", "ETAPPI_SEAL_COPIES_URL": "s3://bucket/log/"}

    answer = await installation.etappi("ledger", "list", **same)

    assert answer.returncode == 1
    assert answer.stderr.startswith("ETAPPI_SEAL_COPIES_URL: Value error, it is the place that ETAPPI_SEAL_URL names")
    assert answer.stderr.count("\n") == 1


async def test_a_place_that_is_none_is_told_in_one_line(installation: Installation) -> None:
    for name in ("ETAPPI_SEAL_URL", "ETAPPI_SEAL_COPIES_URL"):
        answer = await installation.etappi("ledger", "list", **{name: "nowhere"})

        assert answer.returncode == 1
        assert name in answer.stderr
        assert answer.stderr.count("\n") == 1
