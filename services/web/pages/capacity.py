"""For whom a reader acts on a page: for themselves, or as somebody's substitute (case 6)."""

from services.web.page import ACTING_FOR, Page

FOR = "for"
"""The field of an address that names whom one stands in for, as a task of the inbox does."""


def acting_for(page: Page, *roles: str, unit: str | None = None) -> str | None:
    """Whom the reader stands in for, None for nobody: whom the form or the address names, else whoever holds one of
    the roles, where the reader doesn't hold any by themselves.
    """
    named = page.asked(FOR)
    if named is not None:
        return named
    held = [each for each in page.myself["roles"] if each["role"] in roles and each["unit"] in (None, unit)]
    if any(each["principal"] is None for each in held):
        return None
    return next((str(each["principal"]) for each in held), None)


async def posted_for(page: Page) -> str | None:
    """Whom the form that was sent says its sender acts for."""
    return (await page.typed()).text(ACTING_FOR)


__all__ = ["FOR", "acting_for", "posted_for"]
