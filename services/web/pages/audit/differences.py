"""What of a year differs between two instants, by whom, and by which events."""

from starlette.responses import Response

from domain.calendar import days_after
from domain.values import Date
from services.web.api import Problem
from services.web.page import Page, Pages
from services.web.pages.audit.coded import coded
from services.web.pages.audit.place import Shown, at_its_field, crumbs, number
from services.web.pages.board.moments import instant_of

pages = Pages()
MONTH = -30
SHOWN = 200
"""Differences on the page."""


@pages.get("/{ledger}/audit/difference")
async def difference(page: Page) -> Response:
    """The changes from the end of one day, or one event, to another."""
    page.crumbs = crumbs(page)
    year = page.asked("year", str(page.cycle_year))
    since = page.asked("since") or days_after(Date(page.today), MONTH)
    until, subject = page.asked("until"), page.asked("subject")
    found: Shown | None = None
    problem = None
    try:
        found = await page.get(
            "audit/difference", year=year, **{"from": _place(page, since), "to": _place(page, until)}, subject=subject
        )
    except Problem as refused:
        problem = at_its_field(refused, **{"from": "since", "to": "until"})
        if problem.said["field"] not in {"since", "until"}:
            raise
    return await page.render(
        "audit/difference.html",
        problem=problem,
        found=found,
        shown=SHOWN,
        year=year,
        since=since,
        until=until,
        subject=subject,
        coded=coded,
    )


def _place(page: Page, written: str | None) -> str | int | None:
    """A position as it stands, a day as its last instant; today and later as now."""
    if written is None or (position := number(written)) is not None:
        return None if written is None else position
    return None if written >= page.today and written[:1].isdigit() else instant_of(written)
