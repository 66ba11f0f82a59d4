"""What the pages of the organisation have in common: where one is, what is held on a day, a command and its refusal."""

import secrets
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from services.web.api import Problem
from services.web.navigation import Link
from services.web.page import Page

Shown = dict[str, Any]
KEEPING = frozenset({"administrator", "head", "auditor"})
"""Who reads erasures and legal holds."""
LANGUAGES = ("fi", "sv", "en")
ANY_NAME = dict.fromkeys(LANGUAGES, "-")
"""A name in a command of which one only asks whether it may be given."""
_SHUT = frozenset({"not-a-draft", "not-in-signing"})


def tabs(page: Page, current: str) -> list[Link]:
    """The areas of the organisation; `current` is the one that is shown."""
    _ = page.gettext
    home = ("organisation",)
    entries: list[tuple[str, tuple[str, ...], str]] = [
        ("people", home, _("People")),
        ("units", (*home, "units"), _("Units")),
        ("roles", (*home, "roles"), _("Roles")),
        ("settings", (*home, "settings"), _("Settings")),
        ("measures", ("measures",), _("RRF measures")),
    ]
    if page.roles & KEEPING:
        entries += [
            ("erasures", (*home, "erasures"), _("Erasures")),
            ("holds", (*home, "holds"), _("Legal holds")),
        ]
    return [Link(page.address(*parts), label, current=name == current) for name, parts, label in entries]


def crumbs(page: Page, *more: Link) -> list[Link]:
    """The way to a page of the organisation."""
    return [Link(page.address("organisation"), page.gettext("Organisation")), *more]


def new_id() -> str:
    """An id that says nothing of what it names."""
    return secrets.token_hex(6)


async def barred(page: Page, command: str, body: Mapping[str, Any], problem: Problem | None = None) -> Problem | None:
    """Why the reader may not give a command, whatever they would type; None if they may.

    Who has tried already (`problem` is what came of it) keeps the form with what they typed.
    """
    refused = None if problem is not None else await page.may(command, body)
    return (
        refused if refused is not None and (refused.status == HTTPStatus.FORBIDDEN or refused.code in _SHUT) else None
    )


async def refusal(page: Page, command: str, body: Mapping[str, Any]) -> Problem | None:
    """Give a command; why it was refused, if it was."""
    try:
        await page.command(command, body)
    except Problem as problem:
        return problem
    return None


def over(dated: Shown, today: str) -> bool:
    """Whether what has `valid_to` is over: it is the last day, inclusive."""
    return dated["valid_to"] is not None and bool(dated["valid_to"] < today)


def found(rows: Iterable[Shown], key: str, value: str, code: str) -> Shown:
    """The one that is called so. Raises `Problem` if there is none."""
    for each in rows:
        if each[key] == value:
            return each
    raise Problem({"status": 404, "code": code, "detail": value})


__all__ = [
    "ANY_NAME",
    "KEEPING",
    "LANGUAGES",
    "Shown",
    "barred",
    "crumbs",
    "found",
    "new_id",
    "over",
    "refusal",
    "tabs",
]
