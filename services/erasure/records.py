"""What was erased, kept outside the database beside the checkpoints: commitments and names of objects, no words.

A restored backup brings back what was erased; with these records a start erases it again. One for each confirmation, by
its position and the beginning of its leaf: after a restore another event may stand at a position. Written once, never
changed, and on the disk before anything is deleted.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import obstore
from obstore.store import ObjectStore

from domain.canonical import canonical
from services.outside import folder_of, keep, open_store

FORMAT = "etappi-erasure/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureRecord:
    """One confirmed erasure: which event it is, what it took.

    `leaf` is the event's, in hex; `objects` are names in the store of files, `people` those whose login went.
    """

    ledger: str
    erasure: str
    position: int
    version: int
    leaf: str
    commitments: tuple[str, ...]
    objects: tuple[str, ...]
    people: tuple[str, ...]

    @property
    def stream(self) -> str:
        """The stream of the erasure."""
        return f"erasure/{self.erasure}"

    def text(self) -> bytes:
        """As it is written down."""
        return canonical(
            {
                "format": FORMAT,
                "ledger": self.ledger,
                "erasure": self.erasure,
                "position": self.position,
                "version": self.version,
                "leaf": self.leaf,
                "commitments": list(self.commitments),
                "objects": list(self.objects),
                "people": list(self.people),
            }
        )


def open_records(url: str | None, data: Path) -> "ErasureRecords":
    """The records of a setting: s3://bucket/prefix, or the folder of the checkpoints where none is set."""
    return ErasureRecords(open_store(url, data / "checkpoints"))


class ErasureRecords:
    """The records of all ledgers."""

    def __init__(self, store: ObjectStore) -> None:
        """`store` is the place outside the database, where the copies of checkpoints are."""
        self._store = store

    async def keep(self, record: ErasureRecord) -> None:
        """Write a record down, so that it outlives a crash; the one of the same event that is there stays as it is."""
        await keep(self._store, _path(record), record.text())

    async def of(self, ledger: str) -> AsyncIterator[ErasureRecord]:
        """The records of a ledger, oldest first. Raises `ValueError` for one that isn't whole."""
        prefix = _folder(ledger)
        names = sorted([str(meta["path"]) async for page in obstore.list(self._store, prefix) for meta in page])
        for name in names:
            result = await obstore.get_async(self._store, name)
            record = _read(bytes(await result.bytes_async()))
            if _path(record) != name:
                raise ValueError(f"{name} is the record of another erasure")
            yield record


def _read(text: bytes) -> ErasureRecord:
    """A record. Raises `ValueError` for what is none."""
    value = json.loads(text)
    if not isinstance(value, dict) or value.pop("format", None) != FORMAT:
        raise ValueError("this is no record of an erasure")
    try:
        for name in ("commitments", "objects", "people"):
            value[name] = tuple(value[name])
        record = ErasureRecord(**value)
    except (KeyError, TypeError) as error:
        raise ValueError("this record of an erasure isn't whole") from error
    if record.text() != text:
        raise ValueError("this record of an erasure isn't written as records are")
    return record


def _path(record: ErasureRecord) -> str:
    return f"{_folder(record.ledger)}/{record.position:020d}-{record.leaf[:16]}"


def _folder(ledger: str) -> str:
    return f"{folder_of(ledger)}/erasure"
