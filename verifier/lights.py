"""`lights.jsonl`: the lights that a bundle claims, and their replay from the bundle's own events.

What is claimed is computed by the projections that the service's board is made of, so a replay of the same events
comes to the same lights, or they aren't the same events. One canonical JSON object a line, by round and subject.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from domain.canonical import Json
from domain.events.envelope import Row
from projections import cycles, items, rounds
from projections.cycles import ASSESSMENT
from projections.items import ITEM
from projections.lights import reported, stale
from projections.table import Apply, Cells, Rows
from verifier.scope import Milestone, Scope, Submission, Target
from verifier.shelf import Shelf

NAME = "lights.jsonl"
_HANDLERS: Mapping[str, Apply] = {**rounds.HANDLERS, **items.HANDLERS, **cycles.HANDLERS}
BEARING = frozenset(_HANDLERS)
"""The types of events that lights follow from."""
_REPORTED = ("basis", "status", "value", "finality")
_NOTHING: Cells = {"report": None, "revision": None}


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
            milestones: dict[str, list[Cells]] = {}
            for item in found.values():
                if item["kind"] == "milestone":
                    milestones.setdefault(item["target"], []).append(item)
            for item in found.values():
                if not isinstance(scope, Target | Milestone | Submission) or item["subject"] in about:
                    yield _cell(self.table, item, milestones.get(item["subject"], ()))


def _cell(rows: Rows, item: Cells, milestones: Iterable[Cells]) -> dict[str, Json]:
    """A light with what stands beside it: as a board shows it (`projections.lights.light`), but for what is written."""
    content = reported(item) or _NOTHING
    report: Mapping[str, Any] = content["report"] or {}
    given = None
    if item["round"].endswith("-annual"):
        given = rows.of(ASSESSMENT).get(f"{item['round'][:4]}/{item['subject']}")
    submitted = item["first_submitted"]
    light = report.get("light")
    return {
        "round": item["round"],
        "subject": item["subject"],
        "kind": item["kind"],
        "stage": item["stage"],
        "light": light,
        **{name: report.get(name) for name in _REPORTED},
        "reported_revision": content["revision"],
        "late": None if submitted is None else submitted["late"],
        "stale": stale(item, milestones),
        "ministry": given
        and {
            "given": given["given"],
            "light": given["light"],
            "differs": given["light"] is not None and given["light"] != light,
            "transcribed": given["transcribed"],
        },
    }


def _round(key: str) -> str:
    return key.rpartition("/")[0]
