"""Merkle trees over leaf hashes (RFC 6962, section 2.1; RFC 9162, section 2.1): roots, and proofs that they hold.

A tree is seen through its nodes: `nodes(level, index)` is the root of the complete subtree over the leaves
[index * 2^level, (index + 1) * 2^level). They come from leaf hashes (`Leaves`) or from tiles (`domain.proof.tiles`).
Leaves count from 0 here: the event at position p of a ledger is leaf p - 1.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import TypeAlias

HASH_BYTES = 32
EMPTY_ROOT = sha256().digest()
"""The root of the tree without leaves."""

Nodes: TypeAlias = Callable[[int, int], bytes]
"""From level and index to the root of that complete subtree."""


class ProofRefused(ValueError):
    """The proof doesn't show what it is said to show."""


class ImpossibleSize(ValueError):
    """There is no such tree, leaf or range: asked for beyond the end, or backwards."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf. Of an event's header it is `domain.events.envelope.leaf`."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def complete_root(hashes: Sequence[bytes]) -> bytes:
    """The root of the subtree over a power of two of nodes of one level."""
    while len(hashes) > 1:
        pairs = iter(hashes)
        hashes = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
    return hashes[0]


def subtrees(begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Level and index of the largest complete subtrees that the leaves [begin, end) consist of, from the left."""
    while begin < end:
        level = (end - begin).bit_length() - 1
        if begin:
            level = min(level, (begin & -begin).bit_length() - 1)
        yield level, begin >> level
        begin += 1 << level


def range_root(nodes: Nodes, begin: int, end: int) -> bytes:
    """MTH(D[begin:end]) of RFC 6962, for a range that is a subtree: `begin` is a multiple of a power of two at least
    as large as the range.
    """
    found = [nodes(level, index) for level, index in subtrees(begin, end)]
    if not found:
        return EMPTY_ROOT
    root = found.pop()
    while found:
        root = node_hash(found.pop(), root)
    return root


def root(nodes: Nodes, size: int) -> bytes:
    """The root of the tree of the first `size` leaves."""
    if size < 0:
        raise ImpossibleSize(f"a tree has no {size} leaves")
    return range_root(nodes, 0, size)


def inclusion(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962, section 2.1.1. Raises `ImpossibleSize`."""
    if not 0 <= index < size:
        raise ImpossibleSize(f"a tree of {size} leaves has no leaf {index}")
    begin, end, path = 0, size, []
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            path.append(range_root(nodes, middle, end))
            end = middle
        else:
            path.append(range_root(nodes, begin, middle))
            begin = middle
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """That `leaf` is leaf `index` of the tree of `size` leaves with this root (RFC 9162, section 2.1.3.2).

    Raises `ProofRefused` or `ImpossibleSize`.
    """
    if not 0 <= index < size:
        raise ImpossibleSize(f"a tree of {size} leaves has no leaf {index}")
    check_hashes((leaf, root, *proof))
    at, last, found = index, size - 1, leaf
    for each in proof:
        if last == 0:
            raise ProofRefused("an inclusion proof that is too long")
        if at & 1 or at == last:
            found = node_hash(each, found)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, each)
        at, last = at >> 1, last >> 1
    if last:
        raise ProofRefused("an inclusion proof that is too short")
    if found != root:
        raise ProofRefused(f"leaf {index} leads to the root {found.hex()}, not to {root.hex()}")


def consistency(nodes: Nodes, first: int, second: int) -> list[bytes]:
    """PROOF(first, D[second]) of RFC 6962, section 2.1.2; empty for equal sizes and for an empty first tree.

    Raises `ImpossibleSize`.
    """
    _check_sizes(first, second)
    if first in {0, second}:
        return []
    begin, end, known, path = 0, second, True, []
    while first != end:
        middle = begin + _split(end - begin)
        if first <= middle:
            path.append(range_root(nodes, middle, end))
            end = middle
        else:
            path.append(range_root(nodes, begin, middle))
            begin, known = middle, False
    if not known:
        path.append(range_root(nodes, begin, end))
    return path[::-1]


def verify_consistency(first: int, second: int, proof: Sequence[bytes], first_root: bytes, second_root: bytes) -> None:
    """That the tree of `first` leaves is the beginning of the one of `second` (RFC 9162, section 2.1.4.2).

    Raises `ProofRefused` or `ImpossibleSize`.
    """
    _check_sizes(first, second)
    check_hashes((first_root, second_root, *proof))
    if first in {0, second}:
        if proof:
            raise ProofRefused("a consistency proof that is too long")
        expected = EMPTY_ROOT if first == 0 else second_root
        if first_root != expected or (second == 0 and second_root != EMPTY_ROOT):
            raise ProofRefused(f"the root of {first} leaves is {expected.hex()}, not {first_root.hex()}")
        return
    hashes = iter(proof)
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    # A first tree that is complete is itself where the way begins.
    old = new = first_root if at == 0 else next(hashes, b"")
    for each in hashes:
        if last == 0:
            raise ProofRefused("a consistency proof that is too long")
        if at & 1 or at == last:
            old, new = node_hash(each, old), node_hash(each, new)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, each)
        at, last = at >> 1, last >> 1
    if last:
        raise ProofRefused("a consistency proof that is too short")
    if old != first_root:
        raise ProofRefused(f"the proof leads to the root {old.hex()} of {first} leaves, not to {first_root.hex()}")
    if new != second_root:
        raise ProofRefused(f"the proof leads to the root {new.hex()} of {second} leaves, not to {second_root.hex()}")


class Leaves:
    """The nodes of a tree whose leaf hashes are all at hand; 64 bytes a leaf."""

    def __init__(self, leaves: Iterable[bytes]) -> None:
        """Hash all complete subtrees."""
        self._levels = [list(leaves)]
        while len(below := self._levels[-1]) > 1:
            pairs = iter(below)
            self._levels.append([node_hash(left, right) for left, right in zip(pairs, pairs, strict=False)])

    def __len__(self) -> int:
        return len(self._levels[0])

    def __call__(self, level: int, index: int) -> bytes:
        """The root of a complete subtree. Raises `ImpossibleSize`."""
        if level < len(self._levels) and 0 <= index < len(self._levels[level]):
            return self._levels[level][index]
        raise ImpossibleSize(f"{len(self)} leaves have no subtree {index} at level {level}")


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def _check_sizes(first: int, second: int) -> None:
    if not 0 <= first <= second:
        raise ImpossibleSize(f"a tree of {first} leaves is no beginning of one of {second}")


def check_hashes(hashes: Iterable[bytes]) -> None:
    """Refuse what can't be a SHA-256 hash. Raises `ProofRefused`."""
    for each in hashes:
        if len(each) != HASH_BYTES:
            raise ProofRefused(f"a hash of {len(each)} bytes")
