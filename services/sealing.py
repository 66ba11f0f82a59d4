"""Words into commitments: the one step, for all callers, that takes human language out of what is hashed.

A command arrives with text in its fields of type `Words` and `Title`, and with names of stored objects in those of type
`File`. `seal` normalises each (NFC, trimmed; blank is absent), checks length and script, and puts its commitment there.
A value that the present state already discloses keeps its commitment, so equal text is no change.
"""

import dataclasses
import json
import secrets
import types
import typing
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from domain.canonical import Json, canonical
from domain.errors import Refused
from domain.events.envelope import SALT_BYTES, commitment
from domain.values import File, Title, Words

DISCLOSED = (Words, Title, File)
DEFAULT_LENGTH = 4_000
LENGTHS: Mapping[str, int] = {
    "narrative": 20_000,
    "name": 200,
    "contact": 200,
    "login": 1_000,
    "title": 300,
    "note": 4_000,
    "link": 2_000,
}
"""The most characters that a field takes, by its name."""

_ALLOWED_CONTROLS = frozenset("\n\t")
_SIGNS = frozenset("µªºΩ")
Manifests = Mapping[str, Json]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """What opens a commitment."""

    salt: bytes
    kind: str
    value: Json

    @property
    def commitment(self) -> str:
        """The commitment, in hex."""
        return commitment(self.salt, self.kind, self.value)


class Sealing:
    """The sealing of one command: equal text in one field gets one commitment, however often it is asked."""

    def __init__(self, manifests: Manifests, present: Mapping[tuple[str, bytes], str] | None = None) -> None:
        """`manifests` are those of the files that the command names, `present` what the state already discloses."""
        self._manifests = manifests
        self._present = dict(present or {})
        self._fresh: dict[tuple[str, bytes], Disclosure] = {}

    def reuse(self, present: Mapping[tuple[str, bytes], str]) -> None:
        """From now on keep these commitments for equal values."""
        self._present.update(present)

    def seal(self, command: Any) -> Any:
        """The command with commitments in place of words. Raises `Refused` for words that can't be taken."""
        return _replaced(command, "", self._commitment)

    def disclosures(self, commitments: set[str]) -> list[Disclosure]:
        """What opens those of the commitments that are new."""
        return [each for each in self._fresh.values() if each.commitment in commitments]

    def _commitment(self, kind: object, path: str, value: str) -> str | None:
        field = path.rsplit(".", 1)[-1]
        opened = self._opened(kind, path, field, value)
        if opened is None:
            return None
        key = (field, canonical(opened))
        if key in self._present:
            return self._present[key]
        if key not in self._fresh:
            self._fresh[key] = Disclosure(salt=secrets.token_bytes(SALT_BYTES), kind=field, value=opened)
        return self._fresh[key].commitment

    def _opened(self, kind: object, path: str, field: str, value: str) -> Json:
        if kind is File:
            manifest = self._manifests.get(value)
            if manifest is None:
                raise Refused(
                    "unknown-file",
                    "There is no such uploaded file.",
                    field=path,
                    mend="Upload it first; what isn't used goes after 24 hours.",
                )
            return manifest
        if kind is Title:
            return _title(path, field, value)
        return normalised(path, value, LENGTHS.get(field, DEFAULT_LENGTH)) or None


def normalised(path: str, text: str, longest: int) -> str:
    """Text in NFC, trimmed. Errors: `text-too-long`, `text-control-character`, `text-script`."""
    if len(text) > longest * 4:
        raise Refused("text-too-long", f"At most {longest} characters.", field=path)
    normal = unicodedata.normalize("NFC", text).strip()
    if len(normal) > longest:
        raise Refused("text-too-long", f"At most {longest} characters; these are {len(normal)}.", field=path)
    for character in normal:
        category = unicodedata.category(character)
        if category[0] == "C" and character not in _ALLOWED_CONTROLS:
            raise Refused(
                "text-control-character",
                f"The character U+{ord(character):04X} can't stand in text.",
                field=path,
                mend="Take it out.",
            )
        if category[0] == "L" and character not in _SIGNS and not unicodedata.name(character, "").startswith("LATIN "):
            raise Refused(
                "text-script",
                f"The letter {character!r} isn't Latin.",
                field=path,
                rule="R10",
                mend="Write in Finnish, Swedish or English.",
            )
    return normal


def _title(path: str, field: str, value: str) -> Json:
    try:
        spoken = json.loads(value)
    except ValueError:
        spoken = None
    if (
        not isinstance(spoken, dict)
        or set(spoken) != {"fi", "sv", "en"}
        or not all(isinstance(v, str) for v in spoken.values())
    ):
        raise Refused("title-languages", "A title is given in fi, sv and en.", field=path, rule="R10")
    normal = {
        language: normalised(f"{path}.{language}", text, LENGTHS.get(field, 300)) for language, text in spoken.items()
    }
    if not all(normal.values()):
        raise Refused("title-languages", "A title isn't blank in any language.", field=path, rule="R10")
    return normal


def words_in(record: Any) -> Iterator[tuple[object, str]]:
    """Every disclosed value of a command or an event: its type (`Words`, `Title`, `File`) and what stands there."""
    found: list[tuple[object, str]] = []

    def note(kind: object, _: str, value: str) -> str:
        found.append((kind, value))
        return value

    _replaced(record, "", note)
    return iter(found)


_HINTS: dict[type, dict[str, Any]] = {}


def _hints(kind: type) -> dict[str, Any]:
    known = _HINTS.get(kind)
    if known is None:
        hints = typing.get_type_hints(kind)
        known = _HINTS[kind] = {field.name: hints[field.name] for field in dataclasses.fields(kind)}
    return known


Replace = Callable[[object, str, str], str | None]


def _replaced(value: Any, path: str, replace: Replace) -> Any:
    """A copy of a record in which each disclosed value is replaced."""
    changes: dict[str, Any] = {}
    for name, kind in _hints(type(value)).items():
        present = getattr(value, name)
        where = f"{path}.{name}" if path else name
        changed = _field(kind, present, where, replace)
        if changed is not present:
            changes[name] = changed
    return dataclasses.replace(value, **changes) if changes else value


def _field(kind: Any, value: Any, path: str, replace: Replace) -> Any:
    if value is None:
        return None
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        inner = next(option for option in typing.get_args(kind) if option is not types.NoneType)
        return replace(inner, path, value) if inner in DISCLOSED else _field(inner, value, path, replace)
    if kind in DISCLOSED:
        sealed = replace(kind, path, value)
        if sealed is None:
            raise Refused("text-missing", "Some words are needed here.", field=path)
        return sealed
    if origin is tuple:
        inner = typing.get_args(kind)[0]
        changed = tuple(_field(inner, each, f"{path}.{n}", replace) for n, each in enumerate(value))
        return value if all(a is b for a, b in zip(changed, value, strict=True)) else changed
    if dataclasses.is_dataclass(value):
        return _replaced(value, path, replace)
    return value
