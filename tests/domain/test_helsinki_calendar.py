"""Days, holidays, deadlines: what the law says, computed by rule and compared with an independent list."""

from datetime import UTC, date, datetime, timedelta

import holidays as published
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import day_of, days_after, deadline, end_of, holidays, midsummer, rolled, rolls_over, start_of
from domain.values import Date, DeadlineKind


@pytest.mark.parametrize("year", range(2000, 2101))
def test_the_holidays_are_those_of_the_published_list(year: int) -> None:
    """R12."""
    listed = published.country_holidays("FI", years=year, categories=("public",), language="fi")
    eves = {midsummer(year) - timedelta(days=1), date(year, 12, 24)}

    assert set(listed) - eves == holidays(year)


@pytest.mark.parametrize("year", range(2000, 2101))
def test_a_statutory_deadline_rolls_over_weekends_holidays_and_two_eves(year: int) -> None:
    """R12."""
    listed = set(published.country_holidays("FI", years=year)) | {
        midsummer(year) - timedelta(days=1),
        date(year, 12, 24),
    }
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))

    for day in days:
        if day.year == year:
            assert rolls_over(day) == (day.weekday() >= 5 or day in listed or day.weekday() == 6)


@pytest.mark.parametrize(
    ("nominal", "last"),
    [
        ("2025-03-15", "2025-03-17"),  # a Saturday
        ("2025-06-15", "2025-06-16"),  # a Sunday
        ("2026-03-15", "2026-03-16"),
        ("2026-06-15", "2026-06-15"),  # a Monday
        ("2024-06-21", "2024-06-24"),  # Midsummer eve, a Friday
        ("2024-12-24", "2024-12-27"),  # Christmas eve and both days after it
        ("2026-04-03", "2026-04-07"),  # Good Friday to Easter Monday
        ("2024-12-06", "2024-12-09"),  # Independence Day, a Friday
        ("2024-05-01", "2024-05-02"),
    ],
)
def test_a_statutory_date_moves_to_the_next_day_that_counts(nominal: str, last: str) -> None:
    """R12."""
    assert rolled(Date(nominal)) == last

    rolls = deadline(DeadlineKind.STATEMENT, Date(nominal), rolls=True, policy="statement")
    assert (rolls.nominal, rolls.date, rolls.instant) == (nominal, last, end_of(Date(last)))


@pytest.mark.parametrize(("year", "weekday"), [(2024, 5), (2025, 6), (2026, 0)])
def test_31_august_is_contractual_and_does_not_roll(year: int, weekday: int) -> None:
    """Case 1. A Saturday, a Sunday, a Monday."""
    nominal = Date(f"{year}-08-31")

    found = deadline(DeadlineKind.DELIVERY, nominal, rolls=False, policy="half-year/delivery")

    assert date.fromisoformat(nominal).weekday() == weekday
    assert (found.nominal, found.date, found.zone) == (nominal, nominal, "Europe/Helsinki")
    assert found.instant == datetime(year, 8, 31, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [
        # Clocks go forward in the night of 29 March 2026: the day has 23 hours.
        ("2026-03-28", "2026-03-27T22:00Z", "2026-03-28T22:00Z"),
        ("2026-03-29", "2026-03-28T22:00Z", "2026-03-29T21:00Z"),
        ("2026-03-31", "2026-03-30T21:00Z", "2026-03-31T21:00Z"),
        # and back in the night of 25 October 2026: 25 hours.
        ("2026-10-24", "2026-10-23T21:00Z", "2026-10-24T21:00Z"),
        ("2026-10-25", "2026-10-24T21:00Z", "2026-10-25T22:00Z"),
        ("2026-10-26", "2026-10-25T22:00Z", "2026-10-26T22:00Z"),
    ],
)
def test_a_day_ends_at_its_midnight_in_helsinki(day: str, start: str, end: str) -> None:
    """Case 2."""
    assert start_of(Date(day)) == datetime.fromisoformat(start)
    assert end_of(Date(day)) == datetime.fromisoformat(end)


def test_a_week_after_24_march_2026_is_the_end_of_31_march() -> None:
    """Case 2."""
    due = days_after(Date("2026-03-24"), 7)

    found = deadline(DeadlineKind.DELIVERY, due, rolls=False, policy="annual/delivery")

    assert found.date == "2026-03-31"
    assert found.instant == datetime(2026, 3, 31, 21, tzinfo=UTC)


@given(st.dates(date(1990, 1, 1), date(2120, 12, 31)))
def test_an_instant_of_a_day_falls_on_that_day(day: date) -> None:
    text = Date(day.isoformat())

    assert day_of(start_of(text)) == text
    assert day_of(end_of(text) - timedelta(microseconds=1)) == text
    assert day_of(end_of(text)) == days_after(text, 1)
    assert rolled(text) >= text
    assert not rolls_over(date.fromisoformat(rolled(text)))
