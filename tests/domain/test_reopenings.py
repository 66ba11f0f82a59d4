"""What was delivered is opened again: by the ministry, or by a supplement; corrections from start to redelivery."""

from dataclasses import replace

import pytest
from agreed import ANNUAL, COURSE, DIGI, HALF, PORTAL, SERVICES, TOWNS, UNIT_ORDER
from kit import World, on, words
from story import (
    GREEN,
    YELLOW,
    annual_delivered,
    attach,
    deliver,
    document,
    half_year_approved,
    half_year_delivered,
    half_year_signed,
    milestone,
    portal_submitted,
    report_digest,
    seen,
    sign_off,
    stated,
    submit,
    target,
)

from domain.agency_report import ApproveAgencyReport, CompileAgencyReport
from domain.approval import Returning, ReturnItems
from domain.calendar import deadline
from domain.events.item import (
    CorrectionAbandoned,
    CorrectionStarted,
    ItemDelivered,
    ItemReturned,
    ItemSubmitted,
)
from domain.events.round import (
    DeadlineExtended,
    DeadlinePassed,
    DeliveredToMinistry,
    DeliveryReturned,
    Gap,
    ReturnedItem,
    SupplementOpened,
)
from domain.extension import ExtendDeadline
from domain.item import FOLD as ITEM
from domain.item import Stage
from domain.planner import owed_by
from domain.round import FOLD as ROUND
from domain.round import Stage as RoundStage
from domain.round_steps import CloseRound, EscalateStep, PassDeadline
from domain.supplement import AbandonCorrection, OpenSupplement, ReturnDelivery, StartCorrection
from domain.values import SYSTEM, Date, DeadlineKind, Digest, MilestoneStatus, SubjectId

SEPTEMBER = on("2024-09-10")
REACHED, IN_PROGRESS = MilestoneStatus.REACHED, MilestoneStatus.IN_PROGRESS


def named(*subjects: SubjectId) -> tuple[ReturnedItem, ...]:
    """Items with a reason each."""
    return tuple(ReturnedItem(subject=each, reason=words(f"about {each}")) for each in subjects)


def returned(subject: SubjectId) -> tuple[Returning, ...]:
    """An item that its director gives back."""
    return (Returning(subject=subject, reason=words(f"about {subject}")),)


def returning(*subjects: SubjectId, reopening: str = "first", by: str = "2024-09-20") -> ReturnDelivery:
    """The ministry returns items."""
    return ReturnDelivery(
        round=HALF, reopening=reopening, items=named(*subjects), redeliver_by=Date(by), reference="TEM/7/2024"
    )


def supplementing(*subjects: SubjectId, reopening: str = "first", by: str = "2024-09-20") -> OpenSupplement:
    """The agency opens items."""
    return OpenSupplement(round=HALF, reopening=reopening, items=named(*subjects), redeliver_by=Date(by))


REDELIVER = deadline(DeadlineKind.DELIVERY, Date("2024-09-20"), rolls=False, policy="reopening/first")


PASS = PassDeadline(round=HALF, kind=DeadlineKind.DELIVERY)
REDELIVERY_MOVES = ExtendDeadline(
    round=HALF,
    kind=DeadlineKind.DELIVERY,
    unit=None,
    date=Date("2024-09-30"),
    reason=words("more"),
    consent="VN/9/2024",
)


def test_the_ministry_returns_named_items_and_the_others_stand() -> None:
    """Case 16."""
    world = half_year_delivered()

    world = world.when(returning(PORTAL, SERVICES), by="maria", at=SEPTEMBER).then(
        DeliveryReturned(
            round=HALF, reopening="first", items=named(PORTAL, SERVICES), redeliver_by=REDELIVER, reference="TEM/7/2024"
        ),
        *(
            ItemReturned(round=HALF, subject=each, revision=2, reason=words(f"about {each}"), reopening="first")
            for each in (PORTAL, SERVICES)
        ),
    )

    stages = {each: world.state(ITEM, HALF, each).stage for each in UNIT_ORDER}
    assert {each for each, stage in stages.items() if stage is Stage.RETURNED} == {PORTAL, SERVICES}
    assert {stages[TOWNS], stages[COURSE]} == {Stage.DELIVERED}
    world.when(milestone(world, TOWNS, REACHED, GREEN), by="olga", at=SEPTEMBER).refused("round-not-open")
    again = world.when(milestone(world, PORTAL, REACHED, GREEN, narrative=words("more")), by="olga", at=SEPTEMBER)
    assert [event.type for event in again.events] == ["milestone-status-reported"]


