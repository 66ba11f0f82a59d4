"""The internal controls, tested when a button is pressed: cases, passes, exceptions that open their events."""

import re
from urllib.parse import urlencode

from starlette.responses import Response

from services.web.page import Page, Pages
from services.web.pages.audit.place import Shown, crumbs, engaged
from services.web.passing import Passed
from services.web.problems import rule_meant

pages = Pages()
FORMS = ("xlsx", "text")
ALL = "all"
_RULES = re.compile(r"\s*(R\d|PROCESS|[Cc]ases? \d)")


@pages.get("/{ledger}/audit/controls")
async def controls(page: Page) -> Response:
    """The form; with `run` what the controls find now, for a year or all years together."""
    page.crumbs = crumbs(page)
    cycle = page.asked("cycle", str(page.cycle_year))
    found: Shown | None = None
    if page.asked("run") is not None:
        answer: Shown = await page.get("audit/controls", cycle=None if cycle == ALL else cycle)
        events = {(each["ledger"], each["position"]): each for each in answer["events"]}
        found = answer | {"controls": [_opened(page, each, events) for each in answer["controls"]]}
    return await page.render(
        "audit/controls.html",
        mine=await engaged(page),
        cycle=cycle,
        found=found,
        failing=0 if found is None else sum(bool(each["exceptions"]) for each in found["controls"]),
    )


@pages.get("/{ledger}/audit/controls/file")
async def as_file(page: Page) -> Response:
    """The same as a workbook or as text, tested anew."""
    form = page.asked("format", FORMS[0])
    cycle = page.asked("cycle")
    query = {"format": form} | ({} if cycle in (None, ALL) else {"cycle": cycle})
    return Passed(page, f"{page.ledger}/audit/controls", urlencode(query).encode())


def _opened(page: Page, control: Shown, events: dict[tuple[str, int], Shown]) -> Shown:
    """A control with what it rests on in words, and its exceptions, each with the events that show it."""
    exceptions = [
        each
        | {"events": [events.get((each["ledger"], at), {"position": at, "type": None}) for at in each["positions"]]}
        for each in control["exceptions"]
    ]
    return control | {"exceptions": exceptions, "rests_on": _rests_on(control, page.language)}


def _rests_on(control: Shown, language: str) -> str:
    """The rules and cases that a control rests on, in words; of documents and laws it names more than these."""
    named = [each for each in control["rule"].split(";") if _RULES.match(each)]
    return rule_meant(";".join(named), language)
