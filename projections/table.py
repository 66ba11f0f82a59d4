"""The table that a projection writes to: rows by kind and key. In Postgres or in memory."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, TypeAlias

from domain.canonical import Json, canonical
from domain.events.envelope import Row, digest_of
from domain.values import Digest

Cells: TypeAlias = dict[str, Any]
"""A row: JSON throughout. What is nested in it is replaced, never changed in place, so two rows may share it."""

FORMAT = "etappi-rows/1"


class Table(Protocol):
    """What a projection may do with its rows."""

    def get(self, kind: str, key: str) -> Cells | None:
        """The row, to be read or changed and put back; None if there is none."""
        ...

    def put(self, kind: str, key: str, row: Cells) -> None:
        """Write the row, new or changed."""
        ...

    def delete(self, kind: str, key: str) -> None:
        """Take the row away, if it is there."""
        ...


Apply: TypeAlias = Callable[[Table, Row], None]
"""What an event does to the rows."""


class Rows(Protocol):
    """What a question may read: the rows of a kind by their keys."""

    def of(self, kind: str) -> Mapping[str, Cells]:
        """All rows of a kind that there are."""
        ...


class DictTable:
    """A table in memory."""

    def __init__(self) -> None:
        """Begin empty."""
        self._kinds: dict[str, dict[str, Cells]] = {}

    def get(self, kind: str, key: str) -> Cells | None:
        """The row itself, not a copy."""
        rows = self._kinds.get(kind)
        return None if rows is None else rows.get(key)

    def put(self, kind: str, key: str, row: Cells) -> None:
        """Write the row, new or changed."""
        rows = self._kinds.get(kind)
        if rows is None:
            rows = self._kinds[kind] = {}
        rows[key] = row

    def delete(self, kind: str, key: str) -> None:
        """Take the row away, if it is there."""
        self._kinds.get(kind, {}).pop(key, None)

    def of(self, kind: str) -> Mapping[str, Cells]:
        """All rows of a kind by their keys."""
        return self._kinds.get(kind, {})

    def __iter__(self) -> Iterator[tuple[str, str, Cells]]:
        """Every row with its kind and key."""
        return ((kind, key, row) for kind, rows in self._kinds.items() for key, row in rows.items())

    def __len__(self) -> int:
        """How many rows there are."""
        return sum(map(len, self._kinds.values()))

    def snapshot(self) -> str:
        """All rows as text, from which `restored` makes them again; disposable."""
        return json.dumps(self._kinds)

    @classmethod
    def restored(cls, snapshot: str) -> "DictTable":
        """The table that a snapshot holds, sharing nothing with the one that it was taken of."""
        table = cls()
        table._kinds = json.loads(snapshot)
        return table


def digest(rows: DictTable) -> Digest:
    """SHA-256 of the canonical rows in the order of kind and key: equal for equal tables, wherever they lie."""
    ordered: list[Json] = [[kind, key, row] for kind, key, row in sorted(rows, key=lambda each: each[:2])]
    return digest_of({"format": FORMAT, "rows": ordered})


def first_difference(one: DictTable, other: DictTable) -> str | None:
    """Where two tables differ first, for whoever must find out why; None if they don't."""
    for kind, key in sorted({each[:2] for table in (one, other) for each in table}):
        mine, theirs = one.get(kind, key), other.get(kind, key)
        if mine is None or theirs is None or canonical(mine) != canonical(theirs):
            return f"{kind} {key}"
    return None
