"""Uploads into an object store: hashed on the way, checked, moved into place when whole; a manifest for each.

An object lies under a random name. What no event names within a day is swept.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import ObjectStore

from domain.canonical import Json
from services.eventstore.connections import Pool
from services.eventstore.read import ledgers
from services.eventstore.subscribe import catch_up
from services.evidence.files import FileType, UploadRefused, check, type_of
from services.evidence.measure import Manifest, Measure, compared, too_big, verified
from services.evidence.objects import opened
from services.evidence.uses import FILE_USES
from services.sealing import normalised

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
WHERE ledger = $1 AND object = ANY ($2::text[]) AND uploader = $3 AND (
    uploaded_at > clock_timestamp() - interval '23 hours'
    OR EXISTS (SELECT FROM app.file_use f WHERE f.object = u.object)
)
"""
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
class Upload:
    """What is uploaded, by whom, under which key; `length` as it was announced, `media_type` as it was declared."""

    ledger: str
    uploader: str
    key: str
    name: str
    media_type: str | None
    length: int | None


class EvidenceStore:
    """The files of all ledgers. It is also where the write path finds their manifests."""

    def __init__(self, objects: ObjectStore, pool: Pool, max_bytes: int) -> None:
        """`max_bytes` is the largest file that is taken."""
        self._objects = objects
        self._pool = pool
        self._max_bytes = max_bytes

    async def take(self, upload: Upload, chunks: AsyncIterator[bytes]) -> Manifest:
        """Store a file. Raises `UploadRefused`, `Refused` for its name, `Reused`, and what `chunks` raises.

        Then nothing is left behind.
        """
        called = _named(upload.name)
        kind = type_of(called, upload.media_type)
        if upload.length is not None and upload.length > self._max_bytes:
            raise too_big(self._max_bytes)
        name = secrets.token_hex(16)
        incoming, place = INCOMING + name, FILES + name
        try:
            measure = Measure(self._max_bytes)
            await self._receive(incoming, measure, chunks)
            await self._check(incoming, upload, measure, kind)
            await obstore.rename_async(self._objects, incoming, place)
            manifest = Manifest(
                object=name,
                sha256=measure.sha256,
                size=measure.size,
                media_type=kind.media_type,
                name=called,
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

    async def _receive(self, path: str, measure: Measure, chunks: AsyncIterator[bytes]) -> None:
        try:
            await obstore.put_async(self._objects, path, measure.through(chunks), use_multipart=True)
        except Exception:
            # The store's own error only says that the source failed.
            if measure.failure is not None:
                raise measure.failure from None
            raise

    async def _check(self, path: str, upload: Upload, measure: Measure, kind: FileType) -> None:
        if upload.length is not None and measure.size != upload.length:
            raise UploadRefused(
                "upload-cut-off", f"{upload.length} bytes were announced, {measure.size} came.", "Send it again."
            )
        if measure.size == 0:
            raise UploadRefused("file-empty", "The file is empty.")

        def look() -> None:
            with opened(self._objects, path, measure.size) as file:
                check(file, measure.size, kind)

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

    async def manifests(self, ledger: str, uploader: str, objects: Iterable[str]) -> Mapping[str, Json]:
        """The manifest of each object that this person uploaded, as the log discloses it."""
        rows = await self._pool.fetch(_MANIFESTS, ledger, list(objects), uploader)
        return {row["object"]: dict(row) for row in rows}

    async def streams(self, ledger: str, commitment: bytes) -> tuple[str, ...]:
        """Which streams name a file: who may read one of them may read it."""
        await catch_up(self._pool, FILE_USES, ledger)
        return tuple(row["stream"] for row in await self._pool.fetch(_STREAMS, ledger, commitment))

    async def content(self, manifest: Manifest) -> AsyncIterator[bytes]:
        """The file, piece by piece; the last one only if all are what was uploaded. Raises `FileNotFoundError`."""
        result = await obstore.get_async(self._objects, FILES + manifest.object)
        return verified(result.stream(), manifest)

    def pieces(self, manifest: Manifest) -> Iterator[bytes]:
        """The file, piece by piece, for a thread: it blocks. Raises `FileNotFoundError`, at the end `FileDiffers`."""
        result = obstore.get(self._objects, FILES + manifest.object)
        return compared((bytes(chunk) for chunk in result.stream()), manifest)

    async def erase(self, objects: Iterable[str]) -> None:
        """Delete files that are erased; one that isn't there is gone already. Raises what the store raises."""
        for name in objects:
            try:
                await obstore.delete_async(self._objects, FILES + name)
            except FileNotFoundError:
                continue

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


def _named(name: str) -> str:
    """A file's name, held to the rules of all text that people read. Errors: those of `normalised`."""
    if (
        not 0 < len(name) <= LONGEST_NAME
        or name.strip() != name
        or any(c < " " or c in '/\\"' or c == "\x7f" for c in name)
    ):
        raise UploadRefused(
            "file-name", f"A file's name has 1 to {LONGEST_NAME} characters, and no slash, quote or control character."
        )
    return normalised("name", name, LONGEST_NAME)
