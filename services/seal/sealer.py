"""The sealer of a ledger: its tree grows with the log, and its checkpoints say so, signed.

A round writes the tiles first, then the checkpoint's copy outside, then publishes it. Killed anywhere between, it finds
its place by the last copy: what came before it is redone alike, what is missing after it made up.

It signs nothing that isn't a continuation of the last copy, and refuses loudly. It looks at the last event it sealed
in each round, and at one tile's events in turn, so a log that is altered below its seal is noticed by and by.
Tiles that are lost or damaged are made again from the log, if its root is the one that was sealed; where all of a
ledger's are to be, its folder of tiles can be removed.

It signs with the key that the ledger's events introduced, and has the first one introduced. Where they record that the
end of the log was lost in a restore, and cite the last copy, it begins the next history of the log.
"""

import asyncio
import secrets
import time
from dataclasses import dataclass
from typing import Protocol

import structlog

from domain.events.envelope import leaf
from domain.proof.checkpoint import Checkpoint, checkpoint_of, opened
from domain.proof.growth import GrowingTiles, TileData
from domain.proof.keys import LogKeys
from domain.proof.merkle import root
from domain.proof.note import NoteRefused, VerifierKey, note_of
from domain.proof.tiles import HEIGHT, WIDTH, Tile, TileRefused, hashes_of, nodes_of_tiles, tiles_between, width_at
from services.eventstore.connections import Connection
from services.eventstore.read import LogBroken, head, pages, read
from services.seal.installation import Installation
from services.seal.keys import SealKey
from services.seal.store import Kept, Published, SealStore
from verifier.ed25519 import verify

_log = structlog.get_logger(__name__)

ROUND = 64_000
"""How many events a checkpoint covers at most beyond the last: what was done is kept also in a long catching up."""
LOOK_SECONDS = 10.0
"""How often a tile's events are compared again while nothing new comes."""

# One sealer a ledger, as long as its connection lives; whoever finds it locked stands by.
_LOCK = "SELECT pg_try_advisory_lock(hashtextextended($1, 0))"


class SealRefused(RuntimeError):
    """The log isn't a continuation of what was sealed. Nothing more is signed until somebody has looked."""


@dataclass(frozen=True, slots=True)
class _State:
    """Where the sealer is: what was published last, the last copy, and the tree, which may be ahead of both."""

    published: Published | None
    history: int
    last: Checkpoint | None
    tree: GrowingTiles


class Recorded(Protocol):
    """What the ledger's events say of its seal."""

    async def installation(self) -> Installation:
        """What they say by now."""
        ...

    async def introduce(self, key: VerifierKey) -> None:
        """Record a ledger's first key."""
        ...


