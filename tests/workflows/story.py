"""A story in which each process has something to do, and its processes."""

from workflows.agency import HALF, NORTH, VERSION, at
from workflows.conftest import House

PROCESSES = {
    "AgreementSigning": f"signing/{VERSION}",
    "ReportingCycle": "reporting-cycle/2024",
    "SubmissionApproval": f"submission/{HALF}/{NORTH}",
}


async def a_year(house: House) -> None:
    """From the sending to the close of the half-year round."""
    async with house.open():
        await house.agency.send()
        await house.until(at("2023-11-09 12:00"))
        await house.agency.sign()
        await house.until(at("2024-08-02 08:00"))
        await house.agency.report("m-1", "p-owner-north")
        await house.agency.submit("p-owner-north", "m-1")
        await house.until(at("2024-08-25 08:00"))
        await house.agency.sign_off("p-head", "m-1")
        await house.agency.deliver()
        await house.until(at("2024-10-01 08:00"))
