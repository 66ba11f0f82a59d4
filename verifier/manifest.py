"""`manifest.json`: what a bundle says that it is, and each of its files with its hash."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.canonical import Json, NotCanonical, canonical, parse
from verifier.container import FORMAT, Written
from verifier.scope import NoScope, Scope, check, scope_json, scope_of

NAME = "manifest.json"
LARGEST = 1 << 25
_LEDGER = re.compile(r"[a-z0-9/._-]{1,200}")
_ORIGIN = re.compile(r"[^\s+]{1,300}")
_TIMESTAMP = re.compile(r"timestamps/([1-9][0-9]{0,18})\.tsr")
_EVIDENCE = re.compile(r"evidence/[0-9a-f]{64}")
_BEFORE = ("__main__.py", "events.bin", "disclosures.jsonl")
_BETWEEN = ("evidence.json", "proof.json")
_AFTER = ("lights.jsonl", "index.fi.html", "index.sv.html", "index.en.html", "verify.pyz", NAME)
_DEFLATED = frozenset({"events.bin", "disclosures.jsonl", "evidence.json", "lights.jsonl", *_AFTER[1:4]})


class ManifestMalformed(ValueError):
    """`manifest.json` isn't what it should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is said of a bundle; all of it is computed again from the other files and compared."""

    ledger: str
    origin: str
    size: int
    scope: Scope
    counts: Mapping[str, Json]
    agreement: Sequence[Json]
    files: tuple[Written, ...]

    def __bytes__(self) -> bytes:
        said: dict[str, Json] = {
            "format": FORMAT,
            "ledger": self.ledger,
            "origin": self.origin,
            "size": self.size,
            "scope": scope_json(self.scope),
            "counts": dict(self.counts),
            "agreement": list(self.agreement),
            "files": [{"name": each.name, "size": each.size, "sha256": each.sha256} for each in self.files],
        }
        return canonical(said)


def manifest_of(data: bytes) -> Manifest:
    """A manifest from its bytes, strictly. Raises `ManifestMalformed`."""
    try:
        said: Any = parse(data)
        if said["format"] != FORMAT:
            raise ManifestMalformed(f"manifest.json: the format {said['format']!r}, not {FORMAT}")
        if said["size"].__class__ is not int or said["size"] < 0:
            raise ManifestMalformed("manifest.json: a size that is no number")
        found = Manifest(
            ledger=_name(said["ledger"], _LEDGER),
            origin=_name(said["origin"], _ORIGIN),
            size=said["size"],
            scope=scope_of(said["scope"]),
            counts=dict(said["counts"]),
            agreement=list(said["agreement"]),
            files=tuple(Written(str(each["name"]), each["size"], str(each["sha256"])) for each in said["files"]),
        )
        check(found.scope, found.size)
        again = bytes(found)
    except (NotCanonical, NoScope, KeyError, TypeError, ValueError) as error:
        raise ManifestMalformed(f"manifest.json: {error}") from error
    if again != data:
        raise ManifestMalformed("manifest.json has other fields than a manifest has")
    return found


def deflated(name: str) -> bool:
    """Whether a file of a bundle is packed."""
    return name in _DEFLATED


def in_order(names: Sequence[str]) -> bool:
    """Whether these are the files of a bundle in the one order: the evidence by its hash, time-stamps by their size."""
    evidence = [name for name in names if _EVIDENCE.fullmatch(name)]
    stamps = [name for name in names if _TIMESTAMP.fullmatch(name)]
    ordered = sorted(stamps, key=lambda name: int(name.removeprefix("timestamps/").removesuffix(".tsr")))
    return list(names) == [*_BEFORE, *sorted(set(evidence)), *_BETWEEN, *ordered, *_AFTER]


def _name(value: Any, pattern: re.Pattern[str]) -> str:
    if value.__class__ is not str or pattern.fullmatch(value) is None or not value.isprintable():
        raise ManifestMalformed("manifest.json: a name of a ledger or of its log that is none")
    return str(value)
