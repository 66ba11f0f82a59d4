"""The seal that a bundle rests on: a published checkpoint, the tiles of its tree, and what ties it to earlier ones."""

import asyncio
from dataclasses import dataclass

from domain.proof.checkpoint import Checkpoint, checkpoint_of, opened
from domain.proof.keys import LogKeys
from domain.proof.merkle import Nodes, consistency, root
from domain.proof.note import NoteRefused, note_of
from domain.proof.tiles import TileRefused, nodes_of_tiles
from services.eventstore.connections import Pool
from services.eventstore.read import LogBroken, head
from services.seal.installation import installation_of
from services.seal.store import SealStore
from verifier.ed25519 import verify
from verifier.proof import Proof, Timestamp


class NothingSealed(RuntimeError):
    """No checkpoint of the ledger is published."""


class NoSuchCheckpoint(RuntimeError):
    """No checkpoint of the size that is pinned is kept, or the log doesn't continue it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A ledger as far as it is sealed. `nodes` are those of its tree; they block, so ask them in a thread."""

    ledger: str
    history: int
    note: bytes
    checkpoint: Checkpoint
    keys: LogKeys
    nodes: Nodes

    @property
    def size(self) -> int:
        """How many events are sealed."""
        return self.checkpoint.size


async def sealed(store: SealStore, pool: Pool, ledger: str) -> Sealed:
    """The ledger at its published checkpoint. Raises `NothingSealed`, and `LogBroken` where it can't be trusted.

    While sealing is refused, it can't, whichever events are asked for: what was altered may lie between them.
    """
    refused = await store.refusal(ledger)
    if refused is not None:
        raise LogBroken(f"nothing more is sealed: {refused}")
    published = await store.published(ledger)
    if published is None:
        raise NothingSealed(ledger)
    try:
        keys = (await installation_of(pool, ledger)).keys
        said = checkpoint_of(note_of(published.note).text)
        end = await head(pool, ledger)
        if end < said.size:
            raise LogBroken(f"ledger {ledger} ends at position {end}, but {said.size} events were sealed")
        known = [key for key in (keys.at(said.size),) if key is not None]
        checkpoint, _ = opened(published.note, keys.origin or said.origin, known, verify)
        nodes = nodes_of_tiles(store.reader(ledger, published.history), checkpoint.size)
        found = await asyncio.to_thread(root, nodes, checkpoint.size)
    except (NoteRefused, TileRefused, FileNotFoundError) as error:
        raise LogBroken(f"ledger {ledger}: the published checkpoint can't be trusted: {error}") from error
    if found != checkpoint.root:
        raise LogBroken(
            f"ledger {ledger}: the tiles lead to the root {found.hex()}, but the checkpoint of {checkpoint.size} "
            f"events says {checkpoint.root.hex()}"
        )
    return Sealed(
        ledger=ledger,
        history=published.history,
        note=published.note,
        checkpoint=checkpoint,
        keys=keys,
        nodes=nodes,
    )


async def proof(store: SealStore, found: Sealed, pinned: int | None, last: int) -> Proof:
    """What ties the checkpoint to the one of `pinned` events, and the event at position `last` to a time.

    Of the time-stamps come along the first one that covers the event, and the last one. Raises `NoSuchCheckpoint`.
    """
    note: bytes | None = None
    path: list[bytes] = []
    if pinned is not None:
        note = await _kept(store, found, pinned)
        path = await asyncio.to_thread(consistency, found.nodes, pinned, found.size)
    return Proof(
        keys=tuple(str(key) for position, key in found.keys.introduced if position <= found.size),
        checkpoint=found.note,
        pinned=note,
        consistency=tuple(path),
        timestamps=await _timestamps(store, found, last),
    )


async def _kept(store: SealStore, found: Sealed, size: int) -> bytes:
    """The copy of a checkpoint that the log continues: of this history, or of one before a restore."""
    if size <= found.size:
        there = await asyncio.to_thread(root, found.nodes, size)
        for history in range(found.history, -1, -1):
            note = await store.kept(found.ledger, history, size)
            if note is not None and checkpoint_of(note_of(note).text).root == there:
                return note
    raise NoSuchCheckpoint(str(size))


async def _timestamps(store: SealStore, found: Sealed, last: int) -> tuple[Timestamp, ...]:
    stamped = await store.stamps(found.ledger)
    sizes = sorted(each.size for each in stamped if each.history == found.history and each.size <= found.size)
    covering = [size for size in sizes if size >= last]
    stamps = []
    for size in sorted({*covering[:1], *sizes[-1:]}):
        note = await store.kept(found.ledger, found.history, size)
        answer = await store.stamp(found.ledger, found.history, size)
        if note is not None and answer is not None:
            stamps.append(Timestamp(size=size, checkpoint=note, answer=answer))
    return tuple(stamps)
