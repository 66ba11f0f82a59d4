"""Uploads into an object store: hashed on the way, checked, moved into place when whole; a manifest for each.

An object lies under a random name. What no event names within a day is swept.
"""

import asyncio
import dataclasses
import hashlib
import secrets
import typing
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from domain.canonical import Json
from domain.events.codec import EVENTS, decode
from domain.events.envelope import Row
from domain.values import File
from services.eventstore.connections import Connection, Pool
from services.eventstore.read import disclosures, ledgers
from services.eventstore.subscribe import Subscription, catch_up
from services.evidence.files import FileType, UploadRefused, check, type_of
from services.sealing import words_in

KEPT = timedelta(hours=24)
LONGEST_NAME = 200
INCOMING, FILES = "incoming/", "files/"

_log = structlog.get_logger(__name__)

_RECORD = """
INSERT INTO app.upload (object, ledger, uploader, key, sha256, size, media_type, name)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (ledger, uploader, key) DO NOTHING
"""
_BY_KEY = """
SELECT object, sha256, size, media_type, name FROM app.upload WHERE ledger = $1 AND uploader = $2 AND key = $3
"""
# An hour before it may be swept an unused upload is no longer given out, so that no command loses its file.
_MANIFESTS = """
SELECT object, sha256, size, media_type, name FROM app.upload u
WHERE ledger = $1 AND object = ANY ($2::text[]) AND (
    uploaded_at > clock_timestamp() - interval '23 hours'
    OR EXISTS (SELECT FROM app.file_use f WHERE f.object = u.object)
)
"""
_USE = "INSERT INTO app.file_use (ledger, commitment, stream, object) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
_STREAMS = "SELECT stream FROM app.file_use WHERE ledger = $1 AND commitment = $2 ORDER BY stream"
_FORGET = """
DELETE FROM app.upload u
WHERE uploaded_at < $1 AND NOT EXISTS (SELECT FROM app.file_use f WHERE f.object = u.object) RETURNING object
"""
_KNOWN = """
SELECT object FROM app.upload WHERE object = ANY ($1::text[])
UNION SELECT object FROM app.file_use WHERE object = ANY ($1::text[])
"""


class Reused(Exception):
    """The key of this upload was used for another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A stored file. `object` is its name in the store; commands name the file by it."""

    object: str
    sha256: str
    size: int
    media_type: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """What is uploaded, by whom, under which key; `length` as it was announced, `media_type` as it was declared."""

    ledger: str
    uploader: str
    key: str
    name: str
    media_type: str | None
    length: int | None


def open_objects(url: str | None, data: Path) -> ObjectStore:
    """The object store of a setting: s3://bucket/prefix, or a folder where none is set."""
    if url is None:
        return LocalStore(data / "evidence", mkdir=True)
    return from_url(url)


