"""What the agreement says of a subject: its text, its place, its other years, an indicator's levels as a chart."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from services.web.charts import Chart, Level, Outturn, chart
from services.web.languages import chosen
from services.web.page import Page
from services.web.words import word

Shown = dict[str, Any]
_MEMBERS = (("targets", "target"), ("milestones", "milestone"), ("indicators", "indicator"))


async def agreed(
    page: Page, version: str | None, subject: str, reported: Mapping[int, Shown] = MappingProxyType({})
) -> Shown:
    """{definition, kind, part, group, above, milestones, others, under, chart} of a subject, for its page.

    `reported`: an indicator's reports by their years.
    """
    agreement = await page.get(f"agreements/{version}") if version is not None else None
    kind, definition = _definition(agreement or {}, subject)
    if agreement is None or definition is None:
        return dict.fromkeys(("definition", "kind", "part", "group", "above", "under", "chart")) | {
            "others": [],
            "milestones": [],
        }
    target = definition if kind == "target" else _one(agreement["targets"], "target", definition.get("target"))
    table = _one(agreement["tables"], "table", definition.get("table"))
    return {
        "definition": definition,
        "kind": kind,
        "part": _one(agreement["parts"], "part", (table or target or {}).get("part")),
        "group": table or _one(agreement["groups"], "group", (target or {}).get("group")),
        "above": chosen(target["title"], page.language) if kind == "milestone" and target else None,
        "others": list(_others(agreement, definition)) if kind == "milestone" else [],
        "milestones": [each for each in agreement["milestones"] if each["target"] == subject],
        "under": agreement,
        "chart": trend(page.language, definition, reported) if kind == "indicator" else None,
    }


def trend(language: str, indicator: Shown, reported: Mapping[int, Shown], current: int | None = None) -> Chart:
    """An indicator's levels, the outturns that the agreement states, and those that were reported since."""
    outturns = {
        each["year"]: Outturn(year=each["year"], value=each["value"], final=not each["provisional"])
        for each in indicator["outturns"]
    }
    for year, cell in reported.items():
        if cell["value"] is not None:
            outturns[year] = Outturn(year=year, value=cell["value"], final=cell["finality"] == "final")
    levels = [
        Level(
            year=each["year"],
            operator=each["operator"],
            value=each["value"],
            binding=each["binding"],
            mark=each["mark"],
        )
        for each in indicator["levels"]
    ]
    return chart(levels, outturns.values(), current=current, measure=word(indicator["measure"], "measure", language))


def _definition(agreement: Shown, subject: str) -> tuple[str | None, Shown | None]:
    for member, kind in _MEMBERS:
        for each in agreement.get(member, ()):
            if each[kind] == subject:
                return kind, each
    return None, None


def _others(agreement: Shown, milestone: Shown) -> Iterator[Shown]:
    """Milestones of other years with the same text, or that continue this one or are continued by it (case 10)."""
    for each in agreement["milestones"]:
        related = each["continues"] == milestone["milestone"] or milestone["continues"] == each["milestone"]
        if each["milestone"] != milestone["milestone"] and (related or each["title"] == milestone["title"]):
            yield each


def _one(defined: list[Shown], kind: str, key: str | None) -> Shown | None:
    return next((each for each in defined if each[kind] == key), None)


__all__ = ["agreed", "trend"]
