"""What leads to the moments that the tests begin at: a round open, items written, submitted, signed off, delivered."""

from datetime import datetime
from functools import cache

from agreed import (
    AGREED,
    ANNUAL,
    COURSE,
    DAYS,
    DIGI,
    EXPERIENCE,
    HALF,
    PORTAL,
    REFORM,
    SATISFACTION,
    SERVICES,
    SKILLS,
    TALOUS,
    TOWNS,
)
from kit import World, file, on, words

from domain.agency_report import ApproveAgencyReport, CompileAgencyReport, DeliverToMinistry
from domain.approval import SignOffItems, SubmitItems
from domain.assessment import AssessIndicator, AssessTarget
from domain.cycle import FOLD as CYCLE
from domain.cycle import OpenCycle, RecordFinalAccountsApproval
from domain.events.item import Bound, ChecklistMark, Evidence, Explanation
from domain.evidence import AttachEvidence
from domain.item import FOLD as ITEM
from domain.item import bound, content_digest
from domain.report import ReportIndicator, ReportMilestone, ReportTarget, milestones_now
from domain.round import FOLD as ROUND
from domain.round_steps import OpenRound
from domain.statement import IssueStatement, statement_digest, statement_lights
from domain.values import (
    SYSTEM,
    Date,
    Decimal,
    Digest,
    Finality,
    MilestoneStatus,
    PersonId,
    SubjectId,
    TrafficLight,
    UnitId,
)

GREEN, YELLOW, RED = TrafficLight.GREEN, TrafficLight.YELLOW, TrafficLight.RED
OWNERS = {DIGI: "olga", TALOUS: "otto"}
DIRECTORS = {DIGI: "dora", TALOUS: "dirk"}
UNITS: dict[SubjectId, UnitId] = {
    PORTAL: DIGI,
    TOWNS: DIGI,
    SERVICES: DIGI,
    DAYS: DIGI,
    COURSE: TALOUS,
    REFORM: TALOUS,
    SKILLS: TALOUS,
    SATISFACTION: TALOUS,
    EXPERIENCE: TALOUS,
}
WHY = Explanation(
    cause=words("cause"),
    risk=words("risk"),
    action=words("action"),
    action_owner=PersonId("olga"),
    action_due=Date("2025-06-30"),
)
JUNE, JANUARY = on("2024-06-10"), on("2025-01-10")


def seen(world: World, subject: SubjectId, round_id: str = HALF) -> Bound:
    """An item as it is shown now."""
    return bound(round_id, subject, world.state(ITEM, round_id, subject))


def open_content(world: World, subject: SubjectId, round_id: str = HALF) -> Digest | None:
    """What a writer has open."""
    item = world.state(ITEM, round_id, subject)
    untouched = item.content.report is None and not item.content.evidence
    return None if untouched else content_digest(round_id, subject, item)


def document(name: str = "minutes", dated: str = "2024-05-20", revision: int = 1, why: str | None = None) -> Evidence:
    """A piece of evidence."""
    return Evidence(
        id=name,
        revision=revision,
        file=file(f"{name}, revision {revision}"),
        title=words(name),
        document_date=Date(dated),
        link=None,
        outside_period=None if why is None else words(why),
    )


def milestone(
    world: World,
    subject: SubjectId,
    status: MilestoneStatus,
    light: TrafficLight | None,
    round_id: str = HALF,
    **other: object,
) -> ReportMilestone:
    """A report on a milestone by somebody who has its present content open."""
    done = status is MilestoneStatus.REACHED
    marks = tuple(ChecklistMark(id=each, done=done) for each in ("turku", "oulu")) if subject == TOWNS else ()
    explanation = WHY if light in (YELLOW, RED) else None
    fields = {"checklist": marks, "explanation": explanation, **other}
    return ReportMilestone(
        round=round_id,
        subject=subject,
        seen=open_content(world, subject, round_id),
        status=status,
        light=light,
        **fields,  # type: ignore[arg-type]
    )


def indicator(
    world: World,
    subject: SubjectId,
    value: str | None,
    light: TrafficLight | None,
    round_id: str = HALF,
    **other: object,
) -> ReportIndicator:
    """An outturn by somebody who has the present content open."""
    fields = {"explanation": WHY if light in (YELLOW, RED) else None, **other}
    fields.setdefault("reason", words("no outturn") if value is None else None)
    fields.setdefault("finality", Finality.PROVISIONAL if round_id == HALF else Finality.FINAL)
    return ReportIndicator(
        round=round_id,
        subject=subject,
        seen=open_content(world, subject, round_id),
        value=None if value is None else Decimal(value),
        light=light,
        **fields,  # type: ignore[arg-type]
    )


