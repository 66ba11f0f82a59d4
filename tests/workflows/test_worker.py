"""A worker killed in the middle: another one goes on, and nothing is lost or doubled."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from domain.events.process import ReminderIssued
from services.workflows.settle import settle
from workflows.agency import at
from workflows.conftest import House

PROGRAM = """
import asyncio, sys
import asyncpg
from services.commands import Handler
from services.eventstore import EventStore
from services.settings import Settings
from services.workflows.worker import connect, run_worker

async def main(database, temporal, queue):
    async with asyncpg.create_pool(database) as pool:
        await run_worker(await connect(Settings(), temporal), Handler(EventStore(pool)), queue)

asyncio.run(main(*sys.argv[1:]))
"""


def worker(house: House) -> "subprocess.Popen[bytes]":
    address = house.client.service_client.config.target_host
    return subprocess.Popen([sys.executable, "-c", PROGRAM, house.url, address, house.task_queue])


@pytest.mark.timeout(180)
async def test_a_worker_is_killed_in_the_middle_and_another_goes_on(house: House, tmp_path: Path) -> None:
    await house.agency.send()
    await house.agency.sign()
    await house.agency.clock(at("2024-08-16 12:00"))

    async with house.following():
        first = worker(house)
        try:
            async with asyncio.timeout(30):
                while "deadline-passed" not in await house.agency.happened():  # noqa: ASYNC110
                    await asyncio.sleep(0.001)
        finally:
            os.kill(first.pid, signal.SIGKILL)
            first.wait()
        half = len(await house.agency.happened())
        second = worker(house)
        try:
            await settle(house.client, house.agency.handler, house.ledger, pool=house.pool, seconds=60)
        finally:
            second.terminate()
            second.wait()

    happened = Counter(await house.agency.happened())
    assert half < happened.total()
    assert (happened["cycle-opened"], happened["round-opened"], happened["deadline-passed"]) == (1, 1, 2)
    reminders = [event for event, _ in await house.agency.events(ReminderIssued)]
    told = Counter((each.process, each.step, each.person, each.owed_by, each.ordinal) for each in reminders)
    assert set(told.values()) == {1}
