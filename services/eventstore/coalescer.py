"""One round trip for many waiting callers: the commands of one ledger, gathered into batches.

A commit costs a flush of the disk whether it holds one command or fifty; while one batch is under way, the next
gathers.
"""

import asyncio
import contextlib
import contextvars
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from services.eventstore.append import Answer, Command, OtherKey

MAX_COMMANDS = 128
MAX_EVENTS = 2_000
MAX_BYTES = 4_000_000

_log = structlog.get_logger(__name__)

Send = Callable[[Sequence[Command]], Awaitable[list[Answer | OtherKey]]]


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    command: Command
    answer: "asyncio.Future[Answer | OtherKey]"


class Coalescer:
    """The queue before one ledger, in one process. `send` appends a batch and answers each command of it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._waiting: deque[_Waiting] = deque()
        self._task: asyncio.Task[None] | None = None

    async def append(self, command: Command) -> Answer | OtherKey:
        """Append the command together with others that wait. Raises what its own append raises, nobody else's."""
        waiting = _Waiting(command, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._task is None or self._task.done():
            # A context of its own: what the first caller's log lines say of him isn't said of the others.
            self._task = asyncio.create_task(self._drain(), context=contextvars.Context())
        return await waiting.answer

    async def _drain(self) -> None:
        batch: list[_Waiting] = []
        try:
            while batch := self._next_batch():
                await self._append(batch)
        finally:
            # Only when the task is cancelled (the process ends) is anybody left: nobody may wait for ever.
            for waiting in (*batch, *self._waiting):
                waiting.answer.cancel()
            self._waiting.clear()

    def _next_batch(self) -> list[_Waiting]:
        """Take commands that don't touch each other, the longest waiting first; the others keep their order."""
        batch: list[_Waiting] = []
        kept: list[_Waiting] = []
        ids: set[bytes] = set()
        read: set[str] = set()
        written: set[str] = set()
        events = size = 0
        while self._waiting and len(batch) < MAX_COMMANDS and events < MAX_EVENTS and size < MAX_BYTES:
            waiting = self._waiting.popleft()
            if waiting.answer.done():
                continue  # Its caller went away.
            command = waiting.command
            reads = [condition.stream for condition in command.conditions]
            writes = [event.stream for event in command.events]
            if command.command_id in ids or not written.isdisjoint(reads) or not read.isdisjoint(writes):
                kept.append(waiting)
                continue
            batch.append(waiting)
            ids.add(command.command_id)
            read.update(reads)
            written.update(writes)
            events += len(command.events)
            for event in command.events:
                size += len(event.body) + len(event.metadata)
            for disclosure in command.disclosures:
                size += len(disclosure.value)
        self._waiting.extendleft(reversed(kept))
        return batch

    async def _append(self, batch: list[_Waiting]) -> None:
        try:
            answers = await self._send([waiting.command for waiting in batch])
            for waiting, answer in zip(batch, answers, strict=True):
                if not waiting.answer.done():
                    waiting.answer.set_result(answer)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is the callers' answer, and the queue goes on)
            # One by one, as many would wait as long again for a database that hangs.
            if len(batch) == 1 or isinstance(error, TimeoutError):
                for waiting in batch:
                    _fail(waiting, error)
                return
            _log.warning("a batch failed; its commands are sent one by one", commands=len(batch), error=repr(error))
            # An id makes it safe to send a command again, also if the batch was committed and only the answer was lost.
            for waiting in batch:
                if not waiting.answer.done():
                    await self._append([waiting])


def _fail(waiting: _Waiting, error: Exception) -> None:
    # A caller who went away has nobody to tell.
    with contextlib.suppress(asyncio.InvalidStateError):
        waiting.answer.set_exception(error)
