"""The worked example of docs/api.md, as it stands there: bash and curl against the demo's half-year, over HTTP."""

import asyncio
import contextlib
import os
import re
import shutil
import socket
from datetime import datetime
from pathlib import Path

import asyncpg
import httpx2
import pytest
import uvicorn
from obstore.store import MemoryStore

from domain.cycle import OpenCycle
from domain.errors import Refused
from domain.round_steps import OpenRound
from domain.values import SYSTEM
from services.api.app import create_app
from services.commands import Handler, Request
from services.demo.clock import Clock
from services.demo.desk import Desk
from services.demo.half_year import deliver
from services.demo.people import MEMBERS
from services.demo.play import LEDGER, open_ledger, play
from services.demo.stage import HELSINKI, Story
from services.demo.year import UNTIL_JUNE
from services.eventstore.store import EventStore
from services.evidence import EvidenceStore
from services.identity.demo import DemoProvider
from services.local import PostgresUrls
from services.settings import Settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "api.md").read_text()
HALF_YEAR = UNTIL_JUNE[: 1 + next(number for number, each in enumerate(UNTIL_JUNE) if each.play is deliver)]
JUNE = datetime(2025, 6, 10, 9, tzinfo=HELSINKI)
EXAMPLE = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL))


OPENING = (OpenCycle(year=2024), OpenRound(round="2024-half-year"))


async def nothing_due() -> None:
    """The clock isn't stopped on the way."""


@pytest.mark.timeout(300)
@pytest.mark.skipif(
    shutil.which("curl") is None or shutil.which("bash") is None, reason="the example uses bash and curl"
)
async def test_the_worked_example_runs_as_it_stands_there(database: PostgresUrls, tmp_path: Path) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    provider = DemoProvider(f"{url}/idp", {member.account: member.name for member in MEMBERS})
    async with asyncpg.create_pool(database.app, min_size=1, max_size=6) as pool:
        store = EventStore(pool)
        evidence = EvidenceStore(MemoryStore(), pool, 100_000)
        handler = Handler(store, evidence)
        app = create_app(
            handler=handler,
            store=store,
            pool=pool,
            evidence=evidence,
            verifier=provider.verifier(),
            settings=Settings(),
        )
        app.mount("/idp", provider.app)

        async def settle() -> None:
            """Of the calendar's steps only those are taken that open the round."""
            for command in OPENING:
                now = await handler.now(LEDGER)
                request = Request(ledger=LEDGER, by=SYSTEM, key=f"{command}-{now}", command=command, received_at=now)
                with contextlib.suppress(Refused):
                    await handler.handle(request)

        clock = Clock(handler, LEDGER, settle, nothing_due)
        await open_ledger(handler, clock, provider.issuer)
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=url) as client:
            desk = Desk(client, LEDGER, provider.token)
            file = (ROOT / "agreements" / "keha-2024-2027.yaml").read_bytes()
            story = Story(
                desk=desk, advance=clock.advance, tell=lambda _: None, agreement_file=file, issuer=provider.issuer
            )
            await play(story, HALF_YEAR, lambda _: None)
        await clock.set(JUNE)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listening]))

        told, complaints, code = await in_bash(EXAMPLE, url, tmp_path)

        server.should_exit = True
        await serving
    assert code == 0, f"{told}\n{complaints}"
    assert told.splitlines()[-1] == "signed-off p-15 2"
    assert '"code":"not-permitted"' in told.replace(" ", "")
    assert "`signed-off p-15 2`" in PAGE


async def in_bash(script: str, url: str, folder: Path) -> tuple[str, str, int | None]:
    """What a script told, what it complained of, and how it ended; it ends at the first command that fails."""
    process = await asyncio.create_subprocess_exec(
        "bash",
        "-euo",
        "pipefail",
        "-c",
        script,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "URL": url, "HOME": str(folder)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    told, complaints = await process.communicate()
    return told.decode(), complaints.decode(), process.returncode
