"""Given facts, when a command, then these events or that refusal. What every decision must hold is checked on the way.

Each decision that is taken anywhere in these tests is repeated on the state that it leads to, and must decide nothing;
each event goes through the codec and must come back as it was; each stream that is written must have been read.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, TypeVar

from domain.calendar import start_of
from domain.commands import run
from domain.errors import Refused
from domain.events.codec import decode, encode
from domain.events.event import Event
from domain.planner import Plan, plan
from domain.values import SYSTEM, Actor, Capacity, Date, File, PersonId, Role, Title, Words
from domain.view import Act, Fact, Fold, Folded, NotLoaded, View

T = TypeVar("T")
S = TypeVar("S")


def words(text: str) -> Words:
    """The commitment that stands for a text."""
    return Words(sha256(text.encode()).hexdigest())


def title(text: str) -> Title:
    """The commitment that stands for a title."""
    return Title(words(text))


def file(text: str) -> File:
    """The commitment that stands for a file."""
    return File(words(text))


def on(day: str, hour: int = 9, minute: int = 0, second: int = 0) -> datetime:
    """A moment of a day in Helsinki."""
    return start_of(Date(day)) + timedelta(hours=hour, minutes=minute, seconds=second)


def person(name: str, acting_for: str | None = None) -> Actor:
    """Who acts, and for whom."""
    return Actor(id=PersonId(name), acting_for=None if acting_for is None else PersonId(acting_for))


@dataclass(frozen=True)
class World:
    """A history. It never changes: what happens gives another one."""

    facts: tuple[Fact, ...] = ()
    folded: dict[str, Folded[Any]] = field(default_factory=dict, compare=False)

    def happened(self, *events: Event, by: Actor = SYSTEM, at: datetime) -> "World":
        """The history with these events, too."""
        facts = list(self.facts)
        folded = dict(self.folded)
        for event in events:
            fact = Fact(event=event, by=by, at=at, position=len(facts) + 1)
            facts.append(fact)
            if event.stream in folded:
                folded[event.stream] = folded[event.stream].then(fact)
        return World(facts=tuple(facts), folded=folded)

    def ask(self, question: Callable[[View], T]) -> T:
        """The answer of something that reads states."""
        while True:
            view = View(self.folded.get)
            try:
                return question(view)
            except NotLoaded as missing:
                self._load(missing.wanted)

    def state(self, fold: Fold[S], *ids: object) -> S:
        """The state of one stream."""
        return self.ask(lambda view: view.get(fold, *ids))

    def plan(self, process: str, at: datetime) -> Plan:
        """What the calendar owes a process."""
        return self.ask(lambda view: plan(view, process, at))

    def when(self, command: object, *, by: str | Actor, at: datetime) -> "Decision":
        """Decide a command, and see that repeating it decides nothing."""
        actor = person(by) if isinstance(by, str) else by
        act = Act(by=actor, at=at)
        try:
            view, system, own = self.ask(lambda view: (view, *run(view, act, command)))
        except Refused as refusal:
            return Decision(world=self, refusal=refusal)
        later = self.happened(*system, by=SYSTEM, at=at).happened(*own, by=actor, at=at)
        _holds(view, later, act, command, (*system, *own))
        return Decision(
            world=later,
            events=own,
            by_system=system,
            skipped=tuple(view.skipped),
            role=None if view.capacity is None else view.capacity.role,
            roles=tuple(_role(view.capacities.get(event, view.capacity)) for event in own),
            reads=view.reads,
        )

    def after(self, command: object, *, by: str | Actor, at: datetime) -> "World":
        """The history after a command that must be decided."""
        decided = self.when(command, by=by, at=at)
        if decided.refusal is not None:
            raise decided.refusal
        return decided.world

    def _load(self, wanted: Mapping[str, Fold[Any]]) -> None:
        for stream, fold in wanted.items():
            state = Folded(fold, 0, fold.initial())
            for fact in self.facts:
                if fact.event.stream == stream:
                    state = state.then(fact)
            self.folded[stream] = state


def _role(capacity: Capacity | None) -> Role | None:
    return None if capacity is None else capacity.role


@dataclass(frozen=True)
class Decision:
    """What a command came to."""

    world: World
    events: tuple[Event, ...] = ()
    by_system: tuple[Event, ...] = ()
    refusal: Refused | None = None
    skipped: tuple[tuple[str, Refused], ...] = ()
    role: Role | None = None
    roles: tuple[Role | None, ...] = ()
    reads: Mapping[str, int] = field(default_factory=dict)

    def then(self, *events: Event, by_system: tuple[Event, ...] = ()) -> World:
        """Exactly these events, whole; gives the history that follows."""
        assert self.refusal is None, f"refused: {self.refusal.code}: {self.refusal}"
        assert self.events == events
        assert self.by_system == by_system
        return self.world

    def refused(self, code: str, *, field: str | None = None, rule: str | None = None) -> None:
        """Refused with this code; the message is a sentence."""
        assert self.refusal is not None, f"decided: {self.events}"
        said = (self.refusal.code, self.refusal.field, self.refusal.rule)
        assert said == (code, field or self.refusal.field, rule or self.refusal.rule)
        assert self.refusal.message.endswith("."), self.refusal.message


def given(*events: Event, at: datetime) -> World:
    """A history of events that the system recorded at one moment."""
    return World().happened(*events, at=at)


def _holds(view: View, later: World, act: Act, command: object, events: Iterable[Event]) -> None:
    for event in events:
        assert event.stream in view.reads, f"{event.type} was decided without reading {event.stream}"
        assert decode(event.type, event.schema, encode(event)) == event
    if not any(True for _ in events):
        return
    again = later.ask(lambda view: run(view, act, command))
    assert again == ((), ()), f"repeating {type(command).__name__} decided {again}"


def replayed(world: World) -> World:
    """The same history, each event once through its stored bytes."""
    facts = tuple(
        Fact(
            event=decode(fact.event.type, fact.event.schema, encode(fact.event)),
            by=fact.by,
            at=fact.at,
            position=fact.position,
        )
        for fact in world.facts
    )
    return World(facts=facts)
