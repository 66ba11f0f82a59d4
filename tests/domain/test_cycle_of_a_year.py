"""The cycle: final accounts, assessment, statement, response, publications, close."""

from dataclasses import replace
from datetime import timedelta

import pytest
from agreed import (
    AGREED,
    ANNUAL,
    DAYS,
    EXPERIENCE,
    HALF,
    PORTAL,
    SATISFACTION,
    SERVICES,
    SKILLS,
    STAFFED,
    VERSION,
    confirmed,
    grant,
)
from kit import World, file, on, person, words
from story import (
    ACCOUNTS,
    GREEN,
    RED,
    YELLOW,
    annual_approved,
    annual_delivered,
    annual_open,
    approved,
    assess,
    assessed,
    compiled,
    deliver,
    delivered_digest,
    report_digest,
    shown_statement,
    sign_off,
    stated,
    submit,
    target,
)

from domain.agreement import FOLD as AGREEMENT
from domain.assessment import AssessTarget, CommentMilestone, OpenAssessment
from domain.calendar import deadline, end_of
from domain.cycle import FOLD as CYCLE
from domain.cycle import (
    AttachResponse,
    CloseCycle,
    CorrectFinalAccountsApproval,
    OpenCycle,
    PassCycleDeadline,
)
from domain.events.assessment import IndicatorAssessed, MilestoneCommented, TargetAssessed
from domain.events.cycle import (
    Assessable,
    AssessmentOpened,
    CycleClosed,
    CycleDeadlinePassed,
    CycleOpened,
    FinalAccountsApprovalCorrected,
    FinalAccountsApprovalRecorded,
    Published,
    ResponseAttached,
    StatementCorrected,
    StatementIssued,
    StatementLight,
    TranscribedLight,
    TranscriptionConfirmed,
    TranscriptionProposed,
    TranscriptionWithdrawn,
)
from domain.events.organisation import SubstituteAppointed
from domain.events.round import ReturnedItem, RoundClosed
from domain.item import FOLD as ITEM
from domain.organisation import proposal_digest
from domain.publication import Publish
from domain.round_steps import CloseRound
from domain.statement import CorrectStatement, IssueStatement, statement_digest
from domain.supplement import OpenSupplement, ReturnDelivery, StartCorrection
from domain.transcription import ConfirmTranscription, ProposeTranscription, WithdrawTranscription
from domain.values import (
    SYSTEM,
    Date,
    Deadline,
    DeadlineKind,
    Digest,
    PersonId,
    Publication,
    Role,
    SubjectId,
    SubjectKind,
    TrafficLight,
)

ACCOUNTS_DUE = deadline(DeadlineKind.FINAL_ACCOUNTS, Date("2025-03-15"), rolls=True, policy="final-accounts")
STATEMENT_DUE = deadline(DeadlineKind.STATEMENT, Date("2025-06-15"), rolls=True, policy="statement")


def week_after(day: str) -> Deadline:
    """The delivery's date."""
    return deadline(DeadlineKind.DELIVERY, Date(day), rolls=False, policy="annual/delivery")


def test_the_cycle_opens_on_new_years_day_under_the_version_that_binds_the_year() -> None:
    """R2. The levels and milestones of the next year bind."""
    AGREED.when(OpenCycle(year=2024), by=SYSTEM, at=on("2023-12-31", 23, 59, 59)).refused("not-yet")

    AGREED.when(OpenCycle(year=2024), by=SYSTEM, at=on("2024-01-01", 0)).then(CycleOpened(year=2024, version=VERSION))

    AGREED.when(OpenCycle(year=2025), by=SYSTEM, at=on("2025-01-01")).refused("no-version-in-force", rule="R2")
    STAFFED.when(OpenCycle(year=2024), by=SYSTEM, at=on("2024-01-01")).refused("no-version-in-force")


def test_the_approval_of_the_final_accounts_sets_the_deliverys_date() -> None:
    """R4. Seven calendar days later, to the end of the day."""
    decided = annual_open().when(ACCOUNTS, by="kaisa", at=on("2025-03-11"))

    decided.then(
        FinalAccountsApprovalRecorded(
            year=2024,
            approved_on=Date("2025-03-10"),
            document=file("minutes"),
            due=ACCOUNTS_DUE,
            late=False,
            delivery=week_after("2025-03-17"),
        )
    )


