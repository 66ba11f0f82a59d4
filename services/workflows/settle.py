"""For a demo: when all that is owed at its clock is done, and when something is owed next. The planner says both."""

import asyncio
import time
from datetime import datetime

from temporalio.client import Client
from temporalio.service import RPCError

from services.commands import Handler
from services.eventstore import wait_for
from services.eventstore.connections import Pool
from services.workflows import doorbell
from services.workflows.processes import Processes
from services.workflows.ring import workflow_id

SECONDS = 30.0
_LOOK_SECONDS = 0.01


class NotSettled(RuntimeError):
    """Something is still owed after the time that was given."""


async def settle(
    client: Client, handler: Handler, ledger: str, *, pool: "Pool | None" = None, seconds: float = SECONDS
) -> None:
    """Return when no process of the ledger owes anything at its clock. With `pool` also wait for the doorbell.

    Raises `NotSettled` with what is owed, and what Temporal says of it.
    """
    processes = Processes.of(handler)
    end = time.monotonic() + seconds
    while True:
        head = await handler.store.head(ledger)
        owing = [process for process, plan in (await processes.plans(ledger)).items() if plan.steps]
        if not owing:
            break
        # One after the other: while one is waited for, the others come on, too.
        for process in owing:
            while (await processes.plans(ledger, (process,)))[process].steps:
                if time.monotonic() > end:
                    raise NotSettled(await _stuck(client, ledger, process))
                await _grown(handler, ledger, head, end)
                head = await handler.store.head(ledger)
    if pool is not None and not await wait_for(pool, doorbell.NAME, ledger, head, max(end - time.monotonic(), 1.0)):
        raise NotSettled(f"The doorbell hasn't come to position {head} of {ledger} within {seconds:.0f} s.")


async def _grown(handler: Handler, ledger: str, head: int, end: float) -> None:
    """Wait until there is something behind `head`."""
    while await handler.store.head(ledger) == head and time.monotonic() < end:  # noqa: ASYNC110 (the log is no event)
        await asyncio.sleep(_LOOK_SECONDS)


async def next_owed(handler: Handler, ledger: str) -> datetime | None:
    """The earliest instant at which something falls due: the ledger's present clock if something is owed already."""
    plans = await Processes.of(handler).plans(ledger)
    instants = [plan.now if plan.steps else plan.wake for plan in plans.values()]
    return min((instant for instant in instants if instant is not None), default=None)


async def _stuck(client: Client, ledger: str, process: str) -> str:
    """Why a process may not come on."""
    try:
        description = await client.get_workflow_handle(workflow_id(ledger, process)).describe()
    except RPCError as error:
        return f"{process} owes something; Temporal answers {error.status.name}."
    pending = [
        f"{each.activity_type.name} at attempt {each.attempt}: {each.last_failure.message or 'no failure'}"
        for each in description.raw_description.pending_activities
    ]
    status = "unknown" if description.status is None else description.status.name.lower()
    return f"{process} owes something; its workflow is {status}, {'; '.join(pending) or 'at nothing'}."
