"""A round of reporting: opened, its scope and dates, deadlines passed and extended, closed; who is accountable."""

import pytest
from agreed import (
    AGREED,
    ANNUAL,
    COURSE,
    COURSE_2025,
    DAYS,
    DIGI,
    EXPERIENCE,
    FUTURE,
    HALF,
    PORTAL,
    REFORM,
    SATISFACTION,
    SERVICES,
    SKILLS,
    STAFFED,
    TALOUS,
    TOWNS,
    UNIT_ORDER,
    VANHA,
    VERSION,
    confirmed,
    grant,
)
from kit import World, on, words
from story import (
    GREEN,
    JUNE,
    annual_open,
    half_year_approved,
    half_year_compiled,
    half_year_delivered,
    half_year_open,
    half_year_signed,
    milestone,
    portal_submitted,
    seen,
    sign_off,
    submit,
)

from domain.calendar import deadline, start_of
from domain.cycle import OpenCycle
from domain.events.cycle import CycleOpened
from domain.events.item import ItemReassigned, ItemSubmitted
from domain.events.organisation import Handover, UnitSucceeded
from domain.events.round import (
    DeadlineExtended,
    DeadlinePassed,
    EscalationCause,
    RoundClosed,
    RoundOpened,
    RoundScopeFixed,
    ScopeItem,
    StepEscalated,
)
from domain.extension import ExtendDeadline
from domain.item import FOLD as ITEM
from domain.item import accountable
from domain.round import FOLD as ROUND
from domain.round_steps import CloseRound, EscalateStep, OpenRound, PassDeadline
from domain.succession import ReassignItem, SucceedUnit
from domain.values import (
    SYSTEM,
    Date,
    Deadline,
    DeadlineKind,
    MilestoneStatus,
    Role,
    RoundKind,
    SubjectId,
    SubjectKind,
    UnitId,
)

IN_PROGRESS = MilestoneStatus.IN_PROGRESS
UNIT, DIRECTOR, HEAD, DELIVERY = DeadlineKind.UNIT, DeadlineKind.DIRECTOR, DeadlineKind.HEAD, DeadlineKind.DELIVERY


def date_of(kind: DeadlineKind, day: str, policy: str = "half-year") -> Deadline:
    """A deadline that doesn't roll."""
    name = policy if "/" in policy or policy == "extension" else f"{policy}/{kind}"
    return deadline(kind, Date(day), rolls=False, policy=name)


HALF_DATES = (
    date_of(UNIT, "2024-08-15"),
    date_of(DIRECTOR, "2024-08-22"),
    date_of(HEAD, "2024-08-28"),
    date_of(DELIVERY, "2024-08-31"),
)


def entry(subject: SubjectId, kind: SubjectKind, unit: UnitId, target: SubjectId | None = None) -> ScopeItem:
    """An entry of a scope."""
    return ScopeItem(subject=subject, kind=kind, unit=unit, target=target)


HALF_SCOPE = (
    entry(PORTAL, SubjectKind.MILESTONE, DIGI, SERVICES),
    entry(TOWNS, SubjectKind.MILESTONE, DIGI, SERVICES),
    entry(COURSE, SubjectKind.MILESTONE, TALOUS, SKILLS),
    entry(REFORM, SubjectKind.MILESTONE, TALOUS, SKILLS),
    entry(DAYS, SubjectKind.INDICATOR, DIGI),
    entry(SERVICES, SubjectKind.TARGET, DIGI),
    entry(SKILLS, SubjectKind.TARGET, TALOUS),
)


def cycle_open() -> World:
    """The cycle runs; no round is open."""
    return AGREED.after(OpenCycle(year=2024), by=SYSTEM, at=on("2024-01-01", 0))


def test_the_half_year_round_opens_on_its_date_and_not_before() -> None:
    """R3. The data of the half-year is due by 31 August."""
    world = cycle_open()
    command = OpenRound(round=HALF)
    world.when(command, by=SYSTEM, at=on("2024-05-31", 23, 59, 59)).refused("not-yet")

    decided = world.when(command, by=SYSTEM, at=on("2024-06-01", 0))

    decided.then(
        RoundOpened(
            round=HALF,
            year=2024,
            kind=RoundKind.HALF_YEAR,
            version=VERSION,
            opens=start_of(Date("2024-06-01")),
            deadlines=HALF_DATES,
            chain=(),
        ),
        RoundScopeFixed(round=HALF, items=HALF_SCOPE, not_due=(FUTURE,)),
    )


