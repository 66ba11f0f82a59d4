"""The audit trail: who did what, for whom, when, in which role, by which command; searched and filtered."""

from starlette.responses import Response

from services.web.api import Problem
from services.web.page import Page, Pages
from services.web.pages.audit.place import Shown, at_its_field, begins, crumbs, ends
from services.web.words import word
from verifier.happened import HAPPENED

pages = Pages()
SHOWN = 50
"""Entries on a page."""
FILTERS = ("q", "person", "unit", "subject", "type", "since", "until", "rrf", "order")


@pages.get("/{ledger}/audit/trail")
async def trail(page: Page) -> Response:
    """The entries that match what is asked for, the newest first unless it is asked otherwise."""
    page.crumbs = crumbs(page)
    wanted = {name: value for name in FILTERS if (value := page.asked(name)) is not None}
    after = page.asked("after")
    problem, found = None, Shown(entries=[], next=None)
    try:
        found = await page.view("trail", after=after, limit=SHOWN, **_query(wanted))
    except Problem as refused:
        problem = at_its_field(refused)
        if problem.said["field"] not in FILTERS:
            raise
    names = await page.names()
    return await page.render(
        "audit/trail.html",
        problem=problem,
        entries=found["entries"],
        next=None if found["next"] is None else page.address("audit", "trail", **wanted, after=found["next"]),
        first=None if after is None else page.address("audit", "trail", **wanted),
        wanted={name: wanted.get(name) for name in FILTERS},
        kinds=sorted(((kind, word(kind, "event", page.language)) for kind in HAPPENED), key=lambda each: each[1]),
        people=names["people"],
        units=names["units"],
        subjects=names["subjects"],
    )


def _query(wanted: dict[str, str]) -> dict[str, object]:
    """What is asked of the API: days as instants, the newest first, the rest as it stands."""
    asked: dict[str, object] = {"order": "newest", **wanted}
    if "since" in asked:
        asked["since"] = begins(str(asked["since"]))
    if "until" in asked:
        asked["until"] = ends(str(asked["until"]))
    if "rrf" in asked:
        asked["rrf"] = "true"
    return asked


__all__ = ["pages"]
