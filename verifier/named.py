"""Which commitments the events of a bundle name, found in their bodies as they are.

A body is canonical JSON, so a field that holds a commitment is spelled `"reason":"<64 hex digits>"`, and no text
can look like it: within a text each quote is escaped. So nothing needs to be parsed.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from domain.events.codec import EVENTS
from domain.events.disclosed import names
from domain.values import Digest

_HASH_BYTES = 32

Find = Callable[[bytes], list[bytes]]


def _naming() -> Iterator[tuple[str, Find]]:
    for name, kind in EVENTS.items():
        fields = sorted({field for field, _ in names(kind)})
        if fields:
            yield name, re.compile(b'"(?:%s)":"([0-9a-f]{64})"' % "|".join(fields).encode()).findall


NAMING: Mapping[str, Find] = dict(_naming())
"""The types of events whose bodies may name commitments, and how to find these."""


class Named:
    """Commitments in their order, each once: 32 bytes a time that one is named, so some millions fit in memory."""

    def __init__(self) -> None:
        """Begin with none."""
        self._by_first_byte = [bytearray() for _ in range(256)]

    def add(self, commitment: bytes) -> None:
        """One more, in hex. Raises `ValueError`."""
        found = bytes.fromhex(commitment.decode())
        self._by_first_byte[found[0]] += found

    def __iter__(self) -> Iterator[Digest]:
        """All of them, sorted."""
        for each in self._by_first_byte:
            for found in sorted({bytes(each[at : at + _HASH_BYTES]) for at in range(0, len(each), _HASH_BYTES)}):
                yield Digest(found.hex())
