"""`lights.json`: the lights that a bundle claims, and their replay from the bundle's own events.

What is claimed is computed by the board that the service shows (`projections`), so a replay of the same events comes
to the same lights or the events aren't the same.
"""

from collections.abc import Collection, Iterator
from typing import Any

from domain.canonical import Json
from domain.events.envelope import Row
from projections import board
from projections.items import ITEM
from projections.lights import everything, light
from projections.table import Cells, DictTable
from verifier.scope import Milestone, Scope, Submission, Target

FORMAT = "etappi-lights/1"
_CLAIMED = ("stage", "light", "basis", "status", "value", "finality", "reported_revision", "late", "stale")
_MINISTRY = ("given", "light", "differs", "transcribed")


class Lights:
    """The board of the events of a bundle, and the lights on it."""

    def __init__(self) -> None:
        """Begin without events."""
        self.table = DictTable()

    def take(self, row: Row) -> None:
        """One event on. What it raises, where a body isn't what its type says, is up to the projections."""
        board.apply(self.table, row)

    def claim(self, scope: Scope, about: Collection[str]) -> dict[str, Json]:
        """The lights of all items in the scope, by round and subject."""
        return {"format": FORMAT, "lights": list(self._cells(scope, about))}

    def _cells(self, scope: Scope, about: Collection[str]) -> Iterator[dict[str, Json]]:
        items = self.table.of(ITEM)
        milestones: dict[tuple[str, str], list[Cells]] = {}
        for item in items.values():
            if item["kind"] == "milestone":
                milestones.setdefault((item["round"], item["target"]), []).append(item)
        for _, item in sorted(items.items()):
            if isinstance(scope, Target | Milestone | Submission) and item["subject"] not in about:
                continue
            if isinstance(scope, Submission) and item["round"] != scope.round:
                continue
            yield self._cell(item, milestones.get((item["round"], item["subject"]), []))

    def _cell(self, item: Cells, milestones: list[Cells]) -> dict[str, Json]:
        cell = light(self.table, item["round"], item["subject"], milestones, everything)
        ministry: dict[str, Any] | None = cell["ministry"]
        return {
            "round": item["round"],
            "subject": item["subject"],
            "kind": item["kind"],
            **{name: cell[name] for name in _CLAIMED},
            "ministry": None if ministry is None else {name: ministry[name] for name in _MINISTRY},
        }
