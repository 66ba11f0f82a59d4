"""Who may read what: drafts their own unit and the head, delivered content everybody with a role (docs/permissions.md).

A substitute reads what the principal may. A coordinator follows the state of every item, not the drafts themselves. An
auditor reads all of what their engagement in force is about.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from domain.authority import UNIT_ROLES
from domain.calendar import day_of
from domain.engagement import Scope, scope_of
from domain.organisation import FOLD as ORGANISATION
from domain.values import Date, PersonId, Role, SubjectId, UnitId
from projections.capacities import Capacity, capacities
from services.api.callers import Caller, Callers
from services.api.parts import Parts
from services.api.problems import Refusal

_NO_SCOPE = Scope()
MINISTRY = frozenset({Role.MINISTRY_ASSESSOR, Role.MINISTRY_DECIDER})
INSIDE = frozenset({Role.CONTRIBUTOR, Role.OWNER, Role.DIRECTOR, Role.HEAD, Role.COORDINATOR})
"""The agency's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What a person holds now by the ledger's clock, their own roles and those that they stand in for."""

    ledger: str
    person: PersonId
    now: datetime
    held: Sequence[Capacity]
    looks: Scope = _NO_SCOPE

    @property
    def today(self) -> Date:
        """The day on which they read."""
        return day_of(self.now)

    def has(self, *roles: Role) -> bool:
        """Whether one of the roles is held, in whichever unit."""
        return any(each.role in roles for each in self.held)

    def may_read_draft(self, unit: UnitId, subject: SubjectId | None = None) -> bool:
        """Whether drafts of a unit may be read; of a subject also by an auditor whose engagement is about it."""
        own = any(each.role in UNIT_ROLES and each.unit == unit for each in self.held)
        return own or self.has(Role.HEAD) or self.looks.covers(subject)

    def may_follow(self, unit: UnitId, subject: SubjectId | None = None) -> bool:
        """Whether the state of a unit's items may be seen, before anything is delivered."""
        return self.may_read_draft(unit, subject) or self.has(Role.COORDINATOR)


def readers(parts: Parts, callers: Callers) -> Callable[..., Awaitable[Reader]]:
    """A dependency of the operations that read: the caller as a reader, whom `Watched` (looks.py) finds, too."""

    async def reader(request: Request, caller: Annotated[Caller, Depends(callers)]) -> Reader:
        found = await reader_of(parts, caller)
        request.state.looking = (caller, found)
        return found

    return reader


async def reader_of(parts: Parts, caller: Caller) -> Reader:
    """The caller as a reader. Refuses those without a role today."""
    now = await parts.handler.now(caller.ledger)
    day = day_of(now)
    organisation, looks = await parts.handler.read(
        caller.ledger, lambda view: (view.get(ORGANISATION), scope_of(view, caller.person, day))
    )
    held = capacities(organisation, day, person=caller.person)
    if not held:
        raise Refusal(
            403, "no-role", "You have no role in this ledger today.", mend="An administrator proposes a role for you."
        )
    return Reader(ledger=caller.ledger, person=caller.person, now=now, held=held, looks=looks)


__all__ = ["INSIDE", "MINISTRY", "Reader", "reader_of", "readers"]
