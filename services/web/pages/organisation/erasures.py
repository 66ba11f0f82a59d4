"""Erasures: what is kept of somebody or something is found, proposed with reason and authority, confirmed (case 20)."""

from collections.abc import Set as AbstractSet

from starlette.responses import Response

from services.web.api import Problem
from services.web.navigation import Link
from services.web.page import Page, Pages
from services.web.pages.organisation.place import Shown, barred, crumbs, new_id, refusal, tabs

pages = Pages()
_HOME = "/{ledger}/organisation/erasures"
BY = ("person", "subject", "commitment")
"""By what one finds words."""


@pages.get(_HOME)
async def erasures(page: Page) -> Response:
    """All erasures, and where to begin one."""
    rows = await page.every("erasures", "erasures")
    return await page.render(
        "organisation/erasures.html", tabs=tabs(page, "erasures"), erasures=rows, finding=_finding(page)
    )


@pages.get(f"{_HOME}/find")
async def find(page: Page) -> Response:
    """What is kept of a person or a subject, each with a box to choose it."""
    return await _found(page, {name: page.asked(name) for name in BY})


@pages.post(f"{_HOME}/find")
async def propose(page: Page) -> Response:
    """Propose to erase what was chosen."""
    typed = await page.typed()
    by = {name: typed.text(f"by.{name}") for name in BY}
    chosen = set(typed.all("places"))
    try:
        places = await _places(page, by)
        body = {name: typed.text(name) for name in ("erasure", "reason", "authority")}
        await page.command("propose-erasure", body | {"places": _of(places["places"], chosen)})
    except Problem as problem:
        return await _found(page, by, problem)
    said = page.gettext("The erasure is proposed. Nothing is erased before the head has confirmed it.")
    return page.to(page.address("organisation", "erasures", typed.text("erasure")), said)


@pages.get(_HOME + "/{erasure}")
async def erasure(page: Page) -> Response:
    """One erasure, with all that it takes."""
    return await _one(page)


@pages.post(_HOME + "/{erasure}")
async def decide(page: Page) -> Response:
    """Confirm what was shown, or take it off the table."""
    typed, name = await page.typed(), page.part("erasure")
    body: Shown = {"erasure": name}
    if typed.text("act") == "withdraw":
        command, said = "withdraw-erasure-proposal", page.gettext("The proposal is withdrawn.")
    else:
        command, said = "confirm-erasure", page.gettext("It is confirmed: the words and files are erased everywhere.")
        body["digest"] = typed.text("digest")
    if (problem := await refusal(page, command, body)) is not None:
        return await _one(page, problem)
    return page.to(page.address("organisation", "erasures"), said)


async def _found(page: Page, by: Shown, problem: Problem | None = None) -> Response:
    page.crumbs = crumbs(page, Link(page.address("organisation", "erasures"), page.gettext("Erasures")))
    places: Shown = {"words": []}
    try:
        if any(by.values()):
            places = await _places(page, by)
    except Problem as refused:
        problem = problem or refused
    asked = {"erasure": "any", "places": [], "reason": "-", "authority": "-"}
    return await page.render(
        "organisation/find.html",
        problem=problem,
        barred=await barred(page, "propose-erasure", asked, problem),
        by=by,
        words=places["words"],
        new=new_id(),
        finding=_finding(page),
    )


async def _places(page: Page, by: Shown) -> Shown:
    found: Shown = await page.get("erasure-places", **by)
    return found


def _of(places: list[Shown], chosen: AbstractSet[str]) -> list[Shown]:
    """The places with only what was chosen of each."""
    kept = [{"of": each["of"], "commitments": [one for one in each["commitments"] if one in chosen]} for each in places]
    return [each for each in kept if each["commitments"]]


def _finding(page: Page) -> bool:
    """Whether the reader is offered to look for words."""
    return bool(page.roles & {"administrator", "head"})


async def _one(page: Page, problem: Problem | None = None) -> Response:
    one: Shown = await page.get(f"erasures/{page.part('erasure')}")
    page.crumbs = crumbs(page, Link(page.address("organisation", "erasures"), page.gettext("Erasures")))
    refused, withdrawable = None, False
    if one["stage"] == "proposed":
        refused = await page.may("confirm-erasure", {"erasure": one["erasure"], "digest": one["digest"]})
        withdrawable = await page.may("withdraw-erasure-proposal", {"erasure": one["erasure"]}) is None
    return await page.render(
        "organisation/erasure.html", problem=problem, one=one, refused=refused, withdrawable=withdrawable
    )


__all__ = ["pages"]
