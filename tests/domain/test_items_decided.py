"""Deciding on items: submit, recall, endorse, sign off, return, revoke; by whom never."""

from dataclasses import replace

import pytest
from agreed import AGREED, COURSE, DAYS, DIGI, HALF, PORTAL, SERVICES, TALOUS, TOWNS, confirmed, grant
from kit import World, on, person, words
from story import (
    GREEN,
    JUNE,
    RED,
    YELLOW,
    attach,
    document,
    half_year_approved,
    half_year_compiled,
    half_year_delivered,
    half_year_open,
    half_year_signed,
    indicator,
    milestone,
    open_content,
    portal_drafted,
    portal_signed,
    portal_submitted,
    seen,
    sign_off,
    submit,
    target,
    written,
)

from domain.approval import (
    EndorseItems,
    RecallItems,
    Returning,
    ReturnItems,
    RevokeSignOff,
    SignOffItems,
)
from domain.calendar import deadline
from domain.cycle import OpenCycle
from domain.events.deviation import DeviationOpened
from domain.events.item import (
    ItemEndorsed,
    ItemRecalled,
    ItemReturned,
    ItemSignedOff,
    ItemSubmitted,
    SignOffRevoked,
)
from domain.events.organisation import Setting, SettingConfirmed, SubstituteAppointed
from domain.events.round import EscalationCause, StepEscalated
from domain.item import FOLD as ITEM
from domain.item import Stage
from domain.report import ReportMilestone
from domain.round_steps import EscalateStep, OpenRound
from domain.values import (
    SYSTEM,
    Date,
    DeadlineKind,
    Digest,
    MilestoneStatus,
    PersonId,
    Role,
    SubjectId,
    UnitId,
)

UNIT_DATE = deadline(DeadlineKind.UNIT, Date("2024-08-15"), rolls=False, policy="half-year/unit")
IN_PROGRESS, REACHED = MilestoneStatus.IN_PROGRESS, MilestoneStatus.REACHED


def handed_in(world: World, subject: SubjectId, **other: object) -> ItemSubmitted:
    """The event of a submission in time."""
    fields = {"deadline": UNIT_DATE, "late": False, "late_reason": None, "reply": None, **other}
    now = seen(world, subject)
    return ItemSubmitted(round=HALF, subject=subject, revision=now.revision, digest=now.digest, **fields)  # type: ignore[arg-type]


def approved(world: World, subject: SubjectId, *, escalated: bool = False) -> ItemSignedOff:
    """The event of a sign-off."""
    now = seen(world, subject)
    return ItemSignedOff(round=HALF, subject=subject, revision=now.revision, digest=now.digest, escalated=escalated)


def back(subject: SubjectId, why: str = "where is it?") -> ReturnItems:
    """A return of one item."""
    return ReturnItems(round=HALF, items=(Returning(subject=subject, reason=words(why)),))


def shown_as(stage: Stage, content: Digest) -> ReturnItems:
    """A return from a page that showed the item so."""
    named = Returning(subject=PORTAL, reason=words("where is it?"), seen=content, stage=stage)
    return ReturnItems(round=HALF, items=(named,))


def substitute(
    who: str,
    principal: str,
    role: Role = Role.DIRECTOR,
    unit: UnitId | None = DIGI,
    first: str = "2024-06-01",
    last: str = "2024-06-30",
) -> SubstituteAppointed:
    """A substitution that is recorded already."""
    return SubstituteAppointed(
        substitution=f"{who}-for-{principal}",
        principal=PersonId(principal),
        substitute=PersonId(who),
        roles=(role,),
        unit=unit,
        valid_from=Date(first),
        valid_to=Date(last),
        basis=words("rules of procedure"),
    )


def test_a_complete_draft_is_submitted() -> None:
    world = portal_drafted()

    decided = world.when(submit(world, PORTAL), by="olga", at=JUNE)

    decided.then(handed_in(world, PORTAL))


@pytest.mark.parametrize(
    ("second", "late"), [(0, True), (-1, False)], ids=["at the midnight that ends the day", "one second before"]
)
def test_the_midnight_that_ends_the_day_is_late(second: int, *, late: bool) -> None:
    """Case 4. Late is accepted, marked and explained, never backdated."""
    world = portal_drafted()
    at = on("2024-08-16", 0, 0, 0) if second == 0 else on("2024-08-15", 23, 59, 59)

    decided = world.when(submit(world, PORTAL), by="olga", at=at)

    if not late:
        decided.then(handed_in(world, PORTAL))
        return
    decided.refused("late-reason-missing", field="late_reason", rule="case 4")
    explained = world.when(submit(world, PORTAL, late_reason=words("ill")), by="olga", at=at)
    explained.then(handed_in(world, PORTAL, late=True, late_reason=words("ill")))


