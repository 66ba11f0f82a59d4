"""The approval of the final accounts, which dates the annual delivery: recorded, and corrected with a reason."""

from starlette.responses import Response

from services.web.api import Problem
from services.web.page import Page, Pages
from services.web.pages.year.years import acting, back, crumbs, document, year_of

pages = Pages()
_PATH = "/{ledger}/cycles/{year}/final-accounts"


@pages.get(_PATH)
async def form(page: Page) -> Response:
    """What is recorded, and the form to record or to correct it."""
    return await _shown(page)


@pages.post(_PATH)
async def record(page: Page) -> Response:
    """Record the approval, or correct what was recorded."""
    typed = await page.typed()
    try:
        body = {"year": year_of(page), "approved_on": typed.text("approved_on"), "document": await document(page)}
        if "correcting" in typed:
            body["reason"] = typed.text("reason")
            await page.command("correct-final-accounts-approval", body)
        else:
            await page.command("record-final-accounts-approval", body)
    except Problem as problem:
        return await _shown(page, problem)
    found = await page.get(f"cycles/{year_of(page)}")
    due = page.day(found["delivery"]["date"])
    return page.to(
        back(page), page.gettext("Recorded. The annual report is delivered to the ministry by %(day)s.", day=due)
    )


async def _shown(page: Page, problem: Problem | None = None) -> Response:
    year = year_of(page)
    page.crumbs = crumbs(page)
    return await page.render(
        "cycle/final_accounts.html",
        problem=problem,
        acting=await acting(page, "coordinator"),
        cycle=await page.get(f"cycles/{year}"),
        year=year,
    )


__all__ = ["pages"]
