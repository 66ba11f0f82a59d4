"""People: registered, corrected, and gone from a date on; what they leave behind is shown before (case 7)."""

from starlette.responses import Response

from domain.canonical import canonical
from services.web.api import Problem
from services.web.navigation import Link
from services.web.page import Page, Pages
from services.web.pages.organisation.place import Shown, barred, crumbs, found, new_id, over, refusal, tabs

pages = Pages()
_HOME = "/{ledger}/organisation"
_TOLD = ("person", "name", "contact", "language")
_COMMANDS = {"change": "change-person", "close": "close-account"}
_ANYBODY = {"person": "any", "name": "-", "contact": "any@example.org", "language": "fi"}
"""Asks whether one may tell of a person at all."""


@pages.get(_HOME)
async def people(page: Page) -> Response:
    """Everybody who is or was registered, or those in whose name stands what is sought."""
    organisation: Shown = await page.get("organisation")
    sought = page.asked("name", "") or ""
    everybody = sorted(organisation["people"], key=_name)
    rows = [each for each in everybody if sought.casefold() in _name(each).casefold()]
    gone = [each for each in rows if each["closed_from"] is not None and each["closed_from"] <= page.today]
    held: dict[str, list[Shown]] = {}
    for grant in organisation["grants"]:
        if not over(grant, page.today):
            held.setdefault(grant["person"], []).append(grant)
    return await page.render(
        "organisation/people.html",
        tabs=tabs(page, "people"),
        people=[each for each in rows if each not in gone],
        gone=gone,
        held=held,
        sought=sought,
        proposals=organisation["proposals"],
    )


@pages.get(f"{_HOME}/people/new")
async def new(page: Page) -> Response:
    """The form to register somebody."""
    return await _new(page)


@pages.post(f"{_HOME}/people/new")
async def register(page: Page) -> Response:
    """Register somebody, with the account by which the identity provider knows them."""
    typed = await page.typed()
    issuer, subject = typed.text("issuer"), typed.text("login")
    login = _login(issuer, subject) if issuer and subject else None
    body = {name: typed.text(name) for name in _TOLD} | {"login": login}
    if (problem := await refusal(page, "register-person", body)) is not None:
        return await _new(page, problem)
    said = page.gettext("The person is registered. Propose their roles next.")
    return page.to(page.address("organisation", "people", typed.text("person")), said)


@pages.get(_HOME + "/people/{person}")
async def person(page: Page) -> Response:
    """One person: their roles and substitutions, and what may be done."""
    page.crumbs = crumbs(page)
    return await page.render("organisation/person.html", **await _one(page))


@pages.get(_HOME + "/people/{person}/change")
async def change(page: Page) -> Response:
    """The form to correct their name, address or language."""
    return await _form(page, "change")


@pages.post(_HOME + "/people/{person}/change")
async def changed(page: Page) -> Response:
    """Correct them."""
    typed = await page.typed()
    body = {name: typed.text(name) for name in _TOLD} | {"person": page.part("person")}
    if (problem := await refusal(page, "change-person", body)) is not None:
        return await _form(page, "change", problem)
    return page.to(page.address("organisation", "people", page.part("person")), page.gettext("The change is recorded."))


@pages.get(_HOME + "/people/{person}/close")
async def close(page: Page) -> Response:
    """What they leave behind, and the form to close the account."""
    return await _form(page, "close")


@pages.post(_HOME + "/people/{person}/close")
async def closed(page: Page) -> Response:
    """Close their account from a date on."""
    typed = await page.typed()
    body = {"person": page.part("person"), "valid_from": typed.text("valid_from")}
    if (problem := await refusal(page, "close-account", body)) is not None:
        return await _form(page, "close", problem)
    said = page.gettext("The account closes on %(day)s.", day=page.day(str(body["valid_from"])))
    return page.to(page.address("organisation", "people", page.part("person")), said)


def _name(person: Shown) -> str:
    """What somebody is called; empty where that was erased."""
    return person["name"] if isinstance(person["name"], str) else ""


def _login(issuer: str, subject: str) -> str:
    """An account, as the API takes it."""
    return canonical({"issuer": issuer, "subject": subject}).decode()


async def _new(page: Page, problem: Problem | None = None) -> Response:
    page.crumbs = crumbs(page)
    return await page.render(
        "organisation/new_person.html",
        problem=problem,
        barred=await barred(page, "register-person", _ANYBODY | {"login": _login("any", "any")}, problem),
        new=f"p-{new_id()}",
        issuer=page.signed_in.login.issuer,
    )


async def _form(page: Page, act: str, problem: Problem | None = None) -> Response:
    known = await _one(page)
    one = known["one"]
    body = (_ANYBODY if act == "change" else {"valid_from": page.today}) | {"person": one["person"]}
    page.crumbs = crumbs(
        page, Link(page.address("organisation", "people", one["person"]), _name(one) or page.gettext("Person"))
    )
    return await page.render(
        f"organisation/{act}.html",
        problem=problem,
        barred=await barred(page, _COMMANDS[act], body, problem),
        **known,
    )


async def _one(page: Page) -> Shown:
    """A person with what they hold, held, and leave to nobody."""
    organisation: Shown = await page.get("organisation")
    name = page.part("person")
    own = [each for each in organisation["grants"] if each["person"] == name]
    held = [each for each in own if not over(each, page.today)]
    return {
        "one": found(organisation["people"], "person", name, "unknown-person"),
        "held": held,
        "was": [each for each in own if over(each, page.today)],
        "substitutions": [
            each
            for each in organisation["substitutions"]
            if name in (each["principal"], each["substitute"]) and not over(each, page.today)
        ],
        "alone": [each for each in held if not _others(organisation, each, page.today)],
    }


def _others(organisation: Shown, grant: Shown, today: str) -> bool:
    """Whether somebody else, who stays, holds the same role."""
    leaving = {each["person"] for each in organisation["people"] if each["closed_from"] is not None}
    return any(
        each["person"] not in leaving | {grant["person"]}
        and (each["role"], each["unit"]) == (grant["role"], grant["unit"])
        and not over(each, today)
        for each in organisation["grants"]
    )


__all__ = ["pages"]
