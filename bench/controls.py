"""How fast the controls are tested: C01 to C19 over the demo year, as 66 years that follow one another.

Dates end with 2099, so there are no more years than that. With all that costs: the leaves and the root under the
checkpoint (C01), and the views that were attested made again from the events (C12). Rows lie in memory.
"""

import gc
import time
from collections import Counter
from collections.abc import Sequence

from bench.figures import Figure, number
from bench.scaled import recorded, scaled
from domain.controls import ControlResult, run_controls
from domain.events.envelope import Row, leaf
from domain.proof.frontier import Frontier
from projections.attested import Replayed

YEARS, MILLION = 66, 1_000_000
SECONDS = 60
TIMES = 3


class _Seal:
    """A checkpoint over all of the rows, so that their leaves and their root are computed, too."""

    def __init__(self, rows: Sequence[Row]) -> None:
        frontier = Frontier()
        for row in rows:
            frontier.append(leaf(row))
        self.size, self.root = frontier.size, frontier.root()
        self.faults: tuple[()] = ()
        self.keys: tuple[()] = ()


async def run() -> list[Figure]:
    """Seconds of one core for a million events; extrapolated, for the time grows with the events."""
    rows = list(scaled(recorded(), YEARS))
    seal = _Seal(rows)
    # The rows stay: what the collector would do with them isn't the controls'.
    gc.collect()
    gc.freeze()
    plain, whole, results = [], [], run_controls(())
    for _ in range(TIMES):
        started = time.process_time()
        run_controls(rows)
        between = time.process_time()
        results = run_controls(rows, seal=seal, replay=Replayed())
        whole.append(time.process_time() - between)
        plain.append(between - started)
    gc.unfreeze()
    return [
        Figure(
            name="controls over a million events, with root and replay",
            value=min(whole) * MILLION / len(rows),
            unit="s",
            target=SECONDS,
            at_most=True,
            note=f"of one core's time, from {number(len(rows))} events of {YEARS} years; {_found(results)}",
        ),
        Figure(
            name="controls over a million events, without root and replay",
            value=min(plain) * MILLION / len(rows),
            unit="s",
        ),
    ]


def _found(results: Sequence[ControlResult]) -> str:
    found = Counter(each.control for each in results for _ in each.exceptions)
    return f"{number(sum(each.population for each in results))} cases, {number(found.total())} exceptions"
