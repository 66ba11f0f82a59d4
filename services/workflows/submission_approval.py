"""A unit's package in a round: reminders, the unit's and the director's dates, the escalation to the head."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.workflows.messages import Address

from services.workflows.loop import BELL, Bell, follow


@workflow.defn(name="SubmissionApproval")
class SubmissionApproval:
    """`submission/{round}/{unit}`, while the round is open."""

    def __init__(self) -> None:
        self._bell = Bell()

    @workflow.run
    async def run(self, address: Address) -> None:
        """Follow the process until it is over."""
        await follow(address, self._bell)

    @workflow.signal(name=BELL, description="Something happened: look again at what is owed.")
    def ring(self) -> None:
        """Look again at what is owed."""
        self._bell.rung = True
