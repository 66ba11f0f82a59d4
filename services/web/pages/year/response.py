"""The agency's response to the ministry's statement (case 18): its words, and a document."""

from typing import Any

from starlette.responses import Response

from services.web.api import Problem
from services.web.navigation import Link
from services.web.page import Page, Pages
from services.web.pages.capacity import acting_for, posted_for
from services.web.pages.year.years import year_of

pages = Pages()
_RESPONSE = "/{ledger}/cycles/{year}/response"
_WORDS = "-"


@pages.get(_RESPONSE)
async def response(page: Page) -> Response:
    """The response as it is attached, or the form for it."""
    return await _shown(page, acting_for(page, "head"))


@pages.post(_RESPONSE)
async def attach(page: Page) -> Response:
    """Attach it."""
    typed, year = await page.typed(), page.part("year")
    try:
        files = [await page.upload(file, "document") for name, file in typed.files if name == "document"]
        body = {"year": year_of(page), "narrative": typed.text("narrative"), "document": next(iter(files), None)}
        await page.command("attach-response", body)
    except Problem as problem:
        return await _shown(page, await posted_for(page), problem)
    return page.to(page.address("cycles", year, "response"), page.gettext("The response is attached to the statement."))


async def _shown(page: Page, principal: str | None, problem: Problem | None = None) -> Response:
    year = year_of(page)
    cycle: dict[str, Any] = await page.get(f"cycles/{year}")
    offered = await page.may("attach-response", {"year": year, "narrative": _WORDS}, principal)
    page.crumbs = [Link(page.address("cycles", year), page.gettext("Reporting year %(year)s", year=year))]
    return await page.render(
        "response/response.html", problem=problem, cycle=cycle, year=year, principal=principal, refused=offered
    )


__all__ = ["pages"]
