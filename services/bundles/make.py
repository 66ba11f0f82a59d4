"""Making a bundle: the events of a scope from Postgres, what lies between them from the seal, files from their store.

A published checkpoint says how far a bundle goes. The log is append-only, so pages of it are one consistent reading;
and each event must be the one that was sealed, or no bundle is made and the event is named. Only a disclosure can go
meanwhile, by an erasure: then the bundle is made when that erasure is sealed, too.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TypeVar

from domain.canonical import parse
from domain.events.envelope import Row, leaf
from domain.proof.merkle import Nodes, subtrees
from domain.proof.note import verifier_key
from domain.values import Digest, SubjectId
from services.bundles.positions import Within, about, within
from services.bundles.sealed import Sealed, proof, sealed
from services.eventstore.connections import Pool
from services.eventstore.erased import ErasedBy, erased_by
from services.eventstore.read import PAGE, LogBroken, read, read_at, salted_disclosures
from services.evidence import EvidenceStore, FileDiffers, Manifest
from services.seal import SealStore
from verifier.proof import Proof
from verifier.scope import Scope, check
from verifier.verify import verify
from verifier.write import BundleWriter

T = TypeVar("T")

NOTHING: frozenset[str] = frozenset()


class Withheld(Enum):
    """How much of an event isn't handed out."""

    CONTENTS = "contents"
    """It shows its header: stream, type and times."""
    ALL = "all"
    """It shows its leaf."""


Reading = Callable[[Row], frozenset[str] | Withheld]
"""What of an event is handed out: all but the words of some commitments, or less than that."""

VERIFIED = 20_000
"""Bundles of at most so many events, which takes a second or two, are verified before they are handed out. Of larger
ones each event, disclosure and file was compared while it was written.
"""


class BundleUnsound(RuntimeError):
    """What was made doesn't verify: a fault of this program."""


class NotSealedYet(RuntimeError):
    """Words were erased by an event that no checkpoint covers yet: a moment later one will."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be made. `pinned` is the size of the checkpoint that the auditor knows; `files` says whether files
    come along or are told by their hashes; `words` whether the disclosures do or are marked as withheld; `reading` what
    the one who asks may read at all.
    """

    scope: Scope
    pinned: int | None = None
    files: bool = True
    words: bool = True
    reading: Reading = lambda _: NOTHING


class BundleMaker:
    """Makes bundles of the ledgers of a store."""

    def __init__(self, pool: Pool, seal: SealStore, evidence: EvidenceStore) -> None:
        """Over the log, its seal, and the files that it names."""
        self._pool = pool
        self._seal = seal
        self._evidence = evidence

    async def sealed(self, ledger: str) -> Sealed:
        """The ledger as far as it is sealed now. Raises `NothingSealed`, `LogBroken`."""
        return await sealed(self._seal, self._pool, ledger)

    async def about(self, found: Sealed, scope: Scope) -> frozenset[SubjectId]:
        """The subjects of which a bundle would hold the events; none where it is about the ledger as a whole."""
        return await about(self._pool, found.ledger, scope, found.size)

    async def make(self, path: Path, found: Sealed, wanted: Wanted) -> Digest:
        """Write a bundle to a file, and answer the SHA-256 of all of it. Where it fails, the file is of no use.

        Raises `LogBroken` where the log isn't what was sealed, `NotSealedYet`, `NoSuchCheckpoint`, `BundleUnsound`, and
        what the verifier raises for what no bundle is about or holds: `NoScope`, `TooLarge`.
        """
        check(wanted.scope, found.size)
        events = await within(self._pool, found.ledger, wanted.scope, found.size)
        tied = await proof(self._seal, found, wanted.pinned, max(events.positions, default=found.size))
        with path.open("w+b") as file:
            making = _Making(self._pool, self._evidence, found, wanted, tied, file)
            await making.events(events)
            await making.disclosures()
            await making.files()
            digest = Digest(await asyncio.to_thread(making.writer.finish, tied))
        if len(events.positions) <= VERIFIED:
            report = await asyncio.to_thread(verify, path, keys=list(map(verifier_key, tied.keys)))
            if not report.ok:
                raise BundleUnsound(str(report.faults[0]))
        return digest


