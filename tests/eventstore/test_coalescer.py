import asyncio
import contextlib
import os
from collections.abc import Sequence
from dataclasses import replace

import asyncpg
import pytest

from eventstore.made import command, event
from services.eventstore import Appended, AppendRefused, Command, Conflict, EventStore, KeyReused
from services.eventstore.append import Answer, OtherKey, append_batch
from services.eventstore.coalescer import MAX_COMMANDS, Coalescer
from services.eventstore.connections import Pool


class Batches:
    """Sends to the real log, and remembers what was sent together. Waits before a send while `closed`."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.sent: list[list[bytes]] = []
        self.open = asyncio.Event()
        self.open.set()

    async def send(self, batch: Sequence[Command]) -> list[Answer | OtherKey]:
        self.sent.append([command.command_id for command in batch])
        await self.open.wait()
        async with self.pool.acquire() as connection:
            return await append_batch(connection, "keha", batch)

    def together(self) -> list[int]:
        return [len(batch) for batch in self.sent]


@pytest.fixture
def batches(store: EventStore, pool: Pool) -> Batches:
    return Batches(pool)


async def test_waiting_callers_share_a_round_trip(batches: Batches) -> None:
    coalescer = Coalescer(batches.send)
    commands = [command(f"s{n}", on={f"s{n}": 0, "read": 0}) for n in range(40)]

    answers = await asyncio.gather(*map(coalescer.append, commands))

    assert answers == [Appended(first=n, last=n, repeated=False) for n in range(1, 41)]
    assert batches.together() == [40]


async def test_thirty_equal_commands_beside_twenty_others_append_once(batches: Batches, store: EventStore) -> None:
    coalescer = Coalescer(batches.send)
    equal = command("same", on={"same": 0})
    others = [command(f"s{n}", on={f"s{n}": 0}) for n in range(20)]

    answers = await asyncio.gather(*map(coalescer.append, [*[equal] * 15, *others, *[equal] * 15]))

    equal_answers = answers[:15] + answers[35:]
    assert equal_answers == [
        Appended(first=1, last=1, repeated=False),
        *[Appended(first=1, last=1, repeated=True)] * 29,
    ]
    assert answers[15:35] == [Appended(first=n, last=n, repeated=False) for n in range(2, 22)]
    assert await store.head("keha") == 21
    assert batches.together() == [21, *[1] * 29]


async def test_of_ten_on_one_version_of_one_stream_one_is_appended(batches: Batches, store: EventStore) -> None:
    coalescer = Coalescer(batches.send)

    answers = await asyncio.gather(*(coalescer.append(command("a", on={"a": 0})) for _ in range(10)))

    assert answers == [
        Appended(first=1, last=1, repeated=False),
        *[Conflict(stream="a", expected=0, actual=1)] * 9,
    ]
    assert await store.head("keha") == 1
    assert batches.together() == [1] * 10


async def test_two_commands_of_one_id_are_never_in_one_batch(batches: Batches) -> None:
    coalescer = Coalescer(batches.send)
    first, second = command("a", on={"a": 0}), command("b", on={"b": 0}, digest=b"e" * 32)
    second = replace(second, command_id=first.command_id)

    answers = await asyncio.gather(*map(coalescer.append, [first, second]))

    assert answers == [Appended(first=1, last=1, repeated=False), KeyReused()]
    assert batches.together() == [1, 1]


async def test_who_had_to_wait_is_first_in_the_next_batch(batches: Batches) -> None:
    coalescer = Coalescer(batches.send)
    writer, reader = command("a", on={"a": 0}), command("b", on={"b": 0, "a": 1})
    others = [command(f"s{n}", on={f"s{n}": 0}) for n in range(2 * MAX_COMMANDS)]

    await asyncio.gather(*map(coalescer.append, [writer, reader, *others]))

    assert batches.sent[0][0] == writer.command_id
    assert batches.sent[1][0] == reader.command_id


async def test_a_reader_of_a_stream_waits_for_its_writer_in_the_batch_before(batches: Batches) -> None:
    coalescer = Coalescer(batches.send)
    writer = command("a", on={"a": 0})
    reader = command("b", on={"b": 0, "a": 0})
    informed = command("c", on={"c": 0, "a": 1})

    answers = await asyncio.gather(*map(coalescer.append, [writer, reader, informed]))

    assert answers == [
        Appended(first=1, last=1, repeated=False),
        Conflict(stream="a", expected=0, actual=1),
        Appended(first=2, last=2, repeated=False),
    ]
    assert batches.sent == [[writer.command_id], [reader.command_id, informed.command_id]]


async def test_a_writer_of_a_stream_waits_for_its_reader_in_the_batch_before(batches: Batches) -> None:
    coalescer = Coalescer(batches.send)
    reader = command("b", on={"b": 0, "a": 0})
    writer = command("a", on={"a": 0})

    answers = await asyncio.gather(*map(coalescer.append, [reader, writer]))

    assert answers == [Appended(first=1, last=1, repeated=False), Appended(first=2, last=2, repeated=False)]
    assert batches.sent == [[reader.command_id], [writer.command_id]]


async def test_a_caller_who_went_away_before_the_send_is_skipped(batches: Batches, store: EventStore) -> None:
    coalescer = Coalescer(batches.send)
    batches.open.clear()
    first = asyncio.create_task(coalescer.append(command("a", on={"a": 0})))
    await asyncio.sleep(0.01)
    gone = asyncio.create_task(coalescer.append(command("b", on={"b": 0})))
    stays = asyncio.create_task(coalescer.append(command("c", on={"c": 0})))
    await asyncio.sleep(0.01)

    gone.cancel()
    batches.open.set()

    assert await first == Appended(first=1, last=1, repeated=False)
    assert await stays == Appended(first=2, last=2, repeated=False)
    assert [row.stream for row in await store.read("keha", 0)] == ["a", "c"]


async def test_a_caller_who_goes_away_during_the_send_harms_nobody(batches: Batches, store: EventStore) -> None:
    coalescer = Coalescer(batches.send)
    batches.open.clear()
    gone = asyncio.create_task(coalescer.append(command("a", on={"a": 0})))
    stays = asyncio.create_task(coalescer.append(command("b", on={"b": 0})))
    await asyncio.sleep(0.01)

    gone.cancel()
    batches.open.set()

    assert await stays == Appended(first=2, last=2, repeated=False)
    assert await coalescer.append(command("c", on={"c": 0})) == Appended(first=3, last=3, repeated=False)


async def test_a_poisoned_command_fails_alone(batches: Batches, store: EventStore) -> None:
    coalescer = Coalescer(batches.send)
    poisoned = command(event("p", b"?" * 32), on={"p": 0})
    commands = [command("a", on={"a": 0}), poisoned, command("b", on={"b": 0})]

    answers = await asyncio.gather(*map(coalescer.append, commands), return_exceptions=True)

    assert answers[0] == Appended(first=1, last=1, repeated=False)
    assert isinstance(answers[1], AppendRefused)
    assert answers[2] == Appended(first=2, last=2, repeated=False)
    assert batches.together() == [3, 1, 1, 1]
    assert await coalescer.append(command("c", on={"c": 0})) == Appended(first=3, last=3, repeated=False)


async def test_when_the_answer_to_a_batch_is_lost_its_commands_are_answered_all_the_same(
    batches: Batches, store: EventStore
) -> None:
    lost: list[object] = []

    async def send(batch: Sequence[Command]) -> list[Answer | OtherKey]:
        answers = await batches.send(batch)
        if not lost:
            lost.append(answers)
            raise ConnectionResetError
        return answers

    coalescer = Coalescer(send)

    answers = await asyncio.gather(*(coalescer.append(command(f"s{n}", on={f"s{n}": 0})) for n in range(3)))

    assert answers == [Appended(first=n, last=n, repeated=True) for n in (1, 2, 3)]
    assert await store.head("keha") == 3


async def test_the_queue_goes_on_when_connections_are_cut(
    store: EventStore, pool: Pool, owner: asyncpg.Connection
) -> None:
    async def appends(name: str) -> None:
        for version in range(40):
            asked = command(name, on={name: version})
            answer = None
            while answer is None:
                # A driver that loses its connection says so in many ways.
                with contextlib.suppress(Exception):
                    answer = await store.append("keha", asked)
            assert isinstance(answer, Appended)

    async def cuts() -> None:
        for _ in range(5):
            await asyncio.sleep(0.02)
            async with pool.acquire() as connection:
                # Its own connections are all that a login may end.
                await connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user "
                    "AND datname = current_database() AND pid <> pg_backend_pid()"
                )

    await asyncio.gather(cuts(), *(appends(f"s{n}") for n in range(8)))

    assert [row.position for row in await store.read("keha", 0)] == list(range(1, 321))


async def test_a_long_queue_is_cut_into_batches(batches: Batches) -> None:
    coalescer = Coalescer(batches.send)

    await asyncio.gather(*(coalescer.append(command(f"s{n}", on={f"s{n}": 0})) for n in range(MAX_COMMANDS + 5)))

    assert batches.together() == [MAX_COMMANDS, 5]


async def test_when_the_process_ends_nobody_waits_for_ever(batches: Batches) -> None:
    coalescer = Coalescer(batches.send)
    batches.open.clear()
    sent = asyncio.create_task(coalescer.append(command("a", on={"a": 0})))
    await asyncio.sleep(0.01)
    waiting = asyncio.create_task(coalescer.append(command("a", on={"a": 1}, id=os.urandom(16))))
    await asyncio.sleep(0)

    assert coalescer._task is not None
    coalescer._task.cancel()

    assert [type(each) for each in await asyncio.gather(sent, waiting, return_exceptions=True)] == [
        asyncio.CancelledError,
        asyncio.CancelledError,
    ]


async def test_a_batch_that_took_too_long_is_not_sent_again_one_by_one() -> None:
    sent: list[int] = []

    async def send(batch: Sequence[Command]) -> list[Answer | OtherKey]:
        sent.append(len(batch))
        raise TimeoutError

    coalescer = Coalescer(send)

    answers = await asyncio.gather(
        *(coalescer.append(command(f"s{n}", on={f"s{n}": 0})) for n in range(9)), return_exceptions=True
    )

    assert sent == [9]
    assert [type(answer) for answer in answers] == [TimeoutError] * 9
