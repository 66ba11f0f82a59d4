"""C02: no one approves their own work. Each history is written by hand; no decision made it."""

from clean import clean
from clean_names import ANNUAL, HALF, PORTAL
from clean_rounds import signed
from tested import found
from told import Told, made, on, other, words

from domain.controls import run_controls
from domain.events.erasure import LegalHoldLifted, LegalHoldLiftProposed
from domain.events.item import ItemEndorsed, SignOffRevoked
from domain.values import SubjectId

AT = on("2024-06-10")


def test_c02_a_sign_off_by_who_wrote_the_report() -> None:
    tale = clean().instead("annual towns reported", by="dora")

    assert found("C02", tale) == [
        ("own-work", (tale.at("annual towns reported"), tale.at("annual towns signed"))),
    ]


def test_c02_a_sign_off_by_who_prepared_an_earlier_revision() -> None:
    """R15, over time: the set of preparers only grows."""
    tale = clean().instead("annual days reported", by="dora").without("annual days signed")
    tale = tale.after("annual services signed", signed(ANNUAL, SubjectId("days"), on("2025-01-10"), by="dirk"))

    assert found("C02", tale) == [
        ("own-work", (tale.at("annual days reported"), tale.at("correction signed"))),
    ]


def test_c02_a_substitute_signs_for_a_preparer() -> None:
    tale = clean().instead("half-year days reported", by="dora")

    assert found("C02", tale) == [
        ("own-work-of-principal", (tale.at("half-year days reported"), tale.at("half-year days signed"))),
    ]


def test_c02_a_substitute_signs_what_they_prepared_for_another() -> None:
    tale = clean().instead("half-year days reported", by="dirk", acting_for="olga")

    assert found("C02", tale) == [
        ("own-work", (tale.at("half-year days reported"), tale.at("half-year days signed"))),
    ]


def test_c02_who_attached_evidence_endorses() -> None:
    endorsed = Told(
        event=lambda before: ItemEndorsed(
            round=HALF, subject=PORTAL, revision=1, step="owner", digest=before.digest(HALF, PORTAL)
        ),
        by="olga",
        at=AT,
        label="endorsed",
    )
    tale = clean().before("escalated", endorsed)

    assert found("C02", tale) == [("own-work", (tale.at("half-year portal reported"), tale.at("endorsed")))]


def test_c02_the_signer_revokes_their_own_sign_off() -> None:
    revoked = SignOffRevoked(round=ANNUAL, subject=PORTAL, revision=1, reason=words("wrong"))
    tale = clean().after("annual portal signed", Told(event=revoked, by="dora", at=on("2025-01-10"), label="revoked"))

    assert found("C02", tale) == [("own-work", (tale.at("annual portal signed"), tale.at("revoked")))]


def test_c02_the_compiler_approves_the_report() -> None:
    tale = clean().instead("half-year 1 approved", by="kaisa")

    assert found("C02", tale) == [("own-work", (tale.at("half-year 1 compiled"), tale.at("half-year 1 approved")))]


def test_c02_an_assessor_issues_the_statement() -> None:
    tale = clean().instead("stated", by="maria")

    assert found("C02", tale) == [("own-work", (tale.at("services assessed"), tale.at("stated")))]


def test_c02_who_reported_the_action_closes_the_deviation() -> None:
    tale = clean().instead("action on towns", by="dora")

    assert found("C02", tale) == [("own-work", (tale.at("action on towns"), tale.at("towns closed")))]


def test_c02_who_wrote_the_report_closes_its_deviation() -> None:
    tale = clean().instead("half-year services reported", by="dirk").instead("services closed", by="dirk")

    assert ("own-work", (tale.at("half-year services reported"), tale.at("services closed"))) in found("C02", tale)


def test_c02_who_recorded_a_late_completion_signs_it() -> None:
    tale = clean().instead("late recorded", by="dora")

    assert found("C02", tale) == [("own-work", (tale.at("late recorded"), tale.at("late signed")))]


def test_c02_who_proposed_confirms() -> None:
    for proposed, confirmed, who in (
        ("setting proposed", "setting confirmed", "kaisa"),
        ("role-of-olga proposed", "role-of-olga confirmed", "anna"),
        ("erasure proposed", "erasure confirmed", "anna"),
    ):
        tale = clean().instead(confirmed, by=who)

        assert found("C02", tale) == [("own-work", (tale.at(proposed), tale.at(confirmed)))]


def test_c02_who_proposed_to_lift_a_hold_lifts_it() -> None:
    proposed = made(LegalHoldLiftProposed, hold="h-1")
    lifted = LegalHoldLifted(hold="h-1", digest=other())
    at = on("2025-06-26")
    told = (
        Told(event=proposed, by="hanna", at=at, label="lift"),
        Told(event=lifted, by="hanna", at=at, label="lifted"),
    )
    tale = clean().then(*told)

    assert found("C02", tale) == [("own-work", (tale.at("lift"), tale.at("lifted")))]


def test_a_look_at_one_control_says_in_plain_words_what_happened() -> None:
    tale = clean().instead("annual towns reported", by="dora")
    [said] = [each.says for each in run_controls(tale.rows())[1].exceptions]

    assert said == "dora signed off towns of 2024-annual, though dora took part in it"
