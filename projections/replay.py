"""The history, event by event: who did what, by which command, for which cause, and what changed on the board."""

from collections.abc import Iterable, Iterator
from typing import Any

from domain.events.envelope import Row
from projections import trail
from projections.changes import Noting, Place, about
from projections.table import Cells, Table


def step(table: Table, row: Row) -> Cells:
    """Bring the board's rows one event on, and say what it did.

    It is the trail's entry with `board` in place of `changes`: [{kind, key, year, round, subject, changes: {name:
    [before, after]}}], none where nothing on the board changed.
    """
    noting = Noting(table)
    entry = trail.follow(noting, row)
    del entry["changes"]
    return entry | {"board": [_shown(table, place, changes) for place, changes in noting.changes().items()]}


def steps(rows: Iterable[Row], table: Table) -> Iterator[Cells]:
    """The steps of these events, over a board that has come as far as the first of them."""
    return (step(table, row) for row in rows)


def _shown(table: Table, place: Place, changes: dict[str, list[Any]]) -> Cells:
    return about(*place, table.get(*place)) | {"changes": changes}
