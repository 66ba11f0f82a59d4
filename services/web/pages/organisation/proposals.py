"""What waits for a second person, roles and settings: shown whole, confirmed exactly as shown, or withdrawn."""

from starlette.responses import Response

from services.web.api import Problem
from services.web.page import Page, Pages
from services.web.pages.organisation.place import Shown, crumbs, found, refusal
from services.web.pages.organisation.settings import value_said

pages = Pages()
_ONE = "/{ledger}/organisation/proposals/{proposal}"
_COMMANDS = {
    "role-proposed": ("confirm-role", "withdraw-role-proposal", "roles"),
    "setting-proposed": ("confirm-setting", "withdraw-setting-proposal", "settings"),
}
"""How each kind is confirmed and withdrawn, and where it is listed."""


@pages.get(_ONE)
async def proposal(page: Page) -> Response:
    """One proposal, whole."""
    return await _shown(page)


@pages.post(_ONE)
async def decide(page: Page) -> Response:
    """Confirm what was shown, or take it off the table."""
    typed, name = await page.typed(), page.part("proposal")
    one = await _proposal(page)
    confirm, withdraw, place = _COMMANDS[one["kind"]]
    body: Shown = {"proposal": name}
    if typed.text("act") == "withdraw":
        command, said = withdraw, page.gettext("The proposal is withdrawn.")
    else:
        command, said = confirm, page.gettext("It is confirmed.")
        body["digest"] = typed.text("digest")
    if (problem := await refusal(page, command, body)) is not None:
        return await _shown(page, problem)
    return page.to(page.address("organisation", place), said)


async def _proposal(page: Page) -> Shown:
    organisation: Shown = await page.get("organisation")
    return found(organisation["proposals"], "proposal", page.part("proposal"), "unknown-proposal")


async def _shown(page: Page, problem: Problem | None = None) -> Response:
    one = await _proposal(page)
    confirm, withdraw, _ = _COMMANDS[one["kind"]]
    setting = one["content"].get("setting")
    page.crumbs = crumbs(page)
    return await page.render(
        "organisation/proposal.html",
        problem=problem,
        one=one,
        value=None if setting is None else value_said(page, setting["key"], setting["value"]),
        refused=await page.may(confirm, {"proposal": one["proposal"], "digest": one["digest"]}),
        withdrawable=await page.may(withdraw, {"proposal": one["proposal"]}) is None,
    )


__all__ = ["pages"]