def target(
    world: World, subject: SubjectId, light: TrafficLight, round_id: str = HALF, **other: object
) -> ReportTarget:
    """A target's light over its milestones as they are now."""
    shown = world.ask(lambda view: milestones_now(view, round_id, view.get(ROUND, round_id), subject)[0])
    fields = {"explanation": WHY if light in (YELLOW, RED) else None, **other}
    return ReportTarget(
        round=round_id,
        subject=subject,
        seen=open_content(world, subject, round_id),
        light=light,
        milestones=shown,
        **fields,  # type: ignore[arg-type]
    )


def attach(subject: SubjectId, evidence: Evidence, round_id: str = HALF) -> AttachEvidence:
    """Evidence for an item."""
    return AttachEvidence(round=round_id, subject=subject, evidence=evidence)


def submit(world: World, *subjects: SubjectId, round_id: str = HALF, **other: object) -> SubmitItems:
    """A submission of items as they are shown now."""
    items = tuple(seen(world, subject, round_id) for subject in subjects)
    return SubmitItems(round=round_id, items=items, **other)  # type: ignore[arg-type]


def sign_off(world: World, *subjects: SubjectId, round_id: str = HALF) -> SignOffItems:
    """A sign-off of items as they are shown now."""
    return SignOffItems(round=round_id, items=tuple(seen(world, subject, round_id) for subject in subjects))


def owner(subject: SubjectId) -> str:
    """Who owns a subject."""
    return OWNERS[UNITS[subject]]


def director(subject: SubjectId) -> str:
    """Who signs a subject off."""
    return DIRECTORS[UNITS[subject]]


@cache
def half_year_open() -> World:
    """The half-year round is open."""
    world = AGREED.after(OpenCycle(year=2024), by=SYSTEM, at=on("2024-01-01", 0))
    return world.after(OpenRound(round=HALF), by=SYSTEM, at=on("2024-06-01", 0))


@cache
def annual_open() -> World:
    """The annual round is open; nobody reported in the half-year one."""
    return half_year_open().after(OpenRound(round=ANNUAL), by=SYSTEM, at=on("2025-01-01", 0))


@cache
def portal_drafted() -> World:
    """The portal is written as reached, with evidence."""
    world = half_year_open()
    world = world.after(milestone(world, PORTAL, MilestoneStatus.REACHED, GREEN), by="olga", at=JUNE)
    return world.after(attach(PORTAL, document()), by="olga", at=JUNE)


@cache
def portal_submitted() -> World:
    """The portal is submitted in time."""
    world = portal_drafted()
    return world.after(submit(world, PORTAL), by="olga", at=JUNE)


@cache
def portal_signed() -> World:
    """The portal is signed off by its director."""
    world = portal_submitted()
    return world.after(sign_off(world, PORTAL), by="dora", at=JUNE)


def written(world: World, round_id: str, at: datetime) -> World:
    """Every item of a round is written by its owner: one YELLOW milestone, the rest well."""
    annual = round_id == ANNUAL
    reached, green = MilestoneStatus.REACHED, GREEN
    for subject in (PORTAL, REFORM):
        world = world.after(milestone(world, subject, reached, green, round_id), by=owner(subject), at=at)
        world = world.after(attach(subject, document(), round_id), by=owner(subject), at=at)
    partly = MilestoneStatus.PARTLY_REACHED if annual else MilestoneStatus.IN_PROGRESS
    world = world.after(milestone(world, TOWNS, partly, YELLOW, round_id), by="olga", at=at)
    if annual:
        none = milestone(world, COURSE, MilestoneStatus.NO_NEED_AROSE, None, round_id, reason=words("no need"))
        world = world.after(none, by="otto", at=at)
        world = world.after(indicator(world, SATISFACTION, "3.71", GREEN, round_id), by="otto", at=at)
        world = world.after(indicator(world, EXPERIENCE, None, None, round_id), by="otto", at=at)
    else:
        world = world.after(milestone(world, COURSE, MilestoneStatus.IN_PROGRESS, GREEN, round_id), by="otto", at=at)
    world = world.after(indicator(world, DAYS, "27.5", GREEN, round_id), by="olga", at=at)
    world = world.after(target(world, SERVICES, YELLOW, round_id), by="olga", at=at)
    return world.after(target(world, SKILLS, GREEN, round_id), by="otto", at=at)


def submitted(world: World, round_id: str, at: datetime) -> World:
    """Every item of a round is submitted by its owner."""
    for unit, who in OWNERS.items():
        mine = [each for each in world.state(ROUND, round_id).scope if UNITS[each] == unit]
        world = world.after(submit(world, *mine, round_id=round_id), by=who, at=at)
    return world


