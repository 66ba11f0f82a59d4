"""RRF measures: their items with verification, recipients (Art. 22(2)(d)), declared interests, retention (C10, C17)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.responses import Response

from services.web.api import Problem
from services.web.navigation import Link
from services.web.page import Page, Pages
from services.web.pages.organisation.place import ANY_NAME, LANGUAGES, barred, refusal, tabs

pages = Pages()
Shown = dict[str, Any]
ROWS = 5
"""Empty rows for further recipients."""
_RECIPIENT = ("kind", "name", "identifier", "amount")


@pages.get("/{ledger}/measures")
async def measures(page: Page) -> Response:
    """All measures."""
    rows = (await page.get("measures"))["measures"]
    page.crumbs = [Link(page.address("organisation"), page.gettext("Organisation"))]
    return await page.render("measures/measures.html", tabs=tabs(page, "measures"), measures=rows)


@pages.get("/{ledger}/measures/new")
async def new(page: Page) -> Response:
    """The form to record a measure."""
    return await _new(page)


@pages.post("/{ledger}/measures/new")
async def record(page: Page) -> Response:
    """Record a measure."""
    typed = await page.typed()
    code = typed.text("code")
    title = {language: typed.text(f"title.{language}") for language in LANGUAGES}
    name = None if code is None else code.lower()
    body = {"measure": name, "code": code, "title": title, "section": typed.text("section")}
    if (problem := await refusal(page, "record-measure", body)) is not None:
        return await _new(page, problem)
    return page.to(page.address("measures", name), page.gettext("The measure is recorded."))


@pages.get("/{ledger}/measures/{measure}")
async def measure(page: Page) -> Response:
    """One measure with all that auditors of the facility ask for."""
    one = await page.get(f"measures/{page.part('measure')}")
    page.crumbs = _crumbs(page)
    return await page.render(
        "measures/measure.html",
        one=one,
        recording="coordinator" in page.roles,
        signing=bool(page.roles & {"director", "head"}),
    )


@pages.get("/{ledger}/measures/{measure}/{act}")
async def form(page: Page) -> Response:
    """The form of one act."""
    return await _form(page)


@pages.post("/{ledger}/measures/{measure}/{act}")
async def act(page: Page) -> Response:
    """Record what was typed."""
    command, body, _ = _act(page)
    try:
        await page.command(command, {"measure": page.part("measure")} | await body(page))
    except Problem as problem:
        return await _form(page, problem)
    return page.to(page.address("measures", page.part("measure")), page.gettext("It is recorded."))


async def _link(page: Page) -> Shown:
    typed = await page.typed()
    return {name: typed.text(name) for name in ("subject", "kind", "reference", "basis")}


async def _summary(page: Page) -> Shown:
    typed = await page.typed()
    files = [await page.upload(file, f"document-{number}") for number, (_, file) in enumerate(typed.files)]
    title = typed.text("title")
    documents = [{"file": file, "title": title} for file in files]
    return {name: typed.text(name) for name in ("subject", "summary")} | {
        "year": _number(typed.text("year")),
        "documents": documents,
    }


async def _recipients(page: Page) -> Shown:
    typed = await page.typed()
    count = _number(typed.text("rows"))
    rows = [
        {name: typed.text(f"recipients.{at}.{name}") for name in _RECIPIENT}
        for at in range(count if isinstance(count, int) and count <= 1_000 else 0)  # noqa: PLR2004
    ]
    return {
        "year": _number(typed.text("year")),
        "recipients": [each for each in rows if each["name"] or each["identifier"] or each["amount"]],
        "none_because": typed.text("none_because"),
    }


async def _interest(page: Page) -> Shown:
    typed = await page.typed()
    conflict = {"yes": True, "no": False}.get(typed.text("conflict") or "")
    return {"year": _number(typed.text("year")), "conflict": conflict, "statement": typed.text("statement")}


async def _retention(page: Page) -> Shown:
    typed = await page.typed()
    return {name: typed.text(name) for name in ("balance_paid_on", "basis")} | {"years": _number(typed.text("years"))}


_DAY = "2000-01-01"
_ANY_YEAR = 2000
ACTS: Mapping[str, tuple[str, Callable[[Page], Awaitable[Shown]], Shown]] = {
    "link": ("link-item-to-measure", _link, {"subject": "any", "kind": "milestone", "reference": None, "basis": "-"}),
    "verification": (
        "record-verification-summary",
        _summary,
        {"subject": "any", "year": _ANY_YEAR, "summary": "-", "documents": []},
    ),
    "recipients": ("record-recipients", _recipients, {"year": _ANY_YEAR, "recipients": [], "none_because": "-"}),
    "interest": ("declare-interest", _interest, {"year": _ANY_YEAR, "conflict": False, "statement": None}),
    "retention": ("record-retention", _retention, {"balance_paid_on": _DAY, "years": 5, "basis": "-"}),
}
"""What may be recorded of a measure: its command, how its form is read, and what asks whether one may at all."""


def _act(page: Page) -> tuple[str, Callable[[Page], Awaitable[Shown]], Shown]:
    name = page.part("act")
    if name not in ACTS:
        raise Problem({"status": 404, "code": "unknown-address", "detail": name})
    return ACTS[name]


async def _form(page: Page, problem: Problem | None = None) -> Response:
    command, _, asked = _act(page)
    one = await page.get(f"measures/{page.part('measure')}")
    year = page.asked("year") or str(page.cycle_year)
    recorded: Shown = next((each for each in one["recipients"] if str(each.get("year")) == year), {})
    page.crumbs = [*_crumbs(page), Link(page.address("measures", one["measure"]), one["recorded"].get("code") or "RRF")]
    return await page.render(
        f"measures/{page.part('act')}.html",
        problem=problem,
        barred=await barred(page, command, {"measure": one["measure"]} | asked, problem),
        one=one,
        year=year,
        recipients=recorded.get("recipients", []),
        empty=ROWS,
    )


async def _new(page: Page, problem: Problem | None = None) -> Response:
    page.crumbs = _crumbs(page)
    asked = {"measure": "p1c1i1", "code": "P1C1I1", "title": ANY_NAME, "section": None}
    refused = await barred(page, "record-measure", asked, problem)
    return await page.render("measures/new.html", problem=problem, barred=refused)


def _crumbs(page: Page) -> list[Link]:
    return [Link(page.address("measures"), page.gettext("RRF measures"))]


def _number(written: str | None) -> int | str | None:
    """A whole number as it was typed; what is none is sent as it is, for the API to say so."""
    return int(written) if written is not None and written.isascii() and written.isdigit() else written


__all__ = ["pages"]
