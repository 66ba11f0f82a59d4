"""Saying that one of the three publications was made: exactly the content that is shown, and where it stands."""

from typing import Any

from starlette.responses import Response

from services.web.api import Problem
from services.web.page import Page, Pages
from services.web.pages.year.years import acting, back, crumbs, refusal, year_of

pages = Pages()
_PATH = "/{ledger}/cycles/{year}/publications/{kind}"
_SOMEWHERE = "https://www.tutkihallintoa.fi/"
"""What stands for the address that will be typed."""
_WITH_ITEMS = "final-accounts"
"""The publication from which items may be left out."""


@pages.get(_PATH)
async def form(page: Page) -> Response:
    """What may be published, and the form to say that it was."""
    return await _shown(page)


@pages.post(_PATH)
async def publish(page: Page) -> Response:
    """Record the publication."""
    typed = await page.typed()
    body: dict[str, Any] = {
        name: typed.text(name) for name in ("published_on", "digest", "reference", "redaction_basis")
    }
    body |= {"year": year_of(page), "kind": page.part("kind"), "redacted": sorted(typed.all("redacted"))}
    try:
        await page.command("publish", body)
    except Problem as problem:
        return await _shown(page, problem)
    return page.to(back(page), page.gettext("The publication is recorded."))


async def _shown(page: Page, problem: Problem | None = None) -> Response:
    year, kind = year_of(page), page.part("kind")
    cycle = await page.get(f"cycles/{year}")
    ready = next((each for each in cycle["publications"] if each["kind"] == kind), None)
    if ready is None:
        raise Problem({"status": 404, "code": "unknown-address", "detail": kind})
    annual = await page.get(f"rounds/{year}-annual") if kind == _WITH_ITEMS else None
    page.crumbs, stands_in = crumbs(page), await acting(page, "coordinator")
    body = {"year": year, "kind": kind, "digest": ready["digest"], "published_on": page.today, "reference": _SOMEWHERE}
    refused = await refusal(page, "publish", body, stands_in) if ready["digest"] else None
    return await page.render(
        "cycle/publication.html",
        problem=problem,
        acting=stands_in,
        refused=refused,
        cycle=cycle,
        year=year,
        kind=kind,
        ready=ready,
        annual=annual,
        scope=[] if annual is None else [each["subject"] for each in annual["scope"]],
    )


__all__ = ["pages"]
