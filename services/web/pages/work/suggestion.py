"""What can be computed of a report, and nothing else: the light that a status or an outturn leaves no choice about.

The rules are the domain's; the API judges what is sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain.events.agreement import IndicatorLevel
from domain.traffic_light import ANNUAL_LIGHTS, STATUSES, milestone_basis, reached
from domain.values import Basis, Date, Decimal, MilestoneStatus, RoundKind

Shown = dict[str, Any]
GREEN, YELLOW, RED = 3, 2, 1
_ORDER = tuple(MilestoneStatus)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What may be chosen. `lights` are those that somebody judges; `forced` says the one that a status leaves, if any.

    `forced` has a status for which there is one light or none at all: {"reached": 3, "no-need-arose": None}.
    """

    statuses: Sequence[str]
    lights: Sequence[int]
    forced: dict[str, int | None]


def milestone(kind: str, year: int, definition: Shown) -> Choices:
    """What may be said of a milestone in a round."""
    round_kind = RoundKind(kind)
    statuses = [each for each in _ORDER if each in STATUSES[round_kind]]
    if not definition["conditional"]:
        statuses = [each for each in statuses if each is not MilestoneStatus.NO_NEED_AROSE]
    if round_kind is RoundKind.ANNUAL:
        forced = {
            each.value: next((light.value for light in ANNUAL_LIGHTS[each] if light is not None), None)
            for each in statuses
            if len(ANNUAL_LIGHTS[each]) == 1
        }
        return Choices(statuses=[each.value for each in statuses], lights=(YELLOW, RED), forced=forced)
    due = definition["due_by"]
    basis = milestone_basis(round_kind, year, MilestoneStatus.IN_PROGRESS, None if due is None else Date(due))
    lights = (YELLOW, RED) if basis is Basis.ACTUAL else (GREEN, YELLOW, RED)
    return Choices(statuses=[each.value for each in statuses], lights=lights, forced={"reached": GREEN})


def level_of(definition: Shown, year: int) -> Shown | None:
    """An indicator's level for a year; None where it has no number."""
    found = next((each for each in definition["levels"] if each["year"] == year), None)
    return None if found is None or found["value"] is None else found


def is_reached(value: str | None, level: Shown | None) -> bool | None:
    """Whether an outturn reaches its level, unrounded; None where that can't be said."""
    if value is None or level is None:
        return None
    wanted = IndicatorLevel(
        year=level["year"],
        operator=level["operator"],
        value=Decimal(level["value"]),
        binding=level["binding"],
        mark=level["mark"],
    )
    try:
        return reached(Decimal(value), wanted)
    except ArithmeticError:
        return None


__all__ = ["GREEN", "RED", "YELLOW", "Choices", "is_reached", "level_of", "milestone"]
