"""The YAML that an agreement file may use: mappings, sequences, scalars, comments. Nothing else, and no guessing.

No anchors, aliases or tags, no duplicate keys, one document. A plain scalar is a number, `true`, `false` or `null` only
where it looks so to anyone; YAML's other readings (`no`, `1:30`, a date) stay the text that was written.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from services.agreements.malformed import Malformation, MalformedAgreement, Path, place

MOST_BYTES = 1024 * 1024
"""A real agreement needs less than a tenth of this."""
MOST_DEPTH = 12
"""How deep mappings and sequences may nest; the format itself needs 6."""

Value = None | bool | int | float | str | tuple["Value", ...] | dict[str, "Value"]

# libyaml, where it is at hand, reads ten times as fast.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,8})")
_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?")
_WORDS: dict[str, Value] = {"": None, "~": None, "null": None, "true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Source:
    """A file's content, sequences as tuples, and the line on which each value stands."""

    value: Value
    lines: dict[Path, int]

    def line(self, path: Path) -> int | None:
        """The line of a value, or of the nearest one around it that the file has."""
        return next((self.lines[path[:end]] for end in range(len(path), -1, -1) if path[:end] in self.lines), None)


def read(content: bytes) -> Source:
    """Read the bytes of a file. Raises `MalformedAgreement`."""
    if len(content) > MOST_BYTES:
        raise _malformed(
            (),
            None,
            f"the file is larger than {MOST_BYTES} bytes",
            "An agreement is smaller; look for what isn't part of it",
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _malformed((), line, "the file isn't UTF-8", "Save it in the encoding UTF-8") from error
    try:
        return _Reader(yaml.parse(text, Loader=_Loader)).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = f"this isn't YAML: {error.problem or error.context}"
        raise _malformed(
            (), mark.line + 1 if mark else None, reason, "Look at the indentation and quotes there"
        ) from error
    except yaml.YAMLError as error:
        raise _malformed((), None, "a character that YAML doesn't allow", "Remove it") from error


def _malformed(path: Path, line: int | None, reason: str, mend: str) -> MalformedAgreement:
    return MalformedAgreement([Malformation(place=place(path), line=line, reason=reason, mend=mend)])


@dataclass(slots=True)
class _Reader:
    """Builds values from the parser's events, and refuses what the format has no use for as soon as it comes."""

    events: Iterator[yaml.Event]
    lines: dict[Path, int] = field(default_factory=dict)

    def document(self) -> Source:
        """The one document of the stream."""
        self._next()
        if isinstance(self._next(), yaml.StreamEndEvent):
            raise _malformed((), None, "the file is empty", "Start from the example in the documentation")
        value = self._value(self._next(), ())
        self._next()
        if isinstance(after := self._next(), yaml.DocumentStartEvent):
            raise self._refused((), after, "a second document (`---`)", "Keep one agreement per file")
        return Source(value, self.lines)

    def _next(self) -> yaml.Event:
        return next(self.events)

    def _refused(self, path: Path, event: yaml.Event, reason: str, mend: str) -> MalformedAgreement:
        return _malformed(path, _line(event), reason, mend)

    def _value(self, event: yaml.Event, path: Path) -> Value:
        # An alias repeats what stands elsewhere: a few lines of them can stand for more than any memory holds.
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise self._refused(path, event, "an anchor or alias (`&`, `*`)", "Write the value out, or quote the text")
        if (tag := getattr(event, "tag", None)) is not None:
            raise self._refused(path, event, f"a tag (`{tag}`)", "Remove the tag, or quote the text")
        if len(path) > MOST_DEPTH:
            raise self._refused((), event, f"nested deeper than {MOST_DEPTH} levels", "Follow the format's levels")
        # A mapping's values stand under the line of their key.
        self.lines.setdefault(path, _line(event))
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return tuple(self._items(path))
        assert isinstance(event, yaml.ScalarEvent)  # noqa: S101 - an alias was refused, and there is no other kind
        return _scalar(event)

    def _mapping(self, path: Path) -> dict[str, Value]:
        mapping: dict[str, Value] = {}
        while not isinstance(key := self._next(), yaml.MappingEndEvent):
            if not isinstance(key, yaml.ScalarEvent) or key.anchor is not None or key.tag is not None:
                raise self._refused(path, key, "a key that isn't a plain name", "Use the names of the format")
            name = str(key.value)
            inner = (*path, name)
            if name in mapping:
                first = self.lines[inner]
                raise self._refused(inner, key, f"the key is already on line {first}", "Keep one of the two")
            self.lines[inner] = _line(key)
            mapping[name] = self._value(self._next(), inner)
        return mapping

    def _items(self, path: Path) -> Iterator[Value]:
        index = 0
        while not isinstance(item := self._next(), yaml.SequenceEndEvent):
            yield self._value(item, (*path, index))
            index += 1


def _line(event: yaml.Event) -> int:
    # Events of a parser have marks; only those that a program makes up may lack them.
    return event.start_mark.line + 1 if event.start_mark is not None else 0


def _scalar(event: yaml.ScalarEvent) -> Value:
    text = str(event.value)
    # implicit[0]: written without quotes, and not as a block.
    if not event.implicit[0]:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    # Only to be refused: a decimal is text, so that nothing is lost (the format says so where it meets a float).
    return float(text) if _NUMBER.fullmatch(text) else text
