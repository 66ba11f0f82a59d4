"""The agency's report: compiled, returned, approved, delivered; by whom never, and late with a reason."""

from dataclasses import replace

import pytest
from agreed import ANNUAL, COURSE, DIGI, HALF, PORTAL, SERVICES, TOWNS, UNIT_ORDER, VERSION, confirmed, grant
from kit import World, on, person, words
from story import (
    ACCOUNTS,
    GREEN,
    JUNE,
    annual_approved,
    annual_open,
    annual_signed,
    deliver,
    half_year_approved,
    half_year_compiled,
    half_year_delivered,
    half_year_open,
    half_year_signed,
    milestone,
    portal_submitted,
    report_digest,
    seen,
    sign_off,
)

from domain.agency_report import ApproveAgencyReport, CompileAgencyReport, DeliverToMinistry, ReturnAgencyReport
from domain.approval import Returning, ReturnItems
from domain.calendar import deadline
from domain.canonical import Json
from domain.events.codec import to_json
from domain.events.envelope import digest_of
from domain.events.item import ItemDelivered
from domain.events.organisation import SubstituteAppointed
from domain.events.round import (
    AgencyReportApproved,
    AgencyReportCompiled,
    AgencyReportReturned,
    DeliveredToMinistry,
    Gap,
)
from domain.item import FOLD as ITEM
from domain.item import Stage
from domain.round import FOLD as ROUND
from domain.round import Stage as RoundStage
from domain.round_steps import EscalateStep
from domain.values import SYSTEM, Date, DeadlineKind, Digest, MilestoneStatus, PersonId, Role, SubjectId

AUGUST = on("2024-08-26")
COMPILE = CompileAgencyReport(round=HALF)


def compiled(world: World, report: int = 1, gaps: tuple[Gap, ...] = ()) -> AgencyReportCompiled:
    """The event of a compilation of what is signed or delivered."""
    named = {gap.subject for gap in gaps}
    items = tuple(seen(world, each) for each in UNIT_ORDER if each not in named)
    content: Json = {
        "format": "agency-report/1",
        "round": HALF,
        "report": report,
        "version": VERSION,
        "items": to_json(items),
        "gaps": to_json(gaps),
    }
    return AgencyReportCompiled(
        round=HALF, report=report, version=VERSION, items=items, gaps=gaps, digest=digest_of(content)
    )


def gap(subject: SubjectId) -> Gap:
    """An item that isn't in the report."""
    return Gap(subject=subject, reason=words(f"no {subject}"))


def test_the_report_is_compiled_once_every_item_is_signed_off() -> None:
    world = half_year_signed()

    decided = world.when(COMPILE, by="kaisa", at=AUGUST)

    decided.then(compiled(world))


def test_what_is_not_signed_off_is_a_named_gap_with_its_reason() -> None:
    back = ReturnItems(round=HALF, items=(Returning(subject=COURSE, reason=words("no")),))
    world = half_year_signed().after(back, by="dirk", at=JUNE)

    world.when(COMPILE, by="kaisa", at=AUGUST).refused("items-not-signed", field="gaps", rule="PROCESS, round")
    decided = world.when(replace(COMPILE, gaps=(gap(COURSE),)), by="kaisa", at=AUGUST)

    decided.then(compiled(world, gaps=(gap(COURSE),)))
    for gaps, code in (
        ((gap(COURSE), gap(COURSE)), "gap-doubled"),
        ((gap(COURSE), gap(PORTAL)), "gap-not-needed"),
        ((gap(SubjectId("nowhere")),), "not-in-scope"),
    ):
        world.when(replace(COMPILE, gaps=gaps), by="kaisa", at=AUGUST).refused(code)


def test_a_stale_target_keeps_the_report_from_being_compiled() -> None:
    back = ReturnItems(round=HALF, items=(Returning(subject=TOWNS, reason=words("no")),))
    world = half_year_signed().after(back, by="dora", at=JUNE)
    world = world.after(milestone(world, TOWNS, MilestoneStatus.IN_PROGRESS, GREEN), by="olga", at=JUNE)

    decided = world.when(replace(COMPILE, gaps=(gap(TOWNS),)), by="kaisa", at=AUGUST)

    decided.refused("target-stale", rule="PROCESS, target")


@pytest.mark.parametrize("world", [half_year_approved, half_year_delivered])
def test_a_report_is_compiled_from_an_open_round_only(world: object) -> None:
    made: World = world()  # type: ignore[operator]

    made.when(replace(COMPILE, gaps=(gap(PORTAL),)), by="kaisa", at=AUGUST).refused("round-not-open")
    half_year_open().when(CompileAgencyReport(round=ANNUAL), by="kaisa", at=AUGUST).refused("window-not-open")


