"""C15: settings, deadlines and agreement data were changed by authority, before they took effect."""

from domain.calendar import end_of
from domain.controls.control import Control, Handlers
from domain.controls.entry import Entry
from domain.controls.given import Given
from domain.controls.history import History, year_of
from domain.controls.reports import RoundState
from domain.events.agreement import (
    AgreementDrafted,
    AgreementEvent,
    GoalGroupDefined,
    IndicatorDefined,
    IndicatorTableDefined,
    MilestoneDefined,
    PartDefined,
    TargetDefined,
)
from domain.events.cycle import FinalAccountsApprovalCorrected, FinalAccountsApprovalRecorded
from domain.events.item import ItemReassigned
from domain.events.organisation import AgreementInForce, SettingConfirmed, SettingProposed
from domain.events.round import DeadlineExtended
from domain.values import Deadline, DeadlineKind, Role

_DATA = (
    AgreementDrafted,
    PartDefined,
    GoalGroupDefined,
    TargetDefined,
    MilestoneDefined,
    IndicatorTableDefined,
    IndicatorDefined,
)


class Policies(Control):
    """C15. Each setting, extension, corrected approval, reassignment and version in force is a case."""

    id = "C15"
    title = "Settings, deadlines and agreement data were changed by authority, before they took effect"
    rule = "R2, R8, R12; PROCESS, acts that need two people; cases 4, 9, 17"
    empty = "No setting, deadline or agreement was changed."

    def __init__(self, history: History, given: Given) -> None:
        """Begin before the first event."""
        super().__init__(history, given)
        self._proposed: dict[str, tuple[SettingProposed, int, bool]] = {}
        self._delivery: dict[int, str] = {}

    def on(self) -> Handlers:
        """All that changes what is judged by."""
        return {
            SettingProposed: self._proposes,
            SettingConfirmed: self._set,
            DeadlineExtended: self._extended,
            FinalAccountsApprovalRecorded: self._approved,
            FinalAccountsApprovalCorrected: self._corrected,
            ItemReassigned: self._reassigned,
            AgreementInForce: self._in_force,
            **dict.fromkeys(_DATA, self._defined),
        }

    def _may(self, entry: Entry, role: Role) -> bool:
        return self.history.people.why_not(entry, (role,), None) is None

    def _proposes(self, entry: Entry, event: SettingProposed) -> None:
        self._proposed[event.proposal] = (event, entry.position, self._may(entry, Role.COORDINATOR))

    def _set(self, entry: Entry, event: SettingConfirmed) -> None:
        self.case(None)
        proposed, at, authorised = self._proposed.get(event.proposal, (None, 0, False))
        what = f"the setting {event.setting.key}"
        if proposed is None or proposed.setting != event.setting:
            said = f"{what} was changed, and nobody had proposed exactly that"
            self.fails(None, entry.position, "not-proposed", said, at, entry.position)
        elif not authorised or not self._may(entry, Role.HEAD):
            said = f"{what} was changed by {entry.who}, without a coordinator's proposal or the head's confirmation"
            self.fails(None, entry.position, "no-authority", said, at, entry.position)

    def _extended(self, entry: Entry, event: DeadlineExtended) -> None:
        state = self.history.reports.round(event.round)
        self.case(state.year)
        what = f"the {event.kind} date of {event.round}" + (f" for {event.unit}" if event.unit else "")
        present = self._present(state, event)
        before, at = (None, 0) if present is None else present
        if not self._may(entry, Role.COORDINATOR):
            said = f"{what} was moved by {entry.who}, who was no coordinator"
            self.fails(state.year, entry.position, "no-authority", said, entry.position)
        if before is not None and before != event.previous:
            said = f"{what} was moved from {event.previous.date}, and {before.date} was in force"
            self.fails(state.year, entry.position, "other-date", said, at, entry.position)
        if event.deadline.date <= event.previous.date or event.deadline.instant != end_of(event.deadline.date):
            said = f"{what} was moved to {event.deadline.date}, which is no later date than {event.previous.date}"
            self.fails(state.year, entry.position, "not-later", said, entry.position)
        if entry.at >= event.previous.instant:
            said = f"{what} was moved on {entry.day}, when {event.previous.date} had passed: after it took effect"
            self.fails(state.year, entry.position, "after-the-fact", said, at, entry.position)
        contractual = self._contractual(state)
        if contractual is not None and event.deadline.date > contractual and not (event.consent or "").strip():
            said = f"{what} was moved beyond {contractual} without the ministry's consent"
            self.fails(state.year, entry.position, "no-consent", said, entry.position)

    def _present(self, state: RoundState, event: DeadlineExtended) -> tuple[Deadline, int] | None:
        if event.kind is DeadlineKind.DELIVERY and state.reopening is not None:
            return state.reopening
        return state.dates.get((event.kind, event.unit)) or state.dates.get((event.kind, None))

    def _contractual(self, state: RoundState) -> str | None:
        if state.reopening is not None:
            return str(state.reopening[0].date)
        found = state.dates.get((DeadlineKind.DELIVERY, None))
        if found is not None:
            return str(found[0].date)
        return self._delivery.get(state.year) if state.id.endswith("-annual") else None

    def _approved(self, entry: Entry, event: FinalAccountsApprovalRecorded) -> None:  # noqa: ARG002
        self._delivery[event.year] = event.delivery.date

    def _corrected(self, entry: Entry, event: FinalAccountsApprovalCorrected) -> None:
        self._delivery[event.year] = event.delivery.date
        self.case(event.year)
        if not self._may(entry, Role.COORDINATOR):
            said = f"the approval of the accounts of {event.year} was corrected by {entry.who}, who was no coordinator"
            self.fails(event.year, entry.position, "no-authority", said, entry.position)

    def _reassigned(self, entry: Entry, event: ItemReassigned) -> None:
        cycle = year_of(event.round)
        self.case(cycle)
        if event.valid_from < entry.day:
            said = f"{event.subject} of {event.round} was reassigned on {entry.day} as of {event.valid_from}, backdated"
            self.fails(cycle, entry.position, "after-the-fact", said, entry.position)

    def _defined(self, entry: Entry, event: AgreementEvent) -> None:
        version = self.history.agreements.version(event.version)
        if version.sent is not None:
            cycle = None if version.drafted is None else version.drafted.binding_year
            said = f"{event.type} changed {event.version} after it was sent for signature"
            if not version.in_force_at:
                self.case(cycle)
            self.fails(
                cycle, version.in_force_at or entry.position, "changed-signed", said, version.sent_at, entry.position
            )

    def _in_force(self, entry: Entry, event: AgreementInForce) -> None:
        self.case(event.binding_year)
        version, known = self.history.agreements.version(event.version), self.history.agreements.binding
        slots = () if version.sent is None else version.sent.slots
        holders = {slot.person for slot in slots}
        missing = [slot.id for slot in slots if version.signed.get(slot.id, ("", 0))[0] != event.digest]
        if not slots or missing or len(holders) != len(slots):
            said = (
                f"{event.version} came into force without the signatures of {', '.join(missing) or 'different people'}"
            )
            self.fails(event.binding_year, entry.position, "not-signed", said, version.sent_at, entry.position)
        if event.binding_year not in known and entry.day >= f"{event.binding_year}-01-01":
            said = f"{event.version} binds {event.binding_year}, and came into force on {entry.day} only"
            self.fails(event.binding_year, entry.position, "after-the-fact", said, version.sent_at, entry.position)
