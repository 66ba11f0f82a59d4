"""A version that is out for signature: its holders are reminded until all have signed."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.workflows.messages import Address

from services.workflows.loop import BELL, Bell, follow


@workflow.defn(name="AgreementSigning")
class AgreementSigning:
    """`signing/{version}`, from the sending until the version is in force."""

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
