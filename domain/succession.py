"""Who is accountable when units change: the successor map, and items given to another unit (case 5)."""

from dataclasses import dataclass

from domain.authority import require
from domain.calendar import day_of
from domain.errors import Refused
from domain.events.event import Event
from domain.events.item import ItemReassigned
from domain.events.organisation import Handover, UnitSucceeded
from domain.item import FOLD as ITEM
from domain.item import accountable, not_withdrawn
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import known_unit
from domain.round import FOLD as ROUND
from domain.round import Stage as RoundStage
from domain.round import scoped
from domain.round_steps import handed_over
from domain.values import Date, RoundKind, SubjectId, UnitId
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
    organisation = view.get(ORGANISATION)
    known_unit(organisation, command.unit)
    known_unit(organisation, command.successor, "successor")
    if command.unit == command.successor:
        raise Refused("unit-succeeds-itself", "A unit can't succeed itself.", field="successor")
    event = UnitSucceeded(
        unit=command.unit, successor=command.successor, handover=command.handover, valid_from=command.valid_from
    )
    if event in organisation.successions:
        return ()
    rounds = [(f"{year}-{kind}",) for year in sorted(organisation.years) for kind in RoundKind]
    reassigned: list[Event] = []
    for (round_id,), state in zip(rounds, view.get_all(ROUND, rounds), strict=True):
        if state.stage not in (RoundStage.PLANNED, RoundStage.CLOSED):
            reassigned += handed_over(view, round_id, state.scope.values(), [event], day_of(act.at))
    return (event, *reassigned)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReassignItem:
    """Make another unit accountable for an item from a date on (case 5); its extension moves along, preparers stay."""

    round: str
    subject: SubjectId
    to_unit: UnitId
    valid_from: Date


def reassign_item(view: View, act: Act, command: ReassignItem) -> tuple[Event, ...]:
    """Errors: `unknown-unit`, `not-in-scope`, `backdated`, `item-withdrawn`."""
    require(view, act, "reassign-item")
    known_unit(view.get(ORGANISATION), command.to_unit, "to_unit")
    state = view.get(ROUND, command.round)
    scope = scoped(command.round, state, command.subject)
    item = view.get(ITEM, command.round, command.subject)
    if command.valid_from < day_of(act.at):
        raise Refused("backdated", "An item can't be reassigned in the past.", field="valid_from", rule="case 5")
    not_withdrawn(command.subject, item, "subject")
    present = accountable(item, scope.unit, command.valid_from)
    if present == command.to_unit:
        return ()
    reassigned = ItemReassigned(
        round=command.round,
        subject=command.subject,
        revision=item.revision,
        from_unit=present,
        to_unit=command.to_unit,
        valid_from=command.valid_from,
    )
    return (reassigned,)
