"""Findings of audits: the agency answers what is raised, an auditor closes what is answered."""

from starlette.responses import Response

from domain.events.engagement import Outcome
from services.web.api import Problem
from services.web.navigation import Link
from services.web.page import Page, Pages
from services.web.pages.audit.place import Shown, crumbs
from services.web.words import word

pages = Pages()
AGREED = {"yes": True, "no": False}
STAGES = ("raised", "answered", "closed")


@pages.get("/{ledger}/audit/findings")
async def findings(page: Page) -> Response:
    """The findings that the reader may read: a unit reads its own."""
    page.crumbs = crumbs(page)
    stage = page.asked("stage")
    found = (await page.get("findings", stage=stage if stage in STAGES else None))["findings"]
    stages = [(each, word(each, "finding", page.language)) for each in STAGES]
    return await page.render("audit/findings-list.html", findings=found, stage=stage, stages=stages)


@pages.get("/{ledger}/audit/findings/{engagement}/{finding}")
async def finding(page: Page) -> Response:
    """One finding, what shows it, how it was answered, and what may be done now."""
    return await _shown(page)


@pages.post("/{ledger}/audit/findings/{engagement}/{finding}/answer")
async def answer(page: Page) -> Response:
    """Answer it, or answer it anew."""
    typed = await page.typed()
    body = {
        **_named(page),
        "agreed": AGREED.get(typed.get("agreed", "")),
        "mended_by": typed.text("mended_by"),
        "text": typed.text("text") or "",
    }
    try:
        await page.command("answer-finding", body)
    except Problem as problem:
        return await _shown(page, problem)
    return page.to(_address(page), page.gettext("The finding is answered. An auditor closes it when it is mended."))


@pages.post("/{ledger}/audit/findings/{engagement}/{finding}/close")
async def close(page: Page) -> Response:
    """Close it with its outcome."""
    typed = await page.typed()
    body = {**_named(page), "outcome": typed.text("outcome"), "text": typed.text("closing_text")}
    try:
        await page.command("close-finding", body)
    except Problem as problem:
        return await _shown(page, problem)
    return page.to(_address(page), page.gettext("The finding is closed."))


async def _shown(page: Page, problem: Problem | None = None) -> Response:
    found = (await page.get("findings", engagement=page.part("engagement")))["findings"]
    one: Shown | None = next((each for each in found if each["finding"] == page.part("finding")), None)
    if one is None:
        raise Problem({"status": 404, "code": "unknown-finding", "detail": "There is no such finding."})
    page.crumbs = crumbs(page, Link(page.address("audit", "findings"), page.gettext("Findings")))
    named = _named(page)
    trying = {"agreed": False, "mended_by": None, "text": "-"}
    return await page.render(
        "audit/finding.html",
        problem=problem,
        one=one,
        answering=one["stage"] != "closed" and await page.may("answer-finding", named | trying) is None,
        closing=one["stage"] != "closed" and await page.may("close-finding", named | {"outcome": "withdrawn"}) is None,
        outcomes=[
            (each.value, word(each, "outcome", page.language))
            for each in Outcome
            if one["stage"] == "answered" or each is Outcome.WITHDRAWN
        ],
    )


def _named(page: Page) -> dict[str, str]:
    return {"engagement": page.part("engagement"), "finding": page.part("finding")}


def _address(page: Page) -> str:
    return page.address("audit", "findings", page.part("engagement"), page.part("finding"))
