"""The agency's light and the ministry's, side by side, and what the ministry's binds to."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from domain.assessment import FOLD as ASSESSMENT
from domain.assessment import Assessment, OpenAssessment, delivered_light, open_assessment, still_agreed
from domain.cycle import FOLD as CYCLE
from domain.cycle import Stage
from domain.errors import Refused
from domain.events.cycle import AssessmentOpened
from domain.item import FOLD as ITEM
from domain.item import Report
from domain.organisation import FOLD as ORGANISATION
from domain.round import FOLD as ROUND
from domain.values import SYSTEM, SubjectId, SubjectKind, TrafficLight
from domain.view import Act, View
from services.api.addresses import PREFIX, Ledger, Year
from services.api.callers import Callers
from services.api.looks import Watched
from services.api.parts import Parts
from services.api.problems import READS, Refusal
from services.api.reading import MINISTRY, Reader, readers
from services.opening import Opened

Shown = dict[str, Any]
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""The assessment opens with the delivery, whatever the time."""
_STATED = frozenset({Stage.STATED, Stage.CLOSED})


class Assessed(BaseModel):
    """A subject: what the agency delivered, and the ministry's light for it."""

    model_config = ConfigDict(extra="forbid")

    subject: str
    kind: SubjectKind
    revision: int = Field(description="The delivered revision; 0 for a gap.")
    delivered: str = Field(description="The delivered digest: what the ministry's light binds to.")
    light: TrafficLight | None = Field(description="The agency's.")
    report: Shown | None = Field(description="The delivered report with its words.")
    ministry: Shown | None = Field(
        description="The ministry's {light, rationale, excused, revision, delivered, transcribed}; null if none."
    )
    stale: bool = Field(description="It was corrected after it was assessed.")


class ShownAssessment(BaseModel):
    """What the ministry assesses. Its lights are its own until the statement is issued."""

    model_config = ConfigDict(extra="forbid")

    year: int
    statement_due: Shown
    subjects: list[Assessed]
    comments: list[Shown] = Field(description="The ministry's comments on milestones: {subject, comment}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    opened: AssessmentOpened
    stated: bool
    subjects: list[tuple[SubjectId, SubjectKind, int, str, TrafficLight | None, Report | None, Assessment]]
    milestones: list[tuple[SubjectId, Assessment]]


def assessment_of(view: View, year: int) -> AssessmentOpened:
    """What is assessed in a year, also where the system's step isn't taken yet. Errors: `not-assessing`."""
    state = view.get(CYCLE, year)
    if state.assessment is not None:
        return state.assessment
    try:
        [opened] = open_assessment(view, Act(by=SYSTEM, at=_ANY_TIME), OpenAssessment(year=year))
    except Refused as refused:
        raise Refused("not-assessing", f"Nothing is assessed in {year} yet: {refused.message}", rule="R5") from refused
    if not isinstance(opened, AssessmentOpened):
        raise TypeError(opened.type)
    return opened


def routes(parts: Parts, callers: Callers) -> APIRouter:
    """GET /{ledger}/cycles/{year}/assessment."""
    router = APIRouter(tags=["reads"], prefix=PREFIX, route_class=Watched)
    reading = readers(parts, callers)

    @router.get("/{ledger}/cycles/{year}/assessment", operation_id="read-assessment", responses=READS)
    async def assessment(ledger: Ledger, year: Year, reader: Annotated[Reader, Depends(reading)]) -> ShownAssessment:
        """Each target and indicator that is assessed: the agency's delivered light, and the ministry's."""
        try:
            found: _Found = await parts.handler.read(ledger, lambda view: _found(view, year))
        except Refused as refused:
            raise Refusal(404, refused.code, refused.message, field="year", rule=refused.rule) from refused
        lights = found.stated or reader.has(*MINISTRY) or reader.looks.covers(None)
        records: list[Any] = [each[5] for each in found.subjects]
        if lights:
            records += [each[6].last for each in found.subjects] + [each.comment for _, each in found.milestones]
        opened = await Opened.of(parts.store, ledger, records)
        return ShownAssessment(
            year=year,
            statement_due=opened.json(found.opened.statement),
            subjects=[
                Assessed(
                    subject=subject,
                    kind=kind,
                    revision=revision,
                    delivered=delivered,
                    light=light,
                    report=None if report is None else {"type": report.type, **opened.json(report)},
                    ministry=opened.json(each.last) if lights else None,
                    stale=lights and each.last is not None and each.last.delivered != delivered,
                )
                for subject, kind, revision, delivered, light, report, each in found.subjects
            ],
            comments=[
                {"subject": subject, "comment": opened.text(each.comment.comment)}
                for subject, each in found.milestones
                if lights and each.comment is not None
            ],
        )

    return router


def _found(view: View, year: int) -> _Found:
    view.get(ORGANISATION)
    opened = assessment_of(view, year)
    state, annual = view.get(CYCLE, year), view.get(ROUND, f"{year}-annual")
    agreed = still_agreed(view, year, opened.subjects)
    subjects = [each.subject for each in agreed]
    milestones = [each.subject for each in annual.scope.values() if each.kind is SubjectKind.MILESTONE]
    items = view.get_all(ITEM, [(f"{year}-annual", each) for each in subjects])
    assessed = view.get_all(ASSESSMENT, [(year, each) for each in subjects])
    commented = view.get_all(ASSESSMENT, [(year, each) for each in milestones])
    return _Found(
        opened=opened,
        stated=state.stage in _STATED,
        subjects=[
            (
                each.subject,
                each.kind,
                *delivered_light(view, annual, each.subject),
                None if item.delivered is None else item.delivered.content.report,
                own,
            )
            for each, item, own in zip(agreed, items, assessed, strict=True)
        ],
        milestones=list(zip(milestones, commented, strict=True)),
    )
