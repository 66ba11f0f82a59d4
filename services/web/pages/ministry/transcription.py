"""The ministry's statement copied from its document by two people, where the ministry doesn't sign in (C19)."""

import re
import secrets
from typing import Any

from starlette.responses import Response

from services.web.api import Problem
from services.web.page import Page, Pages
from services.web.pages.year.years import back, crumbs, document, year_of

pages = Pages()
Shown = dict[str, Any]
LIGHT, RATIONALE = "light.", "rationale."
_PATH = "/{ledger}/cycles/{year}/transcription"
_PLACE = re.compile(r"^lights\.(\d+)\.(light|rationale)$")


@pages.get(_PATH)
async def transcription(page: Page) -> Response:
    """The copy that waits for a second person; without one, the form to make it."""
    return await _shown(page)


@pages.post(_PATH)
async def propose(page: Page) -> Response:
    """Propose the copy: document, words, and a light for each subject."""
    typed = await page.typed()
    lights = [
        {
            "subject": subject,
            "light": int(value) if value in {"1", "2", "3"} else None,
            "rationale": typed.text(RATIONALE + subject),
        }
        for name, value in typed.pairs
        if name.startswith(LIGHT) and (subject := name.removeprefix(LIGHT))
    ]
    body = {"year": year_of(page), "proposal": typed.text("proposal"), "narrative": typed.text("narrative")}
    try:
        await page.command("propose-transcription", body | {"document": await document(page), "lights": lights})
    except Problem as problem:
        return await _shown(page, _at_fields(problem, [str(each["subject"]) for each in lights]))
    return page.to(page.path, page.gettext("The copy is proposed. A second person compares it with the document."))


@pages.post(_PATH + "/{proposal}/confirm")
async def confirm(page: Page) -> Response:
    """Confirm exactly the copy that was shown: the statement counts as issued."""
    typed = await page.typed()
    body = {"year": year_of(page), "proposal": page.part("proposal"), "digest": typed.text("digest")}
    try:
        await page.command("confirm-transcription", body)
    except Problem as problem:
        return await _shown(page, problem)
    said = page.gettext("The copy is confirmed: the ministry's statement is recorded.")
    return page.to(page.address("cycles", year_of(page), "statement"), said)


@pages.post(_PATH + "/{proposal}/withdraw")
async def withdraw(page: Page) -> Response:
    """Take the copy off the table."""
    try:
        await page.command("withdraw-transcription", {"year": year_of(page), "proposal": page.part("proposal")})
    except Problem as problem:
        return await _shown(page, problem)
    return page.to(back(page), page.gettext("The copy is withdrawn."))


async def _shown(page: Page, problem: Problem | None = None) -> Response:
    year = year_of(page)
    cycle = await page.get(f"cycles/{year}")
    assessment = await page.get(f"cycles/{year}/assessment") if cycle["assessment"] is not None else None
    page.crumbs = crumbs(page)
    proposals = [
        each | {"refused": await page.may("confirm-transcription", _asked(year, each))} for each in cycle["proposals"]
    ]
    subjects = assessment["subjects"] if assessment else []
    return await page.render(
        "assessment/transcription.html",
        problem=problem,
        year=year,
        cycle=cycle,
        proposals=proposals,
        subjects=subjects,
        agency={each["subject"]: each["light"] for each in subjects},
        # Its id is made with the form, so that a form that is sent twice proposes once.
        proposal=f"statement-{year}-{secrets.token_hex(4)}",
    )


def _asked(year: int, proposal: Shown) -> Shown:
    return {"year": year, "proposal": proposal["proposal"], "digest": proposal["digest"]}


def _at_fields(problem: Problem, subjects: list[str]) -> Problem:
    """The problem with its errors at the form's fields: `lights.3.light` is that of the fourth subject."""
    errors = []
    for each in problem.said.get("errors") or ():
        found = _PLACE.match(each.get("field") or "")
        named = found and int(found[1]) < len(subjects) and f"{found[2]}.{subjects[int(found[1])]}"
        errors.append(each | {"field": named or each.get("field")})
    return Problem({**problem.said, "errors": errors})


__all__ = ["pages"]
