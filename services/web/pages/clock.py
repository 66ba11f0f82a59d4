"""The clock of a demo: which day it is, and steps to the next day, date or stage. No other ledger has these pages."""

import time
from datetime import date, datetime
from datetime import time as hour
from zoneinfo import ZoneInfo

from starlette.responses import Response

from services.web.api import Problem
from services.web.page import Page, Pages
from services.web.rendering import new_key

pages = Pages()
HELSINKI = ZoneInfo("Europe/Helsinki")
MORNING = hour(8)
WAIT_SECONDS = 20.0
"""How long one press of a button goes on; what is further away takes another."""
SHOWN = 100
"""Events that happened on the way; the trail has the rest."""


@pages.get("/{ledger}/clock")
async def clock(page: Page) -> Response:
    """What the clock shows, where it can go, and what happened on the way here."""
    return await _shown(page)


@pages.post("/{ledger}/clock")
async def step(page: Page) -> Response:
    """Go on; back to where the button was. `now` is what the clock showed: pressed twice, it is one step."""
    typed, now = await page.typed(), page.myself["now"]
    if typed.get("now", now) != now:
        # Somebody else may have moved it: that the button did nothing must be seen.
        moved = page.gettext("The day is now %(day)s.", day=page.day(page.today))
        return page.to(_back(page, typed.text("back")), moved, "info")
    position = (await page.get("trail", limit=1))["position"]
    try:
        until = await _until(page, typed.text("to"), typed.text("day"))
        arrived = await _walked(page, until, now)
    except Problem as problem:
        return await _shown(page, problem)
    page.me = await page.get("me")
    said = (
        page.gettext("The day is now %(day)s.", day=page.day(page.today))
        if arrived
        else page.gettext("The clock is on its way, on %(day)s: much falls due. Go on.", day=page.day(page.today))
    )
    back = _back(page, typed.text("back"))
    if back == page.address("clock"):
        back = page.address("clock", since=position)
    return page.to(back, said, "success" if arrived else "info")


async def _until(page: Page, to: str | None, day: str | None) -> str:
    """The instant to go to: that of a step which the API names, or the morning of a day."""
    if to is None:
        try:
            return datetime.combine(date.fromisoformat(day or ""), MORNING, HELSINKI).isoformat()
        except ValueError:
            raise Problem(
                {"status": 422, "code": "no-such-date", "detail": "There is no such day.", "field": "day"}
            ) from None
    found = await page.get("clock")
    place = found.get(to)
    if place is None:
        raise Problem({"status": 409, "code": "nothing-to-come", "detail": "No such date is determined now."})
    return str(place["at"])


async def _walked(page: Page, until: str, now: str) -> bool:
    """Whether the clock got there in time. Where it no longer shows `now`, another page moved it: nothing is done."""
    begun, shown = time.monotonic(), {"now": now}
    while True:
        answer = await page.asking.post(f"{page.ledger}/clock", {"until": until} | shown, key=new_key())
        shown = {}
        if answer["arrived"] or time.monotonic() - begun > WAIT_SECONDS:
            return bool(answer["arrived"])


async def _shown(page: Page, problem: Problem | None = None) -> Response:
    page.clock = await page.get("clock")
    since = page.asked("since")
    happened = None
    if since is not None and since.isdecimal():
        happened = (await page.view("trail", after=since, limit=SHOWN))["entries"]
    return await page.render("clock/clock.html", happened=happened, problem=problem)


def _back(page: Page, asked: str | None) -> str:
    """Where the button stood, if that is below this ledger."""
    home = page.address()
    if asked is not None and (asked == home or asked.startswith((f"{home}/", f"{home}?"))) and "\\" not in asked:
        return asked
    return page.address("clock")
