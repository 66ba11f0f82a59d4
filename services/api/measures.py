"""Measures of the recovery plan: which items count for them, what verifies those, what is still lacking (R9, R13)."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from domain.events.rrf import (
    GapKind,
    InterestDeclared,
    ItemLinkedToMeasure,
    MeasureRecorded,
    RecipientsRecorded,
    RetentionRecorded,
    RrfGap,
    VerificationSummaryRecorded,
)
from domain.item import FOLD as ITEM
from domain.measure import FOLD as MEASURE
from domain.rrf_link import still_lacking
from domain.subject import FOLD as SUBJECT
from domain.view import Fact, View
from services.api.addresses import PREFIX
from services.api.bodies import SLUG
from services.api.callers import Callers
from services.api.looks import Watched
from services.api.parts import Parts
from services.api.problems import READS, Refusal
from services.api.reading import Reader, readers
from services.api.told import Story, Told, story

_MEASURE = Annotated[str, Path(pattern=SLUG, description="A measure of the recovery plan, by its id here.")]
Key = tuple[Any, ...]


class ShownGap(BaseModel):
    """What the time before a link lacked (case 21). `open`: it is lacking still."""

    model_config = ConfigDict(extra="forbid")

    kind: GapKind
    round: str | None
    person: str | None = Field(description="The signer who hadn't declared their interests.")
    open: bool


class ShownLink(BaseModel):
    """An item that counts for the measure. `linked` says kind, reference, from when, and on what basis."""

    model_config = ConfigDict(extra="forbid")

    subject: str
    linked: Told
    gaps: list[ShownGap]
    summaries: list[Told] = Field(description="The verification of each year: {year, summary, documents}.")


class ShownMeasure(BaseModel):
    """A measure. Of what the caller may not read the fields are absent: by whom and when it was recorded stays."""

    model_config = ConfigDict(extra="forbid")

    measure: str
    recorded: Told = Field(description="As the plan has it now: {code, title, section}.")
    retention: Told | None = Field(description="{balance_paid_on, years, until, basis}; null: kept without end (R13).")
    items: list[ShownLink]
    recipients: list[Told] = Field(description="The data of Art. 22(2)(d), the last of each year.")
    interests: list[Told] = Field(description="The declared interests, the last of each person and year (C17).")


class Measures(BaseModel):
    """All measures, by their ids."""

    model_config = ConfigDict(extra="forbid")

    measures: list[ShownMeasure]


def routes(parts: Parts, callers: Callers) -> APIRouter:
    """GET /{ledger}/measures, …/measures/{measure}."""
    router = APIRouter(tags=["reads"], prefix=PREFIX + "/{ledger}/measures", route_class=Watched)
    reading = readers(parts, callers)

    @router.get("", operation_id="list-measures", responses=READS)
    async def measures(reader: Annotated[Reader, Depends(reading)]) -> Measures:
        """The measures, their items, and what is lacking of each."""
        return Measures(measures=await _shown(parts, reader, "rrf/"))

    @router.get("/{measure}", operation_id="read-measure", responses=READS)
    async def one(measure: _MEASURE, reader: Annotated[Reader, Depends(reading)]) -> ShownMeasure:
        """One measure with all that auditors of the facility ask for (C10)."""
        found = [each for each in await _shown(parts, reader, f"rrf/{measure}") if each.measure == measure]
        if not found:
            raise Refusal(404, "unknown-measure", f"There is no measure {measure!r}.", field="measure")
        return found[0]

    return router


async def _shown(parts: Parts, reader: Reader, beginning: str) -> list[ShownMeasure]:
    """The measures whose streams begin so, by their ids."""
    told = await story(parts, reader, beginning, "subject/")
    recorded = _last(told.facts, MeasureRecorded, "measure")
    links = _last(told.facts, ItemLinkedToMeasure, "measure", "subject")
    lacking: dict[Key, frozenset[RrfGap]] = await parts.handler.read(
        reader.ledger, lambda view: _lacking(view, [each.event for each in links.values()])
    )
    return [
        ShownMeasure(
            measure=key[0],
            recorded=told.tell(fact),
            retention=told.perhaps(_last(told.facts, RetentionRecorded, "measure").get(key)),
            items=[_link(told, link, lacking[at]) for at, link in sorted(links.items()) if at[0] == key[0]],
            recipients=_of(told, key[0], RecipientsRecorded, "year"),
            interests=_of(told, key[0], InterestDeclared, "year", "person"),
        )
        for key, fact in sorted(recorded.items())
    ]


def _link(told: Story, link: Fact, lacking: frozenset[RrfGap]) -> ShownLink:
    event: Any = link.event
    summaries = _last(told.facts, VerificationSummaryRecorded, "measure", "subject", "year")
    return ShownLink(
        subject=event.subject,
        linked=told.tell(link),
        gaps=[
            ShownGap(kind=gap.kind, round=gap.round, person=gap.person, open=gap in lacking)
            for gap in event.gaps
            if told.whole(link)
        ],
        summaries=[
            told.tell(each) for key, each in sorted(summaries.items()) if key[:2] == (event.measure, event.subject)
        ],
    )


def _of(told: Story, measure: str, kind: type, *names: str) -> list[Told]:
    """What was recorded last of a measure for each year, or year and person."""
    found = _last(told.facts, kind, "measure", *names)
    return [told.tell(each) for key, each in sorted(found.items()) if key[0] == measure]


def _last(facts: Iterable[Fact], kind: type, *names: str) -> dict[Key, Fact]:
    """The last event of a type for each value of some of its fields."""
    return {tuple(getattr(each.event, name) for name in names): each for each in facts if isinstance(each.event, kind)}


def _lacking(view: View, links: Sequence[Any]) -> dict[Key, frozenset[RrfGap]]:
    """What each link still lacks. All streams are asked for at once, whatever the number of links."""
    view.get_all(MEASURE, {(each.measure,) for each in links})
    view.get_all(SUBJECT, {(each.subject,) for each in links})
    view.get_all(ITEM, {(gap.round, each.subject) for each in links for gap in each.gaps if gap.round is not None})
    return {(each.measure, each.subject): still_lacking(view, each) for each in links}
