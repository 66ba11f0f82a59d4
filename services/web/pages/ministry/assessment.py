"""The ministry's assessment: how far it is, and one subject after the other with what was delivered of it."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

from starlette.responses import Response

from services.web.api import Problem
from services.web.navigation import Link
from services.web.page import Page, Pages
from services.web.pages.items.agreed import agreed
from services.web.pages.items.beside import beside
from services.web.pages.ministry.given import COMMANDS, Outcome, give
from services.web.pages.year.years import ANNUAL, acting, crumbs, year_of

pages = Pages()
Shown = dict[str, Any]
LEFT, DIFFERING, STALE = "left", "differing", "stale"
_LIST = "/{ledger}/cycles/{year}/assessment"
_ONE = _LIST + "/{subject}"
_WORDS = "-"


@pages.get(_LIST)
async def assessment(page: Page) -> Response:
    """All that is assessed, the agency's light and the ministry's side by side; `?only=` left, differing or stale."""
    year = year_of(page)
    found = await _assessment(page)
    only = page.asked("only")
    page.crumbs = crumbs(page)
    subjects = found["subjects"]
    return await page.render(
        "assessment/assessment.html",
        year=year,
        found=found,
        only=only,
        counts={each: sum(1 for _ in _only(subjects, each)) for each in (None, LEFT, DIFFERING, STALE)},
        shown=list(_only(subjects, only)),
        done=len(subjects) - sum(1 for _ in _only(subjects, LEFT)),
        following=_following(subjects, None),
    )


@pages.get(_ONE)
async def subject(page: Page) -> Response:
    """One target or indicator: what was delivered of it, its evidence, and the form of the ministry's light."""
    return await _shown(page)


@pages.post(_ONE)
async def assess(page: Page) -> Response:
    """Give the light and the comments, and go on to the next subject that lacks a light."""
    year, name = year_of(page), page.part("subject")
    comments = {each["subject"]: _editable(each["comment"]) for each in (await _assessment(page))["comments"]}
    outcome = await give(page, year, name, comments)
    if outcome.problem is not None:
        return await _shown(page, outcome.problem, outcome)
    if not outcome.light:
        return page.to(page.path, page.gettext("The comments are saved."))
    subjects = (await _assessment(page))["subjects"]
    following = _following(subjects, name)
    home = page.address("cycles", year, "assessment")
    if following is None:
        return page.to(home, page.gettext("Everything is assessed. The decider can issue the statement."))
    said = page.gettext("Saved: %(done)s of %(total)s are assessed.", done=_done(subjects), total=len(subjects))
    stays = (await page.typed()).text("then") == "stay"
    return page.to(page.path if stays else f"{home}/{following}", said)


def _editable(comment: Any) -> str:
    """A comment as it stands in its field; what was erased is nothing that could be recorded again."""
    return comment if isinstance(comment, str) else ""


async def _shown(page: Page, problem: Problem | None = None, outcome: Outcome | None = None) -> Response:
    year, name = year_of(page), page.part("subject")
    round_id = f"{year}-{ANNUAL}"
    found, item = await asyncio.gather(_assessment(page), _item(page, round_id, name))
    subjects = found["subjects"]
    place = next((number for number, each in enumerate(subjects) if each["subject"] == name), None)
    if place is None:
        raise Problem({"status": 404, "code": "not-assessed", "detail": name})
    one = subjects[place]
    texts = await agreed(page, (one["report"] or {}).get("version") or await _version(page, round_id), name)
    milestones = [each for each in texts["milestones"] if each["year"] == year]
    comments = {each["subject"]: each["comment"] for each in found["comments"]}
    home, stands_in = page.address("cycles", year, "assessment"), await acting(page, "ministry-assessor")
    page.crumbs = [*crumbs(page), Link(home, page.gettext("Assessment"))]
    return await page.render(
        "assessment/subject.html",
        problem=problem,
        outcome=outcome,
        acting=stands_in,
        refused=None if problem else await _refused(page, year, one, stands_in),
        year=year,
        round_id=round_id,
        one=one,
        item=item,
        definition=texts["definition"],
        chart=texts["chart"],
        milestones=await asyncio.gather(*(_milestone(page, round_id, each["milestone"]) for each in milestones)),
        comments=comments,
        beside=await beside(page, item["evidence"] if item else ()),
        number=place + 1,
        of=len(subjects),
        done=_done(subjects),
        previous=subjects[place - 1]["subject"] if place else None,
        following=subjects[place + 1]["subject"] if place + 1 < len(subjects) else None,
    )


async def _refused(page: Page, year: int, one: Shown, stands_in: str | None) -> Problem | None:
    """Why an assessor can't give a light now, nothing for who never does."""
    if "ministry-assessor" not in page.roles:
        return None
    body = {"year": year, "subject": one["subject"], "delivered": one["delivered"], "light": one["light"]}
    return await page.may(COMMANDS[one["kind"]], body | ({} if one["light"] else {"excused": _WORDS}), stands_in)


async def _assessment(page: Page) -> Shown:
    """The assessment with its subjects in the agreement's order, targets first."""
    found: Shown = await page.get(f"cycles/{year_of(page)}/assessment")
    order = {each: number for number, each in enumerate((await page.names())["subjects"])}
    found["subjects"].sort(key=lambda each: (each["kind"] != "target", order.get(each["subject"], len(order))))
    return found


async def _version(page: Page, round_id: str) -> str | None:
    version: str | None = (await page.get(f"rounds/{round_id}"))["version"]
    return version


async def _item(page: Page, round_id: str, name: str) -> Shown | None:
    """The delivered item; None for a gap."""
    try:
        found: Shown = await page.get(f"rounds/{round_id}/items/{name}")
    except Problem as problem:
        if problem.status in {403, 404}:
            return None
        raise
    return found


async def _milestone(page: Page, round_id: str, name: str) -> Shown:
    """A milestone of a target, with what was delivered of it."""
    found = await _item(page, round_id, name)
    return {"subject": name, "report": None if found is None else found["report"]}


def _lacking(one: Shown) -> bool:
    return one["ministry"] is None or bool(one["stale"])


def _done(subjects: Sequence[Shown]) -> int:
    return sum(not _lacking(each) for each in subjects)


def _only(subjects: Sequence[Shown], only: str | None) -> Iterator[Shown]:
    for each in subjects:
        given = each["ministry"]
        if (
            only not in {LEFT, DIFFERING, STALE}
            or (only == LEFT and _lacking(each))
            or (only == STALE and each["stale"])
            or (only == DIFFERING and given is not None and given["light"] != each["light"])
        ):
            yield each


def _following(subjects: Sequence[Shown], after: str | None) -> str | None:
    """The next subject that lacks a light, from a subject on and around; None where none does."""
    start = next((number + 1 for number, each in enumerate(subjects) if each["subject"] == after), 0)
    around = [*subjects[start:], *subjects[:start]]
    return next((str(each["subject"]) for each in around if _lacking(each)), None)


__all__ = ["pages"]
