"""Roles: proposed with dates and ended by one person, confirmed by another; and the list of the yearly review (C14)."""

from starlette.responses import Response

from services.web.api import Problem
from services.web.navigation import Link
from services.web.page import Page, Pages
from services.web.pages.organisation.place import Shown, barred, crumbs, new_id, over, refusal, tabs

pages = Pages()
_HOME = "/{ledger}/organisation/roles"
_ROLES = (
    "contributor",
    "owner",
    "director",
    "head",
    "coordinator",
    "ministry-assessor",
    "ministry-decider",
    "auditor",
    "administrator",
)
_FIELDS = ("person", "role", "unit", "valid_from", "valid_to")


@pages.get(_HOME)
async def roles(page: Page) -> Response:
    """Who holds which role, by date."""
    organisation: Shown = await page.get("organisation")
    grants = sorted(
        organisation["grants"], key=lambda each: (_ROLES.index(each["role"]), each["unit"] or "", each["valid_from"])
    )
    return await page.render(
        "organisation/roles.html",
        tabs=tabs(page, "roles"),
        now=[each for each in grants if not over(each, page.today) and each["valid_from"] <= page.today],
        ahead=[each for each in grants if each["valid_from"] > page.today],
        past=[each for each in grants if over(each, page.today)],
        proposals=organisation["proposals"],
        may=bool(page.roles & {"administrator"}),
    )


@pages.get(f"{_HOME}/propose")
async def propose(page: Page) -> Response:
    """The form for a new role, or, where the address names one that is held, for its end."""
    return await _form(page)


@pages.post(f"{_HOME}/propose")
async def proposed(page: Page) -> Response:
    """Propose it; a second person confirms."""
    typed = await page.typed()
    body = {"proposal": typed.text("proposal"), "grant": {name: typed.text(f"grant.{name}") for name in _FIELDS}}
    if (problem := await refusal(page, "propose-role", body)) is not None:
        return await _form(page, problem)
    said = page.gettext("The role is proposed. It holds once another administrator or a coordinator has confirmed it.")
    return page.to(page.address("organisation", "proposals", typed.text("proposal")), said)


@pages.get(f"{_HOME}/review")
async def review(page: Page) -> Response:
    """Every right that somebody has, by whose word. The API records that it was read: that is the review."""
    found: Shown = await page.get("roles")
    page.crumbs = crumbs(page, Link(page.address("organisation", "roles"), page.gettext("Roles")))
    return await page.render("organisation/review.html", held=found["roles"], substitutions=found["substitutions"])


async def _form(page: Page, problem: Problem | None = None) -> Response:
    organisation: Shown = await page.get("organisation")
    page.crumbs = crumbs(page, Link(page.address("organisation", "roles"), page.gettext("Roles")))
    ended = {name: page.asked(name) for name in _FIELDS}
    grant = {"person": page.person, "role": "auditor", "unit": None, "valid_from": page.today, "valid_to": None}
    return await page.render(
        "organisation/propose_role.html",
        problem=problem,
        barred=await barred(page, "propose-role", {"proposal": "any", "grant": grant}, problem),
        ended=ended if ended["valid_from"] is not None else None,
        asked=ended,
        new=new_id(),
        roles=_ROLES,
        people=[
            each["person"]
            for each in sorted(organisation["people"], key=lambda each: str(each["name"]))
            if each["closed_from"] is None or each["closed_from"] > page.today
        ],
        units=sorted(each["unit"] for each in organisation["units"]),
    )


__all__ = ["pages"]
