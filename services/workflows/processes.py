"""The processes of a ledger and what they owe, asked of the planner here and now; Temporal isn't needed for it."""

from collections.abc import Iterable
from datetime import datetime

from domain.doorbell import processes
from domain.events.agreement import SentForSignature
from domain.organisation import FOLD as ORGANISATION
from domain.planner import Plan, plan
from domain.values import VersionId
from domain.view import View, fact_of
from services.commands import Handler


class Processes:
    """What a handler's ledgers have under way. Keeps what it found in the log, and reads only what came after."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._sent: dict[str, tuple[int, tuple[VersionId, ...]]] = {}
        self._demo: dict[str, bool] = {}

    async def is_demo(self, ledger: str) -> bool:
        """Whether the ledger's clock is a demo's."""
        if ledger not in self._demo:
            opened = await self._handler.read(ledger, lambda view: view.get(ORGANISATION).opened)
            if opened is None:
                return False
            self._demo[ledger] = opened.demo
        return self._demo[ledger]

    async def sent(self, ledger: str) -> tuple[VersionId, ...]:
        """The versions that ever went out for signature: no stream lists them, so the log is looked through."""
        position, versions = self._sent.get(ledger, (0, ()))
        async for row in self._handler.store.stream_all(ledger, position):
            position = row.position
            if row.type == SentForSignature.type:
                event = fact_of(row).event
                if isinstance(event, SentForSignature) and event.version not in versions:
                    versions = (*versions, event.version)
        self._sent[ledger] = (position, versions)
        return versions

    async def all(self, ledger: str) -> tuple[str, ...]:
        """Every process that may owe something."""
        sent = await self.sent(ledger)
        found: tuple[str, ...] = await self._handler.read(ledger, lambda view: processes(view, sent))
        return found

    async def plans(self, ledger: str, of: Iterable[str] | None = None) -> dict[str, Plan]:
        """What processes (or all) owe at the ledger's clock."""
        wanted = await self.all(ledger) if of is None else tuple(of)
        now = await self._handler.now(ledger)
        planned: dict[str, Plan] = await self._handler.read(ledger, lambda view: _plans(view, wanted, now))
        return planned


def _plans(view: View, wanted: tuple[str, ...], now: datetime) -> dict[str, Plan]:
    return {process: plan(view, process, now) for process in wanted}