def test_final_accounts_are_due_on_15_march_and_that_date_rolls() -> None:
    """R11. In 2025 it is a Saturday, so the last day is Monday the 17th (R12)."""
    assert (ACCOUNTS_DUE.nominal, ACCOUNTS_DUE.date) == ("2025-03-15", "2025-03-17")
    world = annual_open()
    for day, late in (("2025-03-17", False), ("2025-03-18", True)):
        decided = world.when(replace(ACCOUNTS, approved_on=Date(day)), by="kaisa", at=on("2025-03-20"))
        assert [event.late for event in decided.events if isinstance(event, FinalAccountsApprovalRecorded)] == [late]

    step = PassCycleDeadline(year=2024, kind=DeadlineKind.FINAL_ACCOUNTS)
    world.when(step, by=SYSTEM, at=on("2025-03-17", 23, 59, 59)).refused("not-yet")

    world.when(step, by=SYSTEM, at=on("2025-03-18", 0)).then(
        CycleDeadlinePassed(year=2024, kind=DeadlineKind.FINAL_ACCOUNTS, deadline=ACCOUNTS_DUE)
    )


def test_a_week_over_the_change_to_summer_time_ends_with_the_day() -> None:
    """Case 2. Approved on 24 March 2026, due at the end of 31 March in Helsinki: 167 hours, in UTC at 21:00."""
    assert end_of(Date("2026-03-31")).isoformat() == "2026-03-31T21:00:00+00:00"

    assert end_of(Date("2026-03-31")) - end_of(Date("2026-03-24")) == timedelta(hours=7 * 24 - 1)


@pytest.mark.parametrize(
    ("day", "code"),
    [
        ("2025-03-12", "date-in-the-future"),
        ("2024-12-31", "date-before-year-end"),
        ("2024-03-10", "date-before-year-end"),
    ],
)
def test_a_date_that_cannot_be_is_refused(day: str, code: str) -> None:
    """Case 3."""
    annual_open().when(replace(ACCOUNTS, approved_on=Date(day)), by="kaisa", at=on("2025-03-11")).refused(
        code, field="approved_on"
    )


def test_a_corrected_approval_moves_the_date_and_keeps_the_old_one() -> None:
    """Case 3."""
    world = annual_open().after(ACCOUNTS, by="kaisa", at=on("2025-03-11"))
    command = CorrectFinalAccountsApproval(
        year=2024, approved_on=Date("2025-03-12"), document=file("minutes 2"), reason=words("misread")
    )
    annual_open().when(command, by="kaisa", at=on("2025-03-13")).refused("nothing-to-correct", rule="case 3")
    world.when(replace(ACCOUNTS, approved_on=Date("2025-03-12")), by="kaisa", at=on("2025-03-13")).refused(
        "already-recorded"
    )

    decided = world.when(command, by="kaisa", at=on("2025-03-13"))

    later = decided.then(
        FinalAccountsApprovalCorrected(
            year=2024,
            approved_on=Date("2025-03-12"),
            document=file("minutes 2"),
            delivery=week_after("2025-03-19"),
            previous=Date("2025-03-10"),
            reason=words("misread"),
        )
    )
    assert later.state(CYCLE, 2024).delivery == week_after("2025-03-19")


def test_an_approval_opens_a_cycle_that_was_due() -> None:
    decided = AGREED.when(ACCOUNTS, by="kaisa", at=on("2025-03-11"))

    assert decided.by_system == (CycleOpened(year=2024, version=VERSION),)
    AGREED.when(ACCOUNTS, by="kaisa", at=on("2023-12-20")).refused("cycle-not-running", rule="PROCESS, cycle")


