"""The file that a bundle is: a ZIP archive with one spelling, closed by the hash of all bytes before it.

Any unzipper opens it. But nothing in it is free: entries follow each other without a gap, times are 1980-01-01, there
are no extra fields, comments or attributes, sizes stand where the entry begins. Reading rebuilds the whole structure
from the directory and compares the bytes. Neither ZIP64 nor encryption: a bundle is smaller than 4 GiB.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from struct import Struct
from typing import BinaryIO

FORMAT = "etappi-bundle/1"
CHUNK = 1 << 18
MOST_ENTRIES = 0xFFFF - 1
LARGEST = 0xFFFFFFFF - 1
LONGEST_NAME = 100

_LOCAL = Struct("<4sHHHHHIIIHH")
_CENTRAL = Struct("<4sHHHHHHIIIHHHHHII")
_END = Struct("<4sHHHHIIH")
_VERSION = 20
_STORED, _DEFLATED = 0, 8
_TIME, _DATE = 0, 0x21
_LAST = f"{FORMAT} sha256 ".encode()
LAST_RECORD_BYTES = len(_LAST) + 64 + 1
# In a ledger's records level 1 leaves 27 %, level 6 leaves 25 % and takes twice the time.
_LEVEL = 1


class TooLarge(ValueError):
    """More than a bundle holds: 4 GiB, or 65,534 files. A smaller scope, or one without the evidence, does."""


class Malformed(ValueError):
    """No bundle, or one whose structure isn't what is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file in a bundle: what its place in the archive says of it. `begin` is where its header stands."""

    name: str
    deflated: bool
    crc: int
    packed: int
    size: int
    begin: int

    @property
    def data(self) -> int:
        """Where its bytes begin."""
        return self.begin + _LOCAL.size + len(self.name)

    @property
    def end(self) -> int:
        """Where the next one begins."""
        return self.data + self.packed

    def local(self) -> bytes:
        """The header before its bytes."""
        method = _DEFLATED if self.deflated else _STORED
        sizes = (self.crc, self.packed, self.size, len(self.name), 0)
        return _LOCAL.pack(b"PK\x03\x04", _VERSION, 0, method, _TIME, _DATE, *sizes) + self.name.encode()

    def central(self) -> bytes:
        """Its line in the directory."""
        method = _DEFLATED if self.deflated else _STORED
        sizes = (self.crc, self.packed, self.size, len(self.name))
        rest = (0, 0, 0, 0, 0, self.begin)
        head = _CENTRAL.pack(b"PK\x01\x02", _VERSION, _VERSION, 0, method, _TIME, _DATE, *sizes, *rest)
        return head + self.name.encode()


def directory(entries: list[Entry]) -> bytes:
    """The directory at the end of the archive, up to the last record."""
    lines = b"".join(each.central() for each in entries)
    begin = entries[-1].end if entries else 0
    end = _END.pack(b"PK\x05\x06", 0, 0, len(entries), len(entries), len(lines), begin, LAST_RECORD_BYTES)
    return lines + end


def last_record(digest: bytes) -> bytes:
    """The archive's comment: the SHA-256 of all bytes before it."""
    return _LAST + digest.hex().encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Written:
    """A file as the manifest lists it."""

    name: str
    size: int
    sha256: str


