"""The played demo year for the tests of pages, kept from run to run in pytest's cache.

Playing takes longer than all tests of a page together, so what came of it is kept as long as nothing has changed that
could make another log: all sources but the pages, the API and the command line, whose own tests play it anew.
"""

import contextlib
import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from web.play import DATA, DUMP

ROOT = Path(__file__).parents[2]
SOURCES = ("agreements", "domain", "projections", "services", "requirements.lock", "tests/web/play.py")
NO_MATTER = frozenset({"api", "cli", "web"})
SECONDS = 600


@contextlib.contextmanager
def played(cache: Path, issuer: str) -> Iterator[Path]:
    """The folder with what was played, for this run alone. Several runs at once play it once."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = cache / _fingerprint(issuer)
        if not folder.exists():
            for old in cache.iterdir():
                if old.is_dir():
                    shutil.rmtree(old)
            draft = cache / "draft"
            draft.mkdir()
            subprocess.run(
                [sys.executable, Path(__file__).with_name("play.py"), draft, issuer],
                check=True,
                timeout=SECONDS,
                env={"PYTHONPATH": str(ROOT / "tests"), "PATH": "/usr/bin:/bin"},
                stderr=subprocess.PIPE,
            )
            draft.rename(folder)
        yield folder


def _fingerprint(issuer: str) -> str:
    """What the log depends on."""
    digest = hashlib.sha256(issuer.encode())
    for source in SOURCES:
        path = ROOT / source
        files = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())
        for file in files:
            parts = file.relative_to(ROOT).parts
            if "__pycache__" in parts or (parts[0] == "services" and parts[1] in NO_MATTER):
                continue
            digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return digest.hexdigest()[:16]


__all__ = ["DATA", "DUMP", "played"]
