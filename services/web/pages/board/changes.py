"""What changed on a board between two days: which lights and states, from what to what."""

import asyncio
from collections.abc import Iterator
from typing import Any

from starlette.responses import Response

from domain.calendar import days_after
from domain.values import Date
from services.web.api import Problem
from services.web.navigation import Link
from services.web.page import Page, Pages
from services.web.pages.board.board import board_of, rounds_of
from services.web.pages.board.lights import Cell, Wanted, cells, shown
from services.web.pages.board.moments import past, round_asked

pages = Pages()
_WEEK = -7
_TOLD = ("category", "stage", "value", "stale", "deviation", "ministry")
"""What of a light counts as a change."""


@pages.get("/{ledger}/board/changes")
async def changes(page: Page) -> Response:
    """Which lights and states changed from the end of one day to the end of another, from what to what."""
    year, kind = round_asked(page)
    since = page.asked("since") or days_after(Date(page.today), _WEEK)
    until = page.asked("until")
    page.crumbs = [Link(page.address(round=f"{year}-{kind}"), page.gettext("Board"))]
    rows: list[Cell] | None = None
    problem = None
    try:
        before, after = await asyncio.gather(
            board_of(page, year, kind, since), board_of(page, year, kind, past(page, "until"))
        )
        rows = list(_changed(before, after))
    except Problem as refused:
        if refused.said.get("field") != "known_at":
            raise
        problem = Problem({**refused.said, "field": "since"})
    return await page.render(
        "board/changes.html",
        problem=problem,
        rows=rows,
        since=since,
        until=until or page.today,
        round_id=f"{year}-{kind}",
        rounds=rounds_of(page, year),
    )


def _changed(before: Cell, after: Cell) -> Iterator[Cell]:
    """The subjects that differ, in the order of the later board; each with both."""
    one, other = ({each["subject"]: each for each in cells(shown(board, Wanted()))} for board in (before, after))
    for subject in dict.fromkeys([*other, *one]):
        then, now = one.get(subject), other.get(subject)
        if _told(then) != _told(now):
            yield {"subject": subject, "before": then, "after": now, "cell": now or then}


def _told(cell: Cell | None) -> Any:
    return None if cell is None else {name: cell[name] for name in _TOLD if name in cell}


__all__ = ["pages"]