def test_the_annual_deliverys_date_passes_once_it_is_known() -> None:
    """Case 3."""
    step = PassCycleDeadline(year=2024, kind=DeadlineKind.DELIVERY)
    annual_approved().when(step, by=SYSTEM, at=on("2025-04-30")).refused("superseded")
    world = annual_approved().after(ACCOUNTS, by="kaisa", at=on("2025-03-11"))

    decided = world.when(step, by=SYSTEM, at=on("2025-03-18", 0))

    decided.then(CycleDeadlinePassed(year=2024, kind=DeadlineKind.DELIVERY, deadline=week_after("2025-03-17")))
    annual_delivered().when(step, by=SYSTEM, at=on("2025-03-18")).refused("superseded")
    AGREED.when(step, by=SYSTEM, at=on("2025-03-18")).refused("superseded")


OPENED = AssessmentOpened(
    year=2024,
    subjects=(
        Assessable(subject=DAYS, kind=SubjectKind.INDICATOR),
        Assessable(subject=SATISFACTION, kind=SubjectKind.INDICATOR),
        Assessable(subject=SERVICES, kind=SubjectKind.TARGET),
        Assessable(subject=SKILLS, kind=SubjectKind.TARGET),
    ),
    statement=STATEMENT_DUE,
)


def test_the_assessment_opens_with_the_annual_delivery() -> None:
    """R5. Each target, and each indicator with a level; "-" is not assessed."""
    annual_approved().when(OpenAssessment(year=2024), by=SYSTEM, at=on("2025-05-01")).refused("superseded")

    annual_delivered().when(OpenAssessment(year=2024), by=SYSTEM, at=on("2025-03-15")).then(OPENED)


def test_the_ministry_is_not_kept_waiting_for_the_assessment_to_open() -> None:
    world = annual_delivered()

    decided = world.when(assess(world, SERVICES, YELLOW), by="maria", at=on("2025-05-05"))

    decided.then(
        TargetAssessed(
            year=2024,
            subject=SERVICES,
            light=YELLOW,
            rationale=None,
            excused=None,
            revision=1,
            delivered=delivered_digest(world, SERVICES),
            transcribed=False,
        ),
        by_system=(OPENED,),
    )


def test_ministry_and_agency_disagree_with_two_colours_and_a_rationale() -> None:
    """Case 18."""
    world = annual_delivered()
    command = assess(world, DAYS, RED)
    world.when(command, by="maria", at=on("2025-05-05")).refused("rationale-missing", field="rationale", rule="case 18")

    decided = world.when(replace(command, rationale=words("too slow")), by="maria", at=on("2025-05-05"))

    decided.then(
        IndicatorAssessed(
            year=2024,
            subject=DAYS,
            light=RED,
            rationale=words("too slow"),
            excused=None,
            revision=1,
            delivered=delivered_digest(world, DAYS),
            transcribed=False,
        ),
        by_system=(OPENED,),
    )
    report = decided.world.state(ITEM, ANNUAL, DAYS).content.report
    assert report is not None
    assert report.light is GREEN


def test_what_cannot_be_assessed_is_refused() -> None:
    world, may = annual_delivered(), on("2025-05-05")
    good = assess(world, SERVICES, YELLOW)

    world.when(replace(good, light=None), by="maria", at=may).refused("light-or-excuse", field="light")
    world.when(replace(good, excused=words("x")), by="maria", at=may).refused("light-or-excuse", field="light")
    world.when(replace(good, delivered=Digest("0" * 64)), by="maria", at=may).refused(
        "content-changed", field="delivered", rule="R16"
    )
    for subject in (EXPERIENCE, PORTAL, DAYS, SubjectId("future")):
        wrong = AssessTarget(year=2024, subject=subject, delivered=good.delivered, light=GREEN)
        world.when(wrong, by="maria", at=may).refused("not-assessed", field="subject")
    annual_approved().when(good, by="maria", at=may).refused("not-assessing", rule="R5")
    stated().when(replace(good, light=GREEN, rationale=words("x")), by="maria", at=on("2025-06-11")).refused(
        "not-assessing", rule="R5"
    )


def test_a_light_is_revisable_until_the_statement() -> None:
    world = assessed()
    excused = replace(assess(world, DAYS, None), excused=words("no data"))

    decided = world.when(excused, by="maria", at=on("2025-05-06"))

    assert [(event.light, event.excused) for event in decided.events if isinstance(event, IndicatorAssessed)] == [
        (None, words("no data"))
    ]