def test_the_head_approves_exactly_the_report_that_was_shown() -> None:
    """R16."""
    world = half_year_compiled()
    command = ApproveAgencyReport(round=HALF, digest=report_digest(world))

    world.when(replace(command, digest=Digest("0" * 64)), by="hanna", at=AUGUST).refused(
        "content-changed", field="digest", rule="R16"
    )
    world.when(command, by="hanna", at=AUGUST).then(
        AgencyReportApproved(round=HALF, report=1, digest=report_digest(world), own_signoffs=())
    )
    half_year_signed().when(command, by="hanna", at=AUGUST).refused("not-compiled", rule="PROCESS, round")
    half_year_delivered().when(command, by="hanna", at=AUGUST).refused("not-compiled")


def test_a_second_head_is_told_who_approved_the_report_already() -> None:
    """Case 24."""
    world = half_year_compiled().happened(confirmed(grant("sari", Role.HEAD)), at=AUGUST)
    command = ApproveAgencyReport(round=HALF, digest=report_digest(world))

    world = world.after(command, by="hanna", at=AUGUST)

    decided = world.when(command, by="sari", at=AUGUST)
    decided.refused("already-approved", rule="case 24")
    assert decided.refusal is not None
    assert decided.refusal.by == "hanna"


def test_a_report_is_returned_only_in_the_stage_and_with_the_content_that_were_shown() -> None:
    """Case 24: an old page undoes no approval that was given since."""
    world = half_year_compiled()
    digest = report_digest(world)
    shown = ReturnAgencyReport(round=HALF, reason=words("too thin"), digest=digest, stage=RoundStage.COMPILED)

    approved = world.after(ApproveAgencyReport(round=HALF, digest=digest), by="hanna", at=AUGUST)

    approved.when(shown, by="hanna", at=AUGUST).refused("already-approved", rule="case 24")
    assert approved.when(replace(shown, stage=RoundStage.APPROVED), by="hanna", at=AUGUST).events
    world.when(replace(shown, stage=RoundStage.APPROVED), by="hanna", at=AUGUST).refused("stage-changed")
    world.when(replace(shown, digest=Digest("0" * 64)), by="hanna", at=AUGUST).refused("content-changed")


def test_whoever_compiled_does_not_approve() -> None:
    """R15. Neither in person nor for the head."""
    world = half_year_signed().happened(
        confirmed(grant("hanna", Role.COORDINATOR)),
        SubstituteAppointed(
            substitution="kaisa-for-hanna",
            principal=PersonId("hanna"),
            substitute=PersonId("kaisa"),
            roles=(Role.HEAD,),
            unit=None,
            valid_from=Date("2024-08-01"),
            valid_to=Date("2024-08-31"),
            basis=words("decision"),
        ),
        at=JUNE,
    )
    by_head = world.after(COMPILE, by="hanna", at=AUGUST)
    approve = ApproveAgencyReport(round=HALF, digest=report_digest(by_head))

    by_head.when(approve, by="hanna", at=AUGUST).refused("own-work", rule="R15")
    by_head.when(approve, by=person("kaisa", "hanna"), at=AUGUST).refused("own-work-of-principal", rule="R15")
    by_kaisa = world.after(COMPILE, by="kaisa", at=AUGUST)
    by_kaisa.when(approve, by=person("kaisa", "hanna"), at=AUGUST).refused("own-work", rule="R15")
    assert by_kaisa.when(approve, by="hanna", at=AUGUST).events


def test_a_head_who_signed_an_escalated_item_may_approve_and_the_report_names_it() -> None:
    """R15."""
    world = portal_submitted().after(EscalateStep(round=HALF, unit=DIGI), by=SYSTEM, at=on("2024-08-23"))
    world = world.after(sign_off(world, PORTAL), by="hanna", at=on("2024-08-23"))
    gaps = tuple(gap(each) for each in UNIT_ORDER if each != PORTAL)
    world = world.after(replace(COMPILE, gaps=gaps), by="kaisa", at=AUGUST)

    decided = world.when(ApproveAgencyReport(round=HALF, digest=report_digest(world)), by="hanna", at=AUGUST)

    decided.then(AgencyReportApproved(round=HALF, report=1, digest=report_digest(world), own_signoffs=(PORTAL,)))


def test_the_report_names_also_what_its_approver_signed_as_a_director() -> None:
    world = portal_submitted().happened(confirmed(grant("hanna", Role.DIRECTOR, DIGI)), at=JUNE)
    world = world.after(sign_off(world, PORTAL), by="hanna", at=JUNE)
    gaps = tuple(gap(each) for each in UNIT_ORDER if each != PORTAL)
    world = world.after(replace(COMPILE, gaps=gaps), by="kaisa", at=AUGUST)

    decided = world.when(ApproveAgencyReport(round=HALF, digest=report_digest(world)), by="hanna", at=AUGUST)

    decided.then(AgencyReportApproved(round=HALF, report=1, digest=report_digest(world), own_signoffs=(PORTAL,)))


