"""Legal holds: what must not be erased, proposed and lifted by one, confirmed by the head (case 20)."""

from starlette.responses import Response

from services.web.api import Problem
from services.web.navigation import Link
from services.web.page import Page, Pages
from services.web.pages.organisation.place import Shown, barred, crumbs, found, new_id, refusal, tabs

pages = Pages()
_HOME = "/{ledger}/organisation/holds"
_DECISIONS = {
    "confirm": "confirm-legal-hold",
    "withdraw": "withdraw-legal-hold-proposal",
    "confirm-lift": "confirm-legal-hold-lift",
    "withdraw-lift": "withdraw-legal-hold-lift",
}
"""What may be decided of a hold that waits for somebody, by the button."""


@pages.get(_HOME)
async def holds(page: Page) -> Response:
    """All legal holds."""
    rows = (await page.get("legal-holds"))["holds"]
    return await page.render(
        "organisation/holds.html", tabs=tabs(page, "holds"), holds=rows, may=bool(page.roles & {"administrator"})
    )


@pages.get(f"{_HOME}/new")
async def new(page: Page) -> Response:
    """The form for a hold."""
    return await _new(page)


@pages.post(f"{_HOME}/new")
async def propose(page: Page) -> Response:
    """Propose one."""
    typed = await page.typed()
    body = {name: typed.text(name) for name in ("hold", "reason", "authority")} | {
        "people": typed.all("people"),
        "subjects": [each.strip() for each in typed.get("subjects", "").split(",") if each.strip()],
    }
    if (problem := await refusal(page, "propose-legal-hold", body)) is not None:
        return await _new(page, problem)
    said = page.gettext("The legal hold is proposed. It holds once the head has confirmed it.")
    return page.to(page.address("organisation", "holds", typed.text("hold")), said)


@pages.get(_HOME + "/{hold}")
async def hold(page: Page) -> Response:
    """One hold, and what may be done."""
    return await _one(page)


@pages.post(_HOME + "/{hold}")
async def decide(page: Page) -> Response:
    """Confirm or withdraw it, or its lift; or propose to lift it."""
    typed, name = await page.typed(), page.part("hold")
    act = typed.text("act") or "lift"
    body: Shown = {"hold": name}
    if act == "lift":
        body |= {"reason": typed.text("reason"), "authority": typed.text("authority")}
    elif act.startswith("confirm"):
        body |= {"digest": typed.text("digest")}
    if (problem := await refusal(page, _DECISIONS.get(act, "propose-legal-hold-lift"), body)) is not None:
        return await _one(page, problem)
    return page.to(page.address("organisation", "holds"), page.gettext("It is recorded."))


async def _new(page: Page, problem: Problem | None = None) -> Response:
    organisation: Shown = await page.get("organisation")
    page.crumbs = crumbs(page, Link(page.address("organisation", "holds"), page.gettext("Legal holds")))
    everybody = sorted(organisation["people"], key=lambda each: str(each["name"]))
    body = {"hold": "any", "reason": "-", "authority": "-", "people": [], "subjects": []}
    return await page.render(
        "organisation/new_hold.html",
        problem=problem,
        barred=await barred(page, "propose-legal-hold", body, problem),
        new=new_id(),
        people=[each["person"] for each in everybody],
    )


async def _one(page: Page, problem: Problem | None = None) -> Response:
    one = found((await page.get("legal-holds"))["holds"], "hold", page.part("hold"), "unknown-hold")
    page.crumbs = crumbs(page, Link(page.address("organisation", "holds"), page.gettext("Legal holds")))
    lift = one["stage"] == "lift-proposed"
    refused, withdrawable = None, False
    if one["digest"] is not None:
        name = {"hold": one["hold"]}
        confirm, withdraw = ("confirm-lift", "withdraw-lift") if lift else ("confirm", "withdraw")
        refused = await page.may(_DECISIONS[confirm], name | {"digest": one["digest"]})
        withdrawable = await page.may(_DECISIONS[withdraw], name) is None
    return await page.render(
        "organisation/hold.html",
        problem=problem,
        one=one,
        lift=lift,
        refused=refused,
        withdrawable=withdrawable,
        liftable=one["stage"] == "in-force" and bool(page.roles & {"administrator"}),
    )


__all__ = ["pages"]
