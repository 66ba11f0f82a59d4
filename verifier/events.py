"""The pass over a bundle's events: each against its leaf, all of them against the tree, the scope and each other."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from hashlib import sha256

from domain.events.codec import Undecodable, decode_metadata
from domain.events.envelope import NONCE_BYTES, Row, body_digest, metadata_digest
from domain.proof.frontier import Frontier
from domain.proof.merkle import ProofRefused
from verifier import scope as scopes
from verifier.contents import Contents
from verifier.header import Header, reader, row_of
from verifier.records import GAP, HEADER, LEAF, BrokenRecord, Record, records
from verifier.report import Report
from verifier.scope import Period, Sample, WholeLedger

Follow = Callable[[Row], None]
MOST_LEVELS = 40
"""No gap stands for more than 2^40 events."""


class Events:
    """What is known of the events once they have passed by: `tree`, `roots`, and what they brought to the contents.

    `recorded` says of the sizes that were wanted when the last event before was recorded that is shown whole.
    """

    def __init__(
        self,
        report: Report,
        contents: Contents,
        ledger: str,
        *,
        wanted: Collection[int] = (),
        follow: Follow | None = None,
    ) -> None:
        """`wanted` are the sizes at which the tree's root is to be kept; `follow` is called with each whole event.

        Without `follow` no body is looked into: hashes and proofs alone.
        """
        self.tree = Frontier()
        self.roots: dict[int, bytes] = {}
        self.recorded: dict[int, datetime] = {}
        self._report, self._contents, self._ledger, self._follow = report, contents, ledger, follow
        self._scope = contents.scope
        self._wanted = sorted(set(wanted), reverse=True)
        self._reads = reader(ledger)
        self._position = 0
        self._versions: dict[bytes, int] = {}
        self._skipped = 0
        self._recorded = b""
        self._last: tuple[Header, bytes] | None = None
        self._outside: list[tuple[int, str]] = []
        self._shown: dict[int, str | None] = {}
        first = not isinstance(self._scope, Sample) and not (isinstance(self._scope, Period) and self._scope.first > 1)
        self._from_first = first

    def read(self, chunks: Iterable[bytes]) -> None:
        """Read all records. Where one breaks off, the rest isn't read: that is a fault, as all that doesn't hold."""
        tree, counts, follow = self.tree, self._contents.counts, self._follow
        sampled, ranged = isinstance(self._scope, Sample), isinstance(self._scope, Period)
        try:
            for record in records(chunks):
                kind, leaf, header, nonce, body, metadata = record
                if self._wanted and self._wanted[-1] <= tree.size:
                    self._keep()
                if kind == GAP:
                    self._gap(leaf)
                    continue
                tree.append(leaf)
                self._position += 1
                found = self._reads(header) if header else None
                if ranged:
                    self._in_range(self._position, self._position)
                if sampled:
                    self._shown[self._position] = None if found is None else found.type.decode()
                if kind == LEAF:
                    counts.leaves += 1
                    continue
                if (
                    found is None
                    or sha256(b"\x00" + header).digest() != leaf
                    or found.position != b"%d" % self._position
                ):
                    found = self._unlike(found, record)
                if found is None:
                    continue
                self._place(found)
                if kind == HEADER:
                    counts.headers += 1
                    self._header_only(found)
                    continue
                counts.events += 1
                self._last = found, metadata
                if (
                    sha256(b"\x03" + nonce + body).digest() != found.body
                    or sha256(b"\x04" + nonce + metadata).digest() != found.metadata
                    or len(nonce) != NONCE_BYTES
                ):
                    self._differs(found, record)
                elif follow is not None:
                    self._event(found, record, follow)
        except BrokenRecord as error:
            what = f"{error}: what follows event {self._position} can't be read"
            self._report.fault("records-broken", what, "a whole record", position=self._position + 1)
        self._keep()

    def end(self) -> None:
        """What can be told only when all have passed: which streams and which positions belong to the scope."""
        for position, stream in self._outside:
            if not scopes.holds(self._scope, self._contents.about, stream):
                self._fault(
                    "outside-scope", "it lies outside the bundle's scope", "an event of the scope", position, stream
                )
        if isinstance(self._scope, Sample):
            self._drawn(self._scope)

    def _keep(self) -> None:
        """Keep the root where it is wanted; a size that was passed within a gap is not to be had any more."""
        while self._wanted and self._wanted[-1] <= self.tree.size:
            size = self._wanted.pop()
            if size == self.tree.size:
                self.roots[size] = self.tree.root()
                recorded = None if self._last is None else _recorded(*self._last)
                if recorded is not None:
                    self.recorded[size] = recorded

    def _gap(self, said: bytes) -> None:
        level, root = said[0], said[1:]
        first = self._position + 1
        if level > MOST_LEVELS:
            raise BrokenRecord(f"a gap of 2^{level} events")
        try:
            self.tree.append_subtree(level, root)
        except ProofRefused as error:
            raise BrokenRecord(str(error)) from error
        count = 1 << level
        self._contents.counts.outside += count
        self._position += count
        if isinstance(self._scope, WholeLedger):
            what = f"events {first} to {self._position} are left out"
            self._report.fault("gap-in-scope", what, "each event, in a bundle of the whole ledger", position=first)
        elif isinstance(self._scope, Period) and first <= self._scope.last and self._position >= self._scope.first:
            what = f"events {first} to {self._position} are left out"
            self._report.fault("gap-in-scope", what, "each event of the period", position=first)

    def _in_range(self, first: int, last: int) -> None:
        scope = self._scope
        if isinstance(scope, Period) and not scope.first <= first <= last <= scope.last:
            self._fault("outside-scope", "it lies outside the bundle's period", "a gap", first, None)

    def _unlike(self, found: Header | None, record: Record) -> Header | None:
        """A header that isn't the one that was sealed at this place; None if there is none to go on with."""
        _, leaf, header, *_ = record
        has = sha256(b"\x00" + header).digest()
        stream = None if found is None else found.stream.decode()
        if found is None:
            self._fault(
                "header-malformed", "its header can't be read", f"a header of {self._ledger}", self._position, None
            )
        elif found.position != b"%d" % self._position:
            position = int(found.position)
            what = f"it stands where event {self._position} belongs"
            self._fault("position-differs", what, f"event {self._position}", position, stream)
            # From here on it is counted as the events say: one that is missing is told once.
            self._position = position
        if has != leaf:
            what = f"its header has the leaf {has.hex()}: it was changed"
            self._fault("leaf-differs", what, f"leaf {leaf.hex()}, as sealed", self._position, stream)
        return found

    def _place(self, found: Header) -> None:
        """Its version follows in its stream, its time in the ledger's, and its stream belongs to the scope."""
        version, before = int(found.version), self._versions.get(found.stream)
        if before is None:
            expected = 1
            wrong = self._from_first and version != 1
            if not scopes.holds(self._scope, self._contents.about, found.stream.decode()):
                self._outside.append((int(found.position), found.stream.decode()))
        else:
            expected = before + 1
            wrong = version != expected
            if isinstance(self._scope, Sample):
                wrong = version <= before
        if wrong and not self._withheld(version - expected):
            what = f"it is version {version} of its stream"
            self._fault("version-skipped", what, f"version {expected}", int(found.position), found.stream.decode())
        self._versions[found.stream] = version
        if found.recorded_at < self._recorded:
            what = f"it was recorded at {found.recorded_at.decode()}, before the event that it follows"
            should = f"{self._recorded.decode()} or later"
            self._fault("time-runs-back", what, should, int(found.position), found.stream.decode())
        self._recorded = found.recorded_at

    def _withheld(self, skipped: int) -> bool:
        """Whether so many versions may be events that are withheld whole: each of these is one, of one stream."""
        if not 0 < skipped <= self._contents.counts.leaves - self._skipped:
            return False
        self._skipped += skipped
        return True

    def _differs(self, found: Header, record: Record) -> None:
        _, _, _, nonce, body, metadata = record
        if len(nonce) != NONCE_BYTES:
            self._fault_at(found, "nonce-malformed", f"a nonce of {len(nonce)} bytes", f"{NONCE_BYTES} bytes")
        for name, has, should in (
            ("body", body_digest(nonce, body), found.body),
            ("metadata", metadata_digest(nonce, metadata), found.metadata),
        ):
            if has != should:
                what = f"its {name} was changed: it has the digest {has.hex()}"
                self._fault_at(found, f"{name}-differs", what, f"digest {should.hex()}, as in its header")

    def _header_only(self, found: Header) -> None:
        try:
            self._contents.look_at_header(row_of(self._ledger, found))
        except ValueError as error:
            self._fault_at(found, "header-malformed", f"its header says no instant: {error}", "instants")

    def _event(self, found: Header, record: Record, follow: Follow) -> None:
        _, _, _, nonce, body, metadata = record
        try:
            row = row_of(self._ledger, found, nonce, body, metadata)
        except ValueError as error:
            self._fault_at(found, "header-malformed", f"its header says no instant: {error}", "instants")
            return
        follow(row)

    def _drawn(self, sample: Sample) -> None:
        """Draw again, from what is shown: what lies hidden would have to be shown, if it came first."""
        fits = {position for position, type_ in self._shown.items() if not sample.types or type_ in sample.types}
        drawn, last = scopes.lowest(sample, fits)
        for position in sorted(fits - drawn):
            self._fault("not-drawn", "the sample doesn't draw it", "an event with a lower ticket", position, None)
        for position in sorted(drawn - fits):
            self._fault("drawn-hidden", "the sample draws it, and it isn't shown", "shown", position, None)
        others = self._shown.keys() - fits
        for position in scopes.passed_over(sample, drawn, last):
            if self._shown.get(position) is None:
                what = "its ticket is among the lowest, and what it is isn't shown"
                self._fault("drawn-hidden", what, "its header, if it is of another type", position, None)
            others.discard(position)
        for position in sorted(others):
            self._fault("not-drawn", "the draw doesn't come to it", "a gap", position, None)

    def _fault_at(self, found: Header, code: str, what: str, should: str) -> None:
        self._fault(code, what, should, int(found.position), found.stream.decode())

    def _fault(self, code: str, what: str, should: str, position: int, stream: str | None) -> None:
        self._report.fault(code, what, should, position=position, stream=stream)


def _recorded(header: Header, metadata: bytes) -> datetime | None:
    """When an event was recorded by the wall clock, which a demo's simulated time isn't; None if that is unclear."""
    try:
        wall = decode_metadata(metadata).wall
        return datetime.fromisoformat(header.recorded_at.decode()) if wall is None else wall
    except (Undecodable, ValueError):
        return None
