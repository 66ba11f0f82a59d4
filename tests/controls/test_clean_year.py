"""A year in order passes every control, and each control has something to look at."""

from collections.abc import Iterator

from clean import clean
from tested import LOOKS, everything
from told import Tale

from domain.controls import CONTROLS, run_controls
from domain.events.envelope import Row


def test_every_control_passes_all_its_cases() -> None:
    results = everything()

    assert {control: each.exceptions for control, each in results.items() if each.exceptions} == {}
    assert all(each.population == each.passes for each in results.values())
    assert all(each.population > 0 for each in results.values())


def test_the_controls_are_c01_to_c19_in_their_order() -> None:
    assert [each.id for each in CONTROLS] == [f"C{number:02}" for number in range(1, 20)]


def test_what_was_not_given_is_not_said_to_pass() -> None:
    results = {each.control: each for each in run_controls(clean().rows())}

    assert results["C12"].untested == results["C12"].population == 1
    assert results["C04"].untested > 0
    assert "No checkpoint was given" in results["C01"].note
    assert "access ledger was not given" in results["C11"].note


def test_a_ledger_without_a_kind_of_event_has_no_cases_and_says_so() -> None:
    results = {each.control: each for each in run_controls(clean().until("in force").rows())}

    assert results["C10"].population == 0
    assert results["C10"].note == "No item that counts for a measure of the RRF was delivered."
    assert results["C11"].note == "Nothing was erased. The access ledger was not given: looks are not tested."
    assert results["C18"].note == "No operation was recorded."


def test_an_empty_ledger_passes_nothing() -> None:
    results = run_controls(())

    assert all(each.population == 0 and each.note for each in results)


def test_another_cycle_has_only_what_belongs_to_no_cycle() -> None:
    other = {each.control: each for each in run_controls(clean().rows(), cycle=2025)}
    all_of_it = {each.control: each for each in run_controls(clean().rows())}

    assert (other["C05"].population, other["C07"].population) < (all_of_it["C05"].population, 1)
    assert other["C07"].population == 0
    assert other["C01"].population == all_of_it["C01"].population
    assert other["C07"].cycle == 2025


def test_the_looks_are_read_once_and_not_before_the_log_is_through() -> None:
    read: list[str] = []

    def rows(tale: Tale) -> Iterator[Row]:
        for each in tale.rows():
            read.append(each.ledger)
            yield each

    assert run_controls(rows(clean()), rows(LOOKS)) == run_controls(clean().rows(), LOOKS.rows())
    assert read == [each.ledger for each in (*clean().rows(), *LOOKS.rows())]


def test_the_same_rows_give_the_same_result() -> None:
    tale: Tale = clean().without("half-year evidence", "measure")

    assert run_controls(tale.rows()) == run_controls(iter(tale.rows()))
