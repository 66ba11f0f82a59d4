"""The attested view: the same digest for the same board, another one for whatever it covers and for nothing else."""

import copy
from functools import cache
from typing import Any

import pytest
from recorded import year

from projections import attested, board
from projections.content import content_digest
from projections.cycles import ASSESSMENT, CYCLE
from projections.items import ITEM
from projections.rounds import ROUND
from projections.table import DictTable

ITEM_KEY = "2024-annual/administrative-processes"


@cache
def snapshot() -> str:
    return board.fold(year()).snapshot()


@pytest.fixture
def table() -> DictTable:
    return DictTable.restored(snapshot())


def test_the_years_occasions_are_its_deliveries_its_statement_and_its_close() -> None:
    occasions = [attested.OCCASIONS[row.type] for row in year() if row.type in attested.OCCASIONS]

    assert occasions == ["delivery", "delivery", "delivery", "statement", "close"]
    assert {attested.year_of(row) for row in year() if row.type in attested.OCCASIONS} == {2024}


def test_a_board_that_was_written_down_and_read_again_has_the_same_digest(table: DictTable) -> None:
    assert attested.digest(table, 2024) == attested.digest(board.fold(year()), 2024)


def test_the_digest_of_an_items_content_is_that_of_its_content(table: DictTable) -> None:
    """What an event said of it and what is hashed anew are one, in each item of the year."""
    bound = [item for item in table.of(ITEM).values() if item["digest"] is not None]

    assert bound
    for item in bound:
        assert content_digest({**item, "digest": None}) == item["digest"]


@pytest.mark.parametrize(
    ("kind", "key", "path", "value"),
    [
        (CYCLE, "2024", ("stage",), "stated"),
        (CYCLE, "2024", ("version",), "keha-2024-2027.2"),
        (CYCLE, "2024", ("final_accounts", "approved_on"), "2025-03-13"),
        (CYCLE, "2024", ("statement", "digest"), "0" * 64),
        (CYCLE, "2024", ("published", "statement", "published_on"), "2025-06-20"),
        (CYCLE, "2024", ("published", "statement", "digest"), "0" * 64),
        (ROUND, "2024-annual", ("stage",), "open"),
        (ROUND, "2024-annual", ("version",), "keha-2024-2027.2"),
        (ROUND, "2024-annual", ("deliveries", 0, "digest"), "0" * 64),
        (ROUND, "2024-annual", ("scope",), ["administrative-processes"]),
        (ITEM, ITEM_KEY, ("stage",), "withdrawn"),
        (ITEM, ITEM_KEY, ("revision",), 2),
        (ITEM, ITEM_KEY, ("report", "light"), 1),
        (ITEM, ITEM_KEY, ("report", "basis"), "forecast"),
        (ITEM, ITEM_KEY, ("digest",), "0" * 64),
        (ITEM, ITEM_KEY, ("delivered",), None),
        (ITEM, ITEM_KEY, ("delivered", "digest"), "0" * 64),
        (ASSESSMENT, "2024/administrative-processes", ("light",), 1),
        (ASSESSMENT, "2024/administrative-processes", ("given",), False),
        (ASSESSMENT, "2024/administrative-processes", ("delivered",), "0" * 64),
    ],
)
def test_whatever_the_view_covers_changes_its_digest(
    table: DictTable, kind: str, key: str, path: tuple[Any, ...], value: Any
) -> None:
    before = attested.digest(table, 2024)

    changed(table, kind, key, path, value)

    assert attested.digest(table, 2024) != before


@pytest.mark.parametrize(
    ("kind", "key", "path", "value"),
    [
        (ITEM, ITEM_KEY, ("a_new_column",), 1),
        (ITEM, ITEM_KEY, ("preparers",), []),
        (ROUND, "2024-annual", ("scope",), None),
        (ASSESSMENT, "2024/administrative-processes", ("rationale",), None),
        (CYCLE, "2025", ("stage",), "closed"),
    ],
)
def test_what_the_view_leaves_out_changes_nothing(
    table: DictTable, kind: str, key: str, path: tuple[Any, ...], value: Any
) -> None:
    before = attested.digest(table, 2024)

    changed(table, kind, key, path, list(reversed(table.of(ROUND)[key]["scope"])) if path == ("scope",) else value)

    assert attested.digest(table, 2024) == before


def test_a_year_that_has_not_begun_has_a_view_and_each_year_its_own() -> None:
    empty = DictTable()

    assert attested.attested(empty, 2030) == {
        "format": "attested-view/1",
        "year": 2030,
        "cycle": None,
        "rounds": [],
        "ministry": [],
    }
    assert attested.digest(empty, 2030) != attested.digest(empty, 2031)


def test_only_the_years_own_rows_are_read(table: DictTable) -> None:
    """In a ledger of many years, an attestation costs what its year has."""

    class Counted(dict[str, Any]):
        def __iter__(self) -> Any:
            raise AssertionError("all rows of a kind were gone through")

    class Watched(DictTable):
        def of(self, kind: str) -> Any:
            return Counted(table.of(kind))

    assert attested.digest(Watched(), 2024) == attested.digest(table, 2024)


def changed(table: DictTable, kind: str, key: str, path: tuple[Any, ...], value: Any) -> None:
    """Change one value of a row."""
    row: Any = copy.deepcopy(table.get(kind, key) or {"year": 2025})
    place = row
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    table.put(kind, key, row)
