"""C03: who signed held the role or the delegation at that moment. Grants and substitutions are replayed."""

from collections.abc import Collection

from domain.controls.control import Control, Handlers
from domain.controls.entry import Entry
from domain.controls.given import Given
from domain.controls.history import History, year_of
from domain.events.agreement import AgreementSigned, ExternalSignatureRecorded
from domain.events.assessment import IndicatorAssessed, TargetAssessed
from domain.events.cycle import StatementCorrected, StatementIssued, TranscriptionConfirmed
from domain.events.deviation import DeviationClosed, DeviationOpened, DeviationUpdated
from domain.events.erasure import ErasureConfirmed, LegalHoldConfirmed, LegalHoldLifted
from domain.events.event import Event
from domain.events.item import ItemEndorsed, ItemSignedOff, SignOffRevoked
from domain.events.organisation import RoleConfirmed, SettingConfirmed
from domain.events.round import AgencyReportApproved
from domain.events.subject import LateCompletionRecorded, LateCompletionSignedOff
from domain.values import Role

HEAD, DIRECTOR, COORDINATOR = Role.HEAD, Role.DIRECTOR, Role.COORDINATOR
_SECONDS: dict[type[Event], Collection[Role]] = {
    RoleConfirmed: (COORDINATOR, Role.ADMINISTRATOR),
    SettingConfirmed: (HEAD,),
    ExternalSignatureRecorded: (COORDINATOR, HEAD),
    TranscriptionConfirmed: (COORDINATOR, HEAD),
    ErasureConfirmed: (HEAD,),
    LegalHoldConfirmed: (HEAD,),
    LegalHoldLifted: (HEAD,),
}
"""Who confirms what another proposed, in person."""


