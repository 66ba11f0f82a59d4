"""The subscription behind the read models, and their rebuild beside it.

A rebuild follows the log into the next generation under a name of its own, while the present one serves and goes on. In
one transaction it then takes the last events and the live checkpoint, and says that the new generation serves.
"""

from collections.abc import Sequence

from domain.events.envelope import Row, leaf
from services.eventstore.connections import Connection, Pool
from services.eventstore.read import head, pages
from services.eventstore.subscribe import Subscription, catch_up
from services.readmodels.tables import project

NAME = "read-models"
REBUILD = "read-models-rebuild"
FIRST = 1

_GENERATION = "SELECT generation FROM app.read_model WHERE ledger = $1"
_BEGIN = "INSERT INTO app.subscription (name, ledger, position) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING"
_LOCK = "SELECT position, event_digest FROM app.subscription WHERE name = $1 AND ledger = $2 FOR UPDATE"
_FORGET = "DELETE FROM app.subscription WHERE name = $1 AND ledger = $2"
_MOVE = """
UPDATE app.subscription SET position = $3, event_digest = $4, moved_at = clock_timestamp()
WHERE name = $1 AND ledger = $2
"""
_SERVE = """
INSERT INTO app.read_model (ledger, generation) VALUES ($1, $2)
ON CONFLICT (ledger) DO UPDATE SET generation = EXCLUDED.generation
"""
# One that serves no longer, or one that a rebuild left unfinished.
_DROP_ROWS = "DELETE FROM app.board_row WHERE ledger = $1 AND (generation < $2 OR generation > $3)"
_DROP_TRAIL = "DELETE FROM app.trail_entry WHERE ledger = $1 AND (generation < $2 OR generation > $3)"


async def generation_of(connection: Connection, ledger: str) -> int:
    """Which generation of a ledger's read models serves."""
    return int(await connection.fetchval(_GENERATION, ledger) or FIRST)


async def _live(connection: Connection, rows: Sequence[Row]) -> None:
    # The checkpoint's lock is held, so no rebuild changes the generation meanwhile.
    await project(connection, await generation_of(connection, rows[0].ledger), rows)


async def _shadow(connection: Connection, rows: Sequence[Row]) -> None:
    await project(connection, await generation_of(connection, rows[0].ledger) + 1, rows)


SUBSCRIPTION = Subscription(name=NAME, handle=_live)
"""Keeps the read models: for `run_subscriptions`."""
_REBUILDING = Subscription(name=REBUILD, handle=_shadow)


async def rebuild(pool: Pool, ledger: str) -> int:
    """Make a ledger's read models anew from its first event, and answer the position that they hold. Safe to repeat."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(_BEGIN, REBUILD, ledger)
        await connection.fetchrow(_LOCK, REBUILD, ledger)
        serving = await generation_of(connection, ledger)
        await _drop(connection, ledger, serving, serving)
        await connection.execute(_MOVE, REBUILD, ledger, 0, None)
    await catch_up(pool, _REBUILDING, ledger)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(_BEGIN, NAME, ledger)
        live = await connection.fetchrow(_LOCK, NAME, ledger)
        shadow = await connection.fetchrow(_LOCK, REBUILD, ledger)
        if shadow is None:
            # Another process rebuilt it meanwhile: what serves now is as new.
            return int(live["position"]) if live is not None else 0
        position, digest = shadow["position"], shadow["event_digest"]
        serving = await generation_of(connection, ledger) + 1
        async for rows in pages(connection, ledger, position, await head(connection, ledger)):
            await project(connection, serving, rows)
            position, digest = rows[-1].position, leaf(rows[-1])
        await connection.execute(_SERVE, ledger, serving)
        await connection.execute(_MOVE, NAME, ledger, position, digest)
        await connection.execute(_FORGET, REBUILD, ledger)
    async with pool.acquire() as connection, connection.transaction():
        # The old generation goes afterwards, so that nobody waits for it; one that another rebuild fills now stays.
        await _drop(connection, ledger, serving, serving + 1)
    return int(position)


async def _drop(connection: Connection, ledger: str, first: int, last: int) -> None:
    """Drop all generations but those from `first` to `last`."""
    await connection.execute(_DROP_ROWS, ledger, first, last)
    await connection.execute(_DROP_TRAIL, ledger, first, last)