def test_milestones_get_comments_from_the_ministry_and_no_light() -> None:
    world = assessed()
    command = CommentMilestone(year=2024, subject=PORTAL, comment=words("well done"))

    world.when(command, by="maria", at=on("2025-05-06")).then(
        MilestoneCommented(year=2024, subject=PORTAL, comment=words("well done"))
    )

    world.when(replace(command, subject=DAYS), by="maria", at=on("2025-05-06")).refused("wrong-kind", field="subject")
    world.when(replace(command, subject=SubjectId("nowhere")), by="maria", at=on("2025-05-06")).refused("not-in-scope")


def issue(world: World) -> IssueStatement:
    """The statement over the lights that are shown now."""
    return IssueStatement(year=2024, digest=shown_statement(world), narrative=words("statement"))


def lights(world: World, **other: TrafficLight | None) -> tuple[StatementLight, ...]:
    """The lights of the statement in their order."""
    given = {DAYS: GREEN, SATISFACTION: GREEN, SERVICES: YELLOW, SKILLS: GREEN}
    given.update({SubjectId(key): value for key, value in other.items()})  # type: ignore[misc]
    return tuple(
        StatementLight(subject=each, light=light, delivered=delivered_digest(world, each))
        for each, light in given.items()
    )


@pytest.mark.parametrize(("day", "late"), [("2025-06-16", False), ("2025-06-17", True)])
def test_the_statement_is_issued_over_every_light_by_15_june_which_rolls(day: str, *, late: bool) -> None:
    """R5. 15 June 2025 is a Sunday, so 16 June is in time (R11, R12)."""
    world = assessed()

    decided = world.when(issue(world), by="mikko", at=on(day))

    decided.then(
        StatementIssued(
            year=2024,
            narrative=words("statement"),
            lights=lights(world),
            digest=statement_digest(2024, lights(world)),
            deadline=STATEMENT_DUE,
            late=late,
            document=None,
            transcribed=False,
        )
    )


def test_the_statements_date_passes_unless_it_is_issued() -> None:
    step = PassCycleDeadline(year=2024, kind=DeadlineKind.STATEMENT)
    assessed().when(step, by=SYSTEM, at=on("2025-06-17", 0)).then(
        CycleDeadlinePassed(year=2024, kind=DeadlineKind.STATEMENT, deadline=STATEMENT_DUE)
    )

    stated().when(step, by=SYSTEM, at=on("2025-06-17")).refused("superseded")
    annual_approved().when(step, by=SYSTEM, at=on("2025-06-17")).refused("superseded")
    assessed().when(PassCycleDeadline(year=2024, kind=DeadlineKind.UNIT), by=SYSTEM, at=on("2025-06-17")).refused(
        "superseded"
    )


def test_whoever_assessed_does_not_issue_the_statement() -> None:
    """R15. Not in person, and nobody does it for them."""
    world = assessed().happened(
        confirmed(grant("maria", Role.MINISTRY_DECIDER)),
        SubstituteAppointed(
            substitution="sulo-for-maria",
            principal=PersonId("maria"),
            substitute=PersonId("sulo"),
            roles=(Role.MINISTRY_DECIDER,),
            unit=None,
            valid_from=Date("2025-06-01"),
            valid_to=Date("2025-06-30"),
            basis=words("decision"),
        ),
        at=on("2025-05-10"),
    )

    world.when(issue(world), by="maria", at=on("2025-06-10")).refused("own-work", rule="R15")
    world.when(issue(world), by=person("sulo", "maria"), at=on("2025-06-10")).refused(
        "own-work-of-principal", rule="R15"
    )


def test_the_statement_waits_for_every_light_against_what_is_delivered_now() -> None:
    """R16."""
    world = annual_delivered()
    world = world.after(assess(world, SERVICES, YELLOW), by="maria", at=on("2025-05-05"))
    command = IssueStatement(year=2024, digest=Digest("0" * 64), narrative=words("x"))
    world.when(command, by="mikko", at=on("2025-06-10")).refused("not-all-assessed", rule="R5")
    assessed().when(command, by="mikko", at=on("2025-06-10")).refused("content-changed", field="digest", rule="R16")
    returned = ReturnDelivery(
        round=ANNUAL,
        reopening="spring",
        items=(ReturnedItem(subject=SERVICES, reason=words("x")),),
        redeliver_by=Date("2025-06-20"),
    )

    open_again = assessed().after(returned, by="maria", at=on("2025-06-01"))

    open_again.when(issue(assessed()), by="mikko", at=on("2025-06-10")).refused("delivery-open", rule="PROCESS, cycle")
    annual_approved().when(command, by="mikko", at=on("2025-06-10")).refused("not-assessing", rule="R5")


