"""Writing items: what may be reported, by what light, over which content."""

from dataclasses import replace
from typing import Any

import pytest
from agreed import (
    ANNUAL,
    COURSE,
    COURSE_2025,
    DAYS,
    EXPERIENCE,
    HALF,
    PORTAL,
    REFORM,
    SATISFACTION,
    SERVICES,
    SKILLS,
    TOWNS,
    VERSION,
)
from kit import World, on, words
from story import (
    GREEN,
    JANUARY,
    JUNE,
    RED,
    WHY,
    YELLOW,
    annual_open,
    attach,
    document,
    half_year_open,
    half_year_signed,
    indicator,
    milestone,
    open_content,
    portal_signed,
    portal_submitted,
    seen,
    target,
)

from domain.approval import Returning, ReturnItems
from domain.events.item import (
    ChecklistMark,
    EvidenceAttached,
    EvidenceDetached,
    EvidenceRevised,
    ItemReturned,
    MilestoneStatusReported,
    OutturnReported,
    TargetReported,
)
from domain.evidence import DetachEvidence, ReviseEvidence
from domain.item import FOLD as ITEM
from domain.item import Stage
from domain.report import ReportMilestone
from domain.values import Basis, Decimal, Finality, MilestoneStatus, PersonId, SubjectId, TrafficLight

REACHED, IN_PROGRESS = MilestoneStatus.REACHED, MilestoneStatus.IN_PROGRESS


def reported(
    subject: SubjectId, status: MilestoneStatus, basis: Basis, light: TrafficLight | None, **other: Any
) -> MilestoneStatusReported:
    """The event of a report on a milestone."""
    fields: dict[str, Any] = {
        "round": HALF,
        "revision": 1,
        "version": VERSION,
        "checklist": (),
        "narrative": None,
        "reason": None,
        "explanation": None,
        **other,
    }
    return MilestoneStatusReported(subject=subject, status=status, basis=basis, light=light, **fields)


def test_a_forecast_green_needs_neither_text_nor_evidence() -> None:
    """R3. The first of the two reports of a year."""
    world = half_year_open()

    decided = world.when(milestone(world, PORTAL, IN_PROGRESS, GREEN), by="olga", at=JUNE)

    decided.then(reported(PORTAL, IN_PROGRESS, Basis.FORECAST, GREEN))


def test_a_reached_milestone_is_actual_also_at_half_year() -> None:
    world = half_year_open()

    decided = world.when(milestone(world, PORTAL, REACHED, GREEN), by="olga", at=JUNE)

    decided.then(reported(PORTAL, REACHED, Basis.ACTUAL, GREEN))


def test_a_milestone_that_was_due_by_midsummer_is_actual_and_so_not_green_unless_reached() -> None:
    world = half_year_open()

    world.when(milestone(world, REFORM, IN_PROGRESS, GREEN), by="otto", at=JUNE).refused(
        "light-contradicts-status", field="light", rule="R1"
    )
    decided = world.when(milestone(world, REFORM, IN_PROGRESS, YELLOW), by="otto", at=JUNE)

    decided.then(reported(REFORM, IN_PROGRESS, Basis.ACTUAL, YELLOW, explanation=WHY))


@pytest.mark.parametrize("light", [YELLOW, RED])
@pytest.mark.parametrize("round_id", [HALF, ANNUAL])
def test_a_light_without_its_deviation_is_refused(light: TrafficLight, round_id: str) -> None:
    """R7. Cause, risk and corrective action belong to every YELLOW and RED."""
    world = annual_open() if round_id == ANNUAL else half_year_open()
    status = MilestoneStatus.PARTLY_REACHED if round_id == ANNUAL else IN_PROGRESS

    without = replace(milestone(world, PORTAL, status, light, round_id), explanation=None)

    world.when(without, by="olga", at=JANUARY).refused("deviation-missing", field="explanation", rule="R7")


