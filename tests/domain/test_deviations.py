"""A deviation, from the sign-off that opens it to the director who closes it; a milestone reached after its year."""

from dataclasses import replace

import pytest
from agreed import AGREED, COURSE_2025, DIGI, HALF, PORTAL, TALOUS, VANHA, VERSION, confirmed, grant
from kit import World, on, words
from story import (
    GREEN,
    JUNE,
    RED,
    WHY,
    YELLOW,
    annual_open,
    document,
    half_year_delivered,
    half_year_open,
    milestone,
    sign_off,
    submit,
)
from test_reopenings import SEPTEMBER, supplementing
from test_signing_the_agreement import imported

from domain.approval import Returning, ReturnItems
from domain.deviation import FOLD as DEVIATION
from domain.deviation import CloseDeviation, ReportAction, ReturnAction, Stage
from domain.events.deviation import (
    ActionReported,
    ActionReturned,
    DeviationClosed,
    DeviationClosureProposed,
    DeviationOpened,
    DeviationUpdated,
)
from domain.events.organisation import Handover, UnitSucceeded
from domain.events.subject import LateCompletionRecorded, LateCompletionReturned, LateCompletionSignedOff
from domain.late_completion import FOLD as SUBJECT
from domain.late_completion import RecordLateCompletion, ReturnLateCompletion, SignOffLateCompletion
from domain.late_completion import Stage as LateStage
from domain.supplement import StartCorrection
from domain.values import Basis, Date, Digest, MilestoneStatus, Role, SubjectId, TrafficLight, UnitId, VersionId

IN_PROGRESS, REACHED = MilestoneStatus.IN_PROGRESS, MilestoneStatus.REACHED


def signed_with(world: World, light: TrafficLight, status: MilestoneStatus = IN_PROGRESS) -> World:
    """The portal is reported with this light and signed off; first returned where that is needed."""
    back = ReturnItems(round=HALF, items=(Returning(subject=PORTAL, reason=words("look again")),))
    returned = world.when(back, by="dora", at=JUNE)
    world = returned.world if returned.refusal is None else world
    world = world.after(milestone(world, PORTAL, status, light), by="olga", at=JUNE)
    world = world.after(submit(world, PORTAL), by="olga", at=JUNE)
    return world.after(sign_off(world, PORTAL), by="dora", at=JUNE)


def opened(light: TrafficLight = YELLOW) -> DeviationOpened:
    """The event that opens it."""
    return DeviationOpened(
        year=2024,
        subject=PORTAL,
        round=HALF,
        revision=1,
        unit=DIGI,
        light=light,
        basis=Basis.FORECAST,
        explanation=WHY,
    )


def has_deviation() -> World:
    """The portal is YELLOW and signed off."""
    return signed_with(half_year_open(), YELLOW)


REPORT = ReportAction(year=2024, subject=PORTAL, narrative=words("done"))
RETURN = ReturnAction(year=2024, subject=PORTAL, reason=words("not quite"))
CLOSE = CloseDeviation(year=2024, subject=PORTAL, reason=words("seen"))


def test_a_deviation_opens_with_the_sign_off_and_later_ones_update_it() -> None:
    """R7."""
    world = has_deviation()
    assert world.facts[-1].event == opened()

    red = signed_with(world, RED)

    update = opened(RED)
    assert red.facts[-1].event == DeviationUpdated(
        year=2024,
        subject=PORTAL,
        round=HALF,
        revision=1,
        unit=DIGI,
        light=RED,
        basis=Basis.FORECAST,
        explanation=update.explanation,
    )
    assert sum(isinstance(fact.event, DeviationOpened) for fact in red.facts) == 1


def test_the_same_light_signed_again_says_nothing_new() -> None:
    world = has_deviation()
    back = ReturnItems(round=HALF, items=(Returning(subject=PORTAL, reason=words("x")),))
    world = world.after(back, by="dora", at=JUNE)
    world = world.after(submit(world, PORTAL, reply=words("y")), by="olga", at=JUNE)

    decided = world.when(sign_off(world, PORTAL), by="dora", at=JUNE)

    assert [event.type for event in decided.events] == ["item-signed-off"]


def test_a_green_proposes_to_close_it() -> None:
    world = signed_with(has_deviation(), GREEN)

    assert world.facts[-1].event == DeviationClosureProposed(year=2024, subject=PORTAL, round=HALF, revision=1)
    world.when(CLOSE, by="dora", at=JUNE).then(DeviationClosed(year=2024, subject=PORTAL, reason=words("seen")))


