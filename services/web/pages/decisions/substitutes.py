"""Who stands in for whom: substitutes are appointed with dates, scope and basis, and ended early (case 6)."""

import secrets
from collections.abc import Iterable
from typing import Any

from starlette.responses import Response

from services.web.api import Problem
from services.web.navigation import INSIDE, MINISTRY, Link
from services.web.page import Page, Pages

pages = Pages()
Shown = dict[str, Any]
_APPOINTING = (INSIDE | MINISTRY) - {"contributor"}


@pages.get("/{ledger}/substitutes")
async def substitutes(page: Page) -> Response:
    """The substitutions that are in force, to come, and over; and the form for a new one."""
    return await _shown(page)


@pages.post("/{ledger}/substitutes")
async def appoint(page: Page) -> Response:
    """Appoint a substitute."""
    typed = await page.typed()
    names = ("substitution", "principal", "substitute", "unit", "valid_from", "valid_to", "basis")
    body = {name: typed.text(name) for name in names} | {"roles": typed.all("roles")}
    try:
        await page.command("appoint-substitute", body)
    except Problem as problem:
        return await _shown(page, problem)
    return page.to(page.address("substitutes"), page.gettext("The substitute is appointed."))


@pages.get("/{ledger}/substitutes/{substitution}")
async def substitution(page: Page) -> Response:
    """One substitution, and how to end it early."""
    return await _one(page)


@pages.post("/{ledger}/substitutes/{substitution}")
async def end(page: Page) -> Response:
    """End one early."""
    typed, name = await page.typed(), page.part("substitution")
    try:
        await page.command("end-substitution", {"substitution": name, "valid_to": typed.text("valid_to")})
    except Problem as problem:
        return await _one(page, problem)
    return page.to(page.address("substitutes"), page.gettext("The substitution ends on its new last day."))


async def _shown(page: Page, problem: Problem | None = None) -> Response:
    organisation: Shown = await page.get("organisation")
    principals = _principals(page, organisation)
    today = page.today
    held = sorted(organisation["substitutions"], key=lambda each: (each["valid_from"], each["substitution"]))
    return await page.render(
        "substitutes/substitutes.html",
        problem=problem,
        now=[each for each in held if each["valid_from"] <= today <= each["valid_to"]],
        ahead=[each for each in held if each["valid_from"] > today],
        over=[each for each in reversed(held) if each["valid_to"] < today],
        mine=principals and _mine(page, organisation, principals),
        principals=principals,
        persons=_present(organisation, today),
        roles=_roles(organisation, principals, today),
        units=sorted({each["unit"] for each in organisation["grants"] if each["unit"] and _holds(each, today)}),
        new=secrets.token_hex(6),
    )


async def _one(page: Page, problem: Problem | None = None) -> Response:
    name = page.part("substitution")
    held: list[Shown] = (await page.get("organisation"))["substitutions"]
    found = next((each for each in held if each["substitution"] == name), None)
    if found is None:
        raise Problem({"status": 404, "code": "unknown-substitution", "detail": name})
    page.crumbs = [Link(page.address("substitutes"), page.gettext("Substitutes"))]
    refused = await page.may("end-substitution", {"substitution": name, "valid_to": page.today})
    return await page.render("substitutes/one.html", problem=problem, one=found, refused=refused)


def _principals(page: Page, organisation: Shown) -> list[str]:
    """For whom the reader may appoint: for themselves; the head for everybody of the agency."""
    own = {each["role"] for each in page.myself["roles"] if each["principal"] is None}
    if not own & _APPOINTING:
        return []
    if "head" not in own:
        return [page.person]
    others = {each["person"] for each in organisation["grants"] if each["role"] in INSIDE and _holds(each, page.today)}
    return [page.person, *sorted(others - {page.person})]


def _mine(page: Page, organisation: Shown, principals: Iterable[str]) -> frozenset[str]:
    """The substitutions that the reader may end."""
    of = set(principals)
    return frozenset(
        each["substitution"]
        for each in organisation["substitutions"]
        if each["principal"] in of and each["valid_to"] >= page.today
    )


def _roles(organisation: Shown, principals: Iterable[str], today: str) -> list[str]:
    """The roles of those for whom one may appoint."""
    of = set(principals)
    return sorted({each["role"] for each in organisation["grants"] if each["person"] in of and _holds(each, today)})


def _present(organisation: Shown, today: str) -> list[str]:
    """Those whose account is open."""
    return [
        each["person"] for each in organisation["people"] if each["closed_from"] is None or each["closed_from"] > today
    ]


def _holds(grant: Shown, today: str) -> bool:
    """Whether a role isn't over yet."""
    return grant["valid_to"] is None or bool(grant["valid_to"] >= today)


__all__ = ["pages"]
