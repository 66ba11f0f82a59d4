"""Units: registered, renamed and succeeded from dates on (case 5)."""

from starlette.responses import Response

from services.web.api import Problem
from services.web.navigation import Link
from services.web.page import Page, Pages, Typed
from services.web.pages.organisation.place import ANY_NAME, LANGUAGES, Shown, barred, crumbs, found, refusal, tabs

pages = Pages()
_HOME = "/{ledger}/organisation/units"


@pages.get(_HOME)
async def units(page: Page) -> Response:
    """All units, with their names and successors by date."""
    organisation: Shown = await page.get("organisation")
    rows = sorted(organisation["units"], key=lambda each: str(each["unit"]))
    return await page.render(
        "organisation/units.html", tabs=tabs(page, "units"), units=rows, proposals=organisation["proposals"]
    )


@pages.get(f"{_HOME}/new")
async def new(page: Page) -> Response:
    """The form to register a unit."""
    return await _new(page)


@pages.post(f"{_HOME}/new")
async def register(page: Page) -> Response:
    """Register a unit."""
    typed = await page.typed()
    body = {"unit": typed.text("unit"), "name": _name(typed), "valid_from": typed.text("valid_from")}
    if (problem := await refusal(page, "register-unit", body)) is not None:
        return await _new(page, problem)
    return page.to(page.address("organisation", "units"), page.gettext("The unit is registered."))


@pages.get(_HOME + "/{unit}/rename")
async def rename(page: Page) -> Response:
    """The form for another name."""
    return await _of(page, "rename")


@pages.post(_HOME + "/{unit}/rename")
async def renamed(page: Page) -> Response:
    """Give it another name from a date on."""
    typed = await page.typed()
    body = {"unit": page.part("unit"), "name": _name(typed), "valid_from": typed.text("valid_from")}
    if (problem := await refusal(page, "rename-unit", body)) is not None:
        return await _of(page, "rename", problem)
    return page.to(page.address("organisation", "units"), page.gettext("The new name is recorded."))


@pages.get(_HOME + "/{unit}/succeed")
async def succeed(page: Page) -> Response:
    """The form to say who takes over."""
    return await _of(page, "succeed")


@pages.post(_HOME + "/{unit}/succeed")
async def succeeded(page: Page) -> Response:
    """Let another unit take over from a date on."""
    typed = await page.typed()
    body = {name: typed.text(name) for name in ("successor", "handover", "valid_from")} | {"unit": page.part("unit")}
    if (problem := await refusal(page, "succeed-unit", body)) is not None:
        return await _of(page, "succeed", problem)
    return page.to(page.address("organisation", "units"), page.gettext("The successor is recorded."))


async def _new(page: Page, problem: Problem | None = None) -> Response:
    page.crumbs = _crumbs(page)
    body = {"unit": "any", "name": ANY_NAME, "valid_from": page.today}
    refused = await barred(page, "register-unit", body, problem)
    return await page.render("organisation/new_unit.html", problem=problem, barred=refused)


async def _of(page: Page, act: str, problem: Problem | None = None) -> Response:
    organisation: Shown = await page.get("organisation")
    one = found(organisation["units"], "unit", page.part("unit"), "unknown-unit")
    body = {"unit": one["unit"], "valid_from": page.today}
    body |= {"name": ANY_NAME} if act == "rename" else {"successor": one["unit"], "handover": "moves"}
    page.crumbs = _crumbs(page)
    return await page.render(
        f"organisation/{act}.html",
        problem=problem,
        barred=await barred(page, f"{act}-unit", body, problem),
        one=one,
        units=sorted(each["unit"] for each in organisation["units"]),
    )


def _crumbs(page: Page) -> list[Link]:
    return crumbs(page, Link(page.address("organisation", "units"), page.gettext("Units")))


def _name(typed: Typed) -> dict[str, str | None]:
    """A title as it was typed in three fields."""
    return {language: typed.text(f"name.{language}") for language in LANGUAGES}


__all__ = ["pages"]
