"""Tiles as c2sp.org/tlog-tiles lays them out; roots and proofs out of tiles alone."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.proof.growth import GrowingTiles
from domain.proof.merkle import EMPTY_ROOT, ImpossibleSize, Leaves, consistency, inclusion, root
from domain.proof.tiles import (
    Tile,
    TileRefused,
    bundle,
    entries_of,
    hashes_of,
    nodes_of_tiles,
    tile_data,
    tile_of_path,
    tiles_between,
    width_at,
)

SIZE = 70_000
LEAVES = [sha256(b"\x00%d" % n).digest() for n in range(SIZE)]
NODES = Leaves(LEAVES)

PATHS = {
    Tile(0, 0): "tile/0/000",
    Tile(0, 273, 112): "tile/0/273.p/112",
    Tile(63, 1_234_067): "tile/63/x001/x234/067",
    Tile(1, 1_234_067, 8): "tile/1/x001/x234/067.p/8",
    Tile(None, 1_000): "tile/entries/x001/000",
    Tile(None, 5, 255): "tile/entries/005.p/255",
}


def read(level: int, index: int, width: int) -> bytes:
    """The tiles of a tree of 70,000 leaves."""
    return tile_data(NODES, Tile(level, index, width))


@pytest.mark.parametrize("tile", PATHS)
def test_paths(tile: Tile) -> None:
    """The examples of the specification, among others."""
    assert tile.path == PATHS[tile]
    assert tile_of_path(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/00/000",
        "tile/01/000",
        "tile/-1/000",
        "tile/64/000",
        "tile/0/x000/000",
        "tile/0/001/000",
        "tile/0/x001/x000",
        "tile/0/000.p/0",
        "tile/0/000.p/08",
        "tile/0/000.p/256",
        "tile/0/000.p/999",
        "tile/0/000.p",
        "tile/0/000\n",
        "tile/0/\u0660\u0660\u0660",
        "tile/entry/000",
        "/tile/0/000",
        "tile/0/../000",
        "tile/0/" + "x999/" * 7 + "999",
        "tile/0/" + "x999/" * 5 + "999",
    ],
)
def test_what_names_no_tile_is_refused(path: str) -> None:
    with pytest.raises(TileRefused):
        tile_of_path(path)


def test_the_tiles_of_70000_leaves_are_those_of_the_specification() -> None:
    """The example of the section on partial tiles."""
    tiles = list(tiles_between(0, SIZE))

    full = [tile for tile in tiles if tile.width == 256]
    assert [tile.level for tile in full] == [0] * 273 + [1]
    assert [tile for tile in tiles if tile.width != 256] == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert list(tiles_between(0, 256)) == [Tile(0, 0), Tile(1, 0, 1)]
    assert list(tiles_between(SIZE, SIZE)) == list(tiles_between(0, 0)) == []


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 3_000), max_size=8))
def test_a_tree_that_grows_gives_out_the_tiles_of_the_whole(steps: list[int]) -> None:
    """However it is cut into parts, and taken up again from its tiles between them."""
    tree, size = GrowingTiles(), 0
    stored: dict[Tile, bytes] = {}

    def stored_tile(level: int, index: int, width: int) -> bytes:
        return stored[Tile(level, index, width)]

    for step in steps:
        tree = GrowingTiles.from_tiles(stored_tile, size)
        for each in tree.append(b"".join(LEAVES[size : size + step])):
            stored[each.tile] = each.data
        grown = {tile for tile in tiles_between(size, size + step) if tile.width < 256}
        size += step
        partial = {each.tile: each.data for each in tree.partial()}
        stored |= partial

        assert grown <= set(partial)
        assert tree.size == size
        assert tree.root() == root(NODES, size)
    assert {tile: stored[tile] for tile in tiles_between(0, size)} == {
        tile: tile_data(NODES, tile) for tile in tiles_between(0, size)
    }


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 511, 65_535, 65_536, 65_537, 65_793, SIZE])
def test_roots_and_proofs_come_out_of_tiles_alone(size: int) -> None:
    nodes = nodes_of_tiles(read, size)

    assert root(nodes, size) == root(NODES, size)
    for at in {n for n in (1, 2, 255, 256, 300, 65_536, size - 1) if 0 < n < size}:
        assert inclusion(nodes, at, size) == inclusion(NODES, at, size)
        assert consistency(nodes, at, size) == consistency(NODES, at, size)
    with pytest.raises(ImpossibleSize):
        nodes(0, size)


def test_a_proof_needs_few_tiles_and_each_once() -> None:
    asked: list[Tile] = []

    def counting(level: int, index: int, width: int) -> bytes:
        asked.append(Tile(level, index, width))
        return read(level, index, width)

    inclusion(nodes_of_tiles(counting, SIZE), 300, SIZE)

    assert sorted(tile.path for tile in asked) == [
        "tile/0/001",
        "tile/0/273.p/112",
        "tile/1/000",
        "tile/1/001.p/17",
    ]


@pytest.mark.parametrize("wrong", [lambda data: data[:-1], lambda data: data + b"\0" * 32, lambda data: b""])
def test_a_tile_of_another_length_is_refused(wrong: object) -> None:
    assert callable(wrong)
    nodes = nodes_of_tiles(lambda *tile: wrong(read(*tile)), SIZE)

    with pytest.raises(TileRefused, match=r"tile/0/273.p/112 has"):
        nodes(0, SIZE - 1)
    with pytest.raises(TileRefused):
        GrowingTiles.from_tiles(lambda *tile: wrong(read(*tile)), SIZE)


def test_bundles_hold_entries_of_any_length_to_65535_bytes() -> None:
    entries = [b"", b"header", b"x" * 65_535]

    data = bundle(entries)

    assert data[:10] == b"\0\0\0\x06header"
    assert entries_of(data) == entries
    assert entries_of(b"") == []
    for cut in (1, 3, 9, len(data) - 1):
        with pytest.raises(TileRefused, match="cut off"):
            entries_of(data[:cut])
    with pytest.raises(TileRefused, match="an entry of 65536 bytes"):
        bundle([b"x" * 65_536])


def test_widths() -> None:
    assert [width_at(SIZE, level, index) for level, index in ((0, 0), (0, 273), (0, 274), (1, 1), (2, 0), (3, 0))] == [
        256,
        112,
        0,
        17,
        1,
        0,
    ]
    assert width_at(SIZE, None, 273) == 112
    assert hashes_of(read(0, 273, 112), 110, 112) == LEAVES[-2:]
    assert GrowingTiles().root() == EMPTY_ROOT
    with pytest.raises(ValueError, match="32 bytes"):
        list(GrowingTiles().append(b"x"))
    with pytest.raises(TileRefused):
        tile_data(NODES, Tile(None, 0))
