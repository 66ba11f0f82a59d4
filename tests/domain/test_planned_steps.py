"""What the calendar owes: before, at and after each date; reminders that repeat nothing; escalation, never silence."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from agreed import (
    AGREED,
    ANNUAL,
    DIGI,
    HALF,
    PORTAL,
    SERVICES,
    STAFFED,
    TALOUS,
    TOWNS,
    VERSION,
    confirmed,
    grant,
    signed_by,
)
from kit import World, on, words
from story import (
    ACCOUNTS,
    GREEN,
    JUNE,
    annual_approved,
    annual_delivered,
    assessed,
    half_year_approved,
    half_year_compiled,
    half_year_delivered,
    half_year_open,
    half_year_signed,
    milestone,
    portal_drafted,
    portal_submitted,
    sign_off,
    stated,
    submit,
)
from test_attestations import ATTEST, KEY, LOOK, RESTORED
from test_cycle_of_a_year import published
from test_items_decided import back, chained, two_of_which_one_has_no_approver, without_endorser
from test_reopenings import SEPTEMBER, corrected, correcting, returning
from test_round_steps import extend
from test_signing_the_agreement import FIRST_THREE, sent

from domain.agreement import ExpireAgreement
from domain.assessment import OpenAssessment
from domain.calendar import day_of, end_of, start_of
from domain.clock import AdvanceDemoClock
from domain.cycle import CloseCycle, OpenCycle, PassCycleDeadline
from domain.errors import Refused
from domain.events.item import ItemSignedOff
from domain.events.organisation import Setting, SettingConfirmed
from domain.events.process import MailDelivered, MailFailed, ReminderIssued
from domain.events.round import DeadlinePassed, StepEscalated
from domain.mail import RecordMailDelivered, RecordMailFailed
from domain.planner import IssueReminder, owed_by, step_key
from domain.reminder import Reminder
from domain.round_steps import CloseRound, EscalateStep, OpenRound, PassDeadline
from domain.staffing import OpenLedger
from domain.values import OPERATOR, SYSTEM, Date, DeadlineKind, Digest, MilestoneStatus, PersonId, Role
from domain.withdrawal import WithdrawItems

CYCLE_2024 = "reporting-cycle/2024"
DIGI_HALF, TALOUS_HALF = f"submission/{HALF}/{DIGI}", f"submission/{HALF}/{TALOUS}"
SIGNING = f"signing/{VERSION}"


def system_command(name: str) -> object:
    """One of each of the steps that no person takes."""
    reminder = Reminder(
        step="submit", person=PersonId("olga"), unit=DIGI, subject=None, deadline=None, ordinal=1, owed_by=1
    )
    commands: dict[str, object] = {
        "open-cycle": OpenCycle(year=2024),
        "pass-cycle-deadline": PassCycleDeadline(year=2024, kind=DeadlineKind.DELIVERY),
        "close-cycle": CloseCycle(year=2024),
        "open-round": OpenRound(round=HALF),
        "pass-deadline": PassDeadline(round=HALF, kind=DeadlineKind.UNIT, unit=DIGI),
        "escalate-step": EscalateStep(round=HALF, unit=DIGI),
        "withdraw-items": WithdrawItems(round=HALF),
        "close-round": CloseRound(round=HALF),
        "open-assessment": OpenAssessment(year=2024),
        "expire-agreement": ExpireAgreement(version=VERSION),
        "issue-reminder": IssueReminder(process=DIGI_HALF, reminder=reminder),
        "record-mail-delivered": RecordMailDelivered(process=DIGI_HALF, reminder=1, attempts=1),
        "record-mail-failed": RecordMailFailed(process=DIGI_HALF, reminder=1, attempts=1, error="refused"),
        "attest-view": ATTEST,
        "record-look": LOOK,
        "record-operation": RESTORED,
        "introduce-seal-key": KEY,
        "open-ledger": OpenLedger(ledger="x", agency="x", demo=True, administrators=()),
        "advance-demo-clock": AdvanceDemoClock(instant=JUNE),
    }
    return commands[name]


def steps(world: World, process: str, at: datetime) -> list[object]:
    """What is owed but for reminders."""
    return [each for each in world.plan(process, at).steps if not isinstance(each, IssueReminder)]


def reminded(world: World, process: str, at: datetime) -> list[tuple[str, str, int]]:
    """Which reminders are owed: step, person, ordinal."""
    return [
        (each.reminder.step, each.reminder.person, each.reminder.ordinal)
        for each in world.plan(process, at).steps
        if isinstance(each, IssueReminder)
    ]


def drive(world: World, start: datetime, until: datetime, *processes: str) -> World:
    """The calendar acts alone: at each instant that a plan asks for, all that is owed is done."""
    now = start
    while now <= until:
        wakes: list[datetime] = []
        for process in processes:
            planned = world.plan(process, now)
            for step in planned.steps:
                world = world.after(step, by=SYSTEM, at=now)
            again = world.plan(process, now)
            if planned.steps and again.steps:
                # What was done may make something else owed, but never the same.
                assert not set(map(repr, again.steps)) & set(map(repr, planned.steps))
                wakes.append(now)
            if again.wake is not None:
                assert again.wake > now
                wakes.append(again.wake)
        if not wakes:
            break
        now = min(wakes)
    return world


def issued(world: World) -> list[ReminderIssued]:
    """All reminders in their order."""
    return [fact.event for fact in world.facts if isinstance(fact.event, ReminderIssued)]


ALL = (CYCLE_2024, DIGI_HALF, TALOUS_HALF, f"submission/{ANNUAL}/{DIGI}", f"submission/{ANNUAL}/{TALOUS}")


def test_the_cycle_and_its_rounds_open_on_their_dates() -> None:
    before = AGREED.plan(CYCLE_2024, on("2023-12-31", 23, 59))
    assert (before.steps, before.wake, before.over) == ([], start_of(Date("2024-01-01")), False)

    assert steps(AGREED, CYCLE_2024, on("2024-01-01", 0)) == [OpenCycle(year=2024)]

    running = AGREED.after(OpenCycle(year=2024), by=SYSTEM, at=on("2024-01-01", 0))
    assert steps(running, CYCLE_2024, on("2024-05-31", 23, 59)) == []
    assert running.plan(CYCLE_2024, on("2024-01-01", 0)).wake == start_of(Date("2024-06-01"))
    assert steps(running, CYCLE_2024, on("2024-06-01", 0)) == [OpenRound(round=HALF)]
    assert steps(running, CYCLE_2024, on("2025-01-01", 0)) == [OpenRound(round=HALF), OpenRound(round=ANNUAL)]


def test_nothing_is_owed_before_an_agreement_is_in_force() -> None:
    planned = STAFFED.plan(CYCLE_2024, on("2024-06-01"))

    assert (planned.steps, planned.wake, planned.over) == ([], None, False)


@pytest.mark.parametrize("process", ["", "reporting-cycle/x", "submission/2024", "signing/", "other/1"])
def test_what_is_no_process_is_refused(process: str) -> None:
    with pytest.raises(Refused) as refused:
        AGREED.plan(process, JUNE)

    assert refused.value.code == "unknown-process"


def test_a_units_date_passes_and_is_then_owed_no_more() -> None:
    world, midnight = half_year_open(), on("2024-08-16", 0)
    assert steps(world, DIGI_HALF, midnight - timedelta(seconds=1)) == []

    step = PassDeadline(round=HALF, kind=DeadlineKind.UNIT, unit=DIGI)
    assert steps(world, DIGI_HALF, midnight) == [step]

    later = world.after(step, by=SYSTEM, at=midnight)
    assert steps(later, DIGI_HALF, midnight) == []
    assert steps(half_year_signed(), DIGI_HALF, midnight) == []


def test_an_extension_re_dates_what_is_owed() -> None:
    world = half_year_open().after(extend(DeadlineKind.UNIT, "2024-08-20", DIGI), by="kaisa", at=JUNE)

    assert steps(world, DIGI_HALF, on("2024-08-16", 0)) == []
    assert steps(world, DIGI_HALF, on("2024-08-21", 0)) == [PassDeadline(round=HALF, kind=DeadlineKind.UNIT, unit=DIGI)]
    assert reminded(world, DIGI_HALF, on("2024-08-14", 9)) == [("submit", "olga", 1)]
    assert steps(world, TALOUS_HALF, on("2024-08-16", 0)) == [
        PassDeadline(round=HALF, kind=DeadlineKind.UNIT, unit=TALOUS)
    ]


def test_an_extension_after_the_date_passed_gives_a_new_date_to_miss() -> None:
    step = PassDeadline(round=HALF, kind=DeadlineKind.UNIT, unit=DIGI)
    world = half_year_open().after(step, by=SYSTEM, at=on("2024-08-16", 0))
    world = world.after(extend(DeadlineKind.UNIT, "2024-08-20", DIGI), by="kaisa", at=on("2024-08-17"))

    assert steps(world, DIGI_HALF, on("2024-08-20")) == []

    assert steps(world, DIGI_HALF, on("2024-08-21", 0)) == [step]


def test_owners_are_reminded_before_and_after_their_date_and_their_substitutes_with_them() -> None:
    world = half_year_open()
    morning = {day: on(day, 9) for day in ("2024-08-08", "2024-08-14", "2024-08-16", "2024-08-22")}

    for ordinal, (_day, at) in enumerate(morning.items(), 1):
        assert reminded(world, DIGI_HALF, at - timedelta(seconds=1)) == []
        assert reminded(world, DIGI_HALF, at) == [("submit", "olga", ordinal)]
        world = drive(world, at, at, DIGI_HALF)

    assert [each.ordinal for each in issued(world)] == [1, 2, 3, 4]
    assert reminded(world, DIGI_HALF, on("2024-12-01")) == []


def test_of_a_missed_series_only_the_last_is_issued() -> None:
    """Case 27."""
    world, late = half_year_open(), on("2024-08-20")

    world = drive(world, late, late, DIGI_HALF)

    assert [(each.step, each.person, each.ordinal) for each in issued(world)] == [("submit", "olga", 3)]


def test_nobody_is_reminded_in_july() -> None:
    world = portal_submitted()
    submitted_late = portal_drafted()
    submitted_late = submitted_late.after(submit(submitted_late, PORTAL), by="olga", at=on("2024-06-28", 12))
    may_wait = drive(submitted_late, on("2024-06-28", 13), on("2024-07-31", 23, 59), DIGI_HALF, CYCLE_2024)

    assert reminded(world, DIGI_HALF, on("2024-07-02")) == []
    assert issued(may_wait) == []
    # What fell due in July is not made up for in August: the dates of August bring their own reminders.
    assert reminded(submitted_late, DIGI_HALF, on("2024-08-01", 9)) == []
    missed = world.plan(DIGI_HALF, on("2024-07-02"))
    assert missed.wake == on("2024-08-01", 9)
    assert reminded(world, DIGI_HALF, on("2024-08-01", 9)) == [("sign-off", "dora", 1)]


def test_a_whole_year_in_which_nobody_acts() -> None:
    """Case 27. All that the calendar does, once each, on its day; and nothing is approved by silence."""
    world = drive(AGREED, on("2023-12-20"), on("2025-12-31"), *ALL)

    reminders = [fact for fact in world.facts if isinstance(fact.event, ReminderIssued)]
    assert reminders
    assert not [fact for fact in reminders if day_of(fact.at)[5:7] == "07"]
    keys = [(fact.event, fact.event.stream) for fact in reminders]
    assert len(set(keys)) == len(keys)
    passed = [
        (fact.event.round, fact.event.kind, fact.event.unit, fact.at == fact.event.deadline.instant)
        for fact in world.facts
        if isinstance(fact.event, DeadlinePassed)
    ]
    units = [(DeadlineKind.UNIT, DIGI), (DeadlineKind.UNIT, TALOUS)]
    assert passed == [
        *((HALF, kind, unit, True) for kind, unit in units),
        (HALF, DeadlineKind.HEAD, None, True),
        (HALF, DeadlineKind.DELIVERY, None, True),
        *((ANNUAL, kind, unit, True) for kind, unit in units),
    ]
    types = [fact.event.type for fact in world.facts]
    assert [types.count(each) for each in ("cycle-opened", "round-opened", "cycle-deadline-passed")] == [1, 2, 1]
    assert "item-signed-off" not in types


def test_the_calendar_that_was_down_all_summer_catches_up_once() -> None:
    world = AGREED.after(OpenCycle(year=2024), by=SYSTEM, at=on("2024-01-01", 0))
    report = milestone(half_year_open(), PORTAL, MilestoneStatus.IN_PROGRESS, GREEN)
    world = world.after(report, by="olga", at=on("2024-06-01", 0))
    back_again = on("2024-09-02")

    world = drive(world, back_again, back_again, CYCLE_2024, DIGI_HALF, TALOUS_HALF)

    late = [fact for fact in world.facts if isinstance(fact.event, DeadlinePassed)]
    assert {(fact.event.kind, fact.event.unit) for fact in late if isinstance(fact.event, DeadlinePassed)} == {
        (DeadlineKind.UNIT, DIGI),
        (DeadlineKind.UNIT, TALOUS),
        (DeadlineKind.HEAD, None),
        (DeadlineKind.DELIVERY, None),
    }
    assert {fact.at for fact in late} == {back_again}
    assert {(each.person, each.ordinal) for each in issued(world)} == {("olga", 4), ("otto", 4)}


def test_a_director_is_reminded_and_then_the_step_goes_to_the_head() -> None:
    """Case 27."""
    world = portal_submitted()
    assert reminded(world, DIGI_HALF, on("2024-06-13", 9)) == [("sign-off", "dora", 1)]

    world = drive(world, on("2024-06-11"), on("2024-09-20"), DIGI_HALF)

    escalations = [fact for fact in world.facts if isinstance(fact.event, StepEscalated)]
    assert [fact.at for fact in escalations] == [on("2024-08-23", 0)]
    told = [(each.step, each.person) for each in issued(world) if each.step.startswith("sign-off")]
    assert told[:3] == [("sign-off", "dora")] * 3
    assert set(told[3:]) == {("sign-off-escalated", "hanna")}
    assert not [fact for fact in world.facts if isinstance(fact.event, ItemSignedOff)]


def test_a_step_that_nobody_may_decide_goes_to_the_head_at_once() -> None:
    """Case 27."""
    world = portal_submitted().happened(confirmed(grant("dora", Role.DIRECTOR, DIGI, valid_to="2024-06-09")), at=JUNE)

    assert steps(world, DIGI_HALF, on("2024-06-11")) == [EscalateStep(round=HALF, unit=DIGI)]
    assert steps(portal_submitted(), DIGI_HALF, on("2024-06-11")) == []
    assert steps(portal_submitted(), DIGI_HALF, on("2024-08-23", 0))[-1] == EscalateStep(round=HALF, unit=DIGI)


def test_the_head_is_reminded_of_what_came_there_and_the_director_of_the_rest() -> None:
    """Case 27."""
    world = two_of_which_one_has_no_approver()
    assert steps(world, DIGI_HALF, JUNE) == [EscalateStep(round=HALF, unit=DIGI)]

    world = world.after(EscalateStep(round=HALF, unit=DIGI), by=SYSTEM, at=JUNE)

    assert steps(world, DIGI_HALF, JUNE) == []
    assert set(reminded(world, DIGI_HALF, on("2024-06-13", 9))) == {
        ("sign-off-escalated", "hanna", 1),
        ("sign-off", "dora", 1),
    }
    assert steps(world, DIGI_HALF, on("2024-08-23", 0))[-1] == EscalateStep(round=HALF, unit=DIGI)


def test_what_waits_at_the_head_alone_does_not_come_there_again_when_the_directors_date_passes() -> None:
    """Case 27."""
    world = two_of_which_one_has_no_approver().after(EscalateStep(round=HALF, unit=DIGI), by=SYSTEM, at=JUNE)
    world = world.after(sign_off(world, TOWNS), by="dora", at=JUNE)

    found = steps(world, DIGI_HALF, on("2024-08-23", 0))

    assert not [each for each in found if isinstance(each, EscalateStep)]


def test_an_endorsement_that_nobody_may_give_comes_to_the_head_at_once() -> None:
    """Case 27."""
    world = without_endorser()

    assert steps(world, DIGI_HALF, on("2024-06-11")) == [EscalateStep(round=HALF, unit=DIGI)]

    world = world.after(EscalateStep(round=HALF, unit=DIGI), by=SYSTEM, at=on("2024-06-11"))
    assert reminded(world, DIGI_HALF, on("2024-06-13", 9)) == [("sign-off-escalated", "hanna", 1)]


def test_an_endorser_is_reminded_before_the_director() -> None:
    world = chained()

    assert reminded(world, DIGI_HALF, on("2024-06-13", 9)) == [("endorse/owner", "sulo", 1)]


def test_what_the_second_item_makes_owed_repeats_no_reminder() -> None:
    world = half_year_signed()
    for subject, day in ((PORTAL, "2024-08-10"), (TOWNS, "2024-08-12")):
        world = world.after(back(subject), by="dora", at=on(day))
        world = world.after(submit(world, subject, reply=words("see")), by="olga", at=on(day))
    world = drive(world, on("2024-08-12"), on("2024-08-16"), DIGI_HALF)
    before = issued(world)

    world = world.after(sign_off(world, PORTAL), by="dora", at=on("2024-08-16"))

    assert before
    assert reminded(world, DIGI_HALF, on("2024-08-16", 10)) == []


def test_a_returned_item_reminds_its_owner() -> None:
    world = half_year_signed().after(back(PORTAL), by="dora", at=on("2024-08-10"))

    assert reminded(world, DIGI_HALF, on("2024-08-14", 9)) == [("submit", "olga", 2)]


@pytest.mark.parametrize(
    ("world", "at", "expected"),
    [
        (half_year_signed, on("2024-08-21", 9), [("compile", "kaisa", 1), ("compile", "kalle", 1)]),
        (half_year_compiled, on("2024-08-27", 9), [("approve", "hanna", 2)]),
        (half_year_approved, on("2024-08-30", 9), [("deliver", "kaisa", 2), ("deliver", "kalle", 2)]),
        (half_year_delivered, on("2024-09-05", 9), []),
        (assessed, on("2025-06-09", 9), [("issue-statement", "mikko", 1)]),
        (stated, on("2025-06-17", 9), [("publish", "kaisa", 1), ("publish", "kalle", 1)]),
        (published, on("2025-07-20", 9), []),
    ],
)
def test_whoever_must_take_the_next_step_is_reminded(
    world: object, at: datetime, expected: list[tuple[str, str, int]]
) -> None:
    made: World = world()  # type: ignore[operator]

    assert reminded(made, CYCLE_2024, at) == expected


def test_final_accounts_and_assessment_are_remembered() -> None:
    assert reminded(annual_approved(), CYCLE_2024, on("2025-03-10", 9))[-1] == ("record-final-accounts", "kalle", 1)
    world = annual_delivered()
    assert OpenAssessment(year=2024) in steps(world, CYCLE_2024, on("2025-03-15"))

    world = world.after(OpenAssessment(year=2024), by=SYSTEM, at=on("2025-03-15"))

    assert reminded(world, CYCLE_2024, on("2025-06-09", 9)) == [("assess", "maria", 1)]


def test_the_statements_date_passes_and_the_annual_round_closes_with_the_statement() -> None:
    assert PassCycleDeadline(year=2024, kind=DeadlineKind.STATEMENT) in steps(
        assessed(), CYCLE_2024, on("2025-06-17", 0)
    )

    assert steps(stated(), CYCLE_2024, on("2025-06-10", 10))[-1] == CloseRound(round=ANNUAL)


def test_an_annual_delivery_is_missed_once() -> None:
    world = annual_approved().after(ACCOUNTS, by="kaisa", at=on("2025-03-11"))
    moved = replace(extend(DeadlineKind.DELIVERY, "2025-03-20", consent="VN/3"), round=ANNUAL)
    extended = world.after(moved, by="kaisa", at=on("2025-03-12"))
    step = PassCycleDeadline(year=2024, kind=DeadlineKind.DELIVERY)

    assert steps(world, CYCLE_2024, on("2025-03-18", 0)).count(step) == 1
    assert step not in steps(extended, CYCLE_2024, on("2025-03-18", 0))
    late = steps(extended, CYCLE_2024, on("2025-03-21", 0))
    assert late.count(step) == 1
    assert PassDeadline(round=ANNUAL, kind=DeadlineKind.DELIVERY) not in late


def test_a_half_year_round_is_closed_and_a_closed_cycle_waits_for_its_term_to_end() -> None:
    assert steps(half_year_delivered(), CYCLE_2024, on("2024-09-29")) == [CloseRound(round=HALF)]
    world = drive(published(), on("2025-06-20"), on("2025-06-30"), CYCLE_2024)

    assert world.facts[-1].event.type == "cycle-closed"
    waiting = world.plan(CYCLE_2024, on("2025-07-01"))
    assert (waiting.steps, waiting.wake, waiting.over) == ([], end_of(Date("2027-12-31")), False)
    assert steps(world, CYCLE_2024, on("2028-01-01", 0)) == [ExpireAgreement(version=VERSION)]
    assert half_year_delivered().plan(DIGI_HALF, on("2024-09-01")).over


def test_the_last_years_process_waits_for_the_term_to_end() -> None:
    assert steps(sent(), SIGNING, on("2024-01-01")) == []

    assert AGREED.plan(SIGNING, on("2024-01-01")).over


def test_a_reopening_reminds_by_its_own_date() -> None:
    world = half_year_delivered().after(returning(PORTAL, SERVICES), by="maria", at=SEPTEMBER)

    assert steps(world, DIGI_HALF, on("2024-09-21", 0)) == []
    assert reminded(world, DIGI_HALF, on("2024-09-13", 9)) == [("submit", "olga", 1)]
    ready = corrected(correcting())
    assert reminded(ready, CYCLE_2024, on("2024-09-19", 9)) == [("compile", "kaisa", 2), ("compile", "kalle", 2)]


def test_signers_are_reminded_until_they_have_signed() -> None:
    """Case 17."""
    world = signed_by(sent(), VERSION, FIRST_THREE, on("2023-12-02"))

    assert reminded(world, SIGNING, on("2023-12-08", 9)) == [("sign/agency-second", "kaisa", 1)]
    assert reminded(sent(), SIGNING, on("2023-12-30")) == [
        ("sign/ministry-first", "mikko", 4),
        ("sign/agency-first", "hanna", 4),
        ("sign/ministry-second", "maria", 4),
        ("sign/agency-second", "kaisa", 4),
    ]


def test_a_reminder_whose_cause_is_gone_is_superseded() -> None:
    world, at = half_year_open(), on("2024-08-08", 9)
    owed = world.plan(DIGI_HALF, at).steps[0]
    assert isinstance(owed, IssueReminder)

    world.when(owed, by=SYSTEM, at=at).then(
        ReminderIssued(
            process=DIGI_HALF,
            step="submit",
            person=PersonId("olga"),
            unit=DIGI,
            subject=None,
            deadline=owed.reminder.deadline,
            ordinal=1,
            owed_by=owed.reminder.owed_by,
        )
    )

    half_year_signed().when(owed, by=SYSTEM, at=at).refused("superseded")
    world.when(owed, by=SYSTEM, at=at - timedelta(seconds=1)).refused("superseded")
    moved = world.after(extend(DeadlineKind.UNIT, "2024-08-25", DIGI), by="kaisa", at=JUNE)
    moved.when(owed, by=SYSTEM, at=at).refused("superseded")


def test_a_mail_that_fails_is_recorded_and_the_reminder_stands() -> None:
    """Case 24. The retry is visible, and is no other reminder."""
    world = drive(half_year_open(), on("2024-08-08", 9), on("2024-08-08", 9), DIGI_HALF)
    position, later = len(world.facts), on("2024-08-08", 10)
    failed = RecordMailFailed(process=DIGI_HALF, reminder=position, attempts=1, error="mailbox-full")
    taken = RecordMailDelivered(process=DIGI_HALF, reminder=position, attempts=2)

    world = world.when(failed, by=SYSTEM, at=later).then(
        MailFailed(process=DIGI_HALF, reminder=position, attempts=1, error="mailbox-full")
    )
    world = world.when(taken, by=SYSTEM, at=later).then(MailDelivered(process=DIGI_HALF, reminder=position, attempts=2))

    assert len(issued(world)) == 1
    assert reminded(world, DIGI_HALF, later) == []
    world.when(replace(failed, attempts=3), by=SYSTEM, at=later).then()


def test_a_setting_changes_when_reminders_go_out() -> None:
    value = Setting(key="reminders.days-before", value="[10]", source=words("decision"))
    confirmed_setting = SettingConfirmed(proposal="s", digest=Digest("0" * 64), setting=value)
    world = half_year_open().happened(confirmed_setting, at=JUNE)

    assert reminded(world, DIGI_HALF, on("2024-08-05", 9)) == [("submit", "olga", 1)]
    assert reminded(half_year_open(), DIGI_HALF, on("2024-08-05", 9)) == []


def test_a_steps_key_names_process_step_subject_and_cause() -> None:
    world, step = half_year_open(), PassDeadline(round=HALF, kind=DeadlineKind.UNIT, unit=DIGI)
    cause = world.ask(lambda view: owed_by(view, step))
    opened = next(n for n, fact in enumerate(world.facts, 1) if fact.event.type == "round-opened")

    key = step_key(DIGI_HALF, step, cause)

    assert cause == opened
    assert key.startswith(f"{DIGI_HALF}:PassDeadline:")
    assert key.endswith(f":{cause}")
    assert key != step_key(DIGI_HALF, replace(step, unit=TALOUS), cause)
    moved = world.after(extend(DeadlineKind.UNIT, "2024-08-20", DIGI), by="kaisa", at=JUNE)
    assert moved.ask(lambda view: owed_by(view, step)) == len(moved.facts)
    assert OPERATOR != SYSTEM
