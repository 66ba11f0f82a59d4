"""The calendar acts: rounds open, dates pass, reminders are issued once, what nobody signs comes to the head."""

from workflows.agency import at
from workflows.conftest import House


async def test_a_round_opens_on_its_date(house: House) -> None:
    await house.agency.send()
    await house.agency.sign()

    async with house.open():
        await house.agency.clock(at("2024-01-01 12:00"))
        await house.settle()
        await house.agency.clock(at("2024-05-31 20:59"))
        await house.settle()
        before = await house.agency.happened("cycle-opened", "round-opened", "round-scope-fixed")
        await house.agency.clock(at("2024-05-31 21:00"))
        await house.settle()

    assert before == ["cycle-opened"]
    assert await house.agency.happened("cycle-opened", "round-opened", "round-scope-fixed") == [
        "cycle-opened",
        "round-opened",
        "round-scope-fixed",
    ]
