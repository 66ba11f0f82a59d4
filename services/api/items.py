"""Items as one edits and approves them: read from their streams, with what a decision must bind itself to."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from domain.agreement import FOLD as AGREEMENT
from domain.deviation import FOLD as DEVIATION
from domain.deviation import Stage as DeviationStage
from domain.events.codec import to_json
from domain.events.item import Bound
from domain.item import FOLD as ITEM
from domain.item import Content, Item, Stage, accountable, bound
from domain.organisation import FOLD as ORGANISATION
from domain.report import contributing, milestones_now
from domain.round import FOLD as ROUND
from domain.round import Round, parse_round, scoped, unit_deadline
from domain.round import Stage as RoundStage
from domain.traffic_light import suggested
from domain.values import Date, Deadline, Role, RoundKind, SubjectId, SubjectKind, UnitId
from domain.view import View
from services.api.addresses import PREFIX, After, Ledger, Limit, RoundId, Subject, UnitFilter
from services.api.bound import BoundMilestone, DeliveredRevision, ShownBound
from services.api.callers import Callers
from services.api.looks import Watched
from services.api.parts import Parts
from services.api.problems import READS, Refusal
from services.api.reading import Reader, readers
from services.api.revisions import Revision, revision_of, revisions
from services.opening import Opened

Shown = dict[str, Any]
_MOST_REVISIONS = 1_000_000


class ShownItem(BaseModel):
    """An item. What the reader may not see is null; `content` says what `report` is."""

    model_config = ConfigDict(extra="forbid")

    subject: str
    kind: SubjectKind
    stage: Stage
    unit: str = Field(description="Accountable today.")
    target: str | None = Field(description="A milestone's target.")
    previous: str | None = Field(description="The round before, where the same was reported there.")
    revision: int
    digest: str = Field(description="Of the content; it is the ETag.")
    bound: ShownBound = Field(description="What submitting and signing off bind to: {subject, revision, digest}.")
    seen: str | None = Field(description="What a report command takes as `seen`; null while nothing is written.")
    content: str | None = Field(description="`draft`, `delivered`, or null if the content may not be read.")
    report: Shown | None = Field(description="The last report with its words; `type` names its kind.")
    evidence: list[Shown]
    preparers: list[str]
    deadline: Shown | None
    late: bool
    late_reason: str | Shown | None
    submitted: Shown | None
    returned: Shown | None
    endorsed: list[str]
    signed_by: str | None
    escalated: bool = Field(description="The sign-off has come to the head.")
    delivered: DeliveredRevision | None = Field(description="The delivered revision: {revision, digest}.")
    milestones: list[BoundMilestone] | None = Field(description="A target's milestones, each as it is bound.")
    suggested: int | None = Field(description="The light that a target's milestones suggest.")
    deviation: Shown | None = Field(description="The subject's deviation in the year: {stage, closure_proposed}.")


class ShownRevision(BaseModel):
    """A revision of an item as it was delivered, or, for those who read drafts, as it was signed off."""

    model_config = ConfigDict(extra="forbid")

    subject: str
    revision: int
    content: str = Field(description="`delivered` or `signed-off`.")
    digest: str
    report: Shown | None
    evidence: list[Shown]
    signed_by: str | None
    at: str = Field(description="When it was delivered or signed off.")
    done_by: str | None = Field(description="Who delivered it or signed it off.")


class ItemPage(BaseModel):
    """Items in the order of their subjects; `next` continues behind the last."""

    model_config = ConfigDict(extra="forbid")

    items: list[ShownItem]
    next: str | None


class Found:
    """An item as it stands, with all that its page needs of other streams. Made in one question to the state."""

    def __init__(self, view: View, round_id: str, subject: SubjectId, today: Date, now: datetime) -> None:
        """Raises `Refused` where the round or the subject isn't there."""
        self.round_id, self.subject = round_id, subject
        self.state: Round = view.get(ROUND, round_id)
        self.scope = scoped(round_id, self.state, subject)
        self.item: Item = view.get(ITEM, round_id, subject)
        self.unit: UnitId = accountable(self.item, self.scope.unit, today)
        version = None if self.state.opened is None else self.state.opened.version
        self.helping = contributing(view, round_id, view.get(AGREEMENT, version), subject, today)
        year = 0 if self.state.opened is None else self.state.opened.year
        self.deviation = view.get(DEVIATION, year, subject)
        before = round_before(round_id)
        self.previous = before if subject in view.get(ROUND, before).scope else None
        self.deadline: Deadline = unit_deadline(self.state, subject, self.item, today)
        self.late = now >= self.deadline.instant
        if self.item.submitted is not None:
            self.deadline, self.late = self.item.submitted.deadline, self.item.submitted.late
        elif self.item.stage in (Stage.DELIVERED, Stage.WITHDRAWN):
            self.late = False
        self.milestones: list[BoundMilestone] | None = None
        self.suggested: int | None = None
        if self.scope.kind is SubjectKind.TARGET:
            bounds, lights, no_need = milestones_now(view, round_id, self.state, subject)
            items = view.get_all(ITEM, [(round_id, each.subject) for each in bounds])
            self.milestones = [
                BoundMilestone(
                    subject=one.subject, revision=one.revision, digest=one.digest, stage=each.stage, light=light
                )
                for one, light, each in zip(bounds, lights, items, strict=True)
            ]
            light = suggested(lights, no_need=no_need)
            self.suggested = None if light is None else light.value

    def may_be_seen_by(self, reader: Reader) -> bool:
        """Whether anything of it may be seen: its state, or what was delivered."""
        return self.may_be_followed_by(reader) or self.item.delivered is not None

    def may_be_followed_by(self, reader: Reader) -> bool:
        """Whether its state may be seen before it is delivered."""
        return reader.has(Role.COORDINATOR) or self.draft_may_be_read_by(reader)

    def draft_may_be_read_by(self, reader: Reader) -> bool:
        """Whether its drafts may be read: by its unit, and by those that help, since they attach evidence, too."""
        return any(reader.may_read_draft(unit, self.subject) for unit in (self.unit, *self.helping))

    def records(self, reader: Reader) -> list[Any]:
        """What is to be opened for a reader."""
        content, _ = self.content(reader)
        follows = [self.item.submitted, self.item.returned] if self.may_be_followed_by(reader) else []
        return [content.report, *content.evidence, *follows]

    def content(self, reader: Reader) -> tuple[Content, str | None]:
        """What a reader may read of it now, and which that is: `draft`, `delivered`, or nothing."""
        if self.draft_may_be_read_by(reader):
            return self.item.content, "draft" if self.item.stage is not Stage.DELIVERED else "delivered"
        if self.item.delivered is not None:
            return self.item.delivered.content, "delivered"
        return Content(), None

    def shown(self, reader: Reader, opened: Opened) -> ShownItem:
        """As JSON for a reader."""
        item, (content, which) = self.item, self.content(reader)
        own = self.draft_may_be_read_by(reader)
        follows = self.may_be_followed_by(reader)
        now = bound(self.round_id, self.subject, item)
        if not follows and item.delivered is not None:
            now = Bound(subject=self.subject, revision=item.delivered.revision, digest=item.delivered.digest)
        report = None if content.report is None else {"type": content.report.type, **opened.json(content.report)}
        return ShownItem(
            subject=self.subject,
            kind=self.scope.kind,
            stage=item.stage if follows else Stage.DELIVERED,
            unit=self.unit,
            target=self.scope.target,
            previous=self.previous,
            revision=now.revision,
            digest=now.digest,
            bound=_bound(now),
            seen=None if item.content == Content() or not follows else now.digest,
            content=which,
            report=report,
            evidence=[opened.json(each) for each in content.evidence],
            preparers=sorted(item.preparers) if follows else [],
            deadline=deadline_json(self.deadline) if follows else None,
            late=self.late,
            late_reason=opened.text(item.submitted.late_reason) if follows and item.submitted else None,
            submitted=opened.json(item.submitted) if follows else None,
            returned=opened.json(item.returned) if follows else None,
            endorsed=list(item.endorsed) if follows else [],
            signed_by=item.signer if follows else None,
            escalated=follows and self.state.at_the_head(self.unit, self.subject),
            delivered=None
            if item.delivered is None
            else DeliveredRevision(revision=item.delivered.revision, digest=item.delivered.digest),
            milestones=self.milestones if own else None,
            suggested=self.suggested if own else None,
            deviation=None
            if self.deviation.stage is DeviationStage.ABSENT or not follows
            else {"stage": self.deviation.stage.value, "closure_proposed": self.deviation.closure_proposed},
        )


