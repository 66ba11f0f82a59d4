"""The parts put together: store, handler, read models, evidence, identity, API, Temporal's client, followers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx2
import structlog
from fastapi import FastAPI
from obstore.exceptions import BaseError
from prometheus_client import CollectorRegistry, start_http_server
from starlette.types import ASGIApp
from temporalio.client import Client
from temporalio.service import RPCError

from services.api.app import create_app
from services.attestation import attestations
from services.cli.failures import POSTGRES, CannotRun, unreachable_database
from services.commands import Handler
from services.demo.clock import Clock, Unsettled
from services.erasure import ErasureRecords, LostErasures, apply_erasures, erasures, open_records
from services.eventstore import EventStore, Listener, Subscription, run_subscriptions
from services.eventstore.connections import Pool
from services.eventstore.pool import LONG_STATEMENT_SECONDS, bounded_pool
from services.evidence import FILE_USES, EvidenceStore, open_objects
from services.identity import IDENTITIES, TokenVerifier
from services.notify import notifications
from services.readmodels import SUBSCRIPTION as READ_MODELS
from services.readmodels import ReadModels
from services.seal import SealKey, SealMetrics, SealStore, introducing, open_stores, seal_key, seal_ledgers
from services.seal.timestamps import stamp_ledgers
from services.settings import Settings
from services.web import create_web
from services.web.drafts import Drafts
from services.web.feedback import Feedback
from services.web.sessions import Sessions
from services.workflows.doorbell import doorbell
from services.workflows.settle import NotSettled, next_owed, settle
from services.workflows.worker import connect, run_worker

POOL = 12
FOLLOWERS_POOL = 7
"""One of its connections is the sealer's for good."""
HOUR_SECONDS = 3_600
SETTLE_SECONDS = 5.0
"""How long somebody who steps a demo's clock waits for what falls due."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """The parts of one process. `client` is lazy: Temporal needn't be there."""

    settings: Settings
    database_url: str
    pool: Pool
    store: EventStore
    handler: Handler
    readmodels: ReadModels
    evidence: EvidenceStore
    erased: ErasureRecords
    seal: SealStore
    client: Client
    counted: CollectorRegistry = field(default_factory=CollectorRegistry)

    def api(self, verifier: TokenVerifier) -> FastAPI:
        """The API over these parts."""
        return create_app(
            handler=self.handler,
            store=self.store,
            pool=self.pool,
            evidence=self.evidence,
            verifier=verifier,
            settings=self.settings,
            readmodels=self.readmodels,
            now=lambda: datetime.now(UTC),
            temporal=self.temporal_answers,
            seal=self.seal,
            counted=[self.counted],
            clocks=self.clock,
        )

    def served(self, verifier: TokenVerifier, service: ASGIApp, provider: httpx2.AsyncClient | None = None) -> ASGIApp:
        """The pages around the API, which is `service`. `provider` reaches the issuer within the process."""
        return create_web(service, settings=self.settings, pool=self.pool, issuer=verifier.issuer, provider=provider)

    def clock(self, ledger: str) -> Clock:
        """The clock of a demo ledger, with which the workflows keep up."""

        async def settled() -> None:
            try:
                await settle(self.client, self.handler, ledger, pool=self.pool, seconds=SETTLE_SECONDS)
            except NotSettled as behind:
                raise Unsettled(str(behind)) from behind

        return Clock(self.handler, ledger, settled, lambda: next_owed(self.handler, ledger))

    async def temporal_answers(self) -> bool:
        """Whether Temporal is there now."""
        try:
            return await self.client.service_client.check_health(timeout=timedelta(seconds=2))
        except (RPCError, RuntimeError):
            return False

    def subscriptions(self) -> Sequence[Subscription]:
        """All that follow the log."""
        return (
            READ_MODELS,
            IDENTITIES,
            FILE_USES,
            attestations(self.handler, self.readmodels),
            erasures(self.pool, self.erased, self.evidence),
            doorbell(self.client, self.handler),
            *notifications(self.settings, self.handler),
        )

    async def erase_again(self) -> None:
        """Erase again what a restored backup brought back, before anybody can read it. Raises `CannotRun`."""
        try:
            for ledger in await self.store.ledgers():
                await apply_erasures(self.pool, self.erased, self.evidence, ledger, self.settings.database_owner_url)
        except LostErasures as error:
            raise CannotRun(f"{error}. Run `etappi ledger resume` with DATABASE_OWNER_URL set.") from error
        except (BaseError, ValueError) as error:
            raise CannotRun(
                f"What was erased can't be read at ETAPPI_SEAL_COPIES_URL, nor be erased again: {error}"
            ) from error

    async def follow(self) -> None:
        """Run the followers and the sealer until cancelled.

        Raises `LogBroken` if the log isn't what it was, `KeyUnusable` without a key to seal with.
        """
        key, counts = self.seal_key(), SealMetrics(self.counted)
        async with (
            bounded_pool(self.database_url, most=FOLLOWERS_POOL, statement_seconds=LONG_STATEMENT_SECONDS) as pool,
            Listener(self.database_url).listening() as listener,
            together(
                self._keep_house(),
                seal_ledgers(pool, self.seal, key, self.origin, introducing(self.handler), counts),
                *self._stamping(pool),
            ),
        ):
            await run_subscriptions(pool, listener, self.subscriptions())

    def _stamping(self, pool: Pool) -> Sequence[Coroutine[Any, Any, None]]:
        """What has checkpoints time-stamped, where an authority is set."""
        url = self.settings.timestamp_url
        return () if url is None else (stamp_ledgers(pool, self.seal, url),)

    def seal_key(self) -> SealKey:
        """The key that signs checkpoints. Raises `KeyUnusable`."""
        settings = self.settings
        text = None if settings.seal_key is None else settings.seal_key.get_secret_value()
        return seal_key(text, settings.seal_key_file, settings.data)

    def origin(self, ledger: str) -> str:
        """The name of a ledger's log, until its first key says it: an address without a scheme."""
        public = urlsplit(self.settings.public_url or "//localhost")
        return f"{(self.settings.log_origin or public.netloc + public.path).rstrip('/')}/log/{ledger}"

    @contextlib.contextmanager
    def metrics_served(self) -> Iterator[None]:
        """Serve what this process counts, where a port is set for it, while the body runs. Raises `OSError`."""
        if self.settings.metrics_port is None:
            yield
            return
        server, thread = start_http_server(self.settings.metrics_port, self.settings.host, self.counted)
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    async def _keep_house(self) -> None:
        """Every hour delete files that no event names, unused keys, ended sessions, old drafts, old feedback."""
        while True:
            try:
                now = datetime.now(UTC)
                await self.evidence.sweep(now)
                await self.store.delete_expired_digest_keys(now)
                await Sessions.of(self.settings, self.pool).sweep()
                await Drafts(self.pool).sweep()
                await Feedback(self.pool).sweep()
            except (OSError, asyncpg.PostgresError, BaseError) as error:
                _log.warning("housekeeping is tried again in an hour", error=type(error).__name__)
            await asyncio.sleep(HOUR_SECONDS)

    async def work(self) -> None:
        """Run a worker until cancelled."""
        await run_worker(self.client, self.handler)


@contextlib.asynccontextmanager
async def stack(
    settings: Settings, database_url: str, temporal_address: str | None = None, *, wait_for_temporal: bool = False
) -> AsyncIterator[Stack]:
    """Put the parts together over a database and a Temporal server. Raises `CannotRun` without the database."""
    try:
        opening = await bounded_pool(database_url, most=POOL)
    except POSTGRES as error:
        raise unreachable_database("DATABASE_URL", error) from error
    async with opening as pool:
        store = EventStore(pool)
        evidence = EvidenceStore(open_objects(settings.evidence_url, settings.data), pool, settings.evidence_max_bytes)
        handler = Handler(store, evidence)
        client = await connect(settings, temporal_address, lazy=not wait_for_temporal)
        yield Stack(
            settings=settings,
            database_url=database_url,
            pool=pool,
            store=store,
            handler=handler,
            readmodels=ReadModels(pool, store),
            evidence=evidence,
            erased=open_records(settings.seal_copies_url, settings.data),
            seal=open_stores(settings.seal_url, settings.seal_copies_url, settings.data),
            client=client,
        )


@contextlib.asynccontextmanager
async def together(*jobs: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run jobs beside the body, and end them with it; a job that fails ends the body."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(job) for job in jobs]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
