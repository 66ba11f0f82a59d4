"""What was approved of an item, and what has changed since, for each reader as far as they may read it."""

from datetime import UTC, datetime
from typing import Any

from api.test_items import MILESTONE, reported
from api.test_items import PATH as HALF_YEAR_PATH
from api.test_reading import corrected, redelivered, signed
from api.test_year import ANNUAL, PATH
from api.world import HALF_YEAR, World


def fields(said: Any) -> dict[str, tuple[Any, Any]]:
    """Each changed field with what it was before and what it is."""
    return {each["field"]: (each["before"], each["after"]) for each in said["fields"]}


async def test_each_approval_is_listed_with_the_content_that_it_saw(world: World) -> None:
    await corrected(world)

    own = (await world.read("owner", f"{PATH}/revisions"))["revisions"]
    others = (await world.read("assessor", f"{PATH}/revisions"))["revisions"]

    assert [(each["revision"], each["content"], each["report"]["light"]) for each in own] == [
        (1, "signed-off", 2),
        (1, "delivered", 2),
        (2, "signed-off", 3),
    ]
    assert [each["evidence"][0]["file"]["name"] for each in own] == ["first.pdf", "first.pdf", "second.pdf"]
    assert [(each["signed_by"], each["done_by"]) for each in own] == [
        ("director", "director"),
        ("director", "coordinator"),
        ("director", "director"),
    ]
    assert others == [{**own[1], "signed_by": None, "done_by": None}]
    await redelivered(world)
    assert len((await world.read("assessor", f"{PATH}/revisions"))["revisions"]) == 2


async def test_what_has_changed_since_the_last_approval_is_told_field_by_field(world: World) -> None:
    await corrected(world)

    said = await world.read("director", f"{PATH}/changes")

    assert (said["since"]["round"], said["since"]["revision"], said["since"]["content"]) == (ANNUAL, 1, "delivered")
    found = fields(said)
    assert found["light"] == (2, 3)
    assert found["status"] == ("partly-reached", "reached")
    assert found["explanation.cause"] == ("Viive", None)
    assert "revision" not in found
    [document] = said["evidence"]
    assert (document["before"]["file"]["name"], document["after"]["file"]["name"]) == ("first.pdf", "second.pdf")


async def test_what_has_changed_of_all_items_of_a_unit_is_what_is_told_of_each(world: World) -> None:
    await corrected(world)
    unit = (await world.read("director", PATH))["unit"]

    for person in ("director", "assessor"):
        said = await world.read(person, f"rounds/{ANNUAL}/units/{unit}/changes")

        subjects = [each["subject"] for each in said["items"]]
        assert PATH.rpartition("/")[2] in subjects
        for subject in subjects:
            assert await world.read(person, f"rounds/{ANNUAL}/items/{subject}/changes") in said["items"]


async def test_what_was_approved_is_dated_by_its_sign_off_and_not_by_its_delivery(world: World) -> None:
    await corrected(world)

    signed_off, delivered, _ = (await world.read("owner", f"{PATH}/revisions"))["revisions"]
    since = (await world.read("director", f"{PATH}/changes"))["since"]

    assert since["content"] == "delivered"
    assert since["at"] == signed_off["at"] < delivered["at"]


async def test_others_are_told_what_changed_from_delivery_to_delivery(world: World) -> None:
    await corrected(world)
    assert (await world.read("assessor", f"{PATH}/changes"))["fields"] == []

    await redelivered(world)

    said = await world.read("assessor", f"{PATH}/changes")
    assert (said["since"]["revision"], said["since"]["signed_by"]) == (1, None)
    assert fields(said)["light"] == (2, 3)


async def test_a_first_report_is_compared_with_the_last_rounds(world: World) -> None:
    item = await reported(world)
    assert (item["previous"], (await world.read("owner", f"{HALF_YEAR_PATH}/changes"))["since"]) == (None, None)
    await world.do("owner", "submit-items", round=HALF_YEAR, items=[item["bound"]])
    await world.do("director", "sign-off-items", round=HALF_YEAR, items=[item["bound"]])
    await world.clock(datetime(2025, 1, 10, 8, tzinfo=UTC))
    report = {"status": "not-reached", "light": 1, "explanation": explanation()}
    await world.do("owner", "report-milestone", round=ANNUAL, subject=MILESTONE, **report)

    said = await world.read("director", f"{PATH}/changes")

    assert (await world.read("owner", PATH))["previous"] == HALF_YEAR
    assert (said["since"]["round"], said["since"]["content"]) == (HALF_YEAR, "signed-off")
    assert fields(said)["status"] == ("in-progress", "not-reached")
    assert fields(said)["narrative"] == ("Etenee", None)
    await signed(world)
    assert (await world.read("director", f"{PATH}/changes"))["since"]["round"] == HALF_YEAR


async def test_drafts_and_their_approvals_are_kept_from_those_who_may_not_read_them(world: World) -> None:
    await reported(world)

    for person in ("other-owner", "assessor", "auditor"):
        for read in ("revisions", "changes"):
            answer = await world.get(person, f"{HALF_YEAR_PATH}/{read}")
            assert (answer.status_code, answer.json()["code"]) == (403, "not-permitted")
    assert (await world.read("coordinator", f"{HALF_YEAR_PATH}/revisions"))["revisions"] == []
    assert (await world.get("coordinator", f"{HALF_YEAR_PATH}/changes")).status_code == 403


def explanation() -> dict[str, str]:
    """A deviation's words."""
    return {
        "cause": "Viive",
        "risk": "Myöhästyy",
        "action": "Lisää väkeä",
        "action_owner": "owner",
        "action_due": "2025-06-30",
    }
