"""Items as the log has them at a moment: what was written, submitted, signed, delivered.

Folded anew from the events; the content's digest (`item-content/1`) is recomputed from the reports themselves.
"""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TypeAlias

from domain.controls.entry import Entry
from domain.events.codec import to_json
from domain.events.item import (
    CorrectionAbandoned,
    CorrectionStarted,
    Evidence,
    EvidenceAttached,
    EvidenceDetached,
    EvidenceRevised,
    ItemDelivered,
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
from domain.values import TrafficLight

Report: TypeAlias = MilestoneStatusReported | OutturnReported | TargetReported
# Canonical JSON of what was decoded strictly, and so needs no check (`domain.canonical`).
_canonical = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False, check_circular=False
).encode
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
    body: bytes = b""
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
    delivered_content: tuple[Report | None, bytes, tuple[Evidence, ...]] = (None, b"", ())
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
            # The fields as they are stored: they were hashed so.
            fields = None if report is None else {**json.loads(self.body), "revision": 1}
            content = {
                "format": "item-content/1",
                "item": f"item/{self.round}/{self.subject}",
                "revision": self.revision,
                "report": None if report is None else {"type": report.type, "fields": fields},
                "evidence": to_json(self.evidence),
            }
            self._digest = sha256(_canonical(content).encode()).hexdigest()
        return self._digest

    def take(self, entry: Entry) -> None:
        """One event on."""
        match entry.event:
            case MilestoneStatusReported() | OutturnReported() | TargetReported() as event:
                self.report, self.body, self.reported_at = event, entry.row.body, entry.position
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
                self.report, self.body, self.evidence = self.delivered_content
                self._reopened(self.delivered_revision)
                self.open = False
            case ItemDelivered() as event:
                self.delivered, self.delivered_at, self.open = event.digest, entry.position, False
                self.delivered_revision = event.revision
                self.delivered_content = (self.report, self.body, self.evidence)
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
