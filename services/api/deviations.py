"""A deviation and its corrective action; a milestone that was reached after its year."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from domain.deviation import FOLD as DEVIATION
from domain.deviation import Stage
from domain.item import FOLD as ITEM
from domain.late_completion import FOLD as SUBJECT
from domain.late_completion import Stage as LateStage
from domain.organisation import FOLD as ORGANISATION
from domain.values import Role, SubjectId
from domain.view import View
from services.api.addresses import Ledger, Subject, Year
from services.api.bound import LateContent
from services.api.callers import Callers
from services.api.looks import Watched
from services.api.parts import Parts
from services.api.problems import READS, Refusal
from services.api.reading import Reader, readers
from services.opening import Opened

Shown = dict[str, Any]


class ShownDeviation(BaseModel):
    """The deviation of a subject in a year."""

    model_config = ConfigDict(extra="forbid")

    year: int
    subject: str
    stage: Stage
    content: Shown | None = Field(description="The light and its explanation as signed off last; null if not readable.")
    closure_proposed: bool = Field(description="The subject was signed off GREEN since.")
    reporters: list[str] = Field(description="Those who said that the action is done; none of them may close it.")


class ShownLateCompletion(BaseModel):
    """A milestone that was reached after its year."""

    model_config = ConfigDict(extra="forbid")

    subject: str
    stage: LateStage
    content: LateContent = Field(description="What was recorded; its `digest` is what a sign-off binds to.")
    preparers: list[str]


def routes(parts: Parts, callers: Callers) -> APIRouter:
    """GET /{ledger}/deviations/{year}/{subject}, /{ledger}/late-completions/{subject}."""
    router = APIRouter(tags=["reads"], route_class=Watched)
    reading = readers(parts, callers)

    @router.get("/{ledger}/deviations/{year}/{subject}", operation_id="read-deviation", responses=READS)
    async def deviation(
        ledger: Ledger, year: Year, subject: Subject, reader: Annotated[Reader, Depends(reading)]
    ) -> ShownDeviation:
        """A deviation, for its unit and the head; its state for the coordinator; delivered ones for all."""

        def question(view: View) -> tuple[Any, Any, Any]:
            state = view.get(DEVIATION, year, subject)
            item = None if state.last is None else view.get(ITEM, state.last.round, subject)
            return state, item, view.get(ORGANISATION)

        state, item, organisation = await parts.handler.read(ledger, question)
        if state.last is None:
            raise Refusal(404, "no-deviation", f"{subject!r} has no deviation in {year}.", field="subject")
        delivered = None if item.delivered is None else item.delivered.content.report
        was_delivered = delivered is not None and delivered.explanation == state.last.explanation
        unit = organisation.successor_for(year, state.last.unit, reader.today)
        readable = was_delivered or reader.may_read_draft(unit, SubjectId(subject))
        if not readable and not reader.has(Role.COORDINATOR):
            raise Refusal(403, "not-permitted", "You may read this when it is delivered.", rule="PROCESS, read")
        opened = await Opened.of(parts.store, ledger, [state.last] if readable else [])
        return ShownDeviation(
            year=year,
            subject=subject,
            stage=state.stage,
            content=opened.json(state.last) if readable else None,
            closure_proposed=state.closure_proposed,
            reporters=sorted(state.reporters),
        )

    @router.get("/{ledger}/late-completions/{subject}", operation_id="read-late-completion", responses=READS)
    async def late_completion(
        ledger: Ledger, subject: Subject, reader: Annotated[Reader, Depends(reading)]
    ) -> ShownLateCompletion:
        """A late completion: signed off for all, before that for its unit and the head."""
        state, organisation = await parts.handler.read(
            ledger, lambda view: (view.get(SUBJECT, subject), view.get(ORGANISATION))
        )
        if state.recorded is None:
            raise Refusal(404, "no-late-completion", f"{subject!r} wasn't reached late.", field="subject")
        unit = organisation.successor_for(state.recorded.year, state.recorded.unit, reader.today)
        if state.late is not LateStage.SIGNED_OFF and not reader.may_read_draft(unit, SubjectId(subject)):
            raise Refusal(403, "not-permitted", "You may read this when it is signed off.", rule="PROCESS, read")
        opened = await Opened.of(parts.store, ledger, [state.recorded])
        return ShownLateCompletion(
            subject=subject,
            stage=state.late,
            content=LateContent(**opened.json(state.recorded)),
            preparers=sorted(state.preparers),
        )

    return router
