"""What an update of the agreement removes from rounds under way: withdrawn, not deleted, not red (cases 8, 9, 17)."""

from datetime import datetime

import pytest
from agreed import (
    AGREED,
    ANNEXES,
    ANNUAL,
    COURSE,
    DAYS,
    HALF,
    HOLDERS,
    PORTAL,
    REFORM,
    SATISFACTION,
    SERVICES,
    SKILLS,
    STAFFED,
    TOWNS,
    UNIT_ORDER,
    VANHA,
    VERSION,
    signed,
    signed_by,
    updating,
)
from kit import World, on, person, words
from story import (
    ACCOUNTS,
    GREEN,
    JUNE,
    YELLOW,
    annual_delivered,
    approved,
    approved_by_directors,
    assess,
    assessed,
    attach,
    compiled,
    deliver,
    document,
    half_year_approved,
    half_year_compiled,
    half_year_delivered,
    half_year_open,
    half_year_signed,
    milestone,
    portal_drafted,
    portal_submitted,
    seen,
    shown_statement,
    sign_off,
    submit,
    submitted,
    target,
    written,
)
from test_cycle_of_a_year import PROPOSE
from test_deviations import CLOSE, has_deviation
from test_planned_steps import CYCLE_2024, reminded, steps
from test_reopenings import SEPTEMBER, returning, supplementing

from domain.agency_report import ApproveAgencyReport, CompileAgencyReport
from domain.assessment import CommentMilestone, OpenAssessment
from domain.cycle import FOLD as CYCLE
from domain.cycle import OpenCycle
from domain.events.cycle import AssessmentOpened
from domain.events.deviation import DeviationClosed, DeviationClosureProposed
from domain.events.item import ItemDelivered, ItemSignedOff, ItemWithdrawn
from domain.events.organisation import AgreementInForce
from domain.events.round import AgencyReportCompiled, AgencyReportReturned, Gap
from domain.item import FOLD as ITEM
from domain.item import Stage
from domain.organisation import proposal_digest
from domain.planner import owed_by
from domain.round import FOLD as ROUND
from domain.round_steps import CloseRound, OpenRound
from domain.signing import SendForSignature
from domain.statement import IssueStatement
from domain.succession import ReassignItem
from domain.transcription import ConfirmTranscription
from domain.values import SYSTEM, Date, Digest, MilestoneStatus, SubjectId, VersionId
from domain.withdrawal import WithdrawItems

UPDATE = on("2024-06-12")
LATER = on("2024-06-14")
SECOND, THIRD = VersionId("kylki-2024-2027.2"), VersionId("kylki-2024-2027.3")
WITHDRAW, WITHDRAW_ANNUAL = WithdrawItems(round=HALF), WithdrawItems(round=ANNUAL)


def updated(world: World, *removed: SubjectId, at: datetime = UPDATE, number: int = 2) -> World:
    """A later version of the same year is in force, without these."""
    return signed(world, updating(*removed, number=number), at)


def withdrawn(
    subject: SubjectId, round_id: str = HALF, version: VersionId = SECOND, day: str = "2024-06-12"
) -> ItemWithdrawn:
    """What is recorded of one."""
    return ItemWithdrawn(round=round_id, subject=subject, revision=1, version=version, valid_from=Date(day))


def test_a_target_that_an_update_removes_is_withdrawn_with_its_milestones_from_the_day_it_is_in_force() -> None:
    """Case 8. Recorded late, it holds from that day all the same."""
    world = updated(half_year_open(), SKILLS)

    world = world.when(WITHDRAW, by=SYSTEM, at=LATER).then(withdrawn(COURSE), withdrawn(REFORM), withdrawn(SKILLS))

    stages = [world.state(ITEM, HALF, each).stage for each in UNIT_ORDER]
    assert [each is Stage.WITHDRAWN for each in stages] == [each in (COURSE, REFORM, SKILLS) for each in UNIT_ORDER]
    assert list(world.state(ROUND, HALF).scope) == [*UNIT_ORDER]


def test_the_calendar_withdraws_at_once_and_once() -> None:
    """Case 8. The event that made it owed is that the version came into force."""
    world = updated(half_year_open(), DAYS)

    assert steps(world, CYCLE_2024, UPDATE) == [WITHDRAW]
    cause = world.facts[world.ask(lambda view: owed_by(view, WITHDRAW)) - 1].event
    assert isinstance(cause, AgreementInForce)
    assert cause.version == SECOND
    assert steps(world.after(WITHDRAW, by=SYSTEM, at=UPDATE), CYCLE_2024, UPDATE) == []


