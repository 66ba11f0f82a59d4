"""C10: what the recovery facility asks for, on histories written by hand."""

from clean import clean
from tested import found
from told import Told, made, on

from domain.events.rrf import RetentionRecorded
from domain.values import Date


def test_c10_an_item_that_lacks_what_the_facility_asks_for() -> None:
    for left_out, code in (
        ("measure", "no-measure"),
        ("verification", "no-verification"),
        ("recipients", "no-recipients"),
    ):
        tale = clean().without(left_out)

        assert found("C10", tale) == [(code, (tale.at("link"), tale.at("annual 2 delivered")))]


def test_c10_data_of_another_year_or_measure_do_not_count() -> None:
    tale = clean().instead("verification", year=2025).instead("recipients", measure="another")

    assert [code for code, _ in found("C10", tale)] == ["no-recipients", "no-verification"]


def test_c10_a_summary_without_documents_and_recipients_without_a_word() -> None:
    tale = clean().instead("verification", documents=()).instead("recipients", none_because=None)

    assert [code for code, _ in found("C10", tale)] == ["no-recipients", "no-verification"]


def test_c10_an_item_linked_only_later_is_not_asked_for_what_was_delivered_before() -> None:
    """Case 21: the flag applies from the decision."""
    tale = clean().instead("link", valid_from=Date("2025-06-01")).without("verification")

    assert found("C10", tale) == []


def test_c10_a_retention_that_is_too_short_or_shortened() -> None:
    short = clean().instead("retention", until=Date("2027-01-31"))
    less = made(
        RetentionRecorded, measure="digi-1", balance_paid_on=Date("2024-01-31"), years=3, until=Date("2027-01-31")
    )
    tale = clean().then(Told(event=less, by="kaisa", at=on("2025-06-26"), label="less"))

    assert found("C10", short) == [("retention-short", (short.at("retention"),))]
    assert found("C10", tale) == [("retention-shortened", (tale.at("retention"), tale.at("less")))]
