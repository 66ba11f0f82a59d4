"""`etappi audit pin`, `bundle`, `sample`, `verify`, run as an auditor runs them, against a service on a real socket."""

import asyncio
import contextlib
import io
import json
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from api.test_items import MILESTONE
from api.world import LEDGER

from audit.conftest import ORIGIN, Town, manifest, member, more_happens
from audit.test_tampering import changed_body, key_of, rewritten
from services.cli import app
from services.cli.failures import told
from services.eventstore.connections import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a command answered."""

    status: int
    out: str
    err: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Auditor:
    """Somebody with a folder of their own, who runs commands in it."""

    folder: Path
    url: str
    token: str

    async def run(self, *words: str, token: str | None = None) -> Said:
        """Run `etappi audit` with these words."""
        environment = {"ETAPPI_URL": self.url, "ETAPPI_TOKEN": self.token if token is None else token}
        return await asyncio.to_thread(_run, words, environment)

    @property
    def files(self) -> set[str]:
        """What lies in the folder."""
        return {str(each.relative_to(self.folder)) for each in self.folder.rglob("*") if each.is_file()}


def _run(words: Sequence[str], environment: dict[str, str]) -> Said:
    """As the program does, but for its start, which takes seconds."""
    out, err, status = io.StringIO(), io.StringIO(), 0
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        for name, value in environment.items():
            patch.setenv(name, value)
        try:
            with told():
                app(["audit", *words])
        except SystemExit as ended:
            status = int(ended.code or 0)
    return Said(status=status, out=out.getvalue(), err=err.getvalue())


@contextlib.asynccontextmanager
async def serve(town: Town) -> AsyncIterator[str]:
    """The API over a real socket."""
    server = uvicorn.Server(uvicorn.Config(town.world.app, host="127.0.0.1", port=0, log_config=None, lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 (it has no event to wait for)
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The auditor's own, in which they are."""
    made = tmp_path_factory.mktemp("auditor")
    monkeypatch.chdir(made)
    return made


@pytest.fixture
async def auditor(town: Town, folder: Path) -> AsyncIterator[Auditor]:
    async with serve(town) as url:
        yield Auditor(folder=folder, url=url, token=town.world.provider.token("auditor"))


@pytest.fixture
async def guest(still: Town, folder: Path) -> AsyncIterator[Auditor]:
    """An auditor at a town where nothing happens."""
    async with serve(still) as url:
        yield Auditor(folder=folder, url=url, token=still.world.provider.token("auditor"))


async def test_from_a_pin_to_a_verified_bundle(town: Town, auditor: Auditor) -> None:
    first = await auditor.run("pin")
    assert (first.status, first.err) == (0, "")
    assert f"You have seen the log {ORIGIN} with {(await town.pin()).checkpoint.size} events" in first.out
    assert f"From now on you trust the key {town.key.verifier(ORIGIN)}" in first.out
    assert "Compare it with what the agency has told you" in first.out
    assert (auditor.folder / "etappi-pins/keha.pin").read_bytes() == bytes(await town.pin())
    await more_happens(town.world)
    await town.sealed()

    taken = await auditor.run("bundle", "-o", "keha.zip")
    again = await auditor.run("pin")
    alone = await auditor.run("verify", "keha.zip")

    assert (taken.status, taken.err) == (0, "")
    assert "All holds" in taken.out
    assert "unchanged, and " in again.out
    assert (alone.status, alone.err) == (0, "")
    assert auditor.files == {"keha.zip", "etappi-pins/keha.pin"}


async def test_a_bundle_verifies_itself_by_python_alone(guest: Auditor) -> None:
    await guest.run("pin")
    await guest.run("bundle", "-o", "one.zip", "--scope", "milestone", "--subject", MILESTONE)

    command = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-S", "one.zip", cwd=guest.folder, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await command.communicate()

    assert command.returncode == 0
    assert "All holds" in out.decode()


