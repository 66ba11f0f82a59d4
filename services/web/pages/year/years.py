"""What the pages of a reporting year have in common: the year that is asked for, and the way back to it."""

from typing import Any

from domain.values import FIRST_YEAR, LAST_YEAR
from services.web.api import Problem
from services.web.navigation import Link
from services.web.page import Page
from services.web.pages.capacity import acting_for, posted_for

Shown = dict[str, Any]
_DIGITS = 4
ANY = "-"
"""What stands for words that a person will type."""
HALF_YEAR, ANNUAL = "half-year", "annual"
KINDS = (HALF_YEAR, ANNUAL)


def year_of(page: Page) -> int:
    """The year of the page's address, or of its round's. Raises `Problem`."""
    parts = page.request.path_params
    return year_written(str(parts.get("year") or str(parts["round"]).partition("-")[0]))


def year_written(text: str) -> int:
    """A year as an address has it. Raises `Problem`: there is nothing at the address of any other."""
    if len(text) != _DIGITS or not (text.isascii() and text.isdecimal()) or not FIRST_YEAR <= int(text) <= LAST_YEAR:
        raise Problem({"status": 404, "code": "unknown-address", "detail": "", "instance": None})
    return int(text)


def back(page: Page) -> str:
    """The address of the page's year."""
    return page.address("cycles", year_of(page))


def crumbs(page: Page) -> list[Link]:
    """The way back to the page's year."""
    return [Link(back(page), page.gettext("Reporting year %(year)s", year=year_of(page)))]


async def refusal(page: Page, name: str, body: Shown, stands_in: str | None) -> Problem | None:
    """Why a command would be refused whatever is typed in its form: by who asks, or by how far things are.

    `body` stands for what is typed. What was sent already keeps its form, and all that was typed in it.
    """
    if page.request.method == "POST":
        return None
    problem = await page.may(name, body, stands_in)
    return None if problem is None or problem.said.get("field") or problem.said.get("errors") else problem


async def acting(page: Page, *roles: str) -> str | None:
    """Whom the reader stands in for in one of the roles: whom the form that was sent says, else who they may."""
    return await posted_for(page) if page.request.method == "POST" else acting_for(page, *roles)


async def document(page: Page, name: str = "document") -> str | None:
    """The document of a form, uploaded; None where none was chosen. Raises `Problem`."""
    typed = await page.typed()
    for field, file in typed.files:
        if field == name:
            try:
                return await page.upload(file, field)
            except Problem as problem:
                raise Problem({**problem.said, "field": name}) from None
    return None


__all__ = [
    "ANNUAL",
    "ANY",
    "HALF_YEAR",
    "KINDS",
    "acting",
    "back",
    "crumbs",
    "document",
    "refusal",
    "year_of",
    "year_written",
]