def test_the_scope_is_what_binds_the_year_and_a_target_without_a_milestone_is_not_due() -> None:
    """R2. The annual round has all indicators; milestones of other years are no items."""
    world = annual_open()

    fixed = next(
        fact.event for fact in world.facts if fact.event.stream == f"round/{ANNUAL}" and hasattr(fact.event, "not_due")
    )

    assert fixed == RoundScopeFixed(
        round=ANNUAL,
        items=(
            *HALF_SCOPE[:5],
            entry(SATISFACTION, SubjectKind.INDICATOR, TALOUS),
            entry(EXPERIENCE, SubjectKind.INDICATOR, TALOUS),
            *HALF_SCOPE[5:],
        ),
        not_due=(FUTURE,),
    )
    assert COURSE_2025 not in {each.subject for each in fixed.items}


def test_a_round_opens_after_its_cycle_and_under_a_version_in_force_only() -> None:
    AGREED.when(OpenRound(round=HALF), by=SYSTEM, at=on("2024-06-01")).refused("not-yet")

    STAFFED.when(OpenRound(round=HALF), by=SYSTEM, at=on("2024-06-01")).refused("no-version-in-force", rule="R2")
    cycle_open().when(OpenRound(round="2025-half-year"), by=SYSTEM, at=on("2025-06-01")).refused("no-version-in-force")


def test_opening_late_opens_as_of_the_nominal_instant() -> None:
    world = cycle_open()

    decided = world.when(OpenRound(round=HALF), by=SYSTEM, at=on("2024-09-02"))

    assert [event.opens for event in decided.events if isinstance(event, RoundOpened)] == [start_of(Date("2024-06-01"))]


def test_a_report_on_the_opening_date_opens_cycle_and_round_in_the_same_decision() -> None:
    """Case 24. A person is never kept waiting for the system's steps."""
    world = AGREED
    report = milestone(half_year_open(), PORTAL, IN_PROGRESS, GREEN)
    opened = cycle_open().when(OpenRound(round=HALF), by=SYSTEM, at=on("2024-06-01")).events

    decided = world.when(report, by="olga", at=on("2024-06-01", 0))

    decided.then(*decided.events, by_system=(CycleOpened(year=2024, version=VERSION), *opened))
    assert [event.type for event in decided.events] == ["milestone-status-reported"]
    decided.world.when(OpenRound(round=HALF), by=SYSTEM, at=on("2024-06-01")).then()
    world.when(report, by="olga", at=on("2024-05-31", 23, 59, 59)).refused("window-not-open", rule="R3")


@pytest.mark.parametrize(
    ("kind", "unit", "day", "late"),
    [
        (UNIT, DIGI, "2024-08-16", (PORTAL, TOWNS, DAYS, SERVICES)),
        (UNIT, TALOUS, "2024-08-16", (COURSE, REFORM, SKILLS)),
        (HEAD, None, "2024-08-29", UNIT_ORDER),
        (DELIVERY, None, "2024-09-01", UNIT_ORDER),
    ],
)
def test_a_deadline_passes_at_its_midnight_unless_it_is_met(
    kind: DeadlineKind, unit: UnitId | None, day: str, late: tuple[SubjectId, ...]
) -> None:
    world = half_year_open()
    command = PassDeadline(round=HALF, kind=kind, unit=unit)
    due = world.state(ROUND, HALF).deadline(kind)
    assert due is not None
    world.when(command, by=SYSTEM, at=on(day, 0) - (on(day, 0, 0, 1) - on(day, 0))).refused("not-yet")

    decided = world.when(command, by=SYSTEM, at=on(day, 0))

    decided.then(DeadlinePassed(round=HALF, kind=kind, unit=unit, deadline=due, subjects=late))


