"""`events.bin`: records that tile the leaves of a ledger's tree, in their order.

    E header, nonce, body, metadata     an event, whole
    H header                            an event whose body and metadata are withheld
    L 32 bytes                          an event of which only its leaf is shown
    G level, 32 bytes                   the root of a complete subtree of 2^level leaves that lie outside the scope

Each field of E and H stands behind its length, four bytes, big-endian.
"""

from collections.abc import Iterator, Sequence

from domain.events.envelope import Row, header
from domain.proof.merkle import HASH_BYTES, subtrees

EVENT, HEADER, LEAF, GAP = b"E", b"H", b"L", b"G"


def event_record(row: Row) -> bytes:
    """An event, whole."""
    return EVENT + _framed(header(row), row.nonce, row.body, row.metadata)


def header_record(row: Row) -> bytes:
    """An event of which only the header is shown."""
    return HEADER + _framed(header(row))


def leaf_record(leaf: bytes) -> bytes:
    """An event that is withheld whole."""
    if len(leaf) != HASH_BYTES:
        raise ValueError("a leaf has 32 bytes")
    return LEAF + leaf


def gap_records(begin: int, end: int, hashes: Sequence[bytes]) -> Iterator[bytes]:
    """The leaves [begin, end), counted from 0, by the roots of `subtrees(begin, end)`."""
    for (level, _), root in zip(subtrees(begin, end), hashes, strict=True):
        if len(root) != HASH_BYTES:
            raise ValueError("a hash has 32 bytes")
        yield GAP + bytes((level,)) + root


def _framed(*fields: bytes) -> bytes:
    return b"".join(len(field).to_bytes(4, "big") + field for field in fields)