def test_only_the_system_withdraws_and_only_what_an_update_removed() -> None:
    updated(half_year_open(), DAYS).when(WITHDRAW, by="kaisa", at=UPDATE).refused("system-only")
    for world in (AGREED, half_year_open(), updated(half_year_open())):
        world.when(WITHDRAW, by=SYSTEM, at=UPDATE).refused("superseded")


def test_until_all_have_signed_the_old_version_holds() -> None:
    """Case 17."""
    update = updating(DAYS)
    world = half_year_open().after(update, by="kaisa", at=UPDATE)
    send = SendForSignature(version=SECOND, holders=HOLDERS, annexes=ANNEXES)
    world = world.after(send, by="kaisa", at=UPDATE)
    three = signed_by(world, SECOND, tuple(each.slot for each in HOLDERS[:3]), UPDATE)
    assert steps(three, CYCLE_2024, UPDATE) == []
    three.when(WITHDRAW, by=SYSTEM, at=UPDATE).refused("superseded")

    four = signed_by(three, SECOND, (HOLDERS[3].slot,), LATER)

    assert four.when(WITHDRAW, by=SYSTEM, at=LATER).events == (withdrawn(DAYS, day="2024-06-14"),)


def test_a_version_that_binds_another_year_withdraws_nothing() -> None:
    world = signed(half_year_open(), updating(DAYS, binding_year=2025), UPDATE)

    assert steps(world, CYCLE_2024, UPDATE) == []
    world.when(WITHDRAW, by=SYSTEM, at=UPDATE).refused("superseded")


def test_a_round_that_opens_under_the_update_has_its_scope_from_that() -> None:
    """Case 8. Nothing is withdrawn there; the round under way keeps its version (case 9)."""
    world = updated(half_year_open(), SATISFACTION)

    world = world.after(OpenRound(round=ANNUAL), by=SYSTEM, at=on("2025-01-01", 0))

    annual, half = world.state(ROUND, ANNUAL), world.state(ROUND, HALF)
    assert (SATISFACTION in annual.scope, DAYS in annual.scope) == (False, True)
    assert [each.opened.version for each in (half, annual) if each.opened] == [VERSION, SECOND]
    world.when(WITHDRAW_ANNUAL, by=SYSTEM, at=on("2025-01-01", 0)).refused("superseded")


def test_a_round_opened_late_under_its_old_version_loses_what_was_removed_meanwhile_in_the_same_append() -> None:
    """Case 8. Nothing acted on 1 June; the update came on the 12th; the first report opens the round."""
    world = updated(half_year_open_not_yet(), DAYS)

    decided = world.when(milestone(world, PORTAL, MilestoneStatus.IN_PROGRESS, GREEN), by="olga", at=LATER)

    assert decided.by_system[-1] == withdrawn(DAYS)
    assert [each.type for each in decided.by_system] == ["round-opened", "round-scope-fixed", "item-withdrawn"]


def half_year_open_not_yet() -> World:
    """The cycle runs; the half-year round is not open."""
    return World(facts=half_year_open().facts[:-2])


def test_what_a_still_later_version_has_again_is_not_withdrawn_and_what_was_stays_so_in_its_round() -> None:
    """Case 8. It is reported again from the next round's scope on."""
    twice = updated(updated(half_year_open(), DAYS), number=3, at=LATER)
    assert steps(twice, CYCLE_2024, LATER) == []

    gone = updated(half_year_open(), DAYS).after(WITHDRAW, by=SYSTEM, at=UPDATE)
    back = updated(gone, number=3, at=LATER)

    assert steps(back, CYCLE_2024, LATER) == []
    assert back.state(ITEM, HALF, DAYS).stage is Stage.WITHDRAWN
    opened = back.after(OpenRound(round=ANNUAL), by=SYSTEM, at=on("2025-01-01", 0))
    assert DAYS in opened.state(ROUND, ANNUAL).scope
    assert opened.state(ITEM, ANNUAL, DAYS).stage is Stage.NOT_STARTED


