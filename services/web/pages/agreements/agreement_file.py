"""An agreement file imported as a draft; what is wrong in it is told by its place and line."""

import re
from typing import Any

from starlette.responses import Response

from services.web.api import Problem
from services.web.navigation import Link
from services.web.page import KEY, Page, Pages
from services.web.rendering import new_key

pages = Pages()
_PLACE = "/{ledger}/agreements/import"
_BARRED = Problem(
    {"status": 403, "code": "not-permitted", "detail": "You may not import an agreement.", "roles": ["coordinator"]}
)
"""What the API says to others; it can't be asked without a file."""
_LINE = re.compile(r"^line (\d+): ")
MOST_BYTES = 4_000_000
"""A file longer than this isn't read: the longest agreement has a twentieth of it."""


@pages.get(_PLACE)
async def choose(page: Page) -> Response:
    """The form to import one."""
    return await _shown(page)


@pages.post(_PLACE)
async def take(page: Page) -> Response:
    """Import it."""
    typed = await page.typed()
    key = typed.get(KEY) or new_key()
    if not typed.files:
        said = {"status": 422, "code": "field-missing", "detail": "Choose a file.", "field": "file"}
        return await _shown(page, Problem(said))
    content = await typed.files[0][1].read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        said = {"status": 413, "code": "body-too-large", "detail": "The file is too long.", "field": "file"}
        return await _shown(page, Problem(said))
    try:
        answer = await page.asking.send(f"{page.ledger}/agreement-files", content, "application/yaml", key=key)
    except Problem as problem:
        return await _shown(page, problem)
    if answer["last"] is not None:
        page.signed_in.went_to(page.ledger or "", answer["last"])
    return page.to(page.address("agreements"), page.gettext("The agreement is imported as a draft."))


async def _shown(page: Page, problem: Problem | None = None) -> Response:
    page.crumbs = [Link(page.address("agreements"), page.gettext("Agreement"))]
    mistakes = [] if problem is None else [_mistake(each) for each in problem.said.get("errors") or ()]
    barred = _BARRED if problem is None and "coordinator" not in page.roles else None
    return await page.render("agreement/import.html", problem=problem, barred=barred, mistakes=mistakes)


def _mistake(error: dict[str, Any]) -> dict[str, Any]:
    """A mistake in the file, its line apart from what is wrong. The API says these in English alone."""
    reason = str(error.get("reason") or "")
    line = _LINE.match(reason)
    return {
        "place": error.get("field"),
        "line": None if line is None else line[1],
        "reason": reason if line is None else reason[line.end() :],
    }


__all__ = ["pages"]
