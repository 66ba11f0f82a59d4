"""C07 and C16: each YELLOW and RED says why and what is done about it, and what is done is followed to its closure."""

from dataclasses import dataclass

from domain.calendar import day_of
from domain.controls.control import Control, Handlers
from domain.controls.entry import Entry
from domain.controls.given import Given
from domain.controls.history import History, year_of
from domain.events.deviation import (
    ActionReported,
    ActionReturned,
    DeviationClosed,
    DeviationClosureProposed,
    DeviationOpened,
    DeviationUpdated,
)
from domain.events.item import ItemSignedOff, ItemSubmitted
from domain.values import TrafficLight

SHORT = frozenset({TrafficLight.YELLOW, TrafficLight.RED})


class Explained(Control):
    """C07. Each submission of a YELLOW or RED is a case."""

    id = "C07"
    title = "Each YELLOW and RED has cause, corrective action, risk"
    rule = "R7"
    empty = "Nothing was submitted as YELLOW or RED."

    def on(self) -> Handlers:
        """What the units handed over."""
        return {ItemSubmitted: self._submitted}

    def _submitted(self, entry: Entry, event: ItemSubmitted) -> None:
        item = self.history.reports.item(event.round, event.subject)
        if item.report is None or item.light not in SHORT:
            return
        cycle, why = year_of(event.round), item.report.explanation
        self.case(cycle)
        names = ("cause", "risk", "action", "action_owner", "action_due")
        missing = [name for name in names if not getattr(why, name, None)]
        if missing and item.light is not None:
            light = item.light.name
            said = f"{event.subject} of {event.round} was submitted as {light} without {', '.join(missing)}"
            self.fails(cycle, entry.position, "unexplained", said, item.reported_at, entry.position)


@dataclass(slots=True)
class _Deviation:
    due: str
    owner: str
    opened_at: int
    last_at: int
    reported_at: int = 0
    closed: bool = False


class Followed(Control):
    """C16. Each deviation is a case; judged on the day of the last event."""

    id = "C16"
    title = "Corrective actions are followed to their closure"
    rule = "R7; PROCESS, deviation; case 22"
    empty = "No deviation was opened."

    def __init__(self, history: History, given: Given) -> None:
        """Begin before the first event."""
        super().__init__(history, given)
        self._deviations: dict[tuple[int, str], _Deviation] = {}
        self._signed: dict[tuple[int, str], int] = {}

    def on(self) -> Handlers:
        """Sign-offs of what falls short, and what became of it."""
        return {
            ItemSignedOff: self._signed_off,
            DeviationOpened: self._opened,
            DeviationUpdated: self._opened,
            DeviationClosureProposed: self._nothing,
            ActionReported: self._reported,
            ActionReturned: self._returned,
            DeviationClosed: self._closed,
        }

    def _signed_off(self, entry: Entry, event: ItemSignedOff) -> None:
        if self.history.reports.item(event.round, event.subject).light in SHORT:
            self._signed.setdefault((year_of(event.round), event.subject), entry.position)

    def _opened(self, entry: Entry, event: DeviationOpened | DeviationUpdated) -> None:
        why, key = event.explanation, (event.year, event.subject)
        opened = self._deviations.get(key)
        at = entry.position if opened is None or isinstance(event, DeviationOpened) else opened.opened_at
        reported = 0 if opened is None or isinstance(event, DeviationOpened) else opened.reported_at
        self._deviations[key] = _Deviation(why.action_due, why.action_owner, at, entry.position, reported)

    def _nothing(self, entry: Entry, event: DeviationClosureProposed) -> None:
        """A proposal to close is no closure."""

    def _reported(self, entry: Entry, event: ActionReported) -> None:
        found = self._deviations.get((event.year, event.subject))
        if found is not None:
            found.reported_at = entry.position

    def _returned(self, entry: Entry, event: ActionReturned) -> None:  # noqa: ARG002
        found = self._deviations.get((event.year, event.subject))
        if found is not None:
            found.reported_at = 0

    def _closed(self, entry: Entry, event: DeviationClosed) -> None:  # noqa: ARG002
        found = self._deviations.get((event.year, event.subject))
        if found is not None:
            found.closed = True

    def end(self) -> None:
        """Who is still waited for."""
        today = "" if self.history.now is None else day_of(self.history.now)
        for key, found in self._deviations.items():
            year, subject = key
            self.case(year)
            if found.closed or found.due >= today:
                continue
            state = "was reported done, but nobody closed it" if found.reported_at else "is open"
            said = f"the corrective action on {subject} ({found.owner}), due {found.due}, {state} on {today}"
            self.fails(year, key, "overdue", said, found.opened_at, found.last_at, found.reported_at)
        for key, at in self._signed.items():
            if key not in self._deviations:
                self.case(key[0])
                said = f"{key[1]} was signed off short of green in {key[0]}, and no deviation was opened"
                self.fails(key[0], key, "not-followed", said, at)
