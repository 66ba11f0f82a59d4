"""Of which round a board is, and as of which day: the end of that day in Helsinki."""

from collections.abc import Sequence
from datetime import date, timedelta

from domain.calendar import end_of
from domain.values import RoundKind
from services.web.page import Page
from services.web.pages.year.years import year_written

_STEP = timedelta(days=7)
_BEFORE_IT_ENDS = timedelta(microseconds=1)
_CYCLE_ENDS = (6, 30)


def round_asked(page: Page) -> tuple[str, str]:
    """Year and kind of the round that is asked for, else of the one that is on most desks. Raises `Problem`."""
    asked = page.asked("round")
    if asked is not None:
        year, _, kind = asked.partition("-")
        return str(year_written(year)), kind
    now = page.cycle_year
    return str(now), RoundKind.ANNUAL if page.today > f"{now}-12-31" else RoundKind.HALF_YEAR


def instant_of(day: str | None) -> str | None:
    """The last instant of a day, as the API takes it; what is no day as it stands, for the API says what is wrong."""
    if day is None:
        return None
    try:
        return (end_of(date.fromisoformat(day)) - _BEFORE_IT_ENDS).isoformat()
    except (ValueError, OverflowError):
        return day


def past(page: Page, name: str) -> str | None:
    """The day that a field asks for; None for today and later, which is what is known now."""
    day = page.asked(name)
    return None if day is None or (_is_day(day) and day >= page.today) else day


def days_of(year: int, today: str, chosen: str | None) -> Sequence[str]:
    """Days from the beginning of a cycle to its end or today, a week apart, with the last one and the chosen one."""
    first, last = date(year, 1, 1), min(date(year + 1, *_CYCLE_ENDS), date.fromisoformat(today))
    if last < first:
        return ()
    weeks = range((last - first) // _STEP + 1)
    found = {*((first + each * _STEP).isoformat() for each in weeks), last.isoformat()}
    return sorted(found if chosen is None else {*found, chosen})


def _is_day(written: str) -> bool:
    try:
        return bool(date.fromisoformat(written))
    except ValueError:
        return False


__all__ = ["days_of", "instant_of", "past", "round_asked"]
