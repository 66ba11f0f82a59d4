"""Extending a date of a round: one date, and no other (case 4)."""

from dataclasses import dataclass

from domain.agency_report import delivery_deadline, opening_of
from domain.authority import require
from domain.calendar import deadline
from domain.errors import Refused
from domain.events.event import Event
from domain.events.round import (
    DeadlineExtended,
)
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import known_unit
from domain.round import FOLD as ROUND
from domain.round import Stage as RoundStage
from domain.values import (
    Date,
    DeadlineKind,
    Reference,
    UnitId,
    Words,
)
from domain.view import Act, View


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendDeadline:
    """Move one date and no other. Beyond the contractual date the ministry's consent is named by its reference."""

    round: str
    kind: DeadlineKind
    unit: UnitId | None
    date: Date
    reason: Words
    consent: Reference | None = None


def extend_deadline(view: View, act: Act, command: ExtendDeadline) -> tuple[Event, ...]:
    """Errors: `no-such-deadline`, `not-later`, `consent-missing`, `delivered`, `unknown-unit`, `unit-not-wanted`."""
    require(view, act, "extend-deadline")
    state = view.get(ROUND, command.round)
    opening_of(command.round, state)
    if state.stage in (RoundStage.DELIVERED, RoundStage.CLOSED):
        raise Refused("delivered", f"{command.round} is delivered.", rule="PROCESS, round")
    if command.unit is not None:
        known_unit(view.get(ORGANISATION), command.unit)
        if command.kind not in (DeadlineKind.UNIT, DeadlineKind.DIRECTOR):
            raise Refused("unit-not-wanted", f"The {command.kind} date is no unit's.", field="unit")
    contractual = delivery_deadline(view, state)
    present = contractual if command.kind is DeadlineKind.DELIVERY else state.deadline(command.kind, command.unit)
    if state.reopening is not None and command.kind is not DeadlineKind.DELIVERY:
        raise Refused(
            "no-such-deadline",
            f"{command.round} was opened again and has one date, that of the redelivery.",
            field="kind",
            rule="PROCESS, round",
        )
    if present is None or command.kind in (DeadlineKind.FINAL_ACCOUNTS, DeadlineKind.STATEMENT):
        raise Refused("no-such-deadline", f"{command.round} has no {command.kind} date to move.", field="kind")
    if present.date == command.date:
        return ()
    if command.date < present.date:
        raise Refused("not-later", f"The date in force is {present.date}; an extension is later.", field="date")
    if contractual is not None and command.date > contractual.date and not (command.consent or "").strip():
        raise Refused(
            "consent-missing",
            f"Beyond the contractual date ({contractual.date}) the ministry's consent is needed, by its reference.",
            field="consent",
            rule="R3, R4",
        )
    moved = deadline(command.kind, command.date, rolls=False, policy="extension")
    extended = DeadlineExtended(
        round=command.round,
        kind=command.kind,
        unit=command.unit,
        previous=present,
        deadline=moved,
        reason=command.reason,
        consent=command.consent,
    )
    return (extended,)
