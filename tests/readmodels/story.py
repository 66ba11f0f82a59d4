"""What happens in the town's year 2024: told once, in chapters, each a day on which a test may stop."""

from dataclasses import replace

from domain.agency_report import ApproveAgencyReport, CompileAgencyReport, DeliverToMinistry, ReturnAgencyReport
from domain.agreement import FOLD as AGREEMENT
from domain.agreement import ImportAgreement
from domain.approval import Returning, ReturnItems, SignOffItems, SubmitItems
from domain.assessment import AssessIndicator, AssessTarget, CommentMilestone, OpenAssessment, delivered_light
from domain.calendar import day_of
from domain.cycle import FOLD as CYCLE
from domain.cycle import (
    AttachResponse,
    CorrectFinalAccountsApproval,
    OpenCycle,
    RecordFinalAccountsApproval,
    publishable,
)
from domain.deviation import CloseDeviation, ReportAction
from domain.events.item import Bound, Evidence, Explanation
from domain.events.round import Gap, ReturnedItem
from domain.evidence import AttachEvidence
from domain.extension import ExtendDeadline
from domain.item import FOLD as ITEM
from domain.item import Content, bound, content_digest
from domain.late_completion import FOLD as SUBJECT
from domain.late_completion import RecordLateCompletion, SignOffLateCompletion
from domain.publication import Publish
from domain.report import ReportIndicator, ReportMilestone, ReportTarget, milestones_now
from domain.round import FOLD as ROUND
from domain.round_steps import OpenRound
from domain.signing import Holder, SendForSignature, SignAgreement
from domain.statement import IssueStatement, statement_digest, statement_lights
from domain.substitution import AppointSubstitute
from domain.succession import ReassignItem
from domain.supplement import AbandonCorrection, OpenSupplement, ReturnDelivery, StartCorrection
from domain.values import (
    SYSTEM,
    Date,
    DeadlineKind,
    Decimal,
    Digest,
    File,
    Finality,
    MilestoneStatus,
    PersonId,
    Publication,
    Role,
    SubjectId,
    TrafficLight,
    Words,
)
from readmodels.town import ANNUAL, DIRECTORS, HALF, LEDGER, OWNERS, SIGNERS, UNIT_OF, VERSION, WEST, Town, agreement

GREEN, YELLOW, RED = TrafficLight.GREEN, TrafficLight.YELLOW, TrafficLight.RED
IN_PROGRESS, REACHED = MilestoneStatus.IN_PROGRESS, MilestoneStatus.REACHED
FINAL, PROVISIONAL = Finality.FINAL, Finality.PROVISIONAL


def why(owner: str) -> Explanation:
    return Explanation(
        cause=Words("Too few people"),
        risk=Words("It takes longer"),
        action=Words("Hire two"),
        action_owner=PersonId(owner),
        action_due=Date("2024-12-31"),
    )


async def seen(town: Town, round_id: str, subject: str) -> Digest | None:
    item = await town.state(ITEM, round_id, subject)
    return None if item.content == Content() else content_digest(round_id, SubjectId(subject), item)


async def shown(town: Town, round_id: str, subject: str) -> Bound:
    return bound(round_id, SubjectId(subject), await town.state(ITEM, round_id, subject))


async def milestone(
    town: Town,
    round_id: str,
    subject: str,
    status: MilestoneStatus,
    light: TrafficLight | None,
    reason: str | None = None,
) -> None:
    owner = OWNERS[UNIT_OF[subject]]
    report = ReportMilestone(
        round=round_id,
        subject=SubjectId(subject),
        seen=await seen(town, round_id, subject),
        status=status,
        light=light,
        narrative=Words(f"How {subject} goes"),
        reason=None if reason is None else Words(reason),
        explanation=why(owner) if light in (YELLOW, RED) else None,
    )
    await town.do(owner, report)
    if status is REACHED and not (await town.state(ITEM, round_id, subject)).content.evidence:
        await attach(town, round_id, subject)


async def attach(town: Town, round_id: str, subject: str) -> None:
    evidence = Evidence(
        id=f"{subject}-memo",
        revision=1,
        file=File("0" * 32),
        title=Words("Memo"),
        document_date=Date("2024-05-20"),
        link=None,
        outside_period=None,
    )
    await town.do(
        OWNERS[UNIT_OF[subject]], AttachEvidence(round=round_id, subject=SubjectId(subject), evidence=evidence)
    )


