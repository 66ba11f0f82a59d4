"""Canonical JSON: the one spelling of a value that is hashed.

RFC 8785, on a subset that the standard library writes alike: no floats, integers below 2^53 in size, ASCII keys, no
lone surrogates. Decimals are strings.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias, cast

Json: TypeAlias = bool | int | str | Sequence["Json"] | Mapping[str, "Json"] | None

_INTEGER_LIMIT = 2**53
_write = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False, check_circular=False
).encode


class NotCanonical(ValueError):
    """The value is outside the subset of JSON that is hashed."""


def canonical(value: Json) -> bytes:
    """Write `value` as canonical JSON, UTF-8. Raises `NotCanonical`."""
    _check(value)
    return written(value)


def written(value: Json) -> bytes:
    """As `canonical`, for what is made of values that were read from canonical JSON: they aren't looked at again."""
    return _write(value).encode()


def parse(text: bytes) -> Json:
    """Read canonical JSON; anything that would not be written back byte for byte raises `NotCanonical`."""
    try:
        value = cast("Json", json.loads(text))
        again = canonical(value)
    except (ValueError, RecursionError) as error:
        raise NotCanonical(str(error)) from error
    if again != text:
        raise NotCanonical("not in canonical form")
    return value


def _check(value: Json) -> None:
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
            raise NotCanonical("a lone surrogate")
    elif isinstance(value, int):
        if abs(value) >= _INTEGER_LIMIT:
            raise NotCanonical(f"an integer of 2^53 or more: {value}")
    # Nearly all are dictionaries with ASCII text in them; asking for an abstract class takes ten times as long.
    elif isinstance(value, (dict, Mapping)):
        for key, inner in value.items():
            if key.__class__ is not str or not key.isascii():
                raise NotCanonical(f"a key that is not ASCII text: {key!r}")
            if inner is not None and (inner.__class__ is not str or not inner.isascii()):
                _check(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _check(inner)
    else:
        raise NotCanonical(f"a {type(value).__name__}")