def test_a_reason_for_lateness_is_not_kept_where_nothing_is_late() -> None:
    world = portal_drafted()

    decided = world.when(submit(world, PORTAL, late_reason=words("ill")), by="olga", at=JUNE)

    decided.then(handed_in(world, PORTAL))


def test_what_was_submitted_in_time_stays_in_time_when_it_was_returned() -> None:
    world = portal_submitted().after(back(PORTAL), by="dora", at=on("2024-08-20"))
    world = world.after(attach(PORTAL, document("photo")), by="olga", at=on("2024-08-21"))

    decided = world.when(submit(world, PORTAL), by="olga", at=on("2024-08-21"))

    decided.then(handed_in(world, PORTAL))


def test_what_the_unit_recalls_itself_is_judged_anew() -> None:
    """Case 4. A placeholder that is submitted in time and recalled is no way around the date."""
    world = portal_submitted()
    recalled = world.after(RecallItems(round=HALF, subjects=(PORTAL,)), by="olga", at=on("2024-08-20"))

    recalled.when(submit(recalled, PORTAL), by="olga", at=on("2024-08-20")).refused(
        "late-reason-missing", field="late_reason", rule="case 4"
    )
    decided = recalled.when(submit(recalled, PORTAL, late_reason=words("more")), by="olga", at=on("2024-08-20"))

    decided.then(handed_in(world, PORTAL, late=True, late_reason=words("more")))


def test_a_returned_item_is_submitted_unchanged_only_with_a_reply() -> None:
    world = portal_submitted().after(back(PORTAL), by="dora", at=JUNE)

    world.when(submit(world, PORTAL), by="olga", at=JUNE).refused("reply-missing", field="reply", rule="case 16")
    decided = world.when(submit(world, PORTAL, reply=words("it is in the minutes")), by="olga", at=JUNE)

    decided.then(handed_in(world, PORTAL, reply=words("it is in the minutes")))


def test_reached_is_submitted_with_evidence_only() -> None:
    world = half_year_open()
    empty = submit(world, PORTAL)
    world.when(empty, by="olga", at=JUNE).refused("report-missing", field="items")
    only_evidence = world.after(attach(PORTAL, document()), by="olga", at=JUNE)
    only_evidence.when(submit(only_evidence, PORTAL), by="olga", at=JUNE).refused("report-missing", field="items")

    world = world.after(milestone(world, PORTAL, REACHED, GREEN), by="olga", at=JUNE)

    world.when(submit(world, PORTAL), by="olga", at=JUNE).refused("evidence-missing", field="items", rule="C04")


def test_a_target_over_changed_milestones_is_not_submitted() -> None:
    world = half_year_open()
    world = world.after(target(world, SERVICES, YELLOW), by="olga", at=JUNE)
    world = world.after(milestone(world, PORTAL, IN_PROGRESS, GREEN), by="olga", at=JUNE)

    decided = world.when(submit(world, SERVICES), by="olga", at=JUNE)

    decided.refused("target-stale", field="items", rule="PROCESS, target")


def test_only_what_was_shown_is_submitted() -> None:
    """R16."""
    world = portal_drafted()
    opened = submit(world, PORTAL)

    later = world.after(attach(PORTAL, document("photo")), by="carl", at=JUNE)

    later.when(opened, by="olga", at=JUNE).refused("content-changed", field="items", rule="R16")


def test_an_undecided_item_is_recalled_and_a_decided_one_is_not() -> None:
    recall = RecallItems(round=HALF, subjects=(PORTAL,))

    portal_submitted().when(recall, by="olga", at=JUNE).then(ItemRecalled(round=HALF, subject=PORTAL, revision=1))

    portal_signed().when(recall, by="olga", at=JUNE).refused("item-not-submitted", field="subjects")
    half_year_open().when(recall, by="olga", at=JUNE).refused("item-not-submitted", field="subjects")


def test_the_director_signs_off_exactly_what_was_submitted() -> None:
    """R9. Who approved which content stands in the history: the signer, the digest, the evidence behind it (R16)."""
    world = portal_submitted()

    decided = world.when(sign_off(world, PORTAL), by="dora", at=JUNE)

    later = decided.then(approved(world, PORTAL))
    assert decided.role is Role.DIRECTOR
    item = later.state(ITEM, HALF, PORTAL)
    assert item.stage is Stage.SIGNED_OFF
    assert item.signer == "dora"
    assert [each.file for each in item.content.evidence] == [document().file]