def test_of_several_updates_each_withdraws_from_its_own_day() -> None:
    """Case 8. What is missing since the second version is withdrawn by that, though the third came before the step."""
    world = updated(updated(half_year_open(), DAYS), DAYS, TOWNS, number=3, at=LATER)

    world.when(WITHDRAW, by=SYSTEM, at=LATER).then(withdrawn(TOWNS, version=THIRD, day="2024-06-14"), withdrawn(DAYS))


def test_nobody_works_on_what_is_removed_though_the_system_has_not_acted_yet() -> None:
    """Case 8. A command that needs the step takes it along; one that is refused records nothing."""
    drafted, waiting = updated(portal_drafted(), PORTAL), updated(portal_submitted(), PORTAL)
    in_progress = milestone(drafted, PORTAL, MilestoneStatus.IN_PROGRESS, GREEN)
    reassign = ReassignItem(round=HALF, subject=PORTAL, to_unit=VANHA, valid_from=Date("2024-07-01"))

    drafted.when(in_progress, by="olga", at=LATER).refused("item-withdrawn", field="subject", rule="case 8")
    drafted.when(attach(PORTAL, document("more")), by="olga", at=LATER).refused("item-withdrawn", field="subject")
    drafted.when(submit(drafted, PORTAL), by="olga", at=LATER).refused("item-withdrawn", field="items")
    waiting.when(sign_off(waiting, PORTAL), by="dora", at=LATER).refused("item-withdrawn", field="items")
    waiting.when(reassign, by="anna", at=LATER).refused("item-withdrawn", field="subject")


def test_many_items_go_on_without_the_withdrawn_one_which_is_named() -> None:
    """Cases 8 and 23."""
    world = portal_drafted()
    world = world.after(milestone(world, TOWNS, MilestoneStatus.IN_PROGRESS, GREEN), by="olga", at=JUNE)
    world = updated(world, PORTAL)

    decided = world.when(submit(world, PORTAL, TOWNS), by="olga", at=LATER)

    assert decided.by_system == (withdrawn(PORTAL),)
    assert [each.type for each in decided.events] == ["item-submitted"]
    assert [(subject, why.code) for subject, why in decided.skipped] == [(PORTAL, "item-withdrawn")]


def test_the_report_is_compiled_without_what_is_removed() -> None:
    """Case 8. It is no gap either."""
    world = updated(half_year_signed(), DAYS)
    gap = CompileAgencyReport(round=HALF, gaps=(Gap(subject=DAYS, reason=words("gone")),))
    world.when(gap, by="kaisa", at=LATER).refused("gap-not-needed")

    decided = world.when(CompileAgencyReport(round=HALF), by="kaisa", at=LATER)

    assert decided.by_system == (withdrawn(DAYS),)
    [report] = decided.events
    assert isinstance(report, AgencyReportCompiled)
    assert [each.subject for each in report.items] == [each for each in UNIT_ORDER if each != DAYS]


@pytest.mark.parametrize("before", [half_year_compiled, half_year_approved])
def test_a_report_with_what_is_removed_goes_no_further_and_is_compiled_again(before: object) -> None:
    """Case 8. What the head approved is what is delivered (R16): nothing is left out of it in silence."""
    august = on("2024-08-28")
    world = updated(before(), DAYS, at=august)  # type: ignore[operator]
    digest = world.state(ROUND, HALF).compiled.digest  # type: ignore[union-attr]
    further = deliver(world) if before is half_year_approved else ApproveAgencyReport(round=HALF, digest=digest)
    by = "kaisa" if before is half_year_approved else "hanna"
    world.when(further, by=by, at=august).refused("report-outdated", rule="case 8")

    world = world.after(WITHDRAW, by=SYSTEM, at=august)
    world = world.happened(AgencyReportReturned(round=HALF, report=1, reason=words("updated")), at=august)
    world = approved(compiled(world, HALF, august), HALF, august)
    decided = world.when(deliver(world), by="kaisa", at=august)

    delivered = [each.subject for each in decided.events if isinstance(each, ItemDelivered)]
    assert delivered == [each for each in UNIT_ORDER if each != DAYS]


