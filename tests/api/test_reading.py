"""What stays readable, and what only some read: earlier revisions, files, contacts, transcriptions, the unattended."""

from datetime import UTC, datetime
from typing import Any

import pytest

from api.test_items import MILESTONE
from api.test_year import ANNUAL, PATH, delivered, signed_off
from api.world import LEDGER, PDF, World
from domain.canonical import Json
from domain.events.round import AgencyReportReturned
from domain.values import Words
from services.api.bound import LateContent
from services.eventstore.subscribe import catch_up
from services.opening import Opened
from services.readmodels import SUBSCRIPTION


async def evidence(world: World, person: str, name: str, revision: int) -> str:
    """Attach or revise the item's one piece of evidence; the commitment to its file."""
    file = (await world.upload(person, name, PDF + name.encode() + b"\n%%EOF\n")).json()["file"]
    said = {"id": "e1", "revision": revision, "file": file, "title": name, "document_date": "2024-06-01"}
    command = "attach-evidence" if revision == 1 else "revise-evidence"
    await world.do(person, command, round=ANNUAL, subject=MILESTONE, evidence=said)
    [shown] = (await world.read(person, PATH))["evidence"]
    return str(shown["file"]["commitment"])


async def corrected(world: World) -> tuple[str, str]:
    """An item with evidence that is delivered, corrected with another file and signed; the files' commitments."""
    await world.clock(datetime(2025, 1, 10, 8, tzinfo=UTC))
    explanation = {
        "cause": "Viive",
        "risk": "Myöhästyy",
        "action": "Lisää väkeä",
        "action_owner": "owner",
        "action_due": "2025-06-30",
    }
    report = {"round": ANNUAL, "subject": MILESTONE, "status": "partly-reached", "light": 2}
    await world.do("owner", "report-milestone", **report, explanation=explanation)
    first = await evidence(world, "owner", "first.pdf", 1)
    await signed(world)
    await delivered(world)
    target = (await world.read("owner", PATH))["target"]
    items = [{"subject": each, "reason": "Väärin"} for each in (MILESTONE, target)]
    await world.do(
        "coordinator", "open-supplement", round=ANNUAL, reopening="r1", redeliver_by="2025-03-30", items=items
    )
    await world.do("owner", "start-correction", round=ANNUAL, subject=MILESTONE, reason="Tarkennus")
    second = await evidence(world, "owner", "second.pdf", 2)
    report = {"round": ANNUAL, "subject": MILESTONE, "status": "reached", "light": 3}
    seen = (await world.read("owner", PATH))["seen"]
    await world.do("owner", "report-milestone", **report, seen=seen)
    await signed(world)
    return first, second


async def signed(world: World) -> None:
    """Submit the item and sign it off."""
    bound = (await world.read("owner", PATH))["bound"]
    await world.do("owner", "submit-items", round=ANNUAL, items=[bound])
    await world.do("director", "sign-off-items", round=ANNUAL, items=[bound])


async def redelivered(world: World) -> None:
    """The corrected item, with the ministry."""
    scope = (await world.read("coordinator", f"rounds/{ANNUAL}"))["scope"]
    gaps = [{"subject": each["subject"], "reason": "Puuttuu"} for each in scope if each["subject"] != MILESTONE]
    await world.do("coordinator", "compile-agency-report", round=ANNUAL, gaps=gaps)
    digest = (await world.read("head", f"rounds/{ANNUAL}"))["compiled"]["digest"]
    await world.do("head", "approve-agency-report", round=ANNUAL, digest=digest)
    await world.do("coordinator", "deliver-to-ministry", round=ANNUAL, digest=digest, case_number="KEHA/2/2025")


async def test_a_delivered_revision_stays_readable_to_the_letter_when_a_later_one_is_delivered(world: World) -> None:
    first, second = await corrected(world)
    early = [(await world.get("assessor", f"files/{each}")).status_code for each in (first, second)]
    await redelivered(world)

    assert early == [200, 403]
    for person in ("assessor", "auditor", "owner", "coordinator"):
        one, two = [await world.read(person, PATH, revision=number) for number in (1, 2)]
        assert (one["content"], one["report"]["light"], one["report"]["explanation"]["cause"]) == (
            "delivered",
            2,
            "Viive",
        )
        assert [each["file"]["commitment"] for each in one["evidence"]] == [first]
        assert (two["content"], two["report"]["light"]) == ("delivered", 3)
        assert one["digest"] != two["digest"] == (await world.read(person, PATH))["delivered"]["digest"]
        assert [(await world.get(person, f"files/{each}")).status_code for each in (first, second)] == [200, 200]
    missing = await world.get("assessor", PATH, revision=3)
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown-revision")


async def test_a_signed_revision_is_read_like_a_draft_until_it_is_delivered(world: World) -> None:
    await corrected(world)

    for person in ("owner", "head"):
        signed = await world.read(person, PATH, revision=2)
        assert (signed["content"], signed["report"]["light"], signed["signed_by"]) == ("signed-off", 3, "director")
    for person in ("assessor", "coordinator", "auditor", "other-owner"):
        assert (await world.get(person, PATH, revision=2)).status_code == 404
        assert (await world.read(person, PATH, revision=1))["report"]["light"] == 2


