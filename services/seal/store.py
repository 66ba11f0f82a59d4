"""Where sealed logs lie: tiles and published checkpoints in one object store, a copy of each checkpoint in another.

The second one is the memory outside the database. What is written there is never written over: a folder by default, in
production a bucket whose object lock keeps also its owner from changing it. In a folder it is on the disk before
anything relies on it.

A log has histories. The first one is 0; after a restore to an earlier point the log goes on in the next one, and tiles,
checkpoints and copies of those before stay as they were.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import ObjectStore

from domain.proof.checkpoint import checkpoint_of
from domain.proof.growth import TileData
from domain.proof.merkle import HASH_BYTES
from domain.proof.note import NoteRefused, note_of
from domain.proof.tiles import WIDTH, ReadTile, Tile
from services.outside import folder_of, keep, open_store

_AT_ONCE = 16

_log = structlog.get_logger(__name__)


def open_stores(tiles_url: str | None, copies_url: str | None, data: Path) -> "SealStore":
    """The stores of a setting: s3://bucket/prefix each, or folders in `data` where none is set."""
    return SealStore(open_store(tiles_url, data / "log"), open_store(copies_url, data / "checkpoints"))


@dataclass(frozen=True, slots=True)
class Kept:
    """The note of a checkpoint, and where it lies: its history, and the size that its copy's name says."""

    history: int
    size: int
    note: bytes


