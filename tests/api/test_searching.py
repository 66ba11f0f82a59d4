"""The trail searched: by what things are called, newest first, and what counts for the recovery facility alone."""

from typing import Any

import pytest

from api.test_engagements import engage
from api.test_items import MILESTONE, reported
from api.test_measures import flagged
from api.world import HALF_YEAR, LEDGER, World
from services.eventstore import catch_up
from services.readmodels import SUBSCRIPTION


async def found(world: World, person: str, **query: Any) -> list[Any]:
    """What somebody finds in the trail."""
    await catch_up(world.pool, SUBSCRIPTION, LEDGER)
    entries: list[Any] = (await world.read(person, "trail", limit=500, **query))["entries"]
    return entries


async def test_the_newest_come_first_and_the_pages_go_backwards(world: World) -> None:
    await reported(world)
    whole = [each["position"] for each in await found(world, "head", since="2024-06-01T00:00:00Z")]
    newest = await world.get("head", "trail", order="newest", limit=3)
    path = newest.headers["Link"].split(">")[0].removeprefix("<").removeprefix(f"/api/v1/{LEDGER}/")

    first, second = newest.json(), await world.read("head", path)

    assert [each["position"] for each in first["entries"]] == whole[::-1][:3]
    assert second["entries"][0]["position"] == first["next"] - 1
    assert (await found(world, "head", order="oldest"))[0]["position"] == 1


@pytest.mark.parametrize(
    ("sought", "types"),
    [
        ("milestone status", {"milestone-status-reported"}),
        ("STATUS-REPORTED", {"milestone-status-reported"}),
        ("no such thing", set()),
    ],
)
async def test_events_are_found_by_their_type(world: World, sought: str, types: set[str]) -> None:
    await reported(world)

    assert {each["type"] for each in await found(world, "head", q=sought)} == types


async def test_events_are_found_by_what_they_are_about_in_any_language(world: World) -> None:
    await reported(world)
    title = (await world.read("head", "names"))["subjects"][MILESTONE]["title"]
    by_id = [each["position"] for each in await found(world, "head", subject=MILESTONE)]

    for text in (title["fi"], title["sv"].upper(), title["en"][3:]):
        positions = [each["position"] for each in await found(world, "head", q=text)]
        assert set(by_id) <= set(positions)
    assert {each["actor"] for each in await found(world, "head", q="the stand-in", type="role-proposed")} == {"admin"}


async def test_a_search_finds_nothing_that_one_may_not_read(world: World) -> None:
    await reported(world)

    assert await found(world, "assessor", q="milestone status") == []
    [bare] = await found(world, "coordinator", q="milestone status")
    assert (bare["said"], bare["changes"]) == (None, None)


async def test_what_counts_for_the_facility_is_found_by_those_who_may_know(world: World) -> None:
    await reported(world)
    await flagged(world)

    types = {
        person: {each["type"] for each in await found(world, person, rrf="true")}
        for person in ("coordinator", "head", "assessor", "auditor")
    }

    assert types["head"] >= {"rrf-measure-recorded", "rrf-item-linked", "milestone-status-reported"}
    assert "milestone-status-reported" in types["coordinator"]
    assert types["assessor"] == types["auditor"] == {"rrf-measure-recorded"}
    assert {each["round"] for each in await found(world, "head", rrf="true", subject=MILESTONE)} == {None, HALF_YEAR}
    await engage(world)
    assert "rrf-item-linked" in {each["type"] for each in await found(world, "auditor", rrf="true")}


@pytest.mark.parametrize("query", [{"q": ""}, {"q": "  "}, {"q": "a"}, {"q": "a" * 101}, {"order": "random"}])
async def test_a_search_for_nothing_is_refused(still: World, query: dict[str, str]) -> None:
    answer = await still.get("head", "trail", **query)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")
