"""Writing a bundle: in the order of its files, piece by piece, so that none needs to fit in memory.

    writer = BundleWriter(file, ledger=…, origin=…, scope=…)
    for …: writer.event(row) | writer.header_only(row) | writer.leaf(leaf) | writer.gap(begin, end, hashes)
    for commitment in writer.commitments(): writer.disclosure(…) | writer.withheld(…) | writer.erased(…)
    for each in writer.files(): writer.evidence(each.sha256, chunks)      # those that are to be included
    digest = writer.finish(proof)

What a caller gets wrong raises `ValueError`: a bundle that doesn't verify isn't written by mistake.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from domain.canonical import Json, canonical, parse
from domain.events.envelope import Row, leaf
from domain.proof.checkpoint import checkpoint_of
from domain.proof.note import note_of
from domain.values import Digest
from verifier import package, records
from verifier.container import ContainerWriter, EntryWriter
from verifier.contents import Contents, DisclosedFile
from verifier.index import LANGUAGES, MOST_LIGHTS, Facts, index, name_of
from verifier.lights import NAME as LIGHTS
from verifier.manifest import NAME, Manifest
from verifier.proof import Proof, proof_json
from verifier.proof import name_of as stamp_name
from verifier.scope import Scope, check

_HEX = re.compile(r"[0-9a-f]{64}")


class Unreplayable(ValueError):
    """An event that isn't what its type says: no bundle that holds it would verify. C01 tells of it, too."""


