"""C06: timeliness, on histories written by hand."""

from dataclasses import replace

from clean import clean
from clean_names import ANNUAL, DAYS, due
from tested import found
from told import Told, made, on, words

from domain.events.item import (
    ItemWithdrawn,
)
from domain.events.round import RoundOpened
from domain.values import DeadlineKind

LATE = on("2024-08-16")


def test_c06_a_late_submission_that_is_recorded_as_in_time() -> None:
    tale = clean().instead("half-year days submitted", at=LATE)

    assert found("C06", tale) == [
        ("lateness-wrong", (tale.at("half-year opened"), tale.at("half-year days submitted")))
    ]


def test_c06_a_late_submission_without_a_reason_and_one_with_it() -> None:
    tale = clean().instead("half-year days submitted", at=LATE, late=True)
    reasoned = tale.instead("half-year days submitted", late_reason=words("late"))

    assert found("C06", tale) == [
        ("late-without-reason", (tale.at("half-year opened"), tale.at("half-year days submitted"))),
    ]
    assert found("C06", reasoned) == []


def test_c06_the_last_second_is_in_time_and_the_next_is_late() -> None:
    """Case 4: 23:59:59 in Helsinki."""
    last = on("2024-08-15", 23, 59).replace(second=59)
    in_time = clean().instead("half-year days submitted", at=last)
    late = clean().instead("half-year days submitted", at=on("2024-08-16", 0))

    assert found("C06", in_time) == []
    assert [code for code, _ in found("C06", late)] == ["lateness-wrong"]


def test_c06_a_submission_judged_against_a_date_that_nobody_recorded() -> None:
    tale = clean().instead("half-year days submitted", deadline=due(DeadlineKind.UNIT, "2024-08-25"))

    assert found("C06", tale) == [("other-date", (tale.at("half-year opened"), tale.at("half-year days submitted")))]


def test_c06_an_extension_counts_for_its_unit_alone() -> None:
    """Told after the submissions, it moves nothing back; for another unit, it moves nothing at all."""
    tale = clean().instead("half-year days submitted", deadline=due(DeadlineKind.UNIT, "2024-08-20", "extension"))

    assert [code for code, _ in found("C06", tale)] == ["other-date"]


def test_c06_a_judgement_that_stands_is_not_made_again() -> None:
    tale = clean().instead("half-year submitted again", deadline=due(DeadlineKind.UNIT, "2024-08-20"))

    assert found("C06", tale) == [
        ("judged-again", (tale.at("half-year towns submitted"), tale.at("half-year submitted again"))),
    ]


def test_c06_a_delivery_after_31_august() -> None:
    tale = clean().instead("half-year 1 delivered", at=on("2024-09-01", 0), late=True)

    assert found("C06", tale) == [
        ("late-without-reason", (tale.at("half-year opened"), tale.at("half-year 1 delivered"))),
    ]


def test_c06_a_delivery_after_the_seventh_day() -> None:
    tale = clean().instead("annual 1 delivered", at=on("2025-03-18", 0))

    assert found("C06", tale) == [("lateness-wrong", (tale.at("accounts"), tale.at("annual 1 delivered")))]


def test_c06_a_delivery_date_that_is_not_seven_days_after_the_approval() -> None:
    tale = clean().instead("accounts", delivery=due(DeadlineKind.DELIVERY, "2025-03-19"))

    assert ("wrong-date", (tale.at("accounts"),)) in found("C06", tale)


def test_c06_a_statement_after_june() -> None:
    tale = clean().instead("stated", at=on("2025-06-17"), late=True)

    assert found("C06", tale) == [("late-without-reason", (tale.at("assessment opened"), tale.at("stated")))]


def test_c06_what_was_never_submitted_delivered_or_stated() -> None:
    tale = clean()
    unsubmitted = tale.until("half-year submitted again").without("half-year days submitted")
    unsubmitted = unsubmitted.then(Told(event=made(ItemWithdrawn, round=ANNUAL, subject=DAYS), at=LATE))
    undelivered = tale.without("half-year 1 delivered").until("annual opened")
    unstated = tale.without("stated", "statement published").then(
        Told(event=made(ItemWithdrawn, round=ANNUAL, subject=DAYS), at=on("2025-06-26"))
    )

    assert found("C06", unsubmitted) == [("not-submitted", (unsubmitted.at("half-year opened"),))]
    assert found("C06", undelivered) == [("not-delivered", (undelivered.at("half-year opened"),))]
    assert found("C06", unstated) == [("not-issued", (unstated.at("assessment opened"),))]


def test_c06_accounts_whose_lateness_is_recorded_wrongly() -> None:
    tale = clean().instead("accounts", late=True)

    assert found("C06", tale) == [("lateness-wrong", (tale.at("accounts"),))]


def test_c06_a_date_that_does_not_end_at_midnight_in_helsinki() -> None:
    """Case 2: the recorded instant is looked at, too."""
    wrong = replace(due(DeadlineKind.DELIVERY, "2024-08-31"), instant=on("2024-09-01", 3))
    opened = next(each.event for each in clean().told if each.label == "half-year opened")
    assert isinstance(opened, RoundOpened)
    tale = clean().instead("half-year opened", deadlines=(*opened.deadlines[:-1], wrong))
    tale = tale.instead("half-year 1 delivered", deadline=wrong)

    assert found("C06", tale) == [("wrong-instant", (tale.at("half-year opened"), tale.at("half-year 1 delivered")))]
