"""The app: its parts are handed to it, it has no globals, and it can be driven within a process."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from secure import ContentSecurityPolicy, ReferrerPolicy, Secure, StrictTransportSecurity, XContentTypeOptions
from secure.middleware import SecureASGIMiddleware

from services.api import (
    agreements,
    approved,
    assessments,
    clock,
    commands,
    cycles,
    deviations,
    documentation,
    engagements,
    erasures,
    errors,
    files,
    health,
    items,
    logs,
    me,
    measures,
    names,
    organisation,
    roles,
    rounds,
    submissions,
    views,
)
from services.api.addresses import PREFIX
from services.api.audit import bundles, controls, replays, watching
from services.api.callers import Callers, Door, Ledgers
from services.api.head import Head
from services.api.intake import Intake
from services.api.looks import Looks
from services.api.metrics import Metrics
from services.api.parts import Parts, wall_clock
from services.api.rate import RateLimit
from services.bundles import BundleMaker
from services.commands import Handler
from services.controls.live import ControlTester
from services.demo.clock import Clock
from services.eventstore.connections import Pool
from services.eventstore.store import EventStore
from services.evidence import EvidenceStore
from services.identity import People, TokenVerifier
from services.readmodels import ReadModels
from services.seal import SealStore
from services.settings import Settings


def create_app(
    *,
    handler: Handler,
    store: EventStore,
    pool: Pool,
    evidence: EvidenceStore,
    verifier: TokenVerifier,
    settings: Settings,
    readmodels: ReadModels | None = None,
    seal: SealStore | None = None,
    now: Callable[[], datetime] = wall_clock,
    temporal: Callable[[], Awaitable[bool]] | None = None,
    counted: Sequence[CollectorRegistry] = (),
    clocks: Callable[[str], Clock] | None = None,
) -> FastAPI:
    """The API over its parts. `now` is asked when a request comes in: that instant decides what is late.

    `handler` must find manifests in `evidence`: `Handler(store, evidence)`. `temporal` says whether Temporal answers,
    `seal` is where the sealed logs lie, `counted` what the process counts besides, `clocks` makes the clock of a demo
    ledger.
    """
    metrics = Metrics()
    parts = Parts(
        handler=handler,
        store=store,
        pool=pool,
        people=People(pool),
        evidence=evidence,
        settings=settings,
        metrics=metrics,
        now=now,
    )
    app = FastAPI(
        title="Etappi",
        version="1",
        description="Performance agreements and their reporting cycle: every command is an event in a ledger.",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.looks = Looks(handler)
    limit = RateLimit(settings.rate_limit)
    door = Door(verifier, limit)
    callers = Callers(door, parts.people, Ledgers(pool))
    of_rounds = (items, approved, rounds, submissions, cycles, assessments, deviations)
    plain = (commands, names, *of_rounds, agreements, organisation, roles, measures, engagements, watching)
    routers = [me.routes(parts, door), *(module.routes(parts, callers) for module in plain)]
    routers += [module.routes(parts, callers, app.state.looks) for module in (files, erasures)]
    if readmodels is not None:
        routers.append(views.routes(parts, callers, readmodels))
        routers.append(replays.routes(parts, callers, app.state.looks, readmodels, seal))
        if clocks is not None:
            routers.append(clock.routes(parts, callers, readmodels, clocks, temporal))
    routers.append(controls.routes(parts, callers, app.state.looks, ControlTester(pool, store, evidence, seal)))
    if seal is not None:
        routers.append(bundles.routes(parts, callers, app.state.looks, BundleMaker(pool, seal, evidence)))
        app.include_router(logs.routes(parts, callers, app.state.looks, seal, limit))
    routers.append(health.routes(parts, temporal, seal, counted))
    # Handed over as they are: FastAPI analyses each route of a router that is included twice more.
    for router in routers:
        app.router.routes.extend(router.routes)
    documentation.install(app)
    errors.install(app, metrics)
    app.add_middleware(Head)
    app.add_middleware(SecureASGIMiddleware, secure=_headers())
    app.add_middleware(Intake, now=now, metrics=metrics, failed=errors.failed(metrics))
    return app


def _headers() -> Secure:
    return Secure(
        csp=ContentSecurityPolicy().default_src("'none'").frame_ancestors("'none'"),
        hsts=StrictTransportSecurity().max_age(31_536_000).include_subdomains(),
        referrer=ReferrerPolicy().no_referrer(),
        xcto=XContentTypeOptions().nosniff(),
    )
