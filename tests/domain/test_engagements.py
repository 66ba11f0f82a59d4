"""What an auditor comes for: an engagement gives the right to look; findings are raised, answered and closed."""

from dataclasses import replace

import pytest
from agreed import AGREED, DIGI, PORTAL, STAFFED, TOWNS, VANHA, confirmed, grant
from kit import World, on, words
from story import JUNE

from domain.engagement import CloseEngagement, OpenEngagement, may_look
from domain.events.engagement import (
    AuditBody,
    EngagementClosed,
    EngagementOpened,
    FindingAnswered,
    FindingClosed,
    FindingRaised,
    Outcome,
    Severity,
)
from domain.events.organisation import AccountClosed
from domain.finding import AnswerFinding, CloseFinding, RaiseFinding
from domain.values import Date, PersonId, Role, SubjectId, UnitId

AINO, ARTO = PersonId("aino"), PersonId("arto")
OPEN = OpenEngagement(
    engagement="eca-2025",
    body=AuditBody.COURT_OF_AUDITORS,
    auditors=(AINO,),
    subjects=(PORTAL,),
    period_from=Date("2024-01-01"),
    period_to=Date("2024-12-31"),
    valid_from=Date("2024-06-01"),
    valid_to=Date("2024-09-30"),
    basis=words("letter"),
)
RAISE = RaiseFinding(
    engagement="eca-2025",
    finding="f1",
    control="C09",
    severity=Severity.MINOR,
    unit=DIGI,
    subjects=(PORTAL,),
    positions=(12, 14),
    text=words("the document is of another year"),
)
ANSWER = AnswerFinding(
    engagement="eca-2025", finding="f1", agreed=True, mended_by=Date("2024-07-31"), text=words("we mend it")
)
CLOSE = CloseFinding(engagement="eca-2025", finding="f1", outcome=Outcome.REMEDIED, text=words("seen"))


def engaged(command: OpenEngagement = OPEN) -> World:
    """The engagement is open."""
    return AGREED.after(command, by="hanna", at=JUNE)


def found() -> World:
    """An auditor raised a finding."""
    return engaged().after(RAISE, by="aino", at=JUNE)


def looks(world: World, who: str, subject: SubjectId | None, day: str = "2024-06-10") -> bool:
    """Whether somebody may look."""
    return world.ask(lambda view: may_look(view, PersonId(who), subject, Date(day)))


def test_the_head_opens_an_engagement_for_auditors() -> None:
    decided = AGREED.when(OPEN, by="hanna", at=JUNE)

    decided.then(
        EngagementOpened(
            engagement="eca-2025",
            body=AuditBody.COURT_OF_AUDITORS,
            auditors=(AINO,),
            subjects=(PORTAL,),
            period_from=Date("2024-01-01"),
            period_to=Date("2024-12-31"),
            valid_from=Date("2024-06-01"),
            valid_to=Date("2024-09-30"),
            basis=words("letter"),
        )
    )


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"auditors": ()}, "auditors-missing"),
        ({"auditors": (PersonId("olga"),)}, "not-an-auditor"),
        ({"auditors": (PersonId("nobody"),)}, "unknown-person"),
        ({"valid_to": Date("2024-05-31")}, "dates-reversed"),
        ({"period_to": Date("2023-12-31")}, "dates-reversed"),
        ({"valid_from": Date("2020-01-01"), "valid_to": Date("2020-12-31")}, "not-an-auditor"),
        ({"engagement": "ECA"}, "malformed-id"),
    ],
)
def test_an_engagement_names_auditors_and_dates_in_order(changed: dict[str, object], code: str) -> None:
    AGREED.when(replace(OPEN, **changed), by="hanna", at=JUNE).refused(code)  # type: ignore[arg-type]


def test_an_engagement_is_opened_once() -> None:
    engaged().when(replace(OPEN, subjects=()), by="hanna", at=JUNE).refused("engagement-exists", field="engagement")


def test_an_auditor_in_an_engagement_may_look_at_its_scope_while_it_is_in_force() -> None:
    world = engaged()

    assert looks(world, "aino", PORTAL)
    assert not looks(world, "aino", TOWNS)
    assert not looks(world, "aino", None)
    assert not looks(world, "aino", PORTAL, "2024-05-31")
    assert looks(world, "aino", PORTAL, "2024-09-30")
    assert not looks(world, "aino", PORTAL, "2024-10-01")
    assert not looks(world, "olga", PORTAL)
    assert not looks(AGREED, "aino", PORTAL)


def test_an_engagement_without_subjects_is_for_the_whole_ledger() -> None:
    world = engaged(replace(OPEN, subjects=()))

    assert looks(world, "aino", TOWNS)
    assert looks(world, "aino", None)


def test_the_right_to_look_ends_with_the_engagement_the_role_or_the_account() -> None:
    """Case 7, C14."""
    world = engaged()
    left = AccountClosed(person=AINO, valid_from=Date("2024-06-10"))
    ended = confirmed(grant("aino", Role.AUDITOR, None, valid_to="2024-06-09"))

    assert not looks(world.after(CloseEngagement(engagement="eca-2025"), by="aino", at=JUNE), "aino", PORTAL)
    assert not looks(world.happened(left, at=JUNE), "aino", PORTAL)
    assert not looks(world.happened(ended, at=JUNE), "aino", PORTAL)


