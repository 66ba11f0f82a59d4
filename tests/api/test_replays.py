"""Replays over HTTP: steps, a difference, any read model as known and valid; for auditors in an engagement alone."""

from datetime import timedelta
from typing import Any

import pytest

from api.test_engagements import engage
from api.test_items import MILESTONE, reported
from api.test_looks import looks
from api.world import HALF_YEAR, JUNE, World
from services.eventstore import catch_up
from services.readmodels import SUBSCRIPTION

STEPS, DIFFERENCE, REPLAY = "audit/steps", "audit/difference", "audit/replay"
FROM_JUNE = "2024-06-03T10:00:00Z"
ASKED: dict[str, dict[str, Any]] = {
    STEPS: {},
    DIFFERENCE: {"from": 0, "year": 2024},
    REPLAY: {"view": "roles"},
}


async def head(world: World) -> int:
    return await world.store.head("keha")


async def test_each_step_says_who_did_what_why_and_what_changed_with_its_words(world: World) -> None:
    before = await head(world)
    await reported(world)
    await engage(world)

    found = await world.read("auditor", STEPS, after=before)

    steps = {each["type"]: each for each in found["steps"]}
    assert list(steps) == [
        "cycle-opened",
        "round-opened",
        "round-scope-fixed",
        "milestone-status-reported",
        "engagement-opened",
    ]
    assert (steps["round-opened"]["kind"], steps["round-opened"]["caused_by_command"]) == ("system", True)
    report = steps["milestone-status-reported"]
    assert (report["actor"], report["command"], report["subject"]) == ("owner", "report-milestone", MILESTONE)
    [item] = report["board"]
    assert item["changes"]["narrative"] == [None, "Etenee"]
    assert item["changes"]["stage"] == ["not-started", "draft"]
    assert len(steps["round-scope-fixed"]["board"]) > 90
    assert steps["engagement-opened"]["board"] == []
    assert found["next"] is None


async def test_steps_come_page_by_page_and_of_one_subject(world: World) -> None:
    await reported(world)
    await engage(world)

    first = await world.get("auditor", STEPS, limit=200)
    rest = await world.client.get(first.headers["Link"][1:].partition(">")[0], headers=world.headers("auditor"))
    own = await world.read("auditor", STEPS, subject=MILESTONE)

    positions = [each["position"] for page in (first.json(), rest.json()) for each in page["steps"]]
    assert positions[:200] == list(range(1, 201))
    assert positions == sorted(set(positions))
    assert [each["type"] for each in own["steps"]] == [
        "milestone-defined",
        "round-scope-fixed",
        "milestone-status-reported",
    ]


async def test_a_difference_says_from_what_to_what_by_whom_under_which_command(world: World) -> None:
    await reported(world)
    await engage(world)
    await world.clock(JUNE + timedelta(hours=3))
    await world.do(
        "stand-in",
        "report-milestone",
        round=HALF_YEAR,
        subject=MILESTONE,
        status="in-progress",
        light=2,
        narrative="Viivästyy",
        seen=(await world.read("stand-in", f"rounds/{HALF_YEAR}/items/{MILESTONE}"))["seen"],
        explanation={
            "cause": "Viive",
            "risk": "Myöhästyy",
            "action": "Lisää väkeä",
            "action_owner": "owner",
            "action_due": "2024-12-31",
        },
    )

    found = await world.read("auditor", DIFFERENCE, **{"from": FROM_JUNE, "year": 2024})

    changes = {each["what"]: each for each in found["changes"]}
    assert (found["to"], set(changes)) == (await head(world), {"light", "narrative", "explanation"})
    assert (changes["light"]["from"], changes["light"]["to"]) == (3, 2)
    assert (changes["narrative"]["from"], changes["narrative"]["to"]) == ("Etenee", "Viivästyy")
    assert changes["explanation"]["to"]["cause"] == "Viive"
    [event] = changes["light"]["events"]
    assert (event["by"], event["command"], event["role"]) == ("stand-in", "report-milestone", "owner")
    assert found["from"] < event["position"] <= found["to"]


async def test_any_read_model_is_shown_as_it_was_known_and_as_it_holds_on_a_day(world: World) -> None:
    await reported(world)
    await engage(world)
    await catch_up(world.pool, SUBSCRIPTION, "keha")
    year = {"year": 2024, "round": "half-year"}

    board = await world.read("auditor", REPLAY, view="board", **year)
    before = await world.read("auditor", REPLAY, view="board", known_at="2024-06-01T00:00:00Z", **year)
    items = await world.read("auditor", REPLAY, view="items", **year)
    dates = await world.read("auditor", REPLAY, view="deadlines", year=2024)
    tasks = await world.read("auditor", REPLAY, view="inbox", person="owner")
    roles = await world.read("auditor", REPLAY, view="roles", valid_at="2024-05-31")

    assert (board["shown"]["stage"], before["shown"]["stage"]) == ("open", "planned")
    assert before["recorded_at"] < "2024-06-01"
    assert next(each for each in items["shown"] if each["subject"] == MILESTONE)["report"]["narrative"] == "Etenee"
    assert {each["kind"] for each in dates["shown"]} >= {"unit", "director", "delivery"}
    assert MILESTONE in str(tasks["shown"])
    assert {"leaver", "owner"} <= {each["person"] for each in roles["shown"]["roles"]}
    assert "leaver" not in str((await world.read("auditor", REPLAY, view="roles"))["shown"])
    assert roles["valid_at"] == "2024-05-31"


