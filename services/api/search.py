"""What one searches the trail for: events by their type, and whom and what they are about, by names and titles."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.api.names import Names
from services.opening import LANGUAGES
from services.readmodels import Search


def search(names: Names, text: str) -> Search:
    """Events whose type has the words in it, or that are about what is called so in any language."""
    wanted = text.strip().casefold()

    def called(entries: Mapping[str, Any]) -> list[str]:
        return [key for key, name in entries.items() if any(wanted in each.casefold() for each in _texts(name))]

    return Search(
        type=wanted.replace(" ", "-"),
        people=called(names.people),
        units=called(names.units),
        subjects=called({key: each.title for key, each in names.subjects.items()}),
    )


def _texts(name: Any) -> Iterator[str]:
    """What a name or title says in each language; nothing where it was erased."""
    if isinstance(name, str):
        yield name
    elif isinstance(name, Mapping) and set(name) == set(LANGUAGES):
        yield from name.values()
