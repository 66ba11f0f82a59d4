"""The page of a target, a milestone or an indicator in a round: all that is known of it, and what may be done."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any

from starlette.responses import Response

from services.web.api import Problem
from services.web.navigation import Link
from services.web.page import Page, Pages
from services.web.pages.capacity import acting_for, posted_for
from services.web.pages.items.acts import (
    ACTING,
    ACTS,
    CORRECTING,
    SHORT,
    adds_evidence,
    offered,
    over,
    records_late,
    reports,
)
from services.web.pages.items.agreed import agreed
from services.web.pages.items.beside import beside
from services.web.pages.items.told import story
from services.web.pages.year.years import year_of

pages = Pages()
Shown = dict[str, Any]
ASSESSED = frozenset({"target-assessed", "indicator-assessed", "milestone-commented"})
_ITEM = "/{ledger}/rounds/{round}/items/{subject}"


@pages.get(_ITEM)
async def item(page: Page) -> Response:
    """One item with all that belongs to it; `?revision=` an earlier content, `?file=` with a document shown."""
    if page.asked("revision") is not None:
        return await _earlier(page)
    return await shown(page, act=page.asked("act"))


@pages.get("/{ledger}/subjects/{subject}")
async def latest(page: Page) -> Response:
    """The latest round in which a subject is reported; what is agreed on it, where there is none yet."""
    subject = page.part("subject")
    named = (await page.names())["subjects"].get(subject)
    years = [named["year"]] if named and named["year"] else list(reversed(page.myself["years"]))
    refused: Problem | None = None
    for round_id in (f"{year}-{kind}" for year in years for kind in ("annual", "half-year")):
        try:
            await page.get(f"rounds/{round_id}/items/{subject}")
        except Problem as problem:
            refused = problem
            continue
        return page.to(page.address("rounds", round_id, "items", subject))
    if named is None:
        raise refused or Problem({"status": 404, "code": "unknown-subject", "detail": subject})
    versions = await page.get("agreements")
    version = next((each for each in reversed(versions["agreements"]) if each["stage"] != "draft"), None)
    if version is None:
        raise refused or Problem({"status": 404, "code": "unknown-subject", "detail": subject})
    page.crumbs = [Link(page.address(), page.gettext("Board"))]
    return await page.render("item/agreed.html", subject=subject, **await agreed(page, version["version"], subject))


async def shown(page: Page, *, act: str | None = None, problem: Problem | None = None) -> Response:
    """The page; `act` is the one whose form is open."""
    round_id, subject = page.part("round"), page.part("subject")
    place = f"rounds/{round_id}/items/{subject}"
    found: Shown = await page.get(place)
    year = year_of(page)
    posted = page.request.method == "POST"
    principal = await posted_for(page) if posted else acting_for(page, *ACTING, unit=found["unit"])
    parts = await _all(
        changes=_perhaps(page.get(f"{place}/changes")),
        revisions=_perhaps(page.get(f"{place}/revisions")),
        entries=page.every("trail", "entries", subject=subject),
    )
    parts |= await _more(page, found, year, {each["type"] for each in parts["entries"]})
    version = (found["report"] or parts["round"] or {}).get("version")
    reported = {year: found["report"]} if found["kind"] == "indicator" and found["report"] else {}
    texts, acts, document = await asyncio.gather(
        agreed(page, version, subject, reported),
        offered(page, found, parts, principal),
        beside(page, _documents(found, parts["late"])),
    )
    page.crumbs = [
        Link(page.address(round=round_id), page.gettext("Board")),
        *([Link(page.address("rounds", round_id, "items", found["target"]), texts["above"])] if texts["above"] else ()),
    ]
    return await page.render(
        "item/item.html",
        problem=problem,
        item=found,
        round_id=round_id,
        year=year,
        ministry=_ministry(parts["assessment"], subject),
        measures=_measures(parts["measures"], subject),
        told=story(parts["entries"]),
        rounds=_in_order({each["round"] for each in parts["entries"] if each["round"]} | {round_id}),
        acts=acts,
        principal=principal,
        act=ACTS.get(act or ""),
        may_report=reports(page, found),
        may_add=adds_evidence(page, found, texts["definition"]),
        may_record_late=records_late(page, found, year, parts["late"]),
        beside=document,
        **{name: parts[name] for name in ("changes", "revisions", "deviation", "late")},
        **texts,
    )


async def _more(page: Page, found: Shown, year: int, happened: set[str]) -> Shown:
    """What only some items have: it is asked for where the item or its history says that there is some."""
    subject, round_id = found["subject"], page.part("round")
    short = (found["report"] or {}).get("light") in SHORT
    reopened = found["stage"] == "delivered" or found["delivered"] is not None
    return await _all(
        # For the version before anything is written, and for whether it may be corrected.
        round=_if(found["report"] is None or (reopened and page.roles & CORRECTING), page, f"rounds/{round_id}"),
        deviation=_if(
            short or found["deviation"] or "deviation-opened" in happened, page, f"deviations/{year}/{subject}"
        ),
        late=_if(
            (short and over(page, found, year)) or "late-completion-recorded" in happened,
            page,
            f"late-completions/{subject}",
        ),
        measures=_if("rrf-item-linked" in happened, page, "measures"),
        assessment=_if(ASSESSED & happened and round_id.endswith("-annual"), page, f"cycles/{year}/assessment"),
    )


async def _if(wanted: object, page: Page, path: str) -> Any:
    """An answer where it is wanted and there is one for this reader."""
    return await _perhaps(page.get(path)) if wanted else None


async def _earlier(page: Page) -> Response:
    """An earlier content, exactly as it was approved."""
    round_id, subject = page.part("round"), page.part("subject")
    found = await page.get(f"rounds/{round_id}/items/{subject}", revision=page.asked("revision"))
    here = page.address("rounds", round_id, "items", subject)
    page.crumbs = [
        Link(page.address(round=round_id), page.gettext("Board")),
        Link(here, _title(await page.names(), subject, page)),
    ]
    return await page.render(
        "item/revision.html", revision=found, round_id=round_id, beside=await beside(page, found["evidence"])
    )


def _in_order(rounds: set[str]) -> list[str]:
    """A year's half-year before its annual round."""
    return sorted(rounds, key=lambda each: (each[:4], each.endswith("annual")))


