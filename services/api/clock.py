"""The clock of a demo ledger: what it shows, what comes next, and how to step to it. No other ledger has one."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from domain.calendar import day_of, days_after
from domain.events.codec import to_json
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import Organisation
from domain.reminding import morning
from domain.values import Date
from domain.view import View
from projections.deadlines import OPEN
from services.api.addresses import PREFIX, Ledger
from services.api.callers import Callers
from services.api.errors import invalid_body
from services.api.instants import instant
from services.api.parts import Parts
from services.api.problems import READS, RETRY_SECONDS, WRITES, Refusal
from services.api.raw import whole
from services.api.reading import Reader, readers
from services.demo.clock import Clock, NextStage, Unsettled, next_stage
from services.readmodels import ReadModels

WALK_SECONDS = 2.0
"""How long one answer goes on stepping; what is further away is gone to in several."""


class NextDay(BaseModel):
    """The morning of the next day."""

    model_config = ConfigDict(extra="forbid")

    at: str = Field(description="Where a step to it leads; what `until` takes.")


class ComingDeadline(NextDay):
    """The next date that nobody has met yet. `at` is the morning of its day, when it can still be met."""

    kind: str = Field(description="`unit`, `director`, `head`, `delivery`, `redelivery`, `final-accounts` and so on.")
    round: str | None
    date: str
    instant: str = Field(description="When it will have passed.")


class ComingStage(NextDay):
    """What the calendar opens or closes next."""

    kind: str = Field(description="`cycle-opens`, `round-opens`, `round-closes` or `cycle-closes`.")
    year: int
    round: str | None


class ShownClock(BaseModel):
    """What a demo's clock shows, and where one can step to."""

    model_config = ConfigDict(extra="forbid")

    now: str
    today: str = Field(description="Its day in Helsinki.")
    next: str | None = Field(description="When the calendar takes its next step: a reminder, a date that passes.")
    day: NextDay
    deadline: ComingDeadline | None
    stage: ComingStage | None = Field(description="Null where people must act first.")


class Step(BaseModel):
    """Where to step to: one of both."""

    model_config = ConfigDict(extra="forbid")

    to: Literal["next-day", "next-deadline", "next-stage"] | None = None
    until: Annotated[AwareDatetime | None, BeforeValidator(instant("until"))] = Field(
        None, description="An instant, such as an `at`. Sent twice, it is one step."
    )
    now: Annotated[AwareDatetime | None, BeforeValidator(instant("now"))] = Field(
        None,
        description="What the clock showed. If it has gone on since, nothing is done.",
    )

    @model_validator(mode="after")
    def _one(self) -> "Step":
        if (self.to is None) == (self.until is None):
            raise PydanticCustomError("one_of_two", "Say either `to` or `until`")
        return self


class Stepped(BaseModel):
    """How far the clock came. Where it hasn't arrived, send `until` again."""

    model_config = ConfigDict(extra="forbid")

    now: str
    arrived: bool
    until: str
    next: str | None = Field(description="When the calendar takes its next step.")


