"""The words of read models: commitments in rows opened, in one language, for those who may read them.

Fields that hold human language are known by their names, which the events' own types say; a digest looks like a
commitment, but has another name. What was erased is `{"erased": true}`. A file's value is its manifest without the
object's name, which alone would give the file away.
"""

import dataclasses
import re
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from domain.canonical import Json
from domain.events.codec import EVENTS
from domain.values import File, Title, Words
from services.eventstore.store import EventStore

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
    """What the commitments of some rows open to."""

    def __init__(self, values: Mapping[str, Json]) -> None:
        """`values` by their commitments, in hex."""
        self._values = values

    @classmethod
    async def of(cls, store: EventStore, ledger: str, rows: Iterable[Any]) -> "Opened":
        """Open all that the rows disclose, in bulk."""
        wanted = {commitment for row in rows for _, commitment in _commitments(row, None)}
        found = await store.disclosures(ledger, [bytes.fromhex(each) for each in wanted]) if wanted else {}
        return cls({commitment.hex(): value for commitment, (_, value) in found.items()})

    def one(self, commitment: str, language: str) -> Any:
        """The words of a field: text, a title in its language, a file's manifest; or that they were erased."""
        if commitment not in self._values:
            return dict(ERASED)
        value = self._values[commitment]
        if not isinstance(value, Mapping):
            return value
        if set(value) == set(LANGUAGES):
            return value[language]
        return {"commitment": commitment, **{key: each for key, each in value.items() if key != "object"}}

    def row(self, row: Any, language: str) -> Any:
        """A copy of a row, or of anything made of rows, with words in place of commitments."""
        return self._filled(row, None, language)

    def _filled(self, value: Any, name: str | None, language: str) -> Any:
        if isinstance(value, dict):
            # Changes of a field stand as [before, after] under its name.
            return {key: self._filled(inner, key, language) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._filled(inner, name, language) for inner in value]
        if name is not None and _is_commitment(name, value):
            return self.one(value, language)
        return value


def _commitments(value: Any, name: str | None) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _commitments(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _commitments(inner, name)
    elif name is not None and _is_commitment(name, value):
        yield name, value


def _is_commitment(name: str, value: object) -> bool:
    return name in NAMED and isinstance(value, str) and _COMMITMENT.fullmatch(value) is not None
