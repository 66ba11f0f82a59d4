"""What an event or another record says in human language, by the types of its fields: words, titles and files."""

import dataclasses
import types
import typing
from collections.abc import Iterator
from typing import Any

from domain.values import Digest, File, Title, Words

DISCLOSED = (Words, Title, File)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A field that discloses something, or holds records that do."""

    name: str
    kind: Any
    """`Words`, `Title` or `File`; None where it holds records."""
    records: tuple[type, ...]
    """The types of these records."""
    many: bool
    """Whether it is a tuple of values or of records."""
    needed: bool
    """Whether each value must be there."""


_KNOWN: dict[type, tuple[Holding, ...]] = {}


def holding(kind: type) -> tuple[Holding, ...]:
    """The fields of a record's type that disclose something, or hold records that do; a digest looks like it."""
    known = _KNOWN.get(kind)
    if known is None:
        hints = typing.get_type_hints(kind)
        found = (_holding(each.name, hints[each.name]) for each in dataclasses.fields(kind))
        known = _KNOWN[kind] = tuple(each for each in found if each is not None)
    return known


def _holding(name: str, hint: Any) -> Holding | None:
    options = _options(hint)
    many = typing.get_origin(options[0]) is tuple
    if many:
        options = _options(typing.get_args(options[0])[0])
    if options[0] in DISCLOSED:
        return Holding(name=name, kind=options[0], records=(), many=many, needed=many or options[0] is hint)
    records = tuple(
        each for each in options if isinstance(each, type) and dataclasses.is_dataclass(each) and holding(each)
    )
    return Holding(name=name, kind=None, records=records, many=many, needed=False) if records else None


def _options(hint: Any) -> tuple[Any, ...]:
    if typing.get_origin(hint) not in (typing.Union, types.UnionType):
        return (hint,)
    return tuple(each for each in typing.get_args(hint) if each is not types.NoneType)


def names(kind: type) -> Iterator[tuple[str, Any]]:
    """The fields of a record's type, at any depth, that hold words, titles or files: the name and which of these."""
    for each in holding(kind):
        if each.kind is not None:
            yield each.name, each.kind
        for record in each.records:
            yield from names(record)


def disclosed(record: Any) -> Iterator[tuple[Any, str]]:
    """Every value that a record discloses: whether `Words`, `Title` or `File`, and what stands there."""
    for each in holding(type(record)):
        value = getattr(record, each.name)
        if value is None:
            continue
        for one in value if each.many else (value,):
            if each.kind is None:
                yield from disclosed(one)
            else:
                yield each.kind, one


def commitments(record: Any) -> frozenset[Digest]:
    """The commitments to what an event, or a record in one, discloses."""
    return frozenset(Digest(each) for _, each in disclosed(record))
