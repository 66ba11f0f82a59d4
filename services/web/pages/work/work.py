"""My work: what waits for the reader, by deadline, and what they began to write and have not saved."""

from datetime import date, timedelta
from typing import Any

from starlette.responses import Response

from services.web.page import Page, Pages
from services.web.pages.work.report_draft import drafted
from services.web.pages.work.tasks import tasks_of

pages = Pages()
Shown = dict[str, Any]
SOON = timedelta(days=7)


@pages.get("/{ledger}/work")
async def work(page: Page) -> Response:
    """All tasks of the inbox, each with the page where it is done; what is late comes first."""
    tasks = tasks_of(page, (await page.view("inbox", limit=500))["tasks"])
    return await page.render(
        "work/work.html",
        groups=_by_time(page, tasks),
        count=len(tasks),
        late=sum(each["late"] for each in tasks),
        drafts=await drafted(page),
    )


def _by_time(page: Page, tasks: list[Shown]) -> list[tuple[str, list[Shown]]]:
    """The tasks that are late, due within a week, due later, and those without a date."""
    _ = page.gettext
    soon = (date.fromisoformat(page.today) + SOON).isoformat()
    groups: dict[str, list[Shown]] = {name: [] for name in ("late", "soon", "later", "undated")}
    for each in tasks:
        if each["late"]:
            groups["late"].append(each)
        elif each["due"] is None:
            groups["undated"].append(each)
        else:
            groups["soon" if each["due"] <= soon else "later"].append(each)
    titles = {
        "late": _("Late"),
        "soon": _("Due within a week"),
        "later": _("Due later"),
        "undated": _("Without a date"),
    }
    return [(titles[name], found) for name, found in groups.items() if found]


__all__ = ["pages"]
