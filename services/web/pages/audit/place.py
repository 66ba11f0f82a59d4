"""Where a page of the audit stands among the others, and who may audit at the moment."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from domain.calendar import end_of, start_of
from services.web.api import Problem
from services.web.navigation import Link
from services.web.page import Page

Shown = dict[str, Any]
_NUMBER = re.compile(r"[0-9]{1,8}")
OVERSEEING = frozenset({"auditor", "head", "coordinator"})
"""Who reads the engagements, and verifies on a page."""


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
    """A position as it was typed; None for what is none: none has more than eight digits."""
    return int(written) if written is not None and _NUMBER.fullmatch(written) else None


def begins(day: str) -> str:
    """The instant at which a day begins; what is no day as it stands, for the API says what is wrong."""
    return _midnight(start_of, day)


def ends(day: str) -> str:
    """The instant at which a day is over; what is no day as it stands."""
    return _midnight(end_of, day)


def _midnight(of: Callable[[date], datetime], day: str) -> str:
    try:
        return of(date.fromisoformat(day)).isoformat()
    except (ValueError, OverflowError):
        return day


def at_its_field(problem: Problem, **fields: str) -> Problem:
    """A refused query with its fields as a form names them: `query.from` is `from`, or what `fields` calls it."""

    def named(told: Shown) -> Shown:
        field = str(told.get("field") or "").removeprefix("query.").rstrip("_").partition(".")[0]
        return {**told, "field": fields.get(field, field) or None}

    errors = [named(each) for each in problem.said.get("errors") or ()]
    return Problem(named({**problem.said, "errors": errors}))


__all__ = ["OVERSEEING", "Shown", "at_its_field", "begins", "crumbs", "ends", "engaged", "number"]
