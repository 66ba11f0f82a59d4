"""A sealed log over HTTP, below /log/{ledger}: as c2sp.org/tlog-tiles has it, and proofs for those without its tools.

Tiles of hashes and checkpoints tell nothing of what happened. Bundles of entries are the events' headers (streams,
types, times): `entries` says who may read them.
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import Annotated, Literal, TypeVar

from fastapi import APIRouter, Path, Query, Response
from fastapi.params import Depends
from pydantic import BaseModel, ConfigDict, Field

from domain.errors import Refused
from domain.events.envelope import header
from domain.proof.checkpoint import Checkpoint, checkpoint_of
from domain.proof.merkle import Nodes, consistency, inclusion, leaf_hash, root
from domain.proof.note import note_of
from domain.proof.tiles import HEIGHT, Tile, TileRefused, bundle, hashes_of, nodes_of_tiles, tile_of_path, width_at
from services.eventstore.connections import Pool
from services.eventstore.read import LogBroken, read
from services.seal.store import SealStore

FRESH = "no-cache"
FOR_EVER = "public, max-age=31536000, immutable"
FOR_EVER_PRIVATE = "private, max-age=31536000, immutable"
_LARGEST = 2**63 - 1
_NAME = re.compile(r"[a-z0-9/._-]+")

_KNOWN = "SELECT true FROM log.head WHERE ledger = $1"

T = TypeVar("T")
Ledger = Annotated[str, Path(max_length=200)]
Count = Annotated[int, Query(ge=0, le=_LARGEST)]


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


def routes(store: SealStore, pool: Pool, entries: Sequence[Depends] = ()) -> APIRouter:
    """The addresses of all sealed logs. `entries` are dependencies that let a caller read events' headers, or refuse.

    Refusals: `unknown-ledger`, `unknown-checkpoint`, `unknown-tile` (404); `no-such-size`, `no-such-leaf` (422).
    """
    router = APIRouter(prefix="/log/{ledger}", tags=["proof"])
    served = _Served(store, pool)

    @router.get("/checkpoint", operation_id="log-checkpoint", response_class=Response)
    async def checkpoint(ledger: Ledger) -> Response:
        """The last checkpoint, a signed note (c2sp.org/tlog-checkpoint)."""
        note, _ = await served.checkpoint(ledger)
        return Response(note, media_type="text/plain; charset=utf-8", headers={"Cache-Control": FRESH})

    @router.get(
        "/tile/entries/{place:path}", operation_id="log-entries", response_class=Response, dependencies=[*entries]
    )
    async def bundle_of_entries(ledger: Ledger, place: Annotated[str, Path(max_length=100)]) -> Response:
        """Up to 256 entries, each behind its length in two bytes (c2sp.org/tlog-tiles). An entry is a header."""
        data = await served.entries(ledger, await served.tile(ledger, f"tile/entries/{place}"))
        return _bytes(data, FOR_EVER_PRIVATE)

    @router.get("/tile/{place:path}", operation_id="log-tile", response_class=Response)
    async def tile(ledger: Ledger, place: Annotated[str, Path(max_length=100)]) -> Response:
        """Up to 256 hashes of the tree (c2sp.org/tlog-tiles)."""
        data = await served.hashes(ledger, await served.tile(ledger, f"tile/{place}"))
        return _bytes(data, FOR_EVER)

    @router.get("/proof/inclusion", operation_id="log-inclusion")
    async def inclusion_proof(
        ledger: Ledger, response: Response, position: Count, size: Count | None = None
    ) -> Inclusion:
        """That the event at `position` is in the tree of `size` leaves, or of the last checkpoint."""
        of = await served.size(ledger, size, "size")
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

        response.headers["Cache-Control"] = FRESH if size is None else FOR_EVER
        return await served.proof(ledger, of, proof)

    @router.get("/proof/consistency", operation_id="log-consistency", response_model_by_alias=True)
    async def consistency_proof(
        ledger: Ledger,
        response: Response,
        first: Annotated[int, Query(alias="from", ge=0, le=_LARGEST)],
        second: Annotated[int | None, Query(alias="to", ge=0, le=_LARGEST)] = None,
    ) -> Consistency:
        """That the tree of `from` leaves is the beginning of the one of `to`, or of the last checkpoint."""
        to = await served.size(ledger, second, "to")
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

        response.headers["Cache-Control"] = FRESH if second is None else FOR_EVER
        return await served.proof(ledger, to, proof)

    return router


class _Served:
    """What is read to answer."""

    def __init__(self, store: SealStore, pool: Pool) -> None:
        self._store = store
        self._pool = pool

    async def checkpoint(self, ledger: str) -> tuple[bytes, Checkpoint]:
        if not _NAME.fullmatch(ledger) or not await self._pool.fetchval(_KNOWN, ledger):
            raise Refused("unknown-ledger", f"There is no ledger {ledger!r}.", field="ledger")
        note = await self._store.checkpoint(ledger)
        if note is None:
            raise Refused("unknown-checkpoint", "Nothing of this ledger is sealed yet.", mend="Try again in a second.")
        return note, checkpoint_of(note_of(note).text)

    async def size(self, ledger: str, size: int | None, field: str) -> int:
        _, checkpoint = await self.checkpoint(ledger)
        if size is not None and size > checkpoint.size:
            raise Refused("no-such-size", f"{checkpoint.size} events are sealed, not {size}.", field=field)
        return checkpoint.size if size is None else size

    async def tile(self, ledger: str, path: str) -> Tile:
        _, checkpoint = await self.checkpoint(ledger)
        try:
            tile = tile_of_path(path)
        except TileRefused:
            raise Refused("unknown-tile", "This is no address of a tile.") from None
        if width_at(checkpoint.size, tile.level, tile.index) < tile.width:
            raise Refused("unknown-tile", f"A log of {checkpoint.size} events has no such tile.")
        return tile

    async def hashes(self, ledger: str, tile: Tile) -> bytes:
        return await asyncio.to_thread(self._store.reader(ledger), tile.level or 0, tile.index, tile.width)

    async def entries(self, ledger: str, tile: Tile) -> bytes:
        """The headers, out of the log. Raises `LogBroken` if they aren't those that were sealed."""
        begin = tile.index << HEIGHT
        entries = [header(row) for row in await read(self._pool, ledger, begin, tile.width)]
        sealed = hashes_of(await self.hashes(ledger, Tile(0, tile.index, tile.width)))
        for position, (entry, each) in enumerate(zip(entries, sealed, strict=False), start=begin + 1):
            if leaf_hash(entry) != each:
                raise LogBroken(f"ledger {ledger}: the event at position {position} is not the one that was sealed")
        if len(entries) < len(sealed):
            raise LogBroken(f"ledger {ledger} ends before position {begin + tile.width}, which was sealed")
        return bundle(entries)

    async def proof(self, ledger: str, size: int, make: Callable[[Nodes], T]) -> T:
        return await asyncio.to_thread(make, nodes_of_tiles(self._store.reader(ledger), size))


def _bytes(data: bytes, caching: str) -> Response:
    return Response(data, media_type="application/octet-stream", headers={"Cache-Control": caching})