@pytest.mark.parametrize("world", [half_year_compiled, half_year_approved])
def test_the_head_returns_the_report_and_the_round_is_open_again(world: object) -> None:
    made: World = world()  # type: ignore[operator]
    command = ReturnAgencyReport(round=HALF, reason=words("too thin"))

    later = made.when(command, by="hanna", at=AUGUST).then(
        AgencyReportReturned(round=HALF, report=1, reason=words("too thin"))
    )

    assert later.when(COMPILE, by="kaisa", at=AUGUST).events == (compiled(later, report=2),)
    half_year_signed().when(command, by="hanna", at=AUGUST).refused("not-compiled")
    half_year_delivered().when(command, by="hanna", at=AUGUST).refused("not-compiled")


def delivered(
    world: World, *, late: bool = False, why: str | None = None
) -> tuple[DeliveredToMinistry | ItemDelivered, ...]:
    """The events of the first delivery."""
    due = deadline(DeadlineKind.DELIVERY, Date("2024-08-31"), rolls=False, policy="half-year/delivery")
    first = DeliveredToMinistry(
        round=HALF,
        report=1,
        digest=report_digest(world),
        case_number="VN/1/2024",
        deadline=due,
        late=late,
        late_reason=None if why is None else words(why),
    )
    items = world.state(ROUND, HALF).compiled
    assert items is not None
    return first, *(
        ItemDelivered(round=HALF, subject=each.subject, revision=each.revision, digest=each.digest)
        for each in items.items
    )


def test_the_half_year_data_is_delivered_by_the_end_of_31_august() -> None:
    """Case 1. 31 August 2024 is a Saturday and does not roll: it is contractual (R3, R12)."""
    world = half_year_approved()

    decided = world.when(deliver(world), by="kaisa", at=on("2024-08-31", 23, 59, 59))

    later = decided.then(*delivered(world))
    assert later.state(ITEM, HALF, PORTAL).stage is Stage.DELIVERED


def test_one_second_later_the_delivery_is_late_and_says_why() -> None:
    """Case 4."""
    world = half_year_approved()
    midnight = on("2024-09-01", 0)
    world.when(deliver(world), by="kaisa", at=midnight).refused(
        "late-reason-missing", field="late_reason", rule="case 4"
    )

    decided = world.when(deliver(world, late_reason=words("the head was ill")), by="kaisa", at=midnight)

    decided.then(*delivered(world, late=True, why="the head was ill"))


def test_a_delivery_has_a_case_number_and_is_what_was_approved() -> None:
    """R16."""
    world = half_year_approved()

    world.when(deliver(world, case_number=" "), by="kaisa", at=AUGUST).refused(
        "case-number-missing", field="case_number"
    )
    forged = DeliverToMinistry(round=HALF, digest=Digest("0" * 64), case_number="VN/1/2024")
    world.when(forged, by="kaisa", at=AUGUST).refused("content-changed", field="digest", rule="R16")
    unapproved = half_year_compiled()
    unapproved.when(deliver(unapproved), by="kaisa", at=AUGUST).refused("not-approved", rule="PROCESS, round")


def test_annual_data_is_delivered_after_the_final_accounts_were_approved() -> None:
    """R4. Case 3: until then the date is not yet determined."""
    world = annual_approved()
    world.when(deliver(world, ANNUAL), by="kaisa", at=on("2025-03-11")).refused(
        "final-accounts-not-approved", rule="R4, case 3"
    )

    world = world.after(ACCOUNTS, by="kaisa", at=on("2025-03-11"))
    decided = world.when(deliver(world, ANNUAL), by="kaisa", at=on("2025-03-17", 23, 59, 59))

    first = decided.events[0]
    assert isinstance(first, DeliveredToMinistry)
    assert (first.deadline.date, first.deadline.policy, first.late) == ("2025-03-17", "annual/delivery", False)
    world.when(deliver(world, ANNUAL), by="kaisa", at=on("2025-03-18", 0)).refused("late-reason-missing")


def test_the_annual_round_takes_reports_late_but_none_after_it_is_compiled() -> None:
    world = annual_signed().after(CompileAgencyReport(round=ANNUAL), by="kaisa", at=on("2025-02-20"))
    report = milestone(annual_open(), PORTAL, MilestoneStatus.REACHED, GREEN, ANNUAL)

    world.when(report, by="olga", at=on("2025-02-20")).refused("round-not-open", rule="PROCESS, round")
    assert annual_open().when(report, by="olga", at=on("2025-02-20")).events
    assert SERVICES in world.state(ROUND, ANNUAL).scope
