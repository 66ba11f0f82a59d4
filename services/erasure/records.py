"""What was erased, kept outside the database beside the checkpoints: commitments and names of objects, no words.

A restored backup brings back what was erased; with these records a start erases it again. Written once, never changed.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import LocalStore, ObjectStore, from_url

from domain.canonical import canonical

FORMAT = "etappi-erasure/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureRecord:
    """One confirmed erasure: where its event lies, what it took. `objects` are names in the store of files."""

    ledger: str
    erasure: str
    position: int
    version: int
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
                "commitments": list(self.commitments),
                "objects": list(self.objects),
                "people": list(self.people),
            }
        )


def open_records(url: str | None, data: Path) -> "ErasureRecords":
    """The records of a setting: s3://bucket/prefix, or the folder of the checkpoints where none is set."""
    if url is None:
        return ErasureRecords(LocalStore(data / "checkpoints", mkdir=True))
    # A bucket with object lock takes nothing without a checksum.
    return ErasureRecords(
        from_url(url, config={"checksum_algorithm": "SHA256"}) if url.startswith("s3:") else from_url(url)
    )


class ErasureRecords:
    """The records of all ledgers."""

    def __init__(self, store: ObjectStore) -> None:
        """`store` is the place outside the database, where the copies of checkpoints are."""
        self._store = store

    async def keep(self, record: ErasureRecord) -> None:
        """Write a record down; one that is there stays as it is."""
        path = f"{_folder(record.ledger)}/{record.position:020d}"
        try:
            await obstore.put_async(self._store, path, record.text(), mode="create")
        except AlreadyExistsError:
            return

    async def of(self, ledger: str) -> AsyncIterator[ErasureRecord]:
        """The records of a ledger, oldest first. Raises `ValueError` for one that isn't whole."""
        prefix = _folder(ledger)
        names = sorted([str(meta["path"]) async for page in obstore.list(self._store, prefix) for meta in page])
        for name in names:
            result = await obstore.get_async(self._store, name)
            yield _read(bytes(await result.bytes_async()))


def _read(text: bytes) -> ErasureRecord:
    value = json.loads(text)
    if value["format"] != FORMAT:
        raise ValueError("this is no record of an erasure")
    return ErasureRecord(
        ledger=value["ledger"],
        erasure=value["erasure"],
        position=value["position"],
        version=value["version"],
        commitments=tuple(value["commitments"]),
        objects=tuple(value["objects"]),
        people=tuple(value["people"]),
    )


def _folder(ledger: str) -> str:
    """A ledger's name as one element of a path; one of dots alone would be another folder."""
    name = quote(ledger, safe="")
    return f"{name if name.strip('.') else name.replace('.', '%2E')}/erasure"
