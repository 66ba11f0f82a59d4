"""Whether the process is alive, whether it can serve, and what it counted."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

import asyncpg
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services.api.parts import Parts
from services.eventstore.connections import Pool
from services.eventstore.migrations import migrations
from services.evidence import FILE_USES
from services.identity import IDENTITIES

CHECK_SECONDS = 2
CLOCKS_SECONDS = 30
STOPPED_SECONDS = 300
_ON_DEMAND = [IDENTITIES.name, FILE_USES.name]

_APPLIED = "SELECT number, checksum FROM log.migration ORDER BY number"
# Behind, and the next event has waited too long. A demo's time isn't the wall clock's, so it isn't judged.
_STOPPED = """
SELECT s.name, s.ledger FROM app.subscription s JOIN log.head h ON h.ledger = s.ledger
WHERE NOT h.demo AND s.name <> ALL ($2::text[]) AND (
    SELECT e.recorded_at FROM log.event e WHERE e.ledger = s.ledger AND e.position = s.position + 1
) < clock_timestamp() - make_interval(secs => $1)
"""


def routes(parts: Parts, temporal: Callable[[], Awaitable[bool]] | None) -> APIRouter:
    """GET /healthz, /readyz, /metrics."""
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
            checks = await _in_time(_checks(parts.pool))
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            checks = {"postgres": type(error).__name__}
        ready = all(value == "ok" for value in checks.values())
        if temporal is not None:
            checks["temporal"] = "ok" if await temporal() else "unreachable (not needed)"
        return JSONResponse({"ready": ready, "checks": checks}, status_code=200 if ready else 503)

    @router.get("/metrics", operation_id="metrics")
    async def metrics() -> Response:
        """What was counted, for Prometheus."""
        return Response(generate_latest(parts.metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return router


async def _in_time(checks: Coroutine[Any, Any, dict[str, str]]) -> dict[str, str]:
    """What the checks find. Raises `TimeoutError`; a connection that hangs isn't waited for then, either."""
    task = asyncio.ensure_future(checks)
    done, _ = await asyncio.wait({task}, timeout=CHECK_SECONDS)
    if not done:
        task.cancel()
        raise TimeoutError
    return task.result()


async def _checks(pool: Pool) -> dict[str, str]:
    before = datetime.now(UTC)
    there: datetime = await pool.fetchval("SELECT clock_timestamp()")
    apart = max(before - there, there - datetime.now(UTC)).total_seconds()
    applied = {row["number"]: bytes(row["checksum"]) for row in await pool.fetch(_APPLIED)}
    wanted = {each.number: each.checksum for each in migrations()}
    stopped = [f"{row['name']} in {row['ledger']}" for row in await pool.fetch(_STOPPED, STOPPED_SECONDS, _ON_DEMAND)]
    return {
        "postgres": "ok",
        "clocks": "ok" if apart < CLOCKS_SECONDS else f"{apart:.0f} s apart",
        "migrations": "ok" if applied == wanted else "the database and this program differ",
        "subscriptions": "ok" if not stopped else f"stopped: {', '.join(stopped)}",
    }
