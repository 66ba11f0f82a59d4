"""The board as tables for a terminal: lights by part, agency and ministry side by side."""

from collections.abc import Iterable
from typing import Any

from rich.table import Table

from domain.events.envelope import Row
from projections import board
from projections.summary import summary

COLOURS = ("green", "yellow", "red")
WITHOUT = ("not_due", "no_need", "not_assessable", "withdrawn", "missing")
LEVELS = ("milestones", "targets", "indicators")


def lights(rows: Iterable[Row]) -> dict[str, Any]:
    """The lights of both rounds of 2024 and of the ministry, by level and basis, counted from the log."""
    folded = board.fold(rows)
    found: dict[str, Any] = {}
    for kind in ("half-year", "annual"):
        counted = summary(folded, 2024, kind)["agency"]
        found[kind] = {"agency": counted["counts"]}
        if counted["side_by_side"] is not None:
            found[kind]["assessed"] = counted["side_by_side"]
    return found


def lights_table(found: dict[str, Any]) -> Table:
    """The counts of `lights`, a row a level and basis."""
    table = Table(title="Traffic lights 2024", title_justify="left", box=None, padding=(0, 2))
    for heading in ("round", "level", "basis"):
        table.add_column(heading)
    for heading in ("[green]● GREEN[/]", "[yellow]▲ YELLOW[/]", "[red]■ RED[/]", "without"):
        table.add_column(heading, justify="right")
    for kind, sides in found.items():
        for level in LEVELS:
            counts = sides["agency"][level]
            for basis in ("forecast", "actual"):
                if any(counts[basis].values()):
                    table.add_row(kind, level, basis, *(str(counts[basis][colour]) for colour in COLOURS), "")
            without = [f"{counts[why]} {why.replace('_', ' ')}" for why in WITHOUT if counts[why]]
            if without:
                table.add_row(kind, level, "", "", "", "", ", ".join(without))
        if "assessed" in sides:
            agency, ministry = sides["assessed"]["agency"], sides["assessed"]["ministry"]
            table.add_row(kind, "assessed", "agency", *(str(agency["actual"][colour]) for colour in COLOURS), "")
            differs = f"{ministry['differs']} differ"
            table.add_row(kind, "assessed", "ministry", *(str(ministry[colour]) for colour in COLOURS), differs)
    return table
