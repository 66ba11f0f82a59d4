"""A round: where it stands, its dates, how far each unit has come, and the agency's report that the head decides on."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from domain.values import TrafficLight
from services.web.api import Problem
from services.web.navigation import Link
from services.web.page import Page, Pages
from services.web.pages.board.lights import Wanted, cells, shown
from services.web.pages.capacity import acting_for, posted_for

pages = Pages()
Shown = dict[str, Any]
_ROUND = "/{ledger}/rounds/{round}"
_STAGES = ("open", "compiled", "approved", "delivered")
_UNDECIDED = ("compiled", "approved")
_WORDS = "-"


@pages.get(_ROUND)
async def round_page(page: Page) -> Response:
    """The round as the reader may see it."""
    return await _shown(page, acting_for(page, "head"))


@pages.post(_ROUND + "/approve")
async def approve(page: Page) -> Response:
    """Approve exactly the report that was shown."""
    typed, round_id = await page.typed(), page.part("round")
    try:
        await page.command("approve-agency-report", {"round": round_id, "digest": typed.text("digest")})
    except Problem as problem:
        return await _shown(page, await posted_for(page), problem)
    told = page.gettext("The report is approved. The coordinator delivers it to the ministry.")
    return page.to(page.address("rounds", round_id), told)


@pages.post(_ROUND + "/return")
async def give_back(page: Page) -> Response:
    """Send the report back to the coordinator."""
    typed, round_id = await page.typed(), page.part("round")
    try:
        shown = {name: typed.text(name) for name in ("reason", "digest", "stage")}
        await page.command("return-agency-report", {"round": round_id, **shown})
    except Problem as problem:
        return await _shown(page, await posted_for(page), problem)
    told = page.gettext("The report is returned to the coordinator. The round is open again.")
    return page.to(page.address("rounds", round_id), told)


async def _shown(page: Page, principal: str | None, problem: Problem | None = None) -> Response:
    round_id = page.part("round")
    found: Shown = await page.get(f"rounds/{round_id}")
    submissions = await page.get(f"rounds/{round_id}/submissions")
    lit = await _lights(page, found) if found["compiled"] else {}
    year = found["year"]
    page.crumbs = [Link(page.address("cycles", year), page.gettext("Reporting year %(year)s", year=year))]
    return await page.render(
        "agency_report/round.html",
        problem=problem,
        round=found,
        submissions=submissions,
        report=_report(found["compiled"], lit),
        steps=_steps(found["stage"]),
        principal=principal,
        why=await _why(page, found, principal),
    )


async def _lights(page: Page, found: Shown) -> dict[str, Shown]:
    """The lights by subject: the board's, and of what is corrected and not delivered again, the report's own."""
    answer = await page.view("board", year=found["year"], round=found["kind"], language=page.language)
    lit = {each["subject"]: each for each in cells(shown(answer["board"], Wanted()))}
    if found["stage"] in _UNDECIDED:
        for item in await page.every(f"rounds/{found['round']}/items", "items"):
            # The board still has the revision that was delivered before.
            if item["delivered"] is not None and item["report"] is not None and item["subject"] in lit:
                lit[item["subject"]] |= _own(item["report"])
    return lit


def _own(report: Shown) -> Shown:
    """What the board would say of a report; one without a light is left as it is."""
    light = report.get("light")
    if light is None:
        return {}
    return {"light": light, "category": TrafficLight(light).name.lower()}


def _report(compiled: Shown | None, lit: Mapping[str, Shown]) -> Shown | None:
    """What the report holds: its items by unit with their lights, how many there are of each, and its gaps."""
    if compiled is None:
        return None
    items = [each | {"cell": lit.get(each["subject"])} for each in compiled["items"]]
    units: dict[str, list[Shown]] = {}
    for each in items:
        units.setdefault(each["cell"]["unit"] if each["cell"] else "", []).append(each)
    counted = Counter(each["cell"]["category"] for each in items if each["cell"])
    return compiled | {"units": dict(sorted(units.items())), "counts": dict(counted), "total": len(items)}


def _steps(stage: str) -> list[tuple[str, str]]:
    """The stages of a round that is open, each done, current or ahead."""
    now = _STAGES.index(stage) if stage in _STAGES[:-1] else len(_STAGES)
    return [
        (each, "done" if number < now else "current" if number == now else "ahead")
        for number, each in enumerate(_STAGES)
    ]


async def _why(page: Page, found: Shown, principal: str | None) -> dict[str, Problem | None] | None:
    """Why the reader can't approve or return the report now, None for what they can; nothing for who never does."""
    if found["compiled"] is None or found["stage"] not in _UNDECIDED or "head" not in page.roles:
        return None
    place = {"round": found["round"]}
    approving = {"digest": found["compiled"]["digest"], **place}
    return {
        "approve": await page.may("approve-agency-report", approving, principal),
        "return": await page.may("return-agency-report", {"reason": _WORDS, **place}, principal),
    }


__all__ = ["pages"]
