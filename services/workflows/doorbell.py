"""The doorbell: follows the log and rings the processes that an event concerns.

Its checkpoint moves when Temporal has taken the signals: while Temporal is away the log goes on, and afterwards the
doorbell catches up. A signal too many is harmless. Outside a demo a process is rung at most once a second. In a demo,
where the clock is stepped and each step is waited for, it is unthrottled, but asks the planner itself and rings only
those that it never rang, that owe something new, that are over, or whose next date was moved by a person.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import datetime

from temporalio.client import Client

from domain.doorbell import READ, rings
from domain.events.envelope import Row
from domain.events.event import Event
from domain.planner import Plan, Step
from domain.values import ActorKind, VersionId
from domain.view import View, fact_of
from services.commands import Handler
from services.eventstore import Subscription
from services.eventstore.connections import Connection
from services.workflows.processes import Processes
from services.workflows.ring import TASK_QUEUE, ring

NAME = "doorbell"
PAUSE_SECONDS = 1.0
_AT_ONCE = 16
_REMEMBERED = 100_000

Known = tuple[bool, datetime | None, tuple[Step, ...]]


def doorbell(client: Client, handler: Handler, task_queue: str = TASK_QUEUE) -> Subscription:
    """The subscription `doorbell`. The client may be a lazy one: Temporal needn't be there."""
    return Subscription(name=NAME, handle=_Doorbell(client, handler, task_queue).handle)


class _Doorbell:
    def __init__(self, client: Client, handler: Handler, task_queue: str) -> None:
        self._client = client
        self._handler = handler
        self._task_queue = task_queue
        self._processes = Processes.of(handler)
        self._slots = asyncio.Semaphore(_AT_ONCE)
        # When a process was rung last, outside a demo; what it knew then, in a demo.
        self._rung: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._known: OrderedDict[tuple[str, str], Known] = OrderedDict()

    async def handle(self, _: Connection, rows: Sequence[Row]) -> None:
        """Ring all that the events concern, each once."""
        facts = [fact_of(row) for row in rows if row.type in READ]
        if not facts:
            return
        events = tuple(fact.event for fact in facts)
        ledger = rows[0].ledger
        demo = await self._processes.is_demo(ledger)
        sent = await self._processes.sent(ledger) if demo else ()
        concerned: tuple[str, ...] = await self._handler.read(ledger, lambda view: _concerned(view, events, sent))
        if demo:
            by_people = any(fact.by.kind in (ActorKind.PERSON, ActorKind.PROGRAM) for fact in facts)
            await self._ring_where_needed(ledger, concerned, by_people=by_people)
        else:
            await self._ring_in_turn(ledger, concerned)

    async def _ring_in_turn(self, ledger: str, concerned: tuple[str, ...]) -> None:
        last = max((self._rung.get((ledger, process), 0.0) for process in concerned), default=0.0)
        # What happens in the meantime waits in the log, and rings with the next batch.
        await asyncio.sleep(max(0.0, last + PAUSE_SECONDS - time.monotonic()))
        await self._ring_all(ledger, concerned)
        for process in concerned:
            self._rung[ledger, process] = time.monotonic()
        _trim(self._rung)

    async def _ring_where_needed(self, ledger: str, concerned: tuple[str, ...], *, by_people: bool) -> None:
        plans = await self._processes.plans(ledger, concerned)
        needed: list[str] = []
        for process, planned in plans.items():
            before = self._known.get((ledger, process))
            # After its own steps a process looks again by itself; it needn't be rung for them.
            news = planned.steps or planned.over or by_people
            if before is None or (news and before != _known(planned)):
                needed.append(process)
        await self._ring_all(ledger, needed)
        for process, planned in plans.items():
            self._known[ledger, process] = _known(planned)
        _trim(self._known)

    async def _ring_all(self, ledger: str, processes: Iterable[str]) -> None:
        async with asyncio.TaskGroup() as group:
            for process in processes:
                group.create_task(self._ring(ledger, process))

    async def _ring(self, ledger: str, process: str) -> None:
        async with self._slots:
            await ring(self._client, ledger, process, self._task_queue)


def _known(planned: Plan) -> Known:
    return (planned.over, planned.wake, tuple(planned.steps))


def _concerned(view: View, events: tuple[Event, ...], sent: tuple[VersionId, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(process for event in events for process in rings(view, event, sent)))


def _trim(remembered: OrderedDict[tuple[str, str], float] | OrderedDict[tuple[str, str], Known]) -> None:
    while len(remembered) > _REMEMBERED:
        remembered.popitem(last=False)