def approved_by_directors(world: World, round_id: str, at: datetime) -> World:
    """Every item of a round is signed off by its director."""
    for unit, who in DIRECTORS.items():
        mine = [each for each in world.state(ROUND, round_id).scope if UNITS[each] == unit]
        world = world.after(sign_off(world, *mine, round_id=round_id), by=who, at=at)
    return world


@cache
def half_year_signed() -> World:
    """Every item of the half-year round is signed off."""
    return approved_by_directors(submitted(written(half_year_open(), HALF, JUNE), HALF, JUNE), HALF, JUNE)


@cache
def annual_signed() -> World:
    """Every item of the annual round is signed off."""
    world = submitted(written(annual_open(), ANNUAL, JANUARY), ANNUAL, JANUARY)
    return approved_by_directors(world, ANNUAL, JANUARY)


def report_digest(world: World, round_id: str = HALF) -> Digest:
    """The agency's report as it is shown now."""
    compiled = world.state(ROUND, round_id).compiled
    assert compiled is not None
    return compiled.digest


def compiled(world: World, round_id: str, at: datetime) -> World:
    """The coordinator compiled the report."""
    return world.after(CompileAgencyReport(round=round_id), by="kaisa", at=at)


def approved(world: World, round_id: str, at: datetime) -> World:
    """The head approved the report."""
    return world.after(ApproveAgencyReport(round=round_id, digest=report_digest(world, round_id)), by="hanna", at=at)


def deliver(world: World, round_id: str = HALF, case_number: str = "VN/1/2024", **other: object) -> DeliverToMinistry:
    """The delivery of the report as it is shown now."""
    digest = report_digest(world, round_id)
    return DeliverToMinistry(round=round_id, digest=digest, case_number=case_number, **other)  # type: ignore[arg-type]


@cache
def half_year_compiled() -> World:
    """The half-year report is compiled."""
    return compiled(half_year_signed(), HALF, on("2024-08-26"))


@cache
def half_year_approved() -> World:
    """The half-year report is approved."""
    return approved(half_year_compiled(), HALF, on("2024-08-27"))


@cache
def half_year_delivered() -> World:
    """The half-year report is delivered in time."""
    world = half_year_approved()
    return world.after(deliver(world), by="kaisa", at=on("2024-08-30"))


ACCOUNTS = RecordFinalAccountsApproval(year=2024, approved_on=Date("2025-03-10"), document=file("minutes"))


@cache
def annual_approved() -> World:
    """The annual report is approved by the head; the final accounts are not yet."""
    return approved(compiled(annual_signed(), ANNUAL, on("2025-02-20")), ANNUAL, on("2025-02-25"))


@cache
def annual_delivered() -> World:
    """The final accounts were approved and the annual data delivered within the week."""
    world = annual_approved().after(ACCOUNTS, by="kaisa", at=on("2025-03-11"))
    return world.after(deliver(world, ANNUAL), by="kaisa", at=on("2025-03-14"))


def delivered_digest(world: World, subject: SubjectId) -> Digest:
    """What the ministry has of a subject."""
    delivered = world.state(ITEM, ANNUAL, subject).delivered
    assert delivered is not None
    return delivered.digest


def assess(
    world: World, subject: SubjectId, light: TrafficLight | None, **other: object
) -> AssessTarget | AssessIndicator:
    """The ministry's light."""
    kind = AssessTarget if subject in (SERVICES, SKILLS) else AssessIndicator
    digest = delivered_digest(world, subject)
    return kind(year=2024, subject=subject, delivered=digest, light=light, **other)  # type: ignore[arg-type]


@cache
def assessed() -> World:
    """The ministry assessed both targets and both indicators with a level."""
    world = annual_delivered()
    for subject, light in ((SERVICES, YELLOW), (SKILLS, GREEN), (DAYS, GREEN), (SATISFACTION, GREEN)):
        world = world.after(assess(world, subject, light), by="maria", at=on("2025-05-05"))
    return world


def shown_statement(world: World) -> Digest:
    """The statement's lights as they are shown now."""
    lights = world.ask(lambda view: statement_lights(view, 2024, view.get(CYCLE, 2024), view.get(ROUND, ANNUAL))[0])
    return statement_digest(2024, lights)


@cache
def stated() -> World:
    """The statement is issued."""
    world = assessed()
    issue = IssueStatement(year=2024, digest=shown_statement(world), narrative=words("statement"))
    return world.after(issue, by="mikko", at=on("2025-06-10"))
