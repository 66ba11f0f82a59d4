"""The board of one round: every light, and for groups, tables, parts and the agency how many there are of each.

Nothing is computed for a group: no light, no average. FORECAST and ACTUAL are never counted together, and what has no
light is counted by the reason why (PROCESS, roll-up).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from projections.agreements import AGREEMENT, ORGANISATION
from projections.cycles import CYCLE
from projections.lights import (
    BASES,
    COLOURS,
    MISSING,
    NOT_ASSESSABLE,
    NOT_DUE,
    WITHDRAWN,
    WITHOUT_LIGHT,
    Reads,
    by_target,
    category,
    everything,
    light,
)
from projections.rounds import ROUND, new_round
from projections.table import Cells, Rows

KINDS = ("targets", "milestones", "indicators")
_NOT_ASSESSED = frozenset({NOT_DUE, NOT_ASSESSABLE, WITHDRAWN})


def summary(rows: Rows, year: int, kind: str, reads: Reads = everything) -> Cells:
    """The board of `{year}-{kind}`; `kind` is `half-year` or `annual`. Without an agreement for the year it is empty.

    {year, round, stage, version, demo, statement, agency: {counts, side_by_side}, parts: [{part, counts, side_by_side,
    groups: [{group, …, targets: [{…light, milestones: […]}]}], targets: […], tables: [{table, …, indicators: […]}]}]}
    """
    round_id = f"{year}-{kind}"
    found = rows.of(ROUND).get(round_id) or new_round(round_id)
    organisation = rows.of(ORGANISATION).get(ORGANISATION)
    version = found["version"] or version_for(rows, year)
    cycle = rows.of(CYCLE).get(str(year))
    lit = _Lit(rows, round_id, version, reads)
    parts = [lit.part(each) for each in lit.defined("part")]
    every = [cell for part in parts for cell in part.pop("cells")]
    return {
        "year": year,
        "round": round_id,
        "stage": found["stage"],
        "version": version,
        "demo": organisation is not None and organisation["demo"],
        "statement": None if cycle is None else cycle["statement"],
        "agency": _node(every, annual=lit.annual),
        "parts": parts,
    }


def version_for(rows: Rows, year: int) -> str | None:
    """The version in force that binds a year: the last one signed."""
    organisation = rows.of(ORGANISATION).get(ORGANISATION) or {"versions": []}
    binding = [each["version"] for each in organisation["versions"] if each["binding_year"] == year]
    return binding[-1] if binding else None


def counts(cells: Iterable[Cells]) -> Cells:
    """How many lights of each colour and basis, and how many subjects have none for which reason."""
    counted: Cells = {basis: dict.fromkeys(COLOURS.values(), 0) for basis in BASES}
    counted |= dict.fromkeys((*WITHOUT_LIGHT, "total"), 0)
    for cell in cells:
        counted["total"] += 1
        if cell["category"] in WITHOUT_LIGHT:
            counted[cell["category"]] += 1
        else:
            counted[cell["basis"]][cell["category"]] += 1
    return counted


def ministry_counts(cells: Iterable[Cells]) -> Cells:
    """The ministry's lights of what it assesses: by colour, excused, missing; and how many differ from the agency's."""
    counted = dict.fromkeys((*COLOURS.values(), "excused", MISSING, "differs", "transcribed", "total"), 0)
    for cell in cells:
        given = cell["ministry"]
        counted["total"] += 1
        if given is None or not given["given"]:
            counted[MISSING] += 1
            continue
        counted["excused" if given["light"] is None else COLOURS[given["light"]]] += 1
        counted["differs"] += given["differs"]
        counted["transcribed"] += given["transcribed"]
    return counted


def _node(cells: list[Cells], *, annual: bool) -> Cells:
    of_kind = {kind: [cell for cell in cells if f"{cell['kind']}s" == kind] for kind in KINDS}
    assessed = [cell for cell in of_kind["targets"] + of_kind["indicators"] if cell["category"] not in _NOT_ASSESSED]
    sides = {"agency": counts(assessed), "ministry": ministry_counts(assessed)} if annual else None
    return {"counts": {kind: counts(each) for kind, each in of_kind.items()}, "side_by_side": sides}


class _Lit:
    """An agreement's structure with the lights of a round in it."""

    def __init__(self, rows: Rows, round_id: str, version: str | None, reads: Reads) -> None:
        self.rows, self.round_id, self.reads = rows, round_id, reads
        self.year = int(round_id[:4])
        self.annual = round_id.endswith("-annual")
        self.version = version
        self.milestones = by_target(rows, round_id)
        self.of_target: dict[str, list[Cells]] = {}
        for each in self.defined("milestone"):
            if each["year"] == self.year:
                self.of_target.setdefault(each["target"], []).append(each)

    def defined(self, kind: str) -> list[Cells]:
        """What the version defines of a kind, in its order."""
        if self.version is None or self.version not in self.rows.of(AGREEMENT):
            return []
        found = [row for row in self.rows.of(kind).values() if row["version"] == self.version]
        return sorted(found, key=lambda row: int(row["order"]))

    def part(self, part: Cells) -> Cells:
        """A part with its groups, its own targets and its tables; `cells` are all lights in it."""
        targets = [each for each in self.defined("target") if each["part"] == part["part"]]
        groups = [self._group(each, targets) for each in self.defined("group") if each["part"] == part["part"]]
        own = [self._target(each) for each in targets if each["group"] is None]
        tables = [self._table(each) for each in self.defined("table") if each["part"] == part["part"]]
        cells = [
            *(cell for group in groups for cell in _with_milestones(group["targets"])),
            *_with_milestones(own),
            *(cell for table in tables for cell in table["indicators"]),
        ]
        named = _named(part, "part")
        return {
            **named,
            **_node(cells, annual=self.annual),
            "groups": groups,
            "targets": own,
            "tables": tables,
            "cells": cells,
        }

    def _group(self, group: Cells, targets: list[Cells]) -> Cells:
        lit = [self._target(each) for each in targets if each["group"] == group["group"]]
        return {**_named(group, "group"), **_node(_with_milestones(lit), annual=self.annual), "targets": lit}

    def _table(self, table: Cells) -> Cells:
        lit = [self._indicator(each) for each in self.defined("indicator") if each["table"] == table["table"]]
        return {**_named(table, "table"), **_node(lit, annual=self.annual), "indicators": lit}

    def _cell(self, defined: Cells, kind: str, unit: str, *, due: bool, assessable: bool = True) -> Cells:
        subject = defined[kind]
        cell = light(self.rows, self.round_id, subject, self.milestones.get(subject, []), self.reads)
        cell["unit"] = cell["unit"] or unit
        cell["category"] = category(cell, due=due, assessable=assessable)
        return {"kind": kind, "title": defined["title"], "section": defined["section"], **cell}

    def _target(self, target: Cells) -> Cells:
        milestones = self.of_target.get(target["target"], [])
        cell = self._cell(target, "target", target["lead_unit"], due=bool(milestones))
        return {**cell, "milestones": [self._milestone(each) for each in milestones]}

    def _milestone(self, milestone: Cells) -> Cells:
        cell = self._cell(milestone, "milestone", milestone["unit"], due=True)
        return {**cell, "due_by": milestone["due_by"], "conditional": milestone["conditional"]}

    def _indicator(self, indicator: Cells) -> Cells:
        level = next((each for each in indicator["levels"] if each["year"] == self.year), None)
        assessable = level is not None and level["value"] is not None
        due = self.annual or indicator["frequency"] == "half-year"
        cell = self._cell(indicator, "indicator", indicator["unit"], due=due, assessable=assessable)
        return {**cell, "level": level, "measure": indicator["measure"], "note": indicator["note"]}


def _named(defined: Mapping[str, Any], kind: str) -> Cells:
    return {kind: defined[kind], "section": defined["section"], "title": defined["title"]}


def _with_milestones(targets: Iterable[Cells]) -> list[Cells]:
    return [cell for target in targets for cell in (target, *target["milestones"])]