def test_an_action_is_reported_returned_reported_again_and_closed() -> None:
    """R7. The corrective action is followed to its closure."""
    world = has_deviation()
    world.when(RETURN, by="dora", at=JUNE).refused("no-action-reported")
    world.when(CLOSE, by="dora", at=JUNE).refused("no-action-reported", rule="C16")

    world = world.when(REPORT, by="olga", at=JUNE).then(
        ActionReported(year=2024, subject=PORTAL, narrative=words("done"))
    )
    world.when(replace(REPORT, narrative=words("more")), by="olga", at=JUNE).refused("deviation-not-open")
    world = world.when(RETURN, by="dora", at=JUNE).then(
        ActionReturned(year=2024, subject=PORTAL, reason=words("not quite"))
    )
    world = world.after(REPORT, by="olga", at=JUNE)
    world = world.when(CLOSE, by="dora", at=JUNE).then(DeviationClosed(year=2024, subject=PORTAL, reason=words("seen")))

    assert world.state(DEVIATION, 2024, PORTAL).stage is Stage.CLOSED
    world.when(REPORT, by="olga", at=JUNE).refused("deviation-not-open")
    world.when(RETURN, by="dora", at=JUNE).refused("no-action-reported")


def test_who_reported_the_action_does_not_close_the_deviation() -> None:
    """R15."""
    world = has_deviation().after(REPORT, by="olga", at=JUNE)
    world = world.happened(confirmed(grant("olga", Role.DIRECTOR, DIGI)), at=JUNE)

    world.when(CLOSE, by="olga", at=JUNE).refused("own-work", rule="R15")

    assert world.when(CLOSE, by="dora", at=JUNE).events


def test_another_explanation_wants_its_own_action_and_another_colour_alone_does_not() -> None:
    """R7. What was reported as done answered what was said then (C16)."""
    done = has_deviation().after(REPORT, by="olga", at=JUNE)
    assert signed_with(done, RED).state(DEVIATION, 2024, PORTAL).stage is Stage.ACTION_REPORTED

    back = ReturnItems(round=HALF, items=(Returning(subject=PORTAL, reason=words("look again")),))
    world = done.after(back, by="dora", at=JUNE)
    otherwise = replace(WHY, action=words("another action"))
    world = world.after(milestone(world, PORTAL, IN_PROGRESS, YELLOW, explanation=otherwise), by="olga", at=JUNE)
    world = world.after(submit(world, PORTAL), by="olga", at=JUNE)
    world = world.after(sign_off(world, PORTAL), by="dora", at=JUNE)

    assert world.state(DEVIATION, 2024, PORTAL).stage is Stage.OPEN
    world.when(CLOSE, by="dora", at=JUNE).refused("no-action-reported", rule="C16")


@pytest.mark.parametrize(("command", "who"), [(REPORT, "olga"), (RETURN, "dora"), (CLOSE, "dora")])
def test_without_a_deviation_there_is_nothing_to_do(command: object, who: str) -> None:
    half_year_open().when(command, by=who, at=JUNE).refused("no-deviation", field="subject")


def test_an_achieved_milestone_that_is_reversed_opens_a_new_deviation() -> None:
    """Case 22. The old approval stands in the history."""
    world = signed_with(half_year_open(), YELLOW)
    world = signed_with(world, GREEN).after(CLOSE, by="dora", at=JUNE)
    approvals = [fact.event for fact in world.facts if fact.event.type == "item-signed-off"]

    again = signed_with(world, RED)

    assert again.facts[-1].event == opened(RED)
    assert [fact.event for fact in again.facts if fact.event.type == "item-signed-off"][:2] == approvals


def test_a_delivered_green_that_is_reversed_opens_a_deviation() -> None:
    """Case 22."""
    world = half_year_delivered().after(supplementing(PORTAL, SubjectId("services")), by="kaisa", at=SEPTEMBER)
    start = StartCorrection(round=HALF, subject=PORTAL, reason=words("it broke"))
    world = world.after(start, by="olga", at=SEPTEMBER)
    world = world.after(milestone(world, PORTAL, IN_PROGRESS, RED), by="olga", at=SEPTEMBER)
    world = world.after(submit(world, PORTAL), by="olga", at=SEPTEMBER)

    decided = world.when(sign_off(world, PORTAL), by="dora", at=SEPTEMBER)

    assert decided.events[1:] == (replace(opened(RED), revision=2),)


def test_an_open_deviation_goes_to_the_units_successor() -> None:
    """Case 5."""
    world = has_deviation().happened(
        UnitSucceeded(unit=DIGI, successor=VANHA, handover=Handover.MOVES, valid_from=Date("2024-07-01")),
        confirmed(grant("sari", Role.OWNER, VANHA)),
        at=JUNE,
    )

    world.when(REPORT, by="olga", at=on("2024-07-01", 0)).refused("not-permitted")

    assert world.when(REPORT, by="sari", at=on("2024-07-01", 0)).events


RECORD = RecordLateCompletion(
    version=VERSION,
    subject=PORTAL,
    completed_on=Date("2025-04-01"),
    narrative=words("it works now"),
    evidence=(document(dated="2025-04-01"),),
)


def recorded(world: World) -> Digest:
    """What was recorded last."""
    found = world.state(SUBJECT, PORTAL).recorded
    assert found is not None
    return found.digest