async def test_the_looks_are_taken_home_as_the_history_is(town: Town, auditor: Auditor) -> None:
    """C11. The watchers are watched: that a bundle was taken stands in the next one of the looks."""
    await auditor.run("bundle", "-o", "keha.zip")
    await town.sealed("keha.access")

    pinned = await auditor.run("pin", "--ledger", "keha.access")
    taken = await auditor.run("bundle", "--scope", "looks", "-o", "looks.zip")
    verified = await auditor.run("verify", "looks.zip", "--strict")

    assert [each.status for each in (pinned, taken, verified)] == [0, 0, 0], (pinned, taken, verified)
    said = manifest(auditor.folder / "looks.zip")
    assert (said["ledger"], said["scope"], said["counts"]["outside"]) == ("keha.access", {"kind": "ledger"}, 0)
    [first] = [row async for row in town.world.store.stream_all("keha.access") if b"bundle/ledger/" in row.body]
    assert first.position <= said["counts"]["events"]
    for language in ("fi", "sv", "en"):
        page = member(auditor.folder / "looks.zip", f"index.{language}.html").decode()
        assert f"<small>{json.loads(first.body)['scope']}</small>" in page


async def test_a_sample_is_drawn_by_the_seed_that_is_told(guest: Auditor) -> None:
    await guest.run("pin")

    first = await guest.run("sample", "-o", "one.zip", "--count", "7", "--type", "target-defined")
    seed = first.out.splitlines()[0].rpartition(" ")[2]
    second = await guest.run("sample", "-o", "two.zip", "--count", "7", "--type", "target-defined", "--seed", seed)

    assert (first.status, second.status) == (0, 0)
    assert manifest(guest.folder / "one.zip")["scope"] == manifest(guest.folder / "two.zip")["scope"]
    assert manifest(guest.folder / "one.zip")["counts"]["events"] == 7


async def test_what_was_found_as_json(guest: Auditor) -> None:
    await guest.run("pin")
    await guest.run("bundle", "-o", "keha.zip")

    found = json.loads((await guest.run("verify", "keha.zip", "--json")).out)

    assert (found["ok"], found["faults"], found["ledger"]) == (True, [], LEDGER)


async def test_a_ledger_that_was_rewritten_whole_is_told_by_the_pin(
    town: Town, owner: Connection, auditor: Auditor
) -> None:
    await auditor.run("pin")
    before = (auditor.folder / "etappi-pins/keha.pin").read_bytes()
    await changed_body(town, owner)
    await rewritten(town)
    await more_happens(town.world)
    await town.sealed()

    pinned = await auditor.run("pin")
    taken = await auditor.run("bundle", "-o", "keha.zip")

    assert pinned.status == 1
    assert "The log doesn't continue your pin" in pinned.err
    assert (auditor.folder / "etappi-pins/keha.pin").read_bytes() == before
    assert (taken.status, "[pin-differs]" in taken.out) == (1, True)


async def test_a_log_that_became_shorter_is_told_by_the_pin(town: Town, owner: Connection, auditor: Auditor) -> None:
    await auditor.run("pin")
    await owner.execute("DELETE FROM log.event WHERE ledger = $1 AND position > 230", LEDGER)
    await rewritten(town)

    pinned = await auditor.run("pin")

    assert (pinned.status, "fewer than your pin" in pinned.err) == (1, True)


async def test_a_new_key_is_trusted_only_when_it_is_accepted(town: Town, auditor: Auditor) -> None:
    """C18. No key that the auditor knows vouches for the new one."""
    await auditor.run("pin")
    await town.rotate()
    await town.sealed()
    key = str(town.key.verifier(ORIGIN))

    refused = await auditor.run("pin")
    other = await auditor.run("pin", "--key", str(key_of(b"x").verifier(ORIGIN)))
    accepted = await auditor.run("pin", "--key", key)

    assert refused.status == 1
    assert f"add --key {key}" in refused.err
    assert other.status == 1
    assert (accepted.status, f"From now on you trust the key {key}" in accepted.out) == (0, True)
    assert (await auditor.run("pin")).status == 0


async def test_a_key_that_was_replaced_pins_nothing_any_more(town: Town, auditor: Auditor) -> None:
    """C18. Somebody has the old key still, and signs with it what came after it."""
    await auditor.run("pin")
    old = town.key
    await town.rotate()
    await town.sealed()
    await auditor.run("pin", "--key", str(town.key.verifier(ORIGIN)))
    now = (await town.pin()).checkpoint
    await town.seal.publish(LEDGER, 0, old.sign(ORIGIN, now.text))

    refused = await auditor.run("pin")
    asked = await auditor.run("pin", "--key", str(old.verifier(ORIGIN)))

    assert (refused.status, asked.status) == (1, 1)
    assert f"the key {old.verifier(ORIGIN)} was replaced" in refused.err


