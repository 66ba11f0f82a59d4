"""RFC 6962, section 2.1, as its text defines it: recursive, over the entries, and sharing nothing with the program."""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256

Entries = tuple[bytes, ...]


@lru_cache(maxsize=200_000)
def mth(entries: Entries) -> bytes:
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    k = split(len(entries))
    return sha256(b"\x01" + mth(entries[:k]) + mth(entries[k:])).digest()


def path(m: int, entries: Entries) -> list[bytes]:
    if len(entries) == 1:
        return []
    k = split(len(entries))
    if m < k:
        return [*path(m, entries[:k]), mth(entries[k:])]
    return [*path(m - k, entries[k:]), mth(entries[:k])]


def proof(m: int, entries: Entries) -> list[bytes]:
    return subproof(m, entries, whole=True)


def subproof(m: int, entries: Entries, *, whole: bool) -> list[bytes]:
    if m == len(entries):
        return [] if whole else [mth(entries)]
    k = split(len(entries))
    if m <= k:
        return [*subproof(m, entries[:k], whole=whole), mth(entries[k:])]
    return [*subproof(m - k, entries[k:], whole=False), mth(entries[:k])]


def split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def entries(count: int) -> Entries:
    return tuple(b"%d" % n for n in range(count))


def hashes(of: Sequence[bytes]) -> list[bytes]:
    return [sha256(b"\x00" + each).digest() for each in of]
