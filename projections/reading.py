"""Reading stored events for projections, as fast as the standard library can.

Bodies are read with `json` and not through the codec: the log verified them when they were written, and a projection
needs a few of their keys, not a record of all [bench/replay.py measures both]. Old schemas are lifted all the same.
"""

import json
import re
from typing import Any

from domain.events.codec import EVENTS, UPCASTERS
from domain.events.envelope import Row
from domain.values import instant_text

_SCHEMAS = {name: kind.schema for name, kind in EVENTS.items()}
_read = json.JSONDecoder().raw_decode
# Metadata are canonical and ids are slugs, so the two keys stand first, and nothing in them is escaped.
_people = re.compile(rb'\{"acting_for":(?:null|"([^"\\]*)"),"actor":"([^"\\]*)"').match


def body(row: Row) -> dict[str, Any]:
    """The event's fields, lifted to the present schema."""
    fields: dict[str, Any] = _read(row.body.decode())[0]
    if row.schema == _SCHEMAS.get(row.type, row.schema):
        return fields
    schema = row.schema
    while schema < _SCHEMAS[row.type]:
        fields, schema = dict(UPCASTERS[row.type, schema](fields)), schema + 1
    return fields


def said(row: Row) -> dict[str, Any]:
    """Who acted, for whom, in which role, by which command, for which cause."""
    known: dict[str, Any] = _read(row.metadata.decode())[0]
    return known


def people(row: Row) -> tuple[str, str | None]:
    """Who acted and for whom."""
    found = _people(row.metadata)
    if found is None:
        known = said(row)
        return known["actor"], known["acting_for"]
    acting_for, actor = found.groups()
    return actor.decode(), None if acting_for is None else acting_for.decode()


instant = instant_text
"""An instant as it is written everywhere."""


def received(row: Row) -> str:
    """When the request was taken in: what alone decides about lateness."""
    return instant(row.received_at)