def test_sign_off_of_changed_content_is_refused() -> None:
    """R16."""
    world = portal_submitted()
    opened = sign_off(world, PORTAL)
    world = world.after(RecallItems(round=HALF, subjects=(PORTAL,)), by="olga", at=JUNE)
    world = world.after(attach(PORTAL, document("photo")), by="olga", at=JUNE)
    world = world.after(submit(world, PORTAL), by="olga", at=JUNE)

    world.when(opened, by="dora", at=JUNE).refused("content-changed", field="items", rule="R16")
    forged = SignOffItems(round=HALF, items=(replace(seen(world, PORTAL), digest=Digest("0" * 64)),))
    world.when(forged, by="dora", at=JUNE).refused("content-changed", field="items", rule="R16")
    misnamed = SignOffItems(round=HALF, items=(replace(seen(world, PORTAL), revision=2),))
    world.when(misnamed, by="dora", at=JUNE).refused("content-changed", field="items", rule="R16")


@pytest.mark.parametrize("stage", ["not-started", "draft"])
def test_only_what_is_submitted_is_signed_off(stage: str) -> None:
    worlds = {
        "not-started": half_year_open(),
        "draft": portal_drafted(),
    }
    world = worlds[stage]

    decided = world.when(sign_off(world, PORTAL), by="dora", at=JUNE)

    decided.refused("item-not-submitted", field="items", rule="PROCESS, item")
    assert decided.refusal is not None
    assert stage in decided.refusal.message


def test_a_second_click_decides_nothing_and_a_second_director_is_told() -> None:
    """Case 24."""
    world = portal_submitted().happened(confirmed(grant("sari", Role.DIRECTOR, DIGI)), at=JUNE)
    command = sign_off(world, PORTAL)

    world = world.after(command, by="dora", at=JUNE)

    world.when(command, by="dora", at=on("2024-06-11")).then()
    world.when(command, by="sari", at=on("2024-06-11")).refused("already-signed-off", field="items", rule="case 24")


def test_what_was_returned_meanwhile_is_not_signed_off_and_who_did_it_is_named() -> None:
    """Case 24."""
    world = portal_submitted().happened(confirmed(grant("sari", Role.DIRECTOR, DIGI)), at=JUNE)
    sign = sign_off(world, PORTAL)

    later = world.after(back(PORTAL), by="sari", at=JUNE)

    for command in (sign, back(PORTAL, "another reason")):
        decided = later.when(command, by="dora", at=JUNE)
        decided.refused("already-returned", field="items")
        assert decided.refusal is not None
        assert decided.refusal.by == "sari"


def test_an_item_is_returned_only_in_the_stage_and_with_the_content_that_were_shown() -> None:
    """Case 24: an old page undoes no sign-off that was made since."""
    world = portal_submitted().happened(confirmed(grant("sari", Role.DIRECTOR, DIGI)), at=JUNE)
    content = seen(world, PORTAL).digest
    shown = shown_as(Stage.SUBMITTED, content)

    signed = world.after(sign_off(world, PORTAL), by="sari", at=JUNE)

    refused = signed.when(shown, by="dora", at=JUNE)
    refused.refused("already-signed-off", field="items", rule="case 24")
    assert refused.refusal is not None
    assert refused.refusal.by == "sari"
    assert signed.when(shown_as(Stage.SIGNED_OFF, content), by="dora", at=JUNE).events
    revoked = signed.after(RevokeSignOff(round=HALF, subject=PORTAL, reason=words("no")), by="hanna", at=JUNE)
    stale = revoked.when(shown_as(Stage.SIGNED_OFF, content), by="dora", at=JUNE)
    stale.refused("stage-changed", field="items")
    assert revoked.when(shown, by="dora", at=JUNE).events
    other = shown_as(Stage.SUBMITTED, seen(world, TOWNS).digest)
    world.when(other, by="dora", at=JUNE).refused("content-changed", field="items")


def test_a_sign_off_of_other_content_than_was_shown_is_not_revoked() -> None:
    world = portal_signed()
    command = RevokeSignOff(round=HALF, subject=PORTAL, reason=words("no"), seen=seen(world, TOWNS).digest)

    world.when(command, by="hanna", at=JUNE).refused("content-changed")


def test_who_prepared_an_item_does_not_sign_it_off() -> None:
    """R15. Also not one who only once wrote to it, and was made director later."""
    world = half_year_open().after(attach(PORTAL, document()), by="carl", at=JUNE)
    world = world.after(milestone(world, PORTAL, REACHED, GREEN), by="olga", at=JUNE)
    world = world.after(submit(world, PORTAL), by="olga", at=JUNE)
    promoted = world.happened(
        confirmed(grant("carl", Role.DIRECTOR, DIGI)), confirmed(grant("olga", Role.DIRECTOR, DIGI)), at=JUNE
    )

    for preparer in ("carl", "olga"):
        promoted.when(sign_off(promoted, PORTAL), by=preparer, at=JUNE).refused("own-work", rule="R15")