def all_found(view: View, round_id: str, reader: Reader, after: str | None = None) -> list[Found]:
    """The round's items in the order of their subjects, those behind `after`; all that they need is loaded at once."""
    view.get(ORGANISATION)
    state = view.get(ROUND, round_id)
    if state.stage is RoundStage.PLANNED:
        return []
    subjects = sorted(each for each in state.scope if after is None or each > after)
    view.get_all(ITEM, [(round_id, each) for each in subjects])
    view.get_all(DEVIATION, [(0 if state.opened is None else state.opened.year, each) for each in subjects])
    return [Found(view, round_id, each, reader.today, reader.now) for each in subjects]


def round_before(round_id: str) -> str:
    """The round before another one."""
    year, kind = parse_round(round_id)
    if kind is RoundKind.ANNUAL:
        return f"{year}-{RoundKind.HALF_YEAR}"
    return f"{year - 1}-{RoundKind.ANNUAL}"


def deadline_json(deadline: Deadline) -> Shown:
    """A deadline with its dates and its instant."""
    found: Any = to_json(deadline)
    return dict(found)


def _bound(one: Bound) -> ShownBound:
    return ShownBound(subject=one.subject, revision=one.revision, digest=one.digest)


def routes(parts: Parts, callers: Callers) -> APIRouter:
    """GET /{ledger}/rounds/{round}/items and …/items/{subject}."""
    router = APIRouter(tags=["reads"], prefix=PREFIX + "/{ledger}/rounds/{round}/items", route_class=Watched)
    reading = readers(parts, callers)

    @router.get("", operation_id="list-items", responses=READS)
    async def items(
        ledger: Ledger,
        round: RoundId,  # noqa: A002
        reader: Annotated[Reader, Depends(reading)],
        unit: UnitFilter = None,
        stage: Annotated[Stage | None, Query(description="Only those in this stage.")] = None,
        after: After = None,
        limit: Limit = 100,
    ) -> ItemPage:
        """The round's items that the caller may see, in the order of their subjects."""
        every: list[Found] = await parts.handler.read(ledger, lambda view: all_found(view, round, reader, after))
        found = [each for each in every if each.may_be_seen_by(reader)]
        found = [each for each in found if unit is None or each.unit == unit]
        found = [each for each in found if stage is None or each.item.stage is stage]
        page, rest = found[:limit], found[limit:]
        opened = await Opened.of(parts.store, ledger, [one for each in page for one in each.records(reader)])
        return ItemPage(items=[each.shown(reader, opened) for each in page], next=page[-1].subject if rest else None)

    @router.get("/{subject}", operation_id="read-item", responses=READS)
    async def item(
        response: Response,
        ledger: Ledger,
        round: RoundId,  # noqa: A002
        subject: Subject,
        reader: Annotated[Reader, Depends(reading)],
        revision: Annotated[
            int | None, Query(ge=1, le=_MOST_REVISIONS, description="This revision, as it was delivered.")
        ] = None,
    ) -> ShownItem | ShownRevision:
        """One item, from its stream. Its ETag goes into `If-Match` of a report command."""
        found: Found = await parts.handler.read(
            ledger, lambda view: Found(view, round, SubjectId(subject), reader.today, reader.now)
        )
        if not found.may_be_seen_by(reader):
            raise Refusal(403, "not-permitted", "You may read this when it is delivered.", rule="PROCESS, read")
        if revision is not None:
            return await _revision(parts, ledger, found, reader, revision)
        opened = await Opened.of(parts.store, ledger, found.records(reader))
        shown = found.shown(reader, opened)
        response.headers["ETag"] = f'"{shown.digest}"'
        response.headers["Cache-Control"] = "private, no-cache"
        return shown

    return router


