"""Which processes must look again when something happened; and all processes that a ledger has.

Ringing once too often costs a look, so an event rings whatever it may concern; the planner says what is owed.
"""

from collections.abc import Iterable

from domain.events.agreement import AgreementEvent
from domain.events.assessment import AssessmentEvent
from domain.events.clock import DemoClockAdvanced
from domain.events.codec import EVENTS
from domain.events.cycle import CycleEvent
from domain.events.event import Event
from domain.events.item import ItemEvent
from domain.events.organisation import (
    AccountClosed,
    AgreementInForce,
    RoleConfirmed,
    SettingConfirmed,
    SubstituteAppointed,
    SubstitutionEnded,
    UnitSucceeded,
)
from domain.events.round import RoundEvent
from domain.item import FOLD as ITEM
from domain.organisation import FOLD as ORGANISATION
from domain.round import FOLD as ROUND
from domain.round import Stage as RoundStage
from domain.round import parse_round
from domain.values import RoundKind, SubjectId, VersionId
from domain.view import View

_RINGING = (
    AgreementEvent,
    AgreementInForce,
    AssessmentEvent,
    AccountClosed,
    CycleEvent,
    DemoClockAdvanced,
    ItemEvent,
    RoleConfirmed,
    RoundEvent,
    SettingConfirmed,
    SubstituteAppointed,
    SubstitutionEnded,
    UnitSucceeded,
)

READ = frozenset(name for name, kind in EVENTS.items() if issubclass(kind, _RINGING))
"""The wire names of the events that the planner reads: no other one rings. What the workflows told people doesn't."""


def rings(view: View, event: Event, sent: Iterable[VersionId] = ()) -> tuple[str, ...]:
    """The processes that an event concerns. `sent` are the versions that ever went out for signature."""
    match event:
        case AgreementInForce():
            return (cycle(event.binding_year), signing(event.version))
        case AgreementEvent():
            return (signing(event.version),)
        case CycleEvent() | AssessmentEvent():
            return (cycle(event.year),)
        case RoundEvent():
            return (cycle(parse_round(event.round)[0]), *submissions(view, event.round))
        case ItemEvent():
            return (cycle(parse_round(event.round)[0]), *submissions(view, event.round, event.subject))
        case DemoClockAdvanced():
            return processes(view, sent)
        case (
            AccountClosed()
            | RoleConfirmed()
            | SettingConfirmed()
            | SubstituteAppointed()
            | SubstitutionEnded()
            | UnitSucceeded()
        ):
            return processes(view)
        case _:
            return ()


def processes(view: View, sent: Iterable[VersionId] = ()) -> tuple[str, ...]:
    """Every process that may owe something: the cycles of the years that a version in force binds, the submissions of
    the rounds between opening and close, the signings of those versions that were sent and don't hold yet.
    """
    organisation = view.get(ORGANISATION)
    found: list[str] = []
    for year in sorted({each.binding_year for each in organisation.versions}):
        found.append(cycle(year))
        for kind in RoundKind:
            round_id = f"{year}-{kind}"
            if view.get(ROUND, round_id).stage not in (RoundStage.PLANNED, RoundStage.CLOSED):
                found.extend(submissions(view, round_id))
    in_force = {each.version for each in organisation.versions}
    found.extend(signing(version) for version in sent if version not in in_force)
    return tuple(dict.fromkeys(found))


def cycle(year: int) -> str:
    """The process of a year's cycle."""
    return f"reporting-cycle/{year}"


def signing(version: VersionId) -> str:
    """The process of a version's signatures."""
    return f"signing/{version}"


def submissions(view: View, round_id: str, subject: SubjectId | None = None) -> tuple[str, ...]:
    """The processes of the units that are, were or will be accountable for an item of a round, or for any of them."""
    scope = view.get(ROUND, round_id).scope
    wanted = [each for each in scope.values() if subject in (None, each.subject)]
    items = view.get_all(ITEM, [(round_id, each.subject) for each in wanted])
    units = {each.unit: None for each in wanted}
    units |= {moved.to_unit: None for item in items for moved in item.reassigned}
    return tuple(f"submission/{round_id}/{unit}" for unit in units)
