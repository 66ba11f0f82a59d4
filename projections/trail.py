"""The audit trail: one entry for each event, complete in itself; words stand there as commitments.

Who, for whom, in which role, by which command, for which cause; when it was received, recorded, effective; under which
agreement version; and from which content to which. The last needs the board's rows, so the trail brings them on, too.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from domain.events.envelope import Row
from projections import board
from projections.agreements import DEFINED
from projections.content import content_digest
from projections.items import ITEM
from projections.lights import unit_of
from projections.reading import body, instant, said
from projections.table import Cells, Table

LONGEST_LIST = 12
"""A longer list of an event's body is told by its length: a scope, a report's items. The event has it whole."""

_MARKS = ("stage", "state", "revision", "light", "basis")
_PEOPLE = ("person", "principal", "substitute", "action_owner")


def follow(table: Table, row: Row) -> Cells:
    """Bring the board's rows one event on, and say what the event did."""
    place = board.key_of(row.stream)
    before = _mark(table, place)
    board.apply(table, row)
    after = _mark(table, place)
    fields, meta = body(row), said(row)
    present = None if place is None else table.get(*place)
    return {
        "position": row.position,
        "stream": row.stream,
        "version_of_stream": row.version,
        "type": row.type,
        "id": row.id.hex(),
        "kind": meta["actor_kind"],
        "by": meta["actor"],
        "for": meta["acting_for"],
        "role": meta["role"],
        "command": meta["command"],
        "command_id": row.command_id.hex(),
        "cause": meta["cause"],
        "caused_by_command": meta["caused_by_command"],
        "received_at": instant(row.received_at),
        "recorded_at": instant(row.recorded_at),
        "effective_at": None if row.effective_at is None else instant(row.effective_at),
        "wall": meta["wall"],
        "version": meta["version"],
        "year": _year(row, fields),
        "round": fields.get("round"),
        "subject": _subject(row, fields),
        "unit": _unit(fields, present),
        "people": sorted({meta["actor"], *filter(None, [meta["acting_for"]]), *_named(fields)}),
        "said": {name: _short(value) for name, value in fields.items()},
        "changes": _changes(before, after),
    }


def entries(rows: Iterable[Row], table: Table) -> Iterator[Cells]:
    """The trail of these events, over a board that has come as far as the first of them."""
    return (follow(table, row) for row in rows)


def _mark(table: Table, place: tuple[str, str] | None) -> Cells:
    """What an entry tells of a row, before and after."""
    row = None if place is None else table.get(*place)
    if place is None or row is None:
        return {}
    marks: Cells = {name: row[name] for name in _MARKS if row.get(name) is not None}
    if place[0] == ITEM:
        report: Mapping[str, Any] = row["report"] or {}
        marks |= {name: value for name, value in report.items() if value is not None and name != "revision"}
        marks["evidence"] = [{name: each[name] for name in ("id", "revision", "file")} for each in row["evidence"]]
        if report or row["evidence"]:
            marks["digest"] = content_digest(row)
        marks["unit"] = unit_of(row)
    return marks


def _changes(before: Cells, after: Cells) -> Cells:
    """What differs: the name of each field to its value before and after."""
    return {
        name: [before.get(name), after.get(name)]
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    }


def _year(row: Row, fields: Mapping[str, Any]) -> int | None:
    year = fields.get("year")
    if year is None and isinstance(fields.get("round"), str):
        year = int(fields["round"][:4])
    if year is None and row.stream.startswith("cycle/"):
        year = int(row.stream[len("cycle/") :])
    return year


def _subject(row: Row, fields: Mapping[str, Any]) -> str | None:
    if row.type in DEFINED:
        subject: str = fields[DEFINED[row.type][1]]
        return subject
    return fields.get("subject")


def _unit(fields: Mapping[str, Any], present: Cells | None) -> str | None:
    for name in ("unit", "lead_unit", "to_unit"):
        if fields.get(name) is not None:
            return str(fields[name])
    if present is not None and "reassigned" in present:
        return unit_of(present)
    unit: str | None = None if present is None else present.get("unit")
    return unit


def _named(fields: Mapping[str, Any]) -> Iterator[str]:
    """The people whom an event is about, though they didn't act."""
    for name, value in fields.items():
        if name in _PEOPLE and isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from _named(value)
        elif name == "slots":
            yield from (each["person"] for each in value if each["person"] is not None)


def _short(value: Any) -> Any:
    return {"count": len(value)} if isinstance(value, list) and len(value) > LONGEST_LIST else value
