"""Who may see to a corrective action: the agency's own people, those of the unit first."""

from collections.abc import Sequence
from typing import Any

from services.web.navigation import INSIDE
from services.web.page import Page

Shown = dict[str, Any]


async def writers(page: Page, unit: str) -> Sequence[tuple[str, str]]:
    """Each with their name, for a field to choose one in."""
    found = await page.get("organisation")
    people = (await page.names())["people"]
    today = page.today
    units: dict[str, set[str | None]] = {}
    for each in found["grants"]:
        held = each["valid_from"] <= today and (each["valid_to"] is None or each["valid_to"] >= today)
        if held and each["role"] in INSIDE:
            units.setdefault(each["person"], set()).add(each["unit"])
    named = [(unit not in units[key], str(people[key]), key) for key in units if isinstance(people.get(key), str)]
    return [(key, name) for _, name, key in sorted(named)]


__all__ = ["writers"]
