"""A history written by hand, event by event: nothing decides whether it may be so.

Events are told in order, some under a label, and can be changed, left out or added to. What a digest must be is asked
of the domain's own fold when the rows are made, so a change flows on into all that binds it, unless a test says
otherwise.
"""

import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from typing import Any, TypeAlias, TypeVar

from domain.calendar import start_of
from domain.events.codec import encode, encode_metadata
from domain.events.envelope import Metadata, Row
from domain.events.event import Event
from domain.item import Content, Item, bound, evolve
from domain.values import (
    OPERATOR,
    SYSTEM,
    Actor,
    ActorKind,
    Date,
    Digest,
    File,
    PersonId,
    Role,
    SubjectId,
    Title,
    Words,
)
from domain.view import Fact

LEDGER = "kylki"


def on(day: str, hour: int = 9, minute: int = 0) -> datetime:
    """A moment of a day in Helsinki."""
    return start_of(Date(day)) + timedelta(hours=hour, minutes=minute)


def words(text: str) -> Words:
    """The commitment that stands for a text."""
    return Words(sha256(text.encode()).hexdigest())


def title(text: str) -> Title:
    return Title(words(text))


def file(text: str) -> File:
    return File(words(text))


def other(text: str = "other") -> Digest:
    """A digest of nothing that there is."""
    return Digest(sha256(text.encode()).hexdigest())


E = TypeVar("E")


def made(kind: type[E], /, **said: Any) -> E:
    """A record of which a test says only what it is about; the other fields are empty, or anything of their type."""
    hints = typing.get_type_hints(kind)
    unsaid = {each.name: _anything(hints[each.name]) for each in fields(kind) if each.name not in said}  # type: ignore[arg-type]
    return kind(**unsaid, **said)


def _anything(hint: Any) -> Any:
    if type(None) in typing.get_args(hint):
        return None
    if typing.get_origin(hint) is tuple:
        return ()
    if hint in (Words, Title, File, Digest):
        return words("anything")
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint))
    return {int: 1, bool: False, Date: Date("2024-01-01")}.get(hint, "x")


@dataclass
class Before:
    """What an event may look at when it is told: the events before it, and each item as it is."""

    events: list[Event] = field(default_factory=list)
    items: dict[tuple[str, str], Item] = field(default_factory=dict)

    def bound(self, round_id: str, subject: str) -> Any:
        """An item as it is seen now."""
        return bound(round_id, SubjectId(subject), self.items.get((round_id, subject), Item(content=Content())))

    def digest(self, round_id: str, subject: str) -> Digest:
        digest: Digest = self.bound(round_id, subject).digest
        return digest

    def last(self, kind: type[Event]) -> Any:
        """The last event of a type."""
        return next(each for each in reversed(self.events) if isinstance(each, kind))


Teller: TypeAlias = Event | Callable[[Before], Event]


@dataclass(frozen=True, kw_only=True)
class Told:
    """One event, or how it is told from what came before; by whom, when, under which label."""

    event: Teller
    by: str = "system"
    at: datetime
    acting_for: str | None = None
    role: Role | None = None
    label: str | None = None
    command: str = ""

    @property
    def actor(self) -> Actor:
        known = {"system": SYSTEM, "operator": OPERATOR}
        principal = None if self.acting_for is None else PersonId(self.acting_for)
        return known.get(self.by) or Actor(kind=ActorKind.PERSON, id=PersonId(self.by), acting_for=principal)


@dataclass(frozen=True)
class Tale:
    """A history that a test may change: each change gives another one."""

    told: tuple[Told, ...] = ()
    ledger: str = LEDGER

    def then(self, *told: Told) -> "Tale":
        return replace(self, told=(*self.told, *told))

    def place(self, label: str) -> int:
        """Where a label stands; each is used once."""
        [found] = [number for number, each in enumerate(self.told) if each.label == label]
        return found

    def at(self, label: str) -> int:
        """The position of a labelled event."""
        return self.place(label) + 1

    def instead(self, label: str, **said: Any) -> "Tale":
        """The labelled event told otherwise: with other fields of the event, or by another, at another time."""
        number = self.place(label)
        outer = {name: said.pop(name) for name in ("by", "at", "acting_for", "role", "event") if name in said}
        before = self.told[number]
        if said:
            outer["event"] = _changed(outer.get("event", before.event), said)
        changed = replace(before, **outer)
        return replace(self, told=(*self.told[:number], changed, *self.told[number + 1 :]))

    def without(self, *labels: str) -> "Tale":
        return replace(self, told=tuple(each for each in self.told if each.label not in labels))

    def after(self, label: str, *told: Told) -> "Tale":
        number = self.place(label) + 1
        return replace(self, told=(*self.told[:number], *told, *self.told[number:]))

    def before(self, label: str, *told: Told) -> "Tale":
        number = self.place(label)
        return replace(self, told=(*self.told[:number], *told, *self.told[number:]))

    def until(self, label: str) -> "Tale":
        """The history up to and with the labelled event."""
        return replace(self, told=self.told[: self.place(label) + 1])

    def rows(self) -> tuple[Row, ...]:
        """The rows, as the log would hold them."""
        before, versions, rows = Before(), dict[str, int](), list[Row]()
        recorded = self.told[0].at
        for position, each in enumerate(self.told, 1):
            event = each.event if isinstance(each.event, Event) else each.event(before)
            recorded = max(recorded, each.at)
            versions[event.stream] = versions.get(event.stream, 0) + 1
            chance = sha256(f"{position}".encode()).digest()
            command = sha256((each.command or f"{position}").encode()).digest()[:16]
            actor = each.actor
            said = Metadata(
                actor_kind=actor.kind,
                actor=actor.id,
                acting_for=actor.acting_for,
                role=each.role,
                command="told",
                cause=None,
                caused_by_command=False,
                version=None,
                wall=None,
            )
            rows.append(
                Row(
                    ledger=self.ledger,
                    position=position,
                    stream=event.stream,
                    version=versions[event.stream],
                    id=chance[:16],
                    type=event.type,
                    schema=event.schema,
                    received_at=each.at,
                    recorded_at=recorded,
                    effective_at=event.effective_at,
                    command_id=command,
                    nonce=chance[16:],
                    body=encode(event),
                    metadata=encode_metadata(said),
                )
            )
            before.events.append(event)
            _keep(before, event, each, position)
        return tuple(rows)


def _keep(before: Before, event: Event, told: Told, position: int) -> None:
    if not event.stream.startswith("item/"):
        return
    _, round_id, subject = event.stream.split("/")
    fact = Fact(event=event, by=told.actor, at=told.at, position=position)
    before.items[round_id, subject] = evolve(before.items.get((round_id, subject), Item()), fact)


def _changed(event: Teller, said: dict[str, Any]) -> Teller:
    if isinstance(event, Event):
        return replace(event, **said)
    return lambda before: replace(event(before), **said)


def renumbered(rows: Iterable[Row]) -> list[Row]:
    """Rows with their positions in a sequence again, versions as they are."""
    return [replace(row, position=number) for number, row in enumerate(rows, 1)]
