"""A tree that grows by its right edge, and the proof that a whole range of leaves belongs to a tree.

Both are compact ranges: a range of leaves is known by the roots of the largest complete subtrees that it consists of,
in the numbering of RFC 6962, section 2.1. A bundle of a range of events needs one such proof, and none per event.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from domain.proof.merkle import EMPTY_ROOT, ImpossibleSize, Nodes, ProofRefused, check_hashes, node_hash, subtrees


class Frontier:
    """A tree that grows to the right: it keeps the roots of its complete subtrees only, at most one a level.

    Appending costs one hash on average, the root one a subtree.
    """

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        """The tree of `size` leaves whose `subtrees(0, size)` have these roots. Raises `ProofRefused`."""
        if len(hashes) != size.bit_count():
            raise ProofRefused(f"a tree of {size} leaves consists of {size.bit_count()} subtrees, not {len(hashes)}")
        check_hashes(hashes)
        self.size = size
        self._hashes = list(hashes)

    def append(self, leaf: bytes) -> None:
        """Add a leaf hash."""
        size = self.size
        while size & 1:
            leaf = sha256(b"\x01" + self._hashes.pop() + leaf).digest()
            size >>= 1
        self._hashes.append(leaf)
        self.size += 1

    def append_subtree(self, level: int, root: bytes) -> None:
        """Add a complete subtree of 2^level leaves. Raises `ProofRefused` where none may begin."""
        if self.size & ((1 << level) - 1):
            raise ProofRefused(f"no subtree of {1 << level} leaves begins at leaf {self.size}")
        size = self.size >> level
        while size & 1:
            root = node_hash(self._hashes.pop(), root)
            size >>= 1
        self._hashes.append(root)
        self.size += 1 << level

    def root(self) -> bytes:
        """The root of the tree as it is now."""
        if not self._hashes:
            return EMPTY_ROOT
        found = self._hashes[-1]
        for each in self._hashes[-2::-1]:
            found = node_hash(each, found)
        return found

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """The roots of its complete subtrees, from the left: what makes it again."""
        return tuple(self._hashes)


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeProof:
    """That leaves [begin, end) are those of a tree of `size` leaves, without a proof for each.

    `left` are the roots of `subtrees(0, begin)`, `right` those of `subtrees(end, size)`: at most two a level. The
    leaves between them, appended one by one, lead to the tree's root. That a root is the
    one of `size` leaves is said by a checkpoint, not by this.
    """

    begin: int
    end: int
    size: int
    left: tuple[bytes, ...]
    right: tuple[bytes, ...]

    def start(self) -> Frontier:
        """The tree before the range: append the leaves of the range to it. Raises `ProofRefused`, `ImpossibleSize`."""
        _check_range(self.begin, self.end, self.size)
        return Frontier(self.begin, self.left)

    def finish(self, frontier: Frontier, root: bytes) -> None:
        """Go on from the end of the range to the tree's root. Raises `ProofRefused`."""
        if frontier.size != self.end:
            raise ProofRefused(f"the range ends at leaf {self.end}, the leaves at {frontier.size}")
        places = list(subtrees(self.end, self.size))
        if len(places) != len(self.right):
            raise ProofRefused(f"{len(places)} subtrees follow the range, not {len(self.right)}")
        check_hashes(self.right)
        whole = Frontier(frontier.size, frontier.hashes)
        for (level, _), each in zip(places, self.right, strict=True):
            whole.append_subtree(level, each)
        if whole.root() != root:
            raise ProofRefused(f"the range leads to the root {whole.root().hex()}, not to {root.hex()}")

    def verify(self, leaves: Iterable[bytes], root: bytes) -> None:
        """That these are the leaves of the range. Raises `ProofRefused` or `ImpossibleSize`."""
        frontier = self.start()
        for each in leaves:
            if frontier.size == self.end:
                raise ProofRefused("more leaves than the range has")
            check_hashes((each,))
            frontier.append(each)
        self.finish(frontier, root)


def range_proof(nodes: Nodes, begin: int, end: int, size: int) -> RangeProof:
    """The proof for the leaves [begin, end). Raises `ImpossibleSize`."""
    _check_range(begin, end, size)
    return RangeProof(
        begin=begin,
        end=end,
        size=size,
        left=tuple(nodes(level, index) for level, index in subtrees(0, begin)),
        right=tuple(nodes(level, index) for level, index in subtrees(end, size)),
    )


def _check_range(begin: int, end: int, size: int) -> None:
    if not 0 <= begin <= end <= size:
        raise ImpossibleSize(f"a tree of {size} leaves has no leaves from {begin} to {end}")
