"""What a log calls its people and subjects, and when it all was, in the language of a page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from domain.events.envelope import Row
from projections.reading import body

MOST_NAMED = 20_000
"""How many names are kept, of all people, subjects and units together; those beyond are shown by their ids alone."""
LONGEST_TEXT = 400
_FIELDS: Mapping[str, tuple[str, str]] = {
    "person-registered": ("person", "name"),
    "person-changed": ("person", "name"),
    "unit-registered": ("unit", "name"),
    "unit-renamed": ("unit", "name"),
    "target-defined": ("target", "title"),
    "milestone-defined": ("milestone", "title"),
    "indicator-defined": ("indicator", "title"),
}
"""The types of events that give a name, each with the field of the id and the one of the commitment to the name."""
_PEOPLE = "person"
NAMING_TYPES = frozenset(_FIELDS)
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

Text = str | Mapping[str, str]
"""A text as it was written, or a title in its languages."""


@dataclass(slots=True)
class Names:
    """Who and what was called how, from which event on: by commitments, which the bundle opens or doesn't."""

    people: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    things: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    count: int = 0

    def take(self, row: Row) -> str | None:
        """An event of `NAMING_TYPES`: the commitment to the name that it gives, if it is kept."""
        if self.count >= MOST_NAMED:
            return None
        kind, name = _FIELDS[row.type]
        said = body(row)
        known = self.people if kind == _PEOPLE else self.things
        commitment = str(said[name])
        known.setdefault(str(said[kind]), []).append((row.position, commitment))
        self.count += 1
        return commitment

    def person(self, id_: str, position: int) -> str | None:
        """The commitment to the name that a person had when an event happened."""
        return _at(self.people.get(id_, ()), position)

    def thing(self, id_: str, position: int) -> str | None:
        """The commitment to the title of a subject, or the name of a unit, as of an event."""
        return _at(self.things.get(id_, ()), position)


def _at(given: Any, position: int) -> str | None:
    return next((commitment for since, commitment in reversed(given) if since <= position), None)


def text_of(value: Any) -> Text:
    """A text, or a title in its languages, cut to what a page shows; there are no other words."""
    match value:
        case {"name": str(name), "sha256": _}:
            return name[:LONGEST_TEXT]
        case dict():
            return {each: said[:LONGEST_TEXT] for each, said in value.items() if isinstance(said, str)}
        case str():
            return value[:LONGEST_TEXT]
        case _:
            return "?"


def in_language(text: Text, language: str) -> str:
    """A text as it was written; a title in the language, or in all of its languages where that one is missing."""
    return text if isinstance(text, str) else text.get(language) or " · ".join(text.values())


def moment(instant: datetime, language: str) -> str:
    """An instant in UTC, to the second, as the language writes it."""
    at = instant.astimezone(UTC)
    match language:
        case "fi":
            return f"{at.day}.{at.month}.{at.year} klo\u00a0{at:%H.%M.%S}"
        case "sv":
            return f"{at.day}.{at.month}.{at.year} kl.\u00a0{at:%H.%M.%S}"
        case _:
            return f"{at.day} {_MONTHS[at.month - 1]} {at.year}, {at:%H:%M:%S}"


def number(value: int, language: str) -> str:
    """A number with its thousands apart, by spaces that don't break, or by commas in English."""
    return f"{value:,}" if language == "en" else f"{value:,}".replace(",", "\u00a0")