@pytest.mark.parametrize("path", list(ASKED))
async def test_only_who_looks_in_an_engagement_in_force_replays(world: World, path: str) -> None:
    for person in ("auditor", "head", "admin", "coordinator"):
        answer = await world.get(person, path, **ASKED[path])
        assert (answer.status_code, answer.json()["code"]) == (403, "not-in-engagement")
    await engage(world)

    assert (await world.get("auditor", path, **ASKED[path])).status_code == 200
    assert (await world.get("head", path, **ASKED[path])).status_code == 403


async def test_an_engagement_about_some_subjects_shows_nothing_of_others(world: World) -> None:
    await reported(world)
    await engage(world, "other-subject")

    steps = (await world.read("auditor", STEPS, limit=500, after=150))["steps"]
    changes = (await world.read("auditor", DIFFERENCE, **{"from": 0, "year": 2024}))["changes"]
    items = await world.read("auditor", REPLAY, view="items", year=2024, round="half-year")

    assert "milestone-status-reported" not in {each["type"] for each in steps}
    assert {one["subject"] for each in steps for one in each["board"]} == {None}
    assert {each["subject"] for each in changes} == {None}
    assert items["shown"] == []
    for path, asked in (
        (STEPS, {"subject": MILESTONE}),
        (DIFFERENCE, {"from": 0, "year": 2024, "subject": MILESTONE}),
        (REPLAY, {"view": "inbox", "person": "owner"}),
    ):
        assert (await world.get("auditor", path, **asked)).json()["code"] == "not-in-engagement"


@pytest.mark.parametrize(
    ("path", "asked", "refused"),
    [
        (STEPS, {"after": 90_000}, (422, "no-such-position", "after")),
        (DIFFERENCE, {"from": 90_000, "year": 2024}, (422, "no-such-position", "from")),
        (DIFFERENCE, {"from": 9, "to": 90_000, "year": 2024}, (422, "no-such-position", "to")),
        (DIFFERENCE, {"from": 9, "to": 3, "year": 2024}, (422, "period-reversed", "to")),
        (
            DIFFERENCE,
            {"from": "2000-01-02T00:00:00Z", "to": "2000-01-01T00:00:00Z", "year": 2024},
            (422, "period-reversed", "to"),
        ),
        (DIFFERENCE, {"from": 9, "year": 2024, "subject": "nothing"}, (404, "unknown-subject", "subject")),
        (STEPS, {"subject": "nothing"}, (404, "unknown-subject", "subject")),
        (REPLAY, {"view": "inbox", "person": "nobody-at-all"}, (404, "unknown-person", "person")),
        (DIFFERENCE, {"from": "2024-06-04T00:00:00Z", "year": 2024}, (422, "instant-in-the-future", "from")),
        (REPLAY, {"view": "roles", "known_at": "2031-01-01T00:00:00Z"}, (422, "instant-in-the-future", "known_at")),
        (REPLAY, {"view": "roles", "known_at": 90_000}, (422, "no-such-position", "known_at")),
        (REPLAY, {"view": "roles", "known_at": "2024-06-01T00:00:00"}, (422, "time-without-zone", "known_at")),
        (REPLAY, {"view": "board", "year": 2024}, (422, "view-incomplete", "round")),
        (REPLAY, {"view": "roles", "person": "owner"}, (422, "view-contradicts", "person")),
    ],
)
async def test_what_can_not_be_replayed_is_refused(
    world: World, path: str, asked: dict[str, Any], refused: tuple[int, str, str]
) -> None:
    await engage(world)

    answer = await world.get("auditor", path, **asked)

    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["field"]) == refused
    assert await looks(world) == []


async def test_a_day_that_is_none_and_an_unknown_ledger_are_refused(world: World) -> None:
    await engage(world)

    no_day = await world.get("auditor", REPLAY, view="roles", valid_at="2024-02-30")
    nowhere = await world.client.get("/api/v1/nowhere/audit/steps", headers=world.headers("auditor"))

    assert no_day.status_code == 422
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "unknown-ledger")


async def test_each_replay_is_recorded_as_a_look_in_the_engagement_that_says_at_what(world: World) -> None:
    await engage(world)
    last = await head(world)
    year = {"year": 2024, "round": "half-year"}

    await world.read("auditor", STEPS)
    await world.read("auditor", STEPS, subject=MILESTONE)
    await world.read("auditor", DIFFERENCE, **{"from": 0, "year": 2024})
    await world.read("auditor", DIFFERENCE, **{"from": 9, "to": 20, "year": 2024, "subject": MILESTONE})
    await world.read("auditor", REPLAY, view="board", **year)
    await world.read("auditor", REPLAY, view="board", known_at="2024-06-03T08:00:00Z", **year)
    await world.read("auditor", REPLAY, view="board", known_at=120, valid_at="2024-05-31", **year)
    await world.read("auditor", REPLAY, view="deadlines", year=2024)
    await world.read("auditor", REPLAY, view="inbox", person="owner")

    found = await looks(world)
    assert {(each.kind, each.engagement) for each in found} == {("replay", "eca-2024")}
    assert [each.scope.removeprefix("replay/") for each in found] == [
        "steps",
        f"steps/{MILESTONE}",
        f"difference/2024?from=0&to={last}",
        f"difference/2024/{MILESTONE}?from=9&to=20",
        "board/2024-half-year",
        f"board/2024-half-year?known_at={last}",
        "board/2024-half-year?known_at=120&valid_at=2024-05-31",
        "deadlines/2024",
        "inbox/owner",
    ]


async def test_the_steps_of_a_subject_that_there_is_not_are_refused(world: World) -> None:
    await engage(world)

    answer = await world.get("auditor", STEPS, subject="nope")

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-subject")