def test_a_head_who_signed_only_what_is_removed_approves_none_of_their_own() -> None:
    """Case 8. The approval names the items of the report that the head signed."""
    world = half_year_signed()
    signed_off = ItemSignedOff(round=HALF, subject=DAYS, revision=1, digest=seen(world, DAYS).digest, escalated=True)
    own = compiled(world.happened(signed_off, by=person("hanna"), at=JUNE), HALF, LATER)
    none = compiled(updated(world.happened(signed_off, by=person("hanna"), at=JUNE), DAYS), HALF, LATER)

    named = [approved(each, HALF, LATER).facts[-1].event.own_signoffs for each in (own, none)]  # type: ignore[attr-defined]
    assert named == [(DAYS,), ()]


def test_what_was_delivered_is_withdrawn_and_what_the_ministry_has_of_it_stays() -> None:
    """Case 8. In a round that is open again it is no correction under way, and isn't returned or corrected."""
    world = updated(half_year_delivered(), DAYS, at=SEPTEMBER)
    world.when(returning(DAYS), by="maria", at=SEPTEMBER).refused("item-withdrawn", rule="case 8")
    world.when(supplementing(DAYS), by="kaisa", at=SEPTEMBER).refused("item-withdrawn", rule="case 8")

    decided = world.when(supplementing(SERVICES), by="kaisa", at=SEPTEMBER)

    assert decided.by_system == (withdrawn(DAYS, day="2024-09-10"),)
    item = decided.world.state(ITEM, HALF, DAYS)
    assert (item.stage, item.correcting, item.delivered is not None) == (Stage.WITHDRAWN, False, True)
    again = compiled(decided.world, HALF, SEPTEMBER).state(ROUND, HALF).compiled
    assert again is not None
    assert [each.subject for each in again.items] == [each for each in UNIT_ORDER if each != DAYS]


def test_a_closed_round_stays_as_it_was_reported_until_it_is_opened_again() -> None:
    """Case 8."""
    october = on("2024-10-10")
    world = half_year_delivered().after(CloseRound(round=HALF), by=SYSTEM, at=on("2024-10-01"))
    world = updated(world, DAYS, at=october)
    assert steps(world, CYCLE_2024, october) == []
    reassign = ReassignItem(round=HALF, subject=PORTAL, to_unit=VANHA, valid_from=Date("2024-10-11"))
    assert world.when(reassign, by="anna", at=october).by_system == ()

    decided = world.when(supplementing(SERVICES, by="2024-10-20"), by="kaisa", at=october)

    assert decided.by_system == (withdrawn(DAYS, day="2024-10-10"),)
    world.when(supplementing(DAYS, by="2024-10-20"), by="kaisa", at=october).refused("item-withdrawn")


def test_a_targets_light_stands_when_one_of_its_milestones_is_withdrawn() -> None:
    """Cases 8 and 9. It keeps the content it was written over; who reports it again has the milestone left aside."""
    world = updated(half_year_signed(), TOWNS).after(WITHDRAW, by=SYSTEM, at=LATER)
    compiled(world, HALF, LATER)

    world = updated(half_year_open(), TOWNS).after(WITHDRAW, by=SYSTEM, at=LATER)
    world = world.after(milestone(world, PORTAL, MilestoneStatus.REACHED, GREEN), by="olga", at=LATER)
    [report] = world.when(target(world, SERVICES, GREEN), by="olga", at=LATER).events
    assert report.suggested is GREEN  # type: ignore[attr-defined]


def test_a_deviation_on_what_is_removed_may_be_closed() -> None:
    """Cases 8 and 22. Nothing closes by itself: the director does it."""
    world = updated(has_deviation(), PORTAL)
    proposed = DeviationClosureProposed(year=2024, subject=PORTAL, round=HALF, revision=1)

    world = world.when(WITHDRAW, by=SYSTEM, at=LATER).then(withdrawn(PORTAL), proposed)

    world.when(CLOSE, by="dora", at=LATER).then(DeviationClosed(year=2024, subject=PORTAL, reason=CLOSE.reason))


SPRING, MAY = on("2025-03-20"), on("2025-05-06")


