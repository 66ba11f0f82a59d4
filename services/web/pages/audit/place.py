"""Where a page of the audit stands among the others, and who may audit at the moment."""

from typing import Any

from services.web.navigation import Link
from services.web.page import Page

Shown = dict[str, Any]
OVERSEEING = frozenset({"auditor", "head", "coordinator"})
"""Who reads the engagements."""


def crumbs(page: Page, *more: Link) -> list[Link]:
    """The way to a page of the audit."""
    return [Link(page.address("audit"), page.gettext("Audit")), *more]


async def engaged(page: Page) -> list[Shown]:
    """The engagements in force in which the reader audits: without one, nothing is replayed, tested or taken home."""
    if "auditor" not in page.roles:
        return []
    found = (await page.get("engagements"))["engagements"]
    return [each for each in found if each["stage"] == "in-force" and page.person in each["opened"]["auditors"]]


def number(written: str | None) -> int | None:
    """A position as it was typed; None for what is none."""
    return int(written) if written is not None and written.isascii() and written.isdigit() else None


__all__ = ["OVERSEEING", "Shown", "crumbs", "engaged", "number"]
