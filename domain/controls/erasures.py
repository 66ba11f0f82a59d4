"""C11: erasures had authority and no hold; auditors' and administrators' looks are logged."""

from dataclasses import dataclass

from domain.calendar import day_of
from domain.controls.control import Control, Handlers
from domain.controls.entry import Entry, read
from domain.controls.given import Given
from domain.controls.history import History
from domain.events.access import Look, LookRecorded
from domain.events.codec import Undecodable
from domain.events.disclosed import commitments
from domain.events.engagement import EngagementClosed, EngagementOpened, FindingRaised
from domain.events.envelope import Row
from domain.events.erasure import (
    DisclosuresErased,
    ErasureConfirmed,
    ErasureProposed,
    LegalHoldConfirmed,
    LegalHoldLifted,
)
from domain.events.organisation import PersonChanged, PersonRegistered
from domain.events.rrf import RetentionRecorded
from domain.values import Role

_OF_NOBODY = frozenset({"engagement", "engagements", "erasure", "holds", "installation", "rrf"})
"""Streams of whose words it can't be told whom they concern: any hold keeps them."""


@dataclass(slots=True)
class _Engagement:
    opened: EngagementOpened
    position: int
    closed: str = "9999-12-31"


class Erasures(Control):
    """C11. Each confirmed erasure is a case, and each look in the access ledger, where that is given."""

    id = "C11"
    title = "Erasures had authority and no hold; auditors' and administrators' looks are logged"
    rule = "Case 20; R13; PROCESS, what an auditor comes for"
    empty = "Nothing was erased."

    def __init__(self, history: History, given: Given) -> None:
        """Begin before the first event."""
        super().__init__(history, given)
        self._proposed: dict[str, tuple[ErasureProposed, int]] = {}
        self._confirmed: dict[str, frozenset[str]] = {}
        self._holds: dict[str, tuple[LegalHoldConfirmed, int]] = {}
        self._retention: dict[str, tuple[str, int]] = {}
        self._people: dict[str, frozenset[str]] = {}
        self._engagements: dict[str, _Engagement] = {}
        self._finders: dict[str, int] = {}
        self._lookers: set[str] = set()
        self._last_look = 0
        if not given.looks:
            self.notes.append("The access ledger was not given: looks are not tested.")

    def on(self) -> Handlers:
        """Erasures and what forbids them; engagements and findings."""
        return {
            PersonRegistered: self._registered,
            PersonChanged: self._registered,
            LegalHoldConfirmed: self._held,
            LegalHoldLifted: self._lifted,
            RetentionRecorded: self._retained,
            ErasureProposed: self._proposes,
            ErasureConfirmed: self._erased,
            DisclosuresErased: self._taken,
            EngagementOpened: self._engaged,
            EngagementClosed: self._ended,
            FindingRaised: self._found,
        }

    def _registered(self, entry: Entry, event: PersonRegistered | PersonChanged) -> None:  # noqa: ARG002
        self._people[event.person] = self._people.get(event.person, frozenset()) | commitments(event)

    def _held(self, entry: Entry, event: LegalHoldConfirmed) -> None:
        self._holds[event.hold] = (event, entry.position)

    def _lifted(self, entry: Entry, event: LegalHoldLifted) -> None:  # noqa: ARG002
        self._holds.pop(event.hold, None)

    def _retained(self, entry: Entry, event: RetentionRecorded) -> None:
        self._retention[event.measure] = (event.until, entry.position)

    def _proposes(self, entry: Entry, event: ErasureProposed) -> None:
        self._proposed[event.erasure] = (event, entry.position)

    def _erased(self, entry: Entry, event: ErasureConfirmed) -> None:
        self.case(None)
        named = frozenset(event.commitments)
        self._confirmed[event.erasure] = named
        proposed, at = self._proposed.get(event.erasure, (None, 0))
        what = f"the erasure {event.erasure}"
        if proposed is None:
            said = f"{what} was confirmed, and nobody had proposed it under an authority"
            self.fails(None, entry.position, "no-authority", said, entry.position)
            return
        if named != {each for place in proposed.places for each in place.commitments}:
            said = f"{what} takes other disclosures than were proposed"
            self.fails(None, entry.position, "other-disclosures", said, at, entry.position)
        subjects = {found for place in proposed.places if (found := _subject(place.of)) is not None}
        kinds = {place.of.split("/")[0] for place in proposed.places}
        for hold, held_at in self._holds.values():
            people = any(named & self._people.get(person, frozenset()) for person in hold.people)
            whole = not hold.subjects and not hold.people
            if whole or people or subjects & set(hold.subjects) or kinds & _OF_NOBODY:
                said = f"{what} was confirmed while the legal hold {hold.hold} was in force over it"
                self.fails(None, entry.position, "under-hold", said, held_at, entry.position)
        keeps = [
            (subject, measure, linked_at)
            for subject in sorted(subjects)
            for measure, linked_at in self.history.measures(subject, entry.day).items()
        ]
        keeps += [(place.of, place.of[4:], 0) for place in proposed.places if place.of.startswith("rrf/")]
        for words_of, measure, linked_at in keeps:
            until, retained_at = self._retention.get(measure, ("9999-12-31", 0))
            if entry.day <= until:
                told = "open-ended" if until.startswith("9999") else f"until {until}"
                said = f"{what} takes words of {words_of}, which {measure} keeps ({told})"
                self.fails(None, entry.position, "under-retention", said, linked_at, retained_at, entry.position)

    def _taken(self, entry: Entry, event: DisclosuresErased) -> None:
        if not set(event.commitments) <= self._confirmed.get(event.erasure, frozenset()):
            self.case(None)
            said = f"disclosures of {event.of} are recorded as erased, which the erasure {event.erasure} does not cover"
            self.fails(None, entry.position, "not-confirmed", said, entry.position)

    def _engaged(self, entry: Entry, event: EngagementOpened) -> None:
        self._engagements[event.engagement] = _Engagement(event, entry.position)

    def _ended(self, entry: Entry, event: EngagementClosed) -> None:
        if event.engagement in self._engagements:
            self._engagements[event.engagement].closed = entry.day

    def _found(self, entry: Entry, event: FindingRaised) -> None:  # noqa: ARG002
        self._finders.setdefault(entry.actor, entry.position)

    def look(self, row: Row) -> None:
        """A look: none is missing, and it was one that they may have."""
        last, self._last_look = self._last_look, row.position
        if row.position != last + 1:
            self.case(None)
            said = f"the access ledger has event {row.position} after event {last}: looks are missing"
            self.fails(None, ("look", row.position), "not-contiguous", said, last, row.position, ledger=row.ledger)
        try:
            entry = read(row, (LookRecorded,))
        except Undecodable as error:
            self.case(None)
            said = f"event {row.position} of the access ledger can't be read: {error}"
            self.fails(None, ("look", row.position), "unreadable", said, row.position, ledger=row.ledger)
            return
        if entry is not None and isinstance(entry.event, LookRecorded):
            self._lookers.add(entry.event.person)
            self._looked(row, entry.event)

    def end(self) -> None:
        """Who raised a finding has looked, where the looks are given."""
        if not self.given.looks:
            return
        for person, at in self._finders.items():
            if person not in self._lookers:
                self.case(None)
                said = f"{person} raised a finding, and the access ledger has no look of theirs"
                self.fails(None, ("finder", person), "look-not-logged", said, at)

    def _looked(self, row: Row, event: LookRecorded) -> None:
        self.case(None)
        if event.role is not Role.AUDITOR or (event.engagement is None and event.kind is Look.READ):
            # Without an engagement an auditor reads what everybody with a role reads.
            return
        day, found = day_of(row.received_at), self._engagements.get(event.engagement or "")
        covers = (
            found is not None
            and event.person in found.opened.auditors
            and found.opened.valid_from <= day <= min(found.opened.valid_to, found.closed)
        )
        if not covers:
            said = f"{event.person} looked at {event.scope} on {day}, with no engagement in force"
            self.fails(None, ("look", row.position), "no-engagement", said, row.position, ledger=row.ledger)


def _subject(stream: str) -> str | None:
    """The subject that a stream is about."""
    kind, _, rest = stream.partition("/")
    if kind in ("item", "deviation", "assessment"):
        return rest.partition("/")[2]
    return rest if kind == "subject" else None
