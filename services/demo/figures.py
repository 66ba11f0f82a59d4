"""The figures of a played year, each counted from the log."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from domain.events.agreement import IndicatorDefined, MilestoneDefined, TargetDefined
from domain.events.attestation import ViewAttested
from domain.events.codec import decode
from domain.events.envelope import Row
from domain.events.event import Event
from domain.events.item import (
    EvidenceAttached,
    EvidenceRevised,
    ItemDelivered,
    ItemReturned,
    ItemSignedOff,
    ItemSubmitted,
    MilestoneStatusReported,
    OutturnReported,
)
from domain.events.process import ReminderIssued
from domain.events.round import DeadlinePassed, StepEscalated
from domain.values import DeadlineKind
from projections.attested import Replayed


@dataclass(slots=True)
class Figures:
    """What one pass over the log counts."""

    events: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    contiguous: bool = True
    duplicates: int = 0
    lit: set[str] = field(default_factory=set)
    unlit: set[str] = field(default_factory=set)
    _reports: dict[tuple[str, str], Any] = field(default_factory=dict)
    _commands: dict[bytes, int] = field(default_factory=dict)
    _reminders: set[tuple[Any, ...]] = field(default_factory=set)
    _late_units: set[tuple[str, str]] = field(default_factory=set)
    _replayed: Replayed = field(default_factory=Replayed)

    def add(self, row: Row) -> None:
        """Count one event."""
        self._replayed.take(row)
        self.events += 1
        self.contiguous = self.contiguous and row.position == self.events
        # The events of one command lie together: its id further on would be the same command stored twice.
        last = self._commands.get(row.command_id)
        self.duplicates += last is not None and last != row.position - 1
        self._commands[row.command_id] = row.position
        self._count(decode(row.type, row.schema, row.body))

    def _count(self, event: Event) -> None:
        match event:
            case TargetDefined():
                self.counts["targets"] += 1
            case MilestoneDefined():
                self.counts["milestones"] += 1
            case IndicatorDefined():
                self.counts["indicators"] += 1
            case EvidenceAttached() | EvidenceRevised():
                self.counts["evidence"] += 1
            case ItemSignedOff():
                self.counts["signoffs"] += 1
            case ItemReturned():
                self.counts["returns"] += 1
            case ItemSubmitted():
                self.counts["late"] += event.late
            case ViewAttested():
                self.counts["attested"] += 1
                self.counts["replayed"] += self._replayed.digest(event.view, event.at_position) == event.digest
            case StepEscalated():
                self.counts["escalations"] += 1
            case DeadlinePassed() if event.kind is DeadlineKind.UNIT and event.unit is not None:
                self._late_units.add((event.round, event.unit))
            case ReminderIssued():
                self.counts["reminders"] += 1
                key = (event.process, event.step, event.person, event.owed_by, event.ordinal)
                self.duplicates += key in self._reminders
                self._reminders.add(key)
            case MilestoneStatusReported() | OutturnReported():
                self._reports[event.round, event.subject] = event
            case ItemDelivered() if event.round.endswith("-annual"):
                report = self._reports.get((event.round, event.subject))
                if report is not None:
                    (self.unlit if report.light is None else self.lit).add(event.subject)
            case _:
                pass

    @property
    def late_units(self) -> int:
        """How often a unit's date passed while it owed something."""
        return len(self._late_units)


def count(rows: Iterable[Row]) -> Figures:
    """The figures of a whole ledger, in the order of its positions."""
    figures = Figures()
    for row in rows:
        figures.add(row)
    return figures
