"""Engagements and findings end to end over HTTP; who looked; the yearly review of the roles."""

from datetime import datetime
from typing import Any

import pytest

from api.test_engagements import engage
from api.test_items import MILESTONE, reported
from api.test_year import signed_off
from api.world import LEDGER, UNIT, World
from domain.access import access_ledger
from domain.controls import run_controls
from services.eventstore import catch_up
from services.readmodels import SUBSCRIPTION

FINDING = {
    "engagement": "eca-2024",
    "finding": "f-1",
    "control": "C04",
    "severity": "minor",
    "unit": UNIT,
    "subjects": [MILESTONE],
    "positions": [7],
    "text": "Todiste puuttuu",
}


async def raised(world: World, **changed: Any) -> None:
    """A finding of the auditor's."""
    await world.do("auditor", "raise-finding", **(FINDING | changed))


async def findings(world: World, person: str, **query: Any) -> list[tuple[str, str]]:
    """The findings that a person reads, each with its stage."""
    found = (await world.read(person, "findings", **query))["findings"]
    return [(each["finding"], each["stage"]) for each in found]


async def test_a_finding_is_raised_answered_and_closed_and_each_step_is_read(world: World) -> None:
    await reported(world)
    await engage(world)
    await raised(world)
    await raised(world, finding="f-2", unit=None, control=None, subjects=[])

    assert await findings(world, "auditor") == [("f-1", "raised"), ("f-2", "raised")]
    answer = {
        "engagement": "eca-2024",
        "finding": "f-1",
        "agreed": True,
        "mended_by": "2024-06-20",
        "text": "Korjataan",
    }
    await world.do("owner", "answer-finding", **answer)
    assert await findings(world, "auditor", stage="answered") == [("f-1", "answered")]
    [shown] = (await world.read("auditor", "findings", stage="answered"))["findings"]
    assert (shown["raised"]["by"], shown["raised"]["text"], shown["raised"]["positions"]) == (
        "auditor",
        "Todiste puuttuu",
        [7],
    )
    assert (shown["answered"]["by"], shown["answered"]["text"], shown["answered"]["mended_by"], shown["closed"]) == (
        "owner",
        "Korjataan",
        "2024-06-20",
        None,
    )
    await world.do("auditor", "close-finding", engagement="eca-2024", finding="f-1", outcome="remedied")
    assert await findings(world, "auditor", unit=UNIT) == [("f-1", "closed")]
    assert await findings(world, "auditor", engagement="another") == []
    assert await findings(world, "auditor", engagement="eca-2024") == [("f-1", "closed"), ("f-2", "raised")]
    [engagement] = (await world.read("auditor", "engagements"))["engagements"]
    assert (engagement["stage"], engagement["findings"]) == ("in-force", {"raised": 1, "answered": 0, "closed": 1})
    assert (engagement["opened"]["body"], engagement["opened"]["basis"]) == ("court-of-auditors", "Kirje")
    refused = await world.post("auditor", "close-engagement", engagement="eca-2024")
    assert (refused.status_code, refused.json()["code"]) == (409, "findings-open")
    await world.do("auditor", "close-finding", engagement="eca-2024", finding="f-2", outcome="withdrawn")
    await world.do("auditor", "close-engagement", engagement="eca-2024")
    [engagement] = (await world.read("head", "engagements"))["engagements"]
    assert (engagement["stage"], engagement["closed"]["by"]) == ("closed", "auditor")


@pytest.mark.parametrize(
    ("person", "reads"),
    [
        ("head", ["f-1", "f-2"]),
        ("coordinator", ["f-1", "f-2"]),
        ("auditor", ["f-1", "f-2"]),
        ("owner", ["f-1"]),
        ("director", ["f-1"]),
        ("other-owner", []),
        ("assessor", []),
        ("admin", []),
    ],
)
async def test_a_finding_is_read_by_those_who_answer_for_it_in_the_list_and_in_the_trail(
    world: World, person: str, reads: list[str]
) -> None:
    await reported(world)
    await engage(world)
    await raised(world)
    await raised(world, finding="f-2", unit=None)
    for finding, who in (("f-1", "owner"), ("f-2", "head")):
        answer = {"engagement": "eca-2024", "finding": finding, "agreed": False, "text": "Eri mieltä"}
        await world.do(who, "answer-finding", **answer)
    await catch_up(world.pool, SUBSCRIPTION, LEDGER)

    listed = await findings(world, person)
    entries = (await world.read(person, "trail", type="finding-answered"))["entries"]

    assert [finding for finding, _ in listed] == reads
    assert [each["said"]["finding"] for each in entries if each["said"] is not None] == reads