@pytest.mark.parametrize("command", [returning, supplementing])
def test_what_cannot_be_opened_again_is_refused(command: object) -> None:
    """Case 16."""
    world, who = half_year_delivered(), "maria" if command is returning else "kaisa"
    make = command

    for made, code, field in (
        (make(), "items-missing", "items"),  # type: ignore[operator]
        (make(PORTAL, PORTAL, SERVICES), "items-missing", "items"),  # type: ignore[operator]
        (make(PORTAL), "target-not-named", "items"),  # type: ignore[operator]
        (make(SubjectId("nowhere")), "not-in-scope", None),  # type: ignore[operator]
        (make(SERVICES, by="2024-09-09"), "date-in-the-past", "redeliver_by"),  # type: ignore[operator]
        (make(SERVICES, reopening="First!"), "malformed-id", "reopening"),  # type: ignore[operator]
    ):
        world.when(made, by=who, at=SEPTEMBER).refused(code, field=field)
    half_year_approved().when(make(SERVICES), by=who, at=SEPTEMBER).refused("not-delivered", rule="PROCESS, round")  # type: ignore[operator]
    opened = world.after(make(SERVICES), by=who, at=SEPTEMBER)  # type: ignore[operator]
    opened.when(make(SERVICES, by="2024-09-21"), by=who, at=SEPTEMBER).refused("reopening-exists", field="reopening")  # type: ignore[operator]
    opened.when(make(SERVICES, reopening="second"), by=who, at=SEPTEMBER).refused("not-delivered")  # type: ignore[operator]


def test_the_ministry_returns_nothing_that_it_never_got() -> None:
    world = half_year_signed()
    back = ReturnItems(round=HALF, items=returned(COURSE))
    world = world.after(back, by="dirk", at=on("2024-08-20"))
    gaps = (Gap(subject=COURSE, reason=words("late")),)
    refused = world.when(CompileAgencyReport(round=HALF, gaps=gaps), by="kaisa", at=on("2024-08-26"))

    world = delivered_again(refused.world, "2024-08-30")

    world.when(returning(COURSE, SubjectId("skills")), by="maria", at=SEPTEMBER).refused("not-delivered", field="items")
    assert world.when(supplementing(COURSE, SubjectId("skills")), by="kaisa", at=SEPTEMBER).events


def test_the_ministry_returns_nothing_after_the_round_is_over() -> None:
    """Case 16. Half-year: thirty days after the delivery; annual: once the statement is issued."""
    returned = returning(SERVICES, by="2024-10-20")
    half_year_delivered().when(returned, by="maria", at=on("2024-09-30")).refused("round-not-open")
    assert half_year_delivered().when(returned, by="maria", at=on("2024-09-28")).events

    late = ReturnDelivery(round=ANNUAL, reopening="late", items=named(SERVICES), redeliver_by=Date("2025-07-01"))

    stated().when(late, by="maria", at=on("2025-06-12")).refused("round-not-open", rule="PROCESS, round")


def test_a_supplement_opens_named_items_also_after_the_round_is_closed() -> None:
    """Case 11."""
    closed = half_year_delivered().after(CloseRound(round=HALF), by=SYSTEM, at=on("2024-10-01"))
    late = deadline(DeadlineKind.DELIVERY, Date("2024-10-20"), rolls=False, policy="reopening/first")

    for world in (half_year_delivered(), closed):
        later = world.when(supplementing(PORTAL, SERVICES, by="2024-10-20"), by="kaisa", at=on("2024-10-02")).then(
            SupplementOpened(round=HALF, reopening="first", items=named(PORTAL, SERVICES), redeliver_by=late)
        )
        assert later.state(ROUND, HALF).stage is RoundStage.OPEN
        assert later.state(ITEM, HALF, PORTAL).stage is Stage.DELIVERED