def test_a_milestone_reached_after_its_year_is_recorded_and_signed_off() -> None:
    world, may = annual_open(), on("2025-05-01")

    decided = world.when(RECORD, by="olga", at=may)

    event = decided.events[0]
    assert isinstance(event, LateCompletionRecorded)
    world = decided.then(
        LateCompletionRecorded(
            subject=PORTAL,
            year=2024,
            unit=DIGI,
            completed_on=Date("2025-04-01"),
            narrative=words("it works now"),
            evidence=RECORD.evidence,
            digest=event.digest,
        )
    )
    sign = SignOffLateCompletion(subject=PORTAL, digest=recorded(world))
    world = world.when(sign, by="dora", at=may).then(LateCompletionSignedOff(subject=PORTAL, digest=event.digest))
    assert world.state(SUBJECT, PORTAL).late is LateStage.SIGNED_OFF
    world.when(RECORD, by="olga", at=may).refused("already-decided", field="subject")


def test_a_late_completion_is_returned_and_recorded_again() -> None:
    world, may = annual_open().after(RECORD, by="olga", at=on("2025-05-01")), on("2025-05-02")
    back = ReturnLateCompletion(subject=PORTAL, reason=words("which portal?"))

    world = world.when(back, by="dora", at=may).then(
        LateCompletionReturned(subject=PORTAL, reason=words("which portal?"))
    )

    sign = SignOffLateCompletion(subject=PORTAL, digest=recorded(world))
    world.when(sign, by="dora", at=may).refused("no-late-completion", field="subject")
    assert world.when(RECORD, by="olga", at=may).events
    annual_open().when(back, by="dora", at=may).refused("no-late-completion")


def test_who_recorded_a_late_completion_does_not_sign_it_off_nor_what_changed_since() -> None:
    """R15, R16."""
    world = annual_open().after(RECORD, by="olga", at=on("2025-05-01"))
    world = world.happened(confirmed(grant("olga", Role.DIRECTOR, DIGI)), at=on("2025-05-01"))
    shown = SignOffLateCompletion(subject=PORTAL, digest=recorded(world))
    changed = world.after(replace(RECORD, narrative=words("more")), by="olga", at=on("2025-05-02"))

    world.when(shown, by="olga", at=on("2025-05-02")).refused("own-work", rule="R15")
    changed.when(shown, by="dora", at=on("2025-05-02")).refused("content-changed", field="digest", rule="R16")


def test_a_late_completion_is_decided_by_the_unit_accountable_now() -> None:
    """Case 5."""
    may = on("2025-05-02")
    world = annual_open().after(RECORD, by="olga", at=on("2025-05-01"))
    world = world.happened(
        UnitSucceeded(unit=DIGI, successor=VANHA, handover=Handover.MOVES, valid_from=Date("2025-05-02")),
        confirmed(grant("sari", Role.DIRECTOR, VANHA)),
        at=on("2025-05-01"),
    )

    for command in (
        SignOffLateCompletion(subject=PORTAL, digest=recorded(world)),
        ReturnLateCompletion(subject=PORTAL, reason=words("which portal?")),
    ):
        world.when(command, by="dora", at=may).refused("not-permitted")
        assert world.when(command, by="sari", at=may).events


def test_who_may_not_decide_is_told_so_even_if_it_is_decided_already() -> None:
    world, may = annual_open().after(RECORD, by="olga", at=on("2025-05-01")), on("2025-05-02")
    back = ReturnLateCompletion(subject=PORTAL, reason=words("which portal?"))
    sign = SignOffLateCompletion(subject=PORTAL, digest=recorded(world))

    world.after(back, by="dora", at=may).when(back, by="olga", at=may).refused("not-permitted")
    world.after(sign, by="dora", at=may).when(sign, by="olga", at=may).refused("not-permitted")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"evidence": ()}, "evidence-missing"),
        ({"completed_on": Date("2024-12-31")}, "year-not-over"),
        ({"completed_on": Date("2025-05-02")}, "date-in-the-future"),
        ({"evidence": (document(dated="2025-05-02"),)}, "document-in-the-future"),
        ({"subject": SubjectId("services")}, "unknown-subject"),
        ({"version": VersionId("other")}, "unknown-subject"),
        ({"subject": COURSE_2025}, "not-permitted"),
    ],
)
def test_a_late_completion_that_cannot_be_is_refused(changed: dict[str, object], code: str) -> None:
    annual_open().when(replace(RECORD, **changed), by="olga", at=on("2025-05-01")).refused(code)  # type: ignore[arg-type]


def test_a_milestone_of_a_mere_draft_is_not_completed() -> None:
    imported().when(RECORD, by="olga", at=on("2025-05-01")).refused("unknown-subject", field="subject")

    assert AGREED.when(RECORD, by="olga", at=on("2025-05-01")).events
    assert UnitId(TALOUS) != DIGI
