"""The problem codes of a command, as the decision's own description names them and those of what it calls."""

import re
from collections.abc import Callable, Iterator
from typing import Any

_NAMED = re.compile(r"`([^`]+)`")
_CODE = re.compile(r"[a-z]+(-[a-z]+)*")


def codes_of(decide: Callable[..., Any]) -> list[str]:
    """The codes, each once, in the order in which they are named."""
    return list(dict.fromkeys(_codes(decide, frozenset())))


def _codes(decide: Callable[..., Any], above: frozenset[str]) -> Iterator[str]:
    for name in _named(decide):
        called = _called(decide, name)
        if called is not None and name not in above:
            yield from _codes(called, above | {name})
        elif called is None and _CODE.fullmatch(name):
            yield name


def _named(decide: Callable[..., Any]) -> list[str]:
    _, _, errors = (decide.__doc__ or "").partition("Errors:")
    return _NAMED.findall(errors)


def _called(decide: Callable[..., Any], name: str) -> Callable[..., Any] | None:
    """The function that is named instead of its codes."""
    first, *rest = name.split(".")
    found = getattr(decide, "__globals__", {}).get(first)
    for each in rest:
        found = getattr(found, each, None)
    return found if callable(found) else None
