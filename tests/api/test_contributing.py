"""A unit that helps with an item attaches evidence to it, so it reads the item and its documents, too."""

from typing import Any

from api.test_items import reported
from api.world import HALF_YEAR, OTHER, VERSION, World


async def helped(world: World) -> dict[str, Any]:
    """A milestone of 2024 with which the other unit helps another one."""
    agreement = await world.read("coordinator", f"agreements/{VERSION}")
    found: dict[str, Any] = next(
        each for each in agreement["milestones"] if each["year"] == 2024 and OTHER in each["contributors"]
    )
    return found


async def test_who_helps_attaches_evidence_and_reads_what_it_proves(world: World) -> None:
    await reported(world)  # Opens the round.
    milestone = await helped(world)
    subject = milestone["milestone"]
    path = f"rounds/{HALF_YEAR}/items/{subject}"
    file = (await world.upload("other-owner")).json()["file"]
    evidence = {"id": "e1", "revision": 1, "file": file, "title": "Todiste", "document_date": "2024-05-01"}

    await world.do("other-owner", "attach-evidence", round=HALF_YEAR, subject=subject, evidence=evidence)

    assert milestone["unit"] != OTHER
    item = await world.read("other-director", path)
    assert (item["content"], item["stage"], item["unit"]) == ("draft", "draft", milestone["unit"])
    [document] = item["evidence"]
    answer = await world.get("other-owner", f"files/{document['file']['commitment']}")
    assert answer.status_code == 200
    listed = await world.read("other-owner", f"rounds/{HALF_YEAR}/items", limit=500)
    assert subject in {each["subject"] for each in listed["items"]}


async def test_who_helps_with_something_else_reads_nothing_of_it(world: World) -> None:
    await reported(world)
    milestone = await helped(world)
    path = f"rounds/{HALF_YEAR}/items/{milestone['milestone']}"
    file = (await world.upload("other-owner")).json()["file"]
    evidence = {"id": "e1", "revision": 1, "file": file, "title": "Todiste", "document_date": "2024-05-01"}
    await world.do("other-owner", "attach-evidence", round=HALF_YEAR, subject=milestone["milestone"], evidence=evidence)
    [document] = (await world.read("head", path))["evidence"]

    for person in ("owner", "assessor", "auditor"):
        assert (await world.get(person, path)).status_code == 403
        assert (await world.get(person, f"files/{document['file']['commitment']}")).status_code == 403


async def test_who_helps_submits_and_signs_nothing(world: World) -> None:
    await reported(world)
    subject = (await helped(world))["milestone"]
    bound = (await world.read("other-owner", f"rounds/{HALF_YEAR}/items/{subject}"))["bound"]

    for person, command in (("other-owner", "submit-items"), ("other-director", "sign-off-items")):
        answer = await world.post(person, command, round=HALF_YEAR, items=[bound])
        assert (answer.status_code, answer.json()["code"]) == (403, "not-permitted")
