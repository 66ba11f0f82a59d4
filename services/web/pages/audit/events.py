"""One event: all that may be read of it, what it changed, and the proof that it stands in the sealed log."""

from starlette.responses import Response

from services.web.api import Problem
from services.web.navigation import Link
from services.web.page import Page, Pages
from services.web.pages.audit.coded import coded
from services.web.pages.audit.place import Shown, crumbs, number
from services.web.pages.audit.sealed import inclusion, sealed

pages = Pages()
AROUND = 50
"""How far before and behind an event others of its command, and its neighbours, are looked for."""


@pages.get("/{ledger}/audit/events/{position}")
async def event(page: Page) -> Response:
    """An event and its proof. Refusals: `no-such-position` for one that there isn't, or that the reader may not see."""
    position = number(page.part("position")) or 0
    found = await entry(page, position)
    if found is None:
        raise Problem({"status": 404, "code": "no-such-position", "detail": f"You may read no event {position}."})
    page.crumbs = crumbs(page, Link(page.address("audit", "trail"), page.gettext("Trail")))
    around: list[Shown] = (await page.get("trail", after=max(position - AROUND, 0), limit=2 * AROUND))["entries"]
    others = [each["position"] for each in around]
    seal = await sealed(page)
    return await page.render(
        "audit/event.html",
        event=found,
        alike=[each for each in around if each["command_id"] == found["command_id"] and each != found],
        previous=max((each for each in others if each < position), default=None),
        next=min((each for each in others if each > position), default=None),
        seal=seal,
        proof=None if seal is None else await inclusion(page, position, seal.checkpoint),
        coded=coded,
    )


async def entry(page: Page, position: int) -> Shown | None:
    """The entry of the trail at a position; None where there is none that the reader may see."""
    if position < 1:
        return None
    found: list[Shown] = (await page.get("trail", after=position - 1, limit=1))["entries"]
    return next((each for each in found if each["position"] == position), None)


__all__ = ["entry", "pages"]
