"""A board whose rows lie in a file is the board whose rows lie in memory."""

from recorded import year

from projections import board
from projections.items import ITEM
from projections.table import DictTable, first_difference
from verifier.shelf import Shelf


def test_the_years_board_is_the_same_with_hardly_any_row_in_memory() -> None:
    shelf, table = Shelf(most=20), board.fold(year())

    for row in year():
        board.apply(shelf, row)

    found = DictTable()
    for kind in {kind for kind, _, _ in table}:
        for key, row_of_kind in shelf.of(kind).items():
            found.put(kind, key, row_of_kind)
    assert first_difference(table, found) is None
    assert len(shelf.of(ITEM)) == len(table.of(ITEM))
    assert len(shelf._in_use) <= 20


def test_rows_that_are_not_there_and_rows_that_are_deleted_are_none() -> None:
    shelf = Shelf(most=2)
    for key in "abcd":
        shelf.put("kind", key, {"key": key})

    shelf.delete("kind", "a")
    shelf.delete("kind", "z")

    assert shelf.get("kind", "a") is None
    assert shelf.get("other", "a") is None
    assert shelf.get("kind", "b") == {"key": "b"}
    assert list(shelf.of("kind")) == ["b", "c", "d"]
    assert shelf.of("kind").get("a") is None