def correcting() -> World:
    """A supplement names the portal and its target; both corrections are started."""
    world = half_year_delivered().after(supplementing(PORTAL, SERVICES), by="kaisa", at=SEPTEMBER)
    for subject in (PORTAL, SERVICES):
        start = StartCorrection(round=HALF, subject=subject, reason=words("wrong"))
        world = world.after(start, by="olga", at=SEPTEMBER)
    return world


def test_a_correction_is_started_by_the_owner_where_a_supplement_names_the_item() -> None:
    """Case 11. Revision n stays the reported one until n+1 is delivered."""
    start = StartCorrection(round=HALF, subject=PORTAL, reason=words("wrong"))
    half_year_delivered().when(start, by="olga", at=SEPTEMBER).refused("no-supplement", field="subject", rule="case 11")
    world = half_year_delivered().after(supplementing(PORTAL, SERVICES), by="kaisa", at=SEPTEMBER)
    world.when(replace(start, subject=TOWNS), by="olga", at=SEPTEMBER).refused("no-supplement", field="subject")

    world = world.when(start, by="olga", at=SEPTEMBER).then(
        CorrectionStarted(round=HALF, subject=PORTAL, revision=2, reopening="first", reason=words("wrong"))
    )

    item = world.state(ITEM, HALF, PORTAL)
    assert (item.stage, item.revision) == (Stage.DRAFT, 2)
    assert item.delivered is not None
    assert item.delivered.revision == 1
    submitted = world.after(submit(world, PORTAL), by="olga", at=SEPTEMBER)
    submitted.when(start, by="olga", at=SEPTEMBER).refused("not-delivered", field="subject")


def corrected(world: World) -> World:
    """Portal and target are corrected, submitted and signed off."""
    world = world.after(milestone(world, PORTAL, IN_PROGRESS, YELLOW), by="olga", at=SEPTEMBER)
    world = world.after(target(world, SERVICES, YELLOW), by="olga", at=SEPTEMBER)
    world = world.after(submit(world, PORTAL, SERVICES), by="olga", at=SEPTEMBER)
    return world.after(sign_off(world, PORTAL, SERVICES), by="dora", at=SEPTEMBER)


def delivered_again(world: World, day: str, gaps: tuple[Gap, ...] = (), **other: object) -> World:
    """Compiled with what isn't signed as gaps, approved and delivered."""
    unsigned = [
        each for each in UNIT_ORDER if world.state(ITEM, HALF, each).stage not in (Stage.SIGNED_OFF, Stage.DELIVERED)
    ]
    gaps = gaps or tuple(Gap(subject=each, reason=words("late")) for each in unsigned)
    world = world.after(CompileAgencyReport(round=HALF, gaps=gaps), by="kaisa", at=on(day))
    world = world.after(ApproveAgencyReport(round=HALF, digest=report_digest(world)), by="hanna", at=on(day))
    return world.after(deliver(world, **other), by="kaisa", at=on(day))  # type: ignore[arg-type]


def test_a_correction_goes_through_approval_and_delivery_like_the_first_report() -> None:
    """Case 11. The old report can be reproduced to the letter, and the first timeliness stands."""
    before = half_year_delivered()
    world = corrected(correcting())
    old = before.state(ITEM, HALF, PORTAL).delivered
    compiled = world.after(CompileAgencyReport(round=HALF), by="kaisa", at=on("2024-09-18"))
    approved = compiled.after(
        ApproveAgencyReport(round=HALF, digest=report_digest(compiled)), by="hanna", at=on("2024-09-19")
    )

    decided = approved.when(deliver(approved), by="kaisa", at=on("2024-09-20", 23, 59, 59))

    later = decided.then(
        DeliveredToMinistry(
            round=HALF,
            report=2,
            digest=report_digest(approved),
            case_number="VN/1/2024",
            deadline=REDELIVER,
            late=False,
            late_reason=None,
        ),
        *(
            ItemDelivered(round=HALF, subject=each, revision=2, digest=seen(approved, each).digest)
            for each in (PORTAL, SERVICES)
        ),
    )
    state = later.state(ROUND, HALF)
    assert state.first_delivery == before.state(ROUND, HALF).first_delivery
    assert set(state.delivered) == set(UNIT_ORDER)
    assert old is not None
    assert old.digest in {each.digest for each in before.state(ROUND, HALF).delivered.values()}
    assert later.state(ITEM, HALF, PORTAL).delivered != old
    approved.when(deliver(approved), by="kaisa", at=on("2024-09-21", 0)).refused("late-reason-missing")


