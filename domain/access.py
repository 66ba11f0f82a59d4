"""Looks of auditors and administrators, in the ledger `AGENCY.access`: a step of the system before each look (C11)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.authority import require_system
from domain.events.access import Look, LookRecorded
from domain.events.event import Event
from domain.values import Digest, Id, PersonId, Role
from domain.view import Act, Fact, Fold, View

QUARTER_MINUTES = 15
_SUFFIX = ".access"


def access_ledger(ledger: str) -> str:
    """The ledger that keeps the looks at an agency's ledger: on the same clock, and sealed like that one."""
    return ledger + _SUFFIX


def is_access_ledger(ledger: str) -> bool:
    """Whether a ledger keeps looks. No agency's does: their names have no point."""
    return ledger.endswith(_SUFFIX)


def agency_ledger(ledger: str) -> str:
    """The agency's ledger that a ledger is, or keeps the looks at."""
    return ledger.removesuffix(_SUFFIX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """What a person looked at in the last quarter of an hour in which they looked at anything."""

    quarter: datetime | None = None
    looks: tuple[LookRecorded, ...] = ()


def evolve(state: Looks, fact: Fact) -> Looks:
    """The looks one event later."""
    event = fact.event
    if not isinstance(event, LookRecorded):
        return state
    if event.quarter == state.quarter:
        return Looks(quarter=state.quarter, looks=(*state.looks, event))
    return Looks(quarter=event.quarter, looks=(event,))


FOLD = Fold("look/{}", Looks, evolve)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLook:
    """Record that somebody looks: where that fails, the look is refused."""

    person: PersonId
    role: Role
    engagement: Id | None
    kind: Look
    scope: str
    digest: Digest | None = None


def record_look(view: View, act: Act, command: RecordLook) -> tuple[Event, ...]:
    """Nothing, where the same look was recorded in this quarter of an hour. Errors: `system-only`."""
    require_system(act, "record-look")
    event = LookRecorded(
        person=command.person,
        role=command.role,
        engagement=command.engagement,
        kind=command.kind,
        scope=command.scope,
        quarter=quarter_of(act.at),
        digest=command.digest,
    )
    return () if event in view.get(FOLD, command.person).looks else (event,)


def quarter_of(instant: datetime) -> datetime:
    """The beginning of the quarter of an hour in which an instant falls."""
    past = timedelta(minutes=instant.minute % QUARTER_MINUTES, seconds=instant.second, microseconds=instant.microsecond)
    return instant - past
