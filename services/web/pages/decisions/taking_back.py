"""Taking a sign-off back: the item is returned to its unit, or the sign-off is revoked and it waits again (case 25)."""

from typing import Any

from starlette.responses import Response

from services.web.api import Problem
from services.web.navigation import Link
from services.web.page import Page, Pages
from services.web.pages.capacity import FOR, acting_for, posted_for

pages = Pages()
_BACK = "/{ledger}/rounds/{round}/units/{unit}/decide/{subject}"
_WORDS = "-"
_ACTS = {"return": "return-items", "revoke": "revoke-sign-off"}


@pages.get(_BACK)
async def take_back(page: Page) -> Response:
    """What may be done about a sign-off, and why not the rest."""
    return await _shown(page, acting_for(page, "head", "director", unit=page.part("unit")))


@pages.post(_BACK)
async def taken_back(page: Page) -> Response:
    """Return the item, or revoke its sign-off."""
    typed, principal = await page.typed(), await posted_for(page)
    act = typed.text("act") or ""
    if act not in _ACTS:
        raise Problem({"status": 404, "code": "unknown-address", "detail": act})
    try:
        await page.command(_ACTS[act], _body(page, act, typed.text("reason"), typed.text("seen")))
    except Problem as problem:
        return await _shown(page, principal, _at_reason(problem))
    _ = page.gettext
    told = _("The item is returned to its unit.") if act == "return" else _("The sign-off is revoked: the item waits.")
    return page.to(_decide(page, principal), told)


def _body(page: Page, act: str, reason: str | None, seen: str | None) -> dict[str, Any]:
    """A sign-off of exactly the content that was shown is taken back, and nothing else."""
    round_id, named = page.part("round"), {"subject": page.part("subject"), "reason": reason, "seen": seen}
    if act == "return":
        return {"round": round_id, "items": [named | {"stage": "signed-off"}]}
    return {"round": round_id, **named}


def _at_reason(problem: Problem) -> Problem:
    """Errors at the form's one field."""
    errors = [each | {"field": "reason"} for each in problem.said.get("errors") or []]
    return Problem({**problem.said, "errors": errors}) if errors else problem


def _decide(page: Page, principal: str | None) -> str:
    return page.address("rounds", page.part("round"), "units", page.part("unit"), "decide", **{FOR: principal})


async def _shown(page: Page, principal: str | None, problem: Problem | None = None) -> Response:
    round_id, subject = page.part("round"), page.part("subject")
    item = await page.get(f"rounds/{round_id}/items/{subject}")
    why = {
        act: await page.may(name, _body(page, act, _WORDS, item["digest"]), principal) for act, name in _ACTS.items()
    }
    page.crumbs = [Link(_decide(page, principal), page.gettext("Decide"))]
    return await page.render(
        "decision/take-back.html", problem=problem, item=item, principal=principal, why=why, here=page.path
    )


__all__ = ["pages"]
