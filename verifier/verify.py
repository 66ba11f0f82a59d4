"""Verifying a bundle: every hash, every proof, and that its events come to what it claims.

In this order: the last record and the container, the manifest, the events, the disclosures, the evidence, the
checkpoint with what it continues, the lights, the index. Each file is read once, piece by piece.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from domain.canonical import NotCanonical, parse
from domain.events.codec import EVENTS, Undecodable, decode, decode_metadata
from domain.events.envelope import Row
from domain.proof.checkpoint import checkpoint_of
from domain.proof.note import NoteRefused, VerifierKey, note_of
from verifier import package
from verifier.attested import Attestations
from verifier.claims import check_claims
from verifier.container import Container, Entry, Malformed
from verifier.contents import Contents
from verifier.disclosures import BrokenLine, Erased, Unfit, disclosures, unfounded
from verifier.events import Events
from verifier.header import reader
from verifier.index import LANGUAGES, name_of
from verifier.lights import NAME as LIGHTS
from verifier.manifest import LARGEST, NAME, Manifest, ManifestMalformed, deflated, in_order, manifest_of
from verifier.pin import Pin
from verifier.proof import LARGEST_ANSWER, Proof, ProofMalformed, proof_of
from verifier.records import EVENT, BrokenRecord, Record, records
from verifier.report import MOST_ALIKE, Report
from verifier.scope import WholeLedger, scope_json, whole_streams
from verifier.trust import Told, Trust

LARGEST_WHOLE = 1 << 26
"""The most bytes of each file that is read as a whole: 64 MiB."""

BROKEN_OFF = frozenset({"file-broken", "records-broken"})
"""Faults of `events.bin` after which no more events can be read."""


def verify(
    path: Path,
    *,
    pin: Pin | None = None,
    keys: Sequence[VerifierKey] = (),
    authorities: bytes | None = None,
    replay: bool = True,
    strict: bool = False,
) -> Report:
    """What is found in the file. Whatever its bytes, it answers a report; all holds only where that has no faults.

    `pin` is what the auditor has seen of the log, `keys` are those that they trust, `authorities` the certificates of
    those whose time-stamps they trust (`timestamp.check_signature`). Without `replay` hashes and proofs
    alone are checked: bodies aren't looked into, and so neither which disclosures are named, nor lights, nor the index.
    With `strict` each body and all metadata must be decoded by the codec, to the letter; that takes twice the time.
    """
    report = Report()
    try:
        with path.open("rb") as file:
            _Verification(report, file, pin, keys, authorities, replay=replay, strict=strict).run()
    except OSError as error:
        report.fault("unreadable", f"{path} can't be read: {error.strerror}", "a bundle")
    except _Unusable as error:
        report.fault(error.code, str(error), error.should)
    return report


class _Unusable(Exception):
    """What makes the rest of the file meaningless."""

    def __init__(self, code: str, what: object, should: str) -> None:
        super().__init__(str(what))
        self.code, self.should = code, should


class _Verification:
    """One run over one file."""

    def __init__(
        self,
        report: Report,
        file: BinaryIO,
        pin: Pin | None,
        keys: Sequence[VerifierKey],
        authorities: bytes | None,
        *,
        replay: bool,
        strict: bool,
    ) -> None:
        self.report, self.replay, self.strict = report, replay, strict
        self.pin, self.keys, self.authorities = pin, keys, authorities
        try:
            self.container = Container(file)
        except Malformed as error:
            raise _Unusable("not-a-bundle", error, "a bundle, whole") from error

    def run(self) -> None:
        """All checks."""
        report = self.report
        said, has, report.sha256 = self.container.sealed()
        if said != has:
            report.fault("last-record-differs", f"the bytes before the last record have the SHA-256 {has}", said)
        self.manifest = manifest = self._manifest()
        report.ledger, report.origin, report.size = manifest.ledger, manifest.origin, manifest.size
        report.scope = scope_json(manifest.scope)
        self.contents, self.told = Contents(manifest.scope), Told()
        whole = isinstance(manifest.scope, WholeLedger)
        if whole_streams(manifest.scope) and not whole:
            report.note(f"That nothing else belongs to this {manifest.scope.kind} only the whole ledger proves.")
        self.attestations = Attestations(report) if whole else None
        self._files()
        proof = self._proof()
        wanted = {each.size for each in proof.timestamps} | (
            {self.pin.checkpoint.size} if self.pin is not None else set()
        )
        events = Events(
            report, self.contents, manifest.ledger, wanted=wanted, follow=self._follow if self.replay else None
        )
        before = len(report.faults)
        events.read(self._hashed("events.bin"))
        broken_off = any(each.code in BROKEN_OFF for each in report.faults[before:])
        events.end()
        counts = self.contents.counts
        report.events, report.withheld = counts.events, counts.headers + counts.leaves
        if events.tree.size != manifest.size:
            what = f"the events come to {events.tree.size} leaves"
            report.fault("size-differs", what, f"{manifest.size}, as the manifest says")
        if not broken_off:
            self._disclosures()
            self._evidence()
            self._held_back()
        trust = Trust(report, proof, manifest.origin, pin=self.pin, keys=self.keys, authorities=self.authorities)
        trust.check(events, self.told, whole=whole and self.replay)
        if broken_off:
            report.note("Not all events can be read: what other files say of them wasn't looked into.")
        elif self.replay:
            check_claims(report, manifest, self.contents, proof, self._bounded)
        else:
            for name in ("evidence.json", LIGHTS, *map(name_of, LANGUAGES)):
                for _ in self._bounded(name):
                    pass
            report.note("Hashes and proofs alone were checked: no replay, no index.")

    def _held_back(self) -> None:
        """Tell what of the scope isn't shown."""
        counts = self.contents.counts
        withheld = {
            "events but for their header": counts.headers,
            "events but for their hash": counts.leaves,
            "texts and files": counts.withheld,
        }
        if any(withheld.values()):
            said = "; ".join(f"{what}: {count}" for what, count in withheld.items() if count)
            self.report.note(f"Withheld: {said}.")
        if counts.erased:
            self.report.note(f"Erased: {counts.erased} texts and files, each by the erasure that is named.")
        if self.contents.lights_in_part:
            self.report.note("The lights follow from the events that are shown; from all of them they may be others.")

    def _manifest(self) -> Manifest:
        if NAME not in self.container:
            raise _Unusable("manifest-missing", "there is no manifest.json", "a manifest")
        try:
            return manifest_of(self._read(NAME, LARGEST))
        except ManifestMalformed as error:
            raise _Unusable("manifest-malformed", error, "a manifest in its one spelling") from error

    def _files(self) -> None:
        """The entries are those of a bundle, in order, packed as they must be, and those that the manifest lists."""
        entries = self.container.entries
        names = [each.name for each in entries]
        if not in_order(names):
            raise _Unusable(
                "files-differ", f"it holds the files {', '.join(names)[:2000]}", "those of a bundle, in order"
            )
        self.listed = {each.name: each for each in self.manifest.files}
        if [each.name for each in self.manifest.files] != names[:-1]:
            raise _Unusable("files-differ", "the manifest lists other files than the archive holds", "the same")
        for entry in entries:
            if entry.deflated is not deflated(entry.name):
                raise _Unusable("files-differ", f"{entry.name} is packed in another way", "as the format says")
            if entry.name != NAME and entry.size != self.listed[entry.name].size:
                should = f"{self.listed[entry.name].size}, as the manifest says"
                self.report.fault("file-differs", f"{entry.name} has {entry.size} bytes", should)
        if self._whole("__main__.py") != package.starter():
            self.report.fault("starter-differs", "__main__.py isn't that of the format", "the one in each bundle")
        same = self._whole("verify.pyz") == package.program()
        self.report.note(
            "The program in the bundle is this one."
            if same
            else "The program in the bundle is another version than this."
        )

    def _hashed(self, name: str) -> Iterator[bytes]:
        """A file's bytes; at their end their hash is compared."""
        hashed = sha256()
        try:
            for chunk in self.container.chunks(self.container[name]):
                hashed.update(chunk)
                yield chunk
        except Malformed as error:
            self.report.fault("file-broken", str(error), "a file that can be read")
            return
        if hashed.hexdigest() != self.listed[name].sha256:
            what = f"{name} has the SHA-256 {hashed.hexdigest()}"
            self.report.fault("file-differs", what, f"{self.listed[name].sha256}, as the manifest says")

    def _bounded(self, name: str) -> Iterator[bytes]:
        """As `_hashed`, of a file that is read as a whole."""
        entry: Entry = self.container[name]
        if entry.size > LARGEST_WHOLE and name != LIGHTS:
            raise _Unusable("too-large", f"{name} has {entry.size} bytes", f"at most {LARGEST_WHOLE}")
        return self._hashed(name)

    def _whole(self, name: str) -> bytes:
        return b"".join(self._bounded(name))

    def _read(self, name: str, most: int) -> bytes:
        try:
            return self.container.read(self.container[name], most)
        except Malformed as error:
            raise _Unusable("file-broken", error, "a file that can be read") from error

    def _proof(self) -> Proof:
        answers = {}
        for entry in self.container.entries:
            if entry.name.startswith("timestamps/"):
                if entry.size > LARGEST_ANSWER:
                    raise _Unusable("too-large", f"{entry.name} has {entry.size} bytes", f"at most {LARGEST_ANSWER}")
                answers[entry.name] = self._whole(entry.name)
        try:
            said = parse(self._whole("proof.json"))
            proof = proof_of(said, answers)
            self.report.root = checkpoint_of(note_of(proof.checkpoint).text).root.hex()
        except (NotCanonical, NoteRefused, ProofMalformed) as error:
            raise _Unusable("proof-malformed", error, "a proof in its one spelling") from error
        if len(proof.timestamps) != len(answers):
            self.report.fault("proof-differs", "proof.json names other time-stamps than there are", "all of them")
        if not isinstance(said, dict) or (said["ledger"], said["origin"]) != (
            self.manifest.ledger,
            self.manifest.origin,
        ):
            self.report.fault("proof-differs", "proof.json is of another log than the manifest", self.manifest.origin)
        return proof

    def _follow(self, row: Row) -> None:
        """Replay an event whose hashes hold. Whatever a projection stumbles over, it is the event that is at fault."""
        try:
            if self.strict:
                decode(row.type, row.schema, row.body)
                decode_metadata(row.metadata)
            elif row.type not in EVENTS:
                self._unreadable(row, f"no event is called {row.type}")
            self.contents.look(row)
            if row.stream == "installation":
                self.told.take(row)
            if self.attestations is not None and self.contents.lights is not None:
                self.attestations.take(row, self.contents.lights.table)
        except Undecodable as error:
            self._unreadable(row, str(error))
        except Exception as error:  # noqa: BLE001 (see above)
            self._unreadable(row, f"{type(error).__name__}: {error}")

    def _unreadable(self, row: Row, why: str) -> None:
        what, should = f"its body can't be replayed: {why}", f"the fields of {row.type}"
        self.report.fault("unreadable-event", what, should, position=row.position, stream=row.stream)

    def _disclosures(self) -> None:
        unfit: list[Unfit] = []
        alike = Counter[str]()
        erased: list[Erased] = []
        try:
            for each in disclosures(self._hashed("disclosures.jsonl"), self.contents, named=self.replay):
                if isinstance(each, Erased):
                    erased.append(each)
                    continue
                alike[each.code] += 1
                if alike[each.code] <= MOST_ALIKE:
                    unfit.append(each)
        except BrokenLine as error:
            self.report.fault("disclosures-broken", str(error), "a line in its one spelling")
        if erased:
            unfit += unfounded(erased, self._again(), self.manifest.ledger, self.manifest.scope, named=self.replay)
        self._named(unfit)
        for code, count in alike.items():
            self.report.pass_over(code, max(0, count - MOST_ALIKE))

    def _named(self, unfit: list[Unfit]) -> None:
        """Tell of commitments by the events that name them."""
        places = self._places({each.commitment for each in unfit}) if unfit else {}
        for each in unfit:
            position, stream = places.get(each.commitment, (None, None))
            what = f"the disclosure {each.commitment}: {each.what}"
            self.report.fault(each.code, what, each.should, position=position, stream=stream)

    def _places(self, commitments: set[str]) -> dict[str, tuple[int | None, str | None]]:
        """The first event that names each commitment: looked for only where one is at fault."""
        wanted = {each.encode(): each for each in commitments}
        found: dict[str, tuple[int | None, str | None]] = {}
        reads = reader(self.manifest.ledger)
        for kind, _, header, _, body, _ in self._again():
            here = [each for each in wanted if each in body] if kind == EVENT else []
            for each in here:
                said = reads(header)
                found[wanted.pop(each)] = (int(said.position), said.stream.decode()) if said else (None, None)
        return found

    def _again(self) -> Iterator[Record]:
        """The records once more, as far as they can be read: where they break off was told the first time."""
        with suppress(BrokenRecord, Malformed):
            yield from records(self.container.chunks(self.container["events.bin"]))

    def _evidence(self) -> None:
        unfit = []
        by_digest = {each.sha256: each for each in self.contents.files}
        for entry in self.container.entries:
            if not entry.name.startswith("evidence/"):
                continue
            digest = entry.name.removeprefix("evidence/")
            hashed = sha256()
            for chunk in self._hashed(entry.name):
                hashed.update(chunk)
            self.contents.included.add(digest)
            self.contents.counts.included += 1
            said = by_digest.get(digest)
            if said is None:
                self.report.fault(
                    "evidence-unnamed", f"{entry.name} is disclosed by no event", "a file that is disclosed"
                )
            elif hashed.hexdigest() != digest or entry.size != said.size:
                what = f"the file has {entry.size} bytes and the SHA-256 {hashed.hexdigest()}"
                should = f"{said.size} bytes and the SHA-256 {digest}"
                unfit.append(Unfit("evidence-differs", said.commitment, what, should))
        self._named(unfit)
