"""Whether an item may be written now: the API is asked, for the item's stage stands in the item itself."""

from http import HTTPStatus
from typing import Any

from services.web.api import Problem
from services.web.page import Page
from services.web.pages.work.unit_report import UNSUBMITTED, is_stale

Shown = dict[str, Any]
_MINIMAL: dict[str, Shown] = {
    "milestone": {"status": "reached", "light": 3},
    "indicator": {"value": None, "finality": "provisional", "light": None},
    "target": {"light": 3, "milestones": []},
}
"""Reports of which one only asks whether somebody may write at all."""
_SHUT = frozenset({"round-not-open", "window-not-open", "item-withdrawn"})


async def barred(page: Page, item: Shown, what: str, acting_for: str | None) -> Problem | None:
    """Why the reader can't write now: `what` is a report or evidence. None where they can."""
    place = {"round": page.part("round"), "subject": item["subject"]}
    if what == "report":
        command, body = f"report-{item['kind']}", place | {"seen": None} | _MINIMAL[item["kind"]]
    else:
        command, body = "detach-evidence", place | {"evidence": "none", "reason": "-"}
    problem = await page.may(command, body, acting_for)
    if problem is not None and (problem.status == HTTPStatus.FORBIDDEN or problem.code in _SHUT):
        return problem
    if item["stage"] in UNSUBMITTED or (item["stage"] == "signed-off" and is_stale(item)):
        return None
    return Problem({"status": 409, "code": "item-not-writable", "detail": f"The item is {item['stage']}."})


__all__ = ["barred"]
