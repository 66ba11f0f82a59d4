"""`events.bin`: records that tile the leaves of a ledger's tree, in their order.

    E leaf header nonce body metadata    an event, whole
    H leaf header                        an event whose body and metadata are withheld
    L leaf                               an event that is withheld whole
    G level root                         a complete subtree of 2^level leaves that lie outside the scope

A kind is one byte, a leaf or root 32, a level one. Each field after them stands behind its length, four bytes,
big-endian. The leaf is the one that was sealed: so an event that was changed is found by itself, and not only
somewhere below a root that differs.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from domain.events.envelope import Row, header
from domain.proof.merkle import HASH_BYTES, subtrees

EVENT, HEADER, LEAF, GAP = b"E", b"H", b"L", b"G"
LONGEST = {"header": 1 << 12, "nonce": 16, "body": 1 << 24, "metadata": 1 << 16}
"""The most bytes that each field may have: what is longer isn't read."""

Record: TypeAlias = tuple[bytes, bytes, bytes, bytes, bytes, bytes]
"""Kind, leaf (of a gap: level and root), header, nonce, body, metadata; what a kind doesn't have is empty."""

_HEAD = 1 + HASH_BYTES
_BARE = {LEAF: _HEAD, GAP: _HEAD + 1}
_BEYOND = 1 << 62
_length = struct.Struct(">I").unpack_from


class BrokenRecord(ValueError):
    """Something that is no record: what follows can't be read either."""


def event_record(row: Row, sealed: bytes) -> bytes:
    """An event, whole; `sealed` is its leaf in the tree."""
    return EVENT + _hash(sealed) + _framed(header(row), row.nonce, row.body, row.metadata)


def header_record(row: Row, sealed: bytes) -> bytes:
    """An event of which only the header is shown."""
    return HEADER + _hash(sealed) + _framed(header(row))


def leaf_record(sealed: bytes) -> bytes:
    """An event that is withheld whole."""
    return LEAF + _hash(sealed)


def gap_records(begin: int, end: int, hashes: Sequence[bytes]) -> Iterator[bytes]:
    """The leaves [begin, end), counted from 0, by the roots of `subtrees(begin, end)`."""
    for (level, _), root in zip(subtrees(begin, end), hashes, strict=True):
        yield GAP + bytes((level,)) + _hash(root)


def records(chunks: Iterable[bytes]) -> Iterator[Record]:
    """The records that the pieces of a file come to. Raises `BrokenRecord`."""
    buffer = b""
    for chunk in chunks:
        buffer += chunk
        at, end = 0, len(buffer)
        while at < end:
            kind = buffer[at : at + 1]
            if kind == EVENT:
                # Unrolled, for nearly all are events, and there may be millions: four lengths, and a slice for each.
                a = at + _HEAD + 4
                b = a + _length(buffer, a - 4)[0] + 4 if a <= end else _BEYOND
                c = b + _length(buffer, b - 4)[0] + 4 if b <= end else _BEYOND
                d = c + _length(buffer, c - 4)[0] + 4 if c <= end else _BEYOND
                e = d + _length(buffer, d - 4)[0] if d <= end else _BEYOND
                # In a shorter record only header and nonce could be too long, which is found where they are read.
                if e - a > LONGEST["metadata"]:
                    _check_lengths(buffer, a, b, c, d)
                if e > end:
                    break
                yield kind, buffer[at + 1 : a - 4], buffer[a : b - 4], buffer[b : c - 4], buffer[c : d - 4], buffer[d:e]
                at = e
            elif kind == HEADER:
                a = at + _HEAD + 4
                e = a + _length(buffer, a - 4)[0] if a <= end else _BEYOND
                if e - a > LONGEST["header"]:
                    _check_lengths(buffer, a)
                if e > end:
                    break
                yield kind, buffer[at + 1 : a - 4], buffer[a:e], b"", b"", b""
                at = e
            elif kind in _BARE:
                e = at + _BARE[kind]
                if e > end:
                    break
                yield kind, buffer[at + 1 : e], b"", b"", b"", b""
                at = e
            else:
                raise BrokenRecord(f"a record of the unknown kind {kind!r}")
        buffer = buffer[at:]
    if buffer:
        raise BrokenRecord("the last record is cut off")


def _check_lengths(buffer: bytes, *begins: int) -> None:
    """Refuse to gather more bytes for a record than one has. Raises `BrokenRecord`."""
    for (name, longest), begin in zip(LONGEST.items(), begins, strict=False):
        if begin <= len(buffer) and _length(buffer, begin - 4)[0] > longest:
            raise BrokenRecord(f"a {name} of more than the {longest} bytes that are read")


def _hash(value: bytes) -> bytes:
    if len(value) != HASH_BYTES:
        raise ValueError("a hash has 32 bytes")
    return value


def _framed(*fields: bytes) -> bytes:
    return b"".join(len(field).to_bytes(4, "big") + field for field in fields)
