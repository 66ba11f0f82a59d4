"""Rounds as the log has them at a moment: scope, dates, the report on its way; and all items with them."""

from dataclasses import dataclass, field

from domain.controls.entry import Entry
from domain.controls.items import ItemState
from domain.events.item import (
    ItemEvent,
)
from domain.events.round import (
    AgencyReportApproved,
    AgencyReportCompiled,
    DeadlineExtended,
    DeliveredToMinistry,
    DeliveryReturned,
    RoundEvent,
    RoundOpened,
    RoundScopeFixed,
    ScopeItem,
    StepEscalated,
    SupplementOpened,
)
from domain.values import Deadline, DeadlineKind


@dataclass(slots=True)
class RoundState:
    """One round: its scope and dates, the report on its way, and what is open again."""

    id: str
    opened: RoundOpened | None = None
    opened_at: int = 0
    scope: dict[str, ScopeItem] = field(default_factory=dict)
    scope_at: int = 0
    dates: dict[tuple[DeadlineKind, str | None], tuple[Deadline, int]] = field(default_factory=dict)
    escalated: list[StepEscalated] = field(default_factory=list)
    compiled: AgencyReportCompiled | None = None
    compiled_at: int = 0
    compilers: tuple[str, ...] = ()
    approved: AgencyReportApproved | None = None
    approved_at: int = 0
    deliveries: list[tuple[DeliveredToMinistry, AgencyReportCompiled | None, int]] = field(default_factory=list)
    reopening: tuple[Deadline, int] | None = None
    reopened: frozenset[str] = frozenset()

    @property
    def year(self) -> int:
        """The year reported on."""
        return int(self.id[:4])

    def at_the_head(self, unit: str | None, subject: str) -> bool:
        """Whether an item of a unit had come to the head (case 27)."""
        return any(each.unit == unit and (not each.items or subject in each.items) for each in self.escalated)

    def take(self, entry: Entry) -> None:
        """One event on."""
        match entry.event:
            case RoundOpened() as event:
                self.opened, self.opened_at = event, entry.position
                self.dates = {(each.kind, None): (each, entry.position) for each in event.deadlines}
            case RoundScopeFixed() as event:
                self.scope, self.scope_at = {each.subject: each for each in event.items}, entry.position
            case DeadlineExtended() as event:
                if event.kind is DeadlineKind.DELIVERY and self.reopening is not None:
                    self.reopening = (event.deadline, entry.position)
                else:
                    self.dates[event.kind, event.unit] = (event.deadline, entry.position)
            case StepEscalated() as event:
                self.escalated.append(event)
            case AgencyReportCompiled() as event:
                self.compiled, self.compiled_at, self.compilers = event, entry.position, entry.people
            case AgencyReportApproved() as event:
                self.approved, self.approved_at = event, entry.position
            case DeliveredToMinistry() as event:
                self.deliveries.append((event, self.compiled, entry.position))
                self.reopening, self.reopened = None, frozenset()
            case DeliveryReturned() | SupplementOpened() as event:
                self.reopening = (event.redeliver_by, entry.position)
                self.reopened = frozenset(each.subject for each in event.items)
                self.escalated = []
            case _:
                pass


@dataclass(slots=True)
class Reports:
    """All items and rounds."""

    items: dict[str, dict[str, ItemState]] = field(default_factory=dict)
    rounds: dict[str, RoundState] = field(default_factory=dict)

    def item(self, round_id: str, subject: str) -> ItemState:
        """An item, new where nothing happened to it yet."""
        of_round = self.items.setdefault(round_id, {})
        found = of_round.get(subject)
        if found is None:
            found = of_round[subject] = ItemState(round_id, subject)
        return found

    def round(self, round_id: str) -> RoundState:
        """A round, new where nothing happened to it yet."""
        found = self.rounds.get(round_id)
        if found is None:
            found = self.rounds[round_id] = RoundState(round_id)
        return found

    def take(self, entry: Entry) -> None:
        """One event on."""
        event = entry.event
        if isinstance(event, ItemEvent):
            self.item(event.round, event.subject).take(entry)
        elif isinstance(event, RoundEvent):
            self.round(event.round).take(entry)

    def unit_of(self, round_id: str, subject: str, day: str) -> str | None:
        """The unit accountable for an item on a day (case 5)."""
        scoped = self.round(round_id).scope.get(subject)
        unit: str | None = None if scoped is None else scoped.unit
        for each in self.item(round_id, subject).reassigned:
            if each.valid_from <= day:
                unit = each.to_unit
        return unit
