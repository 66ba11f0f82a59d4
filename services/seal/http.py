"""A sealed log over HTTP, below /log/{ledger}: as c2sp.org/tlog-tiles has it, and proofs for those without its tools.

Tiles of hashes and checkpoints tell nothing of what happened. Bundles of entries are the events' headers (streams,
types, times): `entries` says who may read them.
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

from fastapi import APIRouter, Path, Query, Response
from fastapi.params import Depends
from pydantic import BaseModel, ConfigDict, Field

from domain.errors import Refused
from domain.events.envelope import header
from domain.proof.checkpoint import Checkpoint, checkpoint_of
from domain.proof.keys import LogKeys
from domain.proof.merkle import HASH_BYTES, Nodes, consistency, inclusion, leaf_hash, root
from domain.proof.note import note_of
from domain.proof.tiles import (
    HEIGHT,
    ReadTile,
    Tile,
    TileRefused,
    bundle,
    hashes_of,
    nodes_of_tiles,
    tile_of_path,
    width_at,
)
from services.eventstore.connections import Pool
from services.eventstore.read import LogBroken, read
from services.seal.installation import installation_of
from services.seal.store import SealStore

FRESH = "no-cache"
FRESH_PRIVATE = "private, no-cache"
FOR_EVER = "public, max-age=31536000, immutable"
_LARGEST = 2**63 - 1
_NAME = re.compile(r"[a-z0-9/._-]+")

_KNOWN = "SELECT true FROM log.head WHERE ledger = $1"

T = TypeVar("T")
Ledger = Annotated[str, Path(max_length=200)]
Count = Annotated[int, Query(ge=0, le=_LARGEST)]
History = Annotated[
    int | None,
    Query(ge=0, le=999_999, description="Of a history before the last restore; not given: of the present one."),
]


class Inclusion(BaseModel):
    """That an event is in the tree (RFC 6962, section 2.1.1). Hashes are in hex."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["inclusion"] = "inclusion"
    position: int = Field(description="The event's position, from 1. It is leaf `position` - 1 of the tree.")
    size: int = Field(description="Of how many leaves the tree is.")
    leaf: str
    root: str
    proof: list[str] = Field(description="From the leaf to the root.")


class Consistency(BaseModel):
    """That a tree is the beginning of another (RFC 6962, section 2.1.2). Hashes are in hex."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    kind: Literal["consistency"] = "consistency"
    first: int = Field(serialization_alias="from")
    second: int = Field(serialization_alias="to")
    first_root: str = Field(serialization_alias="from_root")
    second_root: str = Field(serialization_alias="to_root")
    proof: list[str]


class IntroducedKey(BaseModel):
    """A key of the log, and the position of the event that introduced it."""

    model_config = ConfigDict(extra="forbid")

    position: int
    verifier_key: str = Field(description="Name, id and key, joined by plus signs (c2sp.org/signed-note).")


class LogKeysShown(BaseModel):
    """The keys that signed a log's checkpoints, the one in use last."""

    model_config = ConfigDict(extra="forbid", title="LogKeys")

    keys: list[IntroducedKey]


