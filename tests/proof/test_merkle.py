"""Roots and proofs against RFC 6962's own definitions, and against the answers that its implementations share."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.proof.frontier import Frontier, RangeProof, range_proof
from domain.proof.merkle import (
    EMPTY_ROOT,
    ImpossibleSize,
    Leaves,
    ProofRefused,
    consistency,
    inclusion,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from proof import rfc6962

# The entries, roots and proofs that the test suites of Certificate Transparency's implementations have in common.
KNOWN = [
    bytes.fromhex(each)
    for each in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
A, B, C, D, E, F = (
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
)
PATHS = {
    (0, 1): [],
    (0, 8): [A, B, C],
    (5, 8): [D, E, ROOTS[4]],
    (2, 3): [ROOTS[2]],
    (1, 5): [ROOTS[1], B, D],
}
PROOFS = {
    (1, 1): [],
    (1, 8): [A, B, C],
    (6, 8): [F, E, ROOTS[4]],
    (2, 5): [B, D],
}

ENTRIES = rfc6962.entries(300)
LEAVES = rfc6962.hashes(ENTRIES)
NODES = Leaves(LEAVES)
# Around each power of two, where the shape of the tree changes, and some in between.
EDGES = sorted({1, 2, 3, 100, 211, 300} | {2**n + off for n in range(1, 9) for off in (-1, 0, 1)})


def bare(size: int) -> Leaves:
    return Leaves(LEAVES[:size])


def test_known_roots() -> None:
    nodes = Leaves(leaf_hash(each) for each in KNOWN)

    assert [root(nodes, size).hex() for size in range(9)] == ROOTS


@pytest.mark.parametrize(("index", "size"), PATHS)
def test_known_inclusion_proofs(index: int, size: int) -> None:
    nodes = Leaves(leaf_hash(each) for each in KNOWN)

    assert [each.hex() for each in inclusion(nodes, index, size)] == PATHS[index, size]


@pytest.mark.parametrize(("first", "second"), PROOFS)
def test_known_consistency_proofs(first: int, second: int) -> None:
    nodes = Leaves(leaf_hash(each) for each in KNOWN)

    assert [each.hex() for each in consistency(nodes, first, second)] == PROOFS[first, second]


def test_the_root_of_every_size_to_300_is_the_recursive_one() -> None:
    frontier = Frontier()
    for size in range(301):
        expected = rfc6962.mth(ENTRIES[:size])

        assert root(NODES, size) == expected
        assert frontier.root() == expected
        if size < 300:
            frontier.append(LEAVES[size])


def test_inclusion_of_every_leaf_in_every_size_to_300() -> None:
    for size in range(1, 301):
        whole = root(NODES, size)
        for index in range(size):
            proof = inclusion(NODES, index, size)

            verify_inclusion(LEAVES[index], index, size, proof, whole)
            # The recursion of the RFC's text costs more: all leaves at the edges, one leaf elsewhere.
            if size in EDGES or index == size * 7919 % size:
                assert proof == rfc6962.path(index, ENTRIES[:size])


def test_consistency_of_every_pair_to_300() -> None:
    roots = [root(NODES, size) for size in range(301)]
    for second in range(1, 301):
        for first in range(1, second + 1):
            proof = consistency(NODES, first, second)

            verify_consistency(first, second, proof, roots[first], roots[second])
            if second in EDGES or first in EDGES:
                assert proof == rfc6962.proof(first, ENTRIES[:second])


def test_the_empty_tree_is_the_beginning_of_each() -> None:
    assert consistency(NODES, 0, 5) == []
    verify_consistency(0, 5, [], EMPTY_ROOT, root(NODES, 5))
    verify_consistency(0, 0, [], EMPTY_ROOT, EMPTY_ROOT)

    with pytest.raises(ProofRefused):
        verify_consistency(0, 5, [], root(NODES, 1), root(NODES, 5))
    with pytest.raises(ProofRefused):
        verify_consistency(0, 0, [], root(NODES, 1), root(NODES, 1))


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_larger_trees(data: st.DataObject) -> None:
    size = data.draw(st.integers(301, 3_000))
    first = data.draw(st.integers(1, size))
    index = data.draw(st.integers(0, size - 1))
    entries = rfc6962.entries(size)
    leaves = rfc6962.hashes(entries)
    nodes = Leaves(leaves)

    whole = root(nodes, size)
    path, proof = inclusion(nodes, index, size), consistency(nodes, first, size)

    assert whole == rfc6962.mth(entries)
    assert path == rfc6962.path(index, entries)
    assert proof == rfc6962.proof(first, entries)
    verify_inclusion(leaves[index], index, size, path, whole)
    verify_consistency(first, size, proof, root(nodes, first), whole)
    rfc6962.mth.cache_clear()


def flipped(hashes: list[bytes]) -> list[list[bytes]]:
    """The proof with a bit of each hash turned, at a place that differs."""
    wrong = []
    for n, each in enumerate(hashes):
        other = bytearray(each)
        other[n * 5 % 32] ^= 1 << n % 8
        wrong.append([*hashes[:n], bytes(other), *hashes[n + 1 :]])
    return wrong


def bent(hashes: list[bytes]) -> list[list[bytes]]:
    """The proof changed in every way: flipped, cut off, longer, in another order, with a hash that is too short."""
    swapped = [
        [*hashes[:n], right, left, *hashes[n + 2 :]]
        for n, (left, right) in enumerate(pairwise(hashes))
        if left != right
    ]
    return [
        *flipped(hashes),
        *swapped,
        *([hashes[:-1], hashes[1:], [*hashes[:-1], hashes[-1][:-1]]] if hashes else []),
        [*hashes, LEAVES[0]],
        [LEAVES[0], *hashes],
        [*hashes, *hashes, *hashes, *hashes, LEAVES[0]],
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 64, 65, 300])
def test_a_wrong_inclusion_proof_is_refused(size: int) -> None:
    whole = root(NODES, size)
    for index in range(0, size, 1 + size // 40):
        proof = inclusion(NODES, index, size)

        for wrong in bent(proof):
            with pytest.raises(ProofRefused):
                verify_inclusion(LEAVES[index], index, size, wrong, whole)
        for other in {index - 1, index + 1} & set(range(size)):
            with pytest.raises(ProofRefused):
                verify_inclusion(LEAVES[index], other, size, proof, whole)
        with pytest.raises(ProofRefused):
            verify_inclusion(LEAVES[index], index, size, proof, root(NODES, size - 1))
        with pytest.raises(ProofRefused):
            verify_inclusion(leaf_hash(b"another"), index, size, proof, whole)
        with pytest.raises(ProofRefused):
            verify_inclusion(LEAVES[index][:31], index, size, proof, whole)


@pytest.mark.parametrize(("first", "second"), [(1, 2), (1, 8), (3, 7), (4, 8), (6, 8), (7, 300), (64, 65), (255, 256)])
def test_a_wrong_consistency_proof_is_refused(first: int, second: int) -> None:
    old, new = root(NODES, first), root(NODES, second)
    proof = consistency(NODES, first, second)

    for wrong in bent(proof):
        with pytest.raises(ProofRefused):
            verify_consistency(first, second, wrong, old, new)
    for wrong_old, wrong_new in ((new, old), (old, old), (new, new), (old, root(NODES, second - 1))):
        if (wrong_old, wrong_new) != (old, new):
            with pytest.raises(ProofRefused):
                verify_consistency(first, second, proof, wrong_old, wrong_new)
    with pytest.raises(ImpossibleSize):
        verify_consistency(second, first, proof, new, old)


def test_sizes_and_leaves_that_do_not_exist_are_said_to() -> None:
    leaf, whole = LEAVES[0], root(NODES, 8)

    for index, size in ((8, 8), (-1, 8), (0, 0), (0, -1)):
        with pytest.raises(ImpossibleSize, match=f"a tree of {size} leaves has no leaf {index}"):
            inclusion(NODES, index, size)
        with pytest.raises(ImpossibleSize, match=f"a tree of {size} leaves has no leaf {index}"):
            verify_inclusion(leaf, index, size, [], whole)
    for first, second in ((9, 8), (-1, 8), (1, 0)):
        with pytest.raises(ImpossibleSize, match=f"a tree of {first} leaves is no beginning of one of {second}"):
            consistency(NODES, first, second)
    for begin, end, size in ((3, 2, 8), (0, 9, 8), (-1, 2, 8)):
        with pytest.raises(ImpossibleSize, match=f"a tree of {size} leaves has no leaves from {begin} to {end}"):
            range_proof(NODES, begin, end, size)
    with pytest.raises(ImpossibleSize, match="300 leaves have no subtree 300 at level 0"):
        root(NODES, 301)
    with pytest.raises(ImpossibleSize, match="a tree has no -1 leaves"):
        root(NODES, -1)


def test_a_range_proof_holds_for_every_range_to_40_and_only_for_it() -> None:
    for size in range(41):
        whole = root(NODES, size)
        for begin in range(size + 1):
            for end in range(begin, size + 1):
                proof = range_proof(NODES, begin, end, size)

                proof.verify(LEAVES[begin:end], whole)
                assert len(proof.left) + len(proof.right) <= 2 * size.bit_length()
                if end - begin:
                    with pytest.raises(ProofRefused):
                        proof.verify([*LEAVES[begin : end - 1], LEAVES[299]], whole)
                    with pytest.raises(ProofRefused):
                        proof.verify(LEAVES[begin : end - 1], whole)
                    with pytest.raises(ProofRefused):
                        proof.verify(LEAVES[begin : end + 1], whole[::-1])


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_wrong_range_proof_is_refused(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 300))
    begin = data.draw(st.integers(0, size))
    end = data.draw(st.integers(begin, size))
    proof, whole, leaves = range_proof(NODES, begin, end, size), root(NODES, size), LEAVES[begin:end]
    proof.verify(leaves, whole)

    def bend(begin: int, end: int, size: int, left: list[bytes], right: list[bytes]) -> RangeProof:
        return RangeProof(begin=begin, end=end, size=size, left=tuple(left), right=tuple(right))

    left, right = list(proof.left), list(proof.right)
    for wrong in (
        *(bend(begin, end, size, each, right) for each in bent(left)),
        *(bend(begin, end, size, left, each) for each in bent(right)),
        *([bend(begin + 1, end + 1, size, left, right), bend(begin - 1, end - 1, size, left, right)] if leaves else []),
        bend(begin + 1, end, size, left, right),
        bend(begin, end + 1, size, left, right),
        bend(begin, end, end - 1, left, right),
        bend(-1, end, size, left, right),
    ):
        with pytest.raises((ProofRefused, ImpossibleSize)):
            wrong.verify(leaves, whole)
    with pytest.raises(ProofRefused):
        proof.verify([*leaves, LEAVES[0]], whole)


def test_a_frontier_goes_on_from_what_it_kept() -> None:
    kept = Frontier()
    for leaf in LEAVES[:77]:
        kept.append(leaf)

    again = Frontier(kept.size, kept.hashes)
    for leaf in LEAVES[77:]:
        again.append(leaf)

    assert again.root() == root(NODES, 300)
    with pytest.raises(ProofRefused, match="a tree of 77 leaves consists of 4 subtrees, not 3"):
        Frontier(77, kept.hashes[:3])
    with pytest.raises(ProofRefused, match="no subtree of 4 leaves begins at leaf 77"):
        kept.append_subtree(2, LEAVES[0])
