"""Events to canonical bytes and back: wire names, strict decoding, upcasting of old versions.

Strict: canonical bytes, every key there, no other key, every type exact, every instant with its zone. A body of an
older schema is lifted by `UPCASTERS` before it is decoded; the stored bytes stay as they are.
"""

import dataclasses
import re
import types
import typing
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

from domain.canonical import Json, NotCanonical, canonical, parse
from domain.events import (
    access,
    agreement,
    assessment,
    attestation,
    clock,
    cycle,
    deviation,
    engagement,
    erasure,
    item,
    organisation,
    process,
    rrf,
    subject,
)
from domain.events import round as round_events
from domain.events.envelope import METADATA, Metadata
from domain.events.event import Event
from domain.values import DAY, FIRST_DAY, LAST_DAY, PATTERNS, Date, instant_text

Decoder = Callable[[Any], Any]

_DATE = re.compile(DAY)
_INSTANT = re.compile(DAY + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")

UPCASTERS: Mapping[tuple[str, int], Callable[[dict[str, Json]], dict[str, Json]]] = {
    # Until schema 2 a step came to the head with all that waited in the unit.
    ("step-escalated", 1): lambda body: {**body, "items": []},
}
"""(type, schema) → the body one schema later."""


class Undecodable(ValueError):
    """A stored or received body isn't what its type says."""


def _events() -> dict[str, type[Event]]:
    found: dict[str, type[Event]] = {}
    for module in (
        organisation,
        agreement,
        round_events,
        item,
        cycle,
        assessment,
        deviation,
        subject,
        process,
        clock,
        rrf,
        engagement,
        erasure,
        attestation,
        access,
    ):
        for candidate in vars(module).values():
            named = isinstance(candidate, type) and issubclass(candidate, Event) and bool(candidate.type)
            if named and found.setdefault(candidate.type, candidate) is not candidate:
                raise TypeError(f"two events are called {candidate.type}")
    return found


EVENTS: Mapping[str, type[Event]] = _events()
"""Every type of event by its wire name."""


def to_json(value: object) -> Json:
    """A domain value as JSON: dataclasses by their fields, enumerations by value, instants as RFC 3339."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return typing.cast("Json", value.value)
    if isinstance(value, int | str):
        return value
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, tuple):
        return [to_json(inner) for inner in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: to_json(getattr(value, name)) for name in _fields(type(value))}
    raise TypeError(f"{type(value).__name__} has no JSON")


def encode(event: Event) -> bytes:
    """The event's body: canonical JSON of its fields."""
    return canonical(to_json(event))


def decode(type_name: str, schema: int, body: bytes) -> Event:
    """The event of a stored body. Raises `Undecodable`."""
    kind = EVENTS.get(type_name)
    if kind is None:
        raise Undecodable(f"no event is called {type_name!r}")
    try:
        value = typing.cast("Any", parse(body))
    except NotCanonical as error:
        raise Undecodable(f"{type_name}: {error}") from error
    while schema < kind.schema:
        lift = UPCASTERS.get((type_name, schema))
        if lift is None or value.__class__ is not dict:
            raise Undecodable(f"{type_name}: nothing lifts schema {schema}")
        value, schema = lift(value), schema + 1
    if schema != kind.schema:
        raise Undecodable(f"{type_name}: schema {schema} is newer than this program")
    return typing.cast("Event", decoder(kind)(value))


def encode_metadata(metadata: Metadata) -> bytes:
    """The metadata's canonical JSON."""
    return canonical(to_json(metadata))


def decode_metadata(body: bytes) -> Metadata:
    """The metadata of a stored row. Raises `Undecodable`."""
    try:
        value = parse(body)
    except NotCanonical as error:
        raise Undecodable(f"metadata: {error}") from error
    metadata = typing.cast("Metadata", decoder(Metadata)(value))
    if metadata.format != METADATA:
        raise Undecodable(f"metadata: {metadata.format!r} is newer than this program")
    return metadata


_DECODERS: dict[object, Decoder] = {}
_FIELDS: dict[type, tuple[str, ...]] = {}


def _fields(kind: type) -> tuple[str, ...]:
    names = _FIELDS.get(kind)
    if names is None:
        names = _FIELDS[kind] = tuple(field.name for field in dataclasses.fields(kind))
    return names


def decoder(kind: object) -> Decoder:
    """A function that builds a value of a type from parsed JSON, strictly. Raises `Undecodable`."""
    known = _DECODERS.get(kind)
    if known is None:
        known = _DECODERS[kind] = _build(kind)
    return known


def _build(kind: object) -> Decoder:
    if kind is Date:
        return _date
    if kind in PATTERNS:
        return _text_like(kind, PATTERNS[kind])
    if isinstance(kind, typing.NewType):
        return decoder(kind.__supertype__)
    if kind is str or kind is int or kind is bool:
        return _exactly(kind)
    if kind is datetime:
        return _instant
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        inner = [option for option in typing.get_args(kind) if option is not types.NoneType]
        return _optional(decoder(inner[0]))
    if origin is tuple:
        return _sequence(decoder(typing.get_args(kind)[0]))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _member(kind)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _record(kind)
    raise TypeError(f"no decoder for {kind!r}")


def _text_like(kind: object, pattern: re.Pattern[str]) -> Decoder:
    match = pattern.fullmatch
    (name,) = getattr(kind, "__metadata__", None) or (getattr(kind, "__name__", kind),)

    def read(value: Any) -> Any:
        if value.__class__ is not str or match(value) is None:
            raise Undecodable(f"{value!r} is no {name}")
        return value

    return read


def _date(value: Any) -> Any:
    if value.__class__ is not str or _DATE.fullmatch(value) is None:
        raise Undecodable(f"{value!r} is no date")
    try:
        date.fromisoformat(value)
    except ValueError as error:
        raise Undecodable(f"{value!r}: {error}") from error
    if not FIRST_DAY <= value <= LAST_DAY:
        raise Undecodable(f"{value!r} lies outside {FIRST_DAY} to {LAST_DAY}")
    return value


def _exactly(kind: type) -> Decoder:
    def read(value: Any) -> Any:
        if value.__class__ is not kind:
            raise Undecodable(f"{value!r} is no {kind.__name__}")
        return value

    return read


def _instant(value: Any) -> datetime:
    if value.__class__ is not str or _INSTANT.fullmatch(value) is None:
        raise Undecodable(f"{value!r} is no instant in UTC")
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except ValueError as error:
        raise Undecodable(f"{value!r}: {error}") from error


def _optional(inner: Decoder) -> Decoder:
    return lambda value: None if value is None else inner(value)


def _sequence(inner: Decoder) -> Decoder:
    def read(value: Any) -> Any:
        if value.__class__ is not list:
            raise Undecodable(f"{value!r} is no list")
        return tuple(map(inner, value))

    return read


def _member(kind: type[Enum]) -> Decoder:
    members = {member.value: member for member in kind}
    value_type = type(next(iter(members)))

    def read(value: Any) -> Any:
        if value.__class__ is not value_type or value not in members:
            raise Undecodable(f"{value!r} is no {kind.__name__}")
        return members[value]

    return read


def _record(kind: type) -> Decoder:
    hints = typing.get_type_hints(kind, include_extras=True)
    readers = {field.name: decoder(hints[field.name]) for field in dataclasses.fields(kind)}
    count = len(readers)

    def read(value: Any) -> Any:
        if value.__class__ is not dict or len(value) != count:
            raise Undecodable(f"{kind.__name__}: wants exactly {', '.join(sorted(readers))}")
        try:
            return kind(**{key: readers[key](inner) for key, inner in value.items()})
        except KeyError as error:
            raise Undecodable(f"{kind.__name__}: unknown key {error}") from None

    return read
