"""What a command would come to: asked with `check`, decided as the command is, and never recorded."""

import secrets
from typing import Any

import httpx2

from api.test_items import MILESTONE, PATH, REPORT, reported
from api.world import HALF_YEAR, LEDGER, UNIT, World

Given = tuple[str, str, dict[str, Any]]


async def check(world: World, person: str, command: str, **body: Any) -> httpx2.Response:
    """Ask what a command would come to; without a key, for nothing is recorded under it."""
    headers = world.headers(person)
    del headers["Idempotency-Key"]
    path = f"/api/v1/{LEDGER}/commands/{command}"
    return await world.client.post(path, params={"check": "true"}, json=body, headers=headers)


async def kept(world: World) -> tuple[int, ...]:
    """How much there is of all that a command may leave behind."""
    tables = ("log.event", "log.disclosure", "log.digest_key", "app.upload", "app.file_use")
    return tuple([await world.pool.fetchval(f"SELECT count(*) FROM {table}") for table in tables])


def told(answer: httpx2.Response) -> dict[str, Any]:
    """A problem without what is this one occurrence's own."""
    said: dict[str, Any] = answer.json()
    return {name: value for name, value in said.items() if name != "instance"}


async def bound(world: World, path: str = PATH) -> Any:
    """The item as it is to be submitted."""
    return (await world.read("owner", path))["bound"]


async def test_a_check_answers_as_the_command_does_and_records_nothing(world: World) -> None:
    await reported(world)
    seen = (await world.read("owner", PATH))["seen"]
    file = (await world.upload("owner")).json()["file"]
    evidence = {"id": "e1", "revision": 1, "file": file, "title": "Muistio", "document_date": "2024-05-01"}
    no_such = {"subject": "no-such", "revision": 1, "digest": "0" * 64}
    unit = {"unit": "new-unit", "name": {"fi": "A", "sv": "B", "en": "C"}, "valid_from": "2024-06-01"}
    given: list[Given] = [
        ("owner", "report-milestone", REPORT | {"narrative": "Muuta"}),
        ("owner", "report-milestone", REPORT | {"narrative": "Muuta", "seen": seen, "light": 1}),
        ("owner", "report-milestone", REPORT | {"narrative": "Muuta", "seen": seen}),
        ("other-owner", "attach-evidence", {"round": HALF_YEAR, "subject": MILESTONE, "evidence": evidence}),
        ("owner", "attach-evidence", {"round": HALF_YEAR, "subject": MILESTONE, "evidence": evidence}),
        ("owner", "attach-evidence", {"round": HALF_YEAR, "subject": MILESTONE, "evidence": evidence}),
        ("owner", "submit-items", {"round": HALF_YEAR, "items": []}),
        ("owner", "submit-items", {"round": HALF_YEAR, "items": [no_such]}),
        ("owner", "submit-items", {"round": HALF_YEAR, "items": ["bound", no_such]}),
        ("owner", "sign-off-items", {"round": HALF_YEAR, "items": ["bound"]}),
        ("director", "sign-off-items", {"round": HALF_YEAR, "items": ["bound", no_such]}),
        ("admin", "register-unit", unit),
        ("admin", "register-unit", unit),
        ("coordinator", "register-unit", unit | {"unit": "another"}),
        ("admin", "register-unit", unit | {"name": "not three languages"}),
        ("nobody", "sign-agreement", {"version": "no-such", "slot": "a", "digest": "0" * 64}),
    ]

    for person, command, body in given:
        if "items" in body:
            body["items"] = [await bound(world) if each == "bound" else each for each in body["items"]]
        before = await kept(world)
        checked = await check(world, person, command, **body)
        assert await kept(world) == before, command
        taken = await world.post(person, command, **body)

        assert checked.status_code == taken.status_code, (command, checked.text, taken.text)
        if checked.is_success:
            said, done = checked.json(), taken.json()
            rows = [] if done["first"] is None else await world.store.read(LEDGER, done["first"] - 1)
            assert said["events"] == [row.type for row in rows]
            assert (said["skipped"], said["unchanged"]) == (done["skipped"], done["unchanged"])
        else:
            assert told(checked) == told(taken)
            assert await kept(world) == before


async def test_a_check_says_the_systems_steps_that_the_command_takes_along(world: World) -> None:
    answer = await check(world, "owner", "report-milestone", **REPORT)

    assert answer.json()["events"][-1] == "milestone-status-reported"
    assert "round-opened" in answer.json()["events"]


async def test_a_key_that_came_with_a_check_is_free_for_the_command(world: World) -> None:
    headers = world.headers("admin")
    path = f"/api/v1/{LEDGER}/commands/register-unit"
    body = {"unit": "new-unit", "name": {"fi": "A", "sv": "B", "en": "C"}, "valid_from": "2024-06-01"}
    await world.client.post(path, params={"check": "true"}, json=body | {"unit": "another"}, headers=headers)

    done = await world.client.post(path, json=body, headers=headers)

    assert (done.status_code, done.json()["repeated"]) == (200, False)


async def test_a_check_of_changed_content_says_which_header_named_it(world: World) -> None:
    await reported(world)
    headers = world.headers("owner", If_Match=f'"{"0" * 64}"')
    path = f"/api/v1/{LEDGER}/commands/report-milestone"

    answer = await world.client.post(path, params={"check": "true"}, json=REPORT, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (412, "content-changed")


async def test_a_check_of_a_submission_names_each_incomplete_item_with_every_reason(world: World) -> None:
    """Nothing is submitted yet; the deadline has passed; the milestone claims what nothing proves."""
    await reported(world, status="reached")
    page = await world.read("owner", f"rounds/{HALF_YEAR}/items", unit=UNIT, limit=500)
    items = [each["bound"] for each in page["items"]]
    now = await world.handler.now(LEDGER)
    await world.clock(now.replace(month=12))

    answer = await check(world, "owner", "submit-items", round=HALF_YEAR, items=items)

    assert answer.status_code == 422
    reasons: dict[str, list[str]] = {}
    for each in answer.json()["skipped"]:
        reasons.setdefault(each["subject"], []).append(each["code"])
    assert reasons.pop(MILESTONE) == ["evidence-missing", "late-reason-missing"]
    assert {tuple(each) for each in reasons.values()} == {("report-missing", "late-reason-missing")}
    assert len(reasons) == len(items) - 1


async def test_a_check_is_no_command_that_was_carried_out(world: World) -> None:
    await check(world, "owner", "report-milestone", **REPORT)

    metrics = (await world.client.get("/metrics")).text
    assert 'command="report-milestone"' not in metrics
    await reported(world)
    assert 'command="report-milestone"' in (await world.client.get("/metrics")).text


async def test_only_a_check_can_do_without_a_key(world: World) -> None:
    headers = world.headers("owner")
    del headers["Idempotency-Key"]
    path = f"/api/v1/{LEDGER}/commands/report-milestone"

    for query in ({}, {"check": "false"}):
        answer = await world.client.post(path, params=query, json=REPORT, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-missing")
    headers["Idempotency-Key"] = secrets.token_hex(300)
    answer = await world.client.post(path, params={"check": "true"}, json=REPORT, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-malformed")
