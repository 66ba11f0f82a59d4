"""The processes of a ledger and what they owe, asked of the planner here and now; Temporal isn't needed for it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from weakref import WeakKeyDictionary

from domain.doorbell import processes
from domain.events.agreement import SentForSignature
from domain.organisation import FOLD as ORGANISATION
from domain.planner import Plan, plan
from domain.values import VersionId
from domain.view import View, fact_of
from services.commands import Handler


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    """What was planned while the ledger ended at `head` and its clock showed `now`."""

    head: int
    now: datetime
    plans: dict[str, Plan] = field(default_factory=dict)


class Processes:
    """What a handler's ledgers have under way. Keeps what it found in the log, and reads only what came after."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._sent: dict[str, tuple[int, tuple[VersionId, ...]]] = {}
        self._demo: dict[str, bool] = {}
        self._planned: dict[str, _Planned] = {}

    @classmethod
    def of(cls, handler: Handler) -> "Processes":
        """Those of a handler, shared by all who ask."""
        if handler not in _SHARED:
            _SHARED[handler] = cls(handler)
        return _SHARED[handler]

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
        # In a demo, where the clock stands still, the driver, the doorbell and `settle` ask the same in turn.
        head, now = await self._handler.store.head(ledger), await self._handler.now(ledger)
        known = self._planned.get(ledger)
        if known is None or (known.head, known.now) != (head, now):
            known = self._planned[ledger] = _Planned(head=head, now=now)
        unknown = tuple(process for process in wanted if process not in known.plans)
        if unknown:
            known.plans.update(await self._handler.read(ledger, lambda view: _plans(view, unknown, now)))
        return {process: known.plans[process] for process in wanted}


_SHARED: WeakKeyDictionary[Handler, Processes] = WeakKeyDictionary()


def _plans(view: View, wanted: tuple[str, ...], now: datetime) -> dict[str, Plan]:
    return {process: plan(view, process, now) for process in wanted}
