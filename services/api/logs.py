"""The sealed logs, at `/log/{ledger}`: checkpoints, tiles and proofs for everybody, events' headers for those who may.

A checkpoint says how much happened, a tile holds hashes: nothing of what happened. A header names stream, type and
times: for auditors of the whole ledger, the head and administrators. Of an access ledger those of its agency's may.
"""

from fastapi import APIRouter, Depends, Request

from domain.access import agency_ledger
from domain.events.access import Look
from domain.values import Role
from services.api.addresses import Ledger
from services.api.callers import Callers, Token
from services.api.looks import Looks
from services.api.parts import Parts
from services.api.problems import READS, Refusal
from services.api.rate import RateLimit
from services.api.reading import reader_of
from services.seal import SealStore
from services.seal import routes as seal_routes


def routes(parts: Parts, callers: Callers, looks: Looks, seal: SealStore, limit: RateLimit) -> APIRouter:
    """GET /log/{ledger}/checkpoint, /keys, /tile/…, /proof/…. Requests are counted by address."""

    async def counted(request: Request) -> None:
        await limit.count("" if request.client is None else request.client.host)

    async def headers(request: Request, ledger: Ledger, token: Token) -> None:
        caller = await callers(request, agency_ledger(ledger), token)
        reader = await reader_of(parts, caller)
        if not (reader.looks.covers(None) or reader.has(Role.HEAD, Role.ADMINISTRATOR)):
            raise Refusal(
                403,
                "not-permitted",
                "The headers of all events are for auditors of the whole ledger, the head and administrators.",
                rule="R9",
            )
        await looks.record(caller, reader, Look.READ, f"log/{ledger}")

    router = APIRouter(dependencies=[Depends(counted)])
    router.include_router(seal_routes(seal, parts.pool, [Depends(headers)]), responses=READS)
    return router
