"""C05: what was signed is what was submitted (R16). Every digest is recomputed from the events that it binds."""

from domain.canonical import Json
from domain.controls.control import Control, Handlers
from domain.controls.entry import Entry
from domain.controls.given import Given
from domain.controls.history import History, year_of
from domain.events.agreement import AgreementSigned, ExternalSignatureRecorded
from domain.events.codec import to_json
from domain.events.cycle import StatementCorrected, StatementIssued, TranscriptionConfirmed, TranscriptionProposed
from domain.events.envelope import digest_of
from domain.events.erasure import (
    ErasureConfirmed,
    ErasureProposed,
    LegalHoldConfirmed,
    LegalHoldProposed,
)
from domain.events.event import Event
from domain.events.item import ItemDelivered, ItemEndorsed, ItemSignedOff, ItemSubmitted
from domain.events.organisation import RoleConfirmed, RoleProposed, SettingConfirmed, SettingProposed
from domain.events.round import AgencyReportApproved, AgencyReportCompiled, DeliveredToMinistry
from domain.events.subject import LateCompletionRecorded, LateCompletionSignedOff


class SignedContent(Control):
    """C05. Each act that names a digest is a case: submission, endorsement, sign-off, report, delivery, statement, …"""

    id = "C05"
    title = "What was signed is what was submitted: each digest equals the one that the events give"
    rule = "R16; docs/log-format.md, digests"
    empty = "Nothing was submitted or signed."

    def __init__(self, history: History, given: Given) -> None:
        """Begin before the first event."""
        super().__init__(history, given)
        self._late: dict[str, tuple[str, int]] = {}
        self._proposed: dict[tuple[str, str], tuple[str, int]] = {}

    def on(self) -> Handlers:
        """All that binds somebody to content."""
        proposals = (RoleProposed, SettingProposed, TranscriptionProposed, ErasureProposed, LegalHoldProposed)
        confirmations = (RoleConfirmed, SettingConfirmed, TranscriptionConfirmed, ErasureConfirmed, LegalHoldConfirmed)
        return {
            ItemSubmitted: self._submitted,
            ItemEndorsed: self._signed,
            ItemSignedOff: self._signed,
            ItemDelivered: self._item_delivered,
            AgencyReportCompiled: self._compiled,
            AgencyReportApproved: self._approved,
            DeliveredToMinistry: self._delivered,
            StatementIssued: self._stated,
            StatementCorrected: self._stated,
            AgreementSigned: self._agreed,
            ExternalSignatureRecorded: self._agreed,
            LateCompletionRecorded: self._recorded,
            LateCompletionSignedOff: self._completed,
            **dict.fromkeys(proposals, self._proposes),
            **dict.fromkeys(confirmations, self._confirms),
        }

    def _same(self, entry: Entry, cycle: int | None, what: str, named: str, wanted: str | None, at: int) -> None:
        self.case(cycle)
        if named != wanted:
            said = f"{what} names the content {named[:12]}…, and the events before it give {(wanted or 'none')[:12]}…"
            self.fails(cycle, entry.position, "other-content", said, at, entry.position)

    def _submitted(self, entry: Entry, event: ItemSubmitted) -> None:
        item = self.history.reports.item(event.round, event.subject)
        what = f"the submission of {event.subject} of {event.round}"
        self._same(entry, year_of(event.round), what, event.digest, item.digest(), item.reported_at)

    def _signed(self, entry: Entry, event: ItemSignedOff | ItemEndorsed) -> None:
        item = self.history.reports.item(event.round, event.subject)
        cycle, what = year_of(event.round), f"{event.type} of {event.subject} of {event.round}"
        self.case(cycle)
        submitted = None if item.submitted is None else item.submitted.digest
        if event.digest != submitted:
            said = f"{what} names the content {event.digest[:12]}…, and submitted was {(submitted or 'nothing')[:12]}…"
            self.fails(cycle, entry.position, "not-the-submitted", said, item.submitted_at, entry.position)
        elif event.digest != item.digest():
            said = f"{what} names {event.digest[:12]}…, and the content was {item.digest()[:12]}… by then"
            self.fails(cycle, entry.position, "other-content", said, item.submitted_at, entry.position)

    def _item_delivered(self, entry: Entry, event: ItemDelivered) -> None:
        item = self.history.reports.item(event.round, event.subject)
        what = f"the delivery of {event.subject} of {event.round}"
        signed = None if item.signed is None else item.signed.digest
        self._same(entry, year_of(event.round), what, event.digest, signed, item.signed_at)

    def _compiled(self, entry: Entry, event: AgencyReportCompiled) -> None:
        content: Json = {
            "format": "agency-report/1",
            "round": event.round,
            "report": event.report,
            "version": event.version,
            "items": to_json(event.items),
            "gaps": to_json(event.gaps),
        }
        what = f"report {event.report} of {event.round}"
        self._same(entry, year_of(event.round), what, event.digest, digest_of(content), 0)

    def _approved(self, entry: Entry, event: AgencyReportApproved) -> None:
        state = self.history.reports.round(event.round)
        wanted = None if state.compiled is None else state.compiled.digest
        self._same(entry, state.year, f"the approval of {event.round}", event.digest, wanted, state.compiled_at)

    def _delivered(self, entry: Entry, event: DeliveredToMinistry) -> None:
        state = self.history.reports.round(event.round)
        wanted = None if state.approved is None else state.approved.digest
        if state.approved_at < state.compiled_at:
            wanted = None
        self._same(entry, state.year, f"the delivery of {event.round}", event.digest, wanted, state.approved_at)

    def _stated(self, entry: Entry, event: StatementIssued | StatementCorrected) -> None:
        content: Json = {"format": "statement/1", "year": event.year, "lights": to_json(event.lights)}
        what = f"the statement on {event.year}"
        self._same(entry, event.year, what, event.digest, digest_of(content), 0)
        for each in event.lights:
            item = self.history.reports.item(f"{event.year}-annual", each.subject)
            if item.delivered != each.delivered:
                said = (
                    f"{what} gives {each.subject} a light over {each.delivered[:12]}…, which is not what was delivered"
                )
                self.fails(event.year, entry.position, "not-the-delivered", said, item.delivered_at, entry.position)

    def _agreed(self, entry: Entry, event: AgreementSigned | ExternalSignatureRecorded) -> None:
        version = self.history.agreements.version(event.version)
        cycle = None if version.drafted is None else version.drafted.binding_year
        wanted = None if version.sent is None else version.sent.digest
        self._same(entry, cycle, f"the signature of {event.version}", event.digest, wanted, version.sent_at)

    def _recorded(self, entry: Entry, event: LateCompletionRecorded) -> None:
        self._late[event.subject] = (event.digest, entry.position)
        content: Json = {
            "format": "late-completion/1",
            "subject": event.subject,
            "completed_on": event.completed_on,
            "narrative": event.narrative,
            "evidence": to_json(event.evidence),
        }
        what = f"the late completion of {event.subject}"
        self._same(entry, event.year, what, event.digest, digest_of(content), 0)

    def _completed(self, entry: Entry, event: LateCompletionSignedOff) -> None:
        wanted, at = self._late.get(event.subject, (None, 0))
        self._same(entry, None, f"the sign-off of {event.subject}, late", event.digest, wanted, at)

    def _proposes(self, entry: Entry, event: Event) -> None:
        self._proposed[event.stream, _id(event)] = (digest_of(to_json(event)), entry.position)

    def _confirms(self, entry: Entry, event: Event) -> None:
        if entry.by_operator:
            return
        wanted, at = self._proposed.get((event.stream, _id(event)), (None, 0))
        cycle = event.year if isinstance(event, TranscriptionConfirmed) else None
        named: str = event.digest  # type: ignore[attr-defined]
        self._same(entry, cycle, f"the confirmation of {_id(event)}", named, wanted, at)


def _id(event: Event) -> str:
    """The id under which something is proposed and confirmed in its stream."""
    found = (getattr(event, name, None) for name in ("proposal", "erasure", "hold"))
    return str(next((each for each in found if each is not None), ""))
