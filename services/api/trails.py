"""What of the audit trail a reader may read, by the table of rules.py."""

from collections.abc import Mapping
from typing import Any

from services.api.reading import Reader
from services.api.rules import Entry, Known, Sight, hidden, sight

_RENAMED = {"by": "actor", "for": "acting_for"}
_STATE = frozenset({"stage", "state", "revision", "digest", "unit"})
"""What changes of the state may be told to those who follow a step; the others are contents."""


def entry_of(shown: Mapping[str, Any]) -> Entry:
    """An entry of the trail, as the table asks for it."""
    return Entry(**{name: shown[name] for name in ("position", "stream", "type", "unit", "said")})


def readable(reader: Reader, shown: Mapping[str, Any], known: Known) -> dict[str, Any] | None:
    """The entry as the reader may see it: whole, without its contents, or not at all."""
    entry = entry_of(shown)
    found = sight(reader, entry, known)
    if found is Sight.NOTHING:
        return None
    named = {_RENAMED.get(name, name): value for name, value in shown.items()}
    if found is Sight.BARE:
        return named | {"said": None, "changes": None}
    secret = hidden(reader, entry, known)
    named["said"] = {name: None if name in secret else value for name, value in shown["said"].items()}
    if found is Sight.STATE:
        named["changes"] = {name: each for name, each in shown["changes"].items() if name in _STATE}
    return named
