"""`etappi up`: a first start plays the year to June, a second one goes on; both end all that they started."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from domain.proof.checkpoint import opened
from domain.proof.note import VerifierKey
from services.cli.reading import _demo_token
from services.seal import seal_key, verify

ETAPPI = Path(sys.executable).parent / "etappi"
READY = re.compile(r"ready after (\d+) s at (http://127\.0\.0\.1:\d+)")
FIRST_START_SECONDS = 280


@dataclass(slots=True)
class Running:
    """A started `etappi up`."""

    process: subprocess.Popen[str]
    url: str
    output: str

    def tasks(self, person: str) -> list[str]:
        """What waits for a person."""
        headers = {"Authorization": f"Bearer {_demo_token(self.url, person)}"}
        answer = httpx2.get(f"{self.url}/api/v1/keha/inbox", headers=headers, timeout=30)
        answer.raise_for_status()
        return [task["what"] for task in answer.json()["tasks"]]

    def etappi(self, *arguments: str) -> str:
        """What a command of the command line prints."""
        run = subprocess.run(
            [ETAPPI, *arguments], capture_output=True, text=True, timeout=60, check=False, env=environment(url=self.url)
        )
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, **{f"ETAPPI_{name.upper()}": value for name, value in more.items()}}


def etappi(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ETAPPI, *arguments], capture_output=True, text=True, timeout=60, check=False, env=environment(**settings)
    )


@contextmanager
def up(data: Path) -> Iterator[Running]:
    """Start `etappi up` on a free port, wait until it is ready, and stop it as an operator would (SIGTERM)."""
    log = data.parent / f"up-{time.monotonic_ns()}.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [ETAPPI, "up"], stdout=out, stderr=subprocess.STDOUT, text=True, env=environment(data=str(data), port="0")
        )
        try:
            end = time.monotonic() + FIRST_START_SECONDS
            while (found := READY.search(log.read_text())) is None:
                assert process.poll() is None, log.read_text()[-3000:]
                assert time.monotonic() < end, log.read_text()[-3000:]
                time.sleep(0.2)
            yield Running(process, found[2], log.read_text())
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


@pytest.mark.timeout(400)
def test_up_plays_the_year_leaves_work_for_each_role_and_goes_on_where_it_stopped(reachable_folder: Path) -> None:
    data = reachable_folder / "up"
    kept = [data / part / "kept" for part in ("postgres", "temporal", "evidence")]
    for each in kept:
        each.parent.mkdir(parents=True)
        each.write_text("an installation's own")
    data.chmod(0o755)

    with up(data) as first:
        assert {"returned", "action"} <= set(first.tasks("hanna-oja"))
        assert "sign-off" in first.tasks("anne-tammi")
        assert "assess" in first.tasks("johanna-tem")
        assert "confirm-setting" in first.tasks("marja-ylitalo")
        assert "confirm-role" in first.tasks("otto-rinne")
        assert "close-deviation" in first.tasks("riitta-valo"), "a substitution is in force"
        with httpx2.Client(follow_redirects=True) as browser:
            choice = browser.get(f"{first.url}/sign-in?to=/keha")
            assert "Tuula Kanerva" in choice.text
            front = browser.get(choice.url.copy_merge_params({"login": "tuula-kanerva"}))
            assert (front.status_code, front.url.path, "Tuula Kanerva" in front.text) == (200, "/keha", True)
        page = httpx2.get(f"{first.url}/idp/people/tuula-kanerva")
        assert "<textarea" in page.text
        board = first.etappi("board", "--as", "tuula-kanerva")
        assert board.count("●") > 50
        assert "TE24" in board
        head = first.etappi("trail", "--as", "satu-auditor", "--limit", "5")
        assert head.count("person-registered") == 2
        first_checkpoint = checkpoint(first)
        another = etappi("up", data=str(data))
        assert another.returncode == 1
        assert f"is in use by process {first.process.pid}" in another.stderr
        assert "Traceback" not in another.stderr
    assert all(each.read_text() == "an installation's own" for each in kept), "what the demo didn't mark stays"
    assert first.process.returncode == 0
    left = servers_of(data)
    assert left == []

    with up(data) as second:
        assert "First start" not in second.output
        assert second.etappi("trail", "--as", "satu-auditor", "--limit", "5") == head
        opened(checkpoint(second), "localhost/log/keha", [signer_of(first_checkpoint, data)], verify)
    assert servers_of(data) == []


def checkpoint(running: Running) -> bytes:
    """The last checkpoint of the demo's ledger; a ledger of looks is sealed, too."""
    checks = httpx2.get(f"{running.url}/readyz", timeout=30).json()["checks"]
    assert checks["seal"] == "ok"
    assert httpx2.get(f"{running.url}/log/keha.access/checkpoint").text.startswith("localhost/log/keha.access\n")
    return httpx2.get(f"{running.url}/log/keha/checkpoint").content


def signer_of(note: bytes, data: Path) -> VerifierKey:
    """The key that was made at the first start, by which the note must be signed."""
    key = seal_key(None, data / "demo" / "seal-key.pem", data).verifier("localhost/log/keha")
    opened(note, "localhost/log/keha", [key], verify)
    return key


def servers_of(data: Path) -> list[str]:
    """The processes that still run with something of this folder in their command line."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if str(data) in command:
                found.append(command)
    return found
