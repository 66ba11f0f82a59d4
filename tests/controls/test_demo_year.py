"""The controls over the recorded demo year find what docs/demo.md says is planted there, and nothing else."""

import re
from pathlib import Path

import pytest
from recorded import YEAR, year

from domain.controls import ControlException, ControlResult, run_controls
from domain.events.codec import Undecodable, decode
from domain.events.envelope import Row
from projections.attested import Replayed

PAGE = Path(__file__).parents[2] / "docs" / "demo.md"
KINDS = {
    "C06": ("assessment-opened", "statement-issued"),
    "C10": ("rrf-item-linked", "delivered-to-ministry"),
    "C14": ("cycle-opened",),
    "C15": ("round-opened", "deadline-extended"),
    "C16": ("deviation-opened",),
    "C17": ("rrf-item-linked", "item-signed-off"),
}
"""The events that show each planted exception."""


@pytest.fixture(scope="module")
def results() -> dict[str, ControlResult]:
    return {each.control: each for each in run_controls(year(), replay=Replayed())}


def exceptions(results: dict[str, ControlResult]) -> list[tuple[str, ControlException]]:
    return [(control, one) for control, each in results.items() for one in each.exceptions]


def event(position: int) -> Row:
    return year()[position - 1]


def test_the_recorded_year_is_readable_by_this_program() -> None:
    """If it isn't: `python tests/controls/record_year.py`, and look at what changed."""
    for row in year():
        try:
            decode(row.type, row.schema, row.body)
        except Undecodable as error:
            pytest.fail(f"{row.position} {row.type}: {error}; record the year again")
    assert YEAR.stat().st_size < 1_000_000


def test_the_controls_find_exactly_what_is_planted(results: dict[str, ControlResult]) -> None:
    planted = re.findall(r"^\| (C\d\d) \| `([a-z-]+)` \|", PAGE.read_text(), re.MULTILINE)

    assert [(control, one.code) for control, one in exceptions(results)] == planted
    assert len(planted) == 6


def test_each_planted_exception_is_shown_by_its_events(results: dict[str, ControlResult]) -> None:
    shown = {control: tuple(event(each).type for each in one.positions) for control, one in exceptions(results)}

    assert shown == KINDS


def test_each_sentence_names_what_the_page_names(results: dict[str, ControlResult]) -> None:
    said = {control: one.says for control, one in exceptions(results)}

    assert "2025-06-18, after 2025-06-16" in said["C06"]
    assert said["C10"].startswith("transition-provision-systems-2024")
    assert "for 2024" in said["C14"]
    assert "data-analytics was moved on 2024-08-23, when 2024-08-22 had passed" in said["C15"]
    assert "integration-monitoring-2024" in said["C16"]
    assert "release-3-2024 of 2024-half-year" in said["C17"]


def test_what_the_year_has_is_tested(results: dict[str, ControlResult]) -> None:
    """Numbers that follow from the agreement: 119 and 127 items, 33 lights, three publications twice over."""
    assert results["C01"].population == len(year())
    assert results["C12"].population == results["C12"].passes == 5
    assert results["C19"].population == 33
    assert results["C08"].population >= 119 + 127
    assert results["C05"].population > 3 * (119 + 127)
    assert [control for control, each in results.items() if not each.population] == ["C11"]


def test_a_cycle_has_the_same_exceptions_and_the_next_one_only_what_belongs_to_none(
    results: dict[str, ControlResult],
) -> None:
    of_the_year = {each.control: each for each in run_controls(year(), cycle=2024)}
    of_the_next = {each.control: each for each in run_controls(year(), cycle=2025)}

    assert exceptions(of_the_year) == exceptions(results)
    assert exceptions(of_the_next) == []
