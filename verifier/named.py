"""Which commitments the events of a bundle name: read from bodies as they are, without a record of all fields."""

import dataclasses
import types
import typing
from collections.abc import Callable, Iterator
from typing import Any

from domain.events.codec import EVENTS
from domain.values import Digest, File, Title, Words

_DISCLOSED = (Words, Title, File)
_Reader = Callable[[Any], Iterator[str]]


def _reader(hint: Any) -> _Reader | None:
    """How to find commitments in the JSON of a field of a type; None where nothing is disclosed in it."""
    if hint in _DISCLOSED:
        return lambda value: iter((value,))
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return _reader(next(each for each in typing.get_args(hint) if each is not types.NoneType))
    if origin is tuple:
        inner = _reader(typing.get_args(hint)[0])
        return None if inner is None else _each(inner)
    return _record(hint) if isinstance(hint, type) and dataclasses.is_dataclass(hint) else None


def _record(kind: type) -> _Reader | None:
    hints = typing.get_type_hints(kind)
    found = ((each.name, _reader(hints[each.name])) for each in dataclasses.fields(kind))
    readers = tuple((name, reader) for name, reader in found if reader is not None)

    def read(value: Any) -> Iterator[str]:
        for name, reader in readers:
            inner = value[name]
            if inner is not None:
                yield from reader(inner)

    return read if readers else None


def _each(inner: _Reader) -> _Reader:
    def read(value: Any) -> Iterator[str]:
        for one in value:
            yield from inner(one)

    return read


NAMING = {name: reader for name, kind in EVENTS.items() if (reader := _record(kind)) is not None}
"""The types of events whose bodies may name commitments, and how to find these in a body of the present schema."""


class Named:
    """Commitments in their order, each once: 32 bytes a time that one is named, so some millions fit in memory."""

    def __init__(self) -> None:
        """Begin with none."""
        self._by_first_byte = [bytearray() for _ in range(256)]

    def add(self, commitment: str) -> None:
        """One more, in hex. Raises `ValueError`."""
        found = bytes.fromhex(commitment)
        self._by_first_byte[found[0]] += found

    def __iter__(self) -> Iterator[Digest]:
        """All of them, sorted."""
        for each in self._by_first_byte:
            for found in sorted({bytes(each[at : at + 32]) for at in range(0, len(each), 32)}):
                yield Digest(found.hex())