def test_a_green_carries_no_deviation() -> None:
    world = half_year_open()

    command = replace(milestone(world, PORTAL, IN_PROGRESS, GREEN), explanation=WHY)

    world.when(command, by="olga", at=JUNE).refused("deviation-not-wanted", field="explanation", rule="R7")


def test_the_corrective_actions_owner_must_be_known() -> None:
    world = half_year_open()

    command = replace(
        milestone(world, PORTAL, IN_PROGRESS, RED), explanation=replace(WHY, action_owner=PersonId("nemo"))
    )

    world.when(command, by="olga", at=JUNE).refused("unknown-person", field="explanation.action_owner")


@pytest.mark.parametrize(
    ("status", "light", "code"),
    [
        (MilestoneStatus.REACHED, GREEN, None),
        (MilestoneStatus.REACHED, YELLOW, "light-contradicts-status"),
        (MilestoneStatus.REACHED, None, "light-contradicts-status"),
        (MilestoneStatus.PARTLY_REACHED, GREEN, "light-contradicts-status"),
        (MilestoneStatus.PARTLY_REACHED, YELLOW, None),
        (MilestoneStatus.PARTLY_REACHED, RED, None),
        (MilestoneStatus.NOT_REACHED, RED, None),
        (MilestoneStatus.NOT_REACHED, YELLOW, "light-contradicts-status"),
        (MilestoneStatus.NOT_REACHED, GREEN, "light-contradicts-status"),
        (MilestoneStatus.NOT_STARTED, GREEN, "status-not-of-this-round"),
        (MilestoneStatus.IN_PROGRESS, GREEN, "status-not-of-this-round"),
        (MilestoneStatus.NO_NEED_AROSE, None, "not-conditional"),
    ],
)
def test_the_annual_status_says_which_lights_there_are(
    status: MilestoneStatus, light: TrafficLight | None, code: str | None
) -> None:
    """R1. GREEN is reached or exceeded; YELLOW and RED are a person's judgement within the status."""
    world = annual_open()

    decided = world.when(milestone(world, PORTAL, status, light, ANNUAL), by="olga", at=JANUARY)

    if code is not None:
        decided.refused(code)
        return
    explanation = None if light is GREEN else WHY
    decided.then(reported(PORTAL, status, Basis.ACTUAL, light, explanation=explanation, round=ANNUAL))


@pytest.mark.parametrize("status", [MilestoneStatus.PARTLY_REACHED, MilestoneStatus.NOT_REACHED])
def test_an_annual_status_is_refused_at_half_year(status: MilestoneStatus) -> None:
    world = half_year_open()

    world.when(milestone(world, PORTAL, status, RED), by="olga", at=JUNE).refused(
        "status-not-of-this-round", field="status", rule="R3, R4"
    )


def test_no_need_arose_only_for_a_conditional_milestone_and_with_a_reason() -> None:
    """Case 14."""
    world = annual_open()
    none = milestone(world, COURSE, MilestoneStatus.NO_NEED_AROSE, None, ANNUAL, reason=words("nobody asked"))

    world.when(replace(none, reason=None), by="otto", at=JANUARY).refused(
        "reason-missing", field="reason", rule="case 14"
    )
    world.when(replace(none, light=GREEN), by="otto", at=JANUARY).refused("light-contradicts-status", field="light")
    decided = world.when(none, by="otto", at=JANUARY)

    decided.then(
        reported(
            COURSE,
            MilestoneStatus.NO_NEED_AROSE,
            Basis.ACTUAL,
            None,
            round=ANNUAL,
            reason=words("nobody asked"),
        )
    )


