"""The watchers watched: who among auditors and administrators looked at what, when, in which engagement."""

from starlette.responses import Response

from services.web.page import Page, Pages
from services.web.pages.audit.coded import coded, looked_at
from services.web.pages.audit.place import crumbs

pages = Pages()
SHOWN = 50


@pages.get("/{ledger}/audit/looks")
async def looks(page: Page) -> Response:
    """Looks in the order in which they were recorded, of everybody or of one person."""
    page.crumbs = crumbs(page)
    person, after = page.asked("person"), page.asked("after")
    found = await page.get("audit/looks", person=person, after=after, limit=SHOWN)
    following = found["next"]
    return await page.render(
        "audit/looks.html",
        coded=coded,
        looked_at=looked_at,
        looks=found["looks"],
        person=person,
        next=None if following is None else page.address("audit", "looks", person=person, after=following),
        first=None if after is None else page.address("audit", "looks", person=person),
    )