def test_a_correction_is_late_against_the_redelivery_date_alone() -> None:
    world = correcting()
    world = world.after(milestone(world, PORTAL, IN_PROGRESS, YELLOW), by="olga", at=SEPTEMBER)

    decided = world.when(submit(world, PORTAL), by="olga", at=on("2024-09-20", 23, 59))

    assert [(event.deadline, event.late) for event in decided.events if isinstance(event, ItemSubmitted)] == [
        (REDELIVER, False)
    ]
    world.when(submit(world, PORTAL), by="olga", at=on("2024-09-21", 0)).refused("late-reason-missing")


def test_an_open_correction_keeps_the_report_from_being_compiled() -> None:
    world = correcting()

    for gaps in ((), (Gap(subject=PORTAL, reason=words("later")),)):
        world.when(CompileAgencyReport(round=HALF, gaps=gaps), by="kaisa", at=SEPTEMBER).refused(
            "correction-open", rule="case 11"
        )
    alone = half_year_delivered().after(supplementing(PORTAL, SERVICES), by="kaisa", at=SEPTEMBER)
    alone = alone.after(StartCorrection(round=HALF, subject=PORTAL, reason=words("wrong")), by="olga", at=SEPTEMBER)
    alone = alone.after(milestone(alone, PORTAL, IN_PROGRESS, YELLOW), by="olga", at=SEPTEMBER)
    alone = alone.after(submit(alone, PORTAL), by="olga", at=SEPTEMBER)
    alone = alone.after(sign_off(alone, PORTAL), by="dora", at=SEPTEMBER)
    alone.when(CompileAgencyReport(round=HALF), by="kaisa", at=SEPTEMBER).refused("target-stale")


@pytest.mark.parametrize("who", ["olga", "kaisa"])
def test_an_abandoned_correction_leaves_the_delivered_revision(who: str) -> None:
    """Case 11."""
    world = correcting()
    held = world.state(ITEM, HALF, PORTAL).delivered
    changed = world.after(milestone(world, PORTAL, IN_PROGRESS, YELLOW), by="olga", at=SEPTEMBER)
    abandon = AbandonCorrection(round=HALF, subject=PORTAL, reason=words("it was right"))

    later = changed.when(abandon, by=who, at=SEPTEMBER).then(
        CorrectionAbandoned(round=HALF, subject=PORTAL, revision=1, reason=words("it was right"))
    )

    item = later.state(ITEM, HALF, PORTAL)
    before = half_year_delivered().state(ITEM, HALF, PORTAL)
    assert (item.stage, item.revision, item.delivered) == (Stage.DELIVERED, 1, held)
    assert (item.signed, item.signer) == (before.signed, "dora")
    assert held is not None
    assert item.content == held.content
    later.when(replace(abandon, reason=words("again")), by=who, at=SEPTEMBER).refused("no-correction", field="subject")
    half_year_delivered().when(abandon, by=who, at=SEPTEMBER).refused("no-correction", field="subject")


def test_no_revision_is_counted_twice() -> None:
    world = correcting()
    abandon = AbandonCorrection(round=HALF, subject=PORTAL, reason=words("no"))
    world = world.after(abandon, by="olga", at=SEPTEMBER)

    decided = world.when(StartCorrection(round=HALF, subject=PORTAL, reason=words("yes")), by="olga", at=SEPTEMBER)

    decided.then(CorrectionStarted(round=HALF, subject=PORTAL, revision=3, reopening="first", reason=words("yes")))


