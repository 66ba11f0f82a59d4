"""The ministry's statement on the final accounts: issued over the lights that are shown, read, corrected."""

from typing import Any

from starlette.responses import Response

from services.web.api import Problem
from services.web.page import Page, Pages
from services.web.pages.year.years import acting, crumbs, document, year_of

pages = Pages()
Shown = dict[str, Any]
LIGHT = "light."
NO_LIGHT = "none"
DELIVERED = "delivered."
"""The hidden fields that say which content was shown with a light."""
_UNKNOWN: Shown = {"light": None, "kind": "target", "ministry": None, "delivered": None}
_PATH = "/{ledger}/cycles/{year}/statement"


@pages.get(_PATH)
async def statement(page: Page) -> Response:
    """The statement as it was issued; before that, for the ministry, what would be issued."""
    return await _shown(page)


@pages.post(_PATH)
async def issue(page: Page) -> Response:
    """Issue it over exactly the lights that were shown."""
    typed = await page.typed()
    body = {"year": year_of(page), "digest": typed.text("digest"), "narrative": typed.text("narrative")}
    try:
        await page.command("issue-statement", body)
    except Problem as problem:
        return await _shown(page, problem)
    return page.to(page.path, page.gettext("The statement is issued. The agency may respond to it."))


@pages.post(_PATH + "/correction")
async def correct(page: Page) -> Response:
    """Correct what was issued: its words, lights that are chosen anew, its document."""
    typed = await page.typed()
    year = year_of(page)
    lights = [
        {
            "subject": subject,
            "light": None if value == NO_LIGHT else int(value),
            # The content that was shown with the light: what has changed since is refused (R16).
            "delivered": typed.get(DELIVERED + subject, ""),
        }
        for name, value in typed.pairs
        if name.startswith(LIGHT) and value in {"1", "2", "3", NO_LIGHT} and (subject := name.removeprefix(LIGHT))
    ]
    body = {"year": year, "lights": lights, "narrative": typed.text("narrative"), "reason": typed.text("reason")}
    try:
        await page.command("correct-statement", body | {"document": await document(page)})
    except Problem as problem:
        return await _shown(page, problem)
    here = page.address("cycles", year, "statement")
    return page.to(here, page.gettext("The statement is corrected. The first one stays in the history."))


async def _shown(page: Page, problem: Problem | None = None) -> Response:
    year = year_of(page)
    cycle = await page.get(f"cycles/{year}")
    ministry = bool(page.roles & {"ministry-assessor", "ministry-decider"})
    draft = await page.get(f"cycles/{year}/statement-draft") if ministry and cycle["statement"] is None else None
    assessment = await page.get(f"cycles/{year}/assessment") if cycle["assessment"] is not None else None
    refused = None
    stands_in = await acting(page, "ministry-decider")
    if draft and draft["digest"] and problem is None:
        asked = {"year": year, "digest": draft["digest"], "narrative": "-"}
        refused = await page.may("issue-statement", asked, stands_in)
    page.crumbs = crumbs(page)
    subjects = assessment["subjects"] if assessment else []
    return await page.render(
        "assessment/statement.html",
        problem=problem,
        acting=stands_in,
        year=year,
        cycle=cycle,
        draft=draft,
        refused=refused,
        lights=_lights(cycle["statement"] or draft or {"lights": []}, subjects),
    )


def _lights(made: Shown, subjects: list[Shown]) -> list[Shown]:
    """The statement's lights, each beside the agency's and with the ministry's rationale."""
    by_subject = {each["subject"]: each for each in subjects}
    found = []
    for each in made["lights"]:
        one = by_subject.get(each["subject"], _UNKNOWN)
        found.append(
            each
            | {"agency": one["light"], "kind": one["kind"], "given": one["ministry"], "now_delivered": one["delivered"]}
        )
    return found


__all__ = ["pages"]