class Sealer:
    """Seals one ledger, over one connection. Any number of processes may have one: the first to come does the work."""

    def __init__(
        self, connection: Connection, store: SealStore, ledger: str, origin: str, key: SealKey, recorded: Recorded
    ) -> None:
        """`origin` names the log and its key where the ledger's events don't name it yet."""
        self._connection = connection
        self._locked = False
        self._store = store
        self._ledger = ledger
        self._origin = origin
        self._key = key
        self._recorded = recorded
        self._installation = Installation()
        self._state: _State | None = None
        self._looked_at = 0.0
        self._next_tile: int | None = None

    @property
    def size(self) -> int:
        """How many events are sealed, as far as this sealer knows."""
        return 0 if self._state is None else self._state.tree.size

    @property
    def is_at_work(self) -> bool:
        """Whether it is this one that seals, and not one of another process."""
        return self._locked

    def idle(self, position: int) -> bool:
        """Whether there is nothing to do while the ledger ends at `position`."""
        if self._state is None or self._state.tree.size != position:
            return False
        return time.monotonic() < self._looked_at + LOOK_SECONDS

    async def round(self) -> Checkpoint | None:
        """Seal what is there, at most `ROUND` events, and answer the checkpoint that is published then.

        None if nothing was ever sealed, or another sealer is at it. Raises `SealRefused`.
        """
        try:
            self._locked = self._locked or await self._connection.fetchval(_LOCK, f"etappi/seal/{self._ledger}")
            return await self._round() if self._locked else None
        except BaseException as error:
            # What is in memory may be ahead of what is written.
            self._state = None
            if isinstance(error, LogBroken | NoteRefused):
                raise SealRefused(str(error)) from error
            raise

    async def _round(self) -> Checkpoint | None:
        self._installation = await self._recorded.installation()
        published = await self._store.published(self._ledger)
        if self._state is None or self._state.published != published:
            self._state = await self._resumed(published)
        state = self._state
        history, last, tree = state.history, state.last, state.tree
        begin = tree.size
        await self._look(tree, history)
        if last is None and not await self._begun():
            return None
        keys = self._installation.keys
        self._check_key(keys.current)
        # At once as far as the log goes: a history that follows another, for a log shouldn't seem to shrink; and where
        # the key was introduced that far ahead, for what came before it is the former one's.
        whole = (last is None and history > 0) or keys.at(begin + ROUND) != keys.current
        await self._extend(tree, history, None if whole else begin + ROUND)
        if tree.size == begin:
            return last
        await self._store.put_tiles(self._ledger, history, _grown(tree, begin))
        checkpoint = Checkpoint(origin=self._log, size=tree.size, root=tree.root())
        note = await self._signed(checkpoint, history, last)
        await self._store.publish(self._ledger, history, note)
        self._state = _State(Published(history, note), history, checkpoint, tree)
        for tile in _filled(begin, tree.size):
            await self._store.drop_partial(self._ledger, history, tile)
        return checkpoint

    async def _begun(self) -> bool:
        """Whether there is something to seal and a key for it; the first key is introduced here."""
        if await head(self._connection, self._ledger) == 0:
            return False
        if self._installation.keys.current is None:
            await self._recorded.introduce(self._key.verifier(self._origin))
            self._installation = await self._recorded.installation()
        return True

    def _check_key(self, wanted: VerifierKey | None) -> None:
        ours = self._key.verifier(self._log)
        if ours != wanted:
            raise SealRefused(
                f"{self._name} is to be signed with {wanted}, and the key at hand is {ours}: put the former one back, "
                f"or record the new one by `etappi ledger rotate-key {self._ledger}`"
            )

    async def _signed(self, checkpoint: Checkpoint, history: int, last: Checkpoint | None) -> bytes:
        """Sign a checkpoint and keep its copy, if the last copy is the one from which the tree was continued."""
        # Read behind the events: a key that one of them introduced is known now.
        self._installation = await self._recorded.installation()
        self._check_key(self._installation.keys.at(checkpoint.size))
        if last is not None:
            kept = await self._store.kept(self._ledger, history, last.size)
            if kept is None or self._opened(kept, "the last copy of a checkpoint") != last:
                raise SealRefused(f"{self._name}: the copy of the checkpoint of {last.size} events is gone, or another")
        note = self._key.sign(self._log, checkpoint.text)
        found = await self._store.keep(self._ledger, history, checkpoint.size, note)
        if found != note and self._opened(found, "the copy kept for this size") != checkpoint:
            raise SealRefused(f"{self._name}: another checkpoint of {checkpoint.size} events is kept")
        return found

    async def _resumed(self, published: Published | None) -> _State:
        """The tree at the last copy outside, made up where a crash left it, and checked against it."""
        public = None if published is None else self._opened(published.note, "the published checkpoint")
        kept = await self._store.last_kept(
            self._ledger, None if published is None or public is None else Kept(published.history, public.size, b"")
        )
        if kept is None:
            if public is not None:
                raise SealRefused(f"{self._name}: sealed to {public.size} events, but no copy of a checkpoint is kept")
            return _State(None, 0, None, GrowingTiles())
        if kept.note in self._installation.restores:
            return _State(published, kept.history + 1, None, GrowingTiles())
        last = self._opened(kept.note, "the last copy of a checkpoint")
        if last.size != kept.size:
            raise SealRefused(f"{self._name}: the copy of a checkpoint of {last.size} events lies under {kept.size}")
        if published is not None and public is not None and self._is_ahead(published, public, kept, last):
            raise SealRefused(
                f"{self._name}: the published checkpoint, of {public.size} events, isn't kept outside; "
                f"the last copy is of {last.size} events and root {last.root.hex()}"
            )
        history = kept.history
        tree = await self._stored_tree(last, history)
        if tree is None:
            _log.warning("the tiles are made again from the log", ledger=self._ledger, size=last.size)
            tree = await self._remade(last, history)
        if published is not None and public is not None and (published.history, public.size) < (history, last.size):
            same = published.history == history
            if same and await self._root_at(public.size, history) != public.root:
                raise SealRefused(f"{self._name}: the published checkpoint, of {public.size} events, is no beginning")
        if published is None or published != Published(history, kept.note):
            published = Published(history, kept.note)
            await self._store.publish(self._ledger, history, kept.note)
        return _State(published, history, last, tree)

    @staticmethod
    def _is_ahead(published: Published, public: Checkpoint, kept: Kept, last: Checkpoint) -> bool:
        """Whether what is published isn't kept outside."""
        if published.history != kept.history:
            return published.history > kept.history
        return public.size > last.size or (public.size == last.size and public != last)

    async def _stored_tree(self, last: Checkpoint, history: int) -> GrowingTiles | None:
        try:
            read_tile = self._store.reader(self._ledger, history)
            tree = await asyncio.to_thread(GrowingTiles.from_tiles, read_tile, last.size)
        except (FileNotFoundError, TileRefused):
            return None
        return tree if tree.root() == last.root else None

    async def _root_at(self, size: int, history: int) -> bytes | None:
        try:
            return await asyncio.to_thread(root, nodes_of_tiles(self._store.reader(self._ledger, history), size), size)
        except (FileNotFoundError, TileRefused):
            return None

    async def _remade(self, last: Checkpoint, history: int) -> GrowingTiles:
        tree = GrowingTiles()
        await self._extend(tree, history, last.size)
        if tree.size < last.size:
            raise SealRefused(f"{self._name} ends at position {tree.size}, but {last.size} events were sealed")
        if tree.root() != last.root:
            raise SealRefused(
                f"{self._name}: its first {last.size} events lead to the root {tree.root().hex()}, but "
                f"{last.root.hex()} was sealed"
            )
        await self._store.put_tiles(self._ledger, history, _grown(tree, 0))
        return tree

    async def _extend(self, tree: GrowingTiles, history: int, until: int | None) -> None:
        async for rows in pages(self._connection, self._ledger, tree.size, until):
            full = list(tree.append(b"".join(map(leaf, rows))))
            if full:
                await self._store.put_tiles(self._ledger, history, full)

    async def _look(self, tree: GrowingTiles, history: int) -> None:
        """Compare the last event, and a tile of events, with what was sealed of them."""
        if tree.size == 0:
            return
        tiles = (tree.size + WIDTH - 1) // WIDTH
        # It begins anywhere: a process that is restarted often would else look at the first ones only.
        chosen = secrets.randbelow(tiles) if self._next_tile is None else self._next_tile % tiles
        read_tile = self._store.reader(self._ledger, history)
        for index in {tiles - 1, chosen}:
            width = width_at(tree.size, 0, index)
            try:
                data = await asyncio.to_thread(read_tile, 0, index, width)
            except FileNotFoundError:
                raise SealRefused(f"{self._name}: the tile {Tile(0, index, width).path} is gone") from None
            rows = await read(self._connection, self._ledger, index * WIDTH, width)
            for position, sealed in enumerate(hashes_of(data), start=index * WIDTH + 1):
                at = position - index * WIDTH - 1
                if at >= len(rows):
                    end = await head(self._connection, self._ledger)
                    raise SealRefused(f"{self._name} ends at position {end}, but {tree.size} events were sealed")
                if leaf(rows[at]) != sealed:
                    raise SealRefused(
                        f"{self._name}: the event at position {position} has the leaf {leaf(rows[at]).hex()}, but "
                        f"{sealed.hex()} was sealed"
                    )
        self._next_tile = chosen + 1
        self._looked_at = time.monotonic()

    def _opened(self, note: bytes, what: str) -> Checkpoint:
        try:
            return open_checkpoint(note, self._log, self._installation.keys, self._key)
        except NoteRefused as error:
            raise SealRefused(f"{self._name}: {what} can't be trusted: {error}") from error

    @property
    def _log(self) -> str:
        """The log's name: what its keys say, or what the first one will."""
        return self._installation.keys.origin or self._origin

    @property
    def _name(self) -> str:
        return f"ledger {self._ledger}"


def open_checkpoint(note: bytes, origin: str, keys: LogKeys, own: SealKey) -> Checkpoint:
    """The checkpoint in a note: signed by the key that the events say, or by ours, which may yet have to be recorded.

    Raises `NoteRefused`.
    """
    ours = own.verifier(origin)
    said = keys.at(checkpoint_of(note_of(note).text).size) or ours
    return opened(note, origin, {said, ours}, verify)[0]


def _grown(tree: GrowingTiles, begin: int) -> list[TileData]:
    """The partial tiles that changed since the tree had `begin` leaves."""
    changed = set(tiles_between(begin, tree.size))
    return [each for each in tree.partial() if each.tile in changed]


def _filled(begin: int, end: int) -> list[Tile]:
    """The tiles that were partial at `begin` leaves and are full at `end`."""
    filled, level = [], 0
    while count := begin >> (HEIGHT * level):
        tile = Tile(level, count // WIDTH)
        if count % WIDTH and width_at(end, level, tile.index) == WIDTH:
            filled.append(tile)
        level += 1
    return filled
