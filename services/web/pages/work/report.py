"""The form of a report: a milestone's status, an indicator's outturn, a target's light; what is typed is never lost."""

from typing import Any

from starlette.responses import Response

from services.web.api import Problem
from services.web.navigation import Link
from services.web.page import Page, Pages
from services.web.pages.capacity import FOR, acting_for, posted_for
from services.web.pages.items.agreed import agreed
from services.web.pages.items.writers import writers
from services.web.pages.work import report_draft
from services.web.pages.work.report_form import ReportForm, body_of, report_form
from services.web.pages.work.unit_report import KINDS
from services.web.pages.work.writing import barred

pages = Pages()
Shown = dict[str, Any]
CHANGED = "content-changed"
_MILESTONES = "milestones"
_REPORT = "/{ledger}/rounds/{round}/items/{subject}/report"


@pages.get(_REPORT)
async def report(page: Page) -> Response:
    """The form: with the reader's draft, else what is saved, else what the round before says.

    `?value=` asks what follows from an outturn as it is typed.
    """
    item = await _item(page)
    principal = acting_for(page, "owner", "contributor", unit=item["unit"])
    await _writable(page, item, principal)
    return await _shown(page, item, principal)


@pages.post(_REPORT)
async def saved(page: Page) -> Response:
    """Save the report; refused, the form is shown again with all that was typed, beside what somebody else wrote."""
    typed, principal, item = await page.typed(), await posted_for(page), await _item(page)
    form, _ = await _form(page, item)
    try:
        await page.command(form.command, body_of(form, typed, page.language))
    except Problem as problem:
        # What somebody else wrote may have come after the item was read.
        return await _shown(page, await _item(page), principal, problem)
    await report_draft.drop(page)
    round_id, subject = page.part("round"), page.part("subject")
    if typed.text("status") == "reached" and not item["evidence"]:
        told = page.gettext("The report is saved. What is reached needs a document that proves it: add it here.")
        return page.to(page.address("rounds", round_id, "items", subject, "evidence"), told)
    following = await _following(page, item) if typed.text("do") == "next" else None
    if following is not None:
        told = page.gettext("The report is saved as a draft. This is the next one.")
        return page.to(page.address("rounds", round_id, "items", following, "report", **{FOR: principal}), told)
    told = page.gettext("The report is saved as a draft. Submit it when all is ready.")
    return page.to(page.address("rounds", round_id, "units", item["unit"], **{FOR: principal}), told)


@pages.post(_REPORT + "/draft")
async def drafted(page: Page) -> Response:
    """Keep what is typed, outside of the log, for whoever may write there."""
    await _writable(page, await _item(page), await posted_for(page))
    await report_draft.keep(page)
    return Response(status_code=204)


@pages.post(_REPORT + "/discard")
async def discarded(page: Page) -> Response:
    """Let the draft go, and begin with what is saved."""
    await _writable(page, await _item(page), await posted_for(page))
    await report_draft.drop(page)
    here = page.address(
        "rounds", page.part("round"), "items", page.part("subject"), "report", **{FOR: await posted_for(page)}
    )
    return page.to(here, page.gettext("Your draft is discarded. The form holds what is saved."), "info")


async def _writable(page: Page, item: Shown, principal: str | None) -> None:
    """Raises `Problem` where the reader can't write the report now."""
    refused = await barred(page, item, "report", principal)
    if refused is not None:
        raise refused


async def _following(page: Page, item: Shown) -> str | None:
    """What of the unit is to be reported next: targets last, whose lights follow from their milestones."""
    left = await page.every(f"rounds/{page.part('round')}/items", "items", unit=item["unit"], stage="not-started")
    return next((each["subject"] for kind in KINDS for each in left if each["kind"] == kind), None)


async def _item(page: Page) -> Shown:
    found: Shown = await page.get(f"rounds/{page.part('round')}/items/{page.part('subject')}")
    return found


async def _form(page: Page, item: Shown) -> tuple[ReportForm, Shown]:
    """The form as it is opened, and what stands around it: {draft, texts, previous}."""
    round_id, subject = page.part("round"), page.part("subject")
    round_found = await page.get(f"rounds/{round_id}")
    texts = await agreed(page, round_found["version"], subject)
    previous = await _previous(page, item)
    draft = await report_draft.find(page)
    posted = page.request.method == "POST"
    form = report_form(
        round_found=round_found,
        item=item,
        definition=texts["definition"],
        previous=None if previous is None else previous["report"],
        language=page.language,
        draft=None if draft is None else draft.value,
        outturn=(await page.typed()).text("value") if posted else page.asked("value"),
    )
    return form, {"draft": draft, "texts": texts, "previous": previous}


async def _previous(page: Page, item: Shown) -> Shown | None:
    """What was reported in the round before, where the reader may read it."""
    if item["previous"] is None:
        return None
    try:
        found: Shown = await page.get(f"rounds/{item['previous']}/items/{item['subject']}")
    except Problem as problem:
        if problem.status in {403, 404}:
            return None
        raise
    return found if found["report"] is not None else None


def _overwritten(problem: Problem | None) -> bool:
    """Whether somebody else saved the same item meanwhile; a target's milestones may have changed without it."""
    return problem is not None and problem.code == CHANGED and problem.said.get("field") != _MILESTONES


async def _shown(page: Page, item: Shown, principal: str | None, problem: Problem | None = None) -> Response:
    """The form. Where somebody else wrote meanwhile, what they wrote stands beside it, and saving replaces it."""
    form, around = await _form(page, item)
    draft, round_id = around["draft"], page.part("round")
    posted = problem is not None
    overtaken = draft is not None and not posted and draft.based_on != item["seen"]
    page.crumbs = [
        Link(page.address(round=round_id), page.gettext("Board")),
        Link(page.address("rounds", round_id, "units", item["unit"]), page.gettext("The unit's report")),
    ]
    return await page.render(
        "report/report.html",
        problem=problem,
        form=form,
        item=item,
        definition=form.definition,
        round_id=round_id,
        principal=principal,
        draft=None if posted else draft,
        theirs=overtaken or _overwritten(problem),
        others=await report_draft.others(page),
        previous=around["previous"],
        owners=await writers(page, item["unit"]),
        here=page.address("rounds", round_id, "items", item["subject"], "report"),
        **{name: around["texts"][name] for name in ("part", "group", "under", "chart")},
    )


__all__ = ["pages"]
