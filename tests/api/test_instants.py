"""Instants and positions in queries: taken, or refused with a code, and never an error of the server."""

from datetime import UTC, datetime

import pytest

from api.test_items import reported
from api.test_taking_commands import problem
from api.world import LEDGER, World
from services.eventstore import catch_up
from services.readmodels import SUBSCRIPTION

NO_INSTANTS = (
    "-1",
    "1.5",
    "1719700000",
    "1719700000000",
    "",
    "yesterday",
    "2024-06-30",
    "2024-13-01T00:00:00Z",
    "2024-02-30T00:00:00Z",
    "2024-06-30T25:00:00Z",
    "2024-06-30T00:00:00+25:00",
    "2024-06-30T00:00:00 03:00",
    "0001-01-01T00:00:00+03:00",
    "1999-12-31T23:59:59Z",
    "2100-01-01T00:00:00Z",
    "9999-12-31T23:59:59-12:00",
    "99999-01-01T00:00:00Z",
    "\u0662\u0660\u0662\u0664-06-30T00:00:00Z",
    "9" * 5_000,
    "inf",
    "NaN",
)


@pytest.mark.parametrize("written", NO_INSTANTS)
async def test_what_is_no_instant_is_refused_with_a_code_wherever_it_stands(still: World, written: str) -> None:
    answers = {
        "known_at": await still.get("head", "board", year=2024, round="annual", known_at=written),
        "since": await still.get("head", "trail", since=written),
        "until": await still.get("head", "trail", until=written),
    }

    for field, answer in answers.items():
        assert problem(answer) == (422, "malformed-instant")
        assert answer.json()["field"] == field
        assert answer.json()["mend"].startswith("Write 2024-06-30T00:00:00+03:00")
    dates = await still.get("head", "deadlines", year=2024, known_at=written)
    assert problem(dates) == (422, "malformed-instant")


async def test_a_time_without_its_zone_is_told_apart(still: World) -> None:
    naive = "2024-06-30T00:00:00"
    answers = {
        "known_at": await still.get("head", "board", year=2024, round="annual", known_at=naive),
        "since": await still.get("head", "trail", since=naive),
        "until": await still.get("head", "trail", until=naive),
    }

    for field, answer in answers.items():
        assert problem(answer) == (422, "time-without-zone")
        assert answer.json()["field"] == field
        assert "%2B" in answer.json()["mend"]


@pytest.mark.parametrize(
    "written",
    [
        "0",
        "12",
        "99999999",
        "2024-06-30T00:00:00+03:00",
        "2024-06-30t00:00:00.123456789z",
        "2024-06-30 00:00Z",
        "2000-01-01T00:00:00Z",
        "2099-12-31T23:59:59Z",
    ],
)
async def test_positions_and_instants_with_a_zone_are_taken(still: World, written: str) -> None:
    board = await still.get("head", "board", year=2024, round="annual", known_at=written)
    dates = await still.get("head", "deadlines", year=2024, known_at=written)

    assert (board.status_code, dates.status_code) == (200, 200)


async def test_the_trail_is_asked_by_instants_and_by_no_positions(still: World) -> None:
    found = await still.get("head", "trail", since="2000-01-01T00:00:00Z", until="2099-12-31T00:00:00+02:00")

    assert found.status_code == 200
    assert problem(await still.get("head", "trail", since="12")) == (422, "malformed-instant")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("yesterday", "malformed-text"),
        ("2024-06-30T00:00:00Z", "malformed-text"),
        ("2024-02-30", "no-such-date"),
        ("2100-01-01", "date-out-of-range"),
    ],
)
async def test_what_is_no_day_is_refused_as_a_day_of_validity(still: World, written: str, code: str) -> None:
    for answer in (
        await still.get("head", "board", year=2024, round="annual", valid_at=written),
        await still.get("head", "deadlines", year=2024, valid_at=written),
    ):
        assert answer.status_code == 422
        assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == [("query.valid_at", code)]


async def test_a_day_of_validity_is_taken_beside_an_instant(still: World) -> None:
    place = {"year": 2024, "valid_at": "2025-01-01", "known_at": "2024-06-30T00:00:00+03:00"}
    board = await still.get("head", "board", round="annual", **place)
    dates = await still.get("head", "deadlines", **place)

    assert (board.status_code, dates.status_code) == (200, 200)


async def test_dates_as_known_at_a_position_stand_as_they_stood_when_it_was_recorded(world: World) -> None:
    await reported(world)
    position = await world.store.head(LEDGER)
    await world.clock(datetime(2024, 9, 15, 9, tzinfo=UTC))
    await catch_up(world.pool, SUBSCRIPTION, LEDGER)

    async def state(**known: object) -> str:
        found = await world.read("head", "deadlines", year=2024, **known)
        return next(str(each["state"]) for each in found["deadlines"] if each["kind"] == "delivery")

    assert [await state(), await state(known_at=position)] == ["late", "open"]
