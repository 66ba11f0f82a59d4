"""The stepwise replay over the recorded year: its last board is the fold, and its changes lead from board to board."""

from functools import cache
from typing import Any

import pytest
from recorded import year

from domain.events.envelope import Row
from projections import board, trail
from projections.changes import KINDS, told
from projections.replay import steps
from projections.table import Cells, DictTable, digest


@cache
def replayed() -> tuple[tuple[Cells, ...], DictTable]:
    table = DictTable()
    return tuple(steps(year(), table)), table


def event(kind: str) -> Row:
    return next(row for row in year() if row.type == kind)


def shown(kind: str) -> Cells:
    """The step of the first event of a type."""
    return replayed()[0][event(kind).position - 1]


def test_the_last_board_of_the_steps_is_the_fold_of_the_log() -> None:
    assert digest(replayed()[1]) == digest(board.fold(year()))


def test_each_event_is_a_step_and_tells_what_the_trail_tells() -> None:
    entries = trail.entries(year(), DictTable())

    for entry, found in zip(entries, replayed()[0], strict=True):
        assert {name: value for name, value in entry.items() if name != "changes"} == {
            name: value for name, value in found.items() if name != "board"
        }


def test_the_changes_of_the_steps_alone_lead_from_the_empty_board_to_the_last_one() -> None:
    """Each says from what to what, and what it starts from is what the steps before it left behind."""
    known: dict[tuple[str, str], dict[str, Any]] = {}
    for found in replayed()[0]:
        for each in found["board"]:
            row = known.setdefault((each["kind"], each["key"]), {})
            for name, (before, after) in each["changes"].items():
                assert row.get(name) == before
                row[name] = after
    final = {(kind, key): told(kind, row) for kind, key, row in replayed()[1] if kind in KINDS}
    assert {
        place: {name: value for name, value in row.items() if value is not None} for place, row in known.items()
    } == final


def test_a_step_says_who_did_it_by_which_command_for_which_cause() -> None:
    passed = shown("deadline-passed")

    assert (passed["kind"], passed["command"], passed["board"]) == ("system", "pass-deadline", [])
    assert passed["cause"] < passed["position"]


def test_a_scope_makes_the_rows_of_its_items_and_a_signature_changes_one() -> None:
    scope, signed = shown("round-scope-fixed"), shown("item-signed-off")

    assert {each["kind"] for each in scope["board"]} == {"item"}
    assert len(scope["board"]) > 100
    [one] = signed["board"]
    assert (one["subject"], one["changes"]) == (signed["subject"], {"stage": ["submitted", "signed-off"]})


@pytest.mark.parametrize("kind", ["mail-delivered", "person-registered", "role-confirmed", "reminder-issued"])
def test_what_changes_nothing_on_the_board_says_so(kind: str) -> None:
    found = [each for each in replayed()[0] if each["type"] == kind]

    assert all(each["board"] == [] for each in found)


def test_what_has_no_value_and_rows_of_other_kinds_are_not_told() -> None:
    assert told("agreement", {"stage": "draft", "signed": {}}) == {"stage": "draft"}
    assert told("organisation", {"versions": [1]}) == {}
    assert told("item", None) == {}