def test_the_set_of_preparers_only_grows() -> None:
    """R15. Over time too: what was overwritten or recalled since counts all the same."""
    world = half_year_open().after(attach(PORTAL, document("map")), by="carl", at=JUNE)
    detached = world.state(ITEM, HALF, PORTAL)
    world = world.after(milestone(world, PORTAL, IN_PROGRESS, GREEN), by="olga", at=JUNE)
    world = world.after(submit(world, PORTAL), by="olga", at=JUNE)
    world = world.after(back(PORTAL), by="dora", at=JUNE)
    world = world.after(milestone(world, PORTAL, IN_PROGRESS, YELLOW), by="olga", at=JUNE)

    item = world.state(ITEM, HALF, PORTAL)

    assert detached.preparers == {"carl"}
    assert item.preparers == {"carl", "olga"}


def test_a_substitute_signs_off_as_b_for_a() -> None:
    """Case 6."""
    world = portal_submitted().happened(substitute("sari", "dora"), at=JUNE)

    decided = world.when(sign_off(world, PORTAL), by=person("sari", "dora"), at=JUNE)

    later = decided.then(approved(world, PORTAL))
    assert later.facts[-1].by == person("sari", "dora")


def test_a_substitute_outside_the_dates_may_not() -> None:
    """Case 6. Rights are checked at the moment of the click."""
    stands_in = substitute("sari", "olga", Role.OWNER, first="2024-06-20")
    world = half_year_open().happened(stands_in, at=JUNE)
    report, actor = milestone(world, PORTAL, IN_PROGRESS, GREEN), person("sari", "olga")

    for outside in (on("2024-06-19", 23, 59, 59), on("2024-07-01", 0)):
        world.when(report, by=actor, at=outside).refused("substitution-not-in-force", rule="case 6")

    for inside in (on("2024-06-20", 0), on("2024-06-30", 23, 59, 59)):
        assert world.when(report, by=actor, at=inside).events


def test_a_substitute_who_prepared_the_item_may_not_sign_it() -> None:
    """Case 6."""
    world = portal_submitted().happened(substitute("olga", "dora"), at=JUNE)

    world.when(sign_off(world, PORTAL), by=person("olga", "dora"), at=JUNE).refused("own-work", rule="R15")


def test_nobody_signs_for_one_who_prepared() -> None:
    """R15. Neither the principal in person nor a substitute who acts for them."""
    world = half_year_open().happened(
        confirmed(grant("dora", Role.OWNER, DIGI)), substitute("sari", "dora"), at=on("2024-06-01")
    )
    world = world.after(milestone(world, PORTAL, IN_PROGRESS, GREEN), by="dora", at=JUNE)
    world = world.after(submit(world, PORTAL), by="olga", at=JUNE)

    world.when(sign_off(world, PORTAL), by=person("sari", "dora"), at=JUNE).refused("own-work-of-principal", rule="R15")
    world.when(sign_off(world, PORTAL), by="dora", at=JUNE).refused("own-work", rule="R15")


def test_whom_somebody_wrote_for_is_a_preparer_too() -> None:
    """R15."""
    world = half_year_open().happened(
        confirmed(grant("dora", Role.OWNER, DIGI)), substitute("sari", "dora", Role.OWNER), at=on("2024-06-01")
    )
    world = world.after(milestone(world, PORTAL, IN_PROGRESS, GREEN), by=person("sari", "dora"), at=JUNE)
    world = world.after(submit(world, PORTAL), by="olga", at=JUNE)

    world.when(sign_off(world, PORTAL), by="dora", at=JUNE).refused("own-work", rule="R15")


@pytest.mark.parametrize(
    ("appointed", "code"),
    [
        (substitute("sari", "dora", unit=TALOUS), "substitution-out-of-scope"),
        (substitute("sari", "dora", role=Role.OWNER), "substitution-out-of-scope"),
        (substitute("sari", "dirk", unit=None), "substitution-out-of-scope"),
        (substitute("sulo", "dora"), "substitution-not-in-force"),
    ],
)
def test_a_substitute_outside_the_scope_may_not(appointed: SubstituteAppointed, code: str) -> None:
    """Case 6."""
    world = portal_submitted().happened(appointed, at=JUNE)
    actor = person("sari", appointed.principal)

    world.when(sign_off(world, PORTAL), by=actor, at=JUNE).refused(code, rule="case 6")


