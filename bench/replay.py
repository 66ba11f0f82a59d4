"""How fast the board is replayed: events a second of one core's time, over rows in memory."""

import gc
import time
from collections import Counter

from bench.year import years_of_rows
from domain.events.codec import decode
from projections import board
from projections.summary import summary
from projections.table import DictTable, digest

ROWS = 200_000


def run() -> dict[str, float]:
    """Fold the rows three times and take the best; beside it, what decoding all of them strictly would cost."""
    rows = years_of_rows(ROWS)
    # The rows stay: what the collector would do with them isn't the replay's.
    gc.collect()
    gc.freeze()
    best, table = float("inf"), DictTable()
    for _ in range(3):
        started = time.process_time()
        table = board.fold(rows)
        best = min(best, time.process_time() - started)
    gc.unfreeze()
    few = rows[:20_000]
    started = time.process_time()
    for row in few:
        decode(row.type, row.schema, row.body)
    strictly = time.process_time() - started
    started = time.process_time()
    summary(table, 2024, "annual")
    summed = time.process_time() - started
    small = board.fold(few)
    started = time.process_time()
    digest(small)
    hashed = time.process_time() - started
    return {
        "events": len(rows),
        "read by the board, share": round(sum(row.type in board.HANDLERS for row in rows) / len(rows), 3),
        "board replay, events/s": round(len(rows) / best),
        "strict decoding alone, events/s": round(len(few) / strictly),
        "rows of the board": len(table),
        "summary of a round, ms": round(summed * 1000, 2),
        "digest of a board, rows/s": round(len(small) / hashed),
    }


def mix() -> Counter[str]:
    """How many events of each type a year has."""
    return Counter(row.type for row in years_of_rows(1))