async def target(town: Town, round_id: str, subject: str, light: TrafficLight, rationale: str | None = None) -> None:
    owner = OWNERS[UNIT_OF[subject]]
    milestones = await town.ask(
        lambda view: milestones_now(view, round_id, view.get(ROUND, round_id), SubjectId(subject))[0]
    )
    report = ReportTarget(
        round=round_id,
        subject=SubjectId(subject),
        seen=await seen(town, round_id, subject),
        light=light,
        milestones=milestones,
        rationale=None if rationale is None else Words(rationale),
        explanation=why(owner) if light in (YELLOW, RED) else None,
    )
    await town.do(owner, report)


async def indicator(
    town: Town, round_id: str, subject: str, value: str | None, light: TrafficLight | None, finality: Finality
) -> None:
    report = ReportIndicator(
        round=round_id,
        subject=SubjectId(subject),
        seen=await seen(town, round_id, subject),
        value=None if value is None else Decimal(value),
        finality=finality,
        light=light,
        reason=Words("No survey") if value is None else None,
        explanation=why("otto") if light in (YELLOW, RED) else None,
    )
    await town.do(OWNERS[UNIT_OF[subject]], report)


async def submit(
    town: Town, round_id: str, *subjects: str, late_reason: str | None = None, reply: str | None = None
) -> None:
    items = tuple([await shown(town, round_id, each) for each in subjects])
    command = SubmitItems(
        round=round_id,
        items=items,
        late_reason=None if late_reason is None else Words(late_reason),
        reply=None if reply is None else Words(reply),
    )
    await town.do(OWNERS[UNIT_OF[subjects[0]]], command)


async def sign_off(town: Town, round_id: str, *subjects: str) -> None:
    items = tuple([await shown(town, round_id, each) for each in subjects])
    await town.do(DIRECTORS[UNIT_OF[subjects[0]]], SignOffItems(round=round_id, items=items))


async def deliver(town: Town, round_id: str, *gaps: str) -> None:
    missing = tuple(Gap(subject=SubjectId(each), reason=Words("Not known yet")) for each in gaps)
    await town.do("carla", CompileAgencyReport(round=round_id, gaps=missing))
    compiled = (await town.state(ROUND, round_id)).compiled
    assert compiled is not None
    await town.do("hanna", ApproveAgencyReport(round=round_id, digest=compiled.digest))
    await town.do("carla", DeliverToMinistry(round=round_id, digest=compiled.digest, case_number="VN/1/2024"))


async def signed(town: Town, version: ImportAgreement) -> None:
    """A version is imported, sent and signed by all four."""
    await town.do("carla", version)
    holders = tuple(Holder(slot=slot, person=PersonId(name)) for slot, name in SIGNERS.items())
    await town.do("carla", SendForSignature(version=version.version, holders=holders, annexes=()))
    sent = (await town.state(AGREEMENT, version.version)).sent
    assert sent is not None
    for slot, name in SIGNERS.items():
        await town.do(name, SignAgreement(version=version.version, slot=slot, digest=sent.digest))


async def the_agreement_is_signed(town: Town) -> None:
    await signed(town, agreement())


async def the_half_year_opens(town: Town) -> None:
    await town.on("2024-01-02")
    await town.do(SYSTEM, OpenCycle(year=2024))
    await town.on("2024-06-03")
    await town.do(SYSTEM, OpenRound(round=HALF))


async def the_units_report(town: Town) -> None:
    await milestone(town, HALF, "m-1", REACHED, GREEN)
    await milestone(town, HALF, "m-2", IN_PROGRESS, YELLOW)
    await milestone(town, HALF, "m-3", IN_PROGRESS, GREEN)
    await target(town, HALF, "t-1", YELLOW, "One of two")
    await target(town, HALF, "t-2", GREEN)
    await indicator(town, HALF, "i-1", "3.66", YELLOW, PROVISIONAL)


async def they_submit_and_one_is_returned(town: Town) -> None:
    await town.on("2024-08-12")
    await submit(town, HALF, "m-1", "m-2", "t-1")
    await town.do(
        "dora", ReturnItems(round=HALF, items=(Returning(subject=SubjectId("m-2"), reason=Words("Say more")),))
    )
    extension = ExtendDeadline(
        round=HALF, kind=DeadlineKind.UNIT, unit=UNIT_OF["m-3"], date=Date("2024-08-20"), reason=Words("Illness")
    )
    await town.do("carla", extension)