def _title(names: Shown, subject: str, page: Page) -> str:
    title: Mapping[str, str] = names["subjects"].get(subject, {}).get("title") or {}
    return title.get(page.language) or subject


def _documents(found: Shown, late: Shown | None) -> list[Shown]:
    return [*found["evidence"], *(late["content"]["evidence"] if late else ())]


def _ministry(assessment: Shown | None, subject: str) -> Shown | None:
    """What the ministry says of a subject, and its comment on a milestone; None where there is nothing."""
    if assessment is None:
        return None
    light = next((each for each in assessment["subjects"] if each["subject"] == subject), None)
    comment = next((each["comment"] for each in assessment["comments"] if each["subject"] == subject), None)
    given = None if light is None else light["ministry"]
    if given is None and comment is None:
        return None
    return {"given": given, "comment": comment, "stale": light is not None and light["stale"]}


def _measures(found: Shown | None, subject: str) -> list[tuple[Shown, Shown]]:
    """The measures that a subject counts for, each with its link."""
    measures = [] if found is None else found["measures"]
    return [(each, link) for each in measures for link in each["items"] if link["subject"] == subject]


async def _perhaps(asked: Awaitable[Any]) -> Any:
    """An answer; None where there is none for this reader."""
    try:
        return await asked
    except Problem as problem:
        if problem.status in {403, 404}:
            return None
        raise


async def _all(**asked: Awaitable[Any]) -> Shown:
    """All answers by their names, asked for at once."""
    return dict(zip(asked, await asyncio.gather(*asked.values()), strict=True))


@pages.post(_ITEM + "/acts/{act}")
async def done(page: Page) -> Response:
    """Do one of the acts; refused, its form is shown again with what was typed."""
    act = ACTS.get(page.part("act"))
    if act is None:
        raise Problem({"status": 404, "code": "unknown-address", "detail": page.part("act")})
    try:
        await page.command(act.command, await act.body(page))
    except Problem as problem:
        # A late completion is the only one with a document, and it has one.
        return await shown(page, act=act.command, problem=problem.within("evidence.0"))
    return page.to(page.address("rounds", page.part("round"), "items", page.part("subject")), page.gettext(act.said))


__all__ = ["pages"]
