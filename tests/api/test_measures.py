"""RRF data over HTTP, from the measure to what an item that was flagged later lacks (R9, R13, case 21)."""

from typing import Any

import pytest

from api.test_engagements import engage
from api.test_items import MILESTONE, PATH
from api.world import HALF_YEAR, LEDGER, World
from services.eventstore import catch_up
from services.readmodels import SUBSCRIPTION

MEASURE = {"measure": "p3c2i1", "code": "P3C2I1", "title": {"fi": "Palvelut", "sv": "Tjänster", "en": "Services"}}
LINK = {
    "subject": MILESTONE,
    "measure": "p3c2i1",
    "kind": "milestone",
    "reference": "119",
    "basis": "Ministeriön päätös",
}
REACHED = {"round": HALF_YEAR, "subject": MILESTONE, "status": "reached", "light": 3}


async def signed(world: World) -> None:
    """The milestone, reached, proved and signed off before anybody thought of the facility."""
    await world.do("owner", "report-milestone", **REACHED)
    file = (await world.upload("owner")).json()["file"]
    evidence = {"id": "e1", "revision": 1, "file": file, "title": "Todiste", "document_date": "2024-05-01"}
    await world.do("owner", "attach-evidence", round=HALF_YEAR, subject=MILESTONE, evidence=evidence)
    bound = (await world.read("owner", PATH))["bound"]
    await world.do("owner", "submit-items", round=HALF_YEAR, items=[bound])
    await world.do("director", "sign-off-items", round=HALF_YEAR, items=[bound])


async def flagged(world: World) -> None:
    """It counts for a measure from today on."""
    await world.do("coordinator", "record-measure", **MEASURE)
    await world.do("coordinator", "link-item-to-measure", **LINK)


async def gaps(world: World, person: str = "coordinator") -> dict[str, bool]:
    """What the milestone lacked, and whether it lacks it still."""
    [item] = (await world.read(person, "measures/p3c2i1"))["items"]
    return {each["kind"]: each["open"] for each in item["gaps"]}


async def test_an_item_that_is_flagged_later_shows_what_it_lacks_until_that_is_recorded(world: World) -> None:
    await signed(world)
    await flagged(world)

    assert await gaps(world) == {"retention": True, "verification": True, "recipients": True, "interest": True}
    file = (await world.upload("coordinator")).json()["file"]
    summary = {"subject": MILESTONE, "measure": "p3c2i1", "year": 2024, "summary": "Todennettu"}
    await world.do(
        "coordinator", "record-verification-summary", **summary, documents=[{"file": file, "title": "Todennus"}]
    )
    assert await gaps(world) == {"retention": True, "verification": False, "recipients": True, "interest": True}
    recipient = {"kind": "contractor", "name": "Oy Palvelut", "amount": "12500.50"}
    await world.do("coordinator", "record-recipients", measure="p3c2i1", year=2024, recipients=[recipient])
    await world.do("director", "declare-interest", measure="p3c2i1", year=2024, conflict=False)
    await world.do(
        "coordinator", "record-retention", measure="p3c2i1", balance_paid_on="2024-05-31", years=5, basis="Maksu"
    )
    assert set((await gaps(world)).values()) == {False}

    measure = await world.read("coordinator", "measures/p3c2i1")
    assert (measure["recorded"]["code"], measure["recorded"]["title"]["en"]) == ("P3C2I1", "Services")
    assert (measure["retention"]["until"], measure["retention"]["basis"]) == ("2029-05-31", "Maksu")
    [item] = measure["items"]
    assert (item["subject"], item["linked"]["reference"], item["linked"]["valid_from"], item["linked"]["by"]) == (
        MILESTONE,
        "119",
        "2024-06-03",
        "coordinator",
    )
    [summed] = item["summaries"]
    assert (summed["year"], summed["summary"], summed["documents"][0]["title"]) == (2024, "Todennettu", "Todennus")
    assert measure["recipients"][0]["recipients"][0]["name"] == "Oy Palvelut"
    assert [(each["person"], each["conflict"]) for each in measure["interests"]] == [("director", False)]
    listed = await world.read("coordinator", "measures")
    assert listed["measures"] == [measure]


