"""Items of a round that a form names, each with a reason: gaps of a report, items of a supplement or of a return."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from services.web.api import Problem
from services.web.page import Page, Typed

Shown = dict[str, Any]
REASON = "reason."
"""What the field of an item's own reason begins with; `reason` alone is for those that have none."""
_PLACE = re.compile(r"^(?:items|gaps)\.(\d+)\.(?:reason|subject)$")


async def items_of(page: Page, round_id: str) -> list[Shown]:
    """The items of a round that still stand."""
    return [each for each in await page.every(f"rounds/{round_id}/items", "items") if each["stage"] != "withdrawn"]


def by_unit(items: Iterable[Shown]) -> list[tuple[str, list[Shown]]]:
    """Items by their units, each target before its milestones, indicators last."""
    found: dict[str, list[Shown]] = {}
    for each in items:
        found.setdefault(each["unit"], []).append(each)
    return [(unit, sorted(found[unit], key=_place)) for unit in sorted(found)]


def _place(item: Shown) -> tuple[bool, str, bool, str]:
    return item["kind"] == "indicator", item["target"] or item["subject"], item["kind"] != "target", item["subject"]


def named(typed: Typed) -> list[Shown]:
    """The items that were chosen, each with its reason, else with the one for all."""
    common = typed.text("reason")
    return [{"subject": each, "reason": typed.text(REASON + each) or common} for each in typed.all("item")]


def explained(typed: Typed) -> list[Shown]:
    """The items for which a reason was written."""
    return [
        {"subject": name.removeprefix(REASON), "reason": value.strip()}
        for name, value in typed.pairs
        if name.startswith(REASON) and value.strip()
    ]


def at_fields(problem: Problem, items: Sequence[Shown]) -> Problem:
    """The problem with its errors at the form's fields: `items.3.reason` is that of the fourth item named."""

    def field(path: str | None) -> str | None:
        found = _PLACE.match(path or "")
        return path if found is None or int(found[1]) >= len(items) else f"{REASON}{items[int(found[1])]['subject']}"

    errors = [each | {"field": field(each.get("field"))} for each in problem.said.get("errors") or ()]
    return Problem({**problem.said, "field": field(problem.said.get("field")), "errors": errors})


__all__ = ["REASON", "at_fields", "by_unit", "explained", "items_of", "named"]