@dataclass(frozen=True, slots=True)
class Published:
    """The checkpoint that is served, and the history that it is of."""

    history: int
    note: bytes


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time-stamp (RFC 3161) over the note of the checkpoint of `size` events, and since when it is kept."""

    history: int
    size: int
    kept_at: datetime


class SealStore:
    """The sealed logs of all ledgers."""

    def __init__(self, tiles: ObjectStore, copies: ObjectStore) -> None:
        """`copies` is the place outside; the two may not be one."""
        self._tiles = tiles
        self._copies = copies

    async def put_tiles(self, ledger: str, history: int, tiles: Iterable[TileData]) -> None:
        """Write tiles; one that is there is written anew."""
        slots = asyncio.Semaphore(_AT_ONCE)

        async def put(each: TileData) -> None:
            async with slots:
                await obstore.put_async(self._tiles, f"{_folder(ledger, history)}/{each.tile.path}", each.data)

        async with asyncio.TaskGroup() as group:
            for each in tiles:
                group.create_task(put(each))

    async def drop_partial(self, ledger: str, history: int, tile: Tile) -> None:
        """Remove the partial tiles that a full one holds. It may fail; they harm nobody."""
        try:
            prefix = f"{_folder(ledger, history)}/{Tile(tile.level, tile.index).path}.p"
            names = await _names(self._tiles, prefix)
            if names:
                await obstore.delete_async(self._tiles, names)
        except (BaseError, OSError) as error:
            _log.warning("partial tiles weren't removed", ledger=ledger, tile=tile.path, error=repr(error))

    def reader(self, ledger: str, history: int) -> ReadTile:
        """How tiles are read, for a thread: it blocks. A partial tile is a beginning of the full one, if that is there.

        Raises `FileNotFoundError`.
        """
        folder = _folder(ledger, history)

        def read_tile(level: int, index: int, width: int) -> bytes:
            try:
                return self._get(f"{folder}/{Tile(level, index, width).path}")
            except FileNotFoundError:
                if width == WIDTH:
                    raise
                return self._get(f"{folder}/{Tile(level, index).path}")[: width * HASH_BYTES]

        return read_tile

    def _get(self, path: str) -> bytes:
        return bytes(obstore.get(self._tiles, path).bytes())

    async def published(self, ledger: str, history: int | None = None) -> Published | None:
        """The published checkpoint of a history, or of the last one."""
        folder = f"{_folder(ledger)}/checkpoint"
        if history is None:
            path = max(await _names(self._tiles, folder), default=None)
        else:
            path = f"{folder}/{_history(history)}"
        note = None if path is None else await _found(self._tiles, path)
        return None if path is None or note is None else Published(_number(path), note)

    async def publish(self, ledger: str, history: int, note: bytes) -> None:
        """Replace the published checkpoint of a history."""
        await obstore.put_async(self._tiles, f"{_folder(ledger)}/checkpoint/{_history(history)}", note)

    async def keep(self, ledger: str, history: int, size: int, note: bytes) -> bytes:
        """Write the copy of a checkpoint, and answer what is kept for its size: maybe another that was there before."""
        name = _copy(ledger, history, size)
        if await keep(self._copies, name, note):
            return note
        return await _found(self._copies, name) or b""

    async def kept(self, ledger: str, history: int, size: int) -> bytes | None:
        """The copy of the checkpoint of this size."""
        return await _found(self._copies, _copy(ledger, history, size))

    async def last_kept(self, ledger: str, behind: Kept | None = None) -> Kept | None:
        """The last copy that is kept: of the last history the largest. `behind`: one that is known to be kept.

        Without it that of the published checkpoint is taken to be.
        """
        # The names sort by history and size. Only those from the known one on are listed, unless there is none: so
        # what is said to be known decides how much is read, and never what is answered.
        prefix = f"{_folder(ledger)}/checkpoint"
        known = await self._copied(ledger) if behind is None else (behind.history, behind.size)
        before = None if known is None else _copy(ledger, known[0], known[1] - 1)
        names = await _names(self._copies, prefix, before) or await _names(self._copies, prefix)
        if not names:
            return None
        last = max(names)
        return Kept(_number(last.rpartition("/")[0]), _number(last), await _found(self._copies, last) or b"")

    async def _copied(self, ledger: str) -> tuple[int, int] | None:
        """History and size of the published checkpoint, of which a copy was kept first."""
        published = await self.published(ledger)
        try:
            return None if published is None else (published.history, checkpoint_of(note_of(published.note).text).size)
        except NoteRefused:
            return None

    async def sizes_kept(self, ledger: str, history: int) -> list[int]:
        """The sizes of all checkpoints of a history that are kept, the smallest first."""
        return sorted(map(_number, await _names(self._copies, f"{_folder(ledger)}/checkpoint/{_history(history)}")))

    async def keep_stamp(self, ledger: str, history: int, size: int, answer: bytes) -> None:
        """Write the time-stamp over the copy of a checkpoint; one that is there stays."""
        await keep(self._copies, _stamp(ledger, history, size), answer)

    async def stamp(self, ledger: str, history: int, size: int) -> bytes | None:
        """The time-stamp over the copy of the checkpoint of this size: the authority's whole answer."""
        return await _found(self._copies, _stamp(ledger, history, size))

    async def stamps(self, ledger: str) -> list[Stamp]:
        """Which time-stamps there are, by history and size."""
        prefix = f"{_folder(ledger)}/timestamp"
        found = [
            Stamp(_number(path.rpartition("/")[0]), _number(path.removesuffix(".tsr")), each["last_modified"])
            async for page in obstore.list(self._copies, prefix)
            for each in page
            if (path := str(each["path"])).endswith(".tsr")
        ]
        return sorted(found, key=lambda each: (each.history, each.size))

    async def refusal(self, ledger: str) -> str | None:
        """Why nothing more is sealed, if it was refused: all processes see it."""
        said = await _found(self._tiles, f"{_folder(ledger)}/refused")
        return None if said is None else said.decode(errors="replace")

    async def say_refused(self, ledger: str, why: str | None) -> None:
        """Leave word that sealing was refused; with None, that it goes on."""
        path = f"{_folder(ledger)}/refused"
        if why is not None:
            await obstore.put_async(self._tiles, path, why.encode())
        elif await self.refusal(ledger) is not None:
            await obstore.delete_async(self._tiles, path)


async def _found(store: ObjectStore, path: str) -> bytes | None:
    try:
        result = await obstore.get_async(store, path)
        return bytes(await result.bytes_async())
    except FileNotFoundError:
        return None


async def _names(store: ObjectStore, prefix: str, behind: str | None = None) -> list[str]:
    return [str(each["path"]) async for page in obstore.list(store, prefix, offset=behind) for each in page]


def _folder(ledger: str, history: int | None = None) -> str:
    """A ledger's name as one element of a path, and below it the folder of a history's tiles."""
    return folder_of(ledger) if history is None else f"{folder_of(ledger)}/{_history(history)}"


def _history(history: int) -> str:
    return f"{history:06d}"


def _copy(ledger: str, history: int, size: int) -> str:
    return f"{_folder(ledger)}/checkpoint/{_history(history)}/{size:020d}"


def _stamp(ledger: str, history: int, size: int) -> str:
    return f"{_folder(ledger)}/timestamp/{_history(history)}/{size:020d}.tsr"


def _number(path: str) -> int:
    """The number that a path ends in; -1 where it is none."""
    last = path.rpartition("/")[2]
    return int(last) if last.isascii() and last.isdigit() else -1
