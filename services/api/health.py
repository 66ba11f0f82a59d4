"""Whether the process is alive, whether it can serve, and what it counted."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from obstore.exceptions import BaseError
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from services.api.parts import Parts
from services.eventstore.connections import Pool
from services.eventstore.migrations import migrations
from services.evidence import FILE_USES
from services.identity import IDENTITIES
from services.seal import SealStore, readiness

CHECK_SECONDS = 2
CLOCKS_SECONDS = 30
STOPPED_SECONDS = 300
_ON_DEMAND = [IDENTITIES.name, FILE_USES.name]

_LEDGERS = "SELECT ledger FROM log.head ORDER BY ledger"
_APPLIED = "SELECT number, checksum FROM log.migration ORDER BY number"
# Behind, and the next event has waited too long. A demo's time isn't the wall clock's, so it isn't judged.
_STOPPED = """
SELECT s.name, s.ledger FROM app.subscription s JOIN log.head h ON h.ledger = s.ledger
WHERE NOT h.demo AND s.name <> ALL ($2::text[]) AND (
    SELECT e.recorded_at FROM log.event e WHERE e.ledger = s.ledger AND e.position = s.position + 1
) < clock_timestamp() - make_interval(secs => $1)
"""


def routes(
    parts: Parts,
    temporal: Callable[[], Awaitable[bool]] | None,
    seal: SealStore | None,
    counted: Sequence[CollectorRegistry],
) -> APIRouter:
    """GET /healthz, /readyz, /metrics. `counted`: what the process counts beside the API."""
    router = APIRouter(tags=["operation"], include_in_schema=False)

    @router.get("/healthz", operation_id="healthz")
    async def healthz() -> dict[str, str]:
        """The process is alive."""
        return {"status": "alive"}

    @router.get("/readyz", operation_id="readyz")
    async def readyz() -> JSONResponse:
        """Whether it can serve. Temporal is reported, and not needed: commands are taken without it."""
        checks: dict[str, Any]
        try:
            checks = await _in_time(_checks(parts.pool, seal))
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            checks = {"postgres": type(error).__name__}
        ready = all(value == "ok" for value in checks.values())
        if temporal is not None:
            checks["temporal"] = "ok" if await temporal() else "unreachable (not needed)"
        return JSONResponse({"ready": ready, "checks": checks}, status_code=200 if ready else 503)

    @router.get("/metrics", operation_id="metrics")
    async def metrics() -> Response:
        """What was counted, for Prometheus."""
        told = b"".join(map(generate_latest, (parts.metrics.registry, *counted)))
        return Response(told, media_type=CONTENT_TYPE_LATEST)

    return router


async def _in_time(checks: Coroutine[Any, Any, dict[str, str]]) -> dict[str, str]:
    """What the checks find. Raises `TimeoutError`; a connection that hangs isn't waited for then, either."""
    task = asyncio.ensure_future(checks)
    done, _ = await asyncio.wait({task}, timeout=CHECK_SECONDS)
    if not done:
        task.cancel()
        raise TimeoutError
    return task.result()


async def _checks(pool: Pool, seal: SealStore | None) -> dict[str, str]:
    before = datetime.now(UTC)
    there: datetime = await pool.fetchval("SELECT clock_timestamp()")
    apart = max(before - there, there - datetime.now(UTC)).total_seconds()
    applied = {row["number"]: bytes(row["checksum"]) for row in await pool.fetch(_APPLIED)}
    wanted = {each.number: each.checksum for each in migrations()}
    stopped = [f"{row['name']} in {row['ledger']}" for row in await pool.fetch(_STOPPED, STOPPED_SECONDS, _ON_DEMAND)]
    checks = {
        "postgres": "ok",
        "clocks": "ok" if apart < CLOCKS_SECONDS else f"{apart:.0f} s apart",
        "migrations": "ok" if applied == wanted else "the database and this program differ",
        "subscriptions": "ok" if not stopped else f"stopped: {', '.join(stopped)}",
    }
    if seal is not None:
        try:
            checks["seal"] = await readiness(seal, [row["ledger"] for row in await pool.fetch(_LEDGERS)])
        except (BaseError, OSError) as error:
            checks["seal"] = type(error).__name__
    return checks
