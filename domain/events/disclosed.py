"""Which commitments to words, titles and files an event or a record holds, by the types of its fields."""

import dataclasses
import types
import typing
from collections.abc import Callable, Iterator
from typing import Any

from domain.values import Digest, File, Title, Words

_DISCLOSED = (Words, Title, File)
_Reader = Callable[[Any], Iterator[str]]
_READERS: dict[type, tuple[tuple[str, _Reader], ...]] = {}


def commitments(record: Any) -> frozenset[Digest]:
    """The commitments to what an event, or a record in one, discloses; a digest looks like one, but is none."""
    return frozenset(Digest(each) for each in _record(record))


def _record(value: Any) -> Iterator[str]:
    kind = type(value)
    readers = _READERS.get(kind)
    if readers is None:
        hints = typing.get_type_hints(kind)
        found = ((each.name, _reader(hints[each.name])) for each in dataclasses.fields(kind))
        readers = _READERS[kind] = tuple((name, reader) for name, reader in found if reader is not None)
    for name, reader in readers:
        inner = getattr(value, name)
        if inner is not None:
            yield from reader(inner)


def _reader(hint: Any) -> _Reader | None:
    """How to read a field of a type; None where nothing is disclosed in it."""
    if hint in _DISCLOSED:
        return _itself
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return _reader(next(each for each in typing.get_args(hint) if each is not types.NoneType))
    if origin is tuple:
        inner = _reader(typing.get_args(hint)[0])
        return None if inner is None else _each(inner)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        inners = typing.get_type_hints(hint)
        holds = any(_reader(inners[each.name]) is not None for each in dataclasses.fields(hint))
        return _record if holds else None
    return None


def _itself(value: Any) -> Iterator[str]:
    yield value


def _each(inner: _Reader) -> _Reader:
    def read(value: Any) -> Iterator[str]:
        for one in value:
            yield from inner(one)

    return read
