"""Object stores by their addresses, and how the place outside the database is written to.

There lie the copies of checkpoints, time-stamps and what was erased, for each ledger in a folder of its own. What is
written there is never written over, and it is on the disk before anything relies on it.
"""

import asyncio
import contextlib
import os
import secrets
import time
from pathlib import Path
from urllib.parse import quote

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import LocalStore, ObjectStore, from_url

STAGED = "+staged"
"""The folder of what isn't whole yet; no ledger's is called so, whose name would be quoted."""
LEFT_SECONDS = 3600
"""What was staged so long ago was left by a process that was killed; what is younger another one may be writing."""


def open_store(url: str | None, folder: Path) -> ObjectStore:
    """The object store of a setting, s3://bucket/prefix, or a folder where none is set."""
    if url is None:
        store: ObjectStore = LocalStore(folder, mkdir=True)
    elif url.startswith("s3:"):
        # A bucket with object lock takes nothing without a checksum.
        store = from_url(url, config={"checksum_algorithm": "SHA256"})
    else:
        store = from_url(url)
    if isinstance(store, LocalStore) and store.prefix is not None:
        _clear(Path(store.prefix) / STAGED)
    return store


def _clear(staged: Path) -> None:
    before = time.time() - LEFT_SECONDS
    for each in staged.glob("*"):
        with contextlib.suppress(FileNotFoundError):
            if each.stat().st_mtime < before:
                each.unlink()


def folder_of(ledger: str) -> str:
    """A ledger's name as one element of a path; one of dots alone would be another folder."""
    name = quote(ledger, safe="")
    return name if name.strip(".") else name.replace(".", "%2E")


async def keep(store: ObjectStore, path: str, data: bytes) -> bool:
    """Write something for good, so that it outlives a crash. False if something is there already; that stays."""
    if isinstance(store, LocalStore) and store.prefix is not None:
        return await asyncio.to_thread(_write, Path(store.prefix), path, data)
    try:
        await obstore.put_async(store, path, data, mode="create")
    except AlreadyExistsError:
        return False
    return True


def _write(root: Path, path: str, data: bytes) -> bool:
    """Write a file whole or not at all, and flush it and the folders that lead to it."""
    place, staged = root / path, root / STAGED / secrets.token_hex(8)
    for each in (place.parent, staged.parent):
        each.mkdir(parents=True, exist_ok=True)
    written = False
    try:
        with staged.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(staged, place)
            written = True
    finally:
        staged.unlink(missing_ok=True)
    # Also of what another process wrote just now: it is relied on from here.
    for each in place.parents[: len(Path(path).parts)]:
        handle = os.open(each, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    return written
