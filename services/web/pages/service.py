"""What the service says of itself to anybody: help, accessibility (act 306/2019), privacy."""

from starlette.responses import Response

from services.web.page import Page, Pages

pages = Pages()


@pages.public("/{ledger}/help")
@pages.public("/help")
async def help_page(page: Page) -> Response:
    """What each role does, and when."""
    return await page.render("service/help.html")


@pages.public("/{ledger}/accessibility")
@pages.public("/accessibility")
async def accessibility(page: Page) -> Response:
    """The accessibility statement (R14)."""
    return await page.render("service/accessibility.html")


@pages.public("/{ledger}/privacy")
@pages.public("/privacy")
async def privacy(page: Page) -> Response:
    """What is kept of people, why and for how long."""
    return await page.render("service/privacy.html")
