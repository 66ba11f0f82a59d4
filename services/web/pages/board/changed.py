"""What changed on a board between two days, and an agency's indicators over the years."""

import asyncio
from collections.abc import Iterator
from typing import Any

from starlette.responses import Response

from domain.calendar import days_after
from domain.values import Date, RoundKind
from services.web.api import Problem
from services.web.navigation import Link
from services.web.page import Page, Pages
from services.web.pages.board.board import board_of, rounds_of
from services.web.pages.board.lights import Cell, Wanted, cells, shown
from services.web.pages.board.moments import past, round_asked
from services.web.pages.items.agreed import trend

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


@pages.get("/{ledger}/board/indicators")
async def indicators(page: Page) -> Response:
    """Each indicator's levels and outturns over the years, as small multiples."""
    year, kind = round_asked(page)
    day = past(page, "known_at")
    page.crumbs = [Link(page.address(round=f"{year}-{kind}"), page.gettext("Board"))]
    board = await board_of(page, year, kind, day)
    years = [each for each in page.myself["years"] if each <= int(year)]
    asked = [board_of(page, each, RoundKind.ANNUAL, day) for each in years]
    agreement = None if board["version"] is None else await page.get(f"agreements/{board['version']}")
    reported = dict(zip(years, await asyncio.gather(*asked), strict=True))
    provisional = {each["subject"]: each for each in _indicators(board)} if kind == RoundKind.HALF_YEAR else {}
    tables = []
    for table in (agreement or {"tables": []})["tables"]:
        of = [each for each in agreement["indicators"] if each["table"] == table["table"]] if agreement else []
        charts = [
            (
                each,
                trend(page.language, each, _outturns(each["indicator"], reported, provisional, int(year)), int(year)),
            )
            for each in of
        ]
        tables.append((table, charts))
    return await page.render("board/indicators.html", board=board, tables=tables, day=day, round_id=f"{year}-{kind}")


def _outturns(subject: str, reported: dict[int, Cell], provisional: dict[str, Cell], year: int) -> dict[int, Cell]:
    """What was reported for each year: in its annual round, else in the half-year that is looked at."""
    found = {
        each_year: cell
        for each_year, board in reported.items()
        for cell in _indicators(board)
        if cell["subject"] == subject and cell["value"] is not None
    }
    half = provisional.get(subject)
    return found if half is None or half["value"] is None else {year: half} | found


def _indicators(board: Cell) -> Iterator[Cell]:
    return (each for part in board["parts"] for table in part["tables"] for each in table["indicators"])


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
