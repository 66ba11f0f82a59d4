"""The object store, and an object in it as a file that is read here and there."""

import io
from pathlib import Path
from typing import Any, BinaryIO

import obstore
from obstore.exceptions import BaseError, GenericError
from obstore.store import LocalStore, ObjectStore, from_url

_READ_BYTES = 1 << 18


def open_objects(url: str | None, data: Path) -> ObjectStore:
    """The object store of a setting: s3://bucket/prefix, or a folder where none is set."""
    if url is None:
        return LocalStore(data / "evidence", mkdir=True)
    return from_url(url)


def opened(objects: ObjectStore, path: str, size: int) -> BinaryIO:
    """An object as a file."""
    return io.BufferedReader(StoredFile(objects, path, size), _READ_BYTES)


class StoredFile(io.RawIOBase):
    """An object of the store as a file that is read here and there."""

    def __init__(self, objects: ObjectStore, path: str, size: int) -> None:
        self._objects = objects
        self._path = path
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be read anywhere."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Read on from another place."""
        at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if at < 0:
            raise ValueError("there is nothing before the beginning")
        self._at = at
        return self._at

    def readinto(self, into: Any) -> int:
        """Fetch what fits. Raises `BaseError` alone where the store fails, which is no fault of the content."""
        length = min(len(into), self._size - self._at)
        if length <= 0:
            return 0
        try:
            into[:length] = obstore.get_range(self._objects, self._path, start=self._at, length=length).to_bytes()
        except BaseError:
            raise
        except Exception as error:
            raise GenericError(repr(error)) from error
        self._at += length
        return length