def test_reached_means_that_every_entry_of_the_checklist_is_done() -> None:
    """Case 14."""
    world = half_year_open()
    whole = milestone(world, TOWNS, REACHED, GREEN)
    half_done = (ChecklistMark(id="turku", done=True), ChecklistMark(id="oulu", done=False))

    world.when(replace(whole, checklist=half_done), by="olga", at=JUNE).refused(
        "checklist-not-done", field="checklist", rule="case 14"
    )
    world.when(replace(whole, checklist=half_done[:1]), by="olga", at=JUNE).refused("checklist-incomplete")
    world.when(replace(whole, checklist=(*half_done, half_done[0])), by="olga", at=JUNE).refused("checklist-unknown")
    world.when(replace(whole, checklist=(ChecklistMark(id="vaasa", done=True),)), by="olga", at=JUNE).refused(
        "checklist-unknown"
    )
    decided = world.when(whole, by="olga", at=JUNE)

    decided.then(reported(TOWNS, REACHED, Basis.ACTUAL, GREEN, checklist=whole.checklist))


@pytest.mark.parametrize(
    ("value", "light", "code"),
    [
        ("28", GREEN, "light-contradicts-outturn"),
        ("28.0", GREEN, "light-contradicts-outturn"),
        ("27.9999999999", GREEN, None),
        ("28", YELLOW, None),
        ("40", RED, None),
        ("27", YELLOW, "light-contradicts-outturn"),
        ("27", None, "light-missing"),
        (None, GREEN, "light-without-outturn"),
        (None, None, None),
    ],
)
def test_twenty_eight_days_do_not_reach_less_than_twenty_eight(
    value: str | None, light: TrafficLight | None, code: str | None
) -> None:
    """Case 13."""
    world = annual_open()

    decided = world.when(indicator(world, DAYS, value, light, ANNUAL), by="olga", at=JANUARY)

    if code is not None:
        decided.refused(code, field="light")
        return
    decided.then(
        OutturnReported(
            round=ANNUAL,
            subject=DAYS,
            revision=1,
            version=VERSION,
            value=None if value is None else Decimal(value),
            finality=Finality.FINAL,
            basis=Basis.ACTUAL,
            light=light,
            narrative=None,
            reason=words("no outturn") if value is None else None,
            explanation=WHY if light in (YELLOW, RED) else None,
        )
    )


def test_3_66_does_not_reach_3_7_for_it_is_compared_unrounded() -> None:
    """Case 12."""
    world = annual_open()

    world.when(indicator(world, SATISFACTION, "3.66", GREEN, ANNUAL), by="otto", at=JANUARY).refused(
        "light-contradicts-outturn", field="light", rule="R1, cases 12 and 13"
    )

    world.when(indicator(world, SATISFACTION, "3.70", GREEN, ANNUAL), by="otto", at=JANUARY).then(
        OutturnReported(
            round=ANNUAL,
            subject=SATISFACTION,
            revision=1,
            version=VERSION,
            value=Decimal("3.70"),
            finality=Finality.FINAL,
            basis=Basis.ACTUAL,
            light=GREEN,
            narrative=None,
            reason=None,
            explanation=None,
        )
    )


def test_an_indicator_without_a_level_gets_no_light_whatever_its_outturn() -> None:
    """Case 13. "-" cannot be assessed: never red, never zero."""
    world = annual_open()

    for light in TrafficLight:
        world.when(indicator(world, EXPERIENCE, "0", light, ANNUAL), by="otto", at=JANUARY).refused(
            "not-assessable", field="light", rule="case 13"
        )
    world.when(indicator(world, EXPERIENCE, None, None, ANNUAL, reason=None), by="otto", at=JANUARY).refused(
        "reason-missing", field="reason"
    )
    decided = world.when(indicator(world, EXPERIENCE, None, None, ANNUAL), by="otto", at=JANUARY)

    assert [event.light for event in decided.events if isinstance(event, OutturnReported)] == [None]


def test_days_are_never_less_than_none() -> None:
    world = annual_open()

    for value in ("-27", "-0.5"):
        world.when(indicator(world, DAYS, value, GREEN, ANNUAL), by="olga", at=JANUARY).refused(
            "below-zero", field="value"
        )


