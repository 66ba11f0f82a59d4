"""Feedback on the service, open to anybody; administrators read it, with the date by which to answer (R14)."""

from starlette.responses import Response

from services.web.api import Problem
from services.web.page import Page, Pages

pages = Pages()


@pages.get("/{ledger}/feedback/received")
async def received(page: Page) -> Response:
    """What was said, for administrators."""
    if "administrator" not in page.roles:
        said = {"status": 403, "code": "not-permitted", "detail": "For administrators.", "roles": ["administrator"]}
        raise Problem(said)
    return await page.render("feedback/received.html", feedback=await page.feedback.of(page.ledger or ""))


@pages.public("/{ledger}/feedback")
@pages.public("/feedback")
async def form(page: Page) -> Response:
    """The form."""
    return await _shown(page)


@pages.public_post("/{ledger}/feedback")
@pages.public_post("/feedback")
async def give(page: Page) -> Response:
    """Keep what was said; whoever isn't signed in is told so on the page itself."""
    typed = await page.typed()
    client = page.request.client
    try:
        answer_by = await page.feedback.keep(
            page.ledger,
            sender="" if client is None else client.host,
            language=page.language,
            page=typed.get("page", ""),
            said=typed.text("said"),
            contact=typed.text("contact"),
        )
    except Problem as problem:
        return await _shown(page, problem)
    return await page.render("feedback/thanks.html", answer_by=answer_by)


async def _shown(page: Page, problem: Problem | None = None) -> Response:
    before = page.asked("page") or page.request.headers.get("referer", "").partition("?")[0]
    return await page.render("feedback/feedback.html", problem=problem, before=before)


__all__ = ["pages"]
