"""Extending a date of a round: one date and no other, beyond the contractual one with the ministry's consent."""

from starlette.responses import Response

from services.web.api import Problem
from services.web.page import Page, Pages
from services.web.pages.year.dates import rows
from services.web.pages.year.years import ANY, acting, back, crumbs, refusal, year_of

pages = Pages()
KINDS = ("unit", "director", "head", "delivery")
_PATH = "/{ledger}/rounds/{round}/extend-deadline"
_FIELDS = ("kind", "unit", "date", "reason", "consent")


@pages.get(_PATH)
async def form(page: Page) -> Response:
    """The dates of the round, and the form to move one; `?kind=` and `?unit=` name it."""
    return await _shown(page)


@pages.post(_PATH)
async def extend(page: Page) -> Response:
    """Move the date."""
    typed = await page.typed()
    body = {name: typed.text(name) for name in _FIELDS}
    try:
        await page.command("extend-deadline", {"round": page.part("round"), **body})
    except Problem as problem:
        return await _shown(page, problem)
    said = page.gettext("The deadline is extended to %(day)s.", day=page.day(body["date"] or ""))
    return page.to(back(page), said)


async def _shown(page: Page, problem: Problem | None = None) -> Response:
    round_id = page.part("round")
    found = await page.get(f"rounds/{round_id}")
    dates = (await page.view("deadlines", year=year_of(page)))["deadlines"]
    page.crumbs = crumbs(page)
    kinds = [each for each in KINDS if each == "delivery" or found["reopening"] is None]
    stands_in = await acting(page, "coordinator")
    body = {"round": round_id, "kind": kinds[0], "date": page.today, "reason": ANY}
    return await page.render(
        "cycle/deadline.html",
        problem=problem,
        acting=stands_in,
        refused=await refusal(page, "extend-deadline", body, stands_in),
        found=found,
        round_id=round_id,
        rows=[each for each in rows(dates) if each["round"] == round_id],
        kinds=kinds,
        units=sorted({each["unit"] for each in found["scope"]}),
    )


__all__ = ["pages"]
