"""Temporal away: the log goes on, decides what is late, and afterwards the calendar's steps are made up for, once."""

import asyncio
import socket
from collections import Counter
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from domain.errors import Refused
from domain.events.item import ItemSubmitted
from domain.events.process import ReminderIssued
from domain.events.round import DeadlinePassed, RoundOpened
from services.eventstore.subscribe import position_of
from services.local import TemporalServer, embedded_temporal
from services.settings import Settings
from services.workflows.rebuild import rebuild
from services.workflows.ring import SEARCH_ATTRIBUTES
from services.workflows.worker import connect as connect_to
from workflows.agency import NORTH, SOUTH, at
from workflows.conftest import House


async def connect(server: TemporalServer) -> Client:
    return await Client.connect(server.address, data_converter=pydantic_data_converter)


async def test_temporal_is_down_for_a_summer(house: House, reachable_folder: Path) -> None:
    folder = reachable_folder / "temporal-summer"
    agency = house.agency
    async with embedded_temporal(folder, SEARCH_ATTRIBUTES) as server:
        at_home = house.served_by(await connect(server))
        async with at_home.open():
            await agency.send()
            await agency.sign()
            await at_home.until(at("2024-05-30 09:00"))

    # Only the doorbell runs on, and finds nobody.
    async with at_home.following():
        await agency.clock(at("2024-05-31 20:59"))
        with pytest.raises(Refused, match="not open yet"):
            await agency.report("m-1", "p-owner-north")
        await agency.clock(at("2024-05-31 21:00"))
        await agency.report("m-1", "p-owner-north")
        await agency.report("m-2", "p-owner-north")
        await agency.clock(at("2024-08-15 20:59:59"))
        await agency.submit("p-owner-north", "m-1")
        await agency.clock(at("2024-08-15 21:00:00"))
        with pytest.raises(Refused, match="say why this is late"):
            await agency.submit("p-owner-north", "m-2")
        await agency.submit("p-owner-north", "m-2", late_reason="Kesä meni")
        await agency.clock(at("2024-09-02 09:00"))
        head = await agency.handler.store.head(house.ledger)
        assert await position_of(house.pool, "doorbell", house.ledger) < head

    async with embedded_temporal(folder, SEARCH_ATTRIBUTES) as server:
        again = house.served_by(await connect(server))
        async with again.open():
            await again.settle()

    [(opened, row)] = await agency.events(RoundOpened)
    assert (opened.opens, row.recorded_at) == (at("2024-05-31 21:00"), at("2024-05-31 21:00"))
    late = {event.subject: event.late for event, _ in await agency.events(ItemSubmitted)}
    assert late == {"m-1": False, "m-2": True}
    passed = {
        (event.kind.value, event.unit): (event.deadline.instant, row.recorded_at)
        for event, row in await agency.events(DeadlinePassed)
    }
    september = at("2024-09-02 09:00")
    assert passed == {
        ("unit", NORTH): (at("2024-08-15 21:00"), september),
        ("unit", SOUTH): (at("2024-08-15 21:00"), september),
        ("director", NORTH): (at("2024-08-22 21:00"), september),
        ("head", None): (at("2024-08-28 21:00"), september),
        ("delivery", None): (at("2024-08-31 21:00"), september),
    }


async def test_after_temporals_data_is_lost_a_rebuild_repeats_nothing(house: House, reachable_folder: Path) -> None:
    agency = house.agency
    async with embedded_temporal(reachable_folder / "temporal-lost", SEARCH_ATTRIBUTES) as server:
        before = house.served_by(await connect(server))
        async with before.open():
            await agency.send()
            await agency.sign()
            await before.until(at("2024-08-16 12:00"))
            await agency.report("m-1", "p-owner-north")
    recorded = await agency.happened()

    async with embedded_temporal(reachable_folder / "temporal-new", SEARCH_ATTRIBUTES) as server:
        after = house.served_by(await connect(server))
        async with after.working():
            started = await rebuild(after.client, agency.handler.store, agency.handler, house.ledger, house.task_queue)
            for process in started:
                await after.looked(process)
            unrepeated = await agency.happened()
            async with after.following():
                await after.until(at("2024-08-24 12:00"))

    assert set(started) == {
        "reporting-cycle/2024",
        "submission/2024-half-year/north",
        "submission/2024-half-year/south",
    }
    assert unrepeated == recorded
    assert len(await agency.happened()) > len(recorded)
    reminders = [event for event, _ in await agency.events(ReminderIssued)]
    told = Counter((each.process, each.step, each.person, each.owed_by, each.ordinal) for each in reminders)
    assert set(told.values()) == {1}


async def test_doorbell_and_worker_start_before_temporal_does(house: House, reachable_folder: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"127.0.0.1:{port}"
    early = house.served_by(await connect_to(Settings(), address, lazy=True))
    working = asyncio.create_task(connect_to(Settings(), address))
    async with early.following():
        await house.agency.send()
        await house.agency.sign()
        await house.agency.clock(at("2024-06-03 09:00"))
        await asyncio.sleep(1)
        unconnected = not working.done()

        async with embedded_temporal(reachable_folder / "temporal-late", SEARCH_ATTRIBUTES, port=port):
            async with asyncio.timeout(30):
                late = house.served_by(await working)
            async with late.working():
                await late.settle()

    assert unconnected
    assert await house.agency.happened("round-opened") == ["round-opened"]