@pytest.mark.parametrize(
    ("person", "subjects", "items", "reads"),
    [
        ("head", None, 1, "all"),
        ("owner", None, 1, "that"),
        ("assessor", None, 0, "none"),
        ("auditor", None, 0, "none"),
        ("auditor", (MILESTONE,), 1, "none"),
        ("auditor", ("another",), 0, "none"),
        ("auditor", (), 1, "all"),
    ],
)
async def test_each_reads_of_a_measure_what_they_may(
    world: World, person: str, subjects: tuple[str, ...] | None, items: int, reads: str
) -> None:
    await flagged(world)
    owner = {"kind": "beneficial-owner", "name": "Matti Meikäläinen"}
    await world.do("coordinator", "record-recipients", measure="p3c2i1", year=2024, recipients=[owner])
    if subjects is not None:
        await engage(world, *subjects)

    measure: dict[str, Any] = await world.read(person, "measures/p3c2i1")
    await catch_up(world.pool, SUBSCRIPTION, LEDGER)
    board = (await world.read(person, "board", year=2024, round="half-year"))["board"]

    assert len(measure["items"]) == items
    assert str(board).count("'rrf': ['p3c2i1']") == items
    assert len(measure["recipients"]) == (0 if reads == "none" else 1)
    assert ("Meikäläinen" in str(measure)) is (reads == "all")
    assert [each["by"] for each in measure["recipients"]] == ["coordinator"] * len(measure["recipients"])
    assert all(("year" in each) is (reads == "all") for each in measure["recipients"])
    assert measure["recorded"]["code"] == "P3C2I1"


async def test_who_declared_a_conflict_signs_nothing_of_the_measure(world: World) -> None:
    """C17."""
    await flagged(world)
    await world.do("owner", "report-milestone", round=HALF_YEAR, subject=MILESTONE, status="in-progress", light=3)
    bound = (await world.read("owner", PATH))["bound"]
    await world.do("owner", "submit-items", round=HALF_YEAR, items=[bound])
    conflict = {"measure": "p3c2i1", "year": 2024, "conflict": True, "statement": "Omistan osakkeita"}
    await world.do("director", "declare-interest", **conflict)

    answer = await world.post("director", "sign-off-items", round=HALF_YEAR, items=[bound])

    assert (answer.status_code, answer.json()["code"], answer.json()["rule"]) == (403, "conflict-of-interest", "C17")
    [interest] = (await world.read("head", "measures/p3c2i1"))["interests"]
    assert (interest["conflict"], interest["statement"]) == (True, "Omistan osakkeita")
    [seen] = (await world.read("owner", "measures/p3c2i1"))["interests"]
    assert (seen["by"], "statement" in seen) == ("director", False)


async def test_what_counts_for_a_measure_is_kept_without_end_until_a_date_is_recorded(world: World) -> None:
    """R13."""
    await world.do("owner", "report-milestone", **REACHED | {"narrative": "Valmis"})
    await flagged(world)
    places = (await world.read("admin", "erasure-places", subject=MILESTONE))["places"]
    erasure = {"erasure": "e1", "places": places, "reason": "Pyyntö", "authority": "Pyyntö 1/2024"}

    open_ended = await world.post("admin", "propose-erasure", **erasure)
    retention = {"measure": "p3c2i1", "balance_paid_on": "2024-05-31", "years": 5, "basis": "Maksu"}
    await world.do("coordinator", "record-retention", **retention)
    dated = await world.post("admin", "propose-erasure", **erasure)
    shorter = await world.post("coordinator", "record-retention", **retention | {"years": 3})

    for answer, until in ((open_ended, "until a date is recorded"), (dated, "to 2029-05-31")):
        assert (answer.status_code, answer.json()["code"]) == (409, "under-retention")
        assert until in answer.json()["detail"]
    assert (shorter.status_code, shorter.json()["code"]) == (409, "retention-shortened")


async def test_a_measure_that_nobody_recorded_is_not_found(world: World) -> None:
    await world.do("coordinator", "record-measure", **MEASURE)

    answer = await world.get("coordinator", "measures/p3c2")

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-measure")
