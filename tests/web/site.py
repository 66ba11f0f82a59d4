"""The whole service over a database: pages, API, the demo's identity provider, and what follows the log."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx2
from starlette.types import ASGIApp, Receive, Scope, Send

from domain.clock import AdvanceDemoClock
from domain.values import OPERATOR
from services.cli.processes import serve
from services.cli.stack import Stack, stack, together
from services.commands import Handler, Request
from services.eventstore import wait_for
from services.identity.demo import DemoProvider
from services.readmodels import SUBSCRIPTION as READ_MODELS
from services.settings import Settings
from services.workflows.activities import Activities
from services.workflows.messages import Address
from services.workflows.processes import Processes
from services.workflows.settle import next_owed

LEDGER = "keha"
NOBODY_THERE = "127.0.0.1:9"
"""The address of no Temporal: commands are taken all the same."""


@dataclass(slots=True, kw_only=True)
class Site:
    """A running service.

    `url` is where it is served (`http://year.localhost`), `app` what answers there, `parts` its insides.
    """

    url: str
    app: ASGIApp
    parts: Stack
    provider: DemoProvider
    clients: list[httpx2.AsyncClient] = field(default_factory=list)

    @property
    def home(self) -> str:
        """The path of the ledger's front page."""
        return f"/{LEDGER}"

    def client(self, language: str = "fi", *, address: str = "127.0.0.1") -> httpx2.AsyncClient:
        """A browser without a window in which nobody is signed in. It follows redirects and keeps cookies."""
        made = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=self.app, client=(address, 123)),
            base_url=self.url,
            follow_redirects=True,
            timeout=60,
            headers={"Accept-Language": language, "Origin": self.url, "Sec-Fetch-Site": "same-origin"},
        )
        self.clients.append(made)
        return made

    async def client_as(self, account: str, language: str = "fi") -> httpx2.AsyncClient:
        """The same, where a person has signed in at the identity provider, as people do.

        `account` is what they sign in with: `petri-sund` in the year, `owner` in the agency.
        """
        client = self.client(language)
        choice = await client.get("/sign-in", params={"to": self.home})
        assert choice.url.path.endswith("/authorize"), f"{choice.url}: {choice.text[:500]}"
        back = await client.get(str(choice.url.copy_merge_params({"login": account})))
        assert back.status_code == 200, f"{back.url}: {back.text[:2000]}"
        return client

    async def api(self, account: str, path: str, /, **query: object) -> Any:
        """What the API answers a person below the ledger: for what a page should show."""
        return await self._read(account, "GET", path, params=query or None)

    async def do(self, account: str, command: str, /, **body: Any) -> Any:
        """Give a command through the API, as a person: for what a test begins with."""
        return await self._read(account, "POST", f"commands/{command}", json=body)

    async def _read(self, account: str, method: str, path: str, **asked: Any) -> Any:
        transport = httpx2.ASGITransport(app=self.app)
        headers = {"Authorization": f"Bearer {self.provider.token(account)}", "Idempotency-Key": secrets.token_hex(8)}
        async with httpx2.AsyncClient(transport=transport, base_url=self.url, headers=headers, timeout=60) as client:
            answer = await client.request(method, f"/api/v1/{LEDGER}/{path}", **asked)
        assert answer.is_success, answer.text
        return answer.json()

    async def clock(self, instant: datetime) -> None:
        """Go to an instant, from one that something is owed at to the next; without a Temporal it is done here."""
        handler = self.parts.handler
        while (due := await next_owed(handler, LEDGER)) is not None and due < instant:
            await set_clock(handler, due)
            await fallen_due(handler)
        await set_clock(handler, instant)
        await fallen_due(handler)
        await self.followed()

    async def followed(self) -> None:
        """Wait until the read models know all that was recorded."""
        assert await wait_for(self.parts.pool, READ_MODELS.name, LEDGER, await self.events(), 30)

    async def sealed(self) -> None:
        """Wait until the log has introduced the key that seals it, and is sealed with it."""
        for _ in range(600):
            if await self.parts.seal.published(LEDGER) is not None:
                return
            await asyncio.sleep(0.05)
        raise TimeoutError("the log isn't sealed")

    async def events(self) -> int:
        """How many events the ledger has: what was refused must not have added any."""
        return await self.parts.store.head(LEDGER)


async def set_clock(handler: Handler, instant: datetime) -> None:
    """Set the demo ledger's clock, as the operator."""
    command, key = AdvanceDemoClock(instant=instant), f"clock-{instant.isoformat()}"
    await handler.handle(Request(ledger=LEDGER, by=OPERATOR, key=key, command=command, received_at=instant))


async def fallen_due(handler: Handler) -> None:
    """Take the steps that are owed, by the activities of the workflows; a worker may do so at the same time."""
    activities, processes = Activities(handler), Processes.of(handler)
    while owing := [process for process, plan in (await processes.plans(LEDGER)).items() if plan.steps]:
        for process in owing:
            for step in (await activities.plan(Address(ledger=LEDGER, process=process))).steps:
                await activities.take(step)


@contextlib.asynccontextmanager
async def site_over(
    settings: Settings, database_url: str, people: Mapping[str, str], temporal: str | None = None
) -> AsyncIterator[Site]:
    """Serve what lies in a database at `settings.public_url`. With Temporal's address a worker runs, too."""
    url = settings.public_url or ""
    provider = DemoProvider(f"{url}/idp", people)
    async with stack(settings, database_url, temporal or NOBODY_THERE, wait_for_temporal=temporal is not None) as parts:
        jobs = [parts.follow()] if temporal is None else [parts.follow(), parts.work()]
        async with together(*jobs):
            site = Site(url=url, app=_app(parts, provider), parts=parts, provider=provider)
            await site.followed()
            try:
                yield site
            finally:
                for client in site.clients:
                    await client.aclose()


def _app(parts: Stack, provider: DemoProvider) -> ASGIApp:
    """The pages, the API and the identity provider, as `etappi up` serves them."""
    service = provider.beside(parts.api(provider.verifier()))
    return parts.served(provider.verifier(), service, provider.client())


class Front:
    """One server for all sites of a run: it tells them by the name of the host that is asked for."""

    def __init__(self, port: int) -> None:
        """`port` is the one it is served at."""
        self.port = port
        self._sites: dict[str, ASGIApp] = {}

    def show(self, site: Site) -> None:
        """Serve a site from now on, in the place of another one of that name."""
        self._sites[urlsplit(site.url).netloc] = site.app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on."""
        host = dict(scope["headers"]).get(b"host", b"").decode()
        await self._sites[host](scope, receive, send)

    @contextlib.asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        """Serve while the body runs."""
        app: Any = self
        task = asyncio.create_task(serve(app, "127.0.0.1", self.port))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])