@pytest.mark.parametrize("person", ["owner", "assessor", "admin"])
async def test_engagements_are_read_by_those_who_oversee(world: World, person: str) -> None:
    await engage(world)

    answer = await world.get(person, "engagements")

    assert (answer.status_code, answer.json()["code"]) == (403, "not-permitted")


@pytest.mark.parametrize(
    ("day", "stage"), [("2024-05-30", "to-come"), ("2024-06-30", "in-force"), ("2024-07-01", "over")]
)
async def test_an_engagement_is_in_force_from_a_day_to_a_day(world: World, day: str, stage: str) -> None:
    dates = {"valid_from": "2024-06-04" if stage == "to-come" else "2024-06-01", "valid_to": "2024-06-30"}
    await engage(world, **dates)
    if stage != "to-come":
        await world.clock(datetime.fromisoformat(f"{day}T08:00:00+00:00"))

    [engagement] = (await world.read("auditor", "engagements"))["engagements"]

    assert engagement["stage"] == stage
    assert (await world.get("auditor", "audit/looks")).status_code == (200 if stage == "in-force" else 403)


async def test_who_looked_at_what_is_read_with_names_page_by_page(world: World) -> None:
    await engage(world)
    since = await world.store.head(access_ledger(LEDGER))
    for person, path in (("auditor", "trail"), ("admin", "organisation"), ("auditor", "organisation")):
        await world.read(person, path)

    first = await world.get("head", "audit/looks", after=since, limit=2)
    second = await world.read("head", "audit/looks", after=first.json()["next"])

    assert [(each["person"], each["name"], each["scope"], each["engagement"]) for each in first.json()["looks"]] == [
        ("auditor", "The auditor", "trail", "eca-2024"),
        ("admin", "The admin", "organisation", None),
    ]
    assert f"after={first.json()['next']}" in first.headers["Link"]
    assert [each["scope"] for each in second["looks"]] == ["organisation"]
    assert second["next"] is None
    own = await world.read("auditor", "audit/looks", person="auditor", after=since)
    assert [each["scope"] for each in own["looks"]] == ["trail", "organisation"]
    rest = await world.read("auditor", "audit/looks", person="auditor", after=own["looks"][0]["position"])
    assert [each["scope"] for each in rest["looks"]] == ["organisation", "looks"]


async def test_what_else_the_ledger_of_looks_holds_is_passed_over(world: World) -> None:
    """The key that seals it."""
    await world.read("admin", "organisation")
    [first, *_] = [row async for row in world.store.stream_all(access_ledger(LEDGER))]
    assert first.type == "seal-key-introduced"

    none = await world.read("head", "audit/looks", limit=1)
    rest = await world.read("head", "audit/looks", after=none["next"])

    assert none == {"looks": [], "next": first.position}
    assert rest["looks"][-1]["scope"] == "organisation"


@pytest.mark.parametrize("person", ["auditor", "coordinator", "owner", "decider"])
async def test_looks_are_for_the_head_administrators_and_auditors_of_the_whole_ledger(
    world: World, person: str
) -> None:
    await engage(world, MILESTONE)

    assert (await world.get(person, "audit/looks")).status_code == 403
    for allowed in ("head", "admin"):
        assert (await world.get(allowed, "audit/looks")).status_code == 200


async def test_the_roles_say_by_whose_grant_somebody_holds_them(world: World) -> None:
    listed = await world.read("admin", "roles")

    held = {each["person"]: each for each in listed["roles"]}
    assert "leaver" not in held
    assert (held["owner"]["name"], held["owner"]["role"], held["owner"]["unit"]) == ("The owner", "owner", UNIT)
    assert (held["owner"]["proposed"]["by"], held["owner"]["confirmed"]["by"]) == ("admin", "admin-two")
    assert (held["admin"]["proposed"], held["admin"]["confirmed"]["by"]) == (None, "operator")
    assert "contact" not in str(listed)


@pytest.mark.parametrize(("person", "reviewed"), [("admin", True), ("auditor", True), ("head", False)])
async def test_reading_the_roles_is_the_review_of_the_year(world: World, person: str, *, reviewed: bool) -> None:
    """C14, over the events that the service itself recorded."""
    await signed_off(world)

    await world.read(person, "roles")

    rows = [row async for row in world.store.stream_all(LEDGER)]
    looks = [row async for row in world.store.stream_all(access_ledger(LEDGER))]
    [tested] = [each for each in run_controls(rows, looks) if each.control == "C14"]
    assert ([each.code for each in tested.exceptions] == []) is reviewed
    [watched] = [each for each in run_controls(rows, looks) if each.control == "C11"]
    told = [each for each in looks if each.type == "look-recorded"]
    assert (watched.exceptions, watched.population) == ((), len(told))