class BundleWriter:
    """Writes one bundle to a file that is open for writing and reading at its beginning (`w+b`)."""

    def __init__(self, file: BinaryIO, *, ledger: str, origin: str, scope: Scope, program: bytes | None = None) -> None:
        """`origin` is the name of the ledger's log in its checkpoints; `program` another `verify.pyz` than this one."""
        self._container = ContainerWriter(file)
        self._ledger, self._origin, self._scope = ledger, origin, scope
        self._contents = Contents(scope)
        self._size = 0
        self._last = self._last_file = ""
        self._program = package.program() if program is None else program
        self._container.put("__main__.py", package.starter())
        self._events: EntryWriter | None = self._container.begin("events.bin", deflated=True)
        self._disclosures: EntryWriter | None = None

    @property
    def size(self) -> int:
        """How many leaves were written: events of all kinds, and those in gaps."""
        return self._size

    def event(self, row: Row, sealed: bytes | None = None) -> None:
        """The next event, whole. `sealed` is its leaf as it was sealed (from the log's tiles); else what the row has.

        With it a bundle of a log that was changed says which event was.
        """
        self._next(row)
        try:
            self._contents.event(row)
        except Exception as error:
            raise Unreplayable(f"event {row.position} ({row.type}) can't be replayed: {error!r}") from error
        self._record(records.event_record(row, leaf(row) if sealed is None else sealed))
        self._size += 1

    def header_only(self, row: Row, sealed: bytes | None = None) -> None:
        """The next event, body and metadata withheld. Only the digests of these are in the bundle, not they."""
        self._next(row)
        self._contents.header_only(row)
        self._record(records.header_record(row, leaf(row) if sealed is None else sealed))
        self._size += 1

    def leaf(self, sealed: bytes) -> None:
        """The next event, withheld whole: its leaf (`domain.events.envelope.leaf`)."""
        self._contents.counts.leaves += 1
        self._record(records.leaf_record(sealed))
        self._size += 1

    def gap(self, begin: int, end: int, hashes: Sequence[bytes]) -> None:
        """The leaves [begin, end), from 0, which lie outside the scope, by the roots of `subtrees(begin, end)`.

        The event at position p is leaf p - 1. Time-stamps are proved where a gap ends or an event stands: cut a gap at
        the size of a checkpoint that was stamped.
        """
        if not self._size == begin < end:
            raise ValueError(f"after {self._size} leaves no gap from {begin} to {end} begins")
        for record in records.gap_records(begin, end, hashes):
            self._record(record)
        self._contents.counts.outside += end - begin
        self._size = end

    def _next(self, row: Row) -> None:
        if row.position != self._size + 1 or row.ledger != self._ledger:
            raise ValueError(f"event {row.position} of {row.ledger} after {self._size} of {self._ledger}")

    def _record(self, record: bytes) -> None:
        if self._events is None:
            raise ValueError("events come before disclosures")
        self._events.write(record)

    def commitments(self) -> Iterator[Digest]:
        """Which disclosures are wanted, in the order in which they must come: what the events name. Ends the events."""
        if self._events is not None:
            self._events = None
            self._disclosures = self._container.begin("disclosures.jsonl", deflated=True)
        return iter(self._contents.named)

    def disclosure(self, commitment: Digest, salt: bytes, value: bytes) -> None:
        """What a commitment stands for: `value` is canonical [kind, value], as the log keeps it."""
        pair = parse(value)
        if not isinstance(pair, list) or len(pair) != 2:  # noqa: PLR2004
            raise ValueError("a disclosure is [kind, value]")
        self._contents.opened(commitment, str(pair[0]), pair[1])
        self._line(commitment, {"salt": salt.hex(), "value": pair})

    def withheld(self, commitment: Digest) -> None:
        """A disclosure that exists and is not handed out."""
        self._contents.counts.withheld += 1
        self._line(commitment, {"withheld": True})

    def erased(self, commitment: Digest, erasure: str, position: int) -> None:
        """A disclosure that was erased: by which erasure, and the position of the event that confirmed it."""
        self._contents.erased(commitment, erasure, position)
        self._line(commitment, {"erased": {"erasure": erasure, "position": position}})

    def _line(self, commitment: Digest, said: dict[str, Json]) -> None:
        if self._disclosures is None or _HEX.fullmatch(commitment) is None or commitment <= self._last:
            raise ValueError("disclosures come after the events, in the order of `commitments`, each once")
        self._last = commitment
        self._disclosures.write(canonical({"commitment": commitment, **said}) + b"\n")

    def files(self) -> tuple[DisclosedFile, ...]:
        """The files that are disclosed, each content once, in the order in which they must come."""
        by_digest = {each.sha256: each for each in self._contents.files}
        return tuple(by_digest[digest] for digest in sorted(by_digest))

    def evidence(self, sha256: str, chunks: Iterable[bytes]) -> None:
        """A file of the evidence, in the order of `files`. A file that isn't included is told by its hash alone."""
        self._ended()
        if _HEX.fullmatch(sha256) is None or sha256 <= self._last_file:
            raise ValueError("evidence comes in the order of `files`, each once")
        entry = self._container.begin(f"evidence/{sha256}", deflated=False)
        for chunk in chunks:
            entry.write(chunk)
        self._last_file = sha256
        self._contents.included.add(sha256)
        self._contents.counts.included += 1

    def _ended(self) -> None:
        for _ in () if self._disclosures is not None else self.commitments():
            break

    def finish(self, proof: Proof) -> str:
        """Write the rest; answers the SHA-256 of the whole file, in hex. The checkpoint is that of all leaves."""
        self._ended()
        checkpoint = checkpoint_of(note_of(proof.checkpoint).text)
        if checkpoint.size != self._size or checkpoint.origin != self._origin:
            raise ValueError(f"a checkpoint of {checkpoint.size} events of {checkpoint.origin} for {self._size}")
        check(self._scope, self._size)
        put = self._container.put
        put("evidence.json", self._contents.evidence_json(), deflated=True)
        put("proof.json", canonical(proof_json(proof, self._ledger, self._origin)))
        for each in proof.timestamps:
            put(stamp_name(each.size), each.answer)
        first, count = self._lights()
        facts = Facts(
            contents=self._contents,
            ledger=self._ledger,
            origin=self._origin,
            size=self._size,
            root=checkpoint.root.hex(),
            lights=first,
            light_count=count,
            stamps=[each.size for each in proof.timestamps],
        )
        for language in LANGUAGES:
            put(name_of(language), index(facts, language), deflated=True)
        put("verify.pyz", self._program)
        put(NAME, self._manifest())
        return self._container.close().hex()

    def _lights(self) -> tuple[list[dict[str, Json]] | None, int]:
        """Write the lights; answers the first ones, for the index, and how many there are."""
        entry = self._container.begin(LIGHTS, deflated=True)
        lights = self._contents.lights
        if lights is None:
            return None, 0
        first: list[dict[str, Json]] = []
        count = 0
        for count, light in enumerate(lights.claim(self._scope, self._contents.about), 1):
            entry.write(canonical(light) + b"\n")
            if count <= MOST_LIGHTS:
                first.append(light)
        return first, count

    def _manifest(self) -> bytes:
        manifest = Manifest(
            ledger=self._ledger,
            origin=self._origin,
            size=self._size,
            scope=self._scope,
            counts=self._contents.counts.json(),
            agreement=self._contents.agreements(),
            files=tuple(self._container.written),
        )
        return bytes(manifest)
