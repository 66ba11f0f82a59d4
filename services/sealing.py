"""Words into commitments: the one step, for all callers, that takes human language out of what is hashed.

A command arrives with text in its fields of type `Words` and `Title`, and with names of stored objects in those of type
`File`. `seal` normalises each (NFC, trimmed; blank is absent), checks length and script, and puts its commitment there.
A value that the present state already discloses keeps its commitment, so equal text is no change.
"""

import dataclasses
import json
import re
import secrets
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from domain.canonical import Json, canonical
from domain.errors import Refused
from domain.events.disclosed import Holding, holding
from domain.events.envelope import SALT_BYTES, commitment
from domain.values import File, Title

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

_MAIL_ADDRESS = re.compile(r"[^@\s,;:<>()\"]+@[^@\s,;:<>()\"]+")
_ALLOWED_CONTROLS = frozenset("\n\t")
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
"""Soft hyphens and marks without width come along when text is pasted; they say nothing."""
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


Place = tuple[str, str, bytes]
"""Where a value is disclosed: the entity it is about, the field, the value's canonical bytes."""


class Sealing:
    """The sealing of one command: each field gets a commitment of its own, the same one however often it is asked."""

    def __init__(self, manifests: Manifests, present: Mapping[Place, str] | None = None) -> None:
        """`manifests` are those of the files that the command names, `present` what the state already discloses."""
        self._manifests = manifests
        self._present = dict(present or {})
        self._fresh: dict[tuple[str, bytes], Disclosure] = {}

    def reuse(self, present: Mapping[Place, str]) -> None:
        """From now on keep these commitments for equal values of the same field of the same entity.

        Of no other: two people's names, two items' reasons are never one disclosure, for one may have to be erased.
        """
        self._present.update(present)

    def seal(self, command: Any) -> Any:
        """The command with commitments in place of words. Raises `Refused` for words that can't be taken."""
        return _replaced(command, _Where(), self._commitment)

    def disclosures(self, commitments: set[str]) -> list[Disclosure]:
        """What opens those of the commitments that are new."""
        return [each for each in self._fresh.values() if each.commitment in commitments]

    def _commitment(self, kind: object, where: "_Where", value: str) -> str | None:
        opened = self._opened(kind, where.path, where.field, value)
        if opened is None:
            return None
        written = canonical(opened)
        present = self._present.get((where.entity, where.field, written))
        if present is not None:
            return present
        key = (where.path, written)
        if key not in self._fresh:
            self._fresh[key] = Disclosure(salt=secrets.token_bytes(SALT_BYTES), kind=where.field, value=opened)
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
        text = normalised(path, value, LENGTHS.get(field, DEFAULT_LENGTH))
        if text and field == "link":
            _link(path, text)
        if text and field == "contact":
            _contact(path, text)
        if text and field == "login":
            login_of(path, text)
        return text or None


def normalised(path: str, text: str, longest: int) -> str:
    """Text in NFC, trimmed. Errors: `text-too-long`, `text-control-character`, `text-script`."""
    text = text.replace("\r\n", "\n").translate(_INVISIBLE)
    if len(text) > longest * 4:
        raise _too_long(longest, path)
    normal = unicodedata.normalize("NFC", text).strip()
    if len(normal) > longest:
        raise _too_long(longest, path, len(normal))
    for character in normal:
        category = unicodedata.category(character)
        if category[0] == "C" and character not in _ALLOWED_CONTROLS:
            raise Refused(
                "text-control-character",
                f"The character U+{ord(character):04X} can't stand in text.",
                field=path,
                rule="R10",
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


def _too_long(longest: int, path: str, length: int | None = None) -> Refused:
    these = "" if length is None else f"; these are {length}"
    return Refused("text-too-long", f"At most {longest} characters{these}.", field=path, rule="R10", mend="Shorten it.")


def _link(path: str, text: str) -> None:
    """Whoever reads the evidence follows it: only what a browser opens as a page, and nobody's password."""
    try:
        parts = urlsplit(text)
        sound = bool(parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port))
    except ValueError:
        sound, parts = False, urlsplit("")
    if not sound or "@" in parts.netloc or "\\" in text or len(text.split()) > 1:
        raise Refused(
            "link-malformed",
            "A link is an address that begins with https:// or http:// and a host, without a user's name.",
            field=path,
            rule="case 19",
            mend="Copy the address from the browser.",
        )


