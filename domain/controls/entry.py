"""An event as the controls read it: decoded strictly, with who acted and when."""

import json
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from domain.calendar import day_of
from domain.events.codec import EVENTS, UPCASTERS, Undecodable, decoder
from domain.events.envelope import Row
from domain.events.event import Event
from domain.values import ActorKind, Date, Role

_PEOPLE = frozenset({ActorKind.PERSON, ActorKind.PROGRAM})
_KINDS = {kind.value: kind for kind in ActorKind}
_ROLES: Mapping[str | None, Role | None] = {None: None, **{role.value: role for role in Role}}
_read = json.JSONDecoder().raw_decode


@dataclass(frozen=True, slots=True)
class Said:
    """What the controls need of an event's metadata."""

    actor_kind: ActorKind
    actor: str
    acting_for: str | None
    role: Role | None


class Entry:
    """One event of the history, with what is said about it."""

    __slots__ = ("_day", "event", "position", "row", "said")

    def __init__(self, row: Row, event: Event, said: Said) -> None:
        """The row and what it decodes to."""
        self.row = row
        self.position = row.position
        self.event = event
        self.said = said
        self._day: Date | None = None

    @property
    def at(self) -> datetime:
        """When the request was taken in: what alone decides about lateness and rights."""
        return self.row.received_at

    @property
    def day(self) -> Date:
        """The Helsinki day of `at`."""
        if self._day is None:
            self._day = day_of(self.row.received_at)
        return self._day

    @property
    def actor(self) -> str:
        """Who acted."""
        return self.said.actor

    @property
    def role(self) -> Role | None:
        """The role that the metadata state."""
        return self.said.role

    @property
    def people(self) -> tuple[str, ...]:
        """Who acted, and for whom; nobody where the system did."""
        said = self.said
        if said.actor_kind not in _PEOPLE:
            return ()
        return (said.actor,) if said.acting_for is None else (said.actor, said.acting_for)

    @property
    def by_person(self) -> bool:
        """Whether a person acted, or a program with its own token."""
        return self.said.actor_kind in _PEOPLE

    @property
    def by_operator(self) -> bool:
        """Whether the operator of the installation acted."""
        return self.said.actor_kind == ActorKind.OPERATOR

    @property
    def who(self) -> str:
        """Who acted, as a sentence names them: `b for a`."""
        said = self.said
        return said.actor if said.acting_for is None else f"{said.actor} for {said.acting_for}"


def read(row: Row, wanted: Container[type[Event]]) -> Entry | None:
    """The entry of a row whose type is wanted; None for another. Raises `Undecodable`.

    Decoded as strictly as the codec does, but for the spelling of the JSON: that is what the seal proves.
    """
    kind = EVENTS.get(row.type)
    if kind is None:
        raise Undecodable(f"no event is called {row.type!r}")
    if kind not in wanted:
        return None
    value, schema = _parsed(row.body), row.schema
    while schema < kind.schema:
        lift = UPCASTERS.get((row.type, schema))
        if lift is None or value.__class__ is not dict:
            raise Undecodable(f"{row.type}: nothing lifts schema {schema}")
        value, schema = lift(value), schema + 1
    if schema != kind.schema:
        raise Undecodable(f"{row.type}: schema {schema} is newer than this program")
    return Entry(row, cast("Event", decoder(kind)(value)), said_of(row))


def said_of(row: Row) -> Said:
    """Who acted. Raises `Undecodable`."""
    value = _parsed(row.metadata)
    try:
        said = Said(_KINDS[value["actor_kind"]], value["actor"], value["acting_for"], _ROLES[value["role"]])
    except (KeyError, TypeError) as error:
        raise Undecodable(f"metadata: {error!r}") from error
    if said.actor.__class__ is not str or not (said.acting_for is None or said.acting_for.__class__ is str):
        raise Undecodable("metadata: an actor that is no text")
    return said


def _parsed(text: bytes) -> Any:
    try:
        decoded = text.decode()
        value, end = _read(decoded)
    except (ValueError, RecursionError) as error:
        raise Undecodable(str(error)) from error
    if end != len(decoded):
        raise Undecodable("something follows the JSON")
    return value