def test_a_light_over_an_old_delivery_is_given_again() -> None:
    """R16. After the redelivery the item has another digest."""
    returned = ReturnDelivery(
        round=ANNUAL,
        reopening="spring",
        items=(ReturnedItem(subject=SERVICES, reason=words("x")),),
        redeliver_by=Date("2025-06-20"),
    )
    world = assessed().after(returned, by="maria", at=on("2025-05-10"))
    world = world.after(submit(world, SERVICES, round_id=ANNUAL, reply=words("y")), by="olga", at=on("2025-05-11"))
    world = world.after(sign_off(world, SERVICES, round_id=ANNUAL), by="dora", at=on("2025-05-12"))
    world = approved(compiled(world, ANNUAL, on("2025-05-13")), ANNUAL, on("2025-05-14"))
    world = world.after(deliver(world, ANNUAL), by="kaisa", at=on("2025-05-15"))
    command = IssueStatement(year=2024, digest=Digest("0" * 64), narrative=words("x"))

    world.when(command, by="mikko", at=on("2025-06-10")).refused("assessed-against-old-content", rule="R16")

    again = world.after(assess(world, SERVICES, YELLOW), by="maria", at=on("2025-05-20"))
    assert again.when(issue(again), by="mikko", at=on("2025-06-10")).events


def correct(world: World, light: TrafficLight = RED) -> CorrectStatement:
    """A correction of one light."""
    one = StatementLight(subject=SERVICES, light=light, delivered=delivered_digest(world, SERVICES))
    return CorrectStatement(
        year=2024,
        narrative=words("statement 2"),
        reason=words("misprint"),
        lights=(one,),
        document=file("statement 2"),
    )


def test_the_ministry_corrects_its_statement_with_a_reason() -> None:
    world = stated()

    decided = world.when(correct(world), by="mikko", at=on("2025-06-12"))

    changed = lights(world, services=RED)
    later = decided.then(
        StatementCorrected(
            year=2024,
            narrative=words("statement 2"),
            lights=changed,
            digest=statement_digest(2024, changed),
            reason=words("misprint"),
            document=file("statement 2"),
        )
    )
    assert any(isinstance(fact.event, StatementIssued) for fact in later.facts)


def test_what_cannot_be_corrected_is_refused() -> None:
    """R15 and R16 hold for a corrected statement, too."""
    world, june = stated(), on("2025-06-12")
    forged = correct(world)
    forged = replace(forged, lights=(replace(forged.lights[0], delivered=Digest("0" * 64)),))
    elsewhere = replace(forged, lights=(replace(forged.lights[0], subject=EXPERIENCE),))
    decider = world.happened(confirmed(grant("maria", Role.MINISTRY_DECIDER)), at=june)

    world.when(forged, by="mikko", at=june).refused("content-changed", field="lights", rule="R16")
    world.when(elsewhere, by="mikko", at=june).refused("not-assessed", field="lights")
    decider.when(correct(world), by="maria", at=june).refused("own-work", rule="R15")
    assessed().when(correct(world), by="mikko", at=june).refused("no-statement", rule="R5")
    same = replace(correct(world, YELLOW), narrative=words("statement"), document=None)
    world.when(same, by="mikko", at=june).then()


TRANSCRIBED = tuple(
    TranscribedLight(subject=each, light=light, rationale=None)
    for each, light in ((DAYS, GREEN), (SATISFACTION, GREEN), (SERVICES, YELLOW), (SKILLS, GREEN))
)
PROPOSE = ProposeTranscription(
    year=2024, proposal="copy", document=file("statement.pdf"), narrative=words("text"), lights=TRANSCRIBED
)


