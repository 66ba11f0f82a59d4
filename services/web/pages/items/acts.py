"""What may be done on the page of an item besides reporting: corrections, corrective actions, late completions."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.web.page import Page
from services.web.pages.year.years import year_of

Shown = dict[str, Any]
SHORT = frozenset({1, 2})
"""Red and yellow."""
CORRECTING = frozenset({"owner", "coordinator"})
ACTING = ("owner", "director", "coordinator")
"""In which roles the acts are done, in person or for somebody."""
_REPORTED = frozenset({"not-started", "draft", "returned"})
_ANYTHING = "-"
"""Some words, where one only asks whether they would be taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A command with a form of its own on the page. `said` is told when it is done."""

    command: str
    label: str
    said: str
    body: Callable[[Page], Awaitable[Shown]]
    danger: bool = False


def _(said: str) -> str:
    """Marks a text for the catalogues; it is translated where it is shown."""
    return said


async def _deviation(page: Page) -> Shown:
    return {"year": year_of(page), "subject": page.part("subject")}


async def _with(page: Page, about: Shown, *names: str) -> Shown:
    typed = await page.typed()
    return about | {name: typed.text(name) for name in names}


async def _correction(page: Page) -> Shown:
    return await _with(page, {"round": page.part("round"), "subject": page.part("subject")}, "reason")


async def _late(page: Page) -> Shown:
    """A late completion as it was typed, with its document."""
    typed = await page.typed()
    files = [await page.upload(file, f"file-{number}") for number, (_, file) in enumerate(typed.files)]
    evidence = [
        {
            "id": f"document-{number + 1}",
            "revision": 1,
            "file": file,
            "title": typed.text("title"),
            "document_date": typed.text("document_date"),
        }
        for number, file in enumerate(files)
    ]
    return {
        "version": typed.text("version"),
        "subject": page.part("subject"),
        "completed_on": typed.text("completed_on"),
        "narrative": typed.text("narrative"),
        "evidence": evidence,
    }


ACTS: Mapping[str, Act] = {
    act.command: act
    for act in (
        Act(
            command="start-correction",
            label=_("Start a correction"),
            said=_("The correction is started. Report the item anew, and submit it."),
            body=_correction,
        ),
        Act(
            command="abandon-correction",
            label=_("Give the correction up"),
            said=_("The correction is given up. What was delivered holds on."),
            body=_correction,
            danger=True,
        ),
        Act(
            command="report-action",
            label=_("Report the corrective action as done"),
            said=_("The corrective action is reported as done. The unit's director decides on it."),
            body=lambda page: _deviation_with(page, "narrative"),
        ),
        Act(
            command="return-action",
            label=_("Return the corrective action"),
            said=_("The corrective action is returned. The deviation is open again."),
            body=lambda page: _deviation_with(page, "reason"),
            danger=True,
        ),
        Act(
            command="close-deviation",
            label=_("Close the deviation"),
            said=_("The deviation is closed."),
            body=lambda page: _deviation_with(page, "reason"),
        ),
        Act(
            command="record-late-completion",
            label=_("Record that it was reached later"),
            said=_("It is recorded as reached later. The unit's director signs it off."),
            body=_late,
        ),
        Act(
            command="return-late-completion",
            label=_("Return the late completion"),
            said=_("The late completion is returned to the unit."),
            body=lambda page: _with(page, {"subject": page.part("subject")}, "reason"),
            danger=True,
        ),
        Act(
            command="sign-off-late-completion",
            label=_("Sign the late completion off"),
            said=_("The late completion is signed off. The light of its year stays as it was."),
            body=lambda page: _with(page, {"subject": page.part("subject")}, "digest"),
        ),
    )
}
"""By the names of their commands, in the order in which they are offered."""


async def _deviation_with(page: Page, *names: str) -> Shown:
    return await _with(page, await _deviation(page), *names)


async def offered(page: Page, item: Shown, parts: Shown, principal: str | None = None) -> Sequence[Act]:
    """What would be taken from the reader now: the API is asked where the state makes sense of it."""
    found = []
    for name, body in _sensible(page, item, parts):
        if await page.may(name, body, principal) is None:
            found.append(ACTS[name])
    return found


def reports(page: Page, item: Shown) -> bool:
    """Whether a report by the reader makes sense: their unit's, and to be written."""
    return item["unit"] in page.units("owner", "contributor") and item["stage"] in _REPORTED


def adds_evidence(page: Page, item: Shown, definition: Shown | None) -> bool:
    """Whether a document of the reader's makes sense: of the item's unit, or of one that helps."""
    units = {item["unit"], *((definition or {}).get("contributors") or ())}
    return bool(units & set(page.units("owner", "contributor"))) and item["stage"] in _REPORTED


def _sensible(page: Page, item: Shown, parts: Shown) -> Iterator[tuple[str, Shown]]:
    """The acts that the state of things makes sense of, each with a body to ask with."""
    subject, round_id, unit = item["subject"], page.part("round"), item["unit"]
    reopening = (parts["round"] or {}).get("reopening")
    if reopening and subject in reopening["subjects"] and item["delivered"] and page.roles & CORRECTING:
        correcting = item["revision"] != item["delivered"]["revision"]
        about = {"round": round_id, "subject": subject, "reason": _ANYTHING}
        yield "abandon-correction" if correcting else "start-correction", about
    deviation, late = parts["deviation"], parts["late"]
    owns, directs = unit in page.units("owner"), unit in page.units("director")
    if deviation:
        of = {"year": year_of(page), "subject": subject}
        if owns and deviation["stage"] == "open":
            yield "report-action", of | {"narrative": _ANYTHING}
        if directs and deviation["stage"] == "action-reported":
            yield "return-action", of | {"reason": _ANYTHING}
        proposed = deviation["closure_proposed"] and deviation["stage"] == "open"
        if directs and (deviation["stage"] == "action-reported" or proposed):
            yield "close-deviation", of | {"reason": None}
    if late and late["stage"] == "recorded" and directs:
        yield "return-late-completion", {"subject": subject, "reason": _ANYTHING}
        yield "sign-off-late-completion", {"subject": subject, "digest": late["content"]["digest"]}


def over(page: Page, item: Shown, year: int) -> bool:
    """Whether it is a milestone of a year that is over."""
    return bool(item["kind"] == "milestone" and page.today > f"{year}-12-31")


def records_late(page: Page, item: Shown, year: int, late: Shown | None) -> bool:
    """Whether a late completion makes sense: a milestone of a past year of the reader's unit, which wasn't reached."""
    return (
        over(page, item, year)
        and (item["report"] or {}).get("light") in SHORT
        and item["unit"] in page.units("owner")
        and (late is None or late["stage"] == "returned")
    )


__all__ = [
    "ACTING",
    "ACTS",
    "CORRECTING",
    "SHORT",
    "Act",
    "adds_evidence",
    "offered",
    "over",
    "records_late",
    "reports",
]
