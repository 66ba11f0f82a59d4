"""A measured figure with the target beside it, and how a run is shown."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WHOLE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What was measured. `target` is the least that is wanted, or, if `at_most`, the most; None is only told."""

    name: str
    value: float
    unit: str = ""
    target: float | None = None
    at_most: bool = False
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.target is None:
            return None
        return self.value <= self.target if self.at_most else self.value >= self.target

    def line(self) -> str:
        """The figure as a line of the table."""
        sign = "at most" if self.at_most else "at least"
        wanted = "" if self.target is None else f"{sign} {number(self.target)}"
        verdict = {True: "met", False: "MISSED", None: ""}[self.met]
        line = f"  {self.name:<58} {number(self.value):>10} {self.unit:<9} {wanted:<18} {verdict:<7} {self.note}"
        return line.rstrip()

    def json(self) -> dict[str, Any]:
        """The figure as a JSON object."""
        return {
            "name": self.name,
            "value": round(self.value, 3),
            "unit": self.unit,
            "target": self.target,
            "at_most": self.at_most,
            "met": self.met,
            "note": self.note,
        }


def number(value: float) -> str:
    """A number for reading: whole where it is large."""
    whole = value == int(value) or abs(value) >= WHOLE
    return f"{value:,.0f}".replace(",", " ") if whole else f"{value:.2f}"


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios of runs that stood next to each other: what slows both sides cancels out."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def spread(values: Sequence[float]) -> str:
    """The median, and between brackets the least and the most."""
    return f"{number(statistics.median(values))} [{number(min(values))}…{number(max(values))}]"