def test_a_statement_on_paper_is_transcribed_by_two_people() -> None:
    """R5. The light says that it is transcribed (C19)."""
    world = annual_delivered()
    proposed = TranscriptionProposed(
        year=2024, proposal="copy", document=file("statement.pdf"), narrative=words("text"), lights=TRANSCRIBED
    )

    world = world.when(PROPOSE, by="kaisa", at=on("2025-06-10")).then(proposed, by_system=(OPENED,))
    confirm = ConfirmTranscription(year=2024, proposal="copy", digest=proposal_digest(proposed))
    world.when(confirm, by="kaisa", at=on("2025-06-11")).refused("own-work", rule="C19")
    world.when(replace(confirm, digest=Digest("0" * 64)), by="kalle", at=on("2025-06-11")).refused("proposal-changed")
    world.when(replace(confirm, proposal="other"), by="kalle", at=on("2025-06-11")).refused("unknown-proposal")

    for who in ("kalle", "hanna"):
        decided = world.when(confirm, by=who, at=on("2025-06-11"))
        assert [event.type for event in decided.events] == [
            "transcription-confirmed",
            "indicator-assessed",
            "indicator-assessed",
            "target-assessed",
            "target-assessed",
            "statement-issued",
        ]
        assert decided.events[0] == TranscriptionConfirmed(year=2024, proposal="copy", digest=confirm.digest)
        assert decided.events[-1] == StatementIssued(
            year=2024,
            narrative=words("text"),
            lights=lights(world),
            digest=statement_digest(2024, lights(world)),
            deadline=STATEMENT_DUE,
            late=False,
            document=file("statement.pdf"),
            transcribed=True,
        )
        assert all(event.transcribed for event in decided.events[1:-1] if isinstance(event, TargetAssessed))


def test_what_cannot_be_transcribed_is_refused() -> None:
    world, june = annual_delivered(), on("2025-06-10")

    world.when(replace(PROPOSE, lights=TRANSCRIBED[1:]), by="kaisa", at=june).refused("not-all-assessed", rule="R5")
    red = (replace(TRANSCRIBED[0], light=RED), *TRANSCRIBED[1:])
    world.when(replace(PROPOSE, lights=red), by="kaisa", at=june).refused("rationale-missing", field="lights")
    annual_approved().when(PROPOSE, by="kaisa", at=june).refused("not-assessing")
    proposed = world.after(PROPOSE, by="kaisa", at=june)
    proposed.when(replace(PROPOSE, narrative=words("z")), by="kaisa", at=june).refused("proposal-exists")


def test_a_transcription_is_withdrawn_and_its_id_not_used_again() -> None:
    world, june = annual_delivered().after(PROPOSE, by="kaisa", at=on("2025-06-10")), on("2025-06-11")
    withdraw = WithdrawTranscription(year=2024, proposal="copy")

    world = world.when(withdraw, by="kaisa", at=june).then(TranscriptionWithdrawn(year=2024, proposal="copy"))

    world.when(PROPOSE, by="kaisa", at=june).refused("proposal-exists", field="proposal")
    world.when(replace(withdraw, proposal="other"), by="kaisa", at=june).refused("unknown-proposal")
    confirm = ConfirmTranscription(year=2024, proposal="copy", digest=Digest("0" * 64))
    world.when(confirm, by="kalle", at=june).refused("unknown-proposal", field="proposal")


def test_the_agency_attaches_its_response() -> None:
    """Case 18. It is no appeal."""
    command = AttachResponse(year=2024, narrative=words("we see it otherwise"), document=file("response"))

    stated().when(command, by="hanna", at=on("2025-06-12")).then(
        ResponseAttached(year=2024, narrative=words("we see it otherwise"), document=file("response"))
    )

    assessed().when(command, by="hanna", at=on("2025-06-12")).refused("no-statement", rule="case 18")


def publications(world: World) -> dict[Publication, Publish]:
    """The three, as they are shown now."""
    state = world.state(CYCLE, 2024)
    sent = world.state(AGREEMENT, VERSION).sent
    assert sent is not None
    digests = {
        Publication.AGREEMENT: sent.digest,
        Publication.FINAL_ACCOUNTS: report_digest(world, ANNUAL),
        Publication.STATEMENT: Digest("0" * 64) if state.statement is None else state.statement.digest,
    }
    return {
        kind: Publish(
            year=2024,
            kind=kind,
            published_on=Date("2025-06-12"),
            digest=digest,
            reference=f"https://tutkihallintoa.example/{kind}",
            redacted=(SERVICES,),
            redaction_basis=words("secret by law"),
        )
        for kind, digest in digests.items()
    }


