"""C06: timeliness. 31 August, seven days, June: each date is taken from the schedule as it was recorded, with its
extensions, reopenings and approvals of the accounts; what is late has a reason.
"""

from domain.calendar import days_after, end_of
from domain.controls.control import Control, Handlers
from domain.controls.entry import Entry
from domain.controls.given import Given
from domain.controls.history import History
from domain.controls.items import ItemState
from domain.controls.reports import RoundState
from domain.events.cycle import (
    AssessmentOpened,
    CycleOpened,
    FinalAccountsApprovalCorrected,
    FinalAccountsApprovalRecorded,
    StatementIssued,
)
from domain.events.item import ItemSubmitted
from domain.events.round import DeliveredToMinistry
from domain.values import Deadline, DeadlineKind


class Timeliness(Control):
    """C06. Each first submission of a revision, each delivery, approval of accounts and statement is a case; so is each
    date that passed with nothing done by the last event.
    """

    id = "C06"
    title = "Timeliness: 31 August, seven days, June; what is late has a reason"
    rule = "R3, R4, R5; cases 2, 3, 4"
    empty = "Nothing was due."

    def __init__(self, history: History, given: Given) -> None:
        """Begin before the first event."""
        super().__init__(history, given)
        self._versions: dict[int, str] = {}
        self._deliver: dict[int, tuple[Deadline, int]] = {}
        self._state: dict[int, tuple[Deadline, int]] = {}
        self._stated: set[int] = set()
        self._late = 0

    def on(self) -> Handlers:
        """What is judged against a date, and what sets one outside the rounds."""
        return {
            CycleOpened: self._opened,
            ItemSubmitted: self._submitted,
            DeliveredToMinistry: self._delivered,
            FinalAccountsApprovalRecorded: self._accounts,
            FinalAccountsApprovalCorrected: self._accounts,
            AssessmentOpened: self._assessing,
            StatementIssued: self._statement,
        }

    def _judge(
        self,
        entry: Entry,
        cycle: int,
        what: str,
        named: tuple[Deadline, bool, bool],
        wanted: tuple[Deadline, int] | None,
    ) -> None:
        """A date that was recorded, whether it was missed, and whether there is a reason for that."""
        self.case(cycle)
        deadline, late, reasoned = named
        due, at = (None, 0) if wanted is None else wanted
        missed = entry.at >= deadline.instant
        self._late += missed
        if deadline != due:
            told = "no date was recorded" if due is None else f"the date in force was {due.date}"
            said = f"{what} was judged against {deadline.date}, and {told}"
            self.fails(cycle, entry.position, "other-date", said, at, entry.position)
        elif deadline.instant != end_of(deadline.date) or deadline.date < deadline.nominal:
            said = f"{what}: the instant of the date {deadline.date} is not the midnight that ends it"
            self.fails(cycle, entry.position, "wrong-instant", said, at, entry.position)
        if late != missed:
            told = "late" if missed else "in time"
            said = f"{what} came in on {entry.day}, {told} for {deadline.date}, and is recorded otherwise"
            self.fails(cycle, entry.position, "lateness-wrong", said, at, entry.position)
        elif missed and not reasoned:
            said = f"{what} came in on {entry.day}, after {deadline.date}, and no reason is recorded"
            self.fails(cycle, entry.position, "late-without-reason", said, at, entry.position)

    def _opened(self, entry: Entry, event: CycleOpened) -> None:  # noqa: ARG002
        self._versions[event.year] = event.version

    def _submitted(self, entry: Entry, event: ItemSubmitted) -> None:
        state = self.history.reports.round(event.round)
        item = self.history.reports.item(event.round, event.subject)
        if item.judged is not None:
            # Judged before: returned, or a target confirmed again. That judgement stands.
            if (event.deadline, event.late) != (item.judged.deadline, item.judged.late):
                said = f"{event.subject} of {event.round} was judged again, though its first judgement stands"
                self.fails(state.year, item.submitted_at, "judged-again", said, item.submitted_at, entry.position)
            return
        named = (event.deadline, event.late, event.late_reason is not None)
        what = f"{event.subject} of {event.round}"
        self._judge(entry, state.year, what, named, self._unit_date(state, item, entry.day))

    def _unit_date(self, state: RoundState, item: ItemState, day: str) -> tuple[Deadline, int] | None:
        """By when to submit the item: the reopening's date, else the latest of its units', else that of all."""
        if state.reopening is not None:
            return state.reopening
        scoped = state.scope.get(item.subject)
        units = [] if scoped is None else [scoped.unit]
        units += [each.to_unit for each in item.reassigned if each.valid_from <= day]
        own = [state.dates[key] for unit in units if (key := (DeadlineKind.UNIT, unit)) in state.dates]
        if own:
            return max(own, key=lambda each: each[0].instant)
        return state.dates.get((DeadlineKind.UNIT, None))

    def _delivery_date(self, state: RoundState) -> tuple[Deadline, int] | None:
        if state.reopening is not None:
            return state.reopening
        return state.dates.get((DeadlineKind.DELIVERY, None)) or (
            self._deliver.get(state.year) if state.id.endswith("-annual") else None
        )

    def _delivered(self, entry: Entry, event: DeliveredToMinistry) -> None:
        state = self.history.reports.round(event.round)
        named = (event.deadline, event.late, event.late_reason is not None)
        self._judge(entry, state.year, f"the delivery of {event.round}", named, self._delivery_date(state))

    def _accounts(self, entry: Entry, event: FinalAccountsApprovalRecorded | FinalAccountsApprovalCorrected) -> None:
        self.case(event.year)
        self._deliver[event.year] = (event.delivery, entry.position)
        drafted = self.history.agreements.version(self._versions.get(event.year, "")).drafted
        days = (
            next((each.offset_days for each in drafted.policies if each.kind == "annual/delivery"), 7) if drafted else 7
        )
        due = days_after(event.approved_on, 7 if days is None else days)
        delivery = event.delivery
        if (delivery.nominal, delivery.instant) != (due, end_of(delivery.date)) or delivery.date < due:
            told = f"{delivery.date} is not {days} days on"
            said = f"the accounts of {event.year} were approved on {event.approved_on}; {told}"
            self.fails(event.year, entry.position, "wrong-date", said, entry.position)
        if isinstance(event, FinalAccountsApprovalRecorded) and event.late != (event.approved_on > event.due.date):
            said = f"the approval of {event.approved_on} against {event.due.date} is recorded wrongly as to lateness"
            self.fails(event.year, entry.position, "lateness-wrong", said, entry.position)

    def _assessing(self, entry: Entry, event: AssessmentOpened) -> None:
        self._state[event.year] = (event.statement, entry.position)

    def _statement(self, entry: Entry, event: StatementIssued) -> None:
        self._stated.add(event.year)
        # The log has no field for a reason here: a late statement is an exception (R5).
        named = (event.deadline, event.late, False)
        what = f"the statement on {event.year}"
        self._judge(entry, event.year, what, named, self._state.get(event.year))

    def end(self) -> None:
        """Dates that passed with nothing done."""
        now = self.history.now
        if self._late:
            self.notes.append(f"{self._late} came in after their date.")
        for state in self.history.reports.rounds.values():
            self._outstanding(state)
            due = self._delivery_date(state)
            waits = state.reopening is not None or not state.deliveries
            if state.opened is not None and due is not None and waits and now is not None and now >= due[0].instant:
                self.case(state.year)
                said = f"{state.id} was due at the ministry on {due[0].date}, and has not been delivered"
                self.fails(state.year, ("delivery", state.id), "not-delivered", said, due[1])
        for year, (due_by, at) in self._state.items():
            if year not in self._stated and now is not None and now >= due_by.instant:
                self.case(year)
                said = f"the statement on {year} was due on {due_by.date}, and was not issued"
                self.fails(year, ("statement", year), "not-issued", said, at)

    def _outstanding(self, state: RoundState) -> None:
        now = self.history.now
        gaps = set() if state.compiled is None else {each.subject for each in state.compiled.gaps}
        for subject in state.scope:
            item = self.history.reports.item(state.id, subject)
            if item.submitted is not None or item.withdrawn or subject in gaps or item.delivered is not None:
                continue
            due = self._unit_date(state, item, "9999-12-31")
            if due is not None and now is not None and now >= due[0].instant:
                self.case(state.year)
                said = f"{subject} of {state.id} was due on {due[0].date}, and was not submitted"
                self.fails(state.year, ("item", state.id, subject), "not-submitted", said, due[1])
