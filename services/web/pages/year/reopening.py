"""Opening again what was delivered: a supplement of the agency, or items that the ministry returns."""

import secrets
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from services.web.api import Problem
from services.web.page import Page, Pages
from services.web.pages.year.chosen import at_fields, by_unit, items_of, named
from services.web.pages.year.years import ANY, acting, back, crumbs, refusal

pages = Pages()


@dataclass(frozen=True, slots=True)
class _Way:
    """One of the two ways: its command, its address, what its ids begin with, and whose it is."""

    command: str
    path: str
    prefix: str
    role: str


_SUPPLEMENT = _Way("open-supplement", "supplement", "supplement", "coordinator")
_RETURN = _Way("return-delivery", "return-delivery", "return", "ministry-assessor")


@pages.get("/{ledger}/rounds/{round}/supplement")
async def supplement(page: Page) -> Response:
    """The form of a supplement; `?subject=` chooses an item."""
    return await _shown(page, _SUPPLEMENT)


@pages.post("/{ledger}/rounds/{round}/supplement")
async def open_supplement(page: Page) -> Response:
    """Open the named items again."""
    return await _opened(
        page, _SUPPLEMENT, page.gettext("The supplement is open. The units may correct the named items.")
    )


@pages.get("/{ledger}/rounds/{round}/return-delivery")
async def returning(page: Page) -> Response:
    """The form by which the ministry returns items; `?subject=` chooses one."""
    return await _shown(page, _RETURN)


@pages.post("/{ledger}/rounds/{round}/return-delivery")
async def return_delivery(page: Page) -> Response:
    """Return the named items to the agency."""
    return await _opened(page, _RETURN, page.gettext("The items are returned to the agency."))


async def _opened(page: Page, way: _Way, said: str) -> Response:
    typed = await page.typed()
    items = named(typed)
    body = {
        "round": page.part("round"),
        "reopening": typed.text("reopening"),
        "items": items,
        "redeliver_by": typed.text("redeliver_by"),
    }
    if way is _RETURN:
        body["reference"] = typed.text("reference")
    try:
        await page.command(way.command, body)
    except Problem as problem:
        return await _shown(page, way, at_fields(problem, items))
    return page.to(back(page), said)


async def _shown(page: Page, way: _Way, problem: Problem | None = None) -> Response:
    round_id = page.part("round")
    asked = page.asked("subject")
    typed = await page.typed() if page.request.method == "POST" else None
    page.crumbs = crumbs(page)
    items, stands_in = await items_of(page, round_id), await acting(page, way.role)
    body: dict[str, Any] = {
        "round": round_id,
        "reopening": f"{way.prefix}-{secrets.token_hex(4)}",
        "items": [{"subject": each["subject"], "reason": ANY} for each in items],
        "redeliver_by": page.today,
    }
    return await page.render(
        "cycle/reopening.html",
        problem=problem,
        acting=stands_in,
        refused=await refusal(page, way.command, body | ({"reference": None} if way is _RETURN else {}), stands_in),
        found=await page.get(f"rounds/{round_id}"),
        round_id=round_id,
        way=way,
        units=by_unit(items),
        chosen=set(typed.all("item")) if typed is not None else {asked},
        # Its id is made with the form, so that a form that is sent twice opens once.
        reopening=body["reopening"],
    )


__all__ = ["pages"]