def test_each_of_the_three_publications_has_its_time() -> None:
    """R6. The agreement when in force, the data when approved and delivered, the statement when issued."""
    worlds = {"in force": annual_open(), "delivered": annual_delivered(), "stated": stated()}
    allowed = {
        "in force": {Publication.AGREEMENT},
        "delivered": {Publication.AGREEMENT, Publication.FINAL_ACCOUNTS},
        "stated": set(Publication),
    }

    for name, world in worlds.items():
        made = publications(annual_delivered() if name == "in force" else world)
        for kind, command in made.items():
            decided = world.when(command, by="kaisa", at=on("2025-06-12"))
            if kind not in allowed[name]:
                decided.refused("too-early-to-publish", field="kind", rule="R6")
                continue
            decided.then(
                Published(
                    year=2024,
                    kind=kind,
                    published_on=Date("2025-06-12"),
                    digest=command.digest,
                    redacted=(SERVICES,),
                    redaction_basis=words("secret by law"),
                    reference=f"https://tutkihallintoa.example/{kind}",
                )
            )


def test_only_what_holds_now_is_published_and_where() -> None:
    """R6."""
    world = stated()
    command = publications(world)[Publication.STATEMENT]

    world.when(replace(command, digest=Digest("0" * 64)), by="kaisa", at=on("2025-06-12")).refused(
        "content-changed", field="digest"
    )
    world.when(replace(command, reference=" "), by="kaisa", at=on("2025-06-12")).refused(
        "reference-missing", field="reference"
    )
    world.when(replace(command, reference="on the web page"), by="kaisa", at=on("2025-06-12")).refused(
        "malformed-reference", field="reference"
    )
    for reference in ("tutkihallintoa/2024", "javascript:alert(1)", "https:///"):
        world.when(replace(command, reference=reference), by="kaisa", at=on("2025-06-12")).refused(
            "reference-no-address", field="reference", rule="R6"
        )
    world.when(replace(command, published_on=Date("2025-06-13")), by="kaisa", at=on("2025-06-12")).refused(
        "date-in-the-future", field="published_on"
    )
    world.when(replace(command, redaction_basis=None), by="kaisa", at=on("2025-06-12")).refused(
        "redaction-basis-missing", field="redaction_basis", rule="case 26"
    )


def test_nothing_is_published_before_it_exists() -> None:
    """R6. The day on which the agreement came into force, the data were delivered, the statement was issued."""
    world = stated()
    for command in publications(world).values():
        early = replace(command, published_on=Date("2023-01-01"))
        world.when(early, by="kaisa", at=on("2025-06-12")).refused(
            "date-before-content", field="published_on", rule="R6"
        )


def test_the_same_content_is_not_published_twice_and_corrected_content_is() -> None:
    """R6, C13: a second record would take the place of the first one in silence."""
    world = published()
    for kind, command in publications(world).items():
        again = replace(command, reference=f"https://other.example/{kind}")
        world.when(command, by="kaisa", at=on("2025-06-13")).then()
        world.when(again, by="kaisa", at=on("2025-06-13")).refused("already-published", rule="R6")

    world = world.after(correct(world), by="mikko", at=on("2025-06-14"))
    corrected = publications(world)[Publication.STATEMENT]
    world.when(corrected, by="kaisa", at=on("2025-06-15")).refused("date-before-content", field="published_on")
    later = replace(corrected, published_on=Date("2025-06-15"))
    world = world.after(later, by="kaisa", at=on("2025-06-15"))
    assert world.state(CYCLE, 2024).published[Publication.STATEMENT].digest == corrected.digest


def published() -> World:
    """All three are published."""
    world = stated()
    for command in publications(world).values():
        world = world.after(command, by="kaisa", at=on("2025-06-12"))
    return world


