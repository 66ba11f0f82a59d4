"""The loop by itself, with activities that answer by a script: refusals hold nothing up, long histories begin anew."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import replace

from temporalio import activity
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from services.workflows.messages import Address, Outcome, Planned, Step
from services.workflows.reporting_cycle import ReportingCycle
from services.workflows.ring import ring, workflow_id

CYCLE = "reporting-cycle/2024"
OVER = Planned(steps=(), wait=None, over=True, details="Over.")
NOTHING = Planned(steps=(), wait=None, over=False, details="Nothing is owed.")


def owed(*names: str) -> Planned:
    steps = (Step(ledger="x", name=name, about="2024", command="{}", key=name, cause=1) for name in names)
    return Planned(steps=tuple(steps), wait=None, over=False, details="Owed.")


class Script:
    """A ledger that says, look by look, what is owed, and notes what is done."""

    def __init__(self, client: Client, *looks: Planned, last: Planned = OVER) -> None:
        self.client = client
        self.ledger = f"script-{secrets.token_hex(4)}"
        self.looks = list(looks)
        self.last = last
        self.done: list[str] = []
        self.looked = 0

    @activity.defn
    async def plan(self, address: Address) -> Planned:
        self.looked += 1
        return self.looks.pop(0) if self.looks else self.last

    @activity.defn(name="open-round")
    async def open_round(self, step: Step) -> Outcome:
        self.done.append(step.name)
        return Outcome.RECORDED

    @activity.defn(name="close-round")
    async def close_round(self, step: Step) -> Outcome:
        raise ApplicationError("no-policy", type="no-policy", non_retryable=True)

    def worker(self) -> Worker:
        return Worker(
            self.client,
            task_queue=self.ledger,
            workflows=[ReportingCycle],
            activities=[self.plan, self.open_round, self.close_round],
        )

    async def ring(self) -> None:
        await ring(self.client, self.ledger, CYCLE, self.ledger)

    async def until(self, happened: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not happened():  # noqa: ASYNC110
                await asyncio.sleep(0.02)


async def test_a_refused_step_holds_up_no_other_and_the_process_goes_on(client: Client) -> None:
    script = Script(client, owed("close-round", "open-round"), owed("close-round"))
    handle = client.get_workflow_handle(workflow_id(script.ledger, CYCLE))

    async with script.worker():
        await script.ring()
        await script.until(lambda: script.looked == 2)
        await asyncio.sleep(0.2)
        status = (await handle.describe()).status
        looked = script.looked
        await script.ring()
        await handle.result()

    assert script.done == ["open-round"]
    assert (status, looked) == (WorkflowExecutionStatus.RUNNING, 2)


async def test_a_bell_rung_while_it_looks_makes_it_look_again(client: Client) -> None:
    script = Script(client, last=NOTHING)

    async with script.worker():
        await script.ring()
        await script.until(lambda: script.looked == 1)
        for _ in range(5):
            await script.ring()
        await script.until(lambda: script.looked >= 2)
        script.last = OVER
        await script.ring()
        await client.get_workflow_handle(workflow_id(script.ledger, CYCLE)).result()

    assert script.looked <= 8


async def test_a_long_history_begins_anew(client: Client) -> None:
    long = replace(owed("open-round"), details="x" * 1_000_000)
    script = Script(client, *(long for _ in range(8)))
    handle = client.get_workflow_handle(workflow_id(script.ledger, CYCLE))

    async with script.worker():
        await script.ring()
        first = (await handle.describe()).run_id
        await script.until(lambda: script.looked == 9)
        await handle.result()
        earlier = await client.get_workflow_handle(handle.id, run_id=first).describe()

    assert earlier.status is WorkflowExecutionStatus.CONTINUED_AS_NEW
    assert len(script.done) == 8
