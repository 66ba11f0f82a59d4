"""How changes on the board read on a terminal: names in words, lights in their colours, long things cut short."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

LIGHTS = {3: ("● GREEN", "green"), 2: ("▲ YELLOW", "yellow"), 1: ("■ RED", "red")}
NOTHING = "-"
MANY = 4
"""More rows of a kind than this that one event changed are counted, not listed."""
LONGEST = 60


def name_of(about: Mapping[str, Any]) -> str:
    """What a change is about: a subject in its round, a round, a year, a version."""
    kind, key = str(about["kind"]), str(about["key"])
    return f"{kind.replace('-', ' ')} {key}"


def worded(what: str) -> str:
    """The name of what changed, in words: `date/unit/payments` is the date of a unit."""
    kind, _, rest = what.partition("/")
    return f"{kind.replace('_', ' ')} {rest.replace('/', ' of ')}".strip()


def value_of(what: str, value: Any) -> Text:
    """A value; a light in its colour."""
    if (what == "light" or what.startswith("statement/")) and value in LIGHTS:
        said, style = LIGHTS[value]
        return Text(said, style=style)
    if what == "content" and isinstance(value, str):
        # The digest of what people bound themselves to: that it is another one is all there is to see.
        return Text(f"{value[:12]}…")
    return Text(_cut(_said(value)))


def changes_of(board: Sequence[Mapping[str, Any]]) -> list[str]:
    """What an event changed, a line a row; many rows of a kind in one."""
    kinds = Counter(str(each["kind"]) for each in board)
    lines = [f"{count} rows of {kind}s" for kind, count in kinds.items() if count > MANY]
    for each in board:
        if kinds[str(each["kind"])] <= MANY:
            changed = (f"{worded(what)}: {_arrow(what, *pair)}" for what, pair in each["changes"].items())
            lines.append(f"{name_of(each)}: {'; '.join(changed)}")
    return lines


def _arrow(what: str, before: Any, after: Any) -> str:
    return str(value_of(what, after)) if before is None else f"{value_of(what, before)} → {value_of(what, after)}"


def _said(value: Any) -> str:
    match value:
        case None | []:
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case {"erased": {"at": at}}:
            return f"erased on {str(at)[:10]}"
        case {"fi": str(), "sv": str(), "en": str(title)}:
            return title
        case {"id": id_, "revision": revision}:
            return f"{id_} (revision {revision})"
        case {"id": id_, "done": done}:
            return f"{id_} {'✓' if done else '·'}"
        case dict():
            return "; ".join(_said(each) for each in value.values() if each is not None)
        case list():
            return ", ".join(map(_said, value))
        case _:
            return str(value)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
