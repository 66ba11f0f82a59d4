"""What changes on the board: of each row what a reader would call different, and what an event did to it.

A row has many columns that follow from others, as digests do, or say when and by whom; those are no changes of their
own. What counts is named here for each kind of row: lights, numbers, words, evidence, stages, units, the ministry's
lights, versions, dates; of an item also the digest of the content that people bound themselves to, which tells that it
was submitted anew with the same light.
"""

from collections.abc import Callable, Mapping
from typing import Any

from projections.agreements import AGREEMENT
from projections.cycles import ASSESSMENT, CYCLE, DEVIATION, LATE, LINK
from projections.items import ITEM
from projections.lights import unit_of
from projections.rounds import ROUND
from projections.table import Cells, Table

Place = tuple[str, str]
"""Kind and key of a row."""
_NOT_SAID = frozenset({"round", "subject", "revision", "type", "milestones"})
_DOCUMENT = ("id", "revision", "title", "file")


def told(kind: str, row: Cells | None) -> Cells:
    """What of a row counts, by name; what has no value is left out. Of kinds that don't count, nothing."""
    telling = _TOLD.get(kind)
    if telling is None or row is None:
        return {}
    return {name: value for name, value in telling(row).items() if value is not None and value != []}


def about(kind: str, key: str, row: Cells | None) -> Cells:
    """What a row is about: {kind, key, year, round, subject}, each null where it is about none."""
    found = row or {}
    return {
        "kind": kind,
        "key": key,
        "year": found.get("year", found.get("binding_year")),
        "round": found.get("round"),
        "subject": found.get("subject"),
    }


class Noting:
    """A table that notes what its rows said before they were touched. One event at a time: `changes` begins anew."""

    def __init__(self, table: Table) -> None:
        """`table` holds the rows."""
        self._table = table
        self._before: dict[Place, Cells] = {}

    def get(self, kind: str, key: str) -> Cells | None:
        """The row, to be read or changed and put back."""
        row = self._table.get(kind, key)
        self._note(kind, key, row)
        return row

    def put(self, kind: str, key: str, row: Cells) -> None:
        """Write the row."""
        self._note(kind, key, None if (kind, key) in self._before else self._table.get(kind, key))
        self._table.put(kind, key, row)

    def delete(self, kind: str, key: str) -> None:
        """Take the row away."""
        self._note(kind, key, self._table.get(kind, key))
        self._table.delete(kind, key)

    def changes(self) -> dict[Place, dict[str, list[Any]]]:
        """What differs from how it was before, by row and name: [before, after]."""
        noted, self._before = self._before, {}
        found = {place: differing(before, told(place[0], self._table.get(*place))) for place, before in noted.items()}
        return {place: changes for place, changes in found.items() if changes}

    def _note(self, kind: str, key: str, row: Cells | None) -> None:
        # Rows are changed in place, so what counts is read before.
        if (kind, key) not in self._before:
            self._before[kind, key] = told(kind, row)


def differing(before: Cells, after: Cells) -> dict[str, list[Any]]:
    """What differs between two tellings, by name: [before, after]."""
    return {
        name: [before.get(name), after.get(name)]
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    }


def _item(row: Cells) -> Cells:
    said = {name: value for name, value in (row["report"] or {}).items() if name not in _NOT_SAID}
    delivered = row["delivered"]
    return said | {
        "stage": row["stage"],
        "revision": row["revision"],
        "content": row["digest"],
        "unit": unit_of(row),
        "evidence": [{name: each[name] for name in _DOCUMENT} for each in row["evidence"]],
        "delivered": delivered and delivered["revision"],
    }


def _round(row: Cells) -> Cells:
    report, reopening = row["report"], row["reopening"]
    return {
        "stage": row["stage"],
        "version": row["version"],
        "report": report and report["report"],
        "deliveries": [each["case_number"] for each in row["deliveries"]],
        "reopening": reopening and reopening["reopening"],
        "date/delivery again": reopening and reopening["redeliver_by"]["date"],
        **_dates(row),
    }


def _cycle(row: Cells) -> Cells:
    accounts, statement, response = row["final_accounts"], row["statement"], row["response"]
    given = () if statement is None else statement["lights"]
    return {
        "stage": row["stage"],
        "version": row["version"],
        "approved_on": accounts and accounts["approved_on"],
        "statements": row["statements"] or None,
        "response": response and {"narrative": response["narrative"]},
        **{f"statement/{each['subject']}": each["light"] for each in given},
        **{f"published/{kind}": made["published_on"] for kind, made in row["published"].items()},
        **_dates(row),
    }


def _dates(row: Cells) -> Cells:
    """The dates in force, one by one: of all, and of a unit that has its own."""
    return {
        f"date/{kind}/{unit}" if unit else f"date/{kind}": history[-1]["date"]
        for kind, by_unit in row["dates"].items()
        for unit, history in by_unit.items()
    }


def _deviation(row: Cells) -> Cells:
    words = {"action": "narrative", "returned": "reason", "closed": "reason"}
    said = {name: {of: row[name][of]} for name, of in words.items() if row.get(name) is not None}
    return said | {name: row.get(name) for name in ("state", "light", "basis", "unit", "explanation")}


def _agreement(row: Cells) -> Cells:
    return {"stage": row.get("stage"), "signed": sorted(row["signed"])}


def _of(*names: str) -> Callable[[Cells], Cells]:
    return lambda row: {name: row.get(name) for name in names}


_TOLD: Mapping[str, Callable[[Cells], Cells]] = {
    ITEM: _item,
    ASSESSMENT: _of("light", "rationale", "excused", "comment", "revision"),
    DEVIATION: _deviation,
    LATE: _of("state", "completed_on", "unit", "narrative", "reason"),
    LINK: _of("measure", "kind", "reference", "valid_from"),
    ROUND: _round,
    CYCLE: _cycle,
    AGREEMENT: _agreement,
}
KINDS = tuple(_TOLD)
"""The kinds of row whose changes count, in the order in which they are shown."""
