"""The board's rows of a large ledger: those in use as dictionaries, the others in a file that is gone with the program.

A row is changed in the weeks of its round and then hardly ever again, so few need to lie in memory.
"""

import marshal
import tempfile
from collections.abc import Iterator, Mapping
from typing import IO, cast

from projections.table import Cells

MOST_IN_USE = 6_000
_LENGTH_BITS = 32


class Shelf:
    """A table (`projections.table.Table`, `Rows`) whose memory doesn't grow with its rows but by their keys."""

    def __init__(self, most: int = MOST_IN_USE) -> None:
        """Begin empty. As long as there are no more than `most` rows, there is no file."""
        self._most = most
        self._in_use: dict[tuple[str, str], Cells] = {}
        self._keys: dict[str, dict[str, int]] = {}
        self._file: IO[bytes] | None = None
        self._end = 0

    def get(self, kind: str, key: str) -> Cells | None:
        """The row, to be read, or changed and put back; None if there is none."""
        found = self._in_use.get((kind, key))
        if found is None:
            place = self._keys.get(kind, {}).get(key)
            return None if place is None else self._read(place)
        return found

    def put(self, kind: str, key: str, row: Cells) -> None:
        """Write the row, new or changed."""
        name = (kind, key)
        if name in self._in_use:
            self._in_use[name] = row
            return
        self._in_use[name] = row
        self._keys.setdefault(kind, {})[key] = 0
        if len(self._in_use) > self._most:
            self._put_away()

    def delete(self, kind: str, key: str) -> None:
        """Take the row away, if it is there."""
        self._in_use.pop((kind, key), None)
        self._keys.get(kind, {}).pop(key, None)

    def of(self, kind: str) -> Mapping[str, Cells]:
        """All rows of a kind by their keys; one that isn't in use is read anew each time."""
        return _Rows(self, kind, self._keys.get(kind, {}))

    def _put_away(self) -> None:
        """Write the half that has been in use longest to the file; what is still needed comes back."""
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 (it lives as long as the table)
        self._file.seek(self._end)
        for kind, key in list(self._in_use)[: self._most // 2]:
            data = marshal.dumps(self._in_use.pop((kind, key)))
            self._keys[kind][key] = (self._end << _LENGTH_BITS) | len(data)
            self._file.write(data)
            self._end += len(data)

    def _read(self, place: int) -> Cells:
        file = cast("IO[bytes]", self._file)
        file.seek(place >> _LENGTH_BITS)
        # It is what this object wrote itself, a moment ago.
        return cast("Cells", marshal.loads(file.read(place & ((1 << _LENGTH_BITS) - 1))))  # noqa: S302


class _Rows(Mapping[str, Cells]):
    """The rows of a kind, as they are when they are asked for."""

    def __init__(self, shelf: Shelf, kind: str, keys: Mapping[str, int]) -> None:
        self._shelf, self._kind, self._keys = shelf, kind, keys

    def __getitem__(self, key: str) -> Cells:
        found = self._shelf.get(self._kind, key)
        if found is None:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)
