"""Instants and positions in queries, read in one place: what isn't plainly one of them is refused with a code."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from domain.values import FIRST_YEAR, LAST_YEAR
from services.api.problems import Refusal

LAST_POSITION = 99_999_999
"""More than a ledger ever has, and less than any count of seconds that somebody may take for an instant."""

_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?)([Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_POSITION = re.compile(r"[0-9]{1,8}")


def instant(field: str) -> Callable[[Any], datetime]:
    """What reads the instant of a parameter. Refusals: `time-without-zone`, `malformed-instant`."""

    def read(text: Any) -> datetime:
        found = _INSTANT.fullmatch(str(text))
        if found is None:
            raise _malformed(field, "An instant has a date, a time and a zone.")
        if found[2] is None:
            raise Refusal(
                422,
                "time-without-zone",
                "A time without its zone says no instant.",
                field=field,
                mend="Add the zone: 2024-06-30T00:00:00+03:00, or Z for UTC. In an address + is written %2B.",
            )
        try:
            at = datetime.fromisoformat(f"{found[1]}{found[2]}".upper())
            fits = FIRST_YEAR < at.year < LAST_YEAR or FIRST_YEAR <= at.astimezone(UTC).year <= LAST_YEAR
        except (ValueError, OverflowError):
            raise _malformed(field, "There is no such date or time.") from None
        if not fits:
            raise _malformed(field, f"Instants lie in the years {FIRST_YEAR} to {LAST_YEAR}.")
        return at

    return read


def instant_or_position(field: str) -> Callable[[Any], datetime | int]:
    """What reads an instant or a position. Refusals: `time-without-zone`, `malformed-instant`."""
    at = instant(field)

    def read(text: Any) -> datetime | int:
        return int(text) if _POSITION.fullmatch(str(text)) else at(text)

    return read


def _malformed(field: str, why: str) -> Refusal:
    return Refusal(
        422,
        "malformed-instant",
        why,
        field=field,
        mend="Write 2024-06-30T00:00:00+03:00; where positions are taken, a position has at most eight digits.",
    )
