"""A deviation and its corrective action; a milestone that was reached after its year."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from domain.deviation import FOLD as DEVIATION
from domain.deviation import Deviation, Stage
from domain.item import FOLD as ITEM
from domain.item import Item
from domain.late_completion import FOLD as SUBJECT
from domain.late_completion import Stage as LateStage
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import Organisation
from domain.round import FOLD as ROUND
from domain.values import Role, RoundKind, SubjectId, UnitId
from domain.view import View
from services.api.addresses import PREFIX, Ledger, Subject, Year
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
    unit: str = Field(description="Whose director decides on it.")
    stage: Stage
    content: Shown | None = Field(description="The light and its explanation as signed off last; null if not readable.")
    closure_proposed: bool = Field(description="The subject was signed off GREEN since.")
    action: Shown | None = Field(description="What was said of the action last, by its `type`; null if not readable.")
    reporters: list[str] = Field(description="Those who said that the action is done; none of them may close it.")


class Deviations(BaseModel):
    """The deviations of a year that the caller may know of, in the order of their subjects."""

    model_config = ConfigDict(extra="forbid")

    year: int
    deviations: list[ShownDeviation]


class ShownLateCompletion(BaseModel):
    """A milestone that was reached after its year."""

    model_config = ConfigDict(extra="forbid")

    subject: str
    stage: LateStage
    content: LateContent = Field(description="What was recorded; its `digest` is what a sign-off binds to.")
    preparers: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A deviation that was opened, with what says who may read it."""

    year: int
    subject: SubjectId
    state: Deviation
    item: Item
    organisation: Organisation

    def unit(self, reader: Reader) -> UnitId:
        """The unit that reported it, or its successor (case 5)."""
        reported = "" if self.state.last is None else self.state.last.unit
        return self.organisation.successor_for(self.year, UnitId(reported), reader.today)

    def readable(self, reader: Reader) -> bool:
        """Whether its content may be read: once it was delivered by all, before that by its unit and the head."""
        delivered = None if self.item.delivered is None else self.item.delivered.content.report
        last = self.state.last
        was_delivered = delivered is not None and last is not None and delivered.explanation == last.explanation
        return was_delivered or reader.may_read_draft(self.unit(reader), self.subject)

    def known(self, reader: Reader) -> bool:
        """Whether its state may be known."""
        return self.readable(reader) or reader.has(Role.COORDINATOR)

    def records(self, reader: Reader) -> list[Any]:
        """What is to be opened for a reader."""
        return [self.state.last, self._action(reader)] if self.readable(reader) else []

    def shown(self, reader: Reader, opened: Opened) -> ShownDeviation:
        """As JSON for a reader."""
        state, action = self.state, self._action(reader)
        return ShownDeviation(
            year=self.year,
            subject=self.subject,
            unit=self.unit(reader),
            stage=state.stage,
            content=opened.json(state.last) if self.readable(reader) else None,
            closure_proposed=state.closure_proposed,
            action=None if action is None else {"type": action.type, **opened.json(action)},
            reporters=sorted(state.reporters),
        )

    def _action(self, reader: Reader) -> Any:
        """What was said of the action last: it isn't part of a delivery, so it is its unit's and the head's."""
        return self.state.action if reader.may_read_draft(self.unit(reader), self.subject) else None


def routes(parts: Parts, callers: Callers) -> APIRouter:
    """GET /{ledger}/deviations/{year}, …/{subject}, and /{ledger}/late-completions/{subject}."""
    router = APIRouter(tags=["reads"], prefix=PREFIX, route_class=Watched)
    reading = readers(parts, callers)

    @router.get("/{ledger}/deviations/{year}", operation_id="list-deviations", responses=READS)
    async def deviations(ledger: Ledger, year: Year, reader: Annotated[Reader, Depends(reading)]) -> Deviations:
        """The year's deviations, open and closed."""

        def question(view: View) -> list[_Found]:
            rounds = view.get_all(ROUND, [(f"{year}-{kind}",) for kind in RoundKind])
            return list(_opened(view, year, sorted({subject for each in rounds for subject in each.scope})))

        found = [each for each in await parts.handler.read(ledger, question) if each.known(reader)]
        opened = await Opened.of(parts.store, ledger, [one for each in found for one in each.records(reader)])
        return Deviations(year=year, deviations=[each.shown(reader, opened) for each in found])

    @router.get("/{ledger}/deviations/{year}/{subject}", operation_id="read-deviation", responses=READS)
    async def deviation(
        ledger: Ledger, year: Year, subject: Subject, reader: Annotated[Reader, Depends(reading)]
    ) -> ShownDeviation:
        """A deviation, for its unit and the head; its state for the coordinator; delivered ones for all."""
        found: list[_Found] = await parts.handler.read(
            ledger, lambda view: list(_opened(view, year, [SubjectId(subject)]))
        )
        if not found:
            raise Refusal(404, "no-deviation", f"{subject!r} has no deviation in {year}.", field="subject")
        [one] = found
        if not one.known(reader):
            raise Refusal(403, "not-permitted", "You may read this when it is delivered.", rule="PROCESS, read")
        return one.shown(reader, await Opened.of(parts.store, ledger, one.records(reader)))

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


def _opened(view: View, year: int, subjects: list[SubjectId]) -> Iterator[_Found]:
    """Of these subjects, those that had a deviation in the year."""
    organisation = view.get(ORGANISATION)
    states = dict(zip(subjects, view.get_all(DEVIATION, [(year, each) for each in subjects]), strict=True))
    places = {subject: state.last.round for subject, state in states.items() if state.last is not None}
    items = view.get_all(ITEM, [(round_id, subject) for subject, round_id in places.items()])
    for subject, item in zip(places, items, strict=True):
        yield _Found(year=year, subject=subject, state=states[subject], item=item, organisation=organisation)