def test_a_met_deadline_is_superseded() -> None:
    signed = half_year_signed()
    signed.when(PassDeadline(round=HALF, kind=UNIT, unit=DIGI), by=SYSTEM, at=on("2024-08-16")).refused("superseded")
    signed.when(PassDeadline(round=HALF, kind=DIRECTOR, unit=DIGI), by=SYSTEM, at=on("2024-08-23")).refused(
        "superseded"
    )

    half_year_approved().when(PassDeadline(round=HALF, kind=HEAD), by=SYSTEM, at=on("2024-09-01")).refused("superseded")
    half_year_delivered().when(PassDeadline(round=HALF, kind=DELIVERY), by=SYSTEM, at=on("2024-09-01")).refused(
        "superseded"
    )
    cycle_open().when(PassDeadline(round=HALF, kind=UNIT), by=SYSTEM, at=on("2024-09-01")).refused("superseded")
    annual_open().when(PassDeadline(round=ANNUAL, kind=HEAD), by=SYSTEM, at=on("2025-09-01")).refused("superseded")


def test_a_directors_date_passes_for_what_waits_for_the_director() -> None:
    world = portal_submitted()

    decided = world.when(PassDeadline(round=HALF, kind=DIRECTOR, unit=DIGI), by=SYSTEM, at=on("2024-08-23", 0))

    decided.then(DeadlinePassed(round=HALF, kind=DIRECTOR, unit=DIGI, deadline=HALF_DATES[1], subjects=(PORTAL,)))


def extend(kind: DeadlineKind, day: str, unit: UnitId | None = None, consent: str | None = None) -> ExtendDeadline:
    """An extension with its reason."""
    return ExtendDeadline(round=HALF, kind=kind, unit=unit, date=Date(day), reason=words("illness"), consent=consent)


def extended(
    kind: DeadlineKind, previous: Deadline, day: str, unit: UnitId | None = None, consent: str | None = None
) -> DeadlineExtended:
    """The event of an extension."""
    return DeadlineExtended(
        round=HALF,
        kind=kind,
        unit=unit,
        previous=previous,
        deadline=date_of(kind, day, "extension"),
        reason=words("illness"),
        consent=consent,
    )


def test_an_extension_moves_one_date_and_no_other_also_after_it_passed() -> None:
    world = half_year_open()

    world = world.when(extend(UNIT, "2024-08-20", DIGI), by="kaisa", at=on("2024-08-18")).then(
        extended(UNIT, HALF_DATES[0], "2024-08-20", DIGI)
    )

    state = world.state(ROUND, HALF)
    assert [state.deadline(kind, DIGI) for kind in (DIRECTOR, HEAD, DELIVERY)] == list(HALF_DATES[1:])
    assert state.deadline(UNIT, TALOUS) == HALF_DATES[0]
    world.when(PassDeadline(round=HALF, kind=UNIT, unit=DIGI), by=SYSTEM, at=on("2024-08-16")).refused("not-yet")
    world.when(extend(UNIT, "2024-08-19", DIGI), by="kaisa", at=on("2024-08-18")).refused("not-later", field="date")


def test_a_submission_is_judged_against_the_date_in_force_at_that_moment_and_never_again() -> None:
    """Case 4."""
    world = half_year_open().after(milestone(half_year_open(), PORTAL, IN_PROGRESS, GREEN), by="olga", at=JUNE)
    late = world.after(submit(world, PORTAL, late_reason=words("ill")), by="olga", at=on("2024-08-16"))

    afterwards = late.after(extend(UNIT, "2024-08-20", DIGI), by="kaisa", at=on("2024-08-18"))

    assert afterwards.state(ITEM, HALF, PORTAL).submitted == late.state(ITEM, HALF, PORTAL).submitted
    assert late.state(ITEM, HALF, PORTAL).submitted is not None
    moved = world.after(extend(UNIT, "2024-08-20", DIGI), by="kaisa", at=on("2024-08-14"))
    now = seen(moved, PORTAL)
    moved.when(submit(moved, PORTAL), by="olga", at=on("2024-08-20", 23, 59, 59)).then(
        ItemSubmitted(
            round=HALF,
            subject=PORTAL,
            revision=1,
            digest=now.digest,
            deadline=date_of(UNIT, "2024-08-20", "extension"),
            late=False,
            late_reason=None,
            reply=None,
        )
    )


