"""A bundle over HTTP: for auditors in an engagement that covers it, recorded before it goes out, or a clear refusal."""

import base64
import hashlib
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from api.test_items import MILESTONE
from api.world import HALF_YEAR, JUNE, LEDGER, OTHER, UNIT

from audit.conftest import Town, engage, manifest, shown, words
from domain.access import access_ledger
from domain.canonical import parse
from domain.events.agreement import MilestoneDefined
from domain.view import fact_of
from services.commands import Done, Request
from verifier.verify import verify


async def taken(town: Town, **query: Any) -> Path:
    """A bundle that is handed out, in a file."""
    answer = await town.take(**query)
    assert answer.status_code == 200, answer.text
    path = town.folder / "taken.zip"
    path.write_bytes(answer.content)
    return path


async def refused(town: Town, person: str = "auditor", /, **query: Any) -> tuple[int, str, str | None]:
    """How a bundle is refused: status, code, field."""
    answer = await town.world.get(person, "audit/bundle", **query)
    assert answer.headers["content-type"] == "application/problem+json", answer.text[:200]
    problem = answer.json()
    return answer.status_code, problem["code"], problem.get("field")


async def test_an_auditor_takes_the_whole_ledger_home(still: Town) -> None:
    answer = await still.take()

    assert answer.headers["content-type"] == "application/zip"
    size = await still.world.store.head(LEDGER)
    assert answer.headers["content-disposition"] == f'attachment; filename="etappi-keha-ledger-{size}.zip"'
    assert answer.headers["content-length"] == str(len(answer.content))
    digest = hashlib.sha256(answer.content).digest()
    assert answer.headers["repr-digest"] == f"sha-256=:{base64.b64encode(digest).decode()}:"
    assert verify(await taken(still)).faults == []


async def look(town: Town) -> Any:
    """The last look that is recorded."""
    [*_, last] = [row async for row in town.world.store.stream_all(access_ledger(LEDGER))]
    return parse(last.body)


async def test_that_it_was_taken_is_recorded_with_its_digest(town: Town) -> None:
    answer = await town.take(scope="milestone", subject=MILESTONE)

    size, said = await town.world.store.head(LEDGER), await look(town)
    assert (said["person"], said["kind"], said["engagement"]) == ("auditor", "bundle", "eca-2024")
    assert said["scope"] == f"bundle/milestone/{MILESTONE}/{size}"
    assert said["digest"] == hashlib.sha256(answer.content).hexdigest()


TAKEN: tuple[tuple[dict[str, Any], str], ...] = (
    ({"scope": "ledger"}, "ledger/{size}"),
    ({"scope": "period", "from": "7"}, "period/{size}?from=7&to={size}"),
    ({"scope": "submission", "round": HALF_YEAR, "unit": UNIT}, f"submission/{HALF_YEAR}/{UNIT}/{{size}}"),
    (
        {"scope": "sample", "seed": 'a "seed"', "count": 2, "type": ["target-defined", "milestone-defined"]},
        "sample/{size}?from=1&to={size}&seed=a+%22seed%22&count=2&type=milestone-defined&type=target-defined",
    ),
    ({"files": "hashes", "disclosures": "none"}, "ledger/{size}?files=hashes&disclosures=none"),
)


async def test_the_look_says_what_was_taken(town: Town) -> None:
    for query, said in TAKEN:
        await taken(town, **query)

        assert (await look(town))["scope"] == "bundle/" + said.format(size=await town.world.store.head(LEDGER))


async def test_a_bundle_is_taken_in_the_one_engagement_that_covers_it(town: Town) -> None:
    items = (await town.world.read("coordinator", f"rounds/{HALF_YEAR}"))["scope"]
    mine = [each["subject"] for each in items if each["unit"] == UNIT]
    await town.world.do("auditor", "close-engagement", engagement="eca-2024")
    await engage(town.world, "other-subject", engagement="a-first")
    await engage(town.world, *mine[1:], engagement="b-second")
    await engage(town.world, mine[0], engagement="c-third")
    submission = {"scope": "submission", "round": HALF_YEAR, "unit": UNIT}
    assert await refused(town, **submission) == (403, "not-in-engagement", None)
    await engage(town.world, *mine, engagement="d-fourth")

    await taken(town, **submission)

    assert (await look(town))["engagement"] == "d-fourth"


