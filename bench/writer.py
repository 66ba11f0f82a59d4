"""A process that appends for the tail's measurement: `python -m bench.writer URL LEDGER NAME EVENTS`."""

import asyncio
import sys

import asyncpg

from bench.made import Client
from services.eventstore import Appended, EventStore

CLIENTS = 16
COMMANDS = (1, 1, 1, 2, 5)
"""How many events its commands have, in turn."""


async def main(url: str, ledger: str, name: str, events: int) -> None:
    """Append so many events or a few more, from several clients at once."""
    async with asyncpg.create_pool(url, min_size=1, max_size=4) as pool:
        store = EventStore(pool)
        done = 0

        async def client(number: int) -> None:
            nonlocal done
            me, turn = Client(f"{name}-{number}"), number
            while done < events:
                turn += 1
                command = me.command(COMMANDS[turn % len(COMMANDS)])
                done += len(command.events)
                match await store.append(ledger, command):
                    case Appended(repeated=False):
                        pass
                    case answer:
                        raise RuntimeError(f"an append was answered with {answer}")

        await asyncio.gather(*map(client, range(CLIENTS)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
