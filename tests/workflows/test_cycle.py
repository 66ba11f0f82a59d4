"""The calendar acts: rounds open, dates pass, reminders are issued once, what nobody signs comes to the head."""

from collections import Counter

from domain.calendar import day_of
from domain.events.codec import decode_metadata
from domain.events.item import ItemWithdrawn
from domain.events.organisation import AgreementInForce
from domain.events.process import ReminderIssued
from domain.events.round import DeadlinePassed, StepEscalated
from domain.values import DeadlineKind
from workflows.agency import HALF, NORTH, SOUTH, UPDATED, VERSION, at, update
from workflows.conftest import House


async def test_a_round_opens_on_its_date(house: House) -> None:
    await house.agency.send()
    await house.agency.sign()

    async with house.open():
        await house.until(at("2024-05-31 20:59"))
        before = await house.agency.happened("cycle-opened", "round-opened", "round-scope-fixed")
        await house.until(at("2024-05-31 21:00"))

    assert before == ["cycle-opened"]
    assert await house.agency.happened("cycle-opened", "round-opened", "round-scope-fixed") == [
        "cycle-opened",
        "round-opened",
        "round-scope-fixed",
    ]


async def test_a_summer_passes_with_its_dates_reminders_and_escalation_and_the_round_closes(house: House) -> None:
    await house.agency.send()
    await house.agency.sign()

    async with house.open():
        await house.until(at("2024-08-02 08:00"))
        await house.agency.report("m-1", "p-owner-north")
        await house.agency.submit("p-owner-north", "m-1")
        await house.until(at("2024-08-25 08:00"))
        await house.agency.sign_off("p-head", "m-1")
        await house.agency.deliver()
        await house.until(at("2024-10-01 08:00"))

    passed = [(event.kind, event.unit) for event, _ in await house.agency.events(DeadlinePassed)]
    assert sorted(passed, key=str) == [
        (DeadlineKind.DIRECTOR, NORTH),
        (DeadlineKind.UNIT, NORTH),
        (DeadlineKind.UNIT, SOUTH),
    ]
    assert [event.unit for event, _ in await house.agency.events(StepEscalated)] == [NORTH]
    assert await house.agency.happened("round-closed") == ["round-closed"]
    reminders = [event for event, _ in await house.agency.events(ReminderIssued)]
    told = Counter((each.process, each.step, each.person, each.owed_by, each.ordinal) for each in reminders)
    assert set(told.values()) == {1}
    assert {each.step for each in reminders if each.process == f"submission/{HALF}/north"} >= {"submit", "sign-off"}
    assert not any(day_of(row.recorded_at)[5:7] == "07" for _, row in await house.agency.events(ReminderIssued))


async def test_an_update_withdraws_what_it_removed_from_the_round_that_is_open(house: House) -> None:
    """Case 8. Once, caused by the version's coming into force; until the fourth signature the old one holds (17)."""
    await house.agency.send()
    await house.agency.sign()

    async with house.open():
        await house.until(at("2024-06-03 08:00"))
        await house.agency.send(update("t-south"))
        await house.agency.sign("agency-1", "agency-2", "ministry-1", version=UPDATED)
        await house.settle()
        before = await house.agency.events(ItemWithdrawn)
        await house.agency.sign("ministry-2", version=UPDATED)
        await house.settle()
        await house.until(at("2024-08-16 08:00"))

    assert before == []
    withdrawn = await house.agency.events(ItemWithdrawn)
    assert [(event.round, event.subject, event.version, event.valid_from) for event, _ in withdrawn] == [
        (HALF, "m-3", UPDATED, "2024-06-03"),
        (HALF, "t-south", UPDATED, "2024-06-03"),
    ]
    [(_, in_force)] = [each for each in await house.agency.events(AgreementInForce) if each[0].version == UPDATED]
    said = [decode_metadata(row.metadata) for _, row in withdrawn]
    assert {(each.command, each.cause) for each in said} == {("withdraw-items", in_force.position)}
    passed = await house.agency.events(DeadlinePassed)
    assert [(event.kind, event.unit) for event, _ in passed] == [(DeadlineKind.UNIT, NORTH)]


async def test_the_holders_of_the_slots_are_reminded_until_all_have_signed(house: House) -> None:
    async with house.open():
        await house.agency.send()
        await house.until(at("2023-11-09 12:00"))
        await house.agency.sign("agency-1", "agency-2", "ministry-1")
        await house.until(at("2023-11-16 12:00"))
        await house.agency.sign("ministry-2")
        await house.until(at("2023-12-24 12:00"))

    reminders = [(event.process, event.step, event.ordinal) for event, _ in await house.agency.events(ReminderIssued)]
    assert sorted(reminders) == [
        (f"signing/{VERSION}", "sign/agency-1", 1),
        (f"signing/{VERSION}", "sign/agency-2", 1),
        (f"signing/{VERSION}", "sign/ministry-1", 1),
        (f"signing/{VERSION}", "sign/ministry-2", 1),
        (f"signing/{VERSION}", "sign/ministry-2", 2),
    ]
