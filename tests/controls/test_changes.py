"""C07 and C08: explanations, and changes after the sign-off, on histories written by hand."""

from clean import clean
from clean_names import ANNUAL, DAYS, HALF, PORTAL, SERVICES, TOWNS, YELLOW
from clean_rounds import document, report, signed, submitted
from tested import found
from told import Told, made, on, words

from domain.events.item import (
    CorrectionStarted,
    EvidenceAttached,
    EvidenceRevised,
    ItemReturned,
    ItemWithdrawn,
    SignOffRevoked,
)

JANUARY = on("2025-01-10")


def test_c07_a_yellow_without_its_explanation() -> None:
    tale = clean().instead("half-year towns reported", explanation=None)

    pair = (tale.at("half-year towns reported"), tale.at("half-year towns submitted"))
    again = (tale.at("half-year towns reported"), tale.at("half-year submitted again"))
    assert found("C07", tale) == [("unexplained", pair), ("unexplained", again)]


def test_c07_an_outturn_that_falls_short_needs_one_too() -> None:
    tale = clean().instead("annual days reported", light=YELLOW)

    assert found("C07", tale) == [
        ("unexplained", (tale.at("annual days reported"), tale.at("annual days submitted"))),
    ]


def test_c08_a_change_after_the_sign_off() -> None:
    change = Told(event=report(DAYS, ANNUAL), by="olga", at=JANUARY, label="changed")
    tale = clean().after("annual days signed", change)

    assert found("C08", tale) == [("changed-after-sign-off", (tale.at("annual days signed"), tale.at("changed")))]


def test_c08_evidence_that_was_added_or_replaced_after_the_delivery() -> None:
    for kind in (EvidenceAttached, EvidenceRevised):
        event = kind(round=HALF, subject=PORTAL, revision=1, evidence=document("half-year-minutes"))
        tale = clean().then(Told(event=event, by="olga", at=on("2025-06-26"), label="changed"))

        assert found("C08", tale) == [
            ("changed-after-sign-off", (tale.at("half-year portal signed"), tale.at("changed"))),
        ]


def test_c08_a_change_after_a_return_or_a_revocation_is_in_order() -> None:
    for event in (
        ItemReturned(round=ANNUAL, subject=DAYS, revision=1, reason=words("more"), reopening=None),
        SignOffRevoked(round=ANNUAL, subject=DAYS, revision=1, reason=words("wrong")),
    ):
        back = ItemReturned(round=ANNUAL, subject=DAYS, revision=1, reason=words("more"), reopening=None)
        tale = clean().after(
            "annual days signed",
            Told(event=event, by="hanna", at=JANUARY),
            Told(event=back, by="dora", at=JANUARY),
            Told(event=report(DAYS, ANNUAL), by="olga", at=JANUARY),
            submitted(ANNUAL, DAYS, JANUARY),
            signed(ANNUAL, DAYS, JANUARY),
        )

        assert found("C08", tale) == []


def test_c08_a_withdrawn_milestone_makes_no_target_stale() -> None:
    """Case 8. Its light stands, and isn't changed after the sign-off for that."""
    gone = made(ItemWithdrawn, round=ANNUAL, subject=TOWNS, revision=1, version="update", valid_from="2025-01-10")
    change = Told(event=report(SERVICES, ANNUAL), by="olga", at=JANUARY, label="changed")
    tale = clean().after("annual services signed", Told(event=gone, at=JANUARY), change)

    pair = (tale.at("annual services signed"), tale.at("changed"))
    assert found("C08", tale) == [("changed-after-sign-off", pair)]


def test_c08_a_stale_target_is_confirmed_again_and_a_fresh_one_is_not() -> None:
    again = (
        Told(event=report(SERVICES, ANNUAL), by="olga", at=JANUARY, label="confirmed again"),
        submitted(ANNUAL, SERVICES, JANUARY),
        signed(ANNUAL, SERVICES, JANUARY, label="signed again"),
    )
    fresh = clean().after("annual services signed", *again)
    back = ItemReturned(round=ANNUAL, subject=TOWNS, revision=1, reason=words("more"), reopening=None)
    stale = clean().after(
        "annual services signed",
        Told(event=back, by="dora", at=JANUARY),
        Told(
            event=made(EvidenceAttached, round=ANNUAL, subject=TOWNS, revision=1, evidence=document("more")),
            by="olga",
            at=JANUARY,
        ),
        submitted(ANNUAL, TOWNS, JANUARY),
        signed(ANNUAL, TOWNS, JANUARY),
        *again,
    )

    assert found("C08", fresh) == [
        ("changed-after-sign-off", (fresh.at("annual services signed"), fresh.at("confirmed again"))),
    ]
    assert found("C08", stale) == []


def test_c08_a_correction_that_nothing_opened() -> None:
    tale = clean().without("supplement")

    assert found("C08", tale) == [("not-reopened", (tale.at("annual days signed"), tale.at("correction")))]


def test_c08_a_correction_of_an_item_that_the_supplement_does_not_name() -> None:
    event = CorrectionStarted(round=ANNUAL, subject=TOWNS, revision=2, reopening="taydennys", reason=words("x"))
    tale = clean().after("correction", Told(event=event, by="olga", at=on("2025-04-07"), label="another"))

    assert found("C08", tale) == [("not-reopened", (tale.at("annual towns signed"), tale.at("another")))]


def test_c08_a_change_that_was_delivered_without_its_own_approval() -> None:
    tale = clean().without("correction signed")

    assert found("C08", tale) == [
        ("delivered-unsigned", (tale.at("annual days signed"), tale.at("annual 2 days delivered"))),
    ]


def test_c08_an_item_returned_after_its_delivery_that_no_return_names() -> None:
    back = ItemReturned(round=HALF, subject=TOWNS, revision=2, reason=words("more"), reopening="none")
    tale = clean().then(Told(event=back, by="maria", at=on("2025-06-26"), label="back"))

    assert found("C08", tale) == [("not-reopened", (tale.at("half-year towns signed"), tale.at("back")))]
