"""C19: the ministry's lights have a rationale where they differ; transcriptions were confirmed by a second person."""

from domain.controls.control import Control, Handlers
from domain.controls.entry import Entry
from domain.controls.given import Given
from domain.controls.history import History
from domain.events.assessment import IndicatorAssessed, TargetAssessed
from domain.events.cycle import StatementIssued, TranscriptionConfirmed, TranscriptionProposed


class MinistryLights(Control):
    """C19. Each assessment and each transcribed statement is a case."""

    id = "C19"
    title = "The ministry's lights have a rationale where they differ; transcriptions were confirmed by a second person"
    rule = "R5; PROCESS, ministry; case 18"
    empty = "The ministry gave no light."

    def __init__(self, history: History, given: Given) -> None:
        """Begin before the first event."""
        super().__init__(history, given)
        self._proposed: dict[tuple[int, str], tuple[TranscriptionProposed, tuple[str, ...], int]] = {}
        self._confirmed: dict[int, tuple[TranscriptionProposed | None, int]] = {}

    def on(self) -> Handlers:
        """Lights, and statements that were copied from a document."""
        return {
            TargetAssessed: self._assessed,
            IndicatorAssessed: self._assessed,
            TranscriptionProposed: self._copied,
            TranscriptionConfirmed: self._compared,
            StatementIssued: self._stated,
        }

    def _assessed(self, entry: Entry, event: TargetAssessed | IndicatorAssessed) -> None:
        self.case(event.year)
        item = self.history.reports.item(f"{event.year}-annual", event.subject)
        own = item.delivered_light
        if event.light is None and event.excused is None:
            said = f"{event.subject} has no light of the ministry's for {event.year}, and nothing says why"
            self.fails(event.year, entry.position, "not-excused", said, item.delivered_at, entry.position)
        if event.light is not None and event.light is not own and event.rationale is None:
            told = "none" if own is None else own.name
            said = (
                f"the ministry gave {event.subject} {event.light.name}, the agency {told}, and no rationale is recorded"
            )
            self.fails(event.year, entry.position, "no-rationale", said, item.delivered_at, entry.position)
        if event.delivered != item.delivered:
            said = f"{event.subject} was assessed over {event.delivered[:12]}…, which is not what was delivered"
            self.fails(event.year, entry.position, "not-the-delivered", said, item.delivered_at, entry.position)

    def _copied(self, entry: Entry, event: TranscriptionProposed) -> None:
        self._proposed[event.year, event.proposal] = (event, entry.people, entry.position)

    def _compared(self, entry: Entry, event: TranscriptionConfirmed) -> None:
        proposed, people, at = self._proposed.get((event.year, event.proposal), (None, (), 0))
        self._confirmed[event.year] = (proposed, entry.position)
        if set(people) & set(entry.people):
            said = f"{entry.who} confirmed the copy of the statement on {event.year} that they had made themselves"
            self.case(event.year)
            self.fails(event.year, entry.position, "one-person", said, at, entry.position)

    def _stated(self, entry: Entry, event: StatementIssued) -> None:
        if not event.transcribed:
            return
        self.case(event.year)
        proposed, at = self._confirmed.get(event.year, (None, 0))
        if not at:
            said = f"the statement on {event.year} is a copy that no second person compared with its document"
            self.fails(event.year, entry.position, "not-confirmed", said, entry.position)
        elif proposed is None or event.document is None or proposed.document != event.document:
            said = f"the statement on {event.year} names another document than the copy that was confirmed"
            self.fails(event.year, entry.position, "other-document", said, at, entry.position)
        elif {each.subject: each.light for each in event.lights} != {
            each.subject: each.light for each in proposed.lights
        }:
            said = f"the statement on {event.year} gives other lights than the copy that was confirmed"
            self.fails(event.year, entry.position, "other-lights", said, at, entry.position)
