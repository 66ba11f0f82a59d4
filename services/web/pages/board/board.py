"""The board, a ledger's front page: every light of a round, as it is known now or was on a day."""

from typing import Any

from starlette.responses import Response

from domain.values import RoundKind
from services.web.api import Problem
from services.web.page import Page, Pages
from services.web.pages.board.lights import Wanted, areas, cells, counted, shown, side_by_side
from services.web.pages.board.moments import days_of, instant_of, past, round_asked

pages = Pages()


@pages.get("/{ledger}")
async def board(page: Page) -> Response:
    """The lights of a round; what is asked for of them is counted."""
    year, kind = round_asked(page)
    day = past(page, "known_at") or past(page, "day")
    problem = None
    try:
        found = await board_of(page, year, kind, day)
    except Problem as refused:
        if refused.said.get("field") != "known_at":
            raise
        problem, day = refused, None
        found = await board_of(page, year, kind, None)
    beside = await _beside(page, year, kind, day)
    wanted = Wanted.of(page)
    parts = shown(found, wanted)
    return await page.render(
        "board/board.html",
        problem=problem,
        board=found,
        parts=parts,
        counts=counted(parts),
        sides=side_by_side(found, parts),
        wanted=wanted,
        areas=list(areas(found)),
        units=sorted({each["unit"] for each in cells(shown(found, Wanted()))}),
        beside=beside,
        day=day,
        days=days_of(int(year), page.today, day),
        rounds=rounds_of(page, year),
    )


async def board_of(page: Page, year: object, kind: str, day: str | None) -> Any:
    """The board of a round as it was known at the end of a day, or now."""
    answer = await page.view("board", year=year, round=kind, known_at=instant_of(day), language=page.language)
    return answer["board"]


async def _beside(page: Page, year: object, kind: str, day: str | None) -> dict[str, Any] | None:
    """The half-year's lights by their subjects, where they are asked for beside the annual ones."""
    if kind != RoundKind.ANNUAL or page.asked("beside") is None:
        return None
    found = await board_of(page, year, RoundKind.HALF_YEAR, day)
    return {each["subject"]: each for each in cells(shown(found, Wanted()))}


def rounds_of(page: Page, chosen: str) -> list[str]:
    """The rounds that one may choose: of each year that is agreed, and of the one that is shown."""
    years = sorted({*(int(each) for each in page.myself["years"]), int(chosen)})
    return [f"{year}-{kind.value}" for year in years for kind in RoundKind]
