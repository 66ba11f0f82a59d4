"""All ledgers, sealed about every second, until cancelled; and the alarm where one can't be."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge

from domain.proof.note import VerifierKey
from services.eventstore.connections import Connection, Pool
from services.seal.installation import Installation, installation_of
from services.seal.keys import SealKey
from services.seal.sealer import Sealer, SealRefused
from services.seal.store import SealStore

SECONDS = 1.0
REFUSED_SECONDS = 60.0
"""How long a refused ledger rests before it is looked at again: somebody may have mended it."""
FAILED_SECONDS = 5.0

_log = structlog.get_logger(__name__)

Introduce = Callable[[str, VerifierKey], Awaitable[None]]
"""Records the first key of a ledger."""

_HEADS = """
SELECT h.ledger, coalesce((
    SELECT e.position FROM log.event e WHERE e.ledger = h.ledger ORDER BY e.position DESC LIMIT 1
), 0) AS position
FROM log.head h ORDER BY h.ledger
"""


class SealMetrics:
    """What is counted of sealing, for Prometheus."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register with a process's registry."""
        self.checkpoints = Counter("etappi_seal_checkpoints", "Checkpoints that were signed.", registry=registry)
        self.refusals = Counter("etappi_seal_refusals", "Times that sealing was refused.", registry=registry)
        self.refused = Gauge("etappi_seal_refused", "1 where sealing is refused now.", ["ledger"], registry=registry)
        self.lag = Gauge("etappi_seal_lag", "Events that aren't sealed yet.", ["ledger"], registry=registry)


async def seal_ledgers(
    pool: Pool,
    store: SealStore,
    key: SealKey,
    origin: Callable[[str], str],
    introduce: Introduce,
    metrics: SealMetrics,
    seconds: float = SECONDS,
) -> None:
    """Seal all ledgers that there are or will be, until cancelled.

    `origin` names a ledger's log until its events do, with the first key that `introduce` records. What is refused is
    logged, counted and left in the store for `readiness`; the other ledgers go on.
    """
    while True:
        try:
            # The locks are those of the connection: when it is lost, all begin anew.
            async with pool.acquire() as connection:
                sealing = _Sealing(connection, store, key, origin, introduce, metrics)
                while not connection.is_closed():
                    begin = time.monotonic()
                    await sealing.all()
                    # A long round is soon followed by the next; a pause there is always.
                    await asyncio.sleep(max(seconds / 4, begin + seconds - time.monotonic()))
        except Exception as error:  # noqa: BLE001 (the database is away; it is looked at again)
            _log.warning("the ledgers can't be sealed now", error=repr(error))
        await asyncio.sleep(seconds)


async def readiness(store: SealStore, ledgers: Iterable[str]) -> str:
    """`ok`, or where sealing is refused: for /readyz."""
    asked = list(ledgers)
    said = await asyncio.gather(*map(store.refusal, asked))
    refused = [ledger for ledger, why in zip(asked, said, strict=True) if why is not None]
    return f"refused: {', '.join(refused)}" if refused else "ok"


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What a ledger's events say of its seal, read from the log."""

    connection: Connection
    ledger: str
    first: Introduce

    async def installation(self) -> Installation:
        return await installation_of(self.connection, self.ledger)

    async def introduce(self, key: VerifierKey) -> None:
        await self.first(self.ledger, key)


class _Sealing:
    def __init__(
        self,
        connection: Connection,
        store: SealStore,
        key: SealKey,
        origin: Callable[[str], str],
        introduce: Introduce,
        metrics: SealMetrics,
    ) -> None:
        self._connection = connection
        self._store = store
        self._key = key
        self._origin = origin
        self._introduce = introduce
        self._metrics = metrics
        self._sealers: dict[str, Sealer] = {}
        self._sealed: dict[str, int] = {}
        self._rests: dict[str, float] = {}
        self._refused: dict[str, bool] = {}

    async def all(self) -> None:
        """A round for each ledger that has something to seal or to look at."""
        for ledger, position in await self._connection.fetch(_HEADS):
            if time.monotonic() >= self._rests.get(ledger, 0.0):
                await self._one(ledger, position)
            # Also where it is refused or fails: then this grows.
            if self._sealers[ledger].is_at_work:
                self._metrics.lag.labels(ledger).set(max(0, position - self._sealed.get(ledger, 0)))

    async def _one(self, ledger: str, position: int) -> None:
        if ledger not in self._sealers:
            self._sealers[ledger] = Sealer(
                self._connection,
                self._store,
                ledger,
                self._origin(ledger),
                self._key,
                _Recorded(self._connection, ledger, self._introduce),
            )
        sealer = self._sealers[ledger]
        before = sealer.size
        if sealer.idle(position):
            return
        try:
            checkpoint = await sealer.round()
            if sealer.is_at_work and self._refused.get(ledger, True):
                await self._store.say_refused(ledger, None)
                self._metrics.refused.labels(ledger).set(0)
                self._refused[ledger] = False
        except SealRefused as error:
            _log.error("sealing is refused", ledger=ledger, why=str(error))
            self._rests[ledger] = time.monotonic() + REFUSED_SECONDS
            self._metrics.refusals.inc()
            self._metrics.refused.labels(ledger).set(1)
            self._refused[ledger] = True
            await self._store.say_refused(ledger, str(error))
        except Exception as error:  # noqa: BLE001 (a store that is away; the other ledgers go on)
            _log.error("a ledger can't be sealed now", ledger=ledger, exc_info=error)
            self._rests[ledger] = time.monotonic() + FAILED_SECONDS
        else:
            if checkpoint is not None:
                self._sealed[ledger] = checkpoint.size
                if checkpoint.size != before:
                    self._metrics.checkpoints.inc()