def test_what_was_removed_before_the_assessment_is_not_assessed() -> None:
    """Case 8. The ministry's first light takes both steps along."""
    world = updated(annual_delivered(), SKILLS, SATISFACTION, at=SPRING)

    decided = world.when(assess(world, SERVICES, YELLOW), by="maria", at=MAY)

    gone = (COURSE, REFORM, SATISFACTION, SKILLS)
    assert decided.by_system[:-1] == tuple(withdrawn(each, ANNUAL, day="2025-03-20") for each in gone)
    opened = decided.by_system[-1]
    assert isinstance(opened, AssessmentOpened)
    assert [each.subject for each in opened.subjects] == [DAYS, SERVICES]
    world.after(WITHDRAW_ANNUAL, by=SYSTEM, at=SPRING).when(OpenAssessment(year=2024), by=SYSTEM, at=MAY).then(opened)


def test_what_is_removed_during_the_assessment_needs_no_light_and_gets_none_in_the_statement() -> None:
    """Case 8."""
    one = assess(annual_delivered(), SERVICES, YELLOW)
    begun = updated(annual_delivered().after(one, by="maria", at=on("2025-05-05")), SKILLS, at=MAY)
    comment = CommentMilestone(year=2024, subject=COURSE, comment=words("late"))
    light = assess(begun, SKILLS, GREEN)
    begun.when(light, by="maria", at=MAY).refused("item-withdrawn", field="subject", rule="case 8")
    begun.when(comment, by="maria", at=MAY).refused("item-withdrawn", field="subject", rule="case 8")

    world = updated(assessed(), SKILLS, at=MAY)
    stale = IssueStatement(year=2024, digest=shown_statement(world), narrative=words("statement"))
    world.when(stale, by="mikko", at=on("2025-06-10")).refused("content-changed", rule="R16")
    world = world.after(WITHDRAW_ANNUAL, by=SYSTEM, at=MAY)
    issue = IssueStatement(year=2024, digest=shown_statement(world), narrative=words("statement"))
    statement = world.after(issue, by="mikko", at=on("2025-06-10")).state(CYCLE, 2024).statement

    assert statement is not None
    assert [each.subject for each in statement.lights] == [DAYS, SATISFACTION, SERVICES]


def test_once_all_else_is_assessed_the_decider_is_reminded_and_the_assessor_is_not() -> None:
    """Case 8."""
    world, june = annual_delivered(), on("2025-06-09", 9)
    for subject, light in ((SERVICES, YELLOW), (DAYS, GREEN), (SATISFACTION, GREEN)):
        world = world.after(assess(world, subject, light), by="maria", at=on("2025-05-05"))
    assert ("assess", "maria", 1) in reminded(world, CYCLE_2024, june)

    world = updated(world, SKILLS, at=MAY).after(WITHDRAW_ANNUAL, by=SYSTEM, at=MAY)

    told = [each for each in reminded(world, CYCLE_2024, june) if each[1] in ("maria", "mikko")]
    assert told == [("issue-statement", "mikko", 1)]


def test_a_copied_statement_with_a_light_for_what_is_removed_is_not_confirmed() -> None:
    """Case 8. It is copied anew."""
    world = annual_delivered().after(PROPOSE, by="kaisa", at=MAY)
    [proposed] = [fact.event for fact in world.facts if fact.event.type == "transcription-proposed"]
    confirm = ConfirmTranscription(year=2024, proposal="copy", digest=Digest(proposal_digest(proposed)))
    world = updated(world, SKILLS, at=MAY)

    world.when(confirm, by="kalle", at=on("2025-06-10")).refused("item-withdrawn", field="proposal", rule="case 8")


def test_an_indicator_that_an_update_adds_is_assessed_by_its_own_level() -> None:
    """Case 9. The cycle began under a version that doesn't have it."""
    january, march = on("2025-01-10"), on("2025-03-11")
    world = signed(STAFFED, updating(SATISFACTION, number=1), on("2023-12-01"))
    world = world.after(OpenCycle(year=2024), by=SYSTEM, at=on("2024-01-01", 0))
    world = updated(world).after(OpenRound(round=ANNUAL), by=SYSTEM, at=on("2025-01-01", 0))
    world = approved_by_directors(submitted(written(world, ANNUAL, january), ANNUAL, january), ANNUAL, january)
    world = approved(compiled(world, ANNUAL, january), ANNUAL, january).after(ACCOUNTS, by="kaisa", at=march)
    world = world.after(deliver(world, ANNUAL), by="kaisa", at=march)

    [opened] = world.when(OpenAssessment(year=2024), by=SYSTEM, at=march).events

    assert SATISFACTION in [each.subject for each in opened.subjects]  # type: ignore[attr-defined]
