"""Commitments into words: what a state says in human language, opened for those who may read it.

A state's `Words` and `Title` become text, a `File` becomes its manifest without the object's name, which alone would
give the file away. What was erased is null.
"""

import dataclasses
import typing
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import cache
from typing import Any

from domain.canonical import Json
from domain.events.codec import to_json
from domain.values import File, Title, Words
from services.eventstore.store import EventStore
from services.sealing import words_in


class Opened:
    """The words of some records."""

    def __init__(self, values: Mapping[str, Json]) -> None:
        """`values` by their commitments, in hex."""
        self._values = values

    @classmethod
    async def of(cls, store: EventStore, ledger: str, records: Iterable[Any]) -> "Opened":
        """Open all that the records (dataclasses) disclose, in one query."""
        wanted = {value for record in records if record is not None for _, value in words_in(record)}
        found = await store.disclosures(ledger, [bytes.fromhex(each) for each in wanted]) if wanted else {}
        return cls({commitment.hex(): value for commitment, (_, value) in found.items()})

    def text(self, commitment: str | None) -> Any:
        """What a commitment to words or a title opens to; null where there is none, or where it was erased."""
        return None if commitment is None else self._values.get(commitment)

    def json(self, record: Any) -> Any:
        """A record as JSON, with its words."""
        return None if record is None else self._record(type(record), record)

    def _record(self, kind: type, record: Any) -> dict[str, Any]:
        return {name: self._value(hint, getattr(record, name)) for name, hint in _hints(kind).items()}

    def _value(self, hint: Any, value: Any) -> Any:
        if value is None:
            return None
        if typing.get_origin(hint) is not tuple:
            hint = next((each for each in typing.get_args(hint) if each is not type(None)), hint)
        if hint in (Words, Title):
            return self._values.get(value)
        if hint is File:
            return self._file(value)
        if isinstance(value, tuple):
            inner = typing.get_args(hint)[0]
            return [self._value(inner, each) for each in value]
        if dataclasses.is_dataclass(value) and not isinstance(value, Enum):
            return self._record(type(value), value)
        return to_json(value)

    def _file(self, commitment: str) -> dict[str, Any]:
        manifest = self._values.get(commitment)
        shown: dict[str, Any] = {
            "commitment": commitment,
            "sha256": None,
            "size": None,
            "media_type": None,
            "name": None,
        }
        if isinstance(manifest, Mapping):
            shown.update({key: manifest[key] for key in ("sha256", "size", "media_type", "name")})
        return shown


@cache
def _hints(kind: type) -> dict[str, Any]:
    found = typing.get_type_hints(kind)
    return {field.name: found[field.name] for field in dataclasses.fields(kind)}
