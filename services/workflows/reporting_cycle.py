"""A year of the agreement: rounds open and close, dates pass, the assessment opens, the cycle closes."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.workflows.messages import Address

from services.workflows.loop import BELL, Bell, follow


@workflow.defn(name="ReportingCycle")
class ReportingCycle:
    """`reporting-cycle/{Y}`, from the day on which a version that binds the year is in force."""

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
