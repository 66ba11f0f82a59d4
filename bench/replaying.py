"""Replaying the log into the board, beside reading the JSON of the same bodies and nothing else."""

import json
import time

from bench import replay
from bench.figures import Figure
from bench.year import years_of_rows

WANTED = 100_000
ROWS = 50_000


async def run() -> list[Figure]:
    """The board's events a second of one core, and json.loads's over the same mix."""
    board = replay.run()["board replay, events/s"]
    bodies = [row.body for row in years_of_rows(ROWS)]
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        for body in bodies:
            json.loads(body)
        best = min(best, time.process_time() - started)
    plain = len(bodies) / best
    return [
        Figure(name="replay of the board", value=board, unit="events/s", target=WANTED, note="of one core's time"),
        Figure(
            name="replay of the board, against json.loads of the same bodies",
            value=board / plain,
            unit="times",
            note=f"json.loads alone: {plain:,.0f} events/s".replace(",", " "),
        ),
    ]
