"""Names and dates of the clean year."""

from told import on, words

from domain.calendar import deadline
from domain.events.item import (
    Explanation,
)
from domain.values import (
    Date,
    Deadline,
    DeadlineKind,
    PersonId,
    SubjectId,
    TrafficLight,
    UnitId,
    VersionId,
)

VERSION = VersionId("kylki-2024-2027.1")
DIGI = UnitId("digi")
HALF, ANNUAL = "2024-half-year", "2024-annual"
PORTAL, TOWNS, SERVICES, DAYS = (SubjectId(each) for each in ("portal", "towns", "services", "days"))
GREEN, YELLOW = TrafficLight.GREEN, TrafficLight.YELLOW
WHY = Explanation(
    cause=words("cause"),
    risk=words("risk"),
    action=words("action"),
    action_owner=PersonId("olga"),
    action_due=Date("2025-06-30"),
)
START = on("2023-11-01")


def due(kind: DeadlineKind, day: str, policy: str = "test") -> Deadline:
    return deadline(kind, Date(day), rolls=False, policy=policy)
