"""Which versions, years and rounds there are, and how far each unit has come."""

from datetime import UTC, datetime
from typing import Any

from api.test_items import MILESTONE, PATH, reported
from api.test_year import ANNUAL, delivered, signed_off
from api.world import AGREEMENT, HALF_YEAR, LEDGER, OTHER, UNIT, VERSION, World
from domain.planner import IssueReminder, plan
from domain.reminding import morning
from domain.round_steps import EscalateStep
from domain.values import SYSTEM, Date, UnitId
from services.commands import Request

DRAFT = "keha-2024-2027.2"


async def system(world: World, command: object) -> None:
    """Take a step of the calendar's."""
    now = await world.handler.now(LEDGER)
    await world.handler.handle(
        Request(ledger=LEDGER, by=SYSTEM, key=f"{command}-{now}", command=command, received_at=now)
    )


async def packages(world: World, person: str, round_id: str = HALF_YEAR) -> dict[str, Any]:
    """The packages that a person may follow, by unit."""
    said = await world.read(person, f"rounds/{round_id}/submissions")
    return {each["unit"]: each for each in said["units"]}


async def test_versions_years_and_rounds_are_listed_with_where_they_stand(world: World) -> None:
    await reported(world)

    [version] = (await world.read("assessor", "agreements"))["agreements"]
    [cycle] = (await world.read("auditor", "cycles"))["cycles"]
    half, annual = (await world.read("admin", "rounds"))["rounds"]

    assert (version["version"], version["stage"], version["missing"]) == (VERSION, "in-force", 0)
    assert set(version["title"]) == {"fi", "sv", "en"}
    assert cycle == {"year": 2024, "stage": "running", "version": VERSION}
    assert (half["round"], half["stage"], half["version"], half["reopened"]) == (HALF_YEAR, "open", VERSION, False)
    assert (annual["round"], annual["stage"], annual["version"]) == (ANNUAL, "planned", None)
    assert annual["opens"] == "2024-12-31T22:00:00.000000Z"


async def test_a_draft_is_among_the_versions_and_lacks_all_signatures(world: World) -> None:
    file = AGREEMENT.read_text().replace(VERSION, DRAFT).replace("number: 1", "number: 2")
    headers = world.headers("coordinator")
    answer = await world.client.post(f"/api/v1/{LEDGER}/agreement-files", content=file.encode(), headers=headers)
    assert answer.status_code == 200, answer.text

    found = (await world.read("coordinator", "agreements"))["agreements"]

    assert [(each["version"], each["stage"], each["missing"]) for each in found] == [
        (VERSION, "in-force", 0),
        (DRAFT, "draft", 4),
    ]


async def test_who_has_no_role_reads_no_list(still: World) -> None:
    for path in ("agreements", "cycles", "rounds", f"rounds/{HALF_YEAR}/submissions"):
        answer = await still.get("nobody", path)
        assert (answer.status_code, answer.json()["code"]) == (403, "no-role")


async def test_the_coordinator_sees_how_far_each_unit_has_come(world: World) -> None:
    item = await reported(world)
    before = await packages(world, "coordinator")
    await world.do("owner", "submit-items", round=HALF_YEAR, items=[item["bound"]])

    said = await world.read("coordinator", f"rounds/{HALF_YEAR}/submissions")

    assert said["counts"] == {"in-preparation": 8}
    own = next(each for each in said["units"] if each["unit"] == UNIT)
    assert (before[UNIT]["stages"]["draft"], own["stages"]["submitted"]) == (1, 1)
    assert own["stages"]["not-started"] + 1 == sum(own["stages"].values())
    assert (own["state"], own["overdue"], own["late"], own["extended"]) == ("in-preparation", False, False, False)
    assert own["deadline"]["date"] == (await world.read("owner", PATH))["deadline"]["date"]
    assert own["director"]["date"] > own["deadline"]["date"]


async def test_a_returned_item_makes_its_package_partly_returned(world: World) -> None:
    item = await reported(world)
    await world.do("owner", "submit-items", round=HALF_YEAR, items=[item["bound"]])
    await world.do("director", "return-items", round=HALF_YEAR, items=[{"subject": MILESTONE, "reason": "Lisää"}])

    assert (await packages(world, "owner"))[UNIT]["state"] == "partly-returned"


async def test_each_follows_what_they_may_and_nothing_else(world: World) -> None:
    await reported(world)

    assert set(await packages(world, "owner")) == {UNIT}
    assert set(await packages(world, "other-director")) == {OTHER}
    assert len(await packages(world, "head")) == 8
    for person in ("assessor", "auditor", "admin"):
        assert await packages(world, person) == {}


async def test_what_is_late_extended_and_escalated_is_said(world: World) -> None:
    item = await reported(world)
    await world.do(
        "coordinator",
        "extend-deadline",
        round=HALF_YEAR,
        kind="unit",
        unit=OTHER,
        date="2024-08-25",
        reason="Sairaus",
    )
    await world.clock(datetime(2024, 8, 24, 8, tzinfo=UTC))
    body = {"round": HALF_YEAR, "items": [item["bound"]], "late_reason": "Kesä"}
    await world.do("owner", "submit-items", **body)
    await world.clock(datetime(2024, 9, 20, 8, tzinfo=UTC))
    await system(world, EscalateStep(round=HALF_YEAR, unit=UnitId(UNIT)))

    found = await packages(world, "coordinator")

    assert (found[UNIT]["late"], found[UNIT]["extended"], found[UNIT]["overdue"]) == (True, False, True)
    assert (found[OTHER]["late"], found[OTHER]["extended"]) == (False, True)
    assert found[OTHER]["deadline"]["date"] == "2024-08-25"
    assert [each["unit"] for each in found[UNIT]["escalated"]] == [UNIT]
    assert found[OTHER]["escalated"] == []


async def test_reminders_are_shown_to_those_who_were_reminded_and_to_those_who_oversee(world: World) -> None:
    await reported(world)
    process = f"submission/{HALF_YEAR}/{UNIT}"
    due = (await packages(world, "owner"))[UNIT]["deadline"]["date"]
    await world.clock(morning(Date(due)))
    now = await world.handler.now(LEDGER)
    for step in (await world.handler.read(LEDGER, lambda view: plan(view, process, now))).steps:
        if isinstance(step, IssueReminder):
            await system(world, step)

    seen = {
        person: {each["person"] for each in (await packages(world, person))[UNIT]["reminders"]}
        for person in ("owner", "director", "coordinator", "head")
    }

    assert seen["coordinator"] == seen["head"] == {"owner", "stand-in"}
    assert (seen["owner"], seen["director"]) == ({"owner"}, set())


async def test_what_was_delivered_is_a_package_that_was_delivered(world: World) -> None:
    await signed_off(world)
    await delivered(world)

    found = await packages(world, "coordinator", ANNUAL)

    assert found[UNIT]["stages"]["delivered"] == 1
