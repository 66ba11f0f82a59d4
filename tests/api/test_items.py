"""Items over HTTP: read, write, submit, sign off; what `If-Match` guards; who may read."""

from typing import Any

from api.world import HALF_YEAR, LEDGER, OTHER, UNIT, World

MILESTONE = "te24-cooperation-talks-2024"
HELPED = 1
"""With so many items of others the other unit helps."""
PATH = f"rounds/{HALF_YEAR}/items/{MILESTONE}"
REPORT: dict[str, Any] = {"round": HALF_YEAR, "subject": MILESTONE, "status": "in-progress", "light": 3}


async def reported(world: World, **more: Any) -> Any:
    """The milestone with a first report of the owner's."""
    await world.do("owner", "report-milestone", **REPORT | {"narrative": "Etenee"} | more)
    return await world.read("owner", PATH)


async def test_an_item_is_reported_proved_submitted_and_signed_off(world: World) -> None:
    first = await reported(world)
    assert (first["report"]["narrative"], first["stage"], first["unit"]) == ("Etenee", "draft", UNIT)
    file = (await world.upload("owner")).json()["file"]
    evidence = {"id": "e1", "revision": 1, "file": file, "title": "Pöytäkirja", "document_date": "2024-05-01"}
    await world.do("owner", "attach-evidence", round=HALF_YEAR, subject=MILESTONE, evidence=evidence)
    item = await world.read("owner", PATH)
    await world.do("owner", "submit-items", round=HALF_YEAR, items=[item["bound"]])

    done = await world.do("director", "sign-off-items", round=HALF_YEAR, items=[item["bound"]])

    assert (done["unchanged"], done["skipped"]) == (False, [])
    after = await world.read("director", PATH)
    assert (after["stage"], after["signed_by"], after["preparers"]) == ("signed-off", "director", ["owner"])
    assert after["evidence"][0]["title"] == "Pöytäkirja"
    assert after["evidence"][0]["file"]["name"] == "proof.pdf"
    assert "object" not in after["evidence"][0]["file"]


async def test_if_match_lets_the_first_report_of_an_empty_item_through(world: World) -> None:
    await reported(world)  # Opens the round.
    subject = "procurement-skills-2024"
    answer = await world.get("other-owner", f"rounds/{HALF_YEAR}/items")
    subject = next(each["subject"] for each in answer.json()["items"] if each["kind"] == "milestone")
    empty = await world.get("other-owner", f"rounds/{HALF_YEAR}/items/{subject}")

    answer = await world.client.post(
        f"/api/v1/{LEDGER}/commands/report-milestone",
        json=REPORT | {"subject": subject},
        headers=world.headers("other-owner", If_Match=empty.headers["ETag"]),
    )

    assert answer.status_code == 200, answer.text
    assert empty.json()["seen"] is None


async def test_if_match_refuses_to_write_over_what_somebody_else_wrote(world: World) -> None:
    """Case 15."""
    await reported(world)
    opened = await world.get("owner", PATH)
    await world.do("stand-in", "report-milestone", **REPORT | {"narrative": "Muuta", "seen": opened.json()["seen"]})

    answer = await world.client.post(
        f"/api/v1/{LEDGER}/commands/report-milestone",
        json=REPORT | {"narrative": "Vanha"},
        headers=world.headers("owner", If_Match=opened.headers["ETag"]),
    )

    assert (answer.status_code, answer.json()["code"]) == (412, "content-changed")
    assert (await world.read("owner", PATH))["report"]["narrative"] == "Muuta"


async def test_without_if_match_changed_content_is_a_conflict(world: World) -> None:
    await reported(world)

    answer = await world.post("stand-in", "report-milestone", **REPORT | {"narrative": "Muuta"})

    assert (answer.status_code, answer.json()["code"]) == (409, "content-changed")


async def test_a_bulk_command_names_what_it_skipped(world: World) -> None:
    """Case 23."""
    item = await reported(world)
    other = {"subject": "no-such-milestone", "revision": 1, "digest": "0" * 64}

    done = await world.do("owner", "submit-items", round=HALF_YEAR, items=[item["bound"], other])

    assert [(each["subject"], each["code"]) for each in done["skipped"]] == [("no-such-milestone", "not-in-scope")]
    assert done["first"] is not None


async def test_a_draft_is_read_by_its_unit_and_the_head_and_nobody_else(world: World) -> None:
    await reported(world)

    seen = {person: await world.get(person, PATH) for person in ("director", "head", "coordinator")}
    refused = {person: (await world.get(person, PATH)).status_code for person in ("other-owner", "assessor", "auditor")}

    assert seen["director"].json()["report"]["narrative"] == "Etenee"
    assert seen["head"].json()["report"]["narrative"] == "Etenee"
    coordinator = seen["coordinator"].json()
    assert (coordinator["stage"], coordinator["report"], coordinator["content"]) == ("draft", None, None)
    assert set(refused.values()) == {403}


async def test_the_list_shows_each_reader_what_they_may_see(world: World) -> None:
    await reported(world)

    async def count(person: str, **query: Any) -> int:
        return len((await world.read(person, f"rounds/{HALF_YEAR}/items", limit=500, **query))["items"])

    assert await count("coordinator") == 119
    assert await count("assessor") == 0
    own, other = await count("owner"), await count("other-owner")
    assert 0 < own < 119
    assert (own, other) == (await count("head", unit=UNIT), await count("head", unit=OTHER) + HELPED)
    assert await count("head", stage="draft") == 1


async def test_the_list_goes_on_from_page_to_page(world: World) -> None:
    await reported(world)
    found: list[str] = []
    after: dict[str, Any] = {}
    while True:
        page = await world.read("head", f"rounds/{HALF_YEAR}/items", limit=50, **after)
        found += [each["subject"] for each in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}

    assert len(found) == len(set(found)) == 119
    assert found == sorted(found)


async def test_a_target_is_shown_with_its_milestones_as_they_are(world: World) -> None:
    item = await reported(world)

    target = await world.read("head", f"rounds/{HALF_YEAR}/items/{item['target']}")

    own = next(each for each in target["milestones"] if each["subject"] == MILESTONE)
    assert own == {**item["bound"], "stage": "draft", "light": 3}
    assert target["suggested"] is None
