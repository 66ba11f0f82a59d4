"""After a restore to an earlier point: what of a ledger is lost, recorded in the ledger, and its followers set back.

The last checkpoint kept outside says how far the log went. The operator records the loss and cites that checkpoint;
the sealer then begins the next history of the log, and what follows the log goes on behind the last event that is the
same as before.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

import structlog

from domain.attestation import RecordOperation
from domain.events.attestation import Operation
from domain.events.envelope import leaf
from domain.proof.checkpoint import Checkpoint, checkpoint_of
from domain.proof.frontier import Frontier
from domain.proof.merkle import EMPTY_ROOT, complete_root, root
from domain.proof.note import NoteRefused, note_of
from domain.proof.tiles import HEIGHT, WIDTH, TileRefused, hashes_of, nodes_of_tiles
from domain.values import OPERATOR, Words
from services.commands import Handler, Request
from services.eventstore.connections import Connection, Pool
from services.eventstore.read import read, stream_all
from services.evidence import FILE_USES
from services.identity import IDENTITIES
from services.readmodels import SUBSCRIPTION as READ_MODELS
from services.readmodels import ReadModels
from services.seal import SealKey, SealStore
from services.seal.installation import installation_of
from services.seal.sealer import open_checkpoint
from services.seal.store import Kept

_log = structlog.get_logger(__name__)

_FOLLOWERS = "SELECT name, position, event_digest FROM app.subscription WHERE ledger = $1 ORDER BY name FOR UPDATE"
_SET_BACK = """
UPDATE app.subscription SET position = $3, event_digest = $4, moved_at = clock_timestamp()
WHERE name = $1 AND ledger = $2
"""
_INDEXES: Mapping[str, str] = {
    IDENTITIES.name: "DELETE FROM app.identity WHERE ledger = $1",
    FILE_USES.name: "DELETE FROM app.file_use WHERE ledger = $1",
}
"""Followers whose rows are made again from the first event on: some may be of events that are no more."""


class CannotCompare(RuntimeError):
    """There is nothing outside to compare the log with, or nothing that can be trusted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What a log lacks of what was sealed. `agreed` is the last position up to which it is the same as before."""

    note: bytes
    sealed: int
    agreed: int

    @property
    def lost(self) -> int:
        """How many sealed events are no more."""
        return self.sealed - self.agreed


async def loss_of(pool: Pool, store: SealStore, ledger: str, key: SealKey) -> Loss | None:
    """What is lost of a ledger; None where its log is a continuation of the last checkpoint kept outside.

    None also where the loss is recorded and nothing was sealed since. Raises `CannotCompare`, and `LogBroken` for a log
    with a gap, which no restore leaves behind.
    """
    kept = await store.last_kept(ledger)
    if kept is None:
        raise CannotCompare(f"No checkpoint of {ledger} is kept outside: there is nothing to compare it with.")
    recorded = await installation_of(pool, ledger)
    if kept.note in recorded.restores:
        return None
    origin = recorded.keys.origin or kept.note.split(b"\n")[0].decode(errors="replace")
    try:
        last = open_checkpoint(kept.note, origin, recorded.keys, key)
    except NoteRefused as error:
        raise CannotCompare(
            f"The last checkpoint of {ledger} that is kept outside can't be trusted: {error}."
        ) from error
    agreed = await _agreed_by_tiles(pool, store, ledger, kept.history, last)
    if agreed is None:
        _log.warning("without tiles, what is lost is counted from the last checkpoint that agrees", ledger=ledger)
        agreed = await _agreed_by_copies(pool, store, ledger, kept)
    return None if agreed == last.size else Loss(note=kept.note, sealed=last.size, agreed=agreed)


async def _agreed_by_tiles(pool: Pool, store: SealStore, ledger: str, history: int, last: Checkpoint) -> int | None:
    """The last position up to which each event is the one that was sealed; None where the tiles don't say."""
    read_tile = store.reader(ledger, history)
    nodes = nodes_of_tiles(read_tile, last.size)
    try:
        if await asyncio.to_thread(root, nodes, last.size) != last.root:
            return None
        for begin in range(0, last.size, WIDTH):
            width = min(WIDTH, last.size - begin)
            sealed = hashes_of(await asyncio.to_thread(read_tile, 0, begin // WIDTH, width))
            if width == WIDTH and complete_root(sealed) != await asyncio.to_thread(nodes, HEIGHT, begin // WIDTH):
                return None
            there = [leaf(row) for row in await read(pool, ledger, begin, width)]
            if there != sealed:
                return begin + next(n for n in range(width) if there[n : n + 1] != sealed[n : n + 1])
    except (FileNotFoundError, TileRefused):
        return None
    return last.size


async def _agreed_by_copies(pool: Pool, store: SealStore, ledger: str, kept: Kept) -> int:
    """The size of the largest checkpoint in that history of which the log is a continuation."""
    sizes = await store.sizes_kept(ledger, kept.history)
    wanted, roots, tree = set(sizes), [(0, EMPTY_ROOT)], Frontier()
    async for row in stream_all(pool, ledger):
        tree.append(leaf(row))
        if tree.size in wanted:
            roots.append((tree.size, tree.root()))

    async def agrees(size: int, found: bytes) -> bool:
        note = await store.kept(ledger, kept.history, size)
        return note is not None and checkpoint_of(note_of(note).text).root == found

    # Each checkpoint is a continuation of those before it, so halving finds the last one that agrees.
    low, high = 0, len(roots) - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if await agrees(*roots[middle]) else (low, middle - 1)
    return roots[low][0]


async def resume(
    handler: Handler, pool: Pool, readmodels: ReadModels, ledger: str, loss: Loss, *, by: Words, reason: Words
) -> tuple[str, ...]:
    """Set a ledger's followers back to what is there, record the loss, and answer whom it concerned.

    Safe to repeat, also where it broke off: the record is the last step. Raises `Refused`.
    """
    behind = await set_back(pool, readmodels, ledger, loss.agreed)
    await handler.handle(
        Request(
            ledger=ledger,
            by=OPERATOR,
            key=f"after-restore/{sha256(loss.note).hexdigest()}",
            command=RecordOperation(
                operation=Operation.RESTORE,
                performed_at=await handler.now(ledger),
                performed_by=by,
                reason=reason,
                checkpoint=loss.note.decode(),
                lost=loss.lost,
            ),
            received_at=datetime.now(UTC),
        )
    )
    return behind


async def set_back(pool: Pool, readmodels: ReadModels, ledger: str, agreed: int) -> tuple[str, ...]:
    """Set the followers back that handled events which are no more, and answer which; `agreed` are still the same.

    Those that act elsewhere go on behind these; what can be made again from the log is made anew.
    """
    behind: list[str] = []
    async with pool.acquire() as connection, connection.transaction():
        for name, position, digest in await connection.fetch(_FOLLOWERS, ledger):
            if position == 0 or await _leaf_at(connection, ledger, position) == digest:
                continue
            behind.append(name)
            until = 0 if name in _INDEXES else agreed
            await connection.execute(_SET_BACK, name, ledger, until, await _leaf_at(connection, ledger, until))
            if name in _INDEXES:
                await connection.execute(_INDEXES[name], ledger)
    if READ_MODELS.name in behind:
        await readmodels.rebuild(ledger)
    return tuple(behind)


async def _leaf_at(connection: Connection, ledger: str, position: int) -> bytes | None:
    rows = await read(connection, ledger, position - 1, 1) if position else []
    return leaf(rows[0]) if rows else None
