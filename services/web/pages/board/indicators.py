"""An agency's indicators over the years: levels and outturns, each as a small chart."""

import asyncio
from collections.abc import Iterator

from starlette.responses import Response

from domain.values import RoundKind
from services.web.navigation import Link
from services.web.page import Page, Pages
from services.web.pages.board.board import board_of
from services.web.pages.board.lights import Cell
from services.web.pages.board.moments import past, round_asked
from services.web.pages.items.agreed import trend

pages = Pages()


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


__all__ = ["pages"]
