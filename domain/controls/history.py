"""The history so far, folded once for all controls: people and their roles, agreements, rounds and items, RRF links."""

from dataclasses import dataclass, field
from datetime import datetime

from domain.controls.agreements import Agreements
from domain.controls.entry import Entry
from domain.controls.people import People
from domain.controls.reports import Reports
from domain.events.agreement import AgreementEvent
from domain.events.codec import EVENTS
from domain.events.event import Event
from domain.events.item import ItemEvent
from domain.events.organisation import OrganisationEvent
from domain.events.round import RoundEvent
from domain.events.rrf import ItemLinkedToMeasure

TAKEN: frozenset[type[Event]] = frozenset(
    kind
    for kind in EVENTS.values()
    if issubclass(kind, ItemEvent | RoundEvent | AgreementEvent | OrganisationEvent | ItemLinkedToMeasure)
)
"""The types of event that are folded."""


@dataclass(slots=True)
class History:
    """What the events so far come to. `now` is when the last one was recorded."""

    ledger: str = ""
    now: datetime | None = None
    people: People = field(default_factory=People)
    agreements: Agreements = field(default_factory=Agreements)
    reports: Reports = field(default_factory=Reports)
    links: dict[str, list[tuple[ItemLinkedToMeasure, int]]] = field(default_factory=dict)

    def take(self, entry: Entry) -> None:
        """One event on."""
        event = entry.event
        if isinstance(event, ItemEvent | RoundEvent):
            self.reports.take(entry)
        elif isinstance(event, OrganisationEvent):
            self.people.take(entry)
            self.agreements.take(entry)
        elif isinstance(event, AgreementEvent):
            self.agreements.take(entry)
        elif isinstance(event, ItemLinkedToMeasure):
            self.links.setdefault(event.subject, []).append((event, entry.position))

    def measures(self, subject: str, day: str) -> dict[str, int]:
        """The measures that a subject counts for on a day, each with the event that says so (case 21)."""
        return {each.measure: at for each, at in self.links.get(subject, ()) if each.valid_from <= day}


def year_of(round_id: str) -> int:
    """The year that a round reports on."""
    return int(round_id[:4])
