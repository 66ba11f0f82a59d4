"""Several processes append to one ledger at once, as API, worker and follower do."""

import asyncio
import json
import sys
from collections import defaultdict
from pathlib import Path

from eventstore.made import command
from services.eventstore import EventStore, Listener, tail
from services.eventstore.connections import Pool
from services.local import PostgresUrls

WRITER = Path(__file__).with_name("writer.py")


async def write(url: str, seed: int, commands: int) -> dict[str, list[list[int]]]:
    """What a process was told is appended: by command its number of events, first and last position."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, WRITER, url, "keha", str(seed), str(commands), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    told: dict[str, list[list[int]]] = json.loads(output)
    return told


async def test_positions_have_no_gap_and_versions_are_right_under_three_processes(
    store: EventStore, database: PostgresUrls
) -> None:
    first, second, third = await asyncio.gather(*(write(database.app, n, 160) for n in range(3)))

    rows = [row async for row in store.stream_all("keha")]
    versions = defaultdict(list)
    stored = defaultdict(list)
    for row in rows:
        versions[row.stream].append(row.version)
        stored[row.command_id.hex()].append(row.position)
    told = first | second | third
    assert len(told) > 50
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))
    assert all(each == list(range(1, len(each) + 1)) for each in versions.values())
    assert [row.recorded_at for row in rows] == sorted(row.recorded_at for row in rows)
    # What callers were told is there, each command once and in one piece; and nothing else is there.
    assert {command: [[len(each), each[0], each[-1]]] for command, each in stored.items()} == told


async def test_a_tail_neither_skips_nor_repeats_while_three_processes_append(
    store: EventStore, pool: Pool, database: PostgresUrls
) -> None:
    last = command("last", on={"last": 0})

    async def follow() -> list[int]:
        seen = []
        async with Listener(database.app).listening() as listener:
            async for row in tail(pool, listener, "keha", poll_seconds=0.2):
                seen.append(row.position)
                if row.command_id == last.command_id:
                    break
        return seen

    follower = asyncio.create_task(follow())
    await asyncio.gather(*(write(database.app, n, 160) for n in range(3)))
    await store.append("keha", last)

    assert await follower == list(range(1, await store.head("keha") + 1))
