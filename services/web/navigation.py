"""Where a person may go from every page: what their roles have something to do with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.web.page import Page

MINISTRY = frozenset({"ministry-assessor", "ministry-decider"})
INSIDE = frozenset({"contributor", "owner", "director", "head", "coordinator"})
"""The agency's own."""
DECIDING = frozenset({"director", "head"})
ADMINISTERING = frozenset({"administrator", "coordinator", "head", "auditor"})


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of the navigation, or a crumb."""

    href: str
    label: str
    current: bool = False


def navigation(page: "Page") -> Sequence[Link]:
    """The entries of the navigation, the current one marked. None outside of a ledger."""
    if page.me is None:
        return ()
    _: Callable[[str], str] = page.gettext
    year = page.cycle_year
    entries = [
        (True, page.address(), _("Board")),
        (page.roles & (INSIDE | MINISTRY), page.address("work"), _("My work")),
        (page.roles & DECIDING, page.address("queue"), _("To decide")),
        (page.roles & (INSIDE | MINISTRY | {"auditor"}), page.address("cycles", year), _("Reporting year")),
        (page.roles & MINISTRY, page.address("cycles", year, "assessment"), _("Assessment")),
        (True, page.address("agreements"), _("Agreement")),
        (page.roles & (INSIDE | MINISTRY), page.address("substitutes"), _("Substitutes")),
        (page.roles & ADMINISTERING, page.address("organisation"), _("Organisation")),
        (page.roles & {"auditor", "head", "coordinator"}, page.address("audit"), _("Audit")),
    ]
    home = page.address()
    here = [
        href
        for may, href, _ in entries
        if may and (page.path == href or (href != home and page.path.startswith(f"{href}/")))
    ]
    current = max(here, key=len, default=None)
    return [Link(href, label, current=href == current) for may, href, label in entries if may]
