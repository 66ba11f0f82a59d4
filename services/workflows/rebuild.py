"""After Temporal's data was lost: start its workflows again, from the log."""

from temporalio.client import Client

from services.commands import Handler
from services.eventstore import EventStore
from services.workflows.processes import Processes
from services.workflows.ring import TASK_QUEUE, ring


async def rebuild(
    client: Client, store: EventStore, handler: Handler, ledger: str, task_queue: str = TASK_QUEUE
) -> tuple[str, ...]:
    """Start the workflow of each process that isn't over, and answer which they are.

    It repeats no step and no reminder: what was done stands in the log, and the planner owes it no more; the business
    keys are the same as before. Running workflows are only rung, so it may be called at any time.
    """
    if ledger not in await store.ledgers():
        raise LookupError(f"there is no ledger {ledger!r}")
    plans = await Processes.of(handler).plans(ledger)
    started = tuple(process for process, planned in plans.items() if not planned.over)
    for process in started:
        await ring(client, ledger, process, task_queue)
    return started