def test_what_the_ministry_returned_is_answered_and_not_abandoned() -> None:
    """Case 16. Also after the director returned the answer."""
    world = half_year_delivered().after(returning(PORTAL, SERVICES), by="maria", at=SEPTEMBER)
    abandon = AbandonCorrection(round=HALF, subject=PORTAL, reason=words("no"))
    world.when(abandon, by="olga", at=SEPTEMBER).refused("returned-by-ministry", field="subject")
    world.when(submit(world, PORTAL), by="olga", at=SEPTEMBER).refused("reply-missing", field="reply", rule="case 16")

    answered = world.after(submit(world, PORTAL, reply=words("see page 2")), by="olga", at=SEPTEMBER)
    back = answered.after(ReturnItems(round=HALF, items=returned(PORTAL)), by="dora", at=SEPTEMBER)

    back.when(abandon, by="olga", at=SEPTEMBER).refused("returned-by-ministry", field="subject")


@pytest.mark.parametrize("opening", [returning(PORTAL, SERVICES), supplementing(PORTAL, SERVICES)])
def test_the_date_of_a_redelivery_passes_unmet_once_and_again_after_its_extension(opening: object) -> None:
    """Case 16. The first delivery's date, which passed before that, is another one; the event names the reopening."""
    before = half_year_approved().after(PASS, by=SYSTEM, at=on("2024-09-01", 0))
    late = before.after(deliver(before, late_reason=words("late")), by="kaisa", at=on("2024-09-02"))
    world = late.after(opening, by="maria" if isinstance(opening, ReturnDelivery) else "kaisa", at=SEPTEMBER)
    midnight = on("2024-09-21", 0)
    assert world.plan("reporting-cycle/2024", SEPTEMBER).steps == []
    world.when(PASS, by=SYSTEM, at=on("2024-09-20", 23, 59)).refused("not-yet")

    assert PASS in world.plan("reporting-cycle/2024", midnight).steps
    cause = world.facts[world.ask(lambda view: owed_by(view, PASS)) - 1].event
    assert isinstance(cause, DeliveryReturned | SupplementOpened)
    passed = DeadlinePassed(
        round=HALF, kind=DeadlineKind.DELIVERY, unit=None, deadline=REDELIVER, subjects=(PORTAL, SERVICES)
    )
    world = world.when(PASS, by=SYSTEM, at=midnight).then(passed)
    assert PASS not in world.plan("reporting-cycle/2024", midnight).steps

    moved = replace(REDELIVERY_MOVES, reason=words("again"))
    world = world.after(moved, by="kaisa", at=on("2024-09-22"))
    again = world.when(PASS, by=SYSTEM, at=on("2024-10-01", 0)).events
    assert [each.deadline.date for each in again if isinstance(each, DeadlinePassed)] == ["2024-09-30"]
    cause = world.facts[world.ask(lambda view: owed_by(view, PASS)) - 1].event
    assert isinstance(cause, DeadlineExtended)


def test_the_date_of_an_annual_redelivery_passes_as_one_of_its_round() -> None:
    """Case 16. That of the annual delivery is one of the cycle."""
    at = on("2025-04-01")
    command = PassDeadline(round=ANNUAL, kind=DeadlineKind.DELIVERY)
    world = annual_delivered().after(replace(returning(SERVICES, by="2025-04-10"), round=ANNUAL), by="maria", at=at)

    [passed] = world.when(command, by=SYSTEM, at=on("2025-04-11", 0)).events

    assert isinstance(passed, DeadlinePassed)
    assert (passed.deadline.policy, passed.subjects) == ("reopening/first", (SERVICES,))
    assert command in world.plan("reporting-cycle/2024", on("2025-04-11", 0)).steps
    annual_delivered().when(command, by=SYSTEM, at=on("2025-04-11", 0)).refused("superseded")