def test_a_half_year_outturn_is_a_provisional_forecast_by_a_persons_light() -> None:
    world = half_year_open()

    world.when(indicator(world, DAYS, "27", GREEN, finality=Finality.FINAL), by="olga", at=JUNE).refused(
        "not-final-yet", field="finality", rule="R3"
    )
    decided = world.when(indicator(world, DAYS, "27", YELLOW), by="olga", at=JUNE)

    decided.then(
        OutturnReported(
            round=HALF,
            subject=DAYS,
            revision=1,
            version=VERSION,
            value=Decimal("27"),
            finality=Finality.PROVISIONAL,
            basis=Basis.FORECAST,
            light=YELLOW,
            narrative=None,
            reason=None,
            explanation=WHY,
        )
    )


def test_an_annual_outturn_that_is_still_provisional_says_why() -> None:
    """Case 11. Provisional to final is normal."""
    world = annual_open()
    provisional = indicator(world, DAYS, "27", GREEN, ANNUAL, finality=Finality.PROVISIONAL)

    world.when(provisional, by="olga", at=JANUARY).refused("reason-missing", field="reason", rule="case 11")

    world = world.after(replace(provisional, reason=words("the register closes in February")), by="olga", at=JANUARY)
    final = world.when(indicator(world, DAYS, "27", GREEN, ANNUAL), by="olga", at=JANUARY)
    assert [event.finality for event in final.events if isinstance(event, OutturnReported)] == [Finality.FINAL]


def test_an_annual_indicator_is_no_item_of_the_half_year_round() -> None:
    world = half_year_open()

    world.when(indicator(world, SATISFACTION, "3.7", GREEN), by="otto", at=JUNE).refused(
        "not-in-scope", field="subject"
    )


def test_the_same_text_in_another_year_is_another_milestone() -> None:
    """Case 10. What is reported for 2024 closes nothing of 2025, and 2025 is no item of 2024's rounds."""
    world = annual_open()
    none = milestone(world, COURSE, MilestoneStatus.NO_NEED_AROSE, None, ANNUAL, reason=words("none"))

    later = world.after(none, by="otto", at=JANUARY)

    assert later.state(ITEM, ANNUAL, COURSE).stage is Stage.DRAFT
    assert later.state(ITEM, ANNUAL, COURSE_2025).stage is Stage.NOT_STARTED
    later.when(replace(none, subject=COURSE_2025), by="otto", at=JANUARY).refused("not-in-scope", field="subject")


def test_a_subject_is_reported_as_what_it_is() -> None:
    world = half_year_open()

    wrong = replace(milestone(world, PORTAL, IN_PROGRESS, GREEN), subject=DAYS)

    world.when(wrong, by="olga", at=JUNE).refused("wrong-kind", field="subject")


def test_the_second_writer_sees_a_difference_and_nothing_is_lost() -> None:
    """Case 15."""
    world = half_year_open()
    first = milestone(world, PORTAL, IN_PROGRESS, GREEN, narrative=words("first"))
    second = milestone(world, PORTAL, IN_PROGRESS, GREEN, narrative=words("second"))

    later = world.after(first, by="olga", at=JUNE)

    later.when(second, by="carl", at=JUNE).refused("content-changed", field="seen", rule="case 15")
    again = replace(second, seen=open_content(later, PORTAL))
    later.when(again, by="carl", at=JUNE).then(
        reported(PORTAL, IN_PROGRESS, Basis.FORECAST, GREEN, narrative=words("second"))
    )


def test_what_a_writer_has_open_covers_the_evidence_too() -> None:
    world = half_year_open().after(attach(PORTAL, document()), by="carl", at=JUNE)
    opened = milestone(world, PORTAL, REACHED, GREEN)

    later = world.after(attach(PORTAL, document("photo")), by="carl", at=JUNE)

    later.when(opened, by="olga", at=JUNE).refused("content-changed", field="seen", rule="case 15")