def test_beyond_the_contractual_date_the_ministry_consents_by_its_reference() -> None:
    """R3."""
    world = half_year_open()

    for consent in (None, "", "  "):
        world.when(extend(DELIVERY, "2024-09-05", consent=consent), by="kaisa", at=JUNE).refused(
            "consent-missing", field="consent", rule="R3, R4"
        )
        world.when(extend(UNIT, "2024-09-05", DIGI, consent), by="kaisa", at=JUNE).refused("consent-missing")
    world.when(extend(DELIVERY, "2024-09-05", consent="VN/7/2024"), by="kaisa", at=JUNE).then(
        extended(DELIVERY, HALF_DATES[3], "2024-09-05", consent="VN/7/2024")
    )


def test_what_cannot_be_extended_is_refused() -> None:
    world = half_year_open()

    world.when(extend(UNIT, "2024-08-20", UnitId("nowhere")), by="kaisa", at=JUNE).refused("unknown-unit", field="unit")
    world.when(extend(DELIVERY, "2024-08-31", DIGI), by="kaisa", at=JUNE).refused("unit-not-wanted", field="unit")
    world.when(extend(DeadlineKind.STATEMENT, "2024-08-20"), by="kaisa", at=JUNE).refused("no-such-deadline")
    cycle_open().when(extend(UNIT, "2024-08-20"), by="kaisa", at=on("2024-05-01")).refused("window-not-open")
    half_year_delivered().when(extend(DELIVERY, "2024-09-20", consent="x"), by="kaisa", at=on("2024-09-01")).refused(
        "delivered"
    )


def test_a_step_escalates_when_the_directors_date_has_passed() -> None:
    """Case 27. Reminders first, then the head; nothing is approved by silence."""
    world = portal_submitted()
    step = EscalateStep(round=HALF, unit=DIGI)
    world.when(step, by=SYSTEM, at=on("2024-08-22", 23, 59, 59)).refused("superseded")
    half_year_open().when(step, by=SYSTEM, at=on("2024-08-23")).refused("superseded")

    world = world.when(step, by=SYSTEM, at=on("2024-08-23", 0)).then(
        StepEscalated(round=HALF, unit=DIGI, step="sign-off", cause=EscalationCause.DEADLINE_PASSED, items=())
    )

    assert world.state(ITEM, HALF, PORTAL).signed is None


def test_a_step_escalates_at_once_when_no_approver_may_decide() -> None:
    """Case 27. The only director prepared the item, or left, and nobody substitutes for them."""
    left = portal_submitted().happened(confirmed(grant("dora", Role.DIRECTOR, DIGI, valid_to="2024-06-09")), at=JUNE)

    decided = left.when(EscalateStep(round=HALF, unit=DIGI), by=SYSTEM, at=on("2024-06-11"))

    decided.then(
        StepEscalated(round=HALF, unit=DIGI, step="sign-off", cause=EscalationCause.NO_APPROVER, items=(PORTAL,))
    )
    left.when(sign_off(left, PORTAL), by="hanna", at=on("2024-06-11")).then(
        *left.when(sign_off(left, PORTAL), by="hanna", at=on("2024-06-11")).events, by_system=decided.events
    )


def test_what_was_submitted_just_before_the_date_waits_some_days_before_it_escalates() -> None:
    """Case 27."""
    world = half_year_open()
    world = world.after(milestone(world, PORTAL, IN_PROGRESS, GREEN), by="olga", at=JUNE)
    late = submit(world, PORTAL, late_reason=words("ill"))
    world = world.after(late, by="olga", at=on("2024-08-22", 18))
    step = EscalateStep(round=HALF, unit=DIGI)

    world.when(step, by=SYSTEM, at=on("2024-08-25", 17, 59, 59)).refused("superseded")

    assert world.when(step, by=SYSTEM, at=on("2024-08-25", 18)).events


