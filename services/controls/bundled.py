"""The controls tested at home, over a bundle of a whole ledger that verifies: no service, no connection."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

from domain.access import access_ledger
from domain.controls import ControlResult, NotGiven, run_controls
from domain.events.envelope import Row
from projections.attested import Replayed
from services.controls.shown import Place, ShownEvent, shown_events
from verifier.container import Container
from verifier.header import reader, row_of
from verifier.manifest import LARGEST, NAME, Manifest, manifest_of
from verifier.records import EVENT, records
from verifier.scope import WholeLedger
from verifier.verify import LARGEST_WHOLE


class NotTheWhole(ValueError):
    """The bundle isn't one of a whole ledger, or not of the one that it is given for, or some events aren't shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verified:
    """The checkpoint of a bundle that was verified: root, signatures and time-stamps hold (`domain.controls.Seal`)."""

    size: int
    keys: tuple[str, ...]
    root: bytes | None = None
    faults: tuple[()] = ()


class _Files:
    """The files that the bundle holds; the verification compared each with its hash (`domain.controls.Files`).

    What was erased needn't be there, as in the log itself; what is withheld, or told by its hash alone, isn't given.
    """

    def __init__(self, container: Container) -> None:
        disclosed = json.loads(container.read(container["evidence.json"], LARGEST_WHOLE))
        self._there = {str(each["commitment"]) for each in disclosed if each["included"]}
        self._there |= {each["commitment"] for each in _disclosures(container) if "erased" in each}

    def get(self, commitment: str, /) -> bool | None:
        if commitment not in self._there:
            raise NotGiven(commitment)
        return True


def _disclosures(container: Container) -> Iterator[dict[str, Any]]:
    rest = b""
    for chunk in container.chunks(container["disclosures.jsonl"]):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from map(json.loads, lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestedAtHome:
    """What the controls found in a bundle; `as_of` is when its last event was recorded."""

    ledger: str
    results: tuple[ControlResult, ...]
    events: Mapping[Place, ShownEvent]
    as_of: datetime | None


def tested_at_home(path: Path, cycle: int | None, looks: Path | None) -> TestedAtHome:
    """Test C01 to C19 over bundles that `verifier.verify` found to hold: one of a ledger, and one of the looks at it.

    Without `looks` these aren't tested, nor are files that aren't in the bundle. Raises `NotTheWhole`.
    """
    with ExitStack() as opened:
        container = Container(opened.enter_context(path.open("rb")))
        manifest = _whole(container)
        proof = json.loads(container.read(container["proof.json"], LARGEST_WHOLE))
        seal = _Verified(size=manifest.size, keys=tuple(proof["keys"]))
        rows = _Rows(container, manifest.ledger)
        looked = None
        if looks is not None:
            other, beside = Container(opened.enter_context(looks.open("rb"))), access_ledger(manifest.ledger)
            if _whole(other).ledger != beside:
                raise NotTheWhole(f"The looks at {manifest.ledger} lie in {beside}, and this is a bundle of another.")
            looked = _Rows(other, beside)
        results = run_controls(rows, looked, seal, cycle, files=_Files(container), replay=Replayed())
        events = shown_events(results, chain(rows, looked or ()))
        return TestedAtHome(ledger=manifest.ledger, results=results, events=events, as_of=rows.as_of)


def _whole(container: Container) -> Manifest:
    manifest = manifest_of(container.read(container[NAME], LARGEST))
    if not isinstance(manifest.scope, WholeLedger):
        raise NotTheWhole(f"The controls need the whole ledger, and this is a {manifest.scope.kind}.")
    return manifest


class _Rows:
    """The events of a bundle, from the file anew each time."""

    def __init__(self, container: Container, ledger: str) -> None:
        self._container, self._ledger = container, ledger
        self.as_of: datetime | None = None

    def __iter__(self) -> Iterator[Row]:
        reads = reader(self._ledger)
        for kind, _, header, nonce, body, metadata in records(self._container.chunks(self._container["events.bin"])):
            found = reads(header) if kind == EVENT else None
            if found is None:
                raise NotTheWhole("The controls need each event whole, and some of these are withheld.")
            row = row_of(self._ledger, found, nonce, body, metadata)
            self.as_of = row.recorded_at
            yield row
