"""A process of its own that appends: `python writer.py URL LEDGER SEED COMMANDS`. Prints what was appended."""

import asyncio
import json
import random
import sys
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import asyncpg

from eventstore.made import command
from services.eventstore import Appended, EventStore

STREAMS = ("a", "b", "c", "d/1", "d/2")


async def main(url: str, ledger: str, seed: int, commands: int) -> None:
    """Eight callers at once, each writing to some streams and reading others, at the versions that it knows."""
    chance = random.Random(seed)
    appended: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    async with asyncpg.create_pool(url, min_size=1, max_size=4) as pool:
        store = EventStore(pool)

        async def caller() -> None:
            for _ in range(commands // 8):
                chosen = chance.sample(STREAMS, chance.randint(1, 3))
                written = [stream for stream in chosen for _ in range(chance.randint(0, 2))] or chosen[:1]
                on = await store.stream_versions(ledger, chosen)
                asked = command(*written, on=on)
                answers = await asyncio.gather(*[store.append(ledger, asked) for _ in range(chance.randint(1, 3))])
                for answer in answers:
                    if isinstance(answer, Appended) and not answer.repeated:
                        appended[asked.command_id.hex()].append((len(written), answer.first, answer.last))

        await asyncio.gather(*(caller() for _ in range(8)))
    sys.stdout.write(json.dumps(appended))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