class EvidenceStore:
    """The files of all ledgers. It is also where the write path finds their manifests."""

    def __init__(self, objects: ObjectStore, pool: Pool, max_bytes: int) -> None:
        """`max_bytes` is the largest file that is taken."""
        self._objects = objects
        self._pool = pool
        self._max_bytes = max_bytes

    async def take(self, upload: Upload, chunks: AsyncIterator[bytes]) -> Manifest:
        """Store a file. Raises `UploadRefused`, `Reused`, and what `chunks` raises; then nothing is left behind."""
        _named(upload.name)
        kind = type_of(upload.name, upload.media_type)
        if upload.length is not None and upload.length > self._max_bytes:
            raise self._too_big()
        name = secrets.token_hex(16)
        incoming, place = INCOMING + name, FILES + name
        try:
            measure = _Measure(self._max_bytes)
            await self._receive(incoming, measure, chunks)
            await self._check(incoming, upload, measure, kind)
            await obstore.rename_async(self._objects, incoming, place)
            manifest = Manifest(
                object=name,
                sha256=measure.sha256,
                size=measure.size,
                media_type=kind.media_type,
                name=upload.name,
            )
            before = await self._record(upload, manifest)
        except BaseException:
            await self._remove(incoming, place)
            raise
        if before is None:
            return manifest
        await self._remove(place)
        if (before.sha256, before.name) != (manifest.sha256, manifest.name):
            raise Reused
        return before

    async def _receive(self, path: str, measure: "_Measure", chunks: AsyncIterator[bytes]) -> None:
        try:
            await obstore.put_async(self._objects, path, measure.through(chunks), use_multipart=True)
        except Exception:
            # The store's own error only says that the source failed.
            if measure.failure is not None:
                raise measure.failure from None
            raise

    async def _check(self, path: str, upload: Upload, measure: "_Measure", kind: FileType) -> None:
        if upload.length is not None and measure.size != upload.length:
            raise UploadRefused(
                "upload-cut-off", f"{upload.length} bytes were announced, {measure.size} came.", "Send it again."
            )
        if measure.size == 0:
            raise UploadRefused("file-empty", "The file is empty.")

        def look() -> None:
            # It has nothing to close: it asks the store for what is read.
            file = obstore.open_reader(self._objects, path)
            check(typing.cast("typing.BinaryIO", file), measure.size, kind)

        await asyncio.to_thread(look)

    async def _record(self, upload: Upload, manifest: Manifest) -> Manifest | None:
        """Keep the manifest; or answer the one that the key has already."""
        values = (manifest.sha256, manifest.size, manifest.media_type, manifest.name)
        recorded = await self._pool.execute(
            _RECORD, manifest.object, upload.ledger, upload.uploader, upload.key, *values
        )
        if recorded == "INSERT 0 1":
            return None
        record = await self._pool.fetchrow(_BY_KEY, upload.ledger, upload.uploader, upload.key)
        return None if record is None else Manifest(**record)

    async def _remove(self, *paths: str) -> None:
        for path in paths:
            try:
                await obstore.delete_async(self._objects, path)
            except (BaseError, OSError) as error:
                # It isn't there, or the sweep finds it.
                if not isinstance(error, FileNotFoundError):
                    _log.warning("an object wasn't removed", error=repr(error))

    def _too_big(self) -> UploadRefused:
        return _too_big(self._max_bytes)

    async def manifests(self, ledger: str, objects: Iterable[str]) -> Mapping[str, Json]:
        """The manifest of each object that there is, as the log discloses it."""
        rows = await self._pool.fetch(_MANIFESTS, ledger, list(objects))
        return {row["object"]: dict(row) for row in rows}

    async def streams(self, ledger: str, commitment: bytes) -> tuple[str, ...]:
        """Which streams name a file: who may read one of them may read it."""
        await catch_up(self._pool, FILE_USES, ledger)
        return tuple(row["stream"] for row in await self._pool.fetch(_STREAMS, ledger, commitment))

    async def content(self, manifest: Manifest) -> AsyncIterator[bytes]:
        """The file, piece by piece; the last one only if all are what was uploaded. Raises `FileNotFoundError`."""
        result = await obstore.get_async(self._objects, FILES + manifest.object)
        return _verified(result.stream(), manifest)

    async def sweep(self, now: datetime) -> int:
        """Delete what no event named within a day, and what was left behind by a crash; answer how many there were."""
        for ledger in await ledgers(self._pool):
            await catch_up(self._pool, FILE_USES, ledger)
        swept = [FILES + row["object"] for row in await self._pool.fetch(_FORGET, now - KEPT)]
        old = [
            str(meta["path"])
            async for page in obstore.list(self._objects)
            for meta in page
            if meta["last_modified"] < now - KEPT
        ]
        named = [path.removeprefix(FILES) for path in old if path.startswith(FILES)]
        known = {row["object"] for row in await self._pool.fetch(_KNOWN, named)}
        swept += [path for path in old if path.removeprefix(FILES) not in known and path not in swept]
        await self._remove(*swept)
        return len(swept)


class _Measure:
    """Hashes and counts what passes through, and remembers why it stopped."""

    def __init__(self, limit: int) -> None:
        self._hash = hashlib.sha256()
        self._limit = limit
        self.size = 0
        self.failure: Exception | None = None

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    async def through(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        try:
            async for chunk in chunks:
                self.size += len(chunk)
                if self.size > self._limit:
                    raise _too_big(self._limit)  # noqa: TRY301 (the one reason of its own)
                self._hash.update(chunk)
                if chunk:
                    yield chunk
        except Exception as error:
            self.failure = error
            raise


async def _verified(chunks: AsyncIterator[bytes], manifest: Manifest) -> AsyncIterator[bytes]:
    digest, held = hashlib.sha256(), b""
    async for chunk in chunks:
        if held:
            yield held
        held = bytes(chunk)
        digest.update(held)
    if digest.hexdigest() != manifest.sha256:
        _log.error("a stored file isn't what was uploaded", object=manifest.object)
        raise RuntimeError(f"the object {manifest.object} isn't what was uploaded")
    yield held


def _too_big(limit: int) -> UploadRefused:
    return UploadRefused("file-too-big", f"A file has at most {limit} bytes.", "Split it, or make its images smaller.")


def _named(name: str) -> None:
    if (
        not 0 < len(name) <= LONGEST_NAME
        or name.strip() != name
        or any(c < " " or c in '/\\"' or c == "\x7f" for c in name)
    ):
        raise UploadRefused(
            "file-name", f"A file's name has 1 to {LONGEST_NAME} characters, and no slash, quote or control character."
        )


def _names_files(hint: object) -> bool:
    if hint is File or any(_names_files(each) for each in typing.get_args(hint)):
        return True
    return dataclasses.is_dataclass(hint) and any(
        _names_files(each) for each in typing.get_type_hints(typing.cast("type", hint)).values()
    )


_NAMING = frozenset(name for name, kind in EVENTS.items() if _names_files(kind))


async def _note_uses(connection: Connection, rows: Sequence[Row]) -> None:
    for row in rows:
        if row.type not in _NAMING:
            continue
        named = [
            bytes.fromhex(value) for kind, value in words_in(decode(row.type, row.schema, row.body)) if kind is File
        ]
        for commitment, (_, manifest) in (await disclosures(connection, row.ledger, named)).items():
            if isinstance(manifest, Mapping):
                await connection.execute(_USE, row.ledger, commitment, row.stream, str(manifest["object"]))


FILE_USES = Subscription(name="file-uses", handle=_note_uses)
"""Follows what names files."""
