"""A tree that grows and gives out its tiles: what a sealer keeps in memory, 8 KiB a level."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.proof.merkle import EMPTY_ROOT, HASH_BYTES, complete_root, node_hash, subtrees
from domain.proof.tiles import HEIGHT, WIDTH, ReadTile, Tile, checked, hashes_of


@dataclass(frozen=True, slots=True)
class TileData:
    """A tile and its hashes."""

    tile: Tile
    data: bytes


class GrowingTiles:
    """A tree by the last, partial tile of each level; a full one is given out and hashed into the level above."""

    def __init__(self) -> None:
        """Begin with the tree without leaves."""
        self.size = 0
        self._edges: list[bytearray] = []

    @classmethod
    def from_tiles(cls, read_tile: ReadTile, size: int) -> "GrowingTiles":
        """Go on from stored tiles: reads one a level. Raises `TileRefused`, and what `read_tile` raises."""
        tree = cls()
        tree.size = size
        level = 0
        while count := size >> (HEIGHT * level):
            index, width = divmod(count, WIDTH)
            data = checked(Tile(level, index, width), read_tile(level, index, width)) if width else b""
            tree._edges.append(bytearray(data))
            level += 1
        return tree

    def append(self, leaves: bytes) -> Iterator[TileData]:
        """Add leaf hashes, one behind the other, and give out the tiles that they fill. Run it to its end."""
        if len(leaves) % HASH_BYTES:
            raise ValueError("leaf hashes have 32 bytes each")
        at = 0
        while at < len(leaves):
            if not self._edges:
                self._edges.append(bytearray())
            room = WIDTH * HASH_BYTES - len(self._edges[0])
            part = leaves[at : at + room]
            at += len(part)
            self._edges[0] += part
            self.size += len(part) // HASH_BYTES
            yield from self._full()

    def partial(self) -> Iterator[TileData]:
        """The tiles that aren't full, as they are now."""
        for level, edge in enumerate(self._edges):
            if edge:
                yield TileData(Tile(level, *divmod(self.size >> (HEIGHT * level), WIDTH)), bytes(edge))

    def root(self) -> bytes:
        """The root of the tree as it is now: the complete subtrees of each edge, from the right."""
        found: bytes | None = None
        for edge in self._edges:
            hashes = hashes_of(bytes(edge))
            for level, index in reversed(list(subtrees(0, len(hashes)))):
                left = complete_root(hashes[index << level : (index + 1) << level])
                found = left if found is None else node_hash(left, found)
        return EMPTY_ROOT if found is None else found

    def _full(self) -> Iterator[TileData]:
        for level, edge in enumerate(self._edges):
            if len(edge) < WIDTH * HASH_BYTES:
                return
            data = bytes(edge)
            edge.clear()
            if level + 1 == len(self._edges):
                self._edges.append(bytearray())
            self._edges[level + 1] += complete_root(hashes_of(data))
            yield TileData(Tile(level, ((self.size >> (HEIGHT * level)) // WIDTH) - 1), data)
