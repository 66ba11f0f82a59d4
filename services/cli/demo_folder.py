"""The folder `demo` of ETAPPI_DATA, with all that the demo keeps. Only what lies in it under its mark is deleted."""

import contextlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.cli.failures import CannotRun
from services.local.process import end_orphans, exclusive_folder

NAME = "demo"
MARK = "demo.json"
_DRAFT = "demo.json.new"
_LOCK = "lock"
_OURS = frozenset({MARK, _DRAFT, _LOCK})
_PLAYING = {"state": "playing"}


@dataclass(frozen=True, slots=True)
class DemoFolder:
    """The folder, held by this process alone. `issuer` is that of a year that was played whole; else None."""

    path: Path
    issuer: str | None

    def begin(self) -> None:
        """Mark the folder as the demo's, and delete what a start that was broken off left in it."""
        _write(self.path, _PLAYING)
        # A server that a crash left running writes there.
        end_orphans(self.path)
        for part in self.path.iterdir():
            if part.name in _OURS:
                continue
            if part.is_symlink() or not part.is_dir():
                part.unlink()
                continue
            for inner in part.iterdir():
                # By its .pid a next start would find a server that didn't end, and try again.
                if inner.is_dir() and not inner.is_symlink():
                    shutil.rmtree(inner)
                elif inner.suffix != ".pid":
                    inner.unlink()

    def played(self, issuer: str) -> None:
        """Note that the year is played."""
        _write(self.path, {"state": "played", "issuer": issuer})


@contextlib.contextmanager
def demo_folder(data: Path) -> Iterator[DemoFolder]:
    """The demo's folder. Raises `CannotRun` if something lies there that the demo didn't mark, or `FolderInUse`."""
    folder = data / NAME
    _mark(folder)
    with exclusive_folder(folder):
        mark = _mark(folder)
        yield DemoFolder(folder, None if mark is None or mark == _PLAYING else mark["issuer"])


def _mark(folder: Path) -> dict[str, str] | None:
    """What the mark says; None in an empty folder."""
    mark = folder / MARK
    if mark.exists():
        found: object = None
        with contextlib.suppress(ValueError):
            found = json.loads(mark.read_text())
        if isinstance(found, dict) and (found == _PLAYING or isinstance(found.get("issuer"), str)):
            return found
    elif not folder.exists() or (folder.is_dir() and {each.name for each in folder.iterdir()} <= _OURS):
        return None
    raise CannotRun(
        f"{folder} holds something that isn't a demo's ({MARK} says nothing of it), so it is left alone. "
        "Move it away, or name another folder by ETAPPI_DATA."
    )


def _write(folder: Path, mark: dict[str, str]) -> None:
    draft = folder / _DRAFT
    draft.write_text(json.dumps(mark))
    draft.rename(folder / MARK)
