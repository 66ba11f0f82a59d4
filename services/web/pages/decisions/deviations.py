"""The deviations of a year with their corrective actions: what is open, what is due, what waits for a director."""

from typing import Any

from starlette.responses import Response

from services.web.api import Problem
from services.web.page import Page, Pages
from services.web.pages.year.years import year_written

pages = Pages()
Shown = dict[str, Any]
_ORDER = ("action-reported", "open", "closed")


@pages.get("/{ledger}/deviations")
async def deviations(page: Page) -> Response:
    """Those of `?year=`, of `?unit=` alone where one is asked for; what waits for a decision comes first."""
    year = _year(page)
    every: list[Shown] = (await page.get(f"deviations/{year}"))["deviations"]
    unit = page.asked("unit")
    shown = [_row(page, each) for each in every if unit in (None, each["unit"])]
    shown.sort(key=lambda each: (_ORDER.index(each["stage"]), each["due"] or "9", each["subject"]))
    return await page.render(
        "deviations/deviations.html",
        year=year,
        years=page.myself["years"],
        unit=unit,
        units=sorted({each["unit"] for each in every}),
        waiting=[each for each in shown if each["decidable"]],
        opened=[each for each in shown if each["stage"] != "closed" and not each["decidable"]],
        closed=[each for each in shown if each["stage"] == "closed"],
    )


def _year(page: Page) -> int:
    """The year that is asked for; the one on most desks where none is, or nothing that is one."""
    try:
        return year_written(page.asked("year") or "")
    except Problem:
        return page.cycle_year


def _row(page: Page, one: Shown) -> Shown:
    """A deviation with what its line needs: its action's date, whether that has passed, and where it is decided."""
    explanation = (one["content"] or {}).get("explanation")
    due: str | None = None if explanation is None else explanation["action_due"]
    is_open = one["stage"] != "closed"
    decidable = is_open and (one["stage"] == "action-reported" or one["closure_proposed"])
    own = one["unit"] in page.units("director")
    round_id = (one["content"] or {}).get("round") or f"{one['year']}-annual"
    place = ("rounds", round_id, "items", one["subject"])
    return one | {
        "explanation": explanation,
        "due": due,
        "late": due is not None and is_open and due < page.today,
        "decidable": decidable and own,
        "href": page.address(*place),
        "close": page.address(*place, act="close-deviation"),
        "send_back": page.address(*place, act="return-action") if one["stage"] == "action-reported" else None,
    }


__all__ = ["pages"]