def _contact(path: str, text: str) -> None:
    if _MAIL_ADDRESS.fullmatch(text) is None:
        raise Refused(
            "contact-malformed",
            "A contact is one mail address.",
            field=path,
            mend="Write it as name@host, and nothing else.",
        )


def login_of(path: str, text: str) -> tuple[str, str]:
    """Issuer and subject of a login. Error: `login-malformed`, for whoever has such a login could never sign in."""
    try:
        said = json.loads(text)
    except ValueError:
        said = None
    match said:
        case {"issuer": str(issuer), "subject": str(subject), **rest} if issuer and subject and not rest:
            return issuer, subject
    raise Refused(
        "login-malformed",
        'A login is JSON text with exactly two members, "issuer" and "subject".',
        field=path,
        mend="Take both from the identity provider.",
    )


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


def disclosed_by(state: Any) -> Iterator[tuple[str, str, str]]:
    """Every commitment that a folded state holds: the entity it is about, its field, the commitment."""
    return _disclosed(state, _Where())


@dataclasses.dataclass(frozen=True, slots=True)
class _Where:
    """Where in a record one is: the path, and the entity that the record is about."""

    path: str = ""
    entity: str = ""
    field: str = ""

    def at(self, name: str) -> "_Where":
        """One step on; numbers in lists are no fields."""
        path = f"{self.path}.{name}" if self.path else name
        return _Where(path, self.entity, self.field if name.isdigit() else name)

    def of(self, record: Any) -> "_Where":
        """In a record that may be about an entity of its own."""
        for name in ENTITIES:
            entity = getattr(record, name, None)
            if isinstance(entity, str):
                return _Where(self.path, entity, self.field)
        return self


ENTITIES = (
    "finding",
    "proposal",
    "substitution",
    "subject",
    "milestone",
    "indicator",
    "target",
    "table",
    "group",
    "part",
    "person",
    "slot",
    "id",
    "unit",
)
"""The fields that say what a record is about, the narrowest first."""

Replace = Callable[[object, _Where, str], str | None]


def _replaced(value: Any, where: _Where, replace: Replace) -> Any:
    """A copy of a record in which each disclosed value is replaced."""
    changes: dict[str, Any] = {}
    here = where.of(value)
    for each in holding(type(value)):
        present, at = getattr(value, each.name), here.at(each.name)
        if present is None:
            continue
        if each.many:
            changed = tuple(_one(each, one, at.at(str(n)), replace) for n, one in enumerate(present))
            same = all(a is b for a, b in zip(changed, present, strict=True))
        else:
            changed = _one(each, present, at, replace)
            same = changed is present
        if not same:
            changes[each.name] = changed
    return dataclasses.replace(value, **changes) if changes else value


def _one(field: Holding, value: Any, where: _Where, replace: Replace) -> Any:
    if field.kind is None:
        return _replaced(value, where, replace)
    sealed = replace(field.kind, where, value)
    if sealed is None and field.needed:
        raise Refused("text-missing", "Some words are needed here.", field=where.path)
    return sealed


def _disclosed(value: Any, where: _Where) -> Iterator[tuple[str, str, str]]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _disclosed(inner, where)
    elif isinstance(value, tuple):
        for inner in value:
            yield from _disclosed(inner, where)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        here = where.of(value)
        words = {each.name for each in holding(type(value)) if each.kind is not None}
        for name in (each.name for each in dataclasses.fields(value)):
            present = getattr(value, name)
            if name not in words:
                yield from _disclosed(present, here.at(name))
            elif present is not None:
                for each in present if isinstance(present, tuple) else (present,):
                    yield here.entity, name, each
