"""The queue of those who decide: submissions, actions, late completions, the agency's report, the response."""

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.responses import Response

from services.web.page import Page, Pages
from services.web.pages.capacity import FOR

pages = Pages()
Shown = dict[str, Any]
_SUBMITTED = ("sign-off", "sign-off-escalated", "endorse")
_AFTERWARDS = ("close-deviation", "sign-off-late-completion")
_AGENCY = ("approve-report", "return-report", "respond")


@pages.get("/{ledger}/queue")
async def queue(page: Page) -> Response:
    """All that waits for the reader's decision, in person or for somebody; what is due first comes first."""
    tasks: list[Shown] = (await page.view("inbox", limit=500))["tasks"]
    waiting = _joined(each for each in tasks if each["what"] in _SUBMITTED)
    afterwards = [_one(page, task, subject) for task in _of(tasks, _AFTERWARDS) for subject in task["subjects"]]
    agency = [task | {"href": _agency(page, task)} for task in _of(tasks, _AGENCY)]
    return await page.render(
        "queue/queue.html",
        packages=[each | {"href": _package(page, each)} for each in waiting],
        afterwards=afterwards,
        agency=agency,
        items=sum(len(each["subjects"]) for each in waiting),
        late=sum(each["late"] for each in (*waiting, *afterwards, *agency)),
    )


def _of(tasks: Iterable[Shown], kinds: Iterable[str]) -> list[Shown]:
    return [each for each in tasks if each["what"] in kinds]


def _joined(tasks: Iterable[Shown]) -> list[Shown]:
    """One entry for each package and capacity, whatever steps its items wait for."""
    found: dict[tuple[Any, ...], Shown] = {}
    for task in tasks:
        key = (task["round"], task["unit"], task["for"], task["role"])
        entry = found.setdefault(key, task | {"subjects": []})
        entry["subjects"] = sorted({*entry["subjects"], *task["subjects"]})
        entry["since"] = min(filter(None, (entry["since"], task["since"])), default=None)
        entry["late"] = entry["late"] or task["late"]
    return list(found.values())


def _package(page: Page, task: Mapping[str, Any]) -> str:
    return page.address("rounds", task["round"], "units", task["unit"], "decide", **{FOR: task["for"]})


def _one(page: Page, task: Shown, subject: str) -> Shown:
    """What is decided on the page of its subject."""
    act = task["what"]
    # A late completion, too, is shown on the page of the year in which it was due.
    href = page.address("rounds", f"{task['year']}-annual", "items", subject, act=act, **{FOR: task["for"]})
    return task | {"subject": subject, "href": href}


def _agency(page: Page, task: Mapping[str, Any]) -> str:
    principal = {FOR: task["for"]}
    if task["what"] == "respond":
        return page.address("cycles", task["year"], "response", **principal)
    return page.address("rounds", task["round"], **principal)


__all__ = ["pages"]
