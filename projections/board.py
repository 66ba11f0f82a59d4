"""The board: rows that say where every item, round, cycle, assessment and agreement stands.

One event changes the row that its stream names; a scope and the records of an agreement also make new rows. So what an
event needs is known from its stream alone, whether the rows lie in Postgres or in a dict. Types that the board doesn't
read are passed over undecoded.
"""

from collections.abc import Iterable, Mapping

from domain.events.envelope import Row
from projections import agreements, cycles, items, rounds
from projections.agreements import AGREEMENT, DEFINED, ORGANISATION
from projections.cycles import ASSESSMENT, CYCLE, DEVIATION, LATE
from projections.items import ITEM
from projections.rounds import ROUND
from projections.table import Apply, DictTable, Table

HANDLERS: Mapping[str, Apply] = {
    **agreements.HANDLERS,
    **rounds.HANDLERS,
    **items.HANDLERS,
    **cycles.HANDLERS,
}
"""Every type of event that the board reads."""

_KINDS: Mapping[str, str] = {
    "item": ITEM,
    "round": ROUND,
    "cycle": CYCLE,
    "assessment": ASSESSMENT,
    "deviation": DEVIATION,
    "subject": LATE,
    "agreement": AGREEMENT,
}
YEARLY = frozenset({ITEM, ROUND, CYCLE, ASSESSMENT, DEVIATION})
"""The kinds of rows that belong to a year."""
_OF_VERSION = frozenset({AGREEMENT, *(kind for kind, _ in DEFINED.values())})


def apply(table: Table, row: Row) -> None:
    """Bring the rows one event on."""
    handler = HANDLERS.get(row.type)
    if handler is not None:
        handler(table, row)


def fold(rows: Iterable[Row], table: DictTable | None = None) -> DictTable:
    """The board after these events, on from `table` where one is given."""
    board = DictTable() if table is None else table
    handlers = HANDLERS
    for row in rows:
        handler = handlers.get(row.type)
        if handler is not None:
            handler(board, row)
    return board


def key_of(stream: str) -> tuple[str, str] | None:
    """Kind and key of the one row that an event of a stream reads; None where it reads none."""
    if stream == ORGANISATION:
        return ORGANISATION, ORGANISATION
    kind, _, key = stream.partition("/")
    known = _KINDS.get(kind)
    return None if known is None else (known, key)


def streams_of(kinds: Iterable[str], year: int | None = None) -> list[str]:
    """How the names of the streams begin whose events make rows of these kinds; those of a year, where one is given."""
    of = "" if year is None else year
    wanted = frozenset(kinds)
    names = [f"{name}/{of}" for name, kind in _KINDS.items() if kind in wanted]
    return [ORGANISATION, *names] if ORGANISATION in wanted else names


def slice_of(kind: str, key: str) -> str:
    """The part of the board that a row belongs to: a year, an agreement's version, or "" for what concerns all."""
    if kind in YEARLY:
        return key[:4]
    return key.partition("/")[0] if kind in _OF_VERSION else ""
