"""A reporting year drawn as a line: its rounds and the ministry's time as bars, its dates as marks, and today."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

Shown = dict[str, Any]
WIDTH, LEFT, RIGHT, TOP, LANE = 1040, 168, 16, 34, 44
"""Of the drawing, in its own units: its width, the margins for words, the height of a lane."""
LANES = ("half-year", "annual", "final-accounts", "ministry", "publications")
_QUARTER = 3
_LANE_OF = {"final-accounts": "final-accounts", "statement": "ministry"}


@dataclass(frozen=True, slots=True)
class Line:
    """Where everything is drawn. `today` is None outside of the days that are shown."""

    height: int
    lanes: Sequence[tuple[str, float]]
    months: Sequence[tuple[float, int, int]]
    bars: Sequence[tuple[float, float, float]]
    marks: Sequence[Shown]
    today: float | None
    width: int = WIDTH
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP


def line(
    year: int, today: str, dates: Iterable[Shown], spans: Iterable[tuple[str, str, str]], published: Iterable[Shown]
) -> Line:
    """From January to the July after. `dates` are rows of dates.py; `spans` are (lane, first day, last day)."""
    dates, spans, published = list(dates), list(spans), list(published)
    first = date(year, 1, 1)
    named = [each["date"] for each in dates if each["date"]] + [end for _, _, end in spans]
    last = max([date(year + 1, 7, 31), *(date.fromisoformat(each) + timedelta(days=7) for each in named)])
    scale = (WIDTH - LEFT - RIGHT) / (last - first).days

    def x(day: str | date) -> float:
        there = date.fromisoformat(day) if isinstance(day, str) else day
        return round(LEFT + max(0, min((there - first).days, (last - first).days)) * scale, 1)

    middle = {lane: TOP + LANE * (number + 0.5) for number, lane in enumerate(LANES)}
    marks = [
        {"x": x(each["date"]), "y": middle[_lane(each)], "state": each["state"], "what": each}
        for each in dates
        if each["date"]
    ]
    marks += [
        {"x": x(each["published_on"]), "y": middle["publications"], "state": "met", "what": each}
        for each in published
        if each["published_on"] >= first.isoformat()
    ]
    return Line(
        height=TOP + LANE * len(LANES) + 8,
        lanes=list(middle.items()),
        months=[(x(each), each.month, each.year) for each in _quarters(first, last)],
        bars=[(x(start), max(x(end) - x(start), 2), middle[lane]) for lane, start, end in spans],
        marks=marks,
        today=x(today) if first.isoformat() <= today <= last.isoformat() else None,
    )


def _lane(row: Shown) -> str:
    return _LANE_OF.get(row["kind"]) or str(row["round"]).partition("-")[2]


def _quarters(first: date, last: date) -> Iterable[date]:
    for number in range((last.year - first.year) * 12 + last.month):
        if number % _QUARTER == 0:
            yield date(first.year + number // 12, number % 12 + 1, 1)


__all__ = ["Line", "line"]