class ContainerWriter:
    """Writes a bundle's files one after the other; keeps none in memory. The file must be new, and readable, too."""

    def __init__(self, file: BinaryIO) -> None:
        """`file` is open for writing and reading (`w+b`) at its beginning."""
        self._file = file
        self._entries: list[Entry] = []
        self.written: list[Written] = []
        self._open: EntryWriter | None = None

    def begin(self, name: str, *, deflated: bool) -> "EntryWriter":
        """Begin a file; the one before is ended. Raises `TooLarge`."""
        self.end()
        if len(self._entries) == MOST_ENTRIES:
            raise TooLarge(f"A bundle holds at most {MOST_ENTRIES} files.")
        begin = self._entries[-1].end if self._entries else 0
        self._open = EntryWriter(self._file, name, begin, deflated=deflated)
        return self._open

    def put(self, name: str, data: bytes, *, deflated: bool = False) -> None:
        """Write a whole file. Raises `TooLarge`."""
        self.begin(name, deflated=deflated).write(data)
        self.end()

    def end(self) -> None:
        """End the file that was begun last. Raises `TooLarge`."""
        if self._open is not None:
            entry, digest = self._open.close()
            self._open = None
            self._entries.append(entry)
            self.written.append(Written(entry.name, entry.size, digest.hex()))

    def close(self) -> bytes:
        """Write the directory and the last record; answers the SHA-256 of the whole file. Raises `TooLarge`."""
        self.end()
        self._file.write(directory(self._entries))
        if self._file.tell() > LARGEST:
            raise TooLarge("A bundle is smaller than 4 GiB.")
        hashed = sha256()
        self._file.seek(0)
        while chunk := self._file.read(CHUNK):
            hashed.update(chunk)
        record = last_record(hashed.digest())
        self._file.write(record)
        self._file.flush()
        hashed.update(record)
        return hashed.digest()


class EntryWriter:
    """A file that is being written: its header is completed when its sizes are known."""

    def __init__(self, file: BinaryIO, name: str, begin: int, *, deflated: bool) -> None:
        """Leave room for the header."""
        self._file = file
        self._entry = Entry(name=name, deflated=deflated, crc=0, packed=0, size=0, begin=begin)
        self._pack = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS) if deflated else None
        self._crc = self._size = self._packed = 0
        self._hashed = sha256()
        file.write(self._entry.local())

    def write(self, data: bytes) -> None:
        """Write some bytes. Raises `TooLarge`."""
        self._crc = zlib.crc32(data, self._crc)
        self._size += len(data)
        self._hashed.update(data)
        self._put(data if self._pack is None else self._pack.compress(data))

    def close(self) -> tuple[Entry, bytes]:
        """Complete the header; answers what the directory says of the file, and its SHA-256. Raises `TooLarge`."""
        if self._pack is not None:
            self._put(self._pack.flush())
        old = self._entry
        entry = Entry(
            name=old.name,
            deflated=old.deflated,
            crc=self._crc,
            packed=self._packed,
            size=self._size,
            begin=old.begin,
        )
        self._file.seek(entry.begin)
        self._file.write(entry.local())
        self._file.seek(entry.end)
        return entry, self._hashed.digest()

    def _put(self, data: bytes) -> None:
        self._packed += len(data)
        if self._entry.data + self._packed > LARGEST or self._size > LARGEST:
            raise TooLarge("A bundle is smaller than 4 GiB.")
        self._file.write(data)


