"""A year's cycle: final accounts, the statement and its draft, what may be published and what was."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from domain.cycle import FOLD as CYCLE
from domain.cycle import Cycle, Stage, cycle_closes_at, publishable
from domain.errors import Refused
from domain.events.codec import to_json
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import proposal_digest
from domain.round import FOLD as ROUND
from domain.round import Stage as RoundStage
from domain.statement import statement_digest, statement_lights
from domain.values import Digest, Publication, Role
from domain.view import View
from services.api.addresses import PREFIX, Ledger, Year
from services.api.bound import Proposal, ShownPublication, StatedLight
from services.api.callers import Callers
from services.api.looks import Watched
from services.api.parts import Parts
from services.api.problems import READS, Refusal
from services.api.reading import MINISTRY, Reader, readers
from services.opening import Opened

Shown = dict[str, Any]
_DELIVERED = frozenset({RoundStage.DELIVERED, RoundStage.CLOSED})


class ShownCycle(BaseModel):
    """The cycle of a year."""

    model_config = ConfigDict(extra="forbid")

    year: int
    stage: Stage
    version: str | None
    final_accounts: Shown | None = Field(description="The approval as recorded or corrected last.")
    delivery: Shown | None = Field(description="The date of the annual delivery; null before the approval.")
    assessment: Shown | None = Field(description="What the ministry assesses, and by when its statement is due.")
    statement: Shown | None
    response: Shown | None = Field(description="The agency's response to the statement.")
    publications: list[ShownPublication] = Field(
        description="Each kind: what may be published now (`digest`, null if nothing), and what was (`published`)."
    )
    proposals: list[Proposal] = Field(
        description="Transcribed statements that wait for a second person; for the head and coordinators."
    )
    closes_at: str | None = Field(description="When the cycle may close; null while something is missing.")


class CycleInList(BaseModel):
    """A year, and where it stands."""

    model_config = ConfigDict(extra="forbid")

    year: int
    stage: Stage
    version: str | None = Field(description="The version in force that binds it.")


class Cycles(BaseModel):
    """All years that a version in force binds."""

    model_config = ConfigDict(extra="forbid")

    cycles: list[CycleInList]


class StatementDraft(BaseModel):
    """The statement as it would be issued now: what its digest binds to, or why it can't be issued yet."""

    model_config = ConfigDict(extra="forbid")

    year: int
    lights: list[StatedLight] = Field(description="{subject, light, delivered}.")
    digest: str | None
    assessors: list[str] = Field(description="Those who assessed; none of them may issue the statement.")
    not_yet: Shown | None = Field(description="Why not: {code, detail}.")


def routes(parts: Parts, callers: Callers) -> APIRouter:
    """GET /{ledger}/cycles, /{ledger}/cycles/{year}, …/statement-draft."""
    router = APIRouter(tags=["reads"], prefix=PREFIX + "/{ledger}/cycles", route_class=Watched)
    reading = readers(parts, callers)

    @router.get("", operation_id="list-cycles", responses=READS, dependencies=[Depends(reading)])
    async def list_cycles(ledger: Ledger) -> Cycles:
        """Which years there are, and where each stands."""
        return Cycles(cycles=await parts.handler.read(ledger, _all))

    @router.get("/{year}", operation_id="read-cycle", responses=READS)
    async def cycle(ledger: Ledger, year: Year, reader: Annotated[Reader, Depends(reading)]) -> ShownCycle:
        """The year: its stage, its dates, its statement, and what may be published."""
        state, ready, closes = await parts.handler.read(ledger, lambda view: _found(view, year))
        if not (reader.has(Role.HEAD, Role.COORDINATOR) or reader.looks.covers(None)):
            state = replace(state, proposed={})
        records = [
            state.approval,
            state.statement,
            state.response,
            *state.published.values(),
            *(event for event, _ in state.proposed.values()),
        ]
        opened = await Opened.of(parts.store, ledger, records)
        return _shown(year, state, ready, closes, opened)

    @router.get("/{year}/statement-draft", operation_id="read-statement-draft", responses=READS)
    async def draft(ledger: Ledger, year: Year, reader: Annotated[Reader, Depends(reading)]) -> StatementDraft:
        """What `issue-statement` binds to. For the ministry."""
        if not (reader.has(*MINISTRY) or reader.looks.covers(None)):
            raise Refusal(403, "not-permitted", "Only the ministry reads its statement before it is issued.")
        made: StatementDraft = await parts.handler.read(ledger, lambda view: _draft(view, year))
        return made

    return router


def _all(view: View) -> list[CycleInList]:
    organisation = view.get(ORGANISATION)
    found: list[CycleInList] = []
    for year in sorted(organisation.years):
        version = organisation.version_for(year)
        stage = view.get(CYCLE, year).stage
        found.append(CycleInList(year=year, stage=stage, version=None if version is None else version.version))
    return found


def _found(view: View, year: int) -> tuple[Cycle, dict[Publication, Digest | None], Any]:
    view.get(ORGANISATION)
    state = view.get(CYCLE, year)
    return state, {kind: publishable(view, year, kind) for kind in Publication}, cycle_closes_at(view, year)


def _shown(year: int, state: Cycle, ready: dict[Publication, Digest | None], closes: Any, opened: Opened) -> ShownCycle:
    return ShownCycle(
        year=year,
        stage=state.stage,
        version=state.version,
        final_accounts=opened.json(state.approval),
        delivery=opened.json(state.delivery),
        assessment=opened.json(state.assessment),
        statement=None if state.statement is None else {"type": state.statement.type, **opened.json(state.statement)},
        response=opened.json(state.response),
        publications=[
            ShownPublication(kind=kind, digest=digest, published=opened.json(state.published.get(kind)))
            for kind, digest in ready.items()
        ],
        proposals=[
            Proposal(proposal=key, proposer=proposer, digest=proposal_digest(event), content=opened.json(event))
            for key, (event, proposer) in state.proposed.items()
        ],
        closes_at=None if closes is None else str(to_json(closes)),
    )


def _draft(view: View, year: int) -> StatementDraft:
    view.get(ORGANISATION)
    state, annual = view.get(CYCLE, year), view.get(ROUND, f"{year}-annual")
    try:
        if state.stage is not Stage.ASSESSING:
            raise Refused("not-assessing", f"The cycle of {year} is {state.stage}.")  # noqa: TRY301
        lights, assessors = statement_lights(view, year, state, annual)
        if annual.stage not in _DELIVERED:
            raise Refused("delivery-open", "Items are open again and not delivered yet.")  # noqa: TRY301
    except Refused as refused:
        why = {"code": refused.code, "detail": refused.message}
        return StatementDraft(year=year, lights=[], digest=None, assessors=[], not_yet=why)
    said: Any = to_json(lights)
    return StatementDraft(
        year=year, lights=said, digest=statement_digest(year, lights), assessors=sorted(assessors), not_yet=None
    )