def routes(store: SealStore, pool: Pool, entries: Sequence[Depends] = ()) -> APIRouter:
    """The addresses of all sealed logs. `entries` are dependencies that let a caller read events' headers, or refuse.

    Refusals: `unknown-ledger`, `unknown-checkpoint`, `unknown-tile` (404); `no-such-size`, `no-such-leaf` (422).
    """
    router = APIRouter(prefix="/log/{ledger}", tags=["proof"])
    served = _Served(store, pool)

    @router.get("/checkpoint", operation_id="log-checkpoint", response_class=Response)
    async def checkpoint(ledger: Ledger, history: History = None) -> Response:
        """The last checkpoint, a signed note (c2sp.org/tlog-checkpoint)."""
        sealed = await served.sealed(ledger, history)
        return Response(sealed.note, media_type="text/plain; charset=utf-8", headers={"Cache-Control": FRESH})

    @router.get("/keys", operation_id="log-keys")
    async def keys(ledger: Ledger, response: Response) -> LogKeysShown:
        """The keys that the log's own events introduced. Whether they are the agency's is to be asked elsewhere."""
        found = await served.keys(ledger)
        response.headers["Cache-Control"] = FRESH
        shown = [IntroducedKey(position=position, verifier_key=str(key)) for position, key in found.introduced]
        return LogKeysShown(keys=shown)

    @router.get(
        "/tile/entries/{place:path}", operation_id="log-entries", response_class=Response, dependencies=[*entries]
    )
    async def bundle_of_entries(ledger: Ledger, place: Annotated[str, Path(max_length=100)]) -> Response:
        """Up to 256 entries, each behind its length in two bytes (c2sp.org/tlog-tiles). An entry is a header."""
        sealed = await served.sealed(ledger)
        data = await served.entries(ledger, sealed, sealed.tile(f"tile/entries/{place}"))
        return _bytes(data, FRESH_PRIVATE)

    @router.get("/tile/{place:path}", operation_id="log-tile", response_class=Response)
    async def tile(ledger: Ledger, place: Annotated[str, Path(max_length=100)], history: History = None) -> Response:
        """Up to 256 hashes of the tree (c2sp.org/tlog-tiles)."""
        sealed = await served.sealed(ledger, history)
        tile = sealed.tile(f"tile/{place}")
        return _bytes(await served.hashes(ledger, sealed, tile), _caching(tile.width, history))

    @router.get("/proof/inclusion", operation_id="log-inclusion")
    async def inclusion_proof(
        ledger: Ledger, response: Response, position: Count, size: Count | None = None, history: History = None
    ) -> Inclusion:
        """That the event at `position` is in the tree of `size` leaves, or of the last checkpoint."""
        sealed = await served.sealed(ledger, history)
        of = sealed.size(size, "size")
        if not 1 <= position <= of:
            raise Refused("no-such-leaf", f"A tree of {of} events has none at position {position}.", field="position")

        def proof(nodes: Nodes) -> Inclusion:
            return Inclusion(
                position=position,
                size=of,
                leaf=nodes(0, position - 1).hex(),
                root=root(nodes, of).hex(),
                proof=[each.hex() for each in inclusion(nodes, position - 1, of)],
            )

        response.headers["Cache-Control"] = _caching(size, history)
        return await served.proof(ledger, sealed, of, proof)

    @router.get("/proof/consistency", operation_id="log-consistency", response_model_by_alias=True)
    async def consistency_proof(
        ledger: Ledger,
        response: Response,
        first: Annotated[int, Query(alias="from", ge=0, le=_LARGEST)],
        second: Annotated[int | None, Query(alias="to", ge=0, le=_LARGEST)] = None,
        history: History = None,
    ) -> Consistency:
        """That the tree of `from` leaves is the beginning of the one of `to`, or of the last checkpoint."""
        sealed = await served.sealed(ledger, history)
        to = sealed.size(second, "to")
        if first > to:
            raise Refused("no-such-size", f"A tree of {first} events is no beginning of one of {to}.", field="from")

        def proof(nodes: Nodes) -> Consistency:
            return Consistency(
                first=first,
                second=to,
                first_root=root(nodes, first).hex(),
                second_root=root(nodes, to).hex(),
                proof=[each.hex() for each in consistency(nodes, first, to)],
            )

        response.headers["Cache-Control"] = _caching(second, history)
        return await served.proof(ledger, sealed, to, proof)

    return router


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A history of a log, as far as it is sealed."""

    history: int
    note: bytes
    checkpoint: Checkpoint

    def size(self, size: int | None, field: str) -> int:
        if size is not None and size > self.checkpoint.size:
            raise Refused("no-such-size", f"{self.checkpoint.size} events are sealed, not {size}.", field=field)
        return self.checkpoint.size if size is None else size

    def tile(self, path: str) -> Tile:
        try:
            tile = tile_of_path(path)
        except TileRefused:
            raise Refused("unknown-tile", "This is no address of a tile.") from None
        if width_at(self.checkpoint.size, tile.level, tile.index) < tile.width:
            raise Refused("unknown-tile", f"A log of {self.checkpoint.size} events has no such tile.")
        return tile


class _Served:
    """What is read to answer."""

    def __init__(self, store: SealStore, pool: Pool) -> None:
        self._store = store
        self._pool = pool

    async def keys(self, ledger: str) -> LogKeys:
        await self._known(ledger)
        return (await installation_of(self._pool, ledger)).keys

    async def _known(self, ledger: str) -> None:
        if not _NAME.fullmatch(ledger) or not await self._pool.fetchval(_KNOWN, ledger):
            raise Refused("unknown-ledger", f"There is no ledger {ledger!r}.", field="ledger")

    async def sealed(self, ledger: str, history: int | None = None) -> _Sealed:
        await self._known(ledger)
        found = await self._store.published(ledger, history)
        if found is None:
            raise Refused("unknown-checkpoint", "Nothing of this is sealed yet.", mend="Try again in a second.")
        return _Sealed(found.history, found.note, checkpoint_of(note_of(found.note).text))

    def tiles(self, ledger: str, sealed: _Sealed) -> ReadTile:
        """The tiles at each width, also at those for which no checkpoint was signed."""
        stored = self._store.reader(ledger, sealed.history)

        def read_tile(level: int, index: int, width: int) -> bytes:
            try:
                return stored(level, index, width)
            except FileNotFoundError:
                return stored(level, index, width_at(sealed.checkpoint.size, level, index))[: width * HASH_BYTES]

        return read_tile

    async def hashes(self, ledger: str, sealed: _Sealed, tile: Tile) -> bytes:
        return await asyncio.to_thread(self.tiles(ledger, sealed), tile.level or 0, tile.index, tile.width)

    async def entries(self, ledger: str, sealed: _Sealed, tile: Tile) -> bytes:
        """The headers, out of the log. Raises `LogBroken` if they aren't those that were sealed."""
        begin = tile.index << HEIGHT
        entries = [header(row) for row in await read(self._pool, ledger, begin, tile.width)]
        hashes = hashes_of(await self.hashes(ledger, sealed, Tile(0, tile.index, tile.width)))
        for position, (entry, each) in enumerate(zip(entries, hashes, strict=False), start=begin + 1):
            if leaf_hash(entry) != each:
                raise LogBroken(f"ledger {ledger}: the event at position {position} is not the one that was sealed")
        if len(entries) < len(hashes):
            raise LogBroken(f"ledger {ledger} ends before position {begin + tile.width}, which was sealed")
        return bundle(entries)

    async def proof(self, ledger: str, sealed: _Sealed, size: int, make: Callable[[Nodes], T]) -> T:
        return await asyncio.to_thread(make, nodes_of_tiles(self.tiles(ledger, sealed), size))


def _caching(size: int | None, history: int | None) -> str:
    """A proof or a tile of a size never changes within a history; which history is the present one does."""
    return FRESH if size is None or history is None else FOR_EVER


def _bytes(data: bytes, caching: str) -> Response:
    return Response(data, media_type="application/octet-stream", headers={"Cache-Control": caching})