async def test_nothing_is_handed_out_where_the_look_cannot_be_recorded(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(town.world.handler, "handle", full)

    answer = await town.take()

    assert (answer.status_code, answer.json()["code"]) == (503, "look-not-recorded")
    assert b"PK" not in answer.content[:2]


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ({"scope": "period", "from": "7", "to": "60"}, "period"),
        ({"scope": "period", "from": "2024-06-01T00:00:00Z"}, "period"),
        ({"scope": "milestone", "subject": MILESTONE}, "milestone"),
        ({"scope": "submission", "round": HALF_YEAR, "unit": UNIT}, "submission"),
        ({"scope": "sample", "seed": "a seed", "count": 4}, "sample"),
        ({"scope": "sample", "seed": "s", "count": 2, "type": ["milestone-defined", "target-defined"]}, "sample"),
        ({"files": "hashes"}, "ledger"),
        ({"disclosures": "none"}, "ledger"),
    ],
)
async def test_what_is_asked_for_is_taken_and_verifies(still: Town, query: dict[str, Any], kind: str) -> None:
    path = await taken(still, **query)

    assert verify(path).faults == []
    assert manifest(path)["scope"]["kind"] == kind


async def test_a_target_comes_with_its_milestones(still: Town) -> None:
    target = (await still.world.read("owner", f"rounds/{HALF_YEAR}/items/{MILESTONE}"))["target"]

    path = await taken(still, scope="target", subject=target)

    assert verify(path).faults == []
    assert f"item/{HALF_YEAR}/{MILESTONE}" in {stream for _, stream in shown(path)}


async def test_a_period_by_instants_is_that_of_the_events_recorded_in_it(still: Town) -> None:
    rows = [row async for row in still.world.store.stream_all(LEDGER)]
    first, last = rows[99].recorded_at, rows[-1].recorded_at

    scope = manifest(await taken(still, scope="period", **{"from": first.isoformat(), "to": last.isoformat()}))["scope"]

    inside = [row.position for row in rows if first <= row.recorded_at <= last]
    assert (scope["first"], scope["last"]) == (inside[0], inside[-1])


async def test_contact_and_login_of_people_are_withheld_from_auditors(still: Town) -> None:
    """As on the trail: they are the administrators' alone."""
    path = await taken(still)

    people = sum(row.type == "person-registered" for row in await still.world.store.read(LEDGER, 0))
    assert manifest(path)["counts"]["withheld"] == 2 * people
    assert b"@keha.example" not in words(path)


async def test_an_engagement_about_one_subject_gives_that_subject_alone(town: Town) -> None:
    await town.world.do("auditor", "close-engagement", engagement="eca-2024")
    await engage(town.world, MILESTONE, engagement="eca-2025")
    await town.sealed()

    path = await taken(town, scope="milestone", subject=MILESTONE)

    assert verify(path).faults == []
    assert f"item/{HALF_YEAR}/{MILESTONE}" in {stream for _, stream in shown(path)}
    await town.sealed(access_ledger(LEDGER))
    for query in (
        {},
        {"scope": "looks"},
        {"scope": "period", "from": "1"},
        {"scope": "sample", "seed": "s", "count": 1},
    ):
        assert await refused(town, **query) == (403, "not-in-engagement", None)
    other = {"scope": "submission", "round": HALF_YEAR, "unit": OTHER}
    assert await refused(town, **other) == (403, "not-in-engagement", None)


async def test_a_target_goes_to_whose_engagement_covers_its_milestones_too(town: Town) -> None:
    target = (await town.world.read("owner", f"rounds/{HALF_YEAR}/items/{MILESTONE}"))["target"]
    told = [fact_of(row).event async for row in town.world.store.stream_all(LEDGER)]
    milestones = {each.milestone for each in told if isinstance(each, MilestoneDefined) and each.target == target}
    await town.world.do("auditor", "close-engagement", engagement="eca-2024")
    await engage(town.world, target, engagement="eca-2025")

    assert await refused(town, scope="target", subject=target) == (403, "not-in-engagement", None)

    await engage(town.world, target, *sorted(milestones), engagement="eca-2026")
    await town.sealed()
    path = await taken(town, scope="target", subject=target)
    assert verify(path).faults == []
    assert {stream.rpartition("/")[2] for _, stream in shown(path) if stream.startswith("item/")} <= milestones


async def test_what_an_engagement_about_one_subject_does_not_show_is_withheld_in_its_bundle(town: Town) -> None:
    """The agency's report is the head's and the coordinator's until it is delivered; a hold is told, not why."""
    scope = (await town.world.read("coordinator", f"rounds/{HALF_YEAR}"))["scope"]
    gaps = [{"subject": each["subject"], "reason": "Puuttuu"} for each in scope if each["subject"] != MILESTONE]
    await town.world.do("coordinator", "compile-agency-report", round=HALF_YEAR, gaps=gaps)
    await town.world.do(
        "admin", "propose-legal-hold", hold="h1", subjects=[], people=[], reason="Salainen syy", authority="AOK 1/2024"
    )
    await town.world.do("auditor", "close-engagement", engagement="eca-2024")
    await engage(town.world, MILESTONE, engagement="eca-2025")
    await town.sealed()

    path = await taken(town, scope="milestone", subject=MILESTONE)

    assert verify(path).faults == []
    counts = manifest(path)["counts"]
    assert (counts["leaves"], counts["headers"]) == (1, 1)
    assert not any(said in words(path).decode() for said in ("Puuttuu", "Salainen syy"))
    assert "holds" not in {stream for _, stream in shown(path)}


