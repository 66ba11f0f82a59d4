"""`etappi demo`: the whole reporting year, on servers of its own."""

import json
import os
import subprocess
import sys
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

ETAPPI = Path(sys.executable).parent / "etappi"


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    """The last line of `etappi demo --json`."""
    played = subprocess.run(
        [ETAPPI, "demo", "--json"], capture_output=True, text=True, timeout=300, check=False, env={**os.environ}
    )
    assert played.returncode == 0, played.stdout[-3000:] + played.stderr[-3000:]
    found: dict[str, Any] = json.loads(played.stdout.splitlines()[-1])
    return found


@pytest.mark.timeout(330)
def test_the_year_has_all_of_the_agreement_and_reports_all_that_binds(figures: dict[str, Any]) -> None:
    counted = (figures["targets"], figures["milestones"], figures["indicators"])

    assert counted == (25, 124, 10)
    assert figures["reported"] == {"with_light": 100, "not_assessable": 2}


def test_the_lights_of_each_round_add_up_and_forecast_and_actual_stay_apart(figures: dict[str, Any]) -> None:
    half, annual = figures["lights"]["half-year"]["agency"], figures["lights"]["annual"]["agency"]

    assert sum(half["milestones"]["forecast"].values()) + sum(half["milestones"]["actual"].values()) == 92
    assert sum(half["targets"]["forecast"].values()) == 25
    assert sum(annual["milestones"]["actual"].values()) == 92
    assert sum(annual["milestones"]["forecast"].values()) == 0
    assert sum(annual["indicators"]["actual"].values()) == 8
    assert annual["indicators"]["not_assessable"] == 2


def test_the_ministry_gives_33_lights_and_three_differ(figures: dict[str, Any]) -> None:
    assessed = figures["lights"]["annual"]["assessed"]

    assert assessed["ministry"]["total"] == assessed["agency"]["total"] == 33
    assert sum(assessed["ministry"][colour] for colour in ("green", "yellow", "red")) == 33
    assert assessed["ministry"]["differs"] == 3


def test_the_story_has_its_incidents(figures: dict[str, Any]) -> None:
    assert figures["late_units"] == 1
    assert figures["returns"] == 4
    assert figures["escalations"] == 1
    assert figures["refusals"] == {"window-not-open": 1, "own-work": 1}
    assert figures["refused"] == 2
    assert figures["reminders"] > 20
    assert figures["evidence"] > 90
    assert figures["signoffs"] >= 119 + 127


def test_the_log_is_whole_and_its_replay_is_the_live_board(figures: dict[str, Any]) -> None:
    assert figures["log_contiguous"] is True
    assert figures["duplicates"] == 0
    assert figures["replay_equals_live"] is True
    assert figures["attested"] == {"views": 5, "replayed": 5}
    assert figures["events"] > 1_500


def test_the_stages_follow_the_calendar(figures: dict[str, Any]) -> None:
    stages = [(stage["name"], datetime.fromisoformat(stage["at"])) for stage in figures["stages"]]

    assert all(before[1] <= after[1] for before, after in pairwise(stages))
    assert stages[0][1].year == 2023
    assert stages[-1][1].date().isoformat() == "2025-07-03"
