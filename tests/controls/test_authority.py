"""C03: who signed held the role or the delegation at that moment, on histories written by hand."""

from clean import clean
from clean_names import ANNUAL, DIGI, HALF, PORTAL
from clean_opening import given_role, grant
from tested import found
from told import Told, on, words

from domain.events.item import ItemEndorsed, ItemReassigned, SignOffRevoked
from domain.events.organisation import AccountClosed
from domain.values import Date, PersonId, Role, SubjectId, UnitId


def test_c03_a_role_that_ended_the_day_before() -> None:
    ended = given_role("end", grant("dora", Role.DIRECTOR, DIGI, last="2025-01-09"), at=on("2025-01-09"))
    tale = clean().before("annual opened", *ended)
    signings = [f"annual {each} signed" for each in ("portal", "towns", "days", "services")]

    late = [*signings, "correction signed", "towns closed", "services closed", "late signed"]

    assert found("C03", tale) == [("no-right", (tale.at("end confirmed"), tale.at(each))) for each in late]


def test_c03_a_role_that_begins_the_day_after() -> None:
    tale = clean()
    late = grant("mikko", Role.MINISTRY_DECIDER, None, first="2025-06-11")
    tale = tale.instead("role-of-mikko proposed", grant=late).instead("role-of-mikko confirmed", grant=late)

    assert found("C03", tale) == [("no-right", (tale.at("role-of-mikko confirmed"), tale.at("stated")))]


def test_c03_a_director_of_another_unit() -> None:
    tale = clean().instead("annual towns signed", by="dirk")

    assert found("C03", tale) == [("no-right", (tale.at("annual towns signed"),))]


def test_c03_a_unit_that_was_handed_on_is_not_signed_by_the_old_director() -> None:
    moved = ItemReassigned(
        round=ANNUAL,
        subject=SubjectId("towns"),
        revision=1,
        from_unit=DIGI,
        to_unit=UnitId("talous"),
        valid_from=Date("2025-01-10"),
    )
    tale = clean().before("annual towns signed", Told(event=moved, by="anna", at=on("2025-01-10"), label="moved"))

    assert found("C03", tale) == [("no-right", (tale.at("annual towns signed"),))]


def test_c03_a_substitute_out_of_dates_or_scope_or_not_appointed() -> None:
    tale = clean().instead("half-year days signed", acting_for="hanna")
    early = clean().instead("substitution", valid_to=Date("2024-06-09"))
    scope = clean().instead("substitution", unit=UnitId("talous"))

    assert found("C03", tale) == [("no-right", (tale.at("half-year days signed"),))]
    for each in (early, scope):
        assert found("C03", each) == [("no-right", (each.at("substitution"), each.at("half-year days signed")))]


def test_c03_a_substitute_of_one_who_lost_the_role() -> None:
    ended = given_role("end", grant("dora", Role.DIRECTOR, DIGI, last="2024-06-09"), at=on("2024-06-01"))
    again = given_role("again", grant("dora", Role.DIRECTOR, DIGI, first="2024-06-11"), at=on("2024-06-11"))
    tale = clean().before("half-year days signed", *ended).after("half-year services signed", *again)

    assert ("no-right", (tale.at("substitution"), tale.at("half-year days signed"))) in found("C03", tale)


def test_c03_a_closed_account() -> None:
    closed = Told(
        event=AccountClosed(person=PersonId("hanna"), valid_from=Date("2024-08-28")),
        by="anna",
        at=on("2024-08-28"),
        label="closed",
    )
    tale = clean().before("half-year 1 approved", closed).until("half-year 1 approved")

    assert found("C03", tale) == [("no-right", (tale.at("closed"), tale.at("half-year 1 approved")))]


def test_c03_the_head_without_an_escalation() -> None:
    tale = clean().without("escalated")

    assert found("C03", tale) == [("not-escalated", (tale.at("half-year portal signed"),))]


def test_c03_who_does_not_hold_the_slot_signs_the_agreement() -> None:
    tale = clean().instead("signed a1", by="dora")

    assert found("C03", tale) == [("not-the-holder", (tale.at("sent"), tale.at("signed a1")))]


def test_c03_the_system_does_not_sign() -> None:
    tale = clean().instead("annual towns signed", by="system")

    assert found("C03", tale) == [("no-right", (tale.at("annual towns signed"),))]


def test_c03_a_role_that_gives_no_such_right_is_recorded() -> None:
    tale = clean().instead("stated", role=Role.AUDITOR)

    assert found("C03", tale) == [("other-role", (tale.at("stated"),))]


def test_c03_an_endorsement_and_a_revocation_without_the_role() -> None:
    endorsed = Told(
        event=lambda before: ItemEndorsed(
            round=HALF, subject=PORTAL, revision=1, step="owner", digest=before.digest(HALF, PORTAL)
        ),
        by="dirk",
        at=on("2024-06-10"),
        label="endorsed",
    )
    event = SignOffRevoked(round=ANNUAL, subject=PORTAL, revision=1, reason=words("wrong"))
    revoked = Told(event=event, by="dirk", at=on("2025-01-10"), label="revoked")
    tale = clean().before("escalated", endorsed).after("annual portal signed", revoked)

    assert found("C03", tale) == [("no-right", (tale.at("endorsed"),)), ("no-right", (tale.at("revoked"),))]


def test_c03_who_is_not_the_head_signs_as_escalated() -> None:
    tale = clean().instead("half-year portal signed", by="dora")

    assert ("no-right", (tale.at("half-year portal signed"),)) in found("C03", tale)


def test_c03_assessments_and_confirmations_without_the_role() -> None:
    for label, who in (
        ("services assessed", "mikko"),
        ("setting confirmed", "dora"),
        ("erasure confirmed", "kaisa"),
        ("role-of-olga confirmed", "kaisa"),
    ):
        tale = clean().instead(label, by=who)

        assert found("C03", tale) == [("no-right", (tale.at(label),))]


def test_c03_nobody_confirms_for_another() -> None:
    tale = clean().instead("setting confirmed", by="dirk", acting_for="hanna")

    assert found("C03", tale) == [("no-right", (tale.at("setting confirmed"),))]
