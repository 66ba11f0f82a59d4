"""C05: what was signed is what was submitted, on histories written by hand."""

from clean import clean
from clean_names import ANNUAL, DAYS
from clean_rounds import document
from tested import found
from told import Before, Told, made, on, other, words

from domain.canonical import Json
from domain.events.codec import to_json
from domain.events.cycle import StatementLight
from domain.events.envelope import digest_of
from domain.events.item import (
    EvidenceAttached,
    ItemSignedOff,
    ItemSubmitted,
)
from domain.values import TrafficLight

JANUARY = on("2025-01-10")


def test_c05_a_sign_off_of_what_was_not_submitted() -> None:
    tale = clean().instead("annual days signed", digest=other())

    assert ("not-the-submitted", (tale.at("annual days submitted"), tale.at("annual days signed"))) in found(
        "C05", tale
    )


def test_c05_content_that_changed_between_submission_and_sign_off() -> None:
    def as_submitted(before: Before) -> ItemSignedOff:
        digest = next(
            each.digest
            for each in reversed(before.events)
            if isinstance(each, ItemSubmitted) and each.stream == f"item/{ANNUAL}/{DAYS}"
        )
        return ItemSignedOff(round=ANNUAL, subject=DAYS, revision=1, digest=digest, escalated=False)

    changed = Told(
        event=made(EvidenceAttached, round=ANNUAL, subject=DAYS, revision=1, evidence=document("x")), at=JANUARY
    )
    tale = clean().before("annual days signed", changed).instead("annual days signed", event=as_submitted)
    pair = (tale.at("annual days submitted"), tale.at("annual days signed"))

    assert ("other-content", pair) in found("C05", tale)


def test_c05_a_submission_that_names_other_content() -> None:
    tale = clean().instead("correction submitted", digest=other())

    assert ("other-content", (tale.at("corrected"), tale.at("correction submitted"))) in found("C05", tale)


def test_c05_a_report_whose_digest_is_not_that_of_its_items() -> None:
    tale = clean().instead("half-year 1 compiled", items=())

    assert found("C05", tale) == [("other-content", (tale.at("half-year 1 compiled"),))]


def test_c05_an_approval_of_another_report_than_was_compiled() -> None:
    tale = clean().instead("annual 2 approved", digest=other())
    compiled, approved = tale.at("annual 2 compiled"), tale.at("annual 2 approved")

    assert found("C05", tale) == [
        ("other-content", (compiled, approved)),
        ("other-content", (approved, tale.at("annual 2 delivered"))),
    ]


def test_c05_a_delivery_of_a_report_that_nobody_approved() -> None:
    tale = clean().without("annual 2 approved")

    assert found("C05", tale) == [
        ("other-content", (tale.at("annual 1 approved"), tale.at("annual 2 delivered"))),
    ]


def test_c05_an_item_delivered_otherwise_than_it_was_signed() -> None:
    tale = clean().instead("half-year 1 towns delivered", digest=other())

    assert found("C05", tale) == [
        ("other-content", (tale.at("half-year towns signed"), tale.at("half-year 1 towns delivered"))),
    ]


def test_c05_a_statement_over_another_content_than_was_delivered() -> None:
    tale = clean().instead("stated", lights=())

    assert found("C05", tale) == [("other-content", (tale.at("stated"),))]


def test_c05_signatures_and_confirmations_of_something_else() -> None:
    for label, before in (
        ("signed m1", "sent"),
        ("setting confirmed", "setting proposed"),
        ("erasure confirmed", "erasure proposed"),
        ("late signed", "late recorded"),
    ):
        tale = clean().instead(label, digest=other())

        assert found("C05", tale) == [("other-content", (tale.at(before), tale.at(label)))]


def test_c05_a_late_completion_whose_digest_is_not_that_of_its_content() -> None:
    tale = clean().instead("late recorded", narrative=words("another"))

    assert found("C05", tale) == [("other-content", (tale.at("late recorded"),))]


def test_c05_a_statement_whose_light_is_over_another_content() -> None:
    light = StatementLight(subject=DAYS, light=TrafficLight.GREEN, delivered=other())
    content: Json = {"format": "statement/1", "year": 2024, "lights": to_json((light,))}
    tale = clean().instead("stated", lights=(light,), digest=digest_of(content))
    delivered, stated = tale.at("annual 2 days delivered"), tale.at("stated")

    assert found("C05", tale) == [("not-the-delivered", (delivered, stated))]
