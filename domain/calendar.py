"""Dates and instants: Helsinki days, holidays by rule, deadlines that roll and those that don't (R3 to R5, R11, R12).

Holidays are computed by rule; the tests compare them with an independent list.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.values import Date, Deadline, DeadlineKind

ZONE = "Europe/Helsinki"
SATURDAY = 5
_HELSINKI = ZoneInfo(ZONE)


def start_of(day: Date | date) -> datetime:
    """The instant in UTC at which a calendar day begins in Helsinki."""
    return datetime.combine(_date(day), time.min, _HELSINKI).astimezone(UTC)


def end_of(day: Date | date) -> datetime:
    """The midnight that ends a day in Helsinki, exclusive, in UTC: 23 or 25 hours on with daylight saving (case 2)."""
    return start_of(_date(day) + timedelta(days=1))


def day_of(instant: datetime) -> Date:
    """The calendar day in Helsinki on which an instant falls."""
    return Date(instant.astimezone(_HELSINKI).date().isoformat())


def days_after(day: Date, days: int) -> Date:
    """A date some calendar days later."""
    return Date((_date(day) + timedelta(days=days)).isoformat())


def easter(year: int) -> date:
    """Easter Sunday in the Gregorian calendar (the computus in its anonymous form)."""
    golden = year % 19
    century, in_century = divmod(year, 100)
    skipped, century_left = divmod(century, 4)
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - skipped - correction + 15) % 30
    leaps, year_left = divmod(in_century, 4)
    weekday = (32 + 2 * century_left + 2 * leaps - epact - year_left) % 7
    month = (golden + 11 * epact + 22 * weekday) // 451
    ordinal = epact + weekday - 7 * month + 114
    return date(year, ordinal // 31, ordinal % 31 + 1)


def _saturday_from(first: date) -> date:
    return first + timedelta(days=(SATURDAY - first.weekday()) % 7)


def midsummer(year: int) -> date:
    """Midsummer day (juhannuspäivä): the Saturday between 20 and 26 June."""
    return _saturday_from(date(year, 6, 20))


def holidays(year: int) -> frozenset[date]:
    """The public holidays of Finland that are not always Sundays, and those that are."""
    sunday = easter(year)
    return frozenset(
        {
            date(year, 1, 1),
            date(year, 1, 6),
            sunday - timedelta(days=2),
            sunday,
            sunday + timedelta(days=1),
            date(year, 5, 1),
            sunday + timedelta(days=39),
            sunday + timedelta(days=49),
            midsummer(year),
            _saturday_from(date(year, 10, 31)),
            date(year, 12, 6),
            date(year, 12, 25),
            date(year, 12, 26),
        }
    )


def rolls_over(day: date) -> bool:
    """Whether a statutory deadline moves past this day (act 150/1930, 5 §)."""
    eves = {midsummer(day.year) - timedelta(days=1), date(day.year, 12, 24)}
    return day.weekday() >= SATURDAY or day in eves or day in holidays(day.year)


def rolled(day: Date) -> Date:
    """The first day from `day` on at which a statutory deadline may end."""
    moved = _date(day)
    while rolls_over(moved):
        moved += timedelta(days=1)
    return Date(moved.isoformat())


def deadline(kind: DeadlineKind, nominal: Date, *, rolls: bool, policy: str) -> Deadline:
    """The deadline that a nominal date gives under a policy."""
    last = rolled(nominal) if rolls else nominal
    return Deadline(kind=kind, nominal=nominal, date=last, instant=end_of(last), zone=ZONE, policy=policy)


def _date(day: Date | date) -> date:
    return day if isinstance(day, date) else date.fromisoformat(day)