async def test_a_key_that_the_auditor_brings_is_taken_in_place_of_the_served_one(still: Town, guest: Auditor) -> None:
    refused = await guest.run("pin", "--key", str(key_of(b"x").verifier(ORIGIN)))

    assert (refused.status, guest.files) == (1, set())
    assert (await guest.run("pin", "--key", "no key")).status == 2
    assert (await guest.run("pin", "--key", str(still.key.verifier(ORIGIN)))).status == 0


BAD = (
    (("verify", "missing.zip"), 2, "can't be read"),
    (("verify", "empty.zip"), 2, "no bundle"),
    (("verify", "text.zip"), 2, "no bundle"),
    (("verify", "half.zip"), 2, "cut off"),
    (("verify", "huge.zip"), 2, "no bundle"),
    (("pin", "--ledger", "nowhere"), 1, "unknown-ledger"),
    (("pin", "--url", "http://127.0.0.1:9"), 1, "can't be reached"),
    (("bundle", "-o", "new.zip", "--ledger", "nowhere"), 1, "unknown-ledger"),
    (("bundle", "-o", "new.zip", "--scope", "target", "--subject", "nothing"), 1, "unknown-target"),
    (("bundle", "-o", "new.zip", "--scope", "target"), 1, "scope-incomplete"),
    (("bundle", "-o", "new.zip", "--scope", "period", "--to", "2099-01-01T00:00:00Z"), 1, "instant-in-the-future"),
    (("bundle", "-o", "new.zip", "--scope", "period", "--from", "99999"), 1, "no-such-position"),
    (("bundle", "-o", "no/such/folder.zip"), 1, "No such file"),
    (("sample", "-o", "new.zip", "--count", "0"), 2, "--count"),
)


async def test_bad_input_is_told_in_a_line_and_nothing_is_written(guest: Auditor) -> None:
    await guest.run("bundle", "-o", "whole.zip", "--hashes")
    (guest.folder / "empty.zip").write_bytes(b"")
    (guest.folder / "text.zip").write_bytes(b"Dear auditor, " * 100)
    (guest.folder / "half.zip").write_bytes((guest.folder / "whole.zip").read_bytes()[:-200])
    with (guest.folder / "huge.zip").open("wb") as file:
        file.truncate(5 << 30)
    before = guest.files

    for words, status, said in BAD:
        answer = await guest.run(*words)
        assert (answer.status, said in answer.out + answer.err) == (status, True), (words, answer)
        assert "Traceback" not in answer.err
    assert guest.files == before


async def test_a_bundle_that_does_not_come_whole_is_not_kept(guest: Auditor) -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\nContent-Length: 1000\r\n\r\nPK")
        writer.close()

    server = await asyncio.start_server(half, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

        answer = await guest.run("bundle", "-o", "new.zip", "--url", url)

    assert (answer.status, "Traceback" in answer.err, guest.files) == (1, False, set())


async def test_who_does_not_say_who_they_are_takes_nothing(still: Town, guest: Auditor) -> None:
    for token, status in (("", 2), ("no.token.at-all", 1), (still.world.provider.token("owner"), 1)):
        assert (await guest.run("bundle", "-o", "new.zip", token=token)).status == status
    assert guest.files == set()


async def test_a_damaged_pin_is_told_and_not_written_over(guest: Auditor) -> None:
    await guest.run("bundle", "-o", "keha.zip")
    (guest.folder / "etappi-pins").mkdir()
    pin = guest.folder / "etappi-pins/keha.pin"
    pin.write_bytes(b"{}\n")

    commands = (("pin",), ("bundle", "-o", "new.zip"), ("verify", "keha.zip"), ("controls", "--bundle", "keha.zip"))
    answers = [await guest.run(*words) for words in commands]

    assert [each.status for each in answers] == [2, 2, 2, 2]
    assert all("not a pin" in each.err for each in answers)
    assert guest.files == {"keha.zip", "etappi-pins/keha.pin"}
    assert pin.read_bytes() == b"{}\n"
