"""Commitments into words: what records and rows say in human language, opened for those who may read it.

`Words` and `Title` become text, a `File` becomes its manifest without the object's name, which alone would give the
file away. What was erased says by which erasure, when and by what authority; what can't be opened though no erasure
took it is `{"missing": true}`. States of streams are dataclasses, whose fields say what they are. Rows of read models
are plain JSON, whose fields are known by their names, which the events' own types say: a digest looks like a
commitment, but has another name.
"""

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import Any

from domain.canonical import Json
from domain.events.codec import EVENTS, to_json
from domain.events.disclosed import disclosed, holding, names
from services.eventstore.store import EventStore

LANGUAGES = ("fi", "sv", "en")
MISSING: Mapping[str, bool] = {"missing": True}
_COMMITMENT = re.compile(r"[0-9a-f]{64}")


NAMED = frozenset(name for event in EVENTS.values() for name, _ in names(event))
"""Every field that may hold a commitment to words, a title or a file, by its name."""


class Opened:
    """What some commitments open to. One that wasn't asked for is null."""

    def __init__(
        self,
        values: Mapping[str, Json],
        asked: Iterable[str] | None = None,
        erased: Mapping[str, Mapping[str, Json]] | None = None,
    ) -> None:
        """`values` by their commitments, in hex; `asked` are those that were looked up, all if left out.

        `erased` says of those that open to nothing what is shown instead.
        """
        self._values = values
        self._asked = None if asked is None else frozenset(asked)
        self._erased = erased or {}

    @classmethod
    async def of(cls, store: EventStore, ledger: str, records: Iterable[Any]) -> "Opened":
        """Open all that the records (dataclasses) disclose, in one query; one more where something was erased."""
        return await cls.of_commitments(
            store, ledger, {value for record in records if record is not None for _, value in disclosed(record)}
        )

    @classmethod
    async def of_rows(cls, store: EventStore, ledger: str, rows: Iterable[Any]) -> "Opened":
        """Open all that the rows (JSON) disclose, likewise."""
        return await cls.of_commitments(store, ledger, {each for row in rows for each in _commitments(row, None)})

    @classmethod
    async def of_commitments(cls, store: EventStore, ledger: str, wanted: AbstractSet[str]) -> "Opened":
        """Open these, likewise."""
        found = await store.disclosures(ledger, [bytes.fromhex(each) for each in wanted]) if wanted else {}
        values = {commitment.hex(): value for commitment, (_, value) in found.items()}
        return cls(values, wanted, await erased(store, ledger, wanted - values.keys()))

    def text(self, commitment: str | None) -> Any:
        """What a commitment opens to: text, a title in all languages, a file's manifest; or which erasure took it."""
        if commitment is None or (self._asked is not None and commitment not in self._asked):
            return None
        if commitment not in self._values:
            return dict(self._erased.get(commitment, MISSING))
        value = self._values[commitment]
        if not isinstance(value, Mapping) or set(value) == set(LANGUAGES):
            return value
        return {"commitment": commitment, **{key: each for key, each in value.items() if key != "object"}}

    def json(self, record: Any) -> Any:
        """A record as JSON, with its words."""
        return None if record is None else self._record(record)

    def row(self, row: Any, language: str | None = None) -> Any:
        """A copy of a row, or of anything made of rows, with words in place of commitments.

        Titles in one language, or in all.
        """
        return self._filled(row, None, language)

    def _record(self, record: Any) -> dict[str, Any]:
        words = {each.name for each in holding(type(record)) if each.kind is not None}
        return {
            each.name: self._value(getattr(record, each.name), words=each.name in words)
            for each in dataclasses.fields(record)
        }

    def _value(self, value: Any, *, words: bool) -> Any:
        if isinstance(value, tuple):
            return [self._value(each, words=words) for each in value]
        if words:
            return self.text(value)
        if dataclasses.is_dataclass(value) and not isinstance(value, Enum):
            return self._record(value)
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


async def erased(store: EventStore, ledger: str, commitments: Iterable[str]) -> dict[str, Mapping[str, Json]]:
    """What is shown instead of words that were erased, by their commitments; those that no erasure took are absent.

    `at` is when the erasure was confirmed, and `position` where. After a restore that lost its event, `position` and
    `authority` are null and `at` is when it was applied again. `authority` is null also where it was erased itself.
    """
    wanted = [bytes.fromhex(each) for each in commitments]
    found = await store.erased_by(ledger, wanted) if wanted else {}
    named = {bytes.fromhex(each.authority) for each in found.values() if each.authority is not None}
    said = {key.hex(): value for key, (_, value) in (await store.disclosures(ledger, named)).items()} if named else {}
    return {
        commitment.hex(): {
            "erased": {
                "erasure": by.erasure,
                "at": to_json(by.at),
                "position": by.position,
                "authority": None if by.authority is None else said.get(by.authority),
            }
        }
        for commitment, by in found.items()
    }
