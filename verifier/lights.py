"""`lights.jsonl`: the lights that a bundle claims, and their replay from the bundle's own events.

What is claimed is computed by the projections that the service's board is made of, so a replay of the same events
comes to the same lights, or they aren't the same events. One canonical JSON object a line, by round and subject.
"""

from collections.abc import Collection, Iterator, Mapping
from itertools import groupby
from typing import Any

from domain.canonical import Json
from domain.events.envelope import Row
from projections import cycles, items, rounds
from projections.items import ITEM
from projections.lights import everything, light
from projections.table import Apply, Cells, Rows
from verifier.scope import Milestone, Scope, Submission, Target
from verifier.shelf import Shelf

NAME = "lights.jsonl"
_HANDLERS: Mapping[str, Apply] = {**rounds.HANDLERS, **items.HANDLERS, **cycles.HANDLERS}
_CLAIMED = ("stage", "light", "basis", "status", "value", "finality", "reported_revision", "late", "stale")
_MINISTRY = ("given", "light", "differs", "transcribed")


class Lights:
    """The rounds, items and assessments of a bundle's events, and the lights that they come to."""

    def __init__(self) -> None:
        """Begin without events."""
        self.table = Shelf()

    def take(self, row: Row) -> None:
        """One event on. What it raises, where a body isn't what its type says, is up to the projections."""
        handler = _HANDLERS.get(row.type)
        if handler is not None:
            handler(self.table, row)

    def claim(self, scope: Scope, about: Collection[str]) -> Iterator[dict[str, Json]]:
        """The light of each item in the scope, by round and subject."""
        for round_id, keys in groupby(sorted(self.table.of(ITEM)), key=_round):
            if isinstance(scope, Submission) and round_id != scope.round:
                continue
            found = {key: self.table.of(ITEM)[key] for key in keys}
            rows = _Round(self.table, found)
            milestones: dict[str, list[Cells]] = {}
            for item in found.values():
                if item["kind"] == "milestone":
                    milestones.setdefault(item["target"], []).append(item)
            for item in found.values():
                if not isinstance(scope, Target | Milestone | Submission) or item["subject"] in about:
                    yield self._cell(rows, item, milestones.get(item["subject"], []))

    def _cell(self, rows: Rows, item: Cells, milestones: list[Cells]) -> dict[str, Json]:
        cell = light(rows, item["round"], item["subject"], milestones, everything)
        ministry: dict[str, Any] | None = cell["ministry"]
        return {
            "round": item["round"],
            "subject": item["subject"],
            "kind": item["kind"],
            **{name: cell[name] for name in _CLAIMED},
            "ministry": None if ministry is None else {name: ministry[name] for name in _MINISTRY},
        }


class _Round:
    """The rows, with the items of one round at hand."""

    def __init__(self, rows: Rows, items: Mapping[str, Cells]) -> None:
        self._rows, self._items = rows, items

    def of(self, kind: str) -> Mapping[str, Cells]:
        return self._items if kind == ITEM else self._rows.of(kind)


def _round(key: str) -> str:
    return key.rpartition("/")[0]
