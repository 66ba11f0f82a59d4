"""Items and rounds as the log has them at a moment: what was written, submitted, signed, delivered, and under which
dates. Folded anew from the events; the content's digest (`item-content/1`) is recomputed from the reports themselves.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from domain.controls.entry import Entry
from domain.events.codec import to_json
from domain.events.envelope import digest_of
from domain.events.item import (
    CorrectionAbandoned,
    CorrectionStarted,
    Evidence,
    EvidenceAttached,
    EvidenceDetached,
    EvidenceRevised,
    ItemDelivered,
    ItemEvent,
    ItemReassigned,
    ItemRecalled,
    ItemReturned,
    ItemSignedOff,
    ItemSubmitted,
    ItemWithdrawn,
    MilestoneStatusReported,
    OutturnReported,
    SignOffRevoked,
    TargetReported,
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
from domain.values import Deadline, DeadlineKind, TrafficLight

Report: TypeAlias = MilestoneStatusReported | OutturnReported | TargetReported
WRITES = (
    MilestoneStatusReported,
    OutturnReported,
    TargetReported,
    EvidenceAttached,
    EvidenceRevised,
    EvidenceDetached,
)
"""The events that change an item's content."""


@dataclass(slots=True)
class ItemState:
    """One item. `open` says that it may be written; `preparers` name the first event of each (R15)."""

    round: str
    subject: str
    report: Report | None = None
    reported_at: int = 0
    evidence: tuple[Evidence, ...] = ()
    revision: int = 1
    preparers: dict[str, int] = field(default_factory=dict)
    submitted: ItemSubmitted | None = None
    submitted_at: int = 0
    judged: ItemSubmitted | None = None
    signed: ItemSignedOff | None = None
    signed_at: int = 0
    signer: str | None = None
    open: bool = True
    delivered: str | None = None
    delivered_at: int = 0
    delivered_revision: int = 0
    delivered_content: tuple[Report | None, tuple[Evidence, ...]] = (None, ())
    withdrawn: bool = False
    reassigned: list[ItemReassigned] = field(default_factory=list)
    _digest: str | None = None

    @property
    def light(self) -> TrafficLight | None:
        """The light of the present content."""
        return None if self.report is None else self.report.light

    @property
    def delivered_light(self) -> TrafficLight | None:
        """The light that the ministry has."""
        report = self.delivered_content[0]
        return None if report is None else report.light

    def digest(self) -> str:
        """`item-content/1` of the present content, computed from what was reported."""
        if self._digest is None:
            report = self.report
            fields = None if report is None else {**to_json(report), "revision": 1}  # type: ignore[dict-item]
            self._digest = digest_of(
                {
                    "format": "item-content/1",
                    "item": f"item/{self.round}/{self.subject}",
                    "revision": self.revision,
                    "report": None if report is None else {"type": report.type, "fields": fields},
                    "evidence": to_json(self.evidence),
                }
            )
        return self._digest

    def take(self, entry: Entry) -> None:
        """One event on."""
        match entry.event:
            case MilestoneStatusReported() | OutturnReported() | TargetReported() as event:
                self.report, self.reported_at = event, entry.position
                self._written(entry)
            case EvidenceAttached() as event:
                self.evidence = (*self.evidence, event.evidence)
                self._written(entry)
            case EvidenceRevised() as event:
                new = event.evidence
                self.evidence = tuple(new if each.id == new.id else each for each in self.evidence)
                self._written(entry)
            case EvidenceDetached() as event:
                self.evidence = tuple(each for each in self.evidence if each.id != event.evidence)
                self._written(entry)
            case ItemSubmitted() as event:
                self.submitted, self.submitted_at = event, entry.position
                self.signed, self.open = None, False
                self._prepared(entry)
            case ItemRecalled():
                self.open = True
            case ItemSignedOff() as event:
                self.signed, self.signed_at, self.open = event, entry.position, False
                self.signer = entry.actor
            case SignOffRevoked():
                self.signed = None
            case ItemReturned() as event:
                same = event.revision == self.revision
                self.judged = (self.judged or self.submitted) if same else None
                self.submitted = self.submitted if same else None
                self._reopened(event.revision)
            case CorrectionStarted() as event:
                self.submitted = self.judged = None
                self._reopened(event.revision)
            case CorrectionAbandoned():
                self.report, self.evidence = self.delivered_content
                self._reopened(self.delivered_revision)
                self.open = False
            case ItemDelivered() as event:
                self.delivered, self.delivered_at, self.open = event.digest, entry.position, False
                self.delivered_revision = event.revision
                self.delivered_content = (self.report, self.evidence)
            case ItemWithdrawn():
                self.withdrawn = True
            case ItemReassigned() as event:
                self.reassigned.append(event)
            case _:
                pass

    def _written(self, entry: Entry) -> None:
        if self.signed is not None:
            # A target confirmed again after its milestones changed: no lateness of its unit (case 4).
            self.judged = self.judged or self.submitted
        self.signed, self.open, self._digest = None, True, None
        self._prepared(entry)

    def _prepared(self, entry: Entry) -> None:
        for person in entry.people:
            self.preparers.setdefault(person, entry.position)

    def _reopened(self, revision: int) -> None:
        self.revision, self.signed, self.open, self._digest = revision, None, True, None


@dataclass(slots=True)
class RoundState:
    """One round: its scope and dates, the report on its way, and what is open again."""

    id: str
    opened: RoundOpened | None = None
    opened_at: int = 0
    scope: dict[str, ScopeItem] = field(default_factory=dict)
    scope_at: int = 0
    dates: dict[tuple[DeadlineKind, str | None], tuple[Deadline, int]] = field(default_factory=dict)
    escalated: dict[str, int] = field(default_factory=dict)
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
                self.escalated[event.unit] = entry.position
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
                self.escalated = {}
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
