"""The bell: rung often it does nothing twice; on the wall clock it is rung at most once a second, and a timer waits."""

import asyncio
import time

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus

from services.workflows.activities import LONGEST_WAIT
from services.workflows.ring import ring, workflow_id
from services.workflows.settle import NotSettled, next_owed, settle
from workflows.agency import HALF, SOUTH, VERSION, at
from workflows.conftest import House


async def test_thirty_bells_at_once_record_each_step_once(house: House) -> None:
    await house.agency.send()
    await house.agency.sign()
    await house.agency.clock(at("2024-08-24 12:00"))

    async with house.working():
        bells = [ring(house.client, house.ledger, "reporting-cycle/2024", house.task_queue) for _ in range(30)]
        await asyncio.gather(*bells)
        await house.looked("reporting-cycle/2024")

    assert await house.agency.happened("cycle-opened", "round-opened", "round-scope-fixed") == [
        "cycle-opened",
        "round-opened",
        "round-scope-fixed",
    ]


async def test_a_process_that_is_over_and_rung_looks_and_ends(house: House) -> None:
    await house.agency.send()
    await house.agency.sign()

    async with house.working():
        statuses = []
        for _ in range(2):
            await ring(house.client, house.ledger, f"signing/{VERSION}", house.task_queue)
            handle = house.client.get_workflow_handle(workflow_id(house.ledger, f"signing/{VERSION}"))
            await handle.result()
            statuses.append((await handle.describe()).status)

    assert statuses == [WorkflowExecutionStatus.COMPLETED] * 2


async def test_the_next_owed_instant_is_the_earliest_of_all_processes(house: House) -> None:
    await house.agency.send()
    reminder = await next_owed(house.agency.handler, house.ledger)
    await house.agency.sign()
    cycle = await next_owed(house.agency.handler, house.ledger)
    await house.agency.clock(at("2024-03-01 12:00"))
    owed_already = await next_owed(house.agency.handler, house.ledger)

    assert reminder == at("2023-11-08 07:00")
    assert cycle == at("2023-12-31 22:00")
    assert owed_already == at("2024-03-01 12:00")


async def test_on_the_wall_clock_a_process_is_rung_at_most_once_a_second_and_waits_by_a_timer(house: House) -> None:
    agency = house.agency = await house.agency.on_the_wall_clock()
    began = time.monotonic()
    async with house.open():
        await agency.send()
        await agency.sign()
        await house.settle()
        for number in range(30):
            await agency.report("m-3", "p-owner-south", f"Huomio {number}")
            await asyncio.sleep(0.05)
        await house.settle()
        await house.looked(f"submission/{HALF}/{SOUTH}")
        await house.looked("reporting-cycle/2024")
    seconds = time.monotonic() - began

    for process in (f"submission/{HALF}/{SOUTH}", "reporting-cycle/2024"):
        events = (await house.history(process)).events
        signals = [each for each in events if each.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED]
        assert 1 < len(signals) <= seconds + 1
        timers = [each for each in events if each.event_type == EventType.EVENT_TYPE_TIMER_STARTED]
        waits = [each.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta() for each in timers]
        assert waits
        assert max(waits) <= LONGEST_WAIT


async def test_without_a_worker_it_is_said_what_is_owed_and_what_temporal_knows(house: House) -> None:
    await house.agency.send()
    await house.agency.sign()
    await house.agency.clock(at("2024-03-01 12:00"))

    with pytest.raises(NotSettled, match="reporting-cycle/2024 owes something; Temporal answers NOT_FOUND"):
        await settle(house.client, house.agency.handler, house.ledger, seconds=0.3)
    async with house.following():
        with pytest.raises(NotSettled, match="its workflow is running, at nothing"):
            await settle(house.client, house.agency.handler, house.ledger, seconds=3)
