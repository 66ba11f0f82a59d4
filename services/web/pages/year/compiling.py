"""Compiling the agency's report: what is signed off, what is named as a gap with its reason."""

from starlette.responses import Response

from services.web.api import Problem
from services.web.page import Page, Pages
from services.web.pages.year.chosen import at_fields, by_unit, explained, items_of
from services.web.pages.year.years import ANY, acting, back, crumbs, refusal

pages = Pages()
_PATH = "/{ledger}/rounds/{round}/compile"
_SIGNED = frozenset({"signed-off", "delivered"})


@pages.get(_PATH)
async def form(page: Page) -> Response:
    """What the report would hold, and what is missing."""
    return await _shown(page)


@pages.post(_PATH)
async def compile_report(page: Page) -> Response:
    """Compile it; the head decides on it next."""
    gaps = explained(await page.typed())
    try:
        await page.command("compile-agency-report", {"round": page.part("round"), "gaps": gaps})
    except Problem as problem:
        return await _shown(page, at_fields(problem, gaps))
    return page.to(back(page), page.gettext("The report is compiled. The head of the agency approves it next."))


async def _shown(page: Page, problem: Problem | None = None) -> Response:
    round_id = page.part("round")
    found, items = await page.get(f"rounds/{round_id}"), await items_of(page, round_id)
    missing = [each for each in items if each["stage"] not in _SIGNED]
    # What stands in the way besides what is missing: a correction under way, a target whose milestones changed.
    gaps = [{"subject": each["subject"], "reason": ANY} for each in missing]
    body, stands_in = {"round": round_id, "gaps": gaps}, await acting(page, "coordinator")
    refused = await refusal(page, "compile-agency-report", body, stands_in)
    page.crumbs = crumbs(page)
    return await page.render(
        "cycle/compile.html",
        problem=problem,
        acting=stands_in,
        refused=refused,
        found=found,
        round_id=round_id,
        signed=len(items) - len(missing),
        of=len(items),
        missing=by_unit(missing),
    )


__all__ = ["pages"]
