"""Engagements of auditors, and their findings: what was found, what the agency answered, what is open."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from domain.events.engagement import ENGAGEMENTS, EngagementClosed, EngagementOpened, FindingClosed, FindingRaised
from domain.events.engagement import FindingAnswered as Answered
from domain.values import Date, Role
from domain.view import Fact
from services.api.addresses import PREFIX, UnitFilter
from services.api.bodies import SLUG
from services.api.callers import Callers
from services.api.looks import Watched
from services.api.parts import Parts
from services.api.problems import READS, Refusal
from services.api.reading import Reader, readers
from services.api.told import Story, Told, story

_OVERSEEING = (Role.COORDINATOR, Role.HEAD, Role.AUDITOR)


class EngagementStage(StrEnum):
    """Whether its auditors may look: not yet, now, no more, or closed before its time or after."""

    TO_COME = "to-come"
    IN_FORCE = "in-force"
    OVER = "over"
    CLOSED = "closed"


class FindingStage(StrEnum):
    """Who must act next: the agency answers what is raised, an auditor closes what is answered."""

    RAISED = "raised"
    ANSWERED = "answered"
    CLOSED = "closed"


class ShownEngagement(BaseModel):
    """An engagement. `opened` says body, auditors, subjects (none: the whole ledger), period, dates and basis."""

    model_config = ConfigDict(extra="forbid")

    engagement: str
    stage: EngagementStage
    opened: Told
    closed: Told | None
    findings: dict[FindingStage, int] = Field(description="How many findings stand where.")


class ShownFinding(BaseModel):
    """A finding. `raised` says control, severity, unit, subjects, the positions that show it, and the text."""

    model_config = ConfigDict(extra="forbid")

    engagement: str
    finding: str
    stage: FindingStage
    raised: Told
    answered: Told | None = Field(description="The last answer: {agreed, mended_by, text}.")
    closed: Told | None = Field(description="How it ended: {outcome, text}.")


class Engagements(BaseModel):
    """All engagements, in the order in which they were opened."""

    model_config = ConfigDict(extra="forbid")

    engagements: list[ShownEngagement]


class Findings(BaseModel):
    """The findings that the caller may read, in the order in which they were raised."""

    model_config = ConfigDict(extra="forbid")

    findings: list[ShownFinding]


def routes(parts: Parts, callers: Callers) -> APIRouter:
    """GET /{ledger}/engagements, /{ledger}/findings."""
    router = APIRouter(tags=["audit"], prefix=PREFIX + "/{ledger}", route_class=Watched)
    reading = readers(parts, callers)

    @router.get("/engagements", operation_id="list-engagements", responses=READS)
    async def engagements(reader: Annotated[Reader, Depends(reading)]) -> Engagements:
        """Who audits what, and since when. For the head, coordinators and auditors."""
        if not reader.has(*_OVERSEEING):
            raise Refusal(403, "not-permitted", "Only the head, a coordinator or an auditor reads this.")
        told = await story(parts, reader, ENGAGEMENTS, "engagement/")
        closed = {each.event.engagement: each for each in told.facts if isinstance(each.event, EngagementClosed)}
        findings = _findings(told)
        return Engagements(
            engagements=[
                ShownEngagement(
                    engagement=event.engagement,
                    stage=_stage(event, reader.today, closed=event.engagement in closed),
                    opened=told.tell(each),
                    closed=told.perhaps(closed.get(event.engagement)),
                    findings={
                        stage: sum(one.stage is stage for one in findings if one.engagement == event.engagement)
                        for stage in FindingStage
                    },
                )
                for each in told.facts
                if isinstance(event := each.event, EngagementOpened)
            ]
        )

    @router.get("/findings", operation_id="list-findings", responses=READS)
    async def findings(
        reader: Annotated[Reader, Depends(reading)],
        engagement: Annotated[str | None, Query(pattern=SLUG, description="Only those of this engagement.")] = None,
        stage: Annotated[FindingStage | None, Query(description="Only those in this stage.")] = None,
        unit: UnitFilter = None,
    ) -> Findings:
        """What auditors found. Head and coordinators read all, auditors their engagements', a unit its own."""
        found = _findings(await story(parts, reader, "engagement/"))
        return Findings(
            findings=[
                each
                for each in found
                if engagement in (None, each.engagement)
                and stage in (None, each.stage)
                and unit in (None, (each.raised.model_extra or {})["unit"])
            ]
        )

    return router


def _stage(event: EngagementOpened, today: Date, *, closed: bool) -> EngagementStage:
    if closed:
        return EngagementStage.CLOSED
    if today < event.valid_from:
        return EngagementStage.TO_COME
    return EngagementStage.IN_FORCE if today <= event.valid_to else EngagementStage.OVER


def _findings(told: Story) -> list[ShownFinding]:
    """The findings whose raising the reader may read."""
    last: dict[tuple[type, str, str], Fact] = {
        (type(each.event), each.event.engagement, each.event.finding): each
        for each in told.facts
        if isinstance(each.event, FindingRaised | Answered | FindingClosed)
    }
    shown = []
    for (kind, engagement, finding), raised in last.items():
        if kind is not FindingRaised or not told.whole(raised):
            continue
        answered, closed = last.get((Answered, engagement, finding)), last.get((FindingClosed, engagement, finding))
        stage = FindingStage.RAISED if answered is None else FindingStage.ANSWERED
        shown.append(
            ShownFinding(
                engagement=engagement,
                finding=finding,
                stage=stage if closed is None else FindingStage.CLOSED,
                raised=told.tell(raised),
                answered=told.perhaps(answered),
                closed=told.perhaps(closed),
            )
        )
    return shown