def test_the_cycle_closes_when_all_is_published_and_the_time_for_a_response_is_over() -> None:
    """R6."""
    command = CloseCycle(year=2024)
    stated().when(command, by=SYSTEM, at=on("2025-07-30")).refused("superseded")
    world = published()
    world.when(command, by=SYSTEM, at=on("2025-06-24", 8, 59)).refused("not-yet")

    world = world.when(command, by=SYSTEM, at=on("2025-06-24")).then(CycleClosed(year=2024))

    response = AttachResponse(year=2024, narrative=words("late"))
    world.when(response, by="hanna", at=on("2025-06-25")).refused("no-statement")
    correction = CorrectFinalAccountsApproval(
        year=2024, approved_on=Date("2025-03-09"), document=file("x"), reason=words("x")
    )
    world.when(correction, by="kaisa", at=on("2025-06-25")).refused("cycle-not-running")
    world.when(correct(world), by="mikko", at=on("2025-06-25")).refused("no-statement")
    again = replace(publications(world)[Publication.AGREEMENT], reference="https://elsewhere.example")
    world.when(again, by="kaisa", at=on("2025-06-25")).refused("cycle-closed")


def test_the_annual_round_closes_with_the_statement() -> None:
    assessed().when(CloseRound(round=ANNUAL), by=SYSTEM, at=on("2025-12-01")).refused("superseded")

    stated().when(CloseRound(round=ANNUAL), by=SYSTEM, at=on("2025-06-10")).then(RoundClosed(round=ANNUAL))


def test_a_cycle_runs_beside_the_next_ones_agreement() -> None:
    assert annual_delivered().state(CYCLE, 2024).version == VERSION
    assert annual_delivered().state(CYCLE, 2025).version is None
    assert HALF != ANNUAL


def test_another_document_of_the_same_day_is_a_correction() -> None:
    """Case 3."""
    world = annual_delivered()
    again = replace(ACCOUNTS, document=file("the signed minutes"))
    world.when(again, by="kaisa", at=on("2025-03-12")).refused("already-recorded")
    command = CorrectFinalAccountsApproval(
        year=2024, approved_on=ACCOUNTS.approved_on, document=file("the signed minutes"), reason=words("wrong file")
    )

    (corrected,) = world.when(command, by="kaisa", at=on("2025-03-20")).events

    assert isinstance(corrected, FinalAccountsApprovalCorrected)
    assert (corrected.document, corrected.previous) == (file("the signed minutes"), ACCOUNTS.approved_on)
    assert corrected.effective_at == on("2025-03-10", 0)


def test_the_cycle_closes_only_when_what_was_delivered_last_is_published() -> None:
    """C13."""
    world = published()
    items = (ReturnedItem(subject=SERVICES, reason=words("light")),)
    opened = OpenSupplement(round=ANNUAL, reopening="late", items=items, redeliver_by=Date("2025-06-30"))
    world = world.after(opened, by="kaisa", at=on("2025-06-13"))

    world.when(CloseCycle(year=2024), by=SYSTEM, at=on("2025-07-01")).refused("superseded")

    start = StartCorrection(round=ANNUAL, subject=SERVICES, reason=words("light"))
    at = on("2025-06-14")
    world = world.after(start, by="olga", at=at)
    world = world.after(target(world, SERVICES, RED, ANNUAL, rationale=words("worse")), by="olga", at=at)
    world = world.after(submit(world, SERVICES, round_id=ANNUAL), by="olga", at=at)
    world = world.after(sign_off(world, SERVICES, round_id=ANNUAL), by="dora", at=at)
    world = approved(compiled(world, ANNUAL, at), ANNUAL, at)
    world = world.after(deliver(world, ANNUAL, case_number="VN/2/2025"), by="kaisa", at=at)
    world.when(CloseCycle(year=2024), by=SYSTEM, at=on("2025-07-01")).refused("superseded")

    again = publications(world)[Publication.FINAL_ACCOUNTS]
    again = replace(again, published_on=Date("2025-06-14"))
    world = world.after(again, by="kaisa", at=at)

    world.when(CloseCycle(year=2024), by=SYSTEM, at=on("2025-07-01")).then(CycleClosed(year=2024))