def test_one_whose_role_ended_yesterday_may_not() -> None:
    """Case 6. Both dates of a role are inclusive."""
    world = portal_submitted().happened(confirmed(grant("dora", Role.DIRECTOR, DIGI, valid_to="2024-06-09")), at=JUNE)
    last_day = portal_submitted().happened(
        confirmed(grant("dora", Role.DIRECTOR, DIGI, valid_to="2024-06-10")), at=JUNE
    )

    world.when(sign_off(world, PORTAL), by="dora", at=JUNE).refused("role-ended", rule="C03")
    last_day.when(sign_off(last_day, PORTAL), by="dora", at=JUNE).then(approved(world, PORTAL))


def test_many_are_signed_at_once_and_what_is_blocked_is_skipped_and_named() -> None:
    """Case 23. An event per item; the blocked and the self-prepared are skipped."""
    world = half_year_open().happened(confirmed(grant("dora", Role.OWNER, DIGI)), at=JUNE)
    world = world.after(milestone(world, PORTAL, IN_PROGRESS, GREEN), by="olga", at=JUNE)
    world = world.after(milestone(world, TOWNS, IN_PROGRESS, GREEN), by="dora", at=JUNE)
    world = world.after(submit(world, PORTAL, TOWNS), by="olga", at=JUNE)

    decided = world.when(sign_off(world, PORTAL, TOWNS, SERVICES), by="dora", at=JUNE)

    decided.then(approved(world, PORTAL))
    assert [(name, why.code) for name, why in decided.skipped] == [
        (TOWNS, "own-work"),
        (SERVICES, "item-not-submitted"),
    ]


def test_a_bulk_command_of_which_nothing_is_left_is_refused() -> None:
    """Case 23."""
    world = half_year_open()

    world.when(sign_off(world, PORTAL, TOWNS), by="dora", at=JUNE).refused("item-not-submitted")
    world.when(SignOffItems(round=HALF, items=()), by="dora", at=JUNE).refused("items-missing", field="items")
    world.when(sign_off(world, PORTAL, PORTAL), by="dora", at=JUNE).refused("items-doubled", field="items")


def test_one_item_is_returned_while_the_others_stay_signed() -> None:
    world = half_year_signed()

    world = world.when(back(TOWNS), by="dora", at=JUNE).then(
        ItemReturned(round=HALF, subject=TOWNS, revision=1, reason=words("where is it?"), reopening=None)
    )

    stages = {subject: world.state(ITEM, HALF, subject).stage for subject in (PORTAL, TOWNS, COURSE)}
    assert stages == {PORTAL: Stage.SIGNED_OFF, TOWNS: Stage.RETURNED, COURSE: Stage.SIGNED_OFF}


@pytest.mark.parametrize("who", ["dora", "hanna", "kaisa"])
def test_director_head_and_coordinator_return_and_so_may_a_preparer(who: str) -> None:
    """R15. Returning is not preparing, and not approving either."""
    world = portal_submitted()

    world.when(back(PORTAL), by=who, at=JUNE).then(
        ItemReturned(round=HALF, subject=PORTAL, revision=1, reason=words("where is it?"), reopening=None)
    )
    portal_drafted().when(back(PORTAL), by=who, at=JUNE).refused("item-not-submitted", field="items")


def test_a_sign_off_is_revoked_by_the_head() -> None:
    """Case 25. By a later event with its own four-eyes; the item waits for a decision again."""
    revoke = RevokeSignOff(round=HALF, subject=PORTAL, reason=words("wrong evidence"))

    world = (
        portal_signed()
        .when(revoke, by="hanna", at=JUNE)
        .then(SignOffRevoked(round=HALF, subject=PORTAL, revision=1, reason=words("wrong evidence")))
    )

    assert world.state(ITEM, HALF, PORTAL).stage is Stage.SUBMITTED
    world.when(sign_off(world, PORTAL), by="dora", at=JUNE).then(approved(world, PORTAL))
    portal_submitted().when(revoke, by="hanna", at=JUNE).refused("not-signed-off", field="subject")
    portal_signed().when(revoke, by="dora", at=JUNE).refused("not-permitted")


def test_the_signer_and_a_preparer_revoke_nothing() -> None:
    """Case 25. R15 holds for revoking, too."""
    revoke = RevokeSignOff(round=HALF, subject=PORTAL, reason=words("no"))
    both = portal_signed().happened(confirmed(grant("dora", Role.HEAD)), confirmed(grant("olga", Role.HEAD)), at=JUNE)

    both.when(revoke, by="dora", at=JUNE).refused("own-signature", rule="case 25")
    both.when(revoke, by="olga", at=JUNE).refused("own-work", rule="R15")


