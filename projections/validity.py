"""Rows as they hold on a day: facts that have a date from which they hold are resolved, all else stays as it is.

*Known at* says which events count; *valid at* on which day the facts that they state are looked at. So a unit that
takes over next month is accountable in a view of next month and not in one of today. Reports, lights and decisions
belong to a period and not to a day: they are the same on each.
"""

from datetime import datetime

from domain.calendar import day_of
from domain.values import Date
from projections.agreements import ORGANISATION
from projections.cycles import LINK
from projections.items import ITEM
from projections.table import Cells, DictTable


def on_day(rows: DictTable, day: Date) -> DictTable:
    """The rows as they hold on a day: which unit is accountable for an item and whether it is withdrawn, which versions
    of the agreement are in force, which measures of the recovery plan a subject counts for.
    """
    found = DictTable()
    for kind, key, row in rows:
        held = _held(kind, row, day)
        if held is not None:
            found.put(kind, key, held)
    return found


def item_on(item: Cells, day: Date) -> Cells:
    """An item without what holds only after the day: later units, and a withdrawal that is yet to come (cases 5, 8)."""
    held = item | {"reassigned": [each for each in item["reassigned"] if each["valid_from"] <= day]}
    withdrawn = item["withdrawn"]
    if withdrawn is not None and withdrawn["valid_from"] > day:
        held |= {"stage": withdrawn["before"], "withdrawn": None}
    return held


def organisation_on(organisation: Cells, day: Date) -> Cells:
    """The organisation's row with the versions that were in force by the end of the day (case 17)."""
    versions = [each for each in organisation["versions"] if day_of(datetime.fromisoformat(each["since"])) <= day]
    return organisation | {"versions": versions}


def _held(kind: str, row: Cells, day: Date) -> Cells | None:
    if kind == ITEM:
        return item_on(row, day)
    if kind == ORGANISATION:
        return organisation_on(row, day)
    if kind == LINK and row["valid_from"] > day:
        return None
    return row
