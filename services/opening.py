"""Commitments into words: what records and rows say in human language, opened for those who may read it.

`Words` and `Title` become text, a `File` becomes its manifest without the object's name, which alone would give the
file away. What was erased is `{"erased": true}`. States of streams are dataclasses, whose fields say what they are.
Rows of read models are plain JSON, whose fields are known by their names, which the events' own types say: a digest
looks like a commitment, but has another name.
"""

import dataclasses
import re
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from functools import cache
from typing import Any

from domain.canonical import Json
from domain.events.codec import EVENTS, to_json
from domain.values import File, Title, Words
from services.eventstore.store import EventStore
from services.sealing import words_in

LANGUAGES = ("fi", "sv", "en")
ERASED: Mapping[str, bool] = {"erased": True}
_COMMITMENT = re.compile(r"[0-9a-f]{64}")


def _fields(kind: object, found: dict[str, object], seen: set[object]) -> None:
    """The names of a record's fields that hold words, also of those within it."""
    if kind in seen:
        return
    seen.add(kind)
    for name, hint in typing.get_type_hints(kind).items():
        options = [hint]
        while any(typing.get_origin(each) in (tuple, typing.Union, types.UnionType) for each in options):
            options = [inner for each in options for inner in typing.get_args(each) or [each]]
        for each in options:
            if each in (Words, Title, File):
                found[name] = each
            elif dataclasses.is_dataclass(each):
                _fields(each, found, seen)


def _named() -> dict[str, object]:
    found: dict[str, object] = {}
    for event in EVENTS.values():
        _fields(event, found, set())
    return found


NAMED = _named()
"""Every field that may hold a commitment to words, a title or a file, by its name."""


class Opened:
    """What some commitments open to. One that wasn't asked for is null; one that opens to nothing was erased."""

    def __init__(self, values: Mapping[str, Json], asked: Iterable[str] | None = None) -> None:
        """`values` by their commitments, in hex; `asked` are those that were looked up, all if left out."""
        self._values = values
        self._asked = None if asked is None else frozenset(asked)

    @classmethod
    async def of(cls, store: EventStore, ledger: str, records: Iterable[Any]) -> "Opened":
        """Open all that the records (dataclasses) disclose, in one query."""
        return await cls._opened(
            store, ledger, {value for record in records if record is not None for _, value in words_in(record)}
        )

    @classmethod
    async def of_rows(cls, store: EventStore, ledger: str, rows: Iterable[Any]) -> "Opened":
        """Open all that the rows (JSON) disclose, in one query."""
        return await cls._opened(store, ledger, {each for row in rows for each in _commitments(row, None)})

    @classmethod
    async def _opened(cls, store: EventStore, ledger: str, wanted: set[str]) -> "Opened":
        found = await store.disclosures(ledger, [bytes.fromhex(each) for each in wanted]) if wanted else {}
        return cls({commitment.hex(): value for commitment, (_, value) in found.items()}, wanted)

    def text(self, commitment: str | None) -> Any:
        """What a commitment opens to: text, a title in all languages, a file's manifest; or that it was erased."""
        if commitment is None or (self._asked is not None and commitment not in self._asked):
            return None
        if commitment not in self._values:
            return dict(ERASED)
        value = self._values[commitment]
        if not isinstance(value, Mapping) or set(value) == set(LANGUAGES):
            return value
        return {"commitment": commitment, **{key: each for key, each in value.items() if key != "object"}}

    def json(self, record: Any) -> Any:
        """A record as JSON, with its words."""
        return None if record is None else self._record(type(record), record)

    def row(self, row: Any, language: str | None = None) -> Any:
        """A copy of a row, or of anything made of rows, with words in place of commitments.

        Titles in one language, or in all.
        """
        return self._filled(row, None, language)

    def _record(self, kind: type, record: Any) -> dict[str, Any]:
        return {name: self._value(hint, getattr(record, name)) for name, hint in _hints(kind).items()}

    def _value(self, hint: Any, value: Any) -> Any:
        if value is None:
            return None
        if typing.get_origin(hint) is not tuple:
            hint = next((each for each in typing.get_args(hint) if each is not type(None)), hint)
        if hint in (Words, Title, File):
            return self.text(value)
        if isinstance(value, tuple):
            inner = typing.get_args(hint)[0]
            return [self._value(inner, each) for each in value]
        if dataclasses.is_dataclass(value) and not isinstance(value, Enum):
            return self._record(type(value), value)
        return to_json(value)

    def _filled(self, value: Any, name: str | None, language: str | None) -> Any:
        if isinstance(value, dict):
            # Changes of a field stand as [before, after] under its name.
            return {key: self._filled(inner, key, language) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._filled(inner, name, language) for inner in value]
        if name is None or not _is_commitment(name, value):
            return value
        said = self.text(value)
        return (
            said[language] if language is not None and isinstance(said, dict) and set(said) == set(LANGUAGES) else said
        )


def _commitments(value: Any, name: str | None) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _commitments(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _commitments(inner, name)
    elif name is not None and _is_commitment(name, value):
        yield value


def _is_commitment(name: str, value: object) -> bool:
    return name in NAMED and isinstance(value, str) and _COMMITMENT.fullmatch(value) is not None


@cache
def _hints(kind: type) -> dict[str, Any]:
    found = typing.get_type_hints(kind)
    return {field.name: found[field.name] for field in dataclasses.fields(kind)}