def routes(
    parts: Parts,
    callers: Callers,
    models: ReadModels,
    clocks: Callable[[str], Clock],
    temporal: Callable[[], Awaitable[bool]] | None,
) -> APIRouter:
    """GET and POST /{ledger}/clock. `clocks` makes the clock of a ledger, `temporal` says whether the workflows run."""
    router = APIRouter(tags=["demo"], prefix=PREFIX + "/{ledger}/clock")
    reading = readers(parts, callers)
    turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def coming(ledger: str, now: datetime) -> ShownClock:
        organisation, stage = await parts.handler.read(ledger, lambda view: _found(view, now))
        return ShownClock(
            now=_said(now),
            today=day_of(now),
            next=_perhaps(await clocks(ledger).next_owed()),
            day=NextDay(at=_said(morning(days_after(day_of(now), 1)))),
            deadline=await _deadline(parts, models, ledger, organisation, now),
            stage=None
            if stage is None
            else ComingStage(at=_said(stage.at), kind=stage.kind, year=stage.year, round=stage.round),
        )

    @router.get("", operation_id="read-clock", responses=READS)
    async def clock(ledger: Ledger, reader: Annotated[Reader, Depends(reading)]) -> ShownClock:
        """What the demo's clock shows, and what comes next. Other ledgers have no such address."""
        await _demo(parts, ledger)
        return await coming(ledger, reader.now)

    @router.post(
        "",
        operation_id="step-clock",
        responses=WRITES,
        dependencies=[Depends(reading)],
        openapi_extra={
            "requestBody": {"required": True, "content": {"application/json": {"schema": Step.model_json_schema()}}}
        },
    )
    async def step(request: Request, ledger: Ledger) -> Stepped:
        """Step the demo's clock. The calendar's steps on the way are taken by the workflows; long ways take several."""
        try:
            body = Step.model_validate_json(await whole(request))
        except ValidationError as error:
            raise invalid_body(error) from error
        await _demo(parts, ledger)
        if temporal is not None and not await temporal():
            raise _away("The workflows can't be reached, so the calendar takes no steps.")
        async with turns[ledger]:
            now = await parts.handler.now(ledger)
            until, arrived = now, True
            if body.now in (None, now):
                until = body.until or _until(body.to, await coming(ledger, now))
                try:
                    arrived = until == now or await clocks(ledger).walk(until, WALK_SECONDS)
                except Unsettled as unsettled:
                    raise _away("What the calendar owes isn't done yet.") from unsettled
            return Stepped(
                now=_said(await parts.handler.now(ledger)),
                arrived=arrived,
                until=_said(until),
                next=_perhaps(await clocks(ledger).next_owed()),
            )

    return router


async def _demo(parts: Parts, ledger: str) -> None:
    """Refuse where the clock is the wall's."""
    state: Organisation = await parts.handler.read(ledger, lambda view: view.get(ORGANISATION))
    if state.opened is None or not state.opened.demo:
        raise Refusal(404, "not-a-demo", "This ledger's clock is the wall clock; only a demo's can be set.")


def _found(view: View, now: datetime) -> tuple[Organisation, NextStage | None]:
    return view.get(ORGANISATION), next_stage(view, now)


async def _deadline(
    parts: Parts, models: ReadModels, ledger: str, organisation: Organisation, now: datetime
) -> ComingDeadline | None:
    """The first of the dates that are to come, and in whose morning the clock isn't yet."""
    head = await parts.store.head(ledger)
    found: list[ComingDeadline] = []
    for year in sorted(organisation.years):
        dates = await models.deadlines(ledger, year, now, min_position=head)
        found += [
            ComingDeadline(
                at=_said(morning(Date(each["date"]))),
                kind=each["kind"],
                round=each["round"],
                date=each["date"],
                instant=each["instant"],
            )
            for each in dates.value
            if each["state"] == OPEN and each["outstanding"] and morning(Date(each["date"])) > now
        ]
    return min(found, key=lambda each: each.at, default=None)


def _until(to: str | None, clock: ShownClock) -> datetime:
    """Where a step leads."""
    place = {"next-day": clock.day, "next-deadline": clock.deadline, "next-stage": clock.stage}[to or ""]
    if place is None:
        raise Refusal(
            409,
            "nothing-to-come",
            "No such date is determined now.",
            field="to",
            mend="Let people act first, or step to the next day.",
        )
    return datetime.fromisoformat(place.at)


def _away(why: str) -> Refusal:
    return Refusal(
        503,
        "workflows-unavailable",
        why,
        mend="See that Temporal and a worker run, and send it again.",
        headers={"Retry-After": str(RETRY_SECONDS)},
    )


def _said(at: datetime) -> str:
    return str(to_json(at))


def _perhaps(at: datetime | None) -> str | None:
    return None if at is None else _said(at)


__all__ = ["routes"]
