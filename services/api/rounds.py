"""A round: where it stands, its scope and dates, the agency's report, its deliveries and what is open again."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from domain.agency_report import delivery_deadline
from domain.errors import Refused
from domain.events.codec import to_json
from domain.organisation import FOLD as ORGANISATION
from domain.round import FOLD as ROUND
from domain.round import Round, Stage, parse_round
from domain.round_steps import opens_at
from domain.values import Role, RoundKind
from domain.view import View
from services.api.addresses import PREFIX, Ledger, RoundId
from services.api.bound import CompiledReport
from services.api.callers import Callers
from services.api.looks import Watched
from services.api.parts import Parts
from services.api.problems import READS
from services.api.reading import Reader, readers
from services.opening import Opened

Shown = dict[str, Any]
_DELIVERED = frozenset({Stage.DELIVERED, Stage.CLOSED})


class ShownRound(BaseModel):
    """A round of reporting."""

    model_config = ConfigDict(extra="forbid")

    round: str
    year: int
    kind: RoundKind
    stage: Stage
    version: str | None = Field(description="The version of the agreement that it reports under.")
    opens: str | None = Field(description="When reporting opens; null while no version in force binds the year.")
    chain: list[str] = Field(description="The steps of endorsement before the sign-off.")
    scope: list[Shown] = Field(description="What is reported: {subject, kind, unit, target}.")
    not_due: list[str] = Field(description="Targets without a milestone in the year.")
    deadlines: list[Shown] = Field(description="The dates in force; `unit` where one unit's was extended.")
    delivery: Shown | None = Field(description="The date of the delivery; null while it isn't determined.")
    passed: list[Shown] = Field(description="The dates that passed unmet.")
    escalated: list[Shown] = Field(description="What came to the head, and why: of a unit the items named, or all.")
    compiled: CompiledReport | None = Field(description="The report: {report, digest, items, gaps, compiled_by}.")
    deliveries: list[Shown] = Field(description="The first and the last delivery.")
    reopening: Shown | None = Field(description="What a supplement or a returned delivery opened again.")


class RoundInList(BaseModel):
    """A round, and where it stands."""

    model_config = ConfigDict(extra="forbid")

    round: str
    year: int
    kind: RoundKind
    stage: Stage
    version: str | None
    opens: str | None
    reopened: bool = Field(description="A supplement or a returned delivery opened some of it again.")


class Rounds(BaseModel):
    """The rounds of all years that a version in force binds, in the order of their periods."""

    model_config = ConfigDict(extra="forbid")

    rounds: list[RoundInList]


def routes(parts: Parts, callers: Callers) -> APIRouter:
    """GET /{ledger}/rounds and /{ledger}/rounds/{round}."""
    router = APIRouter(tags=["reads"], prefix=PREFIX, route_class=Watched)
    reading = readers(parts, callers)

    @router.get("/{ledger}/rounds", operation_id="list-rounds", responses=READS, dependencies=[Depends(reading)])
    async def list_rounds(ledger: Ledger) -> Rounds:
        """Which rounds there are, and where each stands."""
        return Rounds(rounds=await parts.handler.read(ledger, _all))

    @router.get("/{ledger}/rounds/{round}", operation_id="read-round", responses=READS)
    async def read_round(
        ledger: Ledger,
        round: RoundId,  # noqa: A002
        reader: Annotated[Reader, Depends(reading)],
    ) -> ShownRound:
        """The round, and the report that the head approves and the ministry gets."""
        state, opens, delivery = await parts.handler.read(ledger, lambda view: _found(view, round))
        compiled = state.compiled
        if state.stage not in _DELIVERED and not (reader.has(Role.HEAD, Role.COORDINATOR) or reader.looks.covers(None)):
            compiled = None
        deliveries = [state.first_delivery] if state.first_delivery is not None else []
        if state.last_delivery not in (None, state.first_delivery):
            deliveries.append(state.last_delivery)
        opened = await Opened.of(parts.store, ledger, [compiled, *deliveries])
        year, kind = parse_round(round)
        return ShownRound(
            round=round,
            year=year,
            kind=kind,
            stage=state.stage,
            version=None if state.opened is None else state.opened.version,
            opens=opens,
            chain=[] if state.opened is None else list(state.opened.chain),
            scope=[opened.json(each) for each in state.scope.values()],
            not_due=list(state.not_due),
            deadlines=[
                {**opened.json(each), "unit": unit}
                for (_, unit), each in state.deadlines.items()
                if unit is None or reader.may_follow(unit)
            ],
            delivery=opened.json(delivery),
            passed=[each for each in _passed(state) if each["unit"] is None or reader.may_follow(each["unit"])],
            escalated=[opened.json(each) for each in state.escalated if reader.may_follow(each.unit)],
            compiled=None
            if compiled is None
            else CompiledReport(**opened.json(compiled), compiled_by=sorted(state.compiler)),
            deliveries=[opened.json(each) for each in deliveries],
            reopening=opened.json(state.reopening),
        )

    return router


def _all(view: View) -> list[RoundInList]:
    years = sorted(view.get(ORGANISATION).years)
    wanted = [(year, kind) for year in years for kind in (RoundKind.HALF_YEAR, RoundKind.ANNUAL)]
    found: list[RoundInList] = []
    for year, kind in wanted:
        state, opens, _ = _found(view, f"{year}-{kind}")
        found.append(
            RoundInList(
                round=f"{year}-{kind}",
                year=year,
                kind=kind,
                stage=state.stage,
                version=None if state.opened is None else state.opened.version,
                opens=opens,
                reopened=state.reopening is not None,
            )
        )
    return found


def _found(view: View, round_id: str) -> tuple[Round, str | None, Any]:
    view.get(ORGANISATION)
    state = view.get(ROUND, round_id)
    if state.opened is not None:
        return state, str(to_json(state.opened.opens)), delivery_deadline(view, state)
    try:
        return state, str(to_json(opens_at(view, round_id))), None
    except Refused:
        return state, None, None


def _passed(state: Round) -> list[Shown]:
    found: list[Shown] = [
        {"kind": kind.value, "unit": unit, "instant": to_json(instant)} for kind, unit, instant in state.passed
    ]
    return sorted(found, key=lambda each: (each["instant"], each["kind"], each["unit"] or ""))
