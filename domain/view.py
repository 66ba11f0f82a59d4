"""What a decision reads: folded streams, each noted as a condition of the append.

A decision asks the view for states. What isn't there yet raises `NotLoaded`; the caller loads those streams and decides
again, which is harmless because decisions are pure. So what was read is what the append is conditioned on: no condition
can be forgotten.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from domain.errors import Refused
from domain.events.codec import decode, decode_metadata
from domain.events.disclosed import commitments
from domain.events.envelope import Row
from domain.events.erasure import DisclosuresErased
from domain.events.event import Event
from domain.values import Actor, ActorKind, Capacity, Digest, PersonId

S = TypeVar("S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """An event with who did it and when it was received. `position` is 0 for what is decided but not yet in the log."""

    event: Event
    by: Actor
    at: datetime
    position: int = 0


def fact_of(row: Row) -> Fact:
    """The fact that a stored row holds."""
    said = decode_metadata(row.metadata)
    acting_for = None if said.acting_for is None else PersonId(said.acting_for)
    by = Actor(kind=ActorKind(said.actor_kind), id=PersonId(said.actor), acting_for=acting_for)
    event = decode(row.type, row.schema, row.body)
    return Fact(event=event, by=by, at=row.received_at, position=row.position)


@dataclass(frozen=True, slots=True)
class Fold(Generic[S]):
    """How a stream becomes a state. `pattern` names the stream: `item/{}/{}`."""

    pattern: str
    initial: Callable[[], S]
    evolve: Callable[[S, Fact], S]

    def stream(self, *ids: object) -> str:
        """The stream's name for these ids."""
        return self.pattern.format(*ids)


@dataclass(frozen=True, slots=True)
class Folded(Generic[S]):
    """A stream folded up to a version. `last` is the position of its last event.

    `disclosed` are the commitments of all its events, also of what is superseded; `erased` those whose disclosures are
    gone (case 20).
    """

    fold: Fold[S]
    version: int
    state: S
    last: int = 0
    disclosed: frozenset[Digest] = frozenset()
    erased: frozenset[Digest] = frozenset()

    def then(self, fact: Fact) -> "Folded[S]":
        """The state one event later."""
        said = commitments(fact.event)
        erased = self.erased
        if isinstance(fact.event, DisclosuresErased):
            erased |= frozenset(fact.event.commitments)
        return Folded(
            fold=self.fold,
            version=self.version + 1,
            state=self.fold.evolve(self.state, fact),
            last=max(self.last, fact.position),
            disclosed=self.disclosed | said if said else self.disclosed,
            erased=erased,
        )


class NotLoaded(Exception):
    """The decision needs these streams."""

    def __init__(self, wanted: dict[str, Fold[Any]]) -> None:
        """Name the streams and how to fold them."""
        super().__init__(", ".join(wanted))
        self.wanted = wanted


class View:
    """The states that one decision reads; it notes them, the capacity that was used, what a bulk command skipped."""

    def __init__(self, loaded: Callable[[str], Folded[Any] | None]) -> None:
        """Start from what is loaded, found by the stream's name; nothing counts as read yet."""
        self._find = loaded
        self._ahead: dict[str, Folded[Any]] = {}
        self.reads: dict[str, int] = {}
        self.capacity: Capacity | None = None
        self.capacities: dict[Event, Capacity | None] = {}
        self.skipped: list[tuple[str, Refused]] = []

    def get(self, fold: Fold[S], *ids: object) -> S:
        """The state of one stream. Raises `NotLoaded`."""
        return self.folded(fold, *ids).state

    def folded(self, fold: Fold[S], *ids: object) -> Folded[S]:
        """The state of one stream with its version and last position. Raises `NotLoaded`."""
        stream = fold.stream(*ids)
        found = self._loaded(stream)
        if found is None:
            raise NotLoaded({stream: fold})
        self.reads.setdefault(stream, found.version)
        return cast("Folded[S]", found)

    def erased(self) -> frozenset[Digest]:
        """What was erased in the streams that were read."""
        found = (self._loaded(stream) for stream in self.reads)
        return frozenset().union(*(each.erased for each in found if each is not None))

    def erased_in(self, stream: str) -> frozenset[Digest]:
        """What was erased in a stream that is loaded."""
        found = self._loaded(stream)
        return frozenset() if found is None else found.erased

    def get_all(self, fold: Fold[S], ids: Iterable[tuple[object, ...]]) -> list[S]:
        """The states of many streams, loaded in one go. Raises `NotLoaded` with all that are missing."""
        keys = list(ids)
        missing = {name: fold for key in keys if self._loaded(name := fold.stream(*key)) is None}
        if missing:
            raise NotLoaded(cast("dict[str, Fold[Any]]", missing))
        return [self.get(fold, *key) for key in keys]

    def apply(self, events: Iterable[Event], by: Actor, at: datetime) -> None:
        """Let later decisions of the same append see what was just decided."""
        for event in events:
            fact = Fact(event=event, by=by, at=at)
            found = self._loaded(event.stream)
            if found is not None:
                self._ahead[event.stream] = found.then(fact)

    def _loaded(self, stream: str) -> Folded[Any] | None:
        return self._ahead.get(stream) or self._find(stream)

    def decided(self, events: Iterable[Event]) -> None:
        """Keep in which capacity these events of a bulk command were decided: the next item's may be another."""
        self.capacities.update(dict.fromkeys(events, self.capacity))

    def skip(self, subject: str, refused: Refused) -> None:
        """A bulk command goes on without this item, and names it (case 23)."""
        self.skipped.append((subject, refused))


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who acts and when the request was received; that instant alone decides what is late."""

    by: Actor
    at: datetime


def nothing_erased(view: View, stream: str, *shown: Any) -> None:
    """Refuse to sign what can't be read any more: records of a stream with words that were erased (case 20)."""
    erased = view.erased_in(stream)
    if erased and any(commitments(each) & erased for each in shown if each is not None):
        raise Refused(
            "words-erased",
            "Words of this were erased; nobody signs what can't be read.",
            rule="case 20",
            mend="Let its unit write it anew.",
        )
