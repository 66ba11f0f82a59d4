"""The Postgres that is measured: the embedded one with its own settings, its data on a disk and not in memory."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import psutil

from services.eventstore import migrate
from services.local import PostgresUrls, embedded_postgres

IN_MEMORY = {"tmpfs", "ramfs"}


def file_system(path: Path) -> str:
    """The type of the file system that holds `path`, as the system names it; empty where it doesn't say."""
    mounts = {Path(part.mountpoint): part.fstype for part in psutil.disk_partitions(all=True)}
    return next((mounts[each] for each in (path.resolve(), *path.resolve().parents) if each in mounts), "")


@contextlib.contextmanager
def disk_folder() -> Iterator[Path]:
    """A temporary folder on a disk, that Postgres's user may enter. Raises `RuntimeError` if only memory is found."""
    for parent in dict.fromkeys((Path(tempfile.gettempdir()), Path("/var/tmp"), Path.home())):
        if parent.is_dir() and os.access(parent, os.W_OK) and file_system(parent) not in IN_MEMORY:
            folder = Path(tempfile.mkdtemp(prefix="etappi-bench-", dir=parent))
            folder.chmod(0o755)
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            return
    raise RuntimeError("no temporary folder on a disk was found; name one by TMPDIR")


@contextlib.asynccontextmanager
async def postgres() -> AsyncIterator[PostgresUrls]:
    """An embedded Postgres as `etappi up` starts it (fsync on), migrated and empty."""
    with disk_folder() as folder:
        async with embedded_postgres(folder / "postgres") as urls:
            connection = await asyncpg.connect(urls.owner)
            try:
                for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                    if await connection.fetchval("SELECT current_setting($1)", setting) != "on":
                        raise RuntimeError(f"{setting} is off: the figures would mean nothing")
            finally:
                await connection.close()
            await migrate(urls.owner)
            yield urls
