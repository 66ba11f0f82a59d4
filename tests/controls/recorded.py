"""The recorded log of the demo year, and how its rows are written."""

import base64
import gzip
import json
from dataclasses import fields
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from domain.events.envelope import Row
from domain.values import instant_text

YEAR = Path(__file__).parent / "year.jsonl.gz"
_TIMES = frozenset({"received_at", "recorded_at", "effective_at"})
_BYTES = frozenset({"id", "command_id", "nonce"})


def line_of(row: Row) -> str:
    """A row as one line of JSON. Body and metadata are text, as they are hashed."""
    said: dict[str, Any] = {}
    for each in fields(Row):
        value = getattr(row, each.name)
        if isinstance(value, datetime):
            value = instant_text(value)
        elif isinstance(value, bytes):
            value = base64.b64encode(value).decode() if each.name in _BYTES else value.decode()
        said[each.name] = value
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False)


def row_of(line: str) -> Row:
    """The row that a line holds."""
    said: dict[str, Any] = json.loads(line)
    for name, value in said.items():
        if name in _TIMES and value is not None:
            said[name] = datetime.fromisoformat(value)
        elif name in _BYTES:
            said[name] = base64.b64decode(value)
        elif name in ("body", "metadata"):
            said[name] = value.encode()
    return Row(**said)


@cache
def year() -> tuple[Row, ...]:
    """All rows of the demo year."""
    text = gzip.decompress(YEAR.read_bytes()).decode()
    return tuple(row_of(line) for line in text.splitlines())
