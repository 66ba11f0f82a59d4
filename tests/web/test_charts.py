from services.web.charts import BOTTOM, HEIGHT, SIGN, Level, Outturn, chart


def level(year: int, value: str | None, operator: str = ">=", *, binding: bool = False) -> Level:
    return Level(year=year, operator=operator, value=value, binding=binding)


def outturn(year: int, value: str | None, *, final: bool = True) -> Outturn:
    return Outturn(year=year, value=value, final=final)


def test_years_stand_in_order_and_higher_values_higher() -> None:
    made = chart([level(2025, "26"), level(2024, "28", binding=True)], [outturn(2023, "29.96", final=False)])

    assert [each.year for each in made.years] == [2023, 2024, 2025]
    assert made.outturns[0].x < made.levels[0].x < made.levels[1].x
    assert made.outturns[0].y < made.levels[0].y < made.levels[1].y


def test_lines_are_round_numbers_around_all_values() -> None:
    made = chart([level(2024, "28")], [outturn(2022, "31.5")])

    assert [each.value for each in made.ticks] == ["26", "28", "30", "32"]


def test_every_value_lies_within_the_picture() -> None:
    made = chart([level(2024, "0.05"), level(2025, "-3")], [outturn(2023, "12000.5"), outturn(2024, "0")])

    places = [(each.x, each.y) for each in made.levels] + [(each.x, each.y) for each in made.outturns]
    assert all(0 < x < made.width and 0 < y < HEIGHT for x, y in places)


def test_a_single_value_stands_between_two_lines() -> None:
    made = chart([level(2024, "0")], [])

    assert made.ticks[0].y > made.levels[0].y > made.ticks[-1].y


def test_what_has_no_number_is_a_row_of_the_table_and_not_in_the_picture() -> None:
    made = chart([level(2024, None), level(2025, "3")], [outturn(2024, None)], current=2024)

    assert next((each.year, each.level, each.outturn) for each in made.rows) == (2024, None, None)
    assert [each.year for each in made.levels] == [2025]


def test_an_indicator_without_numbers_isnt_drawn() -> None:
    assert not chart([level(2024, None)], []).drawn


def test_an_operator_stands_above_its_level_unless_the_outturn_lies_there() -> None:
    above = chart([level(2024, "28", "<"), level(2025, "20")], [outturn(2024, "28.5")])
    far = chart([level(2024, "28", "<")], [outturn(2024, "30")])
    under = chart([level(2024, "28", "<")], [outturn(2024, "27")])

    assert above.levels[0].below
    assert not far.levels[0].below
    assert not under.levels[0].below


def test_an_operator_never_lies_over_the_years() -> None:
    made = chart([level(2024, "4", ">=")], [outturn(2024, "4.01"), outturn(2023, "4.4")])

    assert made.levels[0].below
    assert made.levels[0].y + SIGN < HEIGHT - BOTTOM


def test_an_operator_is_said_as_people_write_it() -> None:
    assert [level(2024, "1", each).operator_said for each in ("<", "<=", ">", ">=")] == ["<", "≤", ">", "≥"]
