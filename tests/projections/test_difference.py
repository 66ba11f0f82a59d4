"""The difference between two boards: what comparing them says, composed as the way between them is, with who did it."""

from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from recorded import year

from projections import board
from projections.changes import KINDS, told
from projections.difference import difference
from projections.reading import said
from projections.table import Cells, DictTable

LAST = len(year())
Net = dict[tuple[str, str, str], tuple[Any, Any]]
POSITIONS = st.integers(0, LAST)


@cache
def snapshot(position: int) -> str:
    return board.fold(year()[:position]).snapshot()


def at(position: int) -> DictTable:
    return DictTable.restored(snapshot(position))


def between(first: int, last: int, of: int | None = None) -> list[Cells]:
    return difference(at(first), year()[first:last], of)


def net(changes: list[Cells]) -> Net:
    return {(each["kind"], each["key"], each["what"]): (each["from"], each["to"]) for each in changes}


def positions(change: Cells) -> set[int]:
    return {each["position"] for each in change["events"]}


def compared(before: DictTable, after: DictTable) -> Net:
    """The same by looking at both boards alone."""
    found: Net = {}
    for kind, key in {each[:2] for table in (before, after) for each in table if each[0] in KINDS}:
        one, other = told(kind, before.get(kind, key)), told(kind, after.get(kind, key))
        for name in {*one, *other}:
            if one.get(name) != other.get(name):
                found[kind, key, name] = (one.get(name), other.get(name))
    return found


@settings(max_examples=30, deadline=None)
@given(st.lists(POSITIONS, min_size=2, max_size=2).map(sorted))
def test_it_is_what_comparing_the_two_boards_says(ends: list[int]) -> None:
    first, last = ends

    assert net(between(first, last)) == compared(at(first), at(last))


@settings(max_examples=30, deadline=None)
@given(st.lists(POSITIONS, min_size=3, max_size=3).map(sorted))
def test_two_differences_after_each_other_are_the_difference_between_their_ends(ends: list[int]) -> None:
    first, middle, last = ends
    one, other, whole = between(first, middle), between(middle, last), between(first, last)

    composed = net(one)
    for place, (before, after) in net(other).items():
        composed[place] = (composed.get(place, (before, None))[0], after)
    assert net(whole) == {place: ends for place, ends in composed.items() if ends[0] != ends[1]}
    known = {(each["kind"], each["key"], each["what"]): positions(each) for each in whole}
    for each in one + other:
        assert positions(each) <= known.get((each["kind"], each["key"], each["what"]), positions(each))


@settings(max_examples=20, deadline=None)
@given(POSITIONS)
def test_a_board_does_not_differ_from_itself(position: int) -> None:
    assert between(position, position) == []


def test_each_change_names_its_events_and_who_was_behind_them() -> None:
    for each in between(700, LAST):
        assert each["events"]
        for event in each["events"]:
            row = year()[event["position"] - 1]
            meta = said(row)
            assert row.position > 700
            assert (event["type"], event["by"], event["command"]) == (row.type, meta["actor"], meta["command"])


def test_what_was_changed_and_changed_back_is_no_difference() -> None:
    """A report that is returned and submitted again: between the two, only what came of it differs."""
    returned = next(row for row in year() if row.type == "item-returned")
    again = next(
        row
        for row in year()
        if row.position > returned.position and row.stream == returned.stream and row.type == "item-submitted"
    )
    key = returned.stream.removeprefix("item/")

    found = [each["what"] for each in between(returned.position - 1, again.position) if each["key"] == key]

    assert "stage" in [each["what"] for each in between(returned.position - 1, returned.position)]
    assert "stage" not in found


def test_content_that_was_submitted_and_signed_anew_with_the_same_light_is_told() -> None:
    """R16: people bound themselves to another content."""
    stream = "item/2024-half-year/central-knowledge-function"
    _, _, first, _, submitted, again, *_ = (row.position for row in year() if row.stream == stream)

    [change] = [each for each in between(first, again) if f"item/{each['key']}" == stream]

    assert (change["what"], change["from"] is None, change["to"] is None) == ("content", False, False)
    assert change["from"] != change["to"]
    assert submitted in positions(change)


def test_only_the_years_own_changes_are_told_where_a_year_is_given() -> None:
    assert {each["year"] for each in between(0, LAST, 2024)} <= {2024, None}
    assert not [each for each in between(0, LAST, 2031) if each["year"] is not None]


def test_the_statement_shows_the_ministrys_lights_dates_and_versions_with_their_events() -> None:
    issued = next(row for row in year() if row.type == "statement-issued")

    found = between(issued.position - 1, issued.position)

    assert {each["what"].partition("/")[0] for each in found} == {"stage", "statements", "statement"}
    assert len([each for each in found if each["what"].startswith("statement/")]) == 33
    assert {event["command"] for each in found for event in each["events"]} == {"issue-statement"}