async def a_milestone_changes_under_its_target(town: Town) -> None:
    await attach(town, HALF, "m-2")
    await milestone(town, HALF, "m-2", IN_PROGRESS, RED)
    await submit(town, HALF, "m-2")
    await sign_off(town, HALF, "m-1", "m-2", "t-1")


async def the_half_year_is_delivered(town: Town) -> None:
    await target(town, HALF, "t-1", RED)
    await submit(town, HALF, "t-1")
    await sign_off(town, HALF, "t-1")
    await town.on("2024-08-22")
    await submit(town, HALF, "m-3", "t-2", late_reason="Illness")
    await sign_off(town, HALF, "m-3", "t-2")
    await town.do("carla", CompileAgencyReport(round=HALF, gaps=(Gap(subject=SubjectId("i-1"), reason=Words("Open")),)))
    await town.do("hanna", ReturnAgencyReport(round=HALF, reason=Words("Say why")))
    await deliver(town, HALF, "i-1")


async def what_was_delivered_is_corrected(town: Town) -> None:
    await town.on("2024-09-02")
    named = tuple(ReturnedItem(subject=SubjectId(each), reason=Words("A slip")) for each in ("m-2", "t-1", "i-1"))
    await town.do("carla", OpenSupplement(round=HALF, reopening="s-1", items=named, redeliver_by=Date("2024-09-20")))
    for each in ("m-2", "t-1"):
        await town.do("olga", StartCorrection(round=HALF, subject=SubjectId(each), reason=Words("A slip")))


async def the_correction_is_delivered(town: Town) -> None:
    await milestone(town, HALF, "m-2", IN_PROGRESS, YELLOW)
    await submit(town, HALF, "m-2")
    await sign_off(town, HALF, "m-2")
    await target(town, HALF, "t-1", YELLOW)
    await submit(town, HALF, "t-1")
    await sign_off(town, HALF, "t-1")
    await submit(town, HALF, "i-1", late_reason="Late")
    await sign_off(town, HALF, "i-1")
    await deliver(town, HALF)


async def the_annual_round_opens(town: Town) -> None:
    await town.do("otto", ReportAction(year=2024, subject=SubjectId("i-1"), narrative=Words("Hired")))
    await town.on("2025-01-02")
    await town.do(SYSTEM, OpenRound(round=ANNUAL))
    away = AppointSubstitute(
        substitution="olga-away",
        principal=PersonId("olga"),
        substitute=PersonId("otto"),
        roles=(Role.OWNER,),
        unit=None,
        valid_from=Date("2025-01-02"),
        valid_to=Date("2025-01-31"),
        basis=Words("Leave"),
    )
    await town.do("olga", away)
    move = ReassignItem(round=ANNUAL, subject=SubjectId("i-2"), to_unit=WEST, valid_from=Date("2025-01-02"))
    await town.do("anna", move)
    await town.do("anna", replace(move, to_unit=UNIT_OF["i-2"]))


async def the_annual_report_is_delivered(town: Town) -> None:
    await milestone(town, ANNUAL, "m-1", REACHED, GREEN)
    await milestone(town, ANNUAL, "m-2", MilestoneStatus.NO_NEED_AROSE, None, "Nobody asked")
    await milestone(town, ANNUAL, "m-3", MilestoneStatus.NOT_REACHED, RED)
    await target(town, ANNUAL, "t-1", GREEN)
    await target(town, ANNUAL, "t-2", YELLOW, "Half of it")
    await indicator(town, ANNUAL, "i-1", "3.7", GREEN, FINAL)
    await indicator(town, ANNUAL, "i-2", None, None, FINAL)
    north, south = ("m-1", "m-2", "t-1"), ("m-3", "t-2", "i-1", "i-2")
    items = tuple([await shown(town, ANNUAL, each) for each in north])
    await town.do("otto", SubmitItems(round=ANNUAL, items=items), acting_for="olga")
    await submit(town, ANNUAL, *south)
    await sign_off(town, ANNUAL, *north)
    await sign_off(town, ANNUAL, *south)
    await town.on("2025-03-12")
    document = File("1" * 32)
    await town.do("carla", RecordFinalAccountsApproval(year=2024, approved_on=Date("2025-03-10"), document=document))
    correction = CorrectFinalAccountsApproval(
        year=2024, approved_on=Date("2025-03-11"), document=document, reason=Words("A misprint")
    )
    await town.do("carla", correction)
    await deliver(town, ANNUAL)


