"""The difference between two boards of one ledger: what changed, from what to what, by whom and under which command.

It is made on the way from the one to the other, since only the events know who changed something. What is at the end as
it was at the beginning is no difference, whatever happened meanwhile.
"""

from collections.abc import Iterable

from domain.events.envelope import Row
from projections import board
from projections.changes import KINDS, Noting, Place, about, told
from projections.reading import instant, said
from projections.table import Cells, Table


class Difference:
    """What becomes different from a board on. Begin with its rows, which are brought on, and give the events."""

    def __init__(self, table: Table, year: int | None = None) -> None:
        """`table` has come as far as the first event; with `year` only what belongs to it or to none is told."""
        self._table = table
        self._noting = Noting(table)
        self._year = year
        self._first: dict[Place, Cells] = {}
        self._changed_by: dict[tuple[Place, str], list[int]] = {}
        self._events: dict[int, Cells] = {}

    def take(self, row: Row) -> None:
        """One event on."""
        board.apply(self._noting, row)
        changed = self._noting.changes()
        for place, changes in changed.items():
            first = self._first.setdefault(place, {})
            for name, (before, _) in changes.items():
                first.setdefault(name, before)
                self._changed_by.setdefault((place, name), []).append(row.position)
        if changed:
            self._events[row.position] = _event(row)

    def changes(self) -> list[Cells]:
        """What is different by now, by kind and key.

        [{kind, key, year, round, subject, what, from, to, events: [{position, type, by, for, role, command, cause,
        version, at}]}]
        """
        found = []
        for place in sorted(self._first, key=lambda each: (KINDS.index(each[0]), each[1])):
            row = self._table.get(*place)
            shown, now = about(*place, row), told(place[0], row)
            if self._year is not None and shown["year"] not in (None, self._year):
                continue
            for what, before in sorted(self._first[place].items()):
                if now.get(what) != before:
                    events = [self._events[each] for each in self._changed_by[place, what]]
                    found.append({**shown, "what": what, "from": before, "to": now.get(what), "events": events})
        return found


def difference(table: Table, rows: Iterable[Row], year: int | None = None) -> list[Cells]:
    """What is different after these events from the board before them, whose rows are brought on."""
    found = Difference(table, year)
    for row in rows:
        found.take(row)
    return found.changes()


def _event(row: Row) -> Cells:
    """Who did it, when the request was taken in, and under which version of the agreement."""
    meta = said(row)
    return {
        "position": row.position,
        "type": row.type,
        "by": meta["actor"],
        "for": meta["acting_for"],
        "role": meta["role"],
        "command": meta["command"],
        "cause": meta["cause"],
        "version": meta["version"],
        "at": instant(row.received_at),
    }
