"""Settings in force, each with its default, its source and what it is for; changed by two people (C15)."""

import json
from collections.abc import Mapping
from typing import Any

from babel.dates import get_month_names
from starlette.responses import Response

from domain.canonical import canonical
from services.web.api import Problem
from services.web.navigation import Link
from services.web.page import Page, Pages, Typed
from services.web.pages.organisation.place import Shown, barred, crumbs, found, new_id, refusal, tabs
from services.web.words import word

pages = Pages()
_HOME = "/{ledger}/organisation/settings"
CHAIN, MONTHS = "approval.chain", "reminders.quiet-months"
STEPS = 3


def _(said: str) -> str:
    """Marks a text for the catalogues; it is translated where it is shown."""
    return said


PURPOSES: Mapping[str, str] = {
    "reminders.days-before": _("How many days before a date whoever must act is reminded."),
    "reminders.days-after": _("How many days after a missed date whoever is late is reminded."),
    "reminders.quiet-months": _("Months in which nobody is reminded: July is the holiday month."),
    "approval.waits-days": _("After how many days an approver is reminded of what waits for a decision."),
    "half-year.closes-after-days": _("How many days after its delivery a half-year round closes, if nothing is open."),
    "response.days": _("How long the agency may attach a response to the statement."),
    "approval.chain": _("Which endorsements come before the director's sign-off."),
}


@pages.get(_HOME)
async def settings(page: Page) -> Response:
    """What holds, and where it comes from."""
    organisation: Shown = await page.get("organisation")
    return await page.render(
        "organisation/settings.html",
        tabs=tabs(page, "settings"),
        settings=[_read(page, each) for each in organisation["settings"]],
        proposals=organisation["proposals"],
        may=bool(page.roles & {"coordinator"}),
    )


@pages.get(_HOME + "/{key}")
async def change(page: Page) -> Response:
    """The form for another value."""
    return await _form(page)


@pages.post(_HOME + "/{key}")
async def propose(page: Page) -> Response:
    """Propose another value; the head confirms it."""
    typed, key = await page.typed(), page.part("key")
    setting = {"key": key, "value": _value(key, typed), "source": typed.text("setting.source")}
    body = {"proposal": typed.text("proposal"), "setting": setting}
    if (problem := await refusal(page, "propose-setting", body)) is not None:
        return await _form(page, problem)
    said = page.gettext("The change is proposed. It holds once the head has confirmed it.")
    return page.to(page.address("organisation", "proposals", typed.text("proposal")), said)


async def _form(page: Page, problem: Problem | None = None) -> Response:
    organisation: Shown = await page.get("organisation")
    one = found(organisation["settings"], "key", page.part("key"), "unknown-setting")
    page.crumbs = crumbs(page, Link(page.address("organisation", "settings"), page.gettext("Settings")))
    asked = {"proposal": "any", "setting": {"key": one["key"], "value": one["value"], "source": "-"}}
    return await page.render(
        "organisation/change_setting.html",
        problem=problem,
        barred=await barred(page, "propose-setting", asked, problem),
        one=_read(page, one),
        new=new_id(),
        steps=STEPS,
    )


def value_said(page: Page, key: str, written: str) -> str:
    """A setting's value, from its JSON, as people say it: `7, 1 days`, `July`, the roles of the chain."""
    read = json.loads(written)
    values: list[Any] = read if isinstance(read, list) else [read]
    if key == CHAIN:
        return ", ".join(word(each, "role", page.language) for each in values) or page.gettext("none")
    if key == MONTHS:
        names = get_month_names("wide", "stand-alone", page.language)
        return ", ".join(names.get(each, str(each)) for each in values)
    if values == [1]:
        return page.gettext("1 day")
    return page.gettext("%(number)s days", number=", ".join(map(str, values)))


def _read(page: Page, setting: Shown) -> Shown:
    """A setting with its values read, and with its purpose in the reader's language."""
    purpose = PURPOSES.get(setting["key"])
    return setting | {
        "value": json.loads(setting["value"]),
        "said": value_said(page, setting["key"], setting["value"]),
        "default_said": value_said(page, setting["key"], setting["default"]),
        "purpose": setting["purpose"] if purpose is None else page.gettext(purpose),
    }


def _value(key: str, typed: Typed) -> str | None:
    """The value as JSON, as it was typed: numbers apart by commas, or the steps of the chain.

    What is no number is sent as it is, for the API to say so.
    """
    if key == CHAIN:
        names = ["setting.value", *(f"setting.value.{number}" for number in range(2, STEPS + 1))]
        return _json([each for name in names if (each := typed.text(name))])
    written = typed.text("setting.value")
    if written is None:
        return None
    try:
        numbers = [int(each) for each in written.split(",")]
    except ValueError:
        return written
    return _json(numbers if typed.text("many") else numbers[0] if len(numbers) == 1 else numbers)


def _json(value: Any) -> str:
    return canonical(value).decode()


__all__ = ["pages", "value_said"]
