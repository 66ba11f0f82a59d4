"""What a bundle says of itself, against what its contents come to: counts, versions, evidence, lights, the index."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from domain.canonical import NotCanonical, canonical, parse, written
from projections.items import ITEM
from verifier.contents import Contents
from verifier.index import LANGUAGES, MOST_LIGHTS, Facts, index, name_of
from verifier.lights import NAME, Lights
from verifier.manifest import Manifest
from verifier.proof import Proof
from verifier.report import Report

Read = Callable[[str], Iterator[bytes]]
_LONGEST_LINE = 1 << 16


def check_claims(report: Report, manifest: Manifest, contents: Contents, proof: Proof, read: Read) -> None:
    """Compare everything that follows from the events, now that they were replayed."""
    for said, has, what in (
        (dict(manifest.counts), contents.counts.json(), "counts"),
        (list(manifest.agreement), contents.agreements(), "versions of the agreement"),
    ):
        if said != has:
            text = canonical(said).decode()
            report.fault("claim-differs", f"the manifest says other {what}: {text[:1000]}", canonical(has).decode())
    if b"".join(read("evidence.json")) != contents.evidence_json():
        report.fault("claim-differs", "evidence.json lists other files", "those that the disclosures name")
    comparison = _Lights(report, contents)
    comparison.compare(read(NAME))
    facts = Facts(
        contents=contents,
        ledger=manifest.ledger,
        origin=manifest.origin,
        size=manifest.size,
        root=report.root,
        lights=comparison.first,
        light_count=comparison.count,
        stamps=[each.size for each in proof.timestamps],
    )
    for language in LANGUAGES:
        if b"".join(read(name_of(language))) != _page(report, facts, language):
            what = f"{name_of(language)} says something else than the events do"
            report.fault("claim-differs", what, "the index that the contents come to")


def _page(report: Report, facts: Facts, language: str) -> bytes | None:
    try:
        return index(facts, language)
    except Exception as error:  # noqa: BLE001 (as below)
        report.fault("unreadable-event", f"the index can't be made: {error!r}", "events of a cycle")
        return None


class _Lights:
    """The lights that the events come to; where others are claimed, each is told. `first` are those for the index."""

    def __init__(self, report: Report, contents: Contents) -> None:
        self._report, self._contents = report, contents
        self.first: list[Mapping[str, Any]] | None = None if contents.lights is None else []
        self.count = 0

    def compare(self, chunks: Iterator[bytes]) -> None:
        lights = self._contents.lights
        if lights is None:
            if any(chunks):
                self._report.fault("claim-differs", f"{NAME} claims lights", "none: they can't be replayed here")
            return
        try:
            self._merge(lights, _lines(chunks))
        except Exception as error:  # noqa: BLE001 (rows that malformed events left behind, which are told as such)
            self._report.fault("unreadable-event", f"the lights can't be replayed: {error!r}", "events of a cycle")
        for _ in chunks:
            pass

    def _merge(self, lights: Lights, lines: Iterator[bytes]) -> None:
        """Both are sorted by round and subject."""
        claimed = next(lines, None)
        for has in lights.claim(self._contents.scope, self._contents.about):
            self.count += 1
            if self.first is not None and len(self.first) < MOST_LIGHTS:
                self.first.append(has)
            line = written(has)
            if claimed == line:
                claimed = next(lines, None)
                continue
            key = f"{has['round']}/{has['subject']}"
            while claimed is not None and _key(claimed) < key:
                self._differs(lights, _key(claimed), claimed, None)
                claimed = next(lines, None)
            if claimed is None or _key(claimed) != key:
                self._differs(lights, key, None, line)
                continue
            self._differs(lights, key, claimed, line)
            claimed = next(lines, None)
        while claimed is not None:
            self._differs(lights, _key(claimed), claimed, None)
            claimed = next(lines, None)

    def _differs(self, lights: Lights, key: str, said: bytes | None, has: bytes | None) -> None:
        """A light that is claimed otherwise, told by the last event that its content comes from."""
        item = lights.table.get(ITEM, key)
        changed = None if item is None else item["changed"]
        what, should = ("no light" if each is None else each.decode("utf-8", "replace") for each in (said, has))
        self._report.fault(
            "light-differs",
            f"{NAME} claims {what[:1000]}",
            f"{should}, which the replay comes to",
            position=None if changed is None else changed["position"],
            stream=f"item/{key}",
        )


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Each line; the last one must be ended, or it is told as none."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
        if len(rest) > _LONGEST_LINE:
            break
    if rest:
        yield rest + b" (without an end)"


def _key(line: bytes) -> str:
    """The round and subject of a light; empty for what is none, so that it is told as one too many."""
    try:
        said: Any = parse(line)
        return f"{said['round']}/{said['subject']}"
    except (NotCanonical, KeyError, TypeError):
        return ""
