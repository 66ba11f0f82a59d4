"""What Temporal keeps of a process: it tells the story, holds nobody's words, and replays under the present code.

The stored histories are made by record_histories.py.
"""

import base64
import json
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from services.workflows.ring import WORKFLOWS, workflow_id
from workflows.conftest import House
from workflows.story import PROCESSES, a_year

HISTORIES = Path(__file__).parent / "histories"
STORED = {path.stem: path.read_text() for path in sorted(HISTORIES.glob("*.json"))}


async def test_a_history_names_its_steps_and_holds_no_disclosed_word(house: House) -> None:
    await a_year(house)

    kept = ""
    steps: dict[str, list[str]] = {}
    for name, process in PROCESSES.items():
        history = await house.history(process)
        kept += _opened(json.loads(history.to_json()))
        description = await house.client.get_workflow_handle(workflow_id(house.ledger, process)).describe()
        kept += _opened(json.loads(json.dumps(description.search_attributes, default=str)))
        kept += f"{await description.static_summary()} {await description.static_details()}"
        kinds = [
            each.activity_task_scheduled_event_attributes.activity_type.name
            for each in history.events
            if each.HasField("activity_task_scheduled_event_attributes")
        ]
        steps[name] = list(dict.fromkeys(kind for kind in kinds if kind != "plan"))
    words = await _disclosed(house)
    assert len(words) > 40
    assert [word for word in words if word.lower() in kept.lower()] == []
    assert steps == {
        "AgreementSigning": ["issue-reminder"],
        "ReportingCycle": ["open-cycle", "open-round", "close-round"],
        "SubmissionApproval": ["issue-reminder", "pass-deadline", "escalate-step"],
    }


async def test_a_process_is_found_by_its_ledger_kind_year_and_unit(house: House) -> None:
    await a_year(house)

    handle = house.client.get_workflow_handle(workflow_id(house.ledger, PROCESSES["SubmissionApproval"]))
    found = {pair.key.name: pair.value for pair in (await handle.describe()).typed_search_attributes}
    del found["BuildIds"]  # Temporal's own.

    assert found == {"Ledger": house.ledger, "Process": "submission", "Year": 2024, "Unit": "north"}


@pytest.mark.parametrize(("name", "stored"), STORED.items(), ids=STORED)
async def test_a_stored_history_replays_under_the_present_code(name: str, stored: str) -> None:
    replayer = Replayer(workflows=list(WORKFLOWS.values()), data_converter=pydantic_data_converter)

    await replayer.replay_workflow(WorkflowHistory.from_json(name, stored))


def test_each_workflow_has_a_stored_history() -> None:
    assert {each.__name__ for each in WORKFLOWS.values()} <= set(STORED)


def _opened(value: object) -> str:
    """All text in a history, the payloads decoded."""
    match value:
        case dict():
            return "".join(f"{key} {_opened(inner)}\n" for key, inner in value.items())
        case list():
            return "".join(map(_opened, value))
        case str():
            try:
                return f"{value} {base64.b64decode(value, validate=True).decode()}"
            except ValueError:
                return value
        case _:
            return str(value)


async def _disclosed(house: House) -> set[str]:
    """Each text that the ledger's disclosures open to."""
    rows = await house.pool.fetch("SELECT value FROM log.disclosure WHERE ledger = $1", house.ledger)
    words: set[str] = set()
    for row in rows:
        _, value = json.loads(row["value"])
        words |= set(value.values()) if isinstance(value, dict) else {value}
    return words