async def test_nobody_else_takes_a_bundle(town: Town) -> None:
    await town.take()
    await town.sealed(access_ledger(LEDGER))

    for person in ("head", "coordinator", "owner", "admin"):
        assert await refused(town, person) == (403, "not-in-engagement", None)
        assert await refused(town, person, scope="looks") == (403, "not-in-engagement", None)


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ({"scope": "target"}, (422, "scope-incomplete", "subject")),
        ({"scope": "sample", "seed": "s"}, (422, "scope-incomplete", "count")),
        ({"scope": "ledger", "subject": MILESTONE}, (422, "scope-contradicts", "subject")),
        ({"scope": "target", "subject": "nothing"}, (404, "unknown-target", "subject")),
        ({"scope": "milestone", "subject": "nothing"}, (404, "unknown-subject", "subject")),
        ({"scope": "submission", "round": "2031-annual", "unit": UNIT}, (404, "unknown-round", "round")),
        ({"scope": "submission", "round": HALF_YEAR, "unit": "nowhere"}, (404, "unknown-unit", "unit")),
        ({"scope": "period", "from": "9999"}, (422, "no-such-position", "from")),
        ({"scope": "period", "from": "9", "to": "3"}, (422, "period-reversed", "to")),
        ({"scope": "period", "from": "9", "to": "2000-01-01T00:00:00Z"}, (422, "period-reversed", "to")),
        (
            {"scope": "sample", "seed": "s", "count": 1, "from": "2000-01-02T00:00:00Z", "to": "2000-01-01T00:00:00Z"},
            (422, "period-reversed", "to"),
        ),
        (
            {"scope": "period", "from": "2000-01-01T00:00:00Z", "to": "2000-01-02T00:00:00Z"},
            (422, "period-empty", None),
        ),
        ({"scope": "period", "to": "2000-01-01T00:00:00Z"}, (422, "period-empty", None)),
        ({"scope": "period", "to": (JUNE + timedelta(days=9)).isoformat()}, (422, "instant-in-the-future", "to")),
        ({"scope": "period", "from": "2024-06-01T00:00:00"}, (422, "time-without-zone", "from")),
        ({"scope": "period", "from": "yesterday"}, (422, "malformed-instant", "from")),
        ({"pinned": 5}, (422, "no-such-checkpoint", "pinned")),
        ({"pinned": 100_000}, (422, "no-such-checkpoint", "pinned")),
        ({"scope": "everything"}, (422, "invalid-input", "query.scope")),
        ({"colour": "red"}, (422, "invalid-input", "query.colour")),
    ],
)
async def test_what_cannot_be_taken_is_refused_with_a_reason(
    still: Town, query: dict[str, Any], answer: tuple[int, str, str | None]
) -> None:
    assert await refused(still, **query) == answer


async def test_a_ledger_of_which_nothing_is_sealed_has_no_bundle(town: Town) -> None:
    for each in ("log", "checkpoints"):
        (town.folder / each).rename(town.folder / f"{each}-elsewhere")

    assert await refused(town) == (404, "unknown-checkpoint", None)


async def test_an_unknown_ledger_has_none(still: Town) -> None:
    answer = await still.world.client.get("/api/v1/nowhere/audit/bundle", headers=still.world.headers("auditor"))

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-ledger")


async def test_a_bundle_on_its_way_has_no_name_so_a_killed_process_leaves_nothing(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looked for when all of it is there and nothing is sent: while the look is recorded."""
    folder = town.folder / "data"
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    handle, seen = town.world.handler.handle, list[list[Path]]()

    async def look(request: Request) -> Done:
        seen.append(list(folder.iterdir()))
        return await handle(request)

    monkeypatch.setattr(town.world.handler, "handle", look)

    await taken(town)
    await refused(town, scope="target", subject="nothing")

    assert seen == [[]]
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("seed", "status"), [("kevät", 200), ("a\nb", 422), ("", 422)])
async def test_a_seed_is_any_text_that_can_be_printed(still: Town, seed: str, status: int) -> None:
    answer = await still.take(scope="sample", seed=seed, count=3)

    assert answer.status_code == status


async def test_a_sample_of_a_type_that_there_is_not_is_refused(still: Town) -> None:
    answer = await still.take(scope="sample", seed="a", count=3, type="item-signed-of")

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-event-type")
