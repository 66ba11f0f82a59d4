"""The history replayed: event by event, what each changed on the board and why; the board as it was known then."""

import asyncio

from starlette.responses import Response

from services.web.api import Problem
from services.web.navigation import Link
from services.web.page import Page, Pages
from services.web.pages.audit.coded import coded
from services.web.pages.audit.place import Shown, crumbs, number
from services.web.pages.board.lights import Wanted, shown, side_by_side
from services.web.pages.board.moments import instant_of, round_asked

pages = Pages()


@pages.get("/{ledger}/audit/replay")
async def replay(page: Page) -> Response:
    """One event of the history: the last one, that at `at`, or the last one of a `day`."""
    page.crumbs = crumbs(page)
    year, kind = round_asked(page)
    last = (await page.get("trail", limit=1))["position"]
    at, problem = await _asked(page, last)
    steps, board = await asyncio.gather(
        page.get("audit/steps", after=at - 1, limit=1),
        page.get("audit/replay", view="board", year=year, round=kind, known_at=at),
    )
    step = next((each for each in steps["steps"] if each["position"] == at), None)
    return await page.render(
        "audit/replay.html",
        problem=problem,
        at=at,
        last=last,
        step=step,
        recorded_at=board["recorded_at"],
        board=board["shown"],
        unsealed=steps["unsealed"],
        round=f"{year}-{kind}",
        rounds=_rounds(page),
        coded=coded,
    )


@pages.get("/{ledger}/audit/replay/board")
async def board_then(page: Page) -> Response:
    """A board as it was known after an event, as it holds on a day."""
    page.crumbs = crumbs(page, Link(page.address("audit", "replay"), page.gettext("Replay")))
    year, kind = round_asked(page)
    last = (await page.get("trail", limit=1))["position"]
    at, problem = await _asked(page, last)
    valid = page.asked("valid_at")
    asked: Shown = {"view": "board", "year": year, "round": kind, "known_at": at}
    try:
        found = await page.get("audit/replay", **asked, valid_at=valid)
    except Problem as refused:
        if "valid_at" not in str(refused.said.get("field")):
            raise
        problem = Problem({**refused.said, "field": "valid_at"})
        found = await page.get("audit/replay", **asked)
    board = found["shown"]
    parts = shown(board, Wanted())
    return await page.render(
        "audit/board-then.html",
        problem=problem,
        at=at,
        last=last,
        valid=valid,
        recorded_at=found["recorded_at"],
        board=board,
        parts=parts,
        sides=side_by_side(board, parts),
        rounds=_rounds(page),
    )


async def _asked(page: Page, last: int) -> tuple[int, Problem | None]:
    """The position that is asked for, within the log; what is wrong with the day that was asked for instead."""
    day = page.asked("day")
    if day is None:
        at = number(page.asked("at"))
        return (last if at is None else min(max(at, 1), last)), None
    try:
        found = (await page.get("trail", until=instant_of(day), order="newest", limit=1))["entries"]
    except Problem as problem:
        return last, Problem({**problem.said, "field": "day"})
    return (found[0]["position"] if found else 1), None


def _rounds(page: Page) -> list[str]:
    return [f"{year}-{kind}" for year in page.myself["years"] for kind in ("half-year", "annual")]