def test_who_may_not_revoke_is_told_so_even_if_it_is_revoked_already() -> None:
    """Case 25."""
    revoke = RevokeSignOff(round=HALF, subject=PORTAL, reason=words("too early"))
    world = portal_signed().after(revoke, by="hanna", at=JUNE)

    for who in ("olga", "kaisa"):
        world.when(revoke, by=who, at=JUNE).refused("not-permitted")


def escalated() -> World:
    """The director did not decide by 22 August: the step came to the head."""
    step = EscalateStep(round=HALF, unit=DIGI)
    return portal_submitted().after(step, by=SYSTEM, at=on("2024-08-23", 0))


def test_the_head_signs_only_what_was_escalated() -> None:
    """Case 27."""
    world = portal_submitted()
    world.when(sign_off(world, PORTAL), by="hanna", at=on("2024-08-22", 23, 59, 59)).refused(
        "not-escalated", rule="case 27"
    )

    world = escalated()

    decided = world.when(sign_off(world, PORTAL), by="hanna", at=on("2024-08-23"))
    decided.then(approved(world, PORTAL, escalated=True))
    assert decided.role is Role.HEAD


def test_the_head_is_not_kept_waiting_for_the_escalation() -> None:
    """Case 27. The system's step that is due is taken with the head's command, as the system."""
    world = portal_submitted()

    decided = world.when(sign_off(world, PORTAL), by="hanna", at=on("2024-08-23", 0))

    decided.then(
        approved(world, PORTAL, escalated=True),
        by_system=(
            StepEscalated(round=HALF, unit=DIGI, step="sign-off", cause=EscalationCause.DEADLINE_PASSED, items=()),
        ),
    )


def two_of_which_one_has_no_approver() -> World:
    """The only director wrote the portal; the other milestone is the owner's."""
    world = half_year_open().happened(confirmed(grant("dora", Role.OWNER, DIGI)), at=JUNE)
    for subject, who in ((PORTAL, "dora"), (TOWNS, "olga")):
        world = world.after(milestone(world, subject, IN_PROGRESS, GREEN), by=who, at=JUNE)
        world = world.after(submit(world, subject), by=who, at=JUNE)
    return world


def test_only_what_nobody_may_decide_comes_to_the_head_and_the_rest_stays_with_the_director() -> None:
    """Case 27."""
    world = two_of_which_one_has_no_approver()
    step = EscalateStep(round=HALF, unit=DIGI)

    world = world.when(step, by=SYSTEM, at=JUNE).then(no_approver(PORTAL))

    world.when(sign_off(world, TOWNS), by="hanna", at=JUNE).refused("not-escalated", rule="case 27")
    world.when(sign_off(world, PORTAL), by="hanna", at=JUNE).then(approved(world, PORTAL, escalated=True))
    world.when(sign_off(world, TOWNS), by="dora", at=JUNE).then(approved(world, TOWNS))
    both = world.when(sign_off(world, PORTAL, TOWNS), by="hanna", at=JUNE)
    assert [(subject, why.code) for subject, why in both.skipped] == [(TOWNS, "not-escalated")]


def test_a_later_item_without_an_approver_comes_to_the_head_on_its_own() -> None:
    """Case 27. By a second event; when the director's date passes, the rest follows by a third."""
    step = EscalateStep(round=HALF, unit=DIGI)
    world = two_of_which_one_has_no_approver().after(step, by=SYSTEM, at=JUNE)
    world = world.after(indicator(world, DAYS, "27.5", GREEN), by="dora", at=JUNE)
    world = world.after(submit(world, DAYS), by="dora", at=JUNE)

    world = world.when(step, by=SYSTEM, at=JUNE).then(no_approver(DAYS))

    world.when(step, by=SYSTEM, at=on("2024-08-22", 23)).then()
    cause = EscalationCause.DEADLINE_PASSED
    late = StepEscalated(round=HALF, unit=DIGI, step="sign-off", cause=cause, items=())
    world = world.when(step, by=SYSTEM, at=on("2024-08-23", 0)).then(late)
    world.when(sign_off(world, TOWNS), by="hanna", at=on("2024-08-23")).then(approved(world, TOWNS, escalated=True))


def no_approver(subject: SubjectId) -> StepEscalated:
    """One item came to the head since nobody in its unit may decide it."""
    cause = EscalationCause.NO_APPROVER
    return StepEscalated(round=HALF, unit=DIGI, step="sign-off", cause=cause, items=(subject,))


