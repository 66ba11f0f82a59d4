"""What no command and no event may hold: ids that are words, references that are sentences, dates out of all bounds.

The log is never mended, so human language must not get into it but as a commitment. One walk over the fields of every
command, by their types, sees to it for all of them.
"""

import dataclasses
import re
import types
import typing
from collections.abc import Callable
from datetime import date
from typing import Any

from domain.errors import Refused
from domain.values import (
    FIRST_DAY,
    LAST_DAY,
    PATTERNS,
    Code,
    Date,
    Id,
    Mark,
    PersonId,
    Reference,
    Source,
    SubjectId,
    UnitId,
    VersionId,
)

_Check = Callable[[Any, str], None]
_CHECKS: dict[type, tuple[tuple[str, _Check], ...]] = {}


def sound(record: Any) -> None:
    """Refuse a command or an event that holds such a thing.

    Errors: `malformed-id`, `malformed-reference`, `date-out-of-range`.
    """
    _record(record, "")


def _record(value: Any, path: str) -> None:
    kind = type(value)
    checks = _CHECKS.get(kind)
    if checks is None:
        hints = typing.get_type_hints(kind, include_extras=True)
        found = ((each.name, _check(hints[each.name])) for each in dataclasses.fields(kind))
        checks = _CHECKS[kind] = tuple((name, check) for name, check in found if check is not None)
    for name, check in checks:
        inner = getattr(value, name)
        if inner is not None:
            check(inner, f"{path}.{name}" if path else name)


def _check(hint: Any) -> _Check | None:
    """How a field of a type is checked; None where nothing of it can be wrong in this way."""
    if hint is Date:
        return _date
    if hint in (Id, PersonId, UnitId, SubjectId, VersionId):
        return _id
    if hint in (Code, Mark, Reference, Source):
        return _reference(PATTERNS[hint])
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return _check(next(each for each in typing.get_args(hint) if each is not types.NoneType))
    if origin is tuple:
        inner = _check(typing.get_args(hint)[0])
        return None if inner is None else _each(inner)
    return _record if isinstance(hint, type) and dataclasses.is_dataclass(hint) else None


def _each(inner: _Check) -> _Check:
    def check(value: Any, path: str) -> None:
        for number, one in enumerate(value):
            inner(one, f"{path}.{number}")

    return check


def _id(value: str, path: str) -> None:
    if PATTERNS[Id].fullmatch(value) is None:
        raise Refused(
            "malformed-id",
            f"{value!r} is no id.",
            field=path,
            mend="Lower-case letters, digits, dot and hyphen, at most 80.",
        )


def _reference(pattern: re.Pattern[str]) -> _Check:
    def check(value: str, path: str) -> None:
        # What is blank is missing, and the command itself knows whether it may be.
        if value.strip() and pattern.fullmatch(value) is None:
            raise Refused(
                "malformed-reference",
                "A reference is a case number, an id or an address, without spaces and accents.",
                field=path,
                mend="Write the number alone; words belong in the reason, where they can be erased.",
            )

    return check


def _date(value: str, path: str) -> None:
    try:
        fits = FIRST_DAY <= date.fromisoformat(value).isoformat() <= LAST_DAY
    except ValueError:
        fits = False
    if not fits:
        raise Refused("date-out-of-range", f"Dates run from {FIRST_DAY} to {LAST_DAY}.", field=path)
