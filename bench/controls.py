"""How fast the controls are tested: C01 to C19 over the demo year, repeated to a ledger of some 100,000 events.

Dates end with 2099, so there are no more years than that.
"""

import gc
import time
from collections import Counter

from bench.scaled import recorded, scaled
from domain.controls import run_controls
from domain.events.envelope import leaf
from domain.proof.frontier import Frontier

YEARS = 66
MILLION = 1_000_000


class _Seal:
    """A checkpoint over all of the rows, so that their leaves and their root are computed, too."""

    def __init__(self, frontier: Frontier) -> None:
        self.size, self.root = frontier.size, frontier.root()
        self.faults: tuple[()] = ()
        self.keys: tuple[()] = ()


def run() -> dict[str, float]:
    """Seconds of one core, and what a million events would take: extrapolated, for the time grows with the events."""
    year = recorded()
    rows = list(scaled(year, YEARS))
    frontier = Frontier()
    for row in rows:
        frontier.append(leaf(row))
    seal = _Seal(frontier)
    gc.collect()
    gc.freeze()
    started = time.process_time()
    plain = run_controls(rows)
    seconds = time.process_time() - started
    started = time.process_time()
    sealed = run_controls(rows, seal=seal)
    with_seal = time.process_time() - started
    gc.unfreeze()
    per_copy = Counter(each.control for each in run_controls(year) for _ in each.exceptions)
    found = Counter(each.control for each in sealed for _ in each.exceptions)
    return {
        "events": len(rows),
        "years": YEARS,
        "cases": sum(each.population for each in sealed),
        "exceptions": sum(found.values()),
        "exceptions of the year itself": sum(per_copy.values()),
        "seconds": round(seconds, 2),
        "events/s": round(len(rows) / seconds),
        "seconds with a seal": round(with_seal, 2),
        "events/s with a seal": round(len(rows) / with_seal),
        "seconds for a million events, extrapolated": round(seconds * MILLION / len(rows), 1),
        "seconds for a million events with a seal, extrapolated": round(with_seal * MILLION / len(rows), 1),
        "exceptions without a seal": sum(len(each.exceptions) for each in plain),
    }
