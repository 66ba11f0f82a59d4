"""The watchers watched: who among auditors and administrators looked at what, when, in which engagement (C11)."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from domain.access import FOLD as LOOKS
from domain.access import access_ledger
from domain.events.access import Look, LookRecorded
from domain.events.codec import to_json
from domain.events.envelope import Row
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import Organisation
from domain.values import Role
from domain.view import fact_of
from services.api.addresses import PREFIX, Limit
from services.api.bodies import SLUG
from services.api.callers import Callers
from services.api.instants import LAST_POSITION
from services.api.looks import Watched
from services.api.pages import link
from services.api.parts import Parts
from services.api.problems import READS, Refusal
from services.api.reading import Reader, readers
from services.opening import Opened


class ShownLook(BaseModel):
    """A look: the first of its kind at something in a quarter of an hour."""

    model_config = ConfigDict(extra="forbid")

    position: int = Field(description="In the ledger of looks.")
    at: str
    person: str
    name: Any = Field(description="The person's name; by which erasure it went where it did.")
    role: Role
    engagement: str | None = Field(description="In which an auditor looked; null for what everybody with a role reads.")
    kind: Look
    scope: str = Field(description="What was looked at, as docs/process.md lists it.")
    quarter: str = Field(description="The beginning of the quarter of an hour.")
    digest: str | None = Field(description="SHA-256 of what was handed out.")


class LookPage(BaseModel):
    """Looks in the order in which they were recorded."""

    model_config = ConfigDict(extra="forbid")

    looks: list[ShownLook]
    next: int | None = Field(description="Continue behind this position.")


def routes(parts: Parts, callers: Callers) -> APIRouter:
    """GET /{ledger}/audit/looks."""
    router = APIRouter(tags=["audit"], prefix=PREFIX + "/{ledger}/audit", route_class=Watched)
    reading = readers(parts, callers)

    @router.get("/looks", operation_id="list-looks", responses=READS)
    async def looks(
        request: Request,
        response: Response,
        reader: Annotated[Reader, Depends(reading)],
        after: Annotated[int, Query(ge=0, le=LAST_POSITION, description="Continue behind this position.")] = 0,
        limit: Limit = 100,
        person: Annotated[str | None, Query(pattern=SLUG, description="Only those of this person.")] = None,
    ) -> LookPage:
        """For the head, administrators, and auditors in an engagement about the whole ledger. This look comes next."""
        if not (reader.has(Role.HEAD, Role.ADMINISTRATOR) or reader.looks.covers(None)):
            raise Refusal(
                403,
                "not-permitted",
                "Only the head, an administrator, or an auditor of the whole ledger reads this.",
                rule="C11",
            )
        page = await _page(parts, access_ledger(reader.ledger), after, limit, person)
        following = page[-1].position if len(page) == limit else None
        # The access ledger holds more than looks: the key that seals it.
        rows = [row for row in page if row.type == LookRecorded.type]
        organisation: Organisation = await parts.handler.read(reader.ledger, lambda view: view.get(ORGANISATION))
        events: list[Any] = [fact_of(row).event for row in rows]
        people = organisation.people
        names = await Opened.of(parts.store, reader.ledger, [people[each.person] for each in events])
        link(request, response, following)
        return LookPage(
            looks=[
                ShownLook(
                    position=row.position,
                    at=str(to_json(row.received_at)),
                    person=event.person,
                    name=names.text(people[event.person].name),
                    role=event.role,
                    engagement=event.engagement,
                    kind=event.kind,
                    scope=event.scope,
                    quarter=str(to_json(event.quarter)),
                    digest=event.digest,
                )
                for row, event in zip(rows, events, strict=True)
            ],
            next=following,
        )

    return router


async def _page(parts: Parts, ledger: str, after: int, limit: int, person: str | None) -> list[Row]:
    if person is None:
        return await parts.store.read(ledger, after, limit)
    rows = await parts.store.read_streams(ledger, {LOOKS.stream(person): 0})
    return [row for row in rows if row.position > after][:limit]
