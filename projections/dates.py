"""Dates with their history: every date that there was, the one in force last (cases 3 and 4)."""

from collections.abc import Mapping
from typing import Any

from domain.events.envelope import Row
from projections.reading import instant, people
from projections.table import Cells


def dated(row: Row, deadline: Mapping[str, Any], why: str, **more: Any) -> Cells:
    """One entry in the history of a date: what it is, since when, by whom and why."""
    who, acting_for = people(row)
    return {
        "nominal": deadline["nominal"],
        "date": deadline["date"],
        "instant": deadline["instant"],
        "policy": deadline["policy"],
        "why": why,
        "by": who,
        "for": acting_for,
        "recorded_at": instant(row.recorded_at),
        "position": row.position,
        "reason": more.get("reason"),
        "consent": more.get("consent"),
    }


def with_date(dates: Mapping[str, Mapping[str, list[Any]]], kind: str, unit: str, entry: Cells) -> Cells:
    """The dates with one more entry; the old ones stay (cases 3 and 4)."""
    of_kind = dates.get(kind, {})
    return {**dates, kind: {**of_kind, unit: [*of_kind.get(unit, []), entry]}}


def date_of(found: Cells, kind: str, unit: str) -> str | None:
    """A date in force in a round, the reopening's if it is open again; `unit` is "" where it is that of all."""
    if found["reopening"] is not None:
        return str(found["reopening"]["redeliver_by"]["date"])
    of_kind = found["dates"].get(kind, {})
    history = of_kind.get(unit) or of_kind.get("", [])
    return history[-1]["date"] if history else None


def unit_date(found: Cells, item: Cells, day: str) -> str | None:
    """By when an item is to be submitted: an extension moves along when it is reassigned (case 5)."""
    units = [item["unit"], *(each["to"] for each in item["reassigned"] if each["valid_from"] <= day)]
    own = [unit for unit in units if found["dates"].get("unit", {}).get(unit)]
    dates = [date_of(found, "unit", unit) for unit in own or [""]]
    return max(filter(None, dates), default=None)