def test_evidence_is_attached_revised_and_detached() -> None:
    world = half_year_open()
    first, second = document(), document(revision=2)

    world = world.when(attach(PORTAL, first), by="carl", at=JUNE).then(
        EvidenceAttached(round=HALF, subject=PORTAL, revision=1, evidence=first)
    )
    world.when(attach(PORTAL, second), by="carl", at=JUNE).refused("evidence-exists", field="evidence.id")
    world = world.when(ReviseEvidence(round=HALF, subject=PORTAL, evidence=second), by="olga", at=JUNE).then(
        EvidenceRevised(round=HALF, subject=PORTAL, revision=1, evidence=second)
    )
    world.when(ReviseEvidence(round=HALF, subject=PORTAL, evidence=document(revision=4)), by="olga", at=JUNE).refused(
        "evidence-revision", field="evidence.revision"
    )
    detach = DetachEvidence(round=HALF, subject=PORTAL, evidence="minutes", reason=words("wrong file"))
    world = world.when(detach, by="olga", at=JUNE).then(
        EvidenceDetached(round=HALF, subject=PORTAL, revision=1, evidence="minutes", reason=words("wrong file"))
    )

    assert world.state(ITEM, HALF, PORTAL).content.evidence == ()
    world.when(replace(detach, evidence="map"), by="olga", at=JUNE).refused("unknown-evidence", field="evidence")
    world.when(ReviseEvidence(round=HALF, subject=PORTAL, evidence=second), by="olga", at=JUNE).refused(
        "unknown-evidence", field="evidence"
    )
    world.when(attach(PORTAL, second), by="olga", at=JUNE).refused("evidence-revision", field="evidence.revision")


@pytest.mark.parametrize("dated", ["2023-12-31", "2025-02-01"])
def test_a_document_dated_outside_the_period_says_why(dated: str) -> None:
    """Case 19."""
    world, at = annual_open(), on("2025-02-05")

    world.when(attach(PORTAL, document(dated=dated), ANNUAL), by="olga", at=at).refused(
        "outside-period", field="evidence.outside_period", rule="case 19"
    )

    explained = document(dated=dated, why="it was ordered then")
    world.when(attach(PORTAL, explained, ANNUAL), by="olga", at=at).then(
        EvidenceAttached(round=ANNUAL, subject=PORTAL, revision=1, evidence=explained)
    )


def test_nothing_explains_a_document_of_a_day_that_is_yet_to_come() -> None:
    """Case 19. The day is Helsinki's."""
    world = half_year_open()
    tomorrow = document(dated="2024-06-11", why="it is being printed")

    for evidence in (tomorrow, document(dated="2026-01-01", why="soon")):
        world.when(attach(PORTAL, evidence), by="olga", at=on("2024-06-10", 23)).refused(
            "document-in-the-future", field="evidence.document_date", rule="case 19"
        )

    at = on("2024-06-11", 0, 30)
    world = world.when(attach(PORTAL, tomorrow), by="olga", at=at).then(
        EvidenceAttached(round=HALF, subject=PORTAL, revision=1, evidence=tomorrow)
    )
    revised = document(dated="2024-06-13", revision=2)
    world.when(ReviseEvidence(round=HALF, subject=PORTAL, evidence=revised), by="olga", at=at).refused(
        "document-in-the-future", field="evidence.document_date"
    )


def test_a_document_of_the_cut_off_day_is_in_the_period() -> None:
    world = annual_open()
    last = document(dated="2025-01-31")

    decided = world.when(attach(PORTAL, last, ANNUAL), by="olga", at=on("2025-02-01"))

    decided.then(EvidenceAttached(round=ANNUAL, subject=PORTAL, revision=1, evidence=last))


