"""The page of a reporting year: its dates on a line with today's, who has delivered, what is to be done next."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

from starlette.responses import Response

from services.web.api import Problem
from services.web.page import Page, Pages
from services.web.pages.year import dates as of_year
from services.web.pages.year.dates import day_of
from services.web.pages.year.line import line
from services.web.pages.year.years import ANNUAL, HALF_YEAR, KINDS, year_of

pages = Pages()
Shown = dict[str, Any]
SENT = ("reminder-issued", "mail-failed", "step-escalated", "deadline-extended")
"""What the trail tells of reminding, beside the dates."""
MOST = 12
"""Entries of each kind on the page; the trail has the rest."""
_PAGE = 500
RUNNING = frozenset({"open", "compiled", "approved"})
STAGES = ("planned", "running", "assessing", "stated", "closed")


@pages.get("/{ledger}/cycles/{year}")
async def cycle(page: Page) -> Response:
    """A year: where it stands, its dates, its units, its reminders, its publications."""
    year = year_of(page)
    found, dates, *more = await asyncio.gather(
        page.get(f"cycles/{year}"),
        page.view("deadlines", year=year),
        *(page.get(f"rounds/{year}-{kind}") for kind in KINDS),
        *(_sent(page, type_, year) for type_ in SENT),
    )
    rounds: list[Shown] = more[:2]
    rows = of_year.rows(dates["deadlines"])
    published = [each["published"] for each in found["publications"] if each["published"]]
    return await page.render(
        "cycle/cycle.html",
        cycle=found,
        year=year,
        rounds=rounds,
        rows=rows,
        steps=_steps(found, rounds),
        owed=of_year.owed(dates["deadlines"], page.today),
        actions=of_year.actions(dates["deadlines"]),
        units=of_year.units(dates["deadlines"], rounds),
        line=line(year, page.today, rows, _spans(found, rounds, rows), published),
        sent=dict(zip(SENT, more[2:], strict=True)),
        unattended=await _unattended(page),
        workflow=page.workflow(f"reporting-cycle/{year}"),
        stale=dates["stale"],
    )


async def _sent(page: Page, type_: str, year: int) -> list[Shown]:
    """The last entries of a kind that are about the year, the newest first."""
    of_it: list[Shown] = []
    after: int | None = 0
    # Other years' entries lie between: page on until there are enough.
    while after is not None and len(of_it) < MOST:
        try:
            found = await page.view("trail", type=type_, order="newest", limit=_PAGE, since=_begins(year), after=after)
        except Problem as problem:
            if problem.status in {403, 404}:
                return []
            raise
        of_it += [each for each in found["entries"] if each["said"] is not None and f"/{year}" in each["stream"]]
        after = found["next"]
    return of_it[:MOST]


def _begins(year: int) -> str:
    return f"{year}-01-01T00:00:00Z"


async def _unattended(page: Page) -> int:
    """How many steps wait for nobody, for those who see to it."""
    if not page.roles & {"coordinator", "head"}:
        return 0
    return len((await page.view("unattended"))["tasks"])


def _steps(found: Shown, rounds: Sequence[Shown]) -> list[tuple[str, str]]:
    """The stages of a year, each done, current or ahead."""
    half, annual = (each["stage"] for each in rounds)
    stage = STAGES.index(found["stage"])
    delivered = {"delivered", "closed"}
    done = [
        (HALF_YEAR, half in delivered, half in RUNNING),
        (ANNUAL, annual in delivered, annual in RUNNING),
        ("final-accounts", found["final_accounts"] is not None, annual in RUNNING),
        ("assessment", stage > STAGES.index("assessing"), found["stage"] == "assessing"),
        ("publications", all(each["published"] for each in found["publications"]), found["stage"] == "stated"),
        ("closed", found["stage"] == "closed", False),
    ]
    return [(name, "done" if over else "current" if now else "ahead") for name, over, now in done]


def _spans(found: Shown, rounds: Sequence[Shown], rows: Sequence[Shown]) -> Iterator[tuple[str, str, str]]:
    """From when to when rounds are reported and the ministry assesses."""
    due = {(each["round"], each["kind"]): each for each in rows}
    for each in rounds:
        delivery = due.get((each["round"], "delivery"))
        if each["opens"] and delivery and delivery["date"]:
            yield each["kind"], day_of(each["opens"]), max(delivery["date"], day_of(delivery["met_at"]))
    delivered = due.get((f"{found['year']}-{ANNUAL}", "delivery"))
    statement = due.get((None, "statement"))
    if delivered and delivered["met_at"] and statement and statement["date"]:
        yield "ministry", day_of(delivered["met_at"]), max(statement["date"], day_of(statement["met_at"]))


__all__ = ["pages"]
