"""An event as the controls read it: decoded strictly, with who acted and when."""

from collections.abc import Container
from datetime import datetime

from domain.calendar import day_of
from domain.events.codec import EVENTS, Undecodable, decode, decode_metadata
from domain.events.envelope import Metadata, Row
from domain.events.event import Event
from domain.values import ActorKind, Date, Role

_PEOPLE = frozenset({ActorKind.PERSON, ActorKind.PROGRAM})


class Entry:
    """One event of the history. Its metadata are decoded when they are first asked for."""

    __slots__ = ("_day", "_said", "event", "position", "row")

    def __init__(self, row: Row, event: Event) -> None:
        """The row and what it decodes to."""
        self.row = row
        self.position = row.position
        self.event = event
        self._said: Metadata | None = None
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
    def said(self) -> Metadata:
        """Who acted, for whom, in which role. Raises `Undecodable`."""
        if self._said is None:
            self._said = decode_metadata(self.row.metadata)
        return self._said

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
    """The entry of a row whose type is wanted; None for another. Raises `Undecodable`."""
    kind = EVENTS.get(row.type)
    if kind is None:
        raise Undecodable(f"no event is called {row.type!r}")
    return Entry(row, decode(row.type, row.schema, row.body)) if kind in wanted else None