def test_a_half_year_round_closes_thirty_days_after_its_delivery() -> None:
    world = half_year_delivered()
    command = CloseRound(round=HALF)
    world.when(command, by=SYSTEM, at=on("2024-09-29", 8, 59)).refused("not-yet")

    world.when(command, by=SYSTEM, at=on("2024-09-29")).then(RoundClosed(round=HALF))

    for open_world in (half_year_open(), half_year_compiled(), half_year_approved()):
        open_world.when(command, by=SYSTEM, at=on("2025-09-29")).refused("superseded")


def test_an_item_is_reassigned_from_a_date_on_and_its_preparers_stay() -> None:
    """Case 5."""
    world = portal_submitted().happened(confirmed(grant("sulo", Role.DIRECTOR, VANHA)), at=JUNE)
    command = ReassignItem(round=HALF, subject=PORTAL, to_unit=VANHA, valid_from=Date("2024-06-15"))

    world = world.when(command, by="anna", at=JUNE).then(
        ItemReassigned(
            round=HALF, subject=PORTAL, revision=1, from_unit=DIGI, to_unit=VANHA, valid_from=Date("2024-06-15")
        )
    )

    item = world.state(ITEM, HALF, PORTAL)
    assert [accountable(item, DIGI, Date(day)) for day in ("2024-06-14", "2024-06-15")] == [DIGI, VANHA]
    assert item.preparers == {"olga"}
    assert world.when(sign_off(world, PORTAL), by="dora", at=on("2024-06-14", 23, 59)).events
    world.when(sign_off(world, PORTAL), by="dora", at=on("2024-06-15", 0)).refused("not-permitted")
    assert world.when(sign_off(world, PORTAL), by="sulo", at=on("2024-06-15", 0)).events


@pytest.mark.parametrize(
    ("subject", "unit", "day", "code"),
    [
        (PORTAL, UnitId("nowhere"), "2024-06-15", "unknown-unit"),
        (PORTAL, VANHA, "2024-06-09", "backdated"),
        (COURSE_2025, VANHA, "2024-06-15", "not-in-scope"),
    ],
)
def test_what_cannot_be_reassigned_is_refused(subject: SubjectId, unit: UnitId, day: str, code: str) -> None:
    """Case 5."""
    command = ReassignItem(round=HALF, subject=subject, to_unit=unit, valid_from=Date(day))

    half_year_open().when(command, by="anna", at=JUNE).refused(code)


def test_an_extension_moves_along_with_a_reassigned_item() -> None:
    """Case 5."""
    world = half_year_open()
    world = world.after(milestone(world, PORTAL, IN_PROGRESS, GREEN), by="olga", at=JUNE)
    world = world.after(extend(UNIT, "2024-08-25", DIGI), by="kaisa", at=JUNE)
    move = ReassignItem(round=HALF, subject=PORTAL, to_unit=TALOUS, valid_from=Date("2024-06-15"))
    world = world.after(move, by="anna", at=JUNE)

    decided = world.when(submit(world, PORTAL), by="otto", at=on("2024-08-24"))

    assert [(event.late, event.deadline.date) for event in decided.events if isinstance(event, ItemSubmitted)] == [
        (False, "2024-08-25")
    ]
    passed = world.when(PassDeadline(round=HALF, kind=UNIT, unit=TALOUS), by=SYSTEM, at=on("2024-08-16"))
    assert [len(event.subjects) for event in passed.events if isinstance(event, DeadlinePassed)] == [3]


def test_of_two_extensions_the_later_one_holds_for_a_reassigned_item() -> None:
    """Case 5."""
    world = half_year_open()
    world = world.after(milestone(world, PORTAL, IN_PROGRESS, GREEN), by="olga", at=JUNE)
    world = world.after(extend(UNIT, "2024-08-25", DIGI), by="kaisa", at=JUNE)
    world = world.after(extend(UNIT, "2024-08-20", TALOUS), by="kaisa", at=JUNE)
    move = ReassignItem(round=HALF, subject=PORTAL, to_unit=TALOUS, valid_from=Date("2024-06-15"))
    world = world.after(move, by="anna", at=JUNE)

    decided = world.when(submit(world, PORTAL), by="otto", at=on("2024-08-24"))

    assert [(event.late, event.deadline.date) for event in decided.events if isinstance(event, ItemSubmitted)] == [
        (False, "2024-08-25")
    ]