async def _revision(parts: Parts, ledger: str, found: Found, reader: Reader, number: int) -> ShownRevision:
    rows = await parts.store.read_streams(ledger, {ITEM.stream(found.round_id, found.subject): 0})
    drafts = found.draft_may_be_read_by(reader)
    one = revision_of(revisions(found.round_id, found.subject, rows), number, drafts=drafts)
    if one is None:
        raise Refusal(
            404, "unknown-revision", f"No revision {number} of {found.subject!r} may be read.", field="revision"
        )
    opened = await Opened.of(parts.store, ledger, [one.content.report, *one.content.evidence])
    return shown_revision(found, one, reader, opened)


def shown_revision(found: Found, one: Revision, reader: Reader, opened: Opened) -> ShownRevision:
    """A revision as JSON, with all that it held."""
    report = one.content.report
    return ShownRevision(
        subject=found.subject,
        revision=one.revision,
        content="delivered" if one.delivered else "signed-off",
        digest=one.digest,
        report=None if report is None else {"type": report.type, **opened.json(report)},
        evidence=[opened.json(each) for each in one.content.evidence],
        signed_by=one.by if found.may_be_followed_by(reader) else None,
        at=str(to_json(one.at)),
        done_by=one.done_by if found.may_be_followed_by(reader) else None,
    )