def test_a_director_who_is_late_signs_all_the_same_and_not_as_escalated() -> None:
    """Case 27. An escalation adds the head, it takes nothing from the director."""
    world = escalated()

    world.when(sign_off(world, PORTAL), by="dora", at=on("2024-08-24")).then(approved(world, PORTAL))
    world = portal_submitted()
    world.when(sign_off(world, PORTAL), by="dora", at=on("2024-08-24")).then(approved(world, PORTAL))


def test_a_head_who_directs_the_unit_too_signs_as_its_director() -> None:
    world = portal_submitted().happened(confirmed(grant("hanna", Role.DIRECTOR, DIGI)), at=JUNE)

    decided = world.when(sign_off(world, PORTAL), by="hanna", at=JUNE)

    decided.then(approved(world, PORTAL))
    assert decided.role is Role.DIRECTOR


def test_a_heads_sign_off_is_revoked_by_the_director() -> None:
    """Case 25. Unless the director prepared the item."""
    world = escalated()
    world = world.after(sign_off(world, PORTAL), by="hanna", at=on("2024-08-23"))
    revoke = RevokeSignOff(round=HALF, subject=PORTAL, reason=words("no"))
    preparer = world.happened(confirmed(grant("olga", Role.DIRECTOR, DIGI)), at=on("2024-08-23"))

    world.when(revoke, by="hanna", at=on("2024-08-24")).refused("not-permitted")
    preparer.when(revoke, by="olga", at=on("2024-08-24")).refused("own-work", rule="R15")
    world.when(revoke, by="dora", at=on("2024-08-24")).then(
        SignOffRevoked(round=HALF, subject=PORTAL, revision=1, reason=words("no"))
    )


def chained() -> World:
    """The round is open under a chain: the owner's endorsement before the director's sign-off; two items submitted."""
    chain = Setting(key="approval.chain", value='["owner","contributor"]', source=words("decision"))
    world = AGREED.happened(
        SettingConfirmed(proposal="chain", digest=Digest("0" * 64), setting=chain),
        confirmed(grant("sulo", Role.OWNER, DIGI)),
        at=on("2024-01-01"),
    )
    world = world.after(OpenCycle(year=2024), by=SYSTEM, at=on("2024-01-01"))
    world = world.after(OpenRound(round=HALF), by=SYSTEM, at=on("2024-06-01", 0))
    world = world.after(milestone(world, PORTAL, IN_PROGRESS, GREEN), by="olga", at=JUNE)
    return world.after(submit(world, PORTAL), by="olga", at=JUNE)


def test_the_steps_of_the_chain_come_in_their_order() -> None:
    world = chained()
    endorse = EndorseItems(round=HALF, step="owner", items=(seen(world, PORTAL),))
    second = replace(endorse, step="contributor")

    world.when(replace(endorse, step="director"), by="dora", at=JUNE).refused("unknown-step", field="step")
    world.when(second, by="carl", at=JUNE).refused("step-not-due", field="step")
    world.when(sign_off(world, PORTAL), by="dora", at=JUNE).refused("step-not-due", field="items")
    world.when(endorse, by="olga", at=JUNE).refused("own-work", rule="R15")
    world.when(endorse, by="dora", at=JUNE).refused("not-permitted")
    world = world.when(endorse, by="sulo", at=JUNE).then(
        ItemEndorsed(round=HALF, subject=PORTAL, revision=1, step="owner", digest=seen(world, PORTAL).digest)
    )
    world = world.when(second, by="carl", at=JUNE).then(
        ItemEndorsed(round=HALF, subject=PORTAL, revision=1, step="contributor", digest=seen(world, PORTAL).digest)
    )

    world.when(sign_off(world, PORTAL), by="dora", at=JUNE).then(approved(world, PORTAL))


def test_a_step_of_the_chain_that_nobody_may_take_comes_to_the_head() -> None:
    """Case 27. R15 leaves no owner to endorse: the head signs, the record names the step; silence approves nothing."""
    world = without_endorser()
    now = seen(world, PORTAL)
    world.when(EndorseItems(round=HALF, step="owner", items=(now,)), by="olga", at=JUNE).refused("own-work", rule="R15")
    world.when(sign_off(world, PORTAL), by="dora", at=JUNE).refused("step-not-due", field="items")

    decided = world.when(sign_off(world, PORTAL), by="hanna", at=JUNE)

    cause = EscalationCause.NO_APPROVER
    decided.then(
        approved(world, PORTAL, escalated=True),
        by_system=(StepEscalated(round=HALF, unit=DIGI, step="endorse/owner", cause=cause, items=(PORTAL,)),),
    )
    assert decided.role is Role.HEAD
    both = world.happened(confirmed(grant("hanna", Role.DIRECTOR, DIGI)), at=JUNE)
    both = both.after(EscalateStep(round=HALF, unit=DIGI), by=SYSTEM, at=JUNE)
    assert both.when(sign_off(both, PORTAL), by="hanna", at=JUNE).role is Role.HEAD