def test_an_extension_of_a_redelivery_moves_the_redelivery() -> None:
    """Case 16. It needs the ministry's consent, and no other date of the round can be moved any more."""
    world = half_year_delivered().after(returning(PORTAL, SERVICES), by="maria", at=SEPTEMBER)
    moved = deadline(DeadlineKind.DELIVERY, Date("2024-09-30"), rolls=False, policy="extension")
    command = REDELIVERY_MOVES

    world.when(replace(command, consent=None), by="kaisa", at=SEPTEMBER).refused("consent-missing", field="consent")
    world.when(replace(command, kind=DeadlineKind.UNIT), by="kaisa", at=SEPTEMBER).refused("no-such-deadline")
    world = world.when(command, by="kaisa", at=SEPTEMBER).then(
        DeadlineExtended(
            round=HALF,
            kind=DeadlineKind.DELIVERY,
            unit=None,
            previous=REDELIVER,
            deadline=moved,
            reason=words("more"),
            consent="VN/9/2024",
        )
    )

    decided = world.when(submit(world, PORTAL, reply=words("x")), by="olga", at=on("2024-09-25"))
    assert [(event.deadline, event.late) for event in decided.events if isinstance(event, ItemSubmitted)] == [
        (moved, False)
    ]


def test_an_escalation_ends_with_the_delivery() -> None:
    """Case 27. After a reopening the director decides again, until the new date passes."""
    world = portal_submitted().after(EscalateStep(round=HALF, unit=DIGI), by=SYSTEM, at=on("2024-08-23"))
    world = world.after(sign_off(world, PORTAL), by="hanna", at=on("2024-08-23"))
    world = delivered_again(world, "2024-08-30").after(returning(PORTAL), by="maria", at=SEPTEMBER)
    world = world.after(submit(world, PORTAL, reply=words("see page 2")), by="olga", at=SEPTEMBER)

    world.when(sign_off(world, PORTAL), by="hanna", at=SEPTEMBER).refused("not-escalated", rule="case 27")

    assert world.when(sign_off(world, PORTAL), by="dora", at=SEPTEMBER).events
    assert world.when(sign_off(world, PORTAL), by="hanna", at=on("2024-09-21", 0)).events


@pytest.mark.parametrize("kind", [DeadlineKind.UNIT, DeadlineKind.DIRECTOR, DeadlineKind.HEAD])
def test_a_reopening_misses_no_date_of_the_first_report(kind: DeadlineKind) -> None:
    world = half_year_delivered().after(returning(PORTAL, SERVICES), by="maria", at=SEPTEMBER)

    world.when(PassDeadline(round=HALF, kind=kind), by=SYSTEM, at=on("2024-10-01")).refused("superseded")


def test_a_gap_is_filled_by_a_supplement() -> None:
    back = ReturnItems(round=HALF, items=returned(COURSE))
    world = half_year_signed().after(back, by="dirk", at=on("2024-08-20"))
    world = delivered_again(world, "2024-08-30")
    assert world.state(ITEM, HALF, COURSE).delivered is None

    world = world.after(supplementing(COURSE, SubjectId("skills")), by="kaisa", at=SEPTEMBER)
    world = world.after(attach(COURSE, document("map")), by="otto", at=SEPTEMBER)
    world = world.after(submit(world, COURSE), by="otto", at=SEPTEMBER)
    world = world.after(sign_off(world, COURSE), by="dirk", at=SEPTEMBER)

    start = StartCorrection(round=HALF, subject=SubjectId("skills"), reason=words("its milestone changed"))
    world = world.after(start, by="otto", at=SEPTEMBER)
    world = world.after(target(world, SubjectId("skills"), GREEN), by="otto", at=SEPTEMBER)
    world = world.after(submit(world, SubjectId("skills")), by="otto", at=SEPTEMBER)
    world = world.after(sign_off(world, SubjectId("skills")), by="dirk", at=SEPTEMBER)
    world = delivered_again(world, "2024-09-15")
    delivered = world.state(ITEM, HALF, COURSE).delivered
    assert delivered is not None
    assert delivered.revision == 1


def test_the_annual_data_is_redelivered_against_the_date_that_the_ministry_gave() -> None:
    """Case 16."""
    returned = ReturnDelivery(round=ANNUAL, reopening="spring", items=named(SERVICES), redeliver_by=Date("2025-04-20"))

    world = annual_delivered().after(returned, by="maria", at=on("2025-04-01"))

    reopening = world.state(ROUND, ANNUAL).reopening
    assert reopening is not None
    assert reopening.redeliver_by == deadline(
        DeadlineKind.DELIVERY, Date("2025-04-20"), rolls=False, policy="reopening/spring"
    )
    assert Digest("0" * 64) != report_digest(world, ANNUAL)
