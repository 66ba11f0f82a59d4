"""A unit's tasks pass to another: the successor map, and what becomes of open items (case 5)."""

from dataclasses import dataclass

from domain.authority import require
from domain.errors import Refused
from domain.events.event import Event
from domain.events.organisation import (
    Handover,
    UnitSucceeded,
)
from domain.organisation import FOLD, known_unit
from domain.values import Date, UnitId
from domain.view import Act, View


@dataclass(frozen=True, slots=True, kw_only=True)
class SucceedUnit:
    """Say which unit takes over a unit's tasks from a date on, and what becomes of periods that ended before
    (case 5).
    """

    unit: UnitId
    successor: UnitId
    handover: Handover
    valid_from: Date


def succeed_unit(view: View, act: Act, command: SucceedUnit) -> tuple[Event, ...]:
    """Errors: `unknown-unit`, `unit-succeeds-itself`."""
    require(view, act, "change-organisation")
    organisation = view.get(FOLD)
    known_unit(organisation, command.unit)
    known_unit(organisation, command.successor, "successor")
    if command.unit == command.successor:
        raise Refused("unit-succeeds-itself", "A unit can't succeed itself.", field="successor")
    event = UnitSucceeded(
        unit=command.unit, successor=command.successor, handover=command.handover, valid_from=command.valid_from
    )
    return () if event in organisation.successions else (event,)