class _Making:
    """One bundle on its way."""

    def __init__(
        self, pool: Pool, evidence: EvidenceStore, found: Sealed, wanted: Wanted, tied: Proof, file: BinaryIO
    ) -> None:
        self._pool = pool
        self._evidence = evidence
        self._sealed = found
        self._ledger = found.ledger
        self._wanted = wanted
        self._cuts = [each.size for each in tied.timestamps]
        self._withheld: set[str] = set()
        self._manifests: dict[str, Manifest] = {}
        self._within = Within(positions=())
        self.writer = BundleWriter(file, ledger=found.ledger, origin=found.checkpoint.origin, scope=wanted.scope)

    async def events(self, found: Within) -> None:
        """The events of the scope, and between them the roots of what lies outside."""
        self._within = found
        for begin in range(0, len(found.positions), PAGE):
            rows = await self._rows(found.positions[begin : begin + PAGE])
            await asyncio.to_thread(self._put, rows)
        await asyncio.to_thread(self._gap, self._sealed.size)

    async def _rows(self, positions: Sequence[int]) -> list[Row]:
        if not isinstance(positions, range):
            return await read_at(self._pool, self._ledger, positions)
        rows = await read(self._pool, self._ledger, positions[0] - 1, len(positions))
        if len(rows) < len(positions):
            end = positions[0] - 1 + len(rows)
            raise LogBroken(f"ledger {self._ledger} ends at position {end}, but {self._sealed.size} events were sealed")
        return rows

    def _put(self, rows: Iterable[Row]) -> None:
        for row in rows:
            there, sealed = leaf(row), self._sealed.nodes(0, row.position - 1)
            if there != sealed:
                raise LogBroken(
                    f"ledger {self._ledger}: the event at position {row.position} has the leaf {there.hex()}, but "
                    f"{sealed.hex()} was sealed"
                )
            self._gap(row.position - 1)
            shown_for_the_draw = row.position in self._within.headers
            withheld = Withheld.CONTENTS if shown_for_the_draw else self._wanted.reading(row)
            if withheld is Withheld.ALL:
                self.writer.leaf(sealed)
            elif withheld is Withheld.CONTENTS:
                self.writer.header_only(row, sealed)
            else:
                self._withheld |= withheld
                self.writer.event(row, sealed)

    def _gap(self, end: int) -> None:
        """What lies between the last event and leaf `end`, cut where a time-stamp must be proved."""
        for cut in sorted({end, *(each for each in self._cuts if each < end)}):
            if cut > self.writer.size:
                self.writer.gap(self.writer.size, cut, _hashes(self._sealed.nodes, self.writer.size, cut))

    async def disclosures(self) -> None:
        """What the events' words stand for; or that they are withheld, or were erased."""
        for wanted in _pages(self.writer.commitments()):
            found = await salted_disclosures(self._pool, self._ledger, map(bytes.fromhex, wanted))
            gone = [key for key in map(bytes.fromhex, wanted) if key not in found]
            erased = await erased_by(self._pool, self._ledger, gone) if gone else {}
            for each in wanted:
                disclosed = found.get(bytes.fromhex(each))
                if disclosed is None:
                    await self._gone(each, erased.get(bytes.fromhex(each)))
                else:
                    await self._disclosed(each, *disclosed)

    async def _disclosed(self, commitment: Digest, salt: bytes, value: bytes) -> None:
        if sha256(b"\x02" + salt + value).hexdigest() != commitment:
            raise LogBroken(
                f"ledger {self._ledger}: {await self._place(commitment)} commits to {commitment}, and the disclosure "
                "that is stored for it is another one"
            )
        if not self._wanted.words or commitment in self._withheld:
            self.writer.withheld(commitment)
            return
        self.writer.disclosure(commitment, salt, value)
        pair = parse(value)
        if isinstance(pair, list) and isinstance(pair[1], dict) and "object" in pair[1]:
            manifest = Manifest(**pair[1])
            self._manifests.setdefault(manifest.sha256, manifest)

    async def _gone(self, commitment: Digest, by: ErasedBy | None) -> None:
        if by is None:
            raise LogBroken(
                f"ledger {self._ledger}: {await self._place(commitment)} commits to {commitment}, whose disclosure is "
                "gone, and no erasure took it"
            )
        if by.position is None:
            raise LogBroken(
                f"ledger {self._ledger}: {await self._place(commitment)} commits to {commitment}, which the erasure "
                f"{by.erasure} took, whose events a restore lost: let it be proposed and confirmed anew"
            )
        if by.position > self._sealed.size:
            raise NotSealedYet(f"ledger {self._ledger}: erasure {by.erasure} at position {by.position}")
        self.writer.erased(commitment, by.erasure, by.position)

    async def _place(self, commitment: str) -> str:
        """The first event of the scope that names a commitment; looked for only to say what is broken."""
        positions = self._within.positions
        for begin in range(0, len(positions), PAGE):
            for row in await self._rows(positions[begin : begin + PAGE]):
                if commitment.encode() in row.body:
                    return f"the event at position {row.position}"
        return "an event"

    async def files(self) -> None:
        """The files that the disclosures name, each content once."""
        if not self._wanted.files:
            return
        for each in self.writer.files():
            manifest = self._manifests[each.sha256]
            try:
                await asyncio.to_thread(self.writer.evidence, each.sha256, self._evidence.pieces(manifest))
            except (FileNotFoundError, FileDiffers) as error:
                why = "is another one" if isinstance(error, FileDiffers) else "is gone"
                raise LogBroken(
                    f"ledger {self._ledger}: {await self._place(each.commitment)} names the file {each.sha256}, and "
                    f"what was stored of it {why}"
                ) from error


def _hashes(nodes: Nodes, begin: int, end: int) -> list[bytes]:
    return [nodes(level, index) for level, index in subtrees(begin, end)]


def _pages(values: Iterator[T]) -> Iterator[list[T]]:
    while page := list(islice(values, PAGE)):
        yield page