async def test_contacts_and_logins_are_in_the_trail_for_administrators_alone(world: World) -> None:
    await catch_up(world.pool, SUBSCRIPTION, LEDGER)

    seen = {}
    for person in ("admin", "head", "auditor", "assessor"):
        entries = (await world.read(person, "trail", type="person-registered", limit=500))["entries"]
        seen[person] = [(each["said"]["name"], each["said"]["contact"], each["said"]["login"]) for each in entries]

    assert ("The owner", "owner@keha.example") in [each[:2] for each in seen["admin"]]
    for person in ("head", "auditor", "assessor"):
        assert {each[1:] for each in seen[person]} == {(None, None)}
        assert [each[0] for each in seen[person]] == [each[0] for each in seen["admin"]]


async def test_a_transcription_and_its_document_are_for_head_and_coordinator_until_it_is_confirmed(
    world: World,
) -> None:
    await signed_off(world)
    await delivered(world)
    file = (await world.upload("coordinator", "statement.pdf")).json()["file"]
    lights: list[dict[str, Any]] = [
        {"subject": each["subject"], "light": 2, "rationale": "Arvio"}
        for each in (await world.read("assessor", "cycles/2024/assessment"))["subjects"]
    ]
    await world.do(
        "coordinator",
        "propose-transcription",
        year=2024,
        proposal="p1",
        document=file,
        narrative="Lausunto",
        lights=lights,
    )
    [proposal] = (await world.read("coordinator", "cycles/2024"))["proposals"]
    document = f"files/{proposal['content']['document']['commitment']}"
    people = ("coordinator", "head", "owner", "assessor", "auditor")

    early = {
        person: (
            len((await world.read(person, "cycles/2024"))["proposals"]),
            (await world.get(person, document)).status_code,
        )
        for person in people
    }
    await world.do("head", "confirm-transcription", year=2024, proposal="p1", digest=proposal["digest"])

    assert early == {
        "coordinator": (1, 200),
        "head": (1, 200),
        "owner": (0, 403),
        "assessor": (0, 403),
        "auditor": (0, 403),
    }
    assert [(await world.get(person, document)).status_code for person in people] == [200] * 5


async def test_what_is_a_units_own_is_not_in_the_round_of_others(world: World) -> None:
    await signed_off(world)
    await world.do(
        "coordinator",
        "extend-deadline",
        round=ANNUAL,
        kind="unit",
        unit="people-leadership",
        date="2025-02-05",
        reason="Sairaus",
    )
    await catch_up(world.pool, SUBSCRIPTION, LEDGER)

    for person, own in (("owner", True), ("coordinator", True), ("other-owner", False), ("assessor", False)):
        found = await world.read(person, f"rounds/{ANNUAL}")
        assert ("people-leadership" in {each["unit"] for each in found["deadlines"]}) is own
    for person, read in (("owner", 1), ("other-owner", 1), ("assessor", 0), ("auditor", 0)):
        assert len((await world.read(person, "trail", type="deadline-extended"))["entries"]) == read


async def test_what_waits_for_nobody_is_read_by_those_who_see_to_it(world: World) -> None:
    await world.clock(datetime(2025, 1, 15, 8, tzinfo=UTC))
    await signed_off(world)
    await catch_up(world.pool, SUBSCRIPTION, LEDGER)

    for person in ("coordinator", "head", "admin", "auditor"):
        found = await world.read(person, "unattended", limit=2)
        assert len(found["tasks"]) == 2
        assert found["next"] == 2
    for person in ("owner", "director", "assessor", "decider"):
        answer = await world.get(person, "unattended")
        assert (answer.status_code, answer.json()["code"]) == (403, "not-permitted")


def test_words_that_were_erased_say_so_alike_in_states_and_in_rows() -> None:
    returned = AgencyReportReturned(round="2024-annual", report=1, reason=Words("0" * 64))

    shown: dict[str, Json] = {
        "erased": {"erasure": "e1", "at": "2024-06-03T08:00:00.000000Z", "position": 7, "authority": "x"}
    }
    erased = Opened({}, asked={"0" * 64}, erased={"0" * 64: shown})
    assert erased.json(returned)["reason"] == erased.row({"reason": "0" * 64})["reason"] == shown
    late = LateContent(
        year=2024, unit="u", completed_on="2025-02-01", narrative=erased.text("0" * 64), evidence=[], digest="d"
    )
    assert late.model_dump()["narrative"] == shown
    assert Opened({}, asked=()).json(returned)["reason"] is None, "what wasn't asked for isn't said to be erased"
    assert Opened({}).text("0" * 64) == {"missing": True}, "what no erasure took isn't said to be erased"


@pytest.mark.parametrize("date", ["0001-01-01", "9999-12-31"])
async def test_a_date_out_of_all_time_is_refused_and_no_fault(still: World, date: str) -> None:
    name = {"fi": "a", "sv": "b", "en": "c"}

    answer = await still.post("admin", "register-unit", unit="new", name=name, valid_from=date)

    assert answer.status_code == 422, answer.text
