"""C02: no one approves their own work (R15), in person or through a substitute, over time too."""

from collections.abc import Mapping

from domain.controls.control import Control, Handlers
from domain.controls.entry import Entry
from domain.controls.given import Given
from domain.controls.history import History, year_of
from domain.events.agreement import ExternalSignatureProposed, ExternalSignatureRecorded
from domain.events.assessment import IndicatorAssessed, TargetAssessed
from domain.events.cycle import StatementCorrected, StatementIssued, TranscriptionConfirmed, TranscriptionProposed
from domain.events.deviation import ActionReported, DeviationClosed, DeviationOpened, DeviationUpdated
from domain.events.erasure import (
    ErasureConfirmed,
    ErasureProposed,
    LegalHoldConfirmed,
    LegalHoldLifted,
    LegalHoldLiftProposed,
    LegalHoldProposed,
)
from domain.events.event import Event
from domain.events.item import ItemEndorsed, ItemSignedOff, SignOffRevoked
from domain.events.organisation import RoleConfirmed, RoleProposed, SettingConfirmed, SettingProposed
from domain.events.round import AgencyReportApproved
from domain.events.subject import LateCompletionRecorded, LateCompletionSignedOff

Involved = Mapping[str, int]
"""Who took part, each with the first event that shows it."""


class Segregation(Control):
    """C02. Each approval is a case; who prepared is recomputed from the metadata of what came before."""

    id = "C02"
    title = "Segregation of duties: nobody approved what they took part in, nor did a substitute for them"
    rule = "R15; PROCESS, R15 exactly"
    empty = "Nothing was approved."

    def __init__(self, history: History, given: Given) -> None:
        """Begin before the first event."""
        super().__init__(history, given)
        self._proposers: dict[tuple[str, str], dict[str, int]] = {}
        self._assessors: dict[int, dict[str, int]] = {}
        self._reporters: dict[tuple[int, str], dict[str, int]] = {}
        self._from: dict[tuple[int, str], str] = {}
        self._late: dict[str, dict[str, int]] = {}

    def on(self) -> Handlers:
        """Proposals and what is prepared outside the items; every approval."""
        return {
            ItemEndorsed: self._item,
            ItemSignedOff: self._item,
            SignOffRevoked: self._revoked,
            AgencyReportApproved: self._report,
            TargetAssessed: self._assessed,
            IndicatorAssessed: self._assessed,
            StatementIssued: self._stated,
            StatementCorrected: self._stated,
            DeviationOpened: self._deviates,
            DeviationUpdated: self._deviates,
            ActionReported: self._acted,
            DeviationClosed: self._closed,
            LateCompletionRecorded: self._recorded,
            LateCompletionSignedOff: self._completed,
            RoleProposed: self._proposed,
            SettingProposed: self._proposed,
            ExternalSignatureProposed: self._proposed,
            TranscriptionProposed: self._proposed,
            ErasureProposed: self._proposed,
            LegalHoldProposed: self._proposed,
            LegalHoldLiftProposed: self._proposed,
            RoleConfirmed: self._confirmed,
            SettingConfirmed: self._confirmed,
            ExternalSignatureRecorded: self._confirmed,
            TranscriptionConfirmed: self._confirmed,
            ErasureConfirmed: self._confirmed,
            LegalHoldConfirmed: self._confirmed,
            LegalHoldLifted: self._confirmed,
        }

    def _judge(self, entry: Entry, cycle: int | None, what: str, involved: Involved) -> None:
        self.case(cycle)
        for person in entry.people:
            if person in involved:
                own = person == entry.actor
                said = f"{entry.who} {what}, though {person} took part in it"
                code = "own-work" if own else "own-work-of-principal"
                self.fails(cycle, entry.position, code, said, involved[person], entry.position)

    def _item(self, entry: Entry, event: ItemEndorsed | ItemSignedOff) -> None:
        item = self.history.reports.item(event.round, event.subject)
        verb = "endorsed" if isinstance(event, ItemEndorsed) else "signed off"
        self._judge(entry, year_of(event.round), f"{verb} {event.subject} of {event.round}", item.preparers)

    def _revoked(self, entry: Entry, event: SignOffRevoked) -> None:
        item = self.history.reports.item(event.round, event.subject)
        involved = dict(item.preparers)
        if item.signer is not None:
            involved.setdefault(item.signer, item.signed_at)
        self._judge(entry, year_of(event.round), f"revoked the sign-off of {event.subject}", involved)

    def _report(self, entry: Entry, event: AgencyReportApproved) -> None:
        state = self.history.reports.round(event.round)
        involved = dict.fromkeys(state.compilers, state.compiled_at)
        self._judge(entry, state.year, f"approved the agency's report of {event.round}", involved)

    def _assessed(self, entry: Entry, event: TargetAssessed | IndicatorAssessed) -> None:
        people = self._assessors.setdefault(event.year, {})
        for person in entry.people:
            people.setdefault(person, entry.position)

    def _stated(self, entry: Entry, event: StatementIssued | StatementCorrected) -> None:
        # A transcribed one is confirmed as a transcription, a case of its own.
        if isinstance(event, StatementCorrected) or not event.transcribed:
            involved = self._assessors.get(event.year, {})
            self._judge(entry, event.year, f"issued the statement on {event.year}", involved)

    def _deviates(self, entry: Entry, event: DeviationOpened | DeviationUpdated) -> None:  # noqa: ARG002
        self._from[event.year, event.subject] = event.round

    def _acted(self, entry: Entry, event: ActionReported) -> None:
        people = self._reporters.setdefault((event.year, event.subject), {})
        for person in entry.people:
            people.setdefault(person, entry.position)

    def _closed(self, entry: Entry, event: DeviationClosed) -> None:
        key = (event.year, event.subject)
        involved = dict(self._reporters.get(key, {}))
        if key in self._from:
            for person, at in self.history.reports.item(self._from[key], event.subject).preparers.items():
                involved.setdefault(person, at)
        self._judge(entry, event.year, f"closed the deviation of {event.subject}", involved)

    def _recorded(self, entry: Entry, event: LateCompletionRecorded) -> None:
        people = self._late.setdefault(event.subject, {})
        for person in entry.people:
            people.setdefault(person, entry.position)

    def _completed(self, entry: Entry, event: LateCompletionSignedOff) -> None:
        involved = self._late.get(event.subject, {})
        self._judge(entry, None, f"signed off the late completion of {event.subject}", involved)

    def _proposed(self, entry: Entry, event: Event) -> None:
        key = (event.stream, _proposal(event))
        self._proposers[key] = dict.fromkeys(entry.people, entry.position)

    def _confirmed(self, entry: Entry, event: Event) -> None:
        if entry.by_operator:
            # The ledger's opening: the operator's act stands for both (C14 looks at it).
            return
        proposal = _proposal(event)
        involved = self._proposers.get((event.stream, proposal), {})
        cycle = event.year if isinstance(event, TranscriptionConfirmed) else None
        self._judge(entry, cycle, f"confirmed {proposal}", involved)


def _proposal(event: Event) -> str:
    """The id under which a proposal is confirmed, in its stream."""
    if isinstance(event, LegalHoldLiftProposed | LegalHoldLifted):
        return f"the lift of {event.hold}"
    for name in ("proposal", "erasure", "hold"):
        found = getattr(event, name, None)
        if found is not None:
            return str(found)
    return ""
