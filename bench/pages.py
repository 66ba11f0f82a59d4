"""How long the service takes to make a page: over the demo year, alone in its database and among a hundred agencies.

The year is played by `etappi up`'s own code to 10 June 2025, where each role has something to do. The other agencies
have its log too, as ledgers of their own with their read models. Asked is within the process, by who has signed in: all
but the network and the browser is in it, also each look that is recorded. Nothing follows the log meanwhile.
"""

import asyncio
import contextlib
import io
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
from fastapi import FastAPI

from bench.figures import Figure
from bench.loading import load
from bench.scaled import recorded
from bench.server import disk_folder
from services.cli.demo import play_stages, running
from services.cli.screen import Screen
from services.cli.stack import Stack, stack
from services.demo.people import COORDINATOR, DIRECTORS, OWNERS, UNITS
from services.demo.play import LEDGER
from services.demo.provider import demo_provider
from services.demo.year import UNTIL_JUNE
from services.eventstore import catch_up
from services.identity.demo import DemoProvider
from services.local import PostgresUrls, embedded_postgres
from services.readmodels import SUBSCRIPTION as READ_MODELS
from services.settings import Settings

URL = "http://localhost"
AGENCIES = 100
ASKED, BEFORE = 100, 5
TARGET_MS, TARGET_RATIO = 60, 1.5
NO_TEMPORAL = "127.0.0.1:9"
UNIT, MILESTONE = UNITS[6], "amif-payments-2024"
PAGES: Mapping[str, tuple[str, str]] = {
    "board": (COORDINATOR.account, f"/{LEDGER}"),
    "my work": (OWNERS[UNIT].account, f"/{LEDGER}/work"),
    "queue": (DIRECTORS[UNIT].account, f"/{LEDGER}/queue"),
    "decision": (DIRECTORS[UNIT].account, f"/{LEDGER}/rounds/2024-annual/units/{UNIT}/decide"),
    "milestone": (OWNERS[UNIT].account, f"/{LEDGER}/rounds/2024-annual/items/{MILESTONE}"),
}
"""Each page with who asks for it."""


async def run() -> list[Figure]:
    """The pages, alone and among others."""
    with disk_folder() as folder:
        settings, idp = Settings(data=folder, public_url=URL), demo_provider(f"{URL}/idp")
        await _play(settings, folder, idp)
        async with embedded_postgres(folder / "postgres") as urls:
            own = settings.model_copy(update={"database_owner_url": urls.owner})
            async with stack(own, urls.app, NO_TEMPORAL) as parts:
                alone = await _asked(parts, idp)
                await _joined(parts, urls)
                among = await _asked(parts, idp)
    return [figure for name in PAGES for figure in _figures(name, alone[name], among[name])]


async def _play(settings: Settings, folder: Path, idp: DemoProvider) -> None:
    screen = Screen(quiet=True)
    # The story isn't what the bench tells.
    with contextlib.redirect_stderr(io.StringIO()):
        async with running(settings, folder, screen) as (parts, _):
            await play_stages(parts, idp, UNTIL_JUNE, screen)


async def _joined(parts: Stack, urls: PostgresUrls) -> None:
    """Put the other agencies beside the one that is measured, with what is read of them."""
    rows = recorded()
    for number in range(1, AGENCIES):
        await load(urls, f"agency-{number:03}", rows)
        await catch_up(parts.pool, READ_MODELS, f"agency-{number:03}")


async def _asked(parts: Stack, idp: DemoProvider) -> dict[str, list[float]]:
    """Milliseconds of each page; the first answers, for which templates are compiled, don't count."""
    service: FastAPI = parts.api(idp.verifier())
    service.mount("/idp", idp.app)
    transport = httpx2.ASGITransport(app=parts.served(idp.verifier(), service, idp.client()))
    times: dict[str, list[float]] = {}
    for name, (account, path) in PAGES.items():
        async with httpx2.AsyncClient(transport=transport, base_url=URL, follow_redirects=True, timeout=60) as client:
            choice = await client.get("/sign-in", params={"to": "/privacy"})
            await client.get(str(choice.url.copy_merge_params({"login": account})))
            times[name] = [await _timed(client, path) for _ in range(BEFORE + ASKED)][BEFORE:]
    return times


async def _timed(client: httpx2.AsyncClient, path: str) -> float:
    await asyncio.sleep(0)
    started = time.perf_counter()
    answer = await client.get(path)
    taken = time.perf_counter() - started
    if answer.status_code != httpx2.codes.OK or urlsplit(str(answer.url)).path != path:
        raise RuntimeError(f"{path} answered {answer.status_code} at {answer.url}")
    return taken * 1e3


def _figures(name: str, alone: Sequence[float], among: Sequence[float]) -> list[Figure]:
    """Within what 95 of a hundred answers were there, and how much longer it takes among others."""
    slow, slower = (sorted(times)[ASKED * 95 // 100 - 1] for times in (alone, among))
    median, later = statistics.median(alone), statistics.median(among)
    return [
        Figure(
            name=f"{name}, 95 of 100 within",
            value=slow,
            unit="ms",
            target=TARGET_MS,
            at_most=True,
            note=f"median {median:.0f} ms, longest {max(alone):.0f} ms",
        ),
        Figure(
            name=f"{name}, among {AGENCIES} agencies, by alone",
            value=later / median,
            unit="times",
            target=TARGET_RATIO,
            at_most=True,
            note=f"medians; 95 of 100 within {slower:.0f} ms",
        ),
    ]
