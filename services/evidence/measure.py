"""Files on their way: counted, hashed, cut short when too big, and held back at the end until the hash is right."""

import hashlib
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass

import structlog

from services.evidence.files import UploadRefused

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A stored file. `object` is its name in the store; commands name the file by it."""

    object: str
    sha256: str
    size: int
    media_type: str
    name: str


class FileDiffers(RuntimeError):
    """What is stored isn't what was uploaded."""


class Measure:
    """Hashes and counts what passes through, and remembers why it stopped."""

    def __init__(self, limit: int) -> None:
        self._hash = hashlib.sha256()
        self._limit = limit
        self.size = 0
        self.failure: Exception | None = None

    @property
    def sha256(self) -> str:
        """The hash of what passed so far."""
        return self._hash.hexdigest()

    async def through(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Let the chunks pass. Raises `UploadRefused` beyond the limit."""
        try:
            async for chunk in chunks:
                self.size += len(chunk)
                if self.size > self._limit:
                    raise too_big(self._limit)  # noqa: TRY301 (the one reason of its own)
                self._hash.update(chunk)
                if chunk:
                    yield chunk
        except Exception as error:
            self.failure = error
            raise


async def verified(chunks: AsyncIterator[bytes], manifest: Manifest) -> AsyncIterator[bytes]:
    """The chunks, the last one only if all of them are what the manifest says."""
    digest, held = hashlib.sha256(), b""
    async for chunk in chunks:
        if held:
            yield held
        held = bytes(chunk)
        digest.update(held)
    if digest.hexdigest() != manifest.sha256:
        raise _differs(manifest)
    yield held


def compared(chunks: Iterable[bytes], manifest: Manifest) -> Iterator[bytes]:
    """The chunks as they come; at their end raises `FileDiffers` where they weren't what the manifest says."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
        yield chunk
    if digest.hexdigest() != manifest.sha256:
        raise _differs(manifest)


def _differs(manifest: Manifest) -> FileDiffers:
    _log.error("a stored file isn't what was uploaded", object=manifest.object)
    return FileDiffers(f"the object {manifest.object} isn't what was uploaded")


def too_big(limit: int) -> UploadRefused:
    """Why a file of more than `limit` bytes isn't taken."""
    return UploadRefused("file-too-big", f"A file has at most {limit} bytes.", "Split it, or make its images smaller.")
