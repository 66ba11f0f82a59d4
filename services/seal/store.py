"""Where sealed logs lie: tiles and published checkpoints in one object store, a copy of each checkpoint in another.

The second one is the memory outside the database. A checkpoint is written there once and never again, under its size:
a folder by default, in production a bucket whose object lock keeps also its owner from changing it.
"""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

import obstore
import structlog
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from domain.proof.growth import TileData
from domain.proof.merkle import HASH_BYTES
from domain.proof.tiles import WIDTH, ReadTile, Tile

_AT_ONCE = 16

_log = structlog.get_logger(__name__)


def open_stores(tiles_url: str | None, copies_url: str | None, data: Path) -> "SealStore":
    """The stores of a setting: s3://bucket/prefix each, or folders in `data` where none is set."""
    return SealStore(_opened(tiles_url, data / "log"), _opened(copies_url, data / "checkpoints"))


def _opened(url: str | None, folder: Path) -> ObjectStore:
    if url is None:
        return LocalStore(folder, mkdir=True)
    if url.startswith("s3:"):
        # A bucket with object lock takes nothing without a checksum.
        return from_url(url, config={"checksum_algorithm": "SHA256"})
    return from_url(url)


class SealStore:
    """The sealed logs of all ledgers."""

    def __init__(self, tiles: ObjectStore, copies: ObjectStore) -> None:
        """`copies` is the place outside; the two may not be one."""
        self._tiles = tiles
        self._copies = copies

    async def put_tiles(self, ledger: str, tiles: Iterable[TileData]) -> None:
        """Write tiles; one that is there is written anew."""
        slots = asyncio.Semaphore(_AT_ONCE)

        async def put(each: TileData) -> None:
            async with slots:
                await obstore.put_async(self._tiles, f"{_folder(ledger)}/{each.tile.path}", each.data)

        async with asyncio.TaskGroup() as group:
            for each in tiles:
                group.create_task(put(each))

    async def drop_partial(self, ledger: str, tile: Tile) -> None:
        """Remove the partial tiles that a full one holds. It may fail; they harm nobody."""
        try:
            prefix = f"{_folder(ledger)}/{Tile(tile.level, tile.index).path}.p"
            names = [str(each["path"]) async for page in obstore.list(self._tiles, prefix) for each in page]
            if names:
                await obstore.delete_async(self._tiles, names)
        except (BaseError, OSError) as error:
            _log.warning("partial tiles weren't removed", ledger=ledger, tile=tile.path, error=repr(error))

    def reader(self, ledger: str) -> ReadTile:
        """How tiles are read, for a thread: it blocks. A partial tile is a beginning of the full one, if that is there.

        Raises `FileNotFoundError`.
        """
        folder = _folder(ledger)

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

    async def checkpoint(self, ledger: str) -> bytes | None:
        """The published checkpoint."""
        return await _found(self._tiles, f"{_folder(ledger)}/checkpoint")

    async def publish(self, ledger: str, note: bytes) -> None:
        """Replace the published checkpoint."""
        await obstore.put_async(self._tiles, f"{_folder(ledger)}/checkpoint", note)

    async def keep(self, ledger: str, size: int, note: bytes) -> bytes:
        """Write the copy of a checkpoint, and answer what is kept for its size: maybe another that was there before."""
        name = _copy(ledger, size)
        try:
            await obstore.put_async(self._copies, name, note, mode="create")
        except AlreadyExistsError:
            return await _found(self._copies, name) or b""
        return note

    async def kept(self, ledger: str, size: int) -> bytes | None:
        """The copy of the checkpoint of this size."""
        return await _found(self._copies, _copy(ledger, size))

    async def last_kept(self, ledger: str, size: int = 0) -> tuple[int, bytes] | None:
        """Size and copy of the largest checkpoint that is kept. `size`: one of which it is known that it is kept."""
        # The names sort by size. Only those behind the known one are listed, unless there is none.
        last = await self._last(ledger, _copy(ledger, size - 1)) if size else None
        last = last or await self._last(ledger, None)
        if last is None:
            return None
        number = last.rpartition("/")[2]
        note = await _found(self._copies, last)
        return int(number) if number.isdigit() else -1, note or b""

    async def _last(self, ledger: str, behind: str | None) -> str | None:
        prefix = f"{_folder(ledger)}/checkpoint"
        names = [str(each["path"]) async for page in obstore.list(self._copies, prefix, offset=behind) for each in page]
        return max(names, default=None)

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


def _folder(ledger: str) -> str:
    """A ledger's name as one element of a path."""
    name = quote(ledger, safe="")
    # A folder of dots alone would be another one.
    return name if name.strip(".") else name.replace(".", "%2E")


def _copy(ledger: str, size: int) -> str:
    return f"{_folder(ledger)}/checkpoint/{size:020d}"
