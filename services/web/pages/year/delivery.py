"""Delivering the approved report to the ministry under a case number."""

from starlette.responses import Response

from services.web.api import Problem
from services.web.page import Page, Pages
from services.web.pages.year.years import ANY, acting, back, crumbs, refusal

pages = Pages()
_PATH = "/{ledger}/rounds/{round}/deliver"
_DELIVERED = ("delivered", "closed")


@pages.get(_PATH)
async def form(page: Page) -> Response:
    """The report that the head approved, and by when it is due."""
    return await _shown(page)


@pages.post(_PATH)
async def deliver(page: Page) -> Response:
    """Deliver exactly the report that was shown."""
    typed = await page.typed()
    body = {name: typed.text(name) for name in ("digest", "case_number", "late_reason")}
    try:
        await page.command("deliver-to-ministry", {"round": page.part("round"), **body})
    except Problem as problem:
        return await _shown(page, problem)
    said = page.gettext("The report is delivered to the ministry as %(case)s.", case=body["case_number"])
    return page.to(back(page), said)


async def _shown(page: Page, problem: Problem | None = None) -> Response:
    found = await page.get(f"rounds/{page.part('round')}")
    page.crumbs = crumbs(page)
    due, stands_in, refused = found["delivery"], await acting(page, "coordinator"), None
    if found["stage"] == "approved":
        body = {"round": page.part("round"), "digest": found["compiled"]["digest"]} if found["compiled"] else {}
        refused = await refusal(
            page, "deliver-to-ministry", {**body, "case_number": ANY, "late_reason": ANY}, stands_in
        )
    return await page.render(
        "cycle/deliver.html",
        problem=problem,
        acting=stands_in,
        refused=refused,
        found=found,
        round_id=page.part("round"),
        # What is delivered was in time or late then; by today nothing can be said of it.
        late=due is not None and found["stage"] not in _DELIVERED and page.today > due["date"],
    )


__all__ = ["pages"]
