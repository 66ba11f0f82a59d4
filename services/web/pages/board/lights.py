"""A board's lights as one asks for them: of an area, a unit, a colour, only deviations; counted as they are shown."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from projections.lights import MISSING, WITHOUT_LIGHT
from projections.summary import KINDS, counts, ministry_counts
from services.web.page import Page

Cell = dict[str, Any]
DEVIATING = frozenset({"yellow", "red", MISSING})
COLUMNS = (
    *(("actual", colour) for colour in ("green", "yellow", "red")),
    *(("forecast", colour) for colour in ("green", "yellow", "red")),
    *((None, reason) for reason in (MISSING, *(each for each in WITHOUT_LIGHT if each != MISSING))),
)
"""What lights are counted by: basis and colour, or the reason why there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which lights are asked for. `area` is a part, or a part and a group or a table of it: `part/group`."""

    area: str | None = None
    unit: str | None = None
    light: str | None = None
    rrf: bool = False
    deviations: bool = False
    beside: bool = False
    """Not which, but how: with the half-year's beside."""

    @classmethod
    def of(cls, page: Page) -> "Wanted":
        """What the address asks for."""
        return cls(
            area=page.asked("area"),
            unit=page.asked("unit"),
            light=page.asked("light"),
            rrf=page.asked("rrf") is not None,
            deviations=page.asked("deviations") is not None,
            beside=page.asked("beside") is not None,
        )

    @property
    def query(self) -> Mapping[str, str]:
        """The same as a part of an address."""
        flags = {"rrf": self.rrf, "deviations": self.deviations, "beside": self.beside}
        named = {"area": self.area, "unit": self.unit, "light": self.light}
        return {name: each for name, each in named.items() if each} | {name: "yes" for name, on in flags.items() if on}

    def takes(self, cell: Cell) -> bool:
        """Whether a light is among them."""
        return (
            self.unit in (None, cell["unit"])
            and self.light in (None, cell["category"])
            and (not self.rrf or bool(cell["rrf"]))
            and (not self.deviations or cell["category"] in DEVIATING or cell["stale"])
        )

    def within(self, *place: str) -> bool:
        """Whether a part, or a group or table in it, is among them."""
        return self.area is None or self.area == place[0] or self.area == "/".join(place)


def shown(board: Cell, wanted: Wanted) -> Sequence[Cell]:
    """The parts of a board with what is asked for: [{part, section, title, groups, tables}].

    A target whose milestone is asked for, but not itself, stands above it; `beside` says so, and it isn't counted.
    """
    found = []
    for part in board["parts"]:
        own = {"group": None, "title": None, "targets": part["targets"]}
        groups = [
            {"title": each["title"], "targets": rows}
            for each in (*part["groups"], *([own] if part["targets"] else ()))
            if wanted.within(part["part"], *filter(None, [each["group"]])) and (rows := _targets(each, wanted))
        ]
        tables = [
            {"title": each["title"], "indicators": rows}
            for each in part["tables"]
            if wanted.within(part["part"], each["table"])
            and (rows := [one for one in each["indicators"] if wanted.takes(one)])
        ]
        if groups or tables:
            found.append({"section": part["section"], "title": part["title"], "groups": groups, "tables": tables})
    return found


def _targets(group: Cell, wanted: Wanted) -> list[Cell]:
    rows = []
    for target in group["targets"]:
        milestones = [each for each in target["milestones"] if wanted.takes(each)]
        itself = wanted.takes(target)
        if itself or milestones:
            rows.append(target | {"milestones": milestones, "beside": not itself, "tally": counts(milestones)})
    return rows


def cells(parts: Iterable[Cell]) -> Iterator[Cell]:
    """Every light that is asked for."""
    for part in parts:
        for group in part["groups"]:
            for target in group["targets"]:
                if not target["beside"]:
                    yield target
                yield from target["milestones"]
        for table in part["tables"]:
            yield from table["indicators"]


def counted(parts: Iterable[Cell]) -> Mapping[str, Any]:
    """How many lights there are: {kinds: kind to its counts, columns: those of which there is any}."""
    every = list(cells(parts))
    kinds = {kind: counts(each for each in every if f"{each['kind']}s" == kind) for kind in KINDS}
    columns = [each for each in COLUMNS if any(_of(kind, each) for kind in kinds.values())]
    return {
        "kinds": {
            kind: {"total": each["total"], "of": [_of(each, column) for column in columns]}
            for kind, each in kinds.items()
        },
        "columns": columns,
        "total": len(every),
    }


def side_by_side(board: Cell, parts: Iterable[Cell]) -> Cell | None:
    """The agency's lights and the ministry's of what the ministry assesses; None where there are none to be seen."""
    both = board["agency"]["side_by_side"]
    if both is None or both["ministry"] is None:
        return None
    assessed = [
        each
        for each in cells(parts)
        if each["kind"] != "milestone" and each["category"] not in ("not_due", "not_assessable", "withdrawn")
    ]
    return {"agency": counts(assessed), "ministry": ministry_counts(assessed)} if assessed else None


def _of(counted: Cell, column: tuple[str | None, str]) -> int:
    basis, name = column
    number: int = counted[name] if basis is None else counted[basis][name]
    return number


def areas(board: Cell) -> Iterator[tuple[str, str, str]]:
    """What one may ask for, as (value, section, title): parts, each followed by its groups and tables."""
    for part in board["parts"]:
        yield part["part"], part["section"], part["title"]
        for each in part["groups"]:
            yield f"{part['part']}/{each['group']}", "", each["title"]
        for each in part["tables"]:
            yield f"{part['part']}/{each['table']}", "", each["title"]


__all__ = ["Cell", "Wanted", "areas", "cells", "counted", "shown", "side_by_side"]
