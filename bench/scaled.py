"""The recorded demo year again and again, as years that follow one another in one ledger.

Each copy is moved on by a year: dates, rounds, versions, cycles. What people bound themselves to is bound anew, unless
that is left out: the digests of items, reports, statements and proposals are computed again from the moved content. So
the controls find in each copy what they find in the year itself; beside it only what time adds: actions of years past
that nobody closed, and items that count for a measure from an earlier year on.
"""

import heapq
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from importlib import import_module
from pathlib import Path

from domain.canonical import canonical, parse
from domain.controls.entry import read
from domain.controls.reports import Reports
from domain.events.attestation import ViewAttested
from domain.events.codec import EVENTS
from domain.events.cycle import StatementIssued
from domain.events.envelope import Row, digest_of
from domain.events.item import ItemEvent
from domain.events.round import AgencyReportCompiled, RoundEvent
from projections import attested, board
from projections.table import DictTable

_YEAR = re.compile(rb"(?<![0-9a-f.])20(2\d)(?=-|,|}|\.\d\"|/)")
_DIGEST = re.compile(rb'(?<=")[0-9a-f]{64}(?=")')
_ONCE = (
    "ledger-opened",
    "unit-registered",
    "person-registered",
    "role-proposed",
    "role-confirmed",
    "unit-succeeded",
    "seal-key-introduced",
)
"""What a ledger has once."""


def recorded() -> tuple[Row, ...]:
    """The demo year as the tests have it."""
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "controls"))
    rows: tuple[Row, ...] = import_module("recorded").year()
    return rows


def scaled(rows: Sequence[Row], years: int, *, bound: bool = True) -> Iterator[Row]:
    """As many years in one ledger, in the order of time, with positions and versions in theirs.

    The demo's log runs over nineteen months, so two years lie beside each other, as they do in a real ledger. What is
    not `bound` anew is made quickly and may go beyond 2099, for readers that don't ask what was signed or attested.
    """
    move = _bound_anew if bound else _moved
    kept = rows if bound else [row for row in rows if row.type != ViewAttested.type]
    copies = [kept, *(move(kept, number) for number in range(1, years))]
    versions: dict[str, int] = {}
    attestations = _Attested()
    for position, row in enumerate(heapq.merge(*copies, key=lambda each: each.recorded_at), 1):
        versions[row.stream] = versions.get(row.stream, 0) + 1
        placed = replace(row, position=position, version=versions[row.stream])
        yield attestations.anew(placed, row.position) if bound else placed


class _Attested:
    """What is attested in the one ledger: each year's view as of where its events lie there."""

    def __init__(self) -> None:
        self._table = DictTable()
        self._known: dict[int, tuple[int, str]] = {}

    def anew(self, row: Row, before: int) -> Row:
        """The row; an attestation with the position and the digest that are its own. `before`: where it lay."""
        board.apply(self._table, row)
        if row.type in attested.OCCASIONS:
            # What lies at the same place in the year before is attested by now.
            self._known[before] = (row.position, attested.digest(self._table, attested.year_of(row)))
        if row.type != ViewAttested.type:
            return row
        said = json.loads(row.body)
        position, digest = self._known[said["at_position"]]
        return replace(row, body=canonical({**said, "at_position": position, "digest": digest}))


def _moved(rows: Iterable[Row], years: int) -> Iterator[Row]:
    """One copy, so many years later."""

    def year(found: re.Match[bytes]) -> bytes:
        return b"%d" % (2000 + int(found[1]) + years)

    for row in rows:
        if row.type in _ONCE:
            continue
        # As in a body: a cycle's year is no part of an id, and the year at the end of an id stays.
        name = row.stream.encode() + (b"/" if row.stream.startswith("cycle/") else b'"')
        yield replace(
            row,
            stream=_YEAR.sub(year, name)[:-1].decode(),
            body=_YEAR.sub(year, row.body),
            metadata=_YEAR.sub(year, row.metadata),
            received_at=_later(row.received_at, years),
            recorded_at=_later(row.recorded_at, years),
        )


def _bound_anew(rows: Iterable[Row], years: int) -> Iterator[Row]:
    """One copy, so many years later, with the digests of its own content."""
    old, new = Reports(), Reports()
    same: dict[bytes, bytes] = {}
    wanted = frozenset(kind for kind in EVENTS.values() if issubclass(kind, ItemEvent | RoundEvent))
    kept = [row for row in rows if row.type not in _ONCE]
    for row, later in zip(kept, _moved(kept, years), strict=True):
        moved = _rebound(later, same)
        for before, after in _bound(row, moved, old, new, wanted):
            same[before.encode()] = after.encode()
        yield _rebound(moved, same)


def _rebound(row: Row, same: dict[bytes, bytes]) -> Row:
    """The row with its own digest, where it has one, computed again."""
    body = _DIGEST.sub(lambda found: same.get(found[0], found[0]), row.body)
    return row if body == row.body else replace(row, body=body)


def _bound(row: Row, moved: Row, old: Reports, new: Reports, wanted: frozenset[type]) -> Iterator[tuple[str, str]]:
    """The digests that this event makes, before and after the move."""
    if row.type.endswith("-proposed"):
        yield digest_of(parse(row.body)), digest_of(parse(moved.body))
    if row.type in (StatementIssued.type, AgencyReportCompiled.type):
        yield _stated(row), _stated(moved)
    one, other = read(row, wanted), read(moved, wanted)
    if one is None or other is None:
        return
    old.take(one)
    new.take(other)
    if isinstance(one.event, ItemEvent) and isinstance(other.event, ItemEvent):
        before = old.item(one.event.round, one.event.subject)
        after = new.item(other.event.round, other.event.subject)
        yield before.digest(), after.digest()


def _stated(row: Row) -> str:
    """The digest that a report or a statement should have."""
    event = EVENTS[row.type]
    fields = parse(row.body)
    assert isinstance(fields, dict)  # (what the codec wrote)
    if event is StatementIssued:
        return digest_of({"format": "statement/1", "year": fields["year"], "lights": fields["lights"]})
    names = ("round", "report", "version", "items", "gaps")
    return digest_of({"format": "agency-report/1", **{name: fields[name] for name in names}})


def _later(at: datetime, years: int) -> datetime:
    return at.replace(year=at.year + years)
