"""A unit's report in a round: what it lacks, submit what is ready, take it back, say what proceeds as planned."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from starlette.responses import Response

from services.web.api import Problem
from services.web.languages import chosen
from services.web.navigation import Link
from services.web.page import Page, Pages, Typed
from services.web.pages.capacity import FOR, acting_for, posted_for
from services.web.pages.work.unit_report import UnitReport, proceeding, unit_report
from services.web.problems import said

pages = Pages()
Shown = dict[str, Any]
DECIDING = frozenset({"director", "head"})
BOUND = "bound-"
"""A hidden field: exactly what was shown of an item. Its subject follows."""
_UNIT = "/{ledger}/rounds/{round}/units/{unit}"


@pages.get(_UNIT)
async def submission(page: Page) -> Response:
    """The package, with what would be returned if it were submitted now."""
    return await _shown(page, acting_for(page, "owner", "contributor", unit=page.part("unit")))


@pages.post(_UNIT)
async def done(page: Page) -> Response:
    """Submit, take back or report as planned what is ticked; refused, the page is shown again with what was typed."""
    typed, principal = await page.typed(), await posted_for(page)
    do = _DONE.get(typed.get("do", ""))
    if do is None:
        raise Problem({"status": 404, "code": "unknown-address", "detail": typed.get("do", "")})
    try:
        told, left_out = await do(page, typed)
    except Problem as problem:
        return await _shown(page, principal, problem)
    if left_out:
        told = f"{told} {page.gettext('Left out: %(reasons)s', reasons=await _reasons(page, left_out))}"
    here = page.address("rounds", page.part("round"), "units", page.part("unit"), **{FOR: principal})
    return page.to(here, told, "warning" if left_out else "success")


async def _submit(page: Page, typed: Typed) -> tuple[str, Sequence[Shown]]:
    """Submit exactly what was shown of the ticked items."""
    items = [_bound(typed, subject) for subject in typed.all("chosen")]
    answer = await page.command(
        "submit-items",
        {
            "round": page.part("round"),
            "items": items,
            "late_reason": typed.text("late_reason"),
            "reply": typed.text("reply"),
        },
    )
    count = len(items) - len({each["subject"] for each in answer["skipped"]})
    return page.gettext("Submitted: %(count)s. The unit's director decides next.", count=count), answer["skipped"]


async def _recall(page: Page, typed: Typed) -> tuple[str, Sequence[Shown]]:
    """Take ticked items back into draft."""
    subjects = typed.all("recalled")
    answer = await page.command("recall-items", {"round": page.part("round"), "subjects": subjects})
    count = len(subjects) - len({each["subject"] for each in answer["skipped"]})
    told = page.gettext("Taken back into draft: %(count)s. Submit again when it is ready.", count=count)
    return told, answer["skipped"]


async def _planned(page: Page, typed: Typed) -> tuple[str, Sequence[Shown]]:
    """Report each ticked milestone as proceeding as planned, by a command of its own."""
    wanted = set(typed.all("planned"))
    if not wanted:
        raise Problem({"status": 422, "code": "items-missing", "detail": "Tick an item."})
    found = await unit_report(page, await posted_for(page))
    count, left_out = 0, []
    for entry in found.all:
        if entry.subject not in wanted:
            continue
        # What was written meanwhile is refused: these forms begin with nothing.
        body = proceeding(page.part("round"), entry) | {"seen": None}
        try:
            await page.command("report-milestone", body, key=entry.subject)
        except Problem as problem:
            left_out.append(dict(problem.said) | {"subject": entry.subject})
            continue
        count += 1
    if not count and left_out:
        raise Problem(left_out[0] | {"skipped": left_out})
    told = page.gettext("Reported as proceeding as planned: %(count)s. Submit them when all is ready.", count=count)
    return told, left_out


_DONE: Mapping[str, Callable[[Page, Typed], Awaitable[tuple[str, Sequence[Shown]]]]] = {
    "submit": _submit,
    "recall": _recall,
    "planned": _planned,
}
"""What the page's forms do, by what their button says."""


def _bound(typed: Typed, subject: str) -> Shown:
    revision, _, digest = typed.get(BOUND + subject, "").partition(":")
    return {"subject": subject, "revision": int(revision) if revision.isdecimal() else 0, "digest": digest}


async def _shown(page: Page, principal: str | None, problem: Problem | None = None) -> Response:
    """The page as things stand now."""
    found = await unit_report(page, principal)
    page.crumbs = [Link(page.address(round=found.round["round"]), page.gettext("Board"))]
    own = page.units("owner", "contributor")
    return await page.render(
        "submission/submission.html",
        problem=problem,
        report=found,
        principal=principal,
        skipped=[] if problem is None else problem.said.get("skipped") or [],
        owns=page.part("unit") in page.units("owner"),
        writes=page.part("unit") in own,
        may_decide=bool(found.waiting) and _decides(page, found),
        here=page.address("rounds", found.round["round"], "units", found.unit),
    )


def _decides(page: Page, found: UnitReport) -> bool:
    """Whether deciding makes sense for the reader; the page of decisions says what they may."""
    return found.unit in page.units(*DECIDING) or bool(page.roles & {"head", "coordinator"})


async def _reasons(page: Page, left_out: Sequence[Shown]) -> str:
    """Each item that was left out, and why."""
    subjects = (await page.names())["subjects"]
    titles = {key: chosen(each["title"], page.language) for key, each in subjects.items()}
    return "; ".join(
        f"{titles.get(each['subject'], each['subject'])}: {said(each | {'status': 409}, page.language).message}"
        for each in left_out
    )


__all__ = ["pages"]
