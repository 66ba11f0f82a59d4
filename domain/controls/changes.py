"""C08: nothing changed after sign-off but through a recorded correction or reopening with its own approval."""

from domain.controls.control import Control, Handlers
from domain.controls.entry import Entry
from domain.controls.history import year_of
from domain.controls.items import WRITES, ItemState
from domain.events.item import (
    CorrectionStarted,
    ItemDelivered,
    ItemEvent,
    ItemReturned,
    ItemSignedOff,
    TargetReported,
)


class ChangesAfterSignOff(Control):
    """C08. Each sign-off is a case."""

    id = "C08"
    title = "Nothing changed after sign-off but through a recorded correction or reopening with its own approval"
    rule = "R16; PROCESS, item; cases 11, 16, 19, 25"
    empty = "Nothing was signed off."

    def on(self) -> Handlers:
        """All that changes an item, and what must come before."""
        return {
            **dict.fromkeys(WRITES, self._written),
            ItemSignedOff: self._signed,
            CorrectionStarted: self._corrects,
            ItemReturned: self._returned,
            ItemDelivered: self._delivered,
        }

    def _bad(self, item: ItemState, entry: Entry, code: str, says: str) -> None:
        cycle = year_of(item.round)
        if item.signed_at in self._failing.get(cycle, ()):
            # One change makes the sign-off fail; what follows from it is told by others.
            return
        if not item.signed_at:
            self.case(cycle)
        self.fails(cycle, item.signed_at or entry.position, code, says, item.signed_at, entry.position)

    def _signed(self, entry: Entry, event: ItemSignedOff) -> None:  # noqa: ARG002
        self.case(year_of(event.round))

    def _written(self, entry: Entry, event: ItemEvent) -> None:
        item = self.history.reports.item(event.round, event.subject)
        if item.open or not (item.signed is not None or item.delivered is not None):
            return
        if isinstance(event, TargetReported) and item.signed_at > item.delivered_at and self._stale(item):
            return
        state = "it was delivered" if item.delivered_at > item.signed_at else "its sign-off"
        said = f"{event.type} by {entry.who} changed {event.subject} of {event.round} after {state}, with no reopening"
        self._bad(item, entry, "changed-after-sign-off", said)

    def _stale(self, item: ItemState) -> bool:
        """Whether a milestone changed since the target's light was chosen."""
        reports = self.history.reports
        scope = reports.round(item.round).scope.values()
        now = {each.subject: reports.item(item.round, each.subject) for each in scope if each.target == item.subject}
        bound = item.report.milestones if isinstance(item.report, TargetReported) else ()
        seen = {each.subject: (each.revision, each.digest) for each in bound}
        return seen != {key: (each.revision, each.digest()) for key, each in now.items()}

    def _corrects(self, entry: Entry, event: CorrectionStarted) -> None:
        item, state = self.history.reports.item(event.round, event.subject), self.history.reports.round(event.round)
        if event.subject not in state.reopened:
            said = f"a correction of {event.subject} of {event.round} was started, and nothing had opened it again"
            self._bad(item, entry, "not-reopened", said)

    def _returned(self, entry: Entry, event: ItemReturned) -> None:
        item, state = self.history.reports.item(event.round, event.subject), self.history.reports.round(event.round)
        if event.revision != item.revision and event.subject not in state.reopened:
            said = f"{event.subject} of {event.round} was returned after its delivery, and no return was recorded"
            self._bad(item, entry, "not-reopened", said)

    def _delivered(self, entry: Entry, event: ItemDelivered) -> None:
        item = self.history.reports.item(event.round, event.subject)
        if item.signed is None:
            said = f"{event.subject} of {event.round} was delivered as it was changed, without a sign-off of that"
            self._bad(item, entry, "delivered-unsigned", said)
