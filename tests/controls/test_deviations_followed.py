"""C12 and C16: attested views, and corrective actions, on histories written by hand."""

from clean import clean
from tested import Replaying, found
from told import on, other


def test_c12_a_replay_that_comes_to_another_digest() -> None:
    tale = clean()
    pair = (tale.at("attested") - 1, tale.at("attested"))

    assert found("C12", replay=Replaying(other())) == [("digest-differs", pair)]
    assert found("C12", replay=Replaying(None)) == [("digest-differs", pair)]


def test_c12_a_view_attested_before_it_was_there() -> None:
    tale = clean().instead("attested", at_position=999)

    assert found("C12", tale) == [("attested-ahead", (tale.at("attested"),))]


def test_c16_an_action_that_is_open_past_its_date() -> None:
    tale = clean().without("action on towns", "towns closed")
    later = tale.instead("attested", at=on("2025-07-01"))

    assert found("C16", tale) == []
    assert found("C16", later) == [("overdue", (later.at("deviation of towns"),))]


def test_c16_an_action_that_is_reported_done_and_that_nobody_closed() -> None:
    tale = clean().without("services closed").instead("attested", at=on("2025-07-01"))

    assert found("C16", tale) == [
        ("overdue", (tale.at("deviation of services"), tale.at("action on services"))),
    ]


def test_c16_a_yellow_that_opened_no_deviation() -> None:
    tale = clean().without("deviation of towns", "action on towns", "towns closed")

    assert found("C16", tale) == [("not-followed", (tale.at("half-year towns signed"),))]
