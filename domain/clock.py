"""The clock of a demo ledger: it shows what was set last, and never goes back."""

from dataclasses import dataclass
from datetime import datetime

from domain.errors import Refused
from domain.events.clock import CLOCK, DemoClockAdvanced
from domain.events.event import Event
from domain.organisation import FOLD as ORGANISATION
from domain.values import ActorKind
from domain.view import Act, Fact, Fold, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """What the clock shows; nothing before it was first set."""

    instant: datetime | None = None


def evolve(state: Clock, fact: Fact) -> Clock:
    """The clock one event later."""
    return Clock(instant=fact.event.instant) if isinstance(fact.event, DemoClockAdvanced) else state


FOLD = Fold(CLOCK, Clock, evolve)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceDemoClock:
    """Set the clock of a demo ledger; the operator or the demo's driver does it."""

    instant: datetime


def advance_demo_clock(view: View, act: Act, command: AdvanceDemoClock) -> tuple[Event, ...]:
    """Errors: `not-a-demo`, `operator-only`, `clock-goes-back`."""
    opened = view.get(ORGANISATION).opened
    present = view.get(FOLD).instant
    if opened is None or not opened.demo:
        raise Refused("not-a-demo", "This ledger's clock is the wall clock; only a demo's can be set.")
    if act.by.kind is not ActorKind.OPERATOR:
        raise Refused("operator-only", "Only the operator sets the demo's clock.")
    if present == command.instant:
        return ()
    if present is not None and command.instant < present:
        raise Refused("clock-goes-back", "A clock doesn't go back.", field="instant")
    return (DemoClockAdvanced(instant=command.instant),)
