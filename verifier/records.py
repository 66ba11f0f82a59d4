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

_FIELDS = tuple(LONGEST.items())
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
    buffer, at = b"", 0
    for chunk in chunks:
        buffer, at = buffer[at:] + chunk, 0
        end = len(buffer)
        while at < end:
            kind = buffer[at : at + 1]
            here = at + 1 + HASH_BYTES
            if kind == GAP:
                here += 1
            if here > end:
                break
            first = buffer[at + 1 : here]
            if kind == EVENT:
                fields: list[bytes] = []
                for name, longest in _FIELDS:
                    if here + 4 > end:
                        break
                    (length,) = _length(buffer, here)
                    if length > longest:
                        raise BrokenRecord(f"a {name} of {length} bytes, where at most {longest} are read")
                    here += 4 + length
                    if here > end:
                        break
                    fields.append(buffer[here - length : here])
                if len(fields) < len(_FIELDS):
                    break
                yield (kind, first, *fields)  # type: ignore[misc]
            elif kind == HEADER:
                if here + 4 > end:
                    break
                (length,) = _length(buffer, here)
                if length > LONGEST["header"]:
                    raise BrokenRecord(f"a header of {length} bytes, where at most {LONGEST['header']} are read")
                here += 4 + length
                if here > end:
                    break
                yield kind, first, buffer[here - length : here], b"", b"", b""
            elif kind in {LEAF, GAP}:
                yield kind, first, b"", b"", b"", b""
            else:
                raise BrokenRecord(f"a record of the unknown kind {kind!r}")
            at = here
    if at < len(buffer):
        raise BrokenRecord("the last record is cut off")


def _hash(value: bytes) -> bytes:
    if len(value) != HASH_BYTES:
        raise ValueError("a hash has 32 bytes")
    return value


def _framed(*fields: bytes) -> bytes:
    return b"".join(len(field).to_bytes(4, "big") + field for field in fields)