class Container:
    """A bundle that is read: its structure is proved to be the one that is written, its contents aren't yet."""

    def __init__(self, file: BinaryIO) -> None:
        """`file` is open for reading and can seek. Raises `Malformed`."""
        self._file = file
        self.size = file.seek(0, 2)
        end = self.size - LAST_RECORD_BYTES
        if end < _END.size or self.size > LARGEST + LAST_RECORD_BYTES:
            raise Malformed(f"a file of {self.size} bytes, which is no bundle")
        self._end = end
        last = self._at(end, LAST_RECORD_BYTES)
        if not last.startswith(_LAST) or not last.endswith(b"\n"):
            raise Malformed(f"it doesn't end in the last record of {FORMAT}: it is cut off, or no bundle")
        self._last = last
        self.entries = self._directory()
        self._by_name = {each.name: each for each in self.entries}

    def _at(self, begin: int, size: int) -> bytes:
        self._file.seek(begin)
        data = self._file.read(size)
        if len(data) != size:
            raise Malformed("the file became shorter while it was read")
        return data

    def _directory(self) -> list[Entry]:
        """The entries, after the structure was built anew from them and compared."""
        end = self._end - _END.size
        _, _, _, _, count, size, begin, _ = _END.unpack(self._at(end, _END.size))
        if begin + size != end or size > count * (_CENTRAL.size + LONGEST_NAME):
            raise Malformed("the archive's end doesn't say where its directory is")
        lines, entries, at = self._at(begin, size), list[Entry](), 0
        for _ in range(count):
            entry, at = _entry(lines, at)
            if entry.begin != (entries[-1].end if entries else 0):
                raise Malformed(f"{entry.name!r} doesn't begin where the file before it ends")
            if entry.end > begin or self._at(entry.begin, entry.data - entry.begin) != entry.local():
                raise Malformed(f"{entry.name!r} begins otherwise than the directory says")
            entries.append(entry)
        if directory(entries) != lines + self._at(end, _END.size):
            raise Malformed("the archive's directory isn't the one of its files")
        if len({each.name for each in entries}) < count:
            raise Malformed("a name that stands twice in the archive's directory")
        return entries

    def sealed(self) -> tuple[str, str, str]:
        """The SHA-256 that the last record says, that of all bytes before it, and that of the whole file."""
        hashed, at = sha256(), 0
        while at < self._end:
            size = min(CHUNK, self._end - at)
            hashed.update(self._at(at, size))
            at += size
        before = hashed.hexdigest()
        hashed.update(self._last)
        return self._last[len(_LAST) : -1].decode("ascii", "replace"), before, hashed.hexdigest()

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> Entry:
        """The entry. Raises `KeyError`."""
        return self._by_name[name]

    def chunks(self, entry: Entry) -> Iterator[bytes]:
        """The bytes of a file, at most `CHUNK` at once. Raises `Malformed` where they aren't as declared."""
        crc = count = 0
        for chunk in self._unpacked(entry) if entry.deflated else self._stored(entry):
            crc = zlib.crc32(chunk, crc)
            count += len(chunk)
            if count > entry.size:
                raise Malformed(f"{entry.name}: more than the {entry.size} bytes that are declared")
            yield chunk
        if count != entry.size:
            raise Malformed(f"{entry.name}: {count} bytes where {entry.size} are declared")
        if crc != entry.crc:
            raise Malformed(f"{entry.name}: the checksum of its bytes is {crc:08x}, not {entry.crc:08x}")

    def read(self, entry: Entry, most: int) -> bytes:
        """All bytes of a small file. Raises `Malformed` where it has more than `most`."""
        if entry.size > most:
            raise Malformed(f"{entry.name}: {entry.size} bytes, where at most {most} are read")
        return b"".join(self.chunks(entry))

    def _stored(self, entry: Entry) -> Iterator[bytes]:
        at = entry.data
        while at < entry.end:
            size = min(CHUNK, entry.end - at)
            yield self._at(at, size)
            at += size

    def _unpacked(self, entry: Entry) -> Iterator[bytes]:
        """Unpacked piece by piece, never more than `CHUNK` at once, however much a few bytes would swell to."""
        unpack = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            for packed in self._stored(entry):
                rest = packed
                while rest:
                    piece = unpack.decompress(rest, CHUNK)
                    rest = unpack.unconsumed_tail
                    if unpack.unused_data:
                        raise Malformed(f"{entry.name}: bytes follow its end")
                    if piece:
                        yield piece
                    elif unpack.eof:
                        break
            while piece := unpack.decompress(unpack.unconsumed_tail, CHUNK):
                yield piece
        except zlib.error as error:
            raise Malformed(f"{entry.name}: can't be unpacked") from error
        if not unpack.eof:
            raise Malformed(f"{entry.name}: it is cut off")


def _entry(lines: bytes, at: int) -> tuple[Entry, int]:
    """A line of the directory; what else stands in it is compared when it is written anew."""
    if at + _CENTRAL.size > len(lines):
        raise Malformed("the archive's directory is cut off")
    fields = _CENTRAL.unpack_from(lines, at)
    method, crc, packed, size, length, begin = fields[4], *fields[7:11], fields[16]
    at += _CENTRAL.size
    name = lines[at : at + length]
    if not 0 < length <= LONGEST_NAME or len(name) < length or not name.isascii():
        raise Malformed("the archive's directory has a name that no bundle has")
    if method not in {_STORED, _DEFLATED}:
        raise Malformed(f"{name.decode()!r} is packed in a way that no bundle is")
    found = Entry(name=name.decode(), deflated=method == _DEFLATED, crc=crc, packed=packed, size=size, begin=begin)
    return found, at + length
