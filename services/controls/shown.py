"""The events that show an exception, as a report prints them beside it."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from domain.controls import ControlResult
from domain.events.codec import Undecodable, decode_metadata
from domain.events.envelope import Row
from domain.values import instant_text

Opener: TypeAlias = Callable[[str], str | None]
"""A commitment's words, for whoever may read them; None keeps the commitment."""
Place: TypeAlias = tuple[str, int]
"""A ledger and a position in it."""

COMMITMENT = 64
"""A commitment's length; a digest has the same, and no opener knows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEvent:
    """One event. `fields` is its body; words in it are commitments, but for those that were opened."""

    ledger: str
    position: int
    stream: str
    type: str
    received_at: str
    by: str
    acting_for: str | None
    role: str | None
    fields: Mapping[str, Any]


def places(results: Iterable[ControlResult]) -> frozenset[Place]:
    """Where the events lie that show the exceptions."""
    return frozenset(
        (each.ledger, position) for result in results for each in result.exceptions for position in each.positions
    )


def shown_events(
    results: Iterable[ControlResult], rows: Iterable[Row], opener: Opener | None = None
) -> Mapping[Place, ShownEvent]:
    """The events of `rows` that show an exception, in the order of the rows. All other rows are passed over."""
    wanted = places(results)
    return {(row.ledger, row.position): _shown(row, opener) for row in rows if (row.ledger, row.position) in wanted}


def _shown(row: Row, opener: Opener | None) -> ShownEvent:
    try:
        said = decode_metadata(row.metadata)
        by, acting_for, role = said.actor, said.acting_for, None if said.role is None else str(said.role)
    except Undecodable:
        by, acting_for, role = "?", None, None
    try:
        fields = json.loads(row.body)
    except (ValueError, RecursionError):
        fields = None
    opened = _opened(fields, opener) if isinstance(fields, dict) else {}
    return ShownEvent(
        ledger=row.ledger,
        position=row.position,
        stream=row.stream,
        type=row.type,
        received_at=instant_text(row.received_at),
        by=by,
        acting_for=acting_for,
        role=role,
        fields=opened,
    )


def _opened(value: Any, opener: Opener | None) -> Any:
    if opener is None:
        return value
    if isinstance(value, dict):
        return {name: _opened(inner, opener) for name, inner in value.items()}
    if isinstance(value, list):
        return [_opened(inner, opener) for inner in value]
    if isinstance(value, str) and len(value) == COMMITMENT:
        return opener(value) or value
    return value
