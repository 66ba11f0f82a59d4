"""The dates of a reporting year, put together for its page: one row a date, the units' own in a table beside it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from domain import calendar
from services.web.pages.year.years import KINDS

Shown = dict[str, Any]
MET, MET_LATE, LATE, OPEN, UNDETERMINED = "met", "met-late", "late", "open", "undetermined"
_WORST = (LATE, OPEN, UNDETERMINED, MET_LATE, MET)
"""Of the dates of several units the first of these is the state of all."""
_OF_UNITS = ("unit", "director")


def day_of(instant: str | None) -> str:
    """The day of an instant in Helsinki; nothing of none."""
    return "" if instant is None else calendar.day_of(datetime.fromisoformat(instant))


def rows(dates: Iterable[Shown]) -> list[Shown]:
    """The dates of rounds and of the cycle, those of the units together: {kind, round, date, state, dates, …}."""
    grouped: dict[tuple[str | None, str, int], list[Shown]] = {}
    for number, each in enumerate(dates):
        if each["kind"] != "action":
            own = 0 if each["kind"] in _OF_UNITS else number
            grouped.setdefault((each["round"], each["kind"], own), []).append(each)
    found = [_row(each) for each in grouped.values()]
    return sorted(found, key=lambda each: each["date"] or "9")


def _row(together: Sequence[Shown]) -> Shown:
    """Dates of one kind in one round. `date` is the one that holds for most, `extended` those that were moved."""
    dates = [each["date"] for each in together]
    states = [each["state"] for each in together]
    state = next(each for each in _WORST if each in states)
    met = [each["met_at"] for each in together if each["met_at"]]
    return {
        **{name: together[0][name] for name in ("kind", "round", "role", "nominal")},
        "date": max(dates, key=dates.count),
        "state": state,
        "met_at": max(met) if met and len(met) == len(together) else None,
        "counts": {each: states.count(each) for each in _WORST},
        "extended": [each for each in together if each["extended"]],
        "of": len(together),
        "dates": together,
    }


def owed(dates: Iterable[Shown], today: str) -> list[Shown]:
    """What waits for somebody, what is due first at the top: dates whose state is late or open."""
    due = [each for each in rows(dates) if each["state"] in {LATE, OPEN}]
    for each in due:
        waiting = [one for one in each["dates"] if one["state"] in {LATE, OPEN}]
        each["units"] = [one["unit"] for one in waiting if one["unit"]]
        each["date"] = min(one["date"] for one in waiting)
        each["late"] = any(one["state"] == LATE for one in waiting)
        each["today"] = each["date"] == today
    return sorted(due, key=lambda each: each["date"])


def actions(dates: Iterable[Shown]) -> Shown:
    """How many corrective actions of the year are done, open and late."""
    states = [each["state"] for each in dates if each["kind"] == "action"]
    return {
        "done": sum(each in {MET, MET_LATE} for each in states),
        "open": states.count(OPEN),
        "late": states.count(LATE),
        "of": len(states),
    }


def units(dates: Iterable[Shown], rounds: Sequence[Shown]) -> list[Shown]:
    """Units against rounds: {unit, rounds: {kind: {items, submitted, signed}}}; what isn't followed is absent."""
    found: dict[str, Shown] = {}
    for each in dates:
        if each["kind"] in _OF_UNITS and each["unit"]:
            kind = each["round"].partition("-")[2]
            cell = found.setdefault(each["unit"], {}).setdefault(kind, {"unit": None, "director": None})
            cell[each["kind"]] = each
    for one in rounds:
        kind = one["round"].partition("-")[2]
        for cells in found.values():
            if kind in cells:
                cells[kind]["items"] = 0
        for scope in one["scope"]:
            if kind in found.get(scope["unit"], {}):
                found[scope["unit"]][kind]["items"] += 1
    return [{"unit": unit, "rounds": {kind: found[unit].get(kind) for kind in KINDS}} for unit in sorted(found)]


__all__ = ["LATE", "MET", "MET_LATE", "OPEN", "UNDETERMINED", "actions", "day_of", "owed", "rows", "units"]
