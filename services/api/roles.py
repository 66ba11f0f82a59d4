"""Who may do what, by whose grant and since when: the list of the yearly review of rights (C14)."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from domain.events.organisation import ORGANISATION as STREAM
from domain.events.organisation import RoleConfirmed, RoleProposed, SubstituteAppointed
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import Organisation
from domain.values import Role
from domain.view import Fact
from services.api.addresses import PREFIX
from services.api.callers import Callers
from services.api.looks import Watched
from services.api.parts import Parts
from services.api.problems import READS
from services.api.reading import Reader, readers
from services.api.told import Told, story_of
from services.opening import Opened

_GIVING = (RoleProposed.type, RoleConfirmed.type, SubstituteAppointed.type)


class HeldRole(BaseModel):
    """A role that is held today or from a day on. The operator made the first administrators."""

    model_config = ConfigDict(extra="forbid")

    person: str
    name: Any = Field(description="The person's name; who took it where it was erased.")
    leaves: str | None = Field(description="The first day on which their account is closed.")
    role: Role
    unit: str | None
    valid_from: str
    valid_to: str | None = Field(description="Inclusive; null: until it is ended.")
    proposed: Told | None
    confirmed: Told


class HeldSubstitution(BaseModel):
    """A substitution that isn't over."""

    model_config = ConfigDict(extra="forbid")

    principal: str
    substitute: str
    roles: list[Role]
    unit: str | None
    valid_from: str
    valid_to: str
    appointed: Told


class Roles(BaseModel):
    """Every right that somebody has on a day or will have."""

    model_config = ConfigDict(extra="forbid")

    day: str
    roles: list[HeldRole]
    substitutions: list[HeldSubstitution]


def routes(parts: Parts, callers: Callers) -> APIRouter:
    """GET /{ledger}/roles."""
    router = APIRouter(tags=["reads"], prefix=PREFIX, route_class=Watched)
    reading = readers(parts, callers)

    @router.get("/{ledger}/roles", operation_id="list-roles", responses=READS)
    async def roles(reader: Annotated[Reader, Depends(reading)]) -> Roles:
        """Who may do what, by whose word. A look of an administrator or an auditor is the year's review."""
        state: Organisation = await parts.handler.read(reader.ledger, lambda view: view.get(ORGANISATION))
        rows = await parts.store.read_streams(reader.ledger, {STREAM: 0})
        told = await story_of(parts, reader, [row for row in rows if row.type in _GIVING])
        proposed = {each.event.proposal: each for each in told.facts if isinstance(each.event, RoleProposed)}
        confirmed = {each.event.grant: each for each in told.facts if isinstance(each.event, RoleConfirmed)}
        appointed = {
            each.event.substitution: each for each in told.facts if isinstance(each.event, SubstituteAppointed)
        }
        grants = [each for each in state.grants if each.valid_to is None or reader.today <= each.valid_to]
        names = await Opened.of(parts.store, reader.ledger, [state.people[each.person] for each in grants])
        return Roles(
            day=reader.today,
            roles=[
                HeldRole(
                    person=grant.person,
                    name=names.text(state.people[grant.person].name),
                    leaves=state.closed.get(grant.person),
                    role=grant.role,
                    unit=grant.unit,
                    valid_from=grant.valid_from,
                    valid_to=grant.valid_to,
                    proposed=told.perhaps(proposed.get(_event(confirmed[grant]).proposal)),
                    confirmed=told.tell(confirmed[grant]),
                )
                for grant in sorted(grants, key=lambda each: (each.person, each.role, each.unit or "", each.valid_from))
            ],
            substitutions=[
                HeldSubstitution(
                    principal=each.principal,
                    substitute=each.substitute,
                    roles=list(each.roles),
                    unit=each.unit,
                    valid_from=each.valid_from,
                    valid_to=each.valid_to,
                    appointed=told.tell(appointed[each.substitution]),
                )
                for each in state.substitutions.values()
                if reader.today <= each.valid_to
            ],
        )

    return router


def _event(fact: Fact) -> Any:
    return fact.event