def succeed(handover: Handover, day: str = "2025-01-01", successor: UnitId = VANHA) -> SucceedUnit:
    """The unit DIGI is succeeded."""
    return SucceedUnit(unit=DIGI, successor=successor, handover=handover, valid_from=Date(day))


def succeeded(handover: Handover, day: str = "2025-01-01") -> UnitSucceeded:
    """The event of it."""
    return UnitSucceeded(unit=DIGI, successor=VANHA, handover=handover, valid_from=Date(day))


def moved(round_id: str, day: str = "2025-01-01") -> tuple[ItemReassigned, ...]:
    """DIGI's items of a round go to its successor."""
    return tuple(
        ItemReassigned(round=round_id, subject=each, revision=1, from_unit=DIGI, to_unit=VANHA, valid_from=Date(day))
        for each in (PORTAL, TOWNS, DAYS, SERVICES)
    )


def test_open_tasks_move_to_the_successor() -> None:
    """Case 5."""
    world = half_year_open()

    decided = world.when(succeed(Handover.MOVES, "2024-07-01"), by="anna", at=JUNE)

    decided.then(succeeded(Handover.MOVES, "2024-07-01"), *moved(HALF, "2024-07-01"))


def test_the_old_unit_finishes_a_period_that_ended_before_where_the_map_says_so() -> None:
    """Case 5."""
    world = annual_open()

    decided = world.when(succeed(Handover.FINISHES, "2025-01-15"), by="anna", at=on("2025-01-10"))

    decided.then(succeeded(Handover.FINISHES, "2025-01-15"))
    half = half_year_open().when(succeed(Handover.FINISHES, "2024-06-15"), by="anna", at=JUNE)
    half.then(succeeded(Handover.FINISHES, "2024-06-15"), *moved(HALF, "2024-06-15"))


def test_a_succession_that_is_recorded_late_moves_items_from_today_on() -> None:
    """Case 5. What was decided before stands as it was."""
    world = half_year_open()

    decided = world.when(succeed(Handover.MOVES, "2024-01-01"), by="anna", at=JUNE)

    decided.then(succeeded(Handover.MOVES, "2024-01-01"), *moved(HALF, "2024-06-10"))


@pytest.mark.parametrize(("handover", "unit"), [(Handover.MOVES, VANHA), (Handover.FINISHES, DIGI)])
def test_a_round_that_opens_on_the_day_of_the_change_follows_the_map(handover: Handover, unit: UnitId) -> None:
    """Case 5. The annual round 2024 opens on 1 January 2025, the day of the reorganisation."""
    world = cycle_open().after(succeed(handover), by="anna", at=on("2024-12-01"))

    world = world.after(OpenRound(round=ANNUAL), by=SYSTEM, at=on("2025-01-01", 0))

    scope = world.state(ROUND, ANNUAL).scope
    assert {scope[each].unit for each in (PORTAL, TOWNS, SERVICES)} == {unit}
    assert scope[COURSE].unit == TALOUS


def test_a_round_that_opens_knows_the_changes_to_come() -> None:
    """Case 5."""
    world = cycle_open().after(succeed(Handover.MOVES, "2024-07-01"), by="anna", at=on("2024-05-01"))

    decided = world.when(OpenRound(round=HALF), by=SYSTEM, at=on("2024-06-01", 0))

    assert decided.events[2:] == moved(HALF, "2024-07-01")


def test_items_without_a_holder_are_orphans_that_the_map_names() -> None:
    """Case 5. Nobody holds a role in the successor yet: nobody may report, and the items say whose they are."""
    world = half_year_open().after(succeed(Handover.MOVES, "2024-06-11"), by="anna", at=JUNE)
    report = milestone(world, PORTAL, IN_PROGRESS, GREEN)

    world.when(report, by="olga", at=on("2024-06-11", 0)).refused("not-permitted")

    holder = world.happened(confirmed(grant("olga", Role.OWNER, VANHA)), at=JUNE)
    assert holder.when(report, by="olga", at=on("2024-06-11", 0)).events
