"""What the log says of a year that was done by hand, read through the API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from web.site import Site

READER = "marja-ylitalo"
"""The head may read all that is about the agency."""
PERSON, SYSTEM = "person", "system"
"""Who acts; the system is the workflows, which take the steps that fall due."""
MAIN = frozenset(
    {
        "account-closed",
        "action-reported",
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
        "deviation-closed",
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What happened in the order of the log: which event, by whom, and how many in a row; the calendar's steps apart.

    How soon the calendar takes a step that a person's act makes due is not the year's matter.
    """

    acts: Sequence[tuple[str, str, int]]
    calendar: Sequence[str]


async def recorded(site: Site, after: int) -> Record:
    """What was recorded after a position."""
    await site.followed()
    people: Mapping[str, str] = (await site.api(READER, "names"))["people"]
    entries = [each for each in await _entries(site, after) if each["type"] in MAIN]
    acts = [(each["type"], _who(each, people)) for each in entries if each["kind"] == PERSON]
    return Record(
        acts=[(*act, len(list(alike))) for act, alike in groupby(acts)],
        calendar=[each["type"] for each in entries if each["kind"] == SYSTEM],
    )


async def _entries(site: Site, after: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    place: int | None = after
    while place is not None:
        page = await site.api(READER, "trail", order="oldest", limit=500, after=place)
        found += page["entries"]
        place = page["next"]
    return found


def _who(entry: dict[str, Any], people: Mapping[str, str]) -> str:
    """The name of who did it, and for whom."""
    principal = entry["acting_for"]
    return people[entry["actor"]] + ("" if principal is None else f" for {people[principal]}")
