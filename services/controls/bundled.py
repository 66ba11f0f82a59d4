"""The controls tested at home, over a bundle of a whole ledger that verifies: no service, no connection."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from domain.controls import ControlResult, NotGiven, run_controls
from domain.events.envelope import Row
from projections.attested import Replayed
from services.controls.shown import Place, ShownEvent, shown_events
from verifier.container import Container
from verifier.header import reader, row_of
from verifier.manifest import LARGEST, NAME, manifest_of
from verifier.records import EVENT, records
from verifier.scope import WholeLedger
from verifier.verify import LARGEST_WHOLE


class NotTheWhole(ValueError):
    """The bundle isn't one of a whole ledger, or shows some of its events by their headers alone."""


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


def tested_at_home(path: Path, cycle: int | None) -> TestedAtHome:
    """Test C01 to C19 over a bundle that `verifier.verify` found to hold. Raises `NotTheWhole`.

    The looks lie in another ledger, and files that aren't in the bundle aren't tested.
    """
    with path.open("rb") as file:
        container = Container(file)
        manifest = manifest_of(container.read(container[NAME], LARGEST))
        if not isinstance(manifest.scope, WholeLedger):
            raise NotTheWhole(f"The controls need the whole ledger, and this is a {manifest.scope.kind}.")
        proof = json.loads(container.read(container["proof.json"], LARGEST_WHOLE))
        seal = _Verified(size=manifest.size, keys=tuple(proof["keys"]))
        rows = _Rows(container, manifest.ledger)
        results = run_controls(
            rows,
            seal=seal,
            cycle=cycle,
            files=_Files(container),
            replay=Replayed(),
        )
        return TestedAtHome(
            ledger=manifest.ledger, results=results, events=shown_events(results, rows), as_of=rows.as_of
        )


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