def test_replacing_evidence_leaves_the_approved_commitment_where_it_was() -> None:
    """Case 19. The approval keeps what it saw; the item has to be returned before its evidence changes."""
    world = portal_signed()
    approved = world.state(ITEM, HALF, PORTAL).signed
    revise = ReviseEvidence(round=HALF, subject=PORTAL, evidence=document(revision=2))

    world.when(revise, by="olga", at=JUNE).refused("item-not-writable", rule="PROCESS, item")
    back = ReturnItems(round=HALF, items=(Returning(subject=PORTAL, reason=words("look again")),))
    world = world.after(back, by="dora", at=JUNE).after(revise, by="olga", at=JUNE)

    assert approved is not None
    assert approved in {fact.event for fact in world.facts}
    assert seen(world, PORTAL).digest != approved.digest


@pytest.mark.parametrize(("world", "stage"), [(portal_submitted, "submitted"), (portal_signed, "signed-off")])
def test_nothing_is_written_while_it_waits_or_is_signed(world: object, stage: str) -> None:
    made: World = world()  # type: ignore[operator]

    made.when(milestone(made, PORTAL, IN_PROGRESS, GREEN), by="olga", at=JUNE).refused("item-not-writable")
    decided = made.when(attach(PORTAL, document("map")), by="olga", at=JUNE)

    decided.refused("item-not-writable", rule="PROCESS, item")
    assert decided.refusal is not None
    assert stage in decided.refusal.message


def test_a_target_is_suggested_green_only_if_every_milestone_is_green() -> None:
    """R1. A departure from the suggestion, or a GREEN over a milestone that isn't, needs a rationale."""
    world = half_year_open()
    world = world.after(milestone(world, PORTAL, IN_PROGRESS, GREEN), by="olga", at=JUNE)
    world = world.after(milestone(world, TOWNS, IN_PROGRESS, YELLOW), by="olga", at=JUNE)

    world.when(target(world, SERVICES, GREEN), by="olga", at=JUNE).refused("rationale-missing", field="rationale")
    over = target(world, SERVICES, GREEN, rationale=words("the towns are late but safe"))
    world.when(over, by="olga", at=JUNE).then(
        TargetReported(
            round=HALF,
            subject=SERVICES,
            revision=1,
            version=VERSION,
            basis=Basis.FORECAST,
            light=GREEN,
            suggested=None,
            milestones=(seen(world, PORTAL), seen(world, TOWNS)),
            narrative=None,
            rationale=words("the towns are late but safe"),
            explanation=None,
        )
    )
    world = world.after(milestone(world, TOWNS, IN_PROGRESS, GREEN), by="olga", at=JUNE)
    world.when(target(world, SERVICES, YELLOW), by="olga", at=JUNE).refused("rationale-missing", field="rationale")
    whole = world.when(target(world, SERVICES, GREEN), by="olga", at=JUNE)
    assert [event.suggested for event in whole.events if isinstance(event, TargetReported)] == [GREEN]


def test_a_milestone_for_which_no_need_arose_does_not_count_against_its_target() -> None:
    world = annual_open()
    none = milestone(world, COURSE, MilestoneStatus.NO_NEED_AROSE, None, ANNUAL, reason=words("none"))
    world = world.after(none, by="otto", at=JANUARY)
    world = world.after(milestone(world, REFORM, REACHED, GREEN, ANNUAL), by="otto", at=JANUARY)

    decided = world.when(target(world, SKILLS, GREEN, ANNUAL), by="otto", at=JANUARY)

    assert [event.suggested for event in decided.events if isinstance(event, TargetReported)] == [GREEN]


def test_a_targets_light_is_chosen_over_the_milestones_that_were_shown() -> None:
    """R16."""
    world = half_year_open()
    opened = target(world, SERVICES, YELLOW)

    later = world.after(milestone(world, PORTAL, IN_PROGRESS, GREEN), by="olga", at=JUNE)

    later.when(opened, by="olga", at=JUNE).refused("content-changed", field="milestones", rule="R16")