class AuthorityHeld(Control):
    """C03. Each signature, approval, assessment and confirmation is a case."""

    id = "C03"
    title = "Who signed held the role or the delegation at that moment"
    rule = "PROCESS, who may do what; cases 6, 7"
    empty = "Nothing was signed."

    def __init__(self, history: History, given: Given) -> None:
        """Begin before the first event."""
        super().__init__(history, given)
        self._units: dict[tuple[int, str], str] = {}
        self._late: dict[str, tuple[int, str]] = {}

    def on(self) -> Handlers:
        """Every act that needs a right."""
        return {
            ItemEndorsed: self._endorsed,
            ItemSignedOff: self._signed,
            SignOffRevoked: self._revoked,
            AgencyReportApproved: self._approved,
            TargetAssessed: self._assessed,
            IndicatorAssessed: self._assessed,
            StatementIssued: self._stated,
            StatementCorrected: self._stated,
            AgreementSigned: self._agreed,
            DeviationOpened: self._deviates,
            DeviationUpdated: self._deviates,
            DeviationClosed: self._closed,
            LateCompletionRecorded: self._recorded,
            LateCompletionSignedOff: self._completed,
            **dict.fromkeys(_SECONDS, self._confirmed),
        }

    def _judge(
        self,
        entry: Entry,
        cycle: int | None,
        what: str,
        roles: Collection[Role],
        unit: str | None = None,
        *,
        in_person: bool = False,
    ) -> None:
        self.case(cycle)
        lacks = self.history.people.why_not(entry, roles, unit, in_person=in_person)
        if lacks is not None:
            why, positions = lacks
            said = f"{entry.who} {what} on {entry.day}: {why}"
            self.fails(cycle, entry.position, "no-right", said, *positions, entry.position)
        elif entry.role is not None and entry.role not in roles:
            said = f"{entry.who} {what} as {entry.role}, which gives no such right"
            self.fails(cycle, entry.position, "other-role", said, entry.position)

    def _unit(self, entry: Entry, round_id: str, subject: str) -> str | None:
        return self.history.reports.unit_of(round_id, subject, entry.day)

    def _endorsed(self, entry: Entry, event: ItemEndorsed) -> None:
        known = event.step in set(Role)
        roles = (Role(event.step),) if known else ()
        unit = self._unit(entry, event.round, event.subject)
        self._judge(entry, year_of(event.round), f"endorsed {event.subject} of {event.round}", roles, unit)

    def _signed(self, entry: Entry, event: ItemSignedOff) -> None:
        unit = self._unit(entry, event.round, event.subject)
        cycle, what = year_of(event.round), f"signed off {event.subject} of {event.round}"
        if not event.escalated:
            self._judge(entry, cycle, what, (DIRECTOR,), unit)
            return
        self._judge(entry, cycle, f"{what}, escalated,", (HEAD,))
        if not self.history.reports.round(event.round).at_the_head(unit, event.subject):
            said = f"{entry.who} {what} as escalated, and no escalation of it from {unit} was recorded"
            self.fails(cycle, entry.position, "not-escalated", said, entry.position)

    def _revoked(self, entry: Entry, event: SignOffRevoked) -> None:
        signed = self.history.reports.item(event.round, event.subject).signed
        heads = signed is not None and signed.escalated
        unit = self._unit(entry, event.round, event.subject) if heads else None
        roles = (DIRECTOR,) if heads else (HEAD,)
        self._judge(entry, year_of(event.round), f"revoked the sign-off of {event.subject}", roles, unit)

    def _approved(self, entry: Entry, event: AgencyReportApproved) -> None:
        self._judge(entry, year_of(event.round), f"approved the report of {event.round}", (HEAD,))

    def _assessed(self, entry: Entry, event: TargetAssessed | IndicatorAssessed) -> None:
        if not event.transcribed:
            self._judge(entry, event.year, f"assessed {event.subject}", (Role.MINISTRY_ASSESSOR,))

    def _stated(self, entry: Entry, event: StatementIssued | StatementCorrected) -> None:
        if isinstance(event, StatementCorrected) or not event.transcribed:
            self._judge(entry, event.year, f"issued the statement on {event.year}", (Role.MINISTRY_DECIDER,))

    def _agreed(self, entry: Entry, event: AgreementSigned) -> None:
        version = self.history.agreements.version(event.version)
        cycle = None if version.drafted is None else version.drafted.binding_year
        self.case(cycle)
        slots = () if version.sent is None else version.sent.slots
        holder = next((slot.person for slot in slots if slot.id == event.slot), None)
        said = entry.said
        if holder is None or said.actor != holder or said.acting_for is not None:
            told = f"{entry.who} signed {event.version} in the slot {event.slot}, which is {holder or 'nobody'}'s"
            self.fails(cycle, entry.position, "not-the-holder", told, version.sent_at, entry.position)

    def _deviates(self, entry: Entry, event: DeviationOpened | DeviationUpdated) -> None:  # noqa: ARG002
        self._units[event.year, event.subject] = event.unit

    def _closed(self, entry: Entry, event: DeviationClosed) -> None:
        unit = self._units.get((event.year, event.subject))
        if unit is not None:
            unit = self.history.people.accountable(unit, entry.day, f"{event.year}-12-31")
        self._judge(entry, event.year, f"closed the deviation of {event.subject}", (DIRECTOR,), unit)

    def _recorded(self, entry: Entry, event: LateCompletionRecorded) -> None:  # noqa: ARG002
        self._late[event.subject] = (event.year, event.unit)

    def _completed(self, entry: Entry, event: LateCompletionSignedOff) -> None:
        year, unit = self._late.get(event.subject, (None, None))
        if unit is not None:
            unit = self.history.people.accountable(unit, entry.day, f"{year}-12-31")
        self._judge(entry, year, f"signed off the late completion of {event.subject}", (DIRECTOR,), unit)

    def _confirmed(self, entry: Entry, event: Event) -> None:
        if entry.by_operator and isinstance(event, RoleConfirmed):
            # The ledger's opening: C14 looks at it.
            return
        cycle = event.year if isinstance(event, TranscriptionConfirmed) else None
        self._judge(entry, cycle, f"recorded {event.type}", _SECONDS[type(event)], in_person=True)
