"""Board rows of rounds: `round`, by `{Y}-{kind}`: its dates with their history, the agency's report, the deliveries.

`dates` holds for each kind of deadline and unit ("" for all) every date that there was, the one in force last.
"""

from collections.abc import Mapping
from typing import Any

from domain.events.envelope import Row
from projections.dates import dated, with_date
from projections.items import ITEM, new_item
from projections.reading import body, instant, people, received
from projections.table import Apply, Cells, Table

ROUND = "round"
_STREAM = len("round/")


def new_round(round_id: str) -> Cells:
    """The row of a round that is only planned."""
    return {
        "round": round_id,
        "year": int(round_id[:4]),
        "kind": round_id[5:],
        "stage": "planned",
        "version": None,
        "opens": None,
        "chain": [],
        "units": [],
        "scope": [],
        "not_due": [],
        "dates": {},
        "passed": [],
        "escalated": [],
        "report": None,
        "returned": None,
        "approved": None,
        "first_approved": None,
        "deliveries": [],
        "reopening": None,
        "reopenings": [],
        "closed_at": None,
    }


def _row(table: Table, row: Row) -> tuple[str, Cells]:
    key = row.stream[_STREAM:]
    return key, table.get(ROUND, key) or new_round(key)


def _opened(table: Table, row: Row) -> None:
    key, found = _row(table, row)
    said = body(row)
    found.update(
        stage="open", version=said["version"], opens=said["opens"], chain=said["chain"], opened_at=received(row)
    )
    for each in said["deadlines"]:
        found["dates"] = with_date(found["dates"], each["kind"], "", dated(row, each, "opened"))
    table.put(ROUND, key, found)


def _scoped(table: Table, row: Row) -> None:
    key, found = _row(table, row)
    said = body(row)
    found["not_due"] = said["not_due"]
    found["scope"] = [each["subject"] for each in said["items"]]
    found["units"] = sorted({each["unit"] for each in said["items"]})
    table.put(ROUND, key, found)
    for each in said["items"]:
        table.put(ITEM, f"{key}/{each['subject']}", new_item(key, found["year"], each))


def _passed(table: Table, row: Row) -> None:
    key, found = _row(table, row)
    said = body(row)
    passed = {
        "kind": said["kind"],
        "unit": said["unit"],
        "date": said["deadline"]["date"],
        "instant": said["deadline"]["instant"],
        "subjects": said["subjects"],
        "outstanding": len(said["subjects"]),
        "recorded_at": instant(row.recorded_at),
    }
    found["passed"] = [*found["passed"], passed]
    table.put(ROUND, key, found)


def _extended(table: Table, row: Row) -> None:
    key, found = _row(table, row)
    said = body(row)
    if said["kind"] == "delivery" and found["reopening"] is not None:
        moved = {**found["reopening"], "redeliver_by": said["deadline"]}
        extended = [*moved["extended"], dated(row, said["previous"], "extended", reason=said["reason"])]
        found["reopening"] = {**moved, "extended": extended}
        found["reopenings"] = [*found["reopenings"][:-1], found["reopening"]]
        table.put(ROUND, key, found)
        return
    unit, dates = said["unit"] or "", found["dates"]
    if not dates.get(said["kind"], {}).get(unit):
        # The date that held until now was that of all; this unit's own history begins with it.
        dates = with_date(dates, said["kind"], unit, _previous(dates, said["kind"], row, said["previous"]))
    entry = dated(row, said["deadline"], "extended", reason=said["reason"], consent=said["consent"])
    found["dates"] = with_date(dates, said["kind"], unit, entry)
    table.put(ROUND, key, found)


def _previous(dates: Mapping[str, Mapping[str, list[Any]]], kind: str, row: Row, previous: Mapping[str, Any]) -> Cells:
    of_all: list[Cells] = dates.get(kind, {}).get("", [])
    held = [each for each in of_all if each["instant"] == previous["instant"]]
    return held[-1] if held else dated(row, previous, "determined")


def _escalated(table: Table, row: Row) -> None:
    key, found = _row(table, row)
    said = body(row)
    step = {name: said[name] for name in ("unit", "step", "cause", "items")}
    found["escalated"] = [*found["escalated"], {**step, "at": received(row)}]
    table.put(ROUND, key, found)


def _compiled(table: Table, row: Row) -> None:
    key, found = _row(table, row)
    said = body(row)
    who, acting_for = people(row)
    found["stage"] = "compiled"
    found["approved"] = None
    found["report"] = {
        "report": said["report"],
        "digest": said["digest"],
        "items": len(said["items"]),
        "gaps": said["gaps"],
        "by": who,
        "for": acting_for,
        "at": received(row),
        "position": row.position,
    }
    table.put(ROUND, key, found)


def _report_returned(table: Table, row: Row) -> None:
    key, found = _row(table, row)
    said = body(row)
    who, acting_for = people(row)
    found["stage"] = "open"
    found["approved"] = None
    found["returned"] = {
        "report": said["report"],
        "reason": said["reason"],
        "by": who,
        "for": acting_for,
        "at": received(row),
    }
    table.put(ROUND, key, found)


def _approved(table: Table, row: Row) -> None:
    key, found = _row(table, row)
    said = body(row)
    who, acting_for = people(row)
    found["stage"] = "approved"
    found["approved"] = {
        "report": said["report"],
        "digest": said["digest"],
        "own_signoffs": said["own_signoffs"],
        "by": who,
        "for": acting_for,
        "at": received(row),
    }
    found["first_approved"] = found["first_approved"] or found["approved"]
    table.put(ROUND, key, found)


def _delivered(table: Table, row: Row) -> None:
    key, found = _row(table, row)
    said = body(row)
    who, acting_for = people(row)
    reopening = found["reopening"]
    delivery = {
        "report": said["report"],
        "digest": said["digest"],
        "case_number": said["case_number"],
        "deadline": said["deadline"]["date"],
        "late": said["late"],
        "late_reason": said["late_reason"],
        "reopening": None if reopening is None else reopening["reopening"],
        "by": who,
        "for": acting_for,
        "at": received(row),
    }
    found["stage"] = "delivered"
    found["deliveries"] = [*found["deliveries"], delivery]
    found["reopening"] = None
    table.put(ROUND, key, found)


def _reopened(table: Table, row: Row) -> None:
    key, found = _row(table, row)
    said = body(row)
    who, acting_for = people(row)
    reopening = {
        "reopening": said["reopening"],
        "by_ministry": row.type == "delivery-returned",
        "items": said["items"],
        "redeliver_by": said["redeliver_by"],
        "extended": [],
        "by": who,
        "for": acting_for,
        "at": received(row),
    }
    found["stage"] = "open"
    found["escalated"] = []
    found["reopening"] = reopening
    found["reopenings"] = [*found["reopenings"], reopening]
    table.put(ROUND, key, found)


def _closed(table: Table, row: Row) -> None:
    key, found = _row(table, row)
    found["stage"] = "closed"
    found["closed_at"] = received(row)
    table.put(ROUND, key, found)


HANDLERS: Mapping[str, Apply] = {
    "round-opened": _opened,
    "round-scope-fixed": _scoped,
    "deadline-passed": _passed,
    "deadline-extended": _extended,
    "step-escalated": _escalated,
    "agency-report-compiled": _compiled,
    "agency-report-returned": _report_returned,
    "agency-report-approved": _approved,
    "delivered-to-ministry": _delivered,
    "delivery-returned": _reopened,
    "supplement-opened": _reopened,
    "round-closed": _closed,
}
"""What each type of event does to its round's row."""
