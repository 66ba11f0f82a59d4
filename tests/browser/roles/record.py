"""What the log says of a year that was done by hand, read through the API."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from web.site import Site

READER = "marja-ylitalo"
"""The head may read all that is about the agency."""
SYSTEM = "system"
"""Who takes the steps that fall due."""
MAIN = frozenset(
    {
        "account-closed",
        "agency-report-approved",
        "agency-report-compiled",
        "agency-report-returned",
        "assessment-opened",
        "correction-started",
        "cycle-closed",
        "cycle-opened",
        "deadline-extended",
        "deadline-passed",
        "delivered-to-ministry",
        "delivery-returned",
        "engagement-opened",
        "final-accounts-approval-recorded",
        "indicator-assessed",
        "item-returned",
        "item-signed-off",
        "item-submitted",
        "person-registered",
        "published",
        "response-attached",
        "role-confirmed",
        "role-proposed",
        "round-closed",
        "round-opened",
        "statement-issued",
        "substitute-appointed",
        "supplement-opened",
        "target-assessed",
    }
)
"""The events that tell the year; the others come with them, or by the way, as reminders do."""


async def recorded(site: Site, after: int) -> list[tuple[str, str, int]]:
    """What happened after a position: which event, by whom, and how many in a row, in the order of the log."""
    await site.followed()
    people: Mapping[str, str] = (await site.api(READER, "names"))["people"]
    events = [(each["type"], _who(each, people)) for each in await _entries(site, after) if each["type"] in MAIN]
    return [(*event, len(list(alike))) for event, alike in groupby(events)]


async def _entries(site: Site, after: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    place: int | None = after
    while place is not None:
        page = await site.api(READER, "trail", order="oldest", limit=500, after=place)
        found += page["entries"]
        place = page["next"]
    return found


def _who(entry: dict[str, Any], people: Mapping[str, str]) -> str:
    """The name of who did it, and for whom; of the workflows that they are the system."""
    if entry["kind"] != "person":
        return str(entry["kind"])
    principal = entry["acting_for"]
    return people[entry["actor"]] + ("" if principal is None else f" for {people[principal]}")