async def the_ministry_returns_a_target(town: Town) -> None:
    await town.on("2025-03-20")
    named = (ReturnedItem(subject=SubjectId("t-2"), reason=Words("Which half?")),)
    await town.do("arvo", ReturnDelivery(round=ANNUAL, reopening="r-1", items=named, redeliver_by=Date("2025-04-10")))
    await submit(town, ANNUAL, "t-2", reply="The first one")
    later = ExtendDeadline(
        round=ANNUAL,
        kind=DeadlineKind.DELIVERY,
        unit=None,
        date=Date("2025-04-15"),
        reason=Words("Easter"),
        consent="TEM/1/2025",
    )
    await town.do("carla", later)
    await sign_off(town, ANNUAL, "t-2")
    await deliver(town, ANNUAL)


async def the_ministry_assesses(town: Town) -> None:
    await town.on("2025-06-02")
    await town.do(SYSTEM, OpenAssessment(year=2024))
    for subject, light, command in (
        ("t-1", GREEN, AssessTarget),
        ("t-2", RED, AssessTarget),
        ("i-1", GREEN, AssessIndicator),
    ):
        delivered = await town.ask(
            lambda view, subject=subject: delivered_light(view, view.get(ROUND, ANNUAL), SubjectId(subject))[1]
        )
        rationale = Words("Not half of it") if light is RED else None
        await town.do(
            "arvo",
            command(year=2024, subject=SubjectId(subject), delivered=delivered, light=light, rationale=rationale),
        )
    await town.do("arvo", CommentMilestone(year=2024, subject=SubjectId("m-3"), comment=Words("A pity")))


async def the_statement_is_issued(town: Town) -> None:
    lights = await town.ask(
        lambda view: statement_lights(view, 2024, view.get(CYCLE, 2024), view.get(ROUND, ANNUAL))[0]
    )
    issue = IssueStatement(year=2024, digest=statement_digest(2024, lights), narrative=Words("Well done, mostly"))
    await town.do("pia", issue)
    await town.do("hanna", AttachResponse(year=2024, narrative=Words("We see it otherwise")))
    for kind in Publication:
        wanted = await town.ask(lambda view, kind=kind: publishable(view, 2024, kind))
        made = Publish(
            year=2024,
            kind=kind,
            published_on=day_of(await town.handler.now(LEDGER)),
            digest=wanted,
            reference="https://tutki.example/1",
        )
        await town.do("carla", made)


async def a_milestone_is_reached_late(town: Town) -> None:
    evidence = Evidence(
        id="late",
        revision=1,
        file=File("2" * 32),
        title=Words("Opened"),
        document_date=Date("2025-06-01"),
        link=None,
        outside_period=None,
    )
    late = RecordLateCompletion(
        version=VERSION,
        subject=SubjectId("m-3"),
        completed_on=Date("2025-06-01"),
        narrative=Words("It is open"),
        evidence=(evidence,),
    )
    await town.do("otto", late)
    recorded = (await town.state(SUBJECT, "m-3")).recorded
    assert recorded is not None
    await town.do("dirk", SignOffLateCompletion(subject=SubjectId("m-3"), digest=recorded.digest))
    await town.do("dirk", CloseDeviation(year=2024, subject=SubjectId("i-1"), reason=Words("Done")))


async def a_correction_is_abandoned(town: Town) -> None:
    await town.on("2025-06-04")
    named = (ReturnedItem(subject=SubjectId("i-2"), reason=Words("Perhaps")),)
    await town.do("carla", OpenSupplement(round=ANNUAL, reopening="s-2", items=named, redeliver_by=Date("2025-06-20")))
    await town.do("otto", StartCorrection(round=ANNUAL, subject=SubjectId("i-2"), reason=Words("Perhaps")))
    await town.do("carla", AbandonCorrection(round=ANNUAL, subject=SubjectId("i-2"), reason=Words("No")))


CHAPTERS = (
    the_agreement_is_signed,
    the_half_year_opens,
    the_units_report,
    they_submit_and_one_is_returned,
    a_milestone_changes_under_its_target,
    the_half_year_is_delivered,
    what_was_delivered_is_corrected,
    the_correction_is_delivered,
    the_annual_round_opens,
    the_annual_report_is_delivered,
    the_ministry_returns_a_target,
    the_ministry_assesses,
    the_statement_is_issued,
    a_milestone_is_reached_late,
    a_correction_is_abandoned,
)


async def tell(town: Town, until: object = None) -> None:
    """Tell the story from the beginning, up to and with a chapter."""
    await town.open()
    for chapter in CHAPTERS:
        await chapter(town)
        if chapter is until:
            return
