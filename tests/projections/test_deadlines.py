"""The dates of a year: one order, wherever the rows come from."""

from recorded import year

from projections import board
from projections.deadlines import deadlines
from projections.table import DictTable


def test_the_order_of_the_dates_does_not_follow_from_that_of_the_rows() -> None:
    """Postgres has the rows in another order than a replay."""
    one, other = board.fold(year()), DictTable()
    for kind, key, row in reversed(list(one)):
        other.put(kind, key, row)
    now = year()[-1].recorded_at

    assert deadlines(one, 2024, now) == deadlines(other, 2024, now)