def test_a_finding_is_raised_answered_and_closed() -> None:
    """C16. The auditor closes it."""
    world = engaged()

    world = world.when(RAISE, by="aino", at=JUNE).then(
        FindingRaised(
            engagement="eca-2025",
            finding="f1",
            control="C09",
            severity=Severity.MINOR,
            unit=DIGI,
            subjects=(PORTAL,),
            positions=(12, 14),
            text=RAISE.text,
        )
    )
    world.when(CLOSE, by="aino", at=JUNE).refused("not-answered", field="finding")
    world = world.when(ANSWER, by="olga", at=JUNE).then(
        FindingAnswered(
            engagement="eca-2025", finding="f1", agreed=True, mended_by=Date("2024-07-31"), text=ANSWER.text
        )
    )
    world = world.when(CLOSE, by="aino", at=JUNE).then(
        FindingClosed(engagement="eca-2025", finding="f1", outcome=Outcome.REMEDIED, text=CLOSE.text)
    )

    world.when(replace(CLOSE, outcome=Outcome.RISK_ACCEPTED), by="aino", at=JUNE).refused("finding-closed")
    world.when(replace(ANSWER, agreed=False), by="olga", at=JUNE).refused("finding-closed")
    world.when(replace(RAISE, severity=Severity.MAJOR), by="aino", at=JUNE).refused("finding-exists")


def test_a_finding_on_a_unit_is_answered_by_its_owner_one_on_the_agency_by_head_or_coordinator() -> None:
    world = found()
    whole = engaged().after(replace(RAISE, unit=None), by="aino", at=JUNE)

    for who in ("olga", "hanna", "kaisa"):
        assert world.when(ANSWER, by=who, at=JUNE).events
    for who in ("hanna", "kaisa"):
        assert whole.when(ANSWER, by=who, at=JUNE).events
    world.when(ANSWER, by="otto", at=JUNE).refused("not-permitted")
    whole.when(ANSWER, by="olga", at=JUNE).refused("not-permitted")


def test_an_answer_that_agrees_says_by_when() -> None:
    """C16."""
    found().when(replace(ANSWER, mended_by=None), by="olga", at=JUNE).refused("date-missing", rule="C16")
    assert found().when(replace(ANSWER, agreed=False, mended_by=None), by="olga", at=JUNE).events


def test_an_auditor_withdraws_a_finding_without_an_answer() -> None:
    assert found().when(replace(CLOSE, outcome=Outcome.WITHDRAWN), by="aino", at=JUNE).events


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"engagement": "other"}, "unknown-engagement"),
        ({"finding": "F 1"}, "malformed-id"),
        ({"control": "C20"}, "malformed-control"),
        ({"control": "C00"}, "malformed-control"),
        ({"unit": UnitId("nowhere")}, "unknown-unit"),
        ({"subjects": (TOWNS,)}, "outside-engagement"),
    ],
)
def test_a_finding_stays_within_its_engagement(changed: dict[str, object], code: str) -> None:
    engaged().when(replace(RAISE, **changed), by="aino", at=JUNE).refused(code)  # type: ignore[arg-type]


def test_only_its_own_auditors_raise_and_close_and_only_while_it_is_in_force() -> None:
    world = found().happened(confirmed(grant("sari", Role.AUDITOR)), at=JUNE)

    world.when(replace(RAISE, finding="f2"), by="sari", at=JUNE).refused("not-in-engagement", field="engagement")
    world.when(CLOSE, by="sari", at=JUNE).refused("not-in-engagement")
    world.when(CloseEngagement(engagement="eca-2025"), by="sari", at=JUNE).refused("not-in-engagement")
    world.when(replace(RAISE, finding="f2"), by="aino", at=on("2024-10-01")).refused("engagement-over")


def test_an_engagement_ends_when_its_findings_are_closed() -> None:
    world, close = found(), CloseEngagement(engagement="eca-2025")

    world.when(close, by="hanna", at=JUNE).refused("findings-open", field="engagement")

    world = world.after(ANSWER, by="olga", at=JUNE).after(CLOSE, by="aino", at=on("2024-10-15"))
    world = world.when(close, by="aino", at=on("2024-10-15")).then(EngagementClosed(engagement="eca-2025"))
    world.when(replace(RAISE, finding="f2"), by="aino", at=JUNE).refused("engagement-over")
    world.when(CloseEngagement(engagement="other"), by="hanna", at=JUNE).refused("unknown-engagement")


def test_a_finding_on_a_unit_that_was_succeeded_is_answered_by_its_successor() -> None:
    """Case 5."""
    from domain.events.organisation import Handover, UnitSucceeded  # noqa: PLC0415

    moved = UnitSucceeded(unit=DIGI, successor=VANHA, handover=Handover.MOVES, valid_from=Date("2024-06-09"))
    world = found().happened(moved, confirmed(grant("sari", Role.OWNER, VANHA)), at=JUNE)

    assert world.when(ANSWER, by="sari", at=JUNE).events
    world.when(ANSWER, by="olga", at=JUNE).refused("not-permitted")


def test_nobody_answers_what_was_not_found() -> None:
    engaged().when(ANSWER, by="hanna", at=JUNE).refused("unknown-finding", field="finding")
    STAFFED.when(ANSWER, by="hanna", at=JUNE).refused("unknown-engagement", field="engagement")
