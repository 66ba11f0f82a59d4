"""A tree as tiles, as C2SP tlog-tiles lays them out (c2sp.org/tlog-tiles): what is served, and what proofs need of it.

The tile `index` of `level` holds up to 256 hashes: the roots of the complete subtrees of 256^level leaves each, from
number index * 256 on. A tile that has fewer is partial and ends its level; it is a beginning of every later one. The
entries themselves stand in bundles, numbered as the tiles of level 0, each behind its length in two bytes, big-endian.
Here an entry is an event's header.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from domain.proof.merkle import HASH_BYTES, ImpossibleSize, Nodes, complete_root

HEIGHT = 8
WIDTH = 1 << HEIGHT
LONGEST_ENTRY = (1 << 16) - 1
_HIGHEST_LEVEL = 63
_PATH = re.compile(r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")
_LARGEST_INDEX = 1 << 55
"""More tiles than a tree of 2^63 leaves has."""

ReadTile = Callable[[int, int, int], bytes]
"""From level, index and width to the tile's hashes, one behind the other."""


class TileRefused(ValueError):
    """No tile or bundle: another length than its width says, or a path that names none."""


@dataclass(frozen=True, slots=True)
class Tile:
    """The name of a tile; of a bundle of entries, where `level` is None. `width` is 256 where it is full."""

    level: int | None
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Where it is served, below the log's prefix: `tile/0/x001/x234/067.p/8`."""
        place = f"tile/{'entries' if self.level is None else self.level}/{_index_path(self.index)}"
        return place if self.width == WIDTH else f"{place}.p/{self.width}"


def tile_of_path(path: str) -> Tile:
    """The tile or bundle that a path names. Each has one path. Raises `TileRefused`."""
    match = _PATH.fullmatch(path) if path.isascii() and len(path) < 100 else None  # noqa: PLR2004
    if match is None:
        raise TileRefused("not the path of a tile")
    level = None if match[1] == "entries" else int(match[1])
    index = int(match[2].replace("x", "").replace("/", ""))
    width = WIDTH if match[3] is None else int(match[3])
    tile = Tile(level, index, width)
    # Zeros in front of an index, or a partial tile of full width, would be another spelling of the same.
    if tile.path != path or width > WIDTH or (level or 0) > _HIGHEST_LEVEL or index >= _LARGEST_INDEX:
        raise TileRefused("not the path of a tile")
    return tile


def width_at(size: int, level: int | None, index: int) -> int:
    """How many hashes a tile (or entries a bundle) has in the tree of `size` leaves; 0 where it has no such tile."""
    return max(0, min(WIDTH, (size >> (HEIGHT * (level or 0))) - index * WIDTH))


def tiles_between(old: int, new: int) -> Iterator[Tile]:
    """The tiles that the tree of `new` leaves has and the one of `old` leaves hasn't, partial ones last in a level."""
    level = 0
    while new >> (HEIGHT * level):
        count = new >> (HEIGHT * level)
        if count > old >> (HEIGHT * level):
            for index in range((old >> (HEIGHT * level)) >> HEIGHT, (count + WIDTH - 1) >> HEIGHT):
                yield Tile(level, index, width_at(new, level, index))
        level += 1


def nodes_of_tiles(read_tile: ReadTile, size: int) -> Nodes:
    """The nodes of the tree of `size` leaves, for roots and proofs, out of its tiles alone.

    Each tile is read once, at the width that it has in this tree. The nodes raise `ImpossibleSize` for what the tree
    hasn't, `TileRefused` for a tile of the wrong length, and what `read_tile` raises.
    """
    known: dict[tuple[int, int], bytes] = {}

    def nodes(level: int, index: int) -> bytes:
        tiles, inner = divmod(level, HEIGHT)
        if index < 0 or (index + 1) << level > size:
            raise ImpossibleSize(f"a tree of {size} leaves has no subtree {index} at level {level}")
        tile, first = divmod(index << inner, WIDTH)
        if (tiles, tile) not in known:
            width = width_at(size, tiles, tile)
            known[tiles, tile] = checked(Tile(tiles, tile, width), read_tile(tiles, tile, width))
        return complete_root(hashes_of(known[tiles, tile], first, first + (1 << inner)))

    return nodes


def checked(tile: Tile, data: bytes) -> bytes:
    """The data of a tile of hashes. Raises `TileRefused` where its length isn't that of the width."""
    if len(data) != tile.width * HASH_BYTES:
        raise TileRefused(f"{tile.path} has {len(data)} bytes")
    return data


def hashes_of(data: bytes, begin: int = 0, end: int | None = None) -> list[bytes]:
    """The hashes of a tile, or some of them."""
    stop = len(data) if end is None else end * HASH_BYTES
    return [data[at : at + HASH_BYTES] for at in range(begin * HASH_BYTES, stop, HASH_BYTES)]


def tile_data(nodes: Nodes, tile: Tile) -> bytes:
    """The hashes of a tile, from the tree's nodes. Raises `ImpossibleSize`."""
    if tile.level is None or not 0 < tile.width <= WIDTH:
        raise TileRefused(f"{tile.path} is no tile of hashes")
    first = tile.index * WIDTH
    return b"".join(nodes(HEIGHT * tile.level, first + n) for n in range(tile.width))


def bundle(entries: Iterable[bytes]) -> bytes:
    """A bundle of entries. Raises `TileRefused` for an entry of more than 65,535 bytes."""
    parts = []
    for entry in entries:
        if len(entry) > LONGEST_ENTRY:
            raise TileRefused(f"an entry of {len(entry)} bytes")
        parts += [len(entry).to_bytes(2, "big"), entry]
    return b"".join(parts)


def entries_of(data: bytes) -> Sequence[bytes]:
    """The entries of a bundle. Raises `TileRefused` where it is cut off."""
    entries, at = [], 0
    while at < len(data):
        begin = at + 2
        end = begin + int.from_bytes(data[at:begin], "big")
        if begin > len(data) or end > len(data):
            raise TileRefused("a bundle that is cut off")
        entries.append(data[begin:end])
        at = end
    return entries


def _index_path(index: int) -> str:
    path = f"{index % 1000:03}"
    while index := index // 1000:
        path = f"x{index % 1000:03}/{path}"
    return path