def test_a_signed_target_is_reported_again_only_when_a_milestone_changed() -> None:
    world = half_year_signed()
    again = target(world, SERVICES, GREEN, rationale=words("better"))
    world.when(again, by="olga", at=JUNE).refused("item-not-writable", rule="PROCESS, item")
    world.when(attach(SERVICES, document("map")), by="olga", at=JUNE).refused("item-not-writable")
    back = ReturnItems(round=HALF, items=(Returning(subject=TOWNS, reason=words("really?")),))

    world = world.after(back, by="dora", at=JUNE)
    world = world.after(milestone(world, TOWNS, IN_PROGRESS, GREEN), by="olga", at=JUNE)
    stale = world.when(target(world, SERVICES, GREEN), by="olga", at=JUNE)

    assert [event.light for event in stale.events if isinstance(event, TargetReported)] == [GREEN]
    assert stale.world.state(ITEM, HALF, SERVICES).stage is Stage.DRAFT
    with_evidence = world.when(attach(SERVICES, document("map")), by="olga", at=JUNE)
    assert with_evidence.world.state(ITEM, HALF, SERVICES).stage is Stage.DRAFT


def test_a_returned_item_is_a_draft_again_once_it_is_written() -> None:
    world = portal_submitted()
    back = ReturnItems(round=HALF, items=(Returning(subject=PORTAL, reason=words("where is it?")),))
    world = world.when(back, by="dora", at=JUNE).then(
        ItemReturned(round=HALF, subject=PORTAL, revision=1, reason=words("where is it?"), reopening=None)
    )

    world = world.after(attach(PORTAL, document("photo")), by="olga", at=JUNE)

    assert world.state(ITEM, HALF, PORTAL).stage is Stage.DRAFT


@pytest.mark.parametrize("at", ["2024-05-31", "2024-01-15"])
def test_a_report_before_the_opening_date_is_refused(at: str) -> None:
    world = half_year_open()
    command = milestone(world, PORTAL, IN_PROGRESS, GREEN, ANNUAL)

    decided = world.when(replace(command, status=REACHED), by="olga", at=on(at))

    decided.refused("window-not-open", rule="R3")


@pytest.mark.parametrize("round_id", ["2024", "2024-spring", "24-annual", "2024-annual-2"])
def test_what_is_no_round_is_refused(round_id: str) -> None:
    world = half_year_open()
    command = ReportMilestone(round=round_id, subject=PORTAL, seen=None, status=REACHED, light=GREEN)

    world.when(command, by="olga", at=JUNE).refused("unknown-round", field="round")


def test_a_round_of_a_year_that_no_version_binds_is_not_open() -> None:
    world = half_year_open()
    command = ReportMilestone(round="2031-annual", subject=PORTAL, seen=None, status=REACHED, light=GREEN)

    world.when(command, by="olga", at=on("2032-01-10")).refused("window-not-open")


def test_a_contributing_unit_attaches_evidence_and_writes_nothing_else() -> None:
    """The unit that helps is named in the agreement; who attaches becomes a preparer (R15)."""
    world = half_year_open()

    later = world.after(attach(TOWNS, document()), by="otto", at=JUNE)

    assert later.state(ITEM, HALF, TOWNS).preparers == {"otto"}
    world.when(attach(PORTAL, document()), by="otto", at=JUNE).refused("not-permitted")
    world.when(milestone(world, TOWNS, MilestoneStatus.IN_PROGRESS, GREEN), by="otto", at=JUNE).refused("not-permitted")


@pytest.mark.parametrize("id_", ["Matti Meikalainen", "", "ä", "a" * 81, "a/b"])
def test_an_id_is_a_slug_and_no_words(id_: str) -> None:
    world = half_year_open()

    world.when(attach(PORTAL, document(id_)), by="olga", at=JUNE).refused("malformed-id", field="evidence.id")


@pytest.mark.parametrize("day", ["1999-12-31", "2100-01-01", "9999-12-31", "yesterday"])
def test_a_date_is_bounded(day: str) -> None:
    world = half_year_open()

    world.when(attach(PORTAL, document(dated=day)), by="olga", at=JUNE).refused(
        "date-out-of-range", field="evidence.document_date"
    )