def without_endorser() -> World:
    """The chain wants an owner's endorsement, and the only owner submitted the item."""
    gone = confirmed(grant("sulo", Role.OWNER, DIGI, valid_to="2024-06-09"))
    return chained().happened(gone, at=on("2024-06-09"))


def test_an_endorsement_binds_to_the_content_and_is_void_once_it_changes() -> None:
    """R16."""
    world = chained()
    opened = EndorseItems(round=HALF, step="owner", items=(seen(world, PORTAL),))
    endorsed = world.after(opened, by="sulo", at=JUNE)
    again = endorsed.after(RecallItems(round=HALF, subjects=(PORTAL,)), by="olga", at=JUNE)
    again = again.after(milestone(again, PORTAL, IN_PROGRESS, YELLOW), by="olga", at=JUNE)

    assert again.state(ITEM, HALF, PORTAL).endorsed == ()
    again.when(opened, by="sulo", at=JUNE).refused("item-not-submitted", field="items")
    again = again.after(submit(again, PORTAL), by="olga", at=JUNE)
    again.when(opened, by="sulo", at=JUNE).refused("content-changed", field="items", rule="R16")


def test_the_sign_off_of_a_red_opens_its_deviation() -> None:
    """R7."""
    world = half_year_open()
    report = milestone(world, PORTAL, IN_PROGRESS, RED)
    world = world.after(report, by="olga", at=JUNE)
    world = world.after(submit(world, PORTAL), by="olga", at=JUNE)

    decided = world.when(sign_off(world, PORTAL), by="dora", at=JUNE)

    said = world.state(ITEM, HALF, PORTAL).content.report
    assert said is not None
    assert said.explanation is not None
    decided.then(
        approved(world, PORTAL),
        DeviationOpened(
            year=2024,
            subject=PORTAL,
            round=HALF,
            revision=1,
            unit=DIGI,
            light=RED,
            basis=said.basis,
            explanation=said.explanation,
        ),
    )


def test_an_unknown_unit_or_subject_is_refused() -> None:
    world = half_year_open()
    nowhere = ReportMilestone(
        round=HALF, subject=SubjectId("nowhere"), seen=open_content(world, PORTAL), status=IN_PROGRESS, light=GREEN
    )

    world.when(nowhere, by="olga", at=JUNE).refused("not-in-scope", field="subject")
    world.when(milestone(world, COURSE, IN_PROGRESS, GREEN), by="olga", at=JUNE).refused("not-permitted")


def test_from_compiled_on_every_item_command_is_refused() -> None:
    commands = (
        (lambda world: milestone(world, PORTAL, IN_PROGRESS, YELLOW), "olga"),
        (lambda world: attach(PORTAL, document("map")), "olga"),
        (lambda world: submit(world, PORTAL), "olga"),
        (lambda world: RecallItems(round=HALF, subjects=(PORTAL,)), "olga"),
        (lambda world: sign_off(world, PORTAL), "dora"),
        (lambda world: back(PORTAL), "dora"),
        (lambda world: RevokeSignOff(round=HALF, subject=PORTAL, reason=words("no")), "hanna"),
    )

    for world in (half_year_compiled(), half_year_approved(), half_year_delivered()):
        for make, who in commands:
            world.when(make(world), by=who, at=on("2024-08-30")).refused("round-not-open", rule="PROCESS, round")


def test_writing_everything_leaves_a_draft_of_each_item() -> None:
    world = written(half_year_open(), HALF, JUNE)

    assert {world.state(ITEM, HALF, each).stage for each in (PORTAL, TOWNS, COURSE, SERVICES)} == {Stage.DRAFT}


def test_each_item_of_a_bulk_sign_off_says_in_which_role_it_was_signed() -> None:
    """C03. Hanna is the head, and directs one of the two units."""
    world = portal_submitted().happened(confirmed(grant("hanna", Role.DIRECTOR, DIGI)), at=on("2024-06-11"))
    world = world.after(milestone(world, COURSE, MilestoneStatus.IN_PROGRESS, GREEN), by="otto", at=JUNE)
    world = world.after(submit(world, COURSE), by="otto", at=JUNE)

    decided = world.when(sign_off(world, PORTAL, COURSE), by="hanna", at=on("2024-09-01"))

    assert [getattr(event, "escalated", None) for event in decided.events] == [False, True]
    assert decided.roles == (Role.DIRECTOR, Role.HEAD)
