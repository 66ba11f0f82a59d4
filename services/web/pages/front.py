"""What lies outside of the ledgers: the way in, and what is said to everybody."""

from starlette.responses import Response

from services.web.page import Page, Pages

pages = Pages()


@pages.public("/")
async def welcome(page: Page) -> Response:
    """Who is signed in goes on to their ledger, or chooses one; everybody else is told what this is."""
    if page.session is None:
        return await page.render("front/welcome.html")
    found = await page.asking.get("me")
    if len(found["ledgers"]) == 1:
        return page.to(f"/{found['ledgers'][0]['ledger']}")
    return await page.render("front/ledgers.html", ledgers=found["ledgers"])
