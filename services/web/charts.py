"""Where everything lies in an indicator's small chart: years across, values up. The template draws it.

Values are decimals as text, as they were agreed and reported; only their places on the picture are rounded.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

WIDTH, HEIGHT = 300, 150
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 16, 22
"""The margins around the values, in units of the picture."""
LINES = 4
"""About as many lines across as there are."""
SIGN = 22
"""How much room an operator needs between its level and the outturn above."""
_SAID = {"<": "<", "<=": "≤", ">": ">", ">=": "≥"}
_NICE = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What was agreed for a year; `value` is None where no number was. `operator`: <, <=, >, >=."""

    year: int
    operator: str
    value: str | None
    binding: bool
    mark: str | None = None
    x: float = 0
    y: float = 0
    below: bool = False
    """Whether its operator is written below its line, out of the way of the outturn."""

    @property
    def operator_said(self) -> str:
        """The operator as people write it."""
        return _SAID.get(self.operator, self.operator)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outturn:
    """What a year brought, provisional or final."""

    year: int
    value: str | None
    final: bool
    x: float = 0
    y: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A line across the picture."""

    value: str
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """A year below the picture, and what there is of it: a row of the table beside it."""

    year: int
    x: float
    level: Level | None
    outturn: Outturn | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The picture. `current`: the year that is reported on; `measure`: what is counted, in words."""

    levels: Sequence[Level]
    outturns: Sequence[Outturn]
    ticks: Sequence[Tick]
    years: Sequence[Year]
    current: int | None
    measure: str | None
    half: float
    """Half a level's length."""
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT

    @property
    def drawn(self) -> bool:
        """Whether there is any number to draw."""
        return bool(self.levels or self.outturns)

    @property
    def rows(self) -> Sequence[Year]:
        """The same as a table."""
        return self.years

    @property
    def line(self) -> str:
        """Through the outturns, from year to year."""
        return " ".join(f"{each.x},{each.y}" for each in self.outturns) if len(self.outturns) > 1 else ""


def chart(
    levels: Iterable[Level],
    outturns: Iterable[Outturn],
    *,
    current: int | None = None,
    measure: str | None = None,
) -> Chart:
    """The picture of an indicator: a level for each year that has one, an outturn likewise."""
    agreed = {each.year: each for each in levels}
    brought = {each.year: each for each in outturns}
    years = sorted({*agreed, *brought, *(() if current is None else (current,))})
    values = [*(each.value for each in agreed.values()), *(each.value for each in brought.values())]
    numbers = [Decimal(each) for each in values if each is not None]
    ticks = _ticks(min(numbers), max(numbers)) if numbers else []
    step = (WIDTH - LEFT - RIGHT) / max(len(years), 1)
    x = {year: round(LEFT + step * (index + 0.5), 1) for index, year in enumerate(years)}

    def y(value: str) -> float:
        share = (Decimal(value) - ticks[0]) / (ticks[-1] - ticks[0])
        return round(HEIGHT - BOTTOM - float(share) * (HEIGHT - TOP - BOTTOM), 1)

    placed_outturns = {
        each.year: Outturn(year=each.year, value=each.value, final=each.final, x=x[each.year], y=y(each.value))
        for each in brought.values()
        if each.value is not None
    }
    placed_levels = {
        each.year: Level(
            year=each.year,
            operator=each.operator,
            value=each.value,
            binding=each.binding,
            mark=each.mark,
            x=x[each.year],
            y=y(each.value),
            below=each.year in placed_outturns and 0 <= y(each.value) - placed_outturns[each.year].y < SIGN,
        )
        for each in agreed.values()
        if each.value is not None
    }
    return Chart(
        levels=[placed_levels[year] for year in sorted(placed_levels)],
        outturns=[placed_outturns[year] for year in sorted(placed_outturns)],
        ticks=[Tick(value=str(each), y=y(str(each))) for each in ticks],
        years=[
            Year(year=year, x=x[year], level=placed_levels.get(year), outturn=placed_outturns.get(year))
            for year in years
        ],
        current=current,
        measure=measure,
        half=round(step * 0.36, 1),
    )


def _ticks(low: Decimal, high: Decimal) -> list[Decimal]:
    """Round numbers from below the lowest value, where an operator finds room above the years, to above the highest."""
    if low == high:
        high += max(abs(high) / 10, Decimal(1))
    rough = (high - low) / (LINES - 1)
    size = Decimal(1).scaleb(rough.adjusted())
    step = next(each * size for each in _NICE if each * size >= rough)
    first = (low / step).to_integral_value(ROUND_CEILING) - 1
    last = (high / step).to_integral_value(ROUND_CEILING)
    return [_plain(step * (first + each)) for each in range(int(last - first) + 1)]


def _plain(value: Decimal) -> Decimal:
    """Without an exponent or needless zeros."""
    found = value.normalize()
    return found.quantize(Decimal(1)) if found == found.to_integral_value() else found


__all__ = ["Chart", "Level", "Outturn", "Tick", "Year", "chart"]
