"""C15: settings, dates and agreement data, on histories written by hand."""

from clean import clean
from clean_names import ANNUAL, PORTAL, due
from tested import found
from told import Told, made, on

from domain.events.agreement import MilestoneDefined
from domain.events.cycle import (
    FinalAccountsApprovalCorrected,
)
from domain.events.item import ItemReassigned
from domain.values import Date, DeadlineKind, SubjectId


def test_c15_a_setting_that_nobody_proposed_so_or_without_the_right() -> None:
    tale = clean().without("setting proposed")
    by_owner = clean().instead("setting proposed", by="olga")
    by_director = clean().instead("setting confirmed", by="dora")

    assert found("C15", tale) == [("not-proposed", (tale.at("setting confirmed"),))]
    for each in (by_owner, by_director):
        assert found("C15", each) == [("no-authority", (each.at("setting proposed"), each.at("setting confirmed")))]


def test_c15_a_date_that_was_moved_after_it_had_passed() -> None:
    tale = clean().instead("extended", at=on("2024-08-16"))

    assert found("C15", tale) == [("after-the-fact", (tale.at("half-year opened"), tale.at("extended")))]


def test_c15_a_date_that_was_moved_by_another_or_to_an_earlier_day() -> None:
    tale = clean().instead("extended", by="olga")
    earlier = clean().instead("extended", deadline=due(DeadlineKind.UNIT, "2024-08-10"))

    assert found("C15", tale) == [("no-authority", (tale.at("extended"),))]
    assert found("C15", earlier) == [("not-later", (earlier.at("extended"),))]


def test_c15_a_date_beyond_the_contractual_one_without_consent() -> None:
    tale = clean().instead("extended", deadline=due(DeadlineKind.UNIT, "2024-09-02"))

    assert found("C15", tale) == [("no-consent", (tale.at("extended"),))]
    assert found("C15", tale.instead("extended", consent="VN/1")) == []


def test_c15_a_date_that_was_moved_from_one_not_in_force() -> None:
    tale = clean().instead("extended", previous=due(DeadlineKind.UNIT, "2024-08-10"))

    assert found("C15", tale) == [("other-date", (tale.at("half-year opened"), tale.at("extended")))]


def test_c15_an_agreement_without_all_signatures() -> None:
    tale = clean().without("signed m2")

    assert found("C15", tale) == [("not-signed", (tale.at("sent"), tale.at("in force")))]


def test_c15_an_agreement_that_came_after_its_year_had_begun() -> None:
    tale = clean().instead("in force", at=on("2024-01-02"))

    assert found("C15", tale) == [("after-the-fact", (tale.at("sent"), tale.at("in force")))]


def test_c15_agreement_data_that_changed_after_the_signature() -> None:
    event = made(MilestoneDefined, version="kylki-2024-2027.1", milestone=SubjectId("new"), year=2024)
    tale = clean().after("in force", Told(event=event, by="kaisa", at=on("2023-12-05"), label="added"))

    assert found("C15", tale) == [("changed-signed", (tale.at("sent"), tale.at("added")))]


def test_c15_a_backdated_reassignment_and_a_correction_without_the_right() -> None:
    moved = made(ItemReassigned, round=ANNUAL, subject=PORTAL, valid_from=Date("2025-06-01"))
    accounts = made(
        FinalAccountsApprovalCorrected,
        year=2024,
        approved_on=Date("2025-03-10"),
        delivery=due(DeadlineKind.DELIVERY, "2025-03-17"),
    )
    at = on("2025-06-26")
    tale = clean().then(
        Told(event=moved, by="anna", at=at, label="moved"), Told(event=accounts, by="olga", at=at, label="corrected it")
    )

    assert found("C15", tale) == [
        ("after-the-fact", (tale.at("moved"),)),
        ("no-authority", (tale.at("corrected it"),)),
    ]
