"""The loop that every process shares: plan, take the owed steps, wait for the time or the bell. It decides nothing.

This code is replayed. Change what it asks of Temporal only under `workflow.patched`, and let the histories that tests
keep be replayed; what the calendar owes is the planner's, and a changed rule needs no patch.
"""

from dataclasses import dataclass
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from services.workflows.messages import Address, Outcome, Planned, Step

BELL = "look-again"
PLAN = "plan"
# While the database is away a step is tried for ever; what is refused is not tried again (failures.py).
RETRY = RetryPolicy(
    initial_interval=timedelta(milliseconds=500), backoff_coefficient=2.0, maximum_interval=timedelta(minutes=1)
)
TAKES_AT_MOST = timedelta(seconds=15)
"""How long one try may take; after it a worker that was killed is noticed."""
AFTER_REFUSAL = timedelta(hours=1)
"""When to look again after a step, or the plan itself, was refused and no bell rings before."""
NOT_A_PROCESS = frozenset({"unknown-process", "unknown-ledger"})


@dataclass(slots=True)
class Bell:
    """Whether somebody rang since the last look."""

    rung: bool = False


async def follow(address: Address, bell: Bell) -> None:
    """Do what a process owes until it is over. Continues as new when Temporal suggests it."""
    while True:
        bell.rung = False
        wait: timedelta | None = AFTER_REFUSAL
        over = False
        planned = await _plan(address)
        if planned is not None:
            workflow.set_current_details(planned.details)
            outcomes = [await _take(step) for step in planned.steps]
            over = planned.over and not planned.steps
            if Outcome.RECORDED in outcomes:
                # What was just recorded may make something else owed.
                bell.rung = True
            elif None not in outcomes:
                wait = None if planned.wait is None else timedelta(seconds=planned.wait)
        if over and not bell.rung:
            return
        if workflow.info().is_continue_as_new_suggested():
            workflow.continue_as_new(address)
        if not bell.rung:
            await _rung_or_passed(bell, wait)


async def _rung_or_passed(bell: Bell, wait: timedelta | None) -> None:
    try:
        await workflow.wait_condition(
            lambda: bell.rung, timeout=wait, timeout_summary="until something falls due, or a day"
        )
    except TimeoutError:
        return


async def _plan(address: Address) -> Planned | None:
    try:
        planned: Planned = await workflow.execute_activity(
            PLAN,
            address,
            result_type=Planned,
            start_to_close_timeout=TAKES_AT_MOST,
            retry_policy=RETRY,
            summary=address.process,
        )
    except ActivityError as error:
        refused = _refusal(error)
        if refused in NOT_A_PROCESS:
            raise
        workflow.set_current_details(f"The plan was refused: {refused}.")
        return None
    return planned


async def _take(step: Step) -> Outcome | None:
    """Take a step. None: it was refused, which is shown and holds up no other step."""
    try:
        outcome: Outcome = await workflow.execute_activity(
            step.name,
            step,
            result_type=Outcome,
            start_to_close_timeout=TAKES_AT_MOST,
            retry_policy=RETRY,
            summary=step.about,
        )
    except ActivityError as error:
        workflow.set_current_details(f"{step.name}, {step.about}: refused, {_refusal(error)}.")
        return None
    return outcome


def _refusal(error: ActivityError) -> str:
    """The code of a refusal; anything else, such as a cancellation, is raised again."""
    if is_cancelled_exception(error) or not isinstance(error.cause, ApplicationError):
        raise error
    return error.cause.type or "unknown"
