"""A Postgres that hangs is answered as one that is away, in bounded time, and nothing is done twice afterwards."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from api.world import LEDGER, START, named, world_over
from domain.staffing import OpenLedger
from domain.values import OPERATOR
from services.commands import Request
from services.eventstore import migrate
from services.identity.demo import DemoProvider
from services.local import embedded_postgres

NAME = {"fi": "Digi", "sv": "Digi", "en": "Digital"}
STATEMENT_SECONDS = 1.0
BOUND_SECONDS = 20.0
CLIENTS = 10


@contextlib.contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Hold all processes of a server, and let them go on."""
    processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    for each in processes:
        each.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for each in processes:
            each.send_signal(signal.SIGCONT)


async def test_while_the_database_hangs_requests_are_refused_in_time_and_afterwards_carried_out_once(
    reachable_folder: Path, provider: DemoProvider
) -> None:
    async with embedded_postgres(reachable_folder / "hanging") as postgres:
        await migrate(postgres.owner)
        world = await world_over(postgres.app, provider, statement_seconds=STATEMENT_SECONDS)
        await world.store.create_ledger(LEDGER, demo=True)
        opening = OpenLedger(
            ledger=LEDGER, agency="keha", demo=True, administrators=(named("admin"), named("admin-two"))
        )
        await world.handler.handle(Request(ledger=LEDGER, by=OPERATOR, key="open", command=opening, received_at=START))
        await world.clock(START)
        requests = [
            (world.headers("admin"), {"unit": f"unit-{number}", "name": NAME, "valid_from": "2023-11-01"})
            for number in range(CLIENTS)
        ]
        path = f"/api/v1/{LEDGER}/commands/register-unit"
        await world.do("admin", "register-unit", unit="first", name=NAME, valid_from="2023-11-01")

        with stopped(postgres.pid):
            start = time.monotonic()
            ready = await world.client.get("/readyz")
            checked = time.monotonic() - start
            refused = await asyncio.wait_for(
                asyncio.gather(*(world.client.post(path, json=body, headers=headers) for headers, body in requests)),
                BOUND_SECONDS,
            )

        assert (ready.status_code, ready.json()["checks"]["postgres"]) == (503, "TimeoutError")
        assert checked < 3
        assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(503, "unavailable")}
        assert all(answer.headers["Retry-After"] for answer in refused)
        for headers, body in requests * 2:
            answer = await world.client.post(path, json=body, headers=headers)
            assert answer.status_code == 200, answer.text
        rows = await world.store.read(LEDGER, 0)
        assert sum(row.type == "unit-registered" for row in rows) == CLIENTS + 1
        assert (await world.client.get("/readyz")).status_code == 200
        await world.client.aclose()
        world.pool.terminate()
