"""Who the caller is, in every ledger."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from domain.access import is_access_ledger
from domain.calendar import day_of
from domain.events.codec import to_json
from domain.organisation import FOLD as ORGANISATION
from domain.values import Role
from projections.capacities import capacities
from services.api.addresses import PREFIX
from services.api.callers import Door, Token
from services.api.parts import Parts
from services.api.problems import documented


class MyRole(BaseModel):
    """A role held today; `principal` where one stands in for another."""

    model_config = ConfigDict(extra="forbid")

    role: Role
    unit: str | None
    principal: str | None


class MyLedger(BaseModel):
    """What the caller is in one ledger."""

    model_config = ConfigDict(extra="forbid")

    ledger: str
    person: str
    demo: bool
    now: str = Field(description="What the ledger's clock shows; a demo has its own.")
    roles: list[MyRole]
    principals: list[str] = Field(description="For whom the caller may act today, by `Etappi-Acting-For`.")


class Me(BaseModel):
    """The caller in each ledger where they are registered."""

    model_config = ConfigDict(extra="forbid")

    ledgers: list[MyLedger]


def routes(parts: Parts, door: Door) -> APIRouter:
    """GET /me."""
    router = APIRouter(tags=["reads"], prefix=PREFIX)

    @router.get("/me", operation_id="me", responses=documented(401, 422, 429, 500, 503))
    async def me(request: Request, token: Token) -> Me:
        """Who the caller is in each ledger, their roles today and whom they may stand in for."""
        who = await door.login(request, token)
        known = await parts.store.ledgers()
        found: list[MyLedger] = []
        for ledger, demo in known.items():
            if is_access_ledger(ledger):
                continue
            person = await parts.people.person(ledger, who)
            if person is None:
                continue
            now = await parts.handler.now(ledger)
            organisation: Any = await parts.handler.read(ledger, lambda view: view.get(ORGANISATION))
            held = capacities(organisation, day_of(now), person=person)
            found.append(
                MyLedger(
                    ledger=ledger,
                    person=person,
                    demo=demo,
                    now=str(to_json(now)),
                    roles=[MyRole(role=each.role, unit=each.unit, principal=each.acting_for) for each in held],
                    principals=sorted({each.acting_for for each in held if each.acting_for is not None}),
                )
            )
        return Me(ledgers=found)

    return router
