"""An auditor in an engagement reads drafts and everything of its scope over HTTP, and nothing else."""

from typing import Any

import pytest

from api.test_items import MILESTONE, PATH, reported
from api.test_reading import corrected
from api.test_year import PATH as ANNUAL_PATH
from api.test_year import delivered, signed_off
from api.world import HALF_YEAR, LEDGER, World
from services.eventstore import catch_up
from services.readmodels import SUBSCRIPTION


async def engage(
    world: World,
    *subjects: str,
    engagement: str = "eca-2024",
    valid_from: str = "2024-06-01",
    valid_to: str = "2024-06-30",
) -> None:
    """The head opens an engagement for the auditor."""
    await world.do(
        "head",
        "open-engagement",
        engagement=engagement,
        body="court-of-auditors",
        auditors=["auditor"],
        subjects=list(subjects),
        period_from="2024-01-01",
        period_to="2024-12-31",
        valid_from=valid_from,
        valid_to=valid_to,
        basis="Kirje",
    )


async def status(world: World, person: str) -> int:
    """How the item answers a person."""
    return (await world.get(person, PATH)).status_code


async def test_an_auditor_reads_the_drafts_of_the_engagements_subjects(world: World) -> None:
    subject = PATH.rsplit("/", 1)[1]
    await reported(world)
    assert await status(world, "auditor") == 403

    await engage(world, subject)

    assert (await world.read("auditor", PATH))["report"]["narrative"] == "Etenee"
    items = (await world.read("auditor", f"rounds/{HALF_YEAR}/items", limit=500))["items"]
    assert [each["subject"] for each in items] == [subject]
    for person in ("other-owner", "assessor"):
        assert await status(world, person) == 403


async def test_the_board_shows_an_auditor_the_drafts_of_the_engagements_subjects(world: World) -> None:
    await reported(world)
    await engage(world, MILESTONE)
    await catch_up(world.pool, SUBSCRIPTION, LEDGER)

    seen = {}
    for person in ("auditor", "owner", "coordinator"):
        board = (await world.read(person, "board", year=2024, round="half-year"))["board"]
        seen[person] = under_way(board)

    assert seen == {"auditor": [MILESTONE], "owner": [MILESTONE], "coordinator": []}


def under_way(value: Any) -> list[str]:
    """The subjects of a board whose drafts are shown."""
    if isinstance(value, list):
        return [found for each in value for found in under_way(each)]
    if not isinstance(value, dict):
        return []
    own = [value["subject"]] if value.get("under_way") is not None else []
    return own + [found for each in value.values() for found in under_way(each)]


async def test_an_engagement_about_another_subject_gives_nothing_here(world: World) -> None:
    await reported(world)

    await engage(world, "no-such-milestone")

    assert await status(world, "auditor") == 403
    assert (await world.read("auditor", f"rounds/{HALF_YEAR}/items", limit=500))["items"] == []


async def test_an_engagement_without_subjects_shows_every_draft_until_it_is_closed(world: World) -> None:
    await reported(world)
    await engage(world)

    items = (await world.read("auditor", f"rounds/{HALF_YEAR}/items", limit=500))["items"]
    assert len(items) == 119

    await world.do("auditor", "close-engagement", engagement="eca-2024")
    assert await status(world, "auditor") == 403


async def test_an_auditor_of_the_whole_ledger_reads_the_ministrys_lights_before_the_statement(world: World) -> None:
    await signed_off(world)
    await delivered(world)
    [first, *_] = (await world.read("assessor", "cycles/2024/assessment"))["subjects"]
    given = {"year": 2024, "subject": first["subject"], "delivered": first["delivered"], "light": 1, "rationale": "Ei"}
    await world.do("assessor", f"assess-{first['kind']}", **given)
    await catch_up(world.pool, SUBSCRIPTION, LEDGER)

    async def seen() -> tuple[bool, bool, int]:
        assessed = (await world.read("auditor", "cycles/2024/assessment"))["subjects"][0]["ministry"]
        board = await world.read("auditor", "board", year=2024, round="annual")
        draft = await world.get("auditor", "cycles/2024/statement-draft")
        return assessed is not None, "'rationale': 'Ei'" in str(board), draft.status_code

    assert await seen() == (False, False, 403)
    await engage(world, valid_to="2025-12-31")
    assert await seen() == (True, True, 200)


async def test_an_auditor_of_a_subject_reads_its_signed_revision_before_it_is_delivered(world: World) -> None:
    await corrected(world)

    assert (await world.get("auditor", ANNUAL_PATH, revision=2)).status_code == 404
    await engage(world, MILESTONE, valid_to="2025-12-31")
    signed = await world.read("auditor", ANNUAL_PATH, revision=2)

    assert (signed["content"], signed["report"]["light"], signed["signed_by"]) == ("signed-off", 3, "director")


@pytest.mark.parametrize(
    ("person", "reads"),
    [("head", True), ("coordinator", True), ("owner", False), ("assessor", None), ("auditor", None)],
)
async def test_recipients_of_the_rrf_are_read_by_those_who_keep_them(
    world: World, person: str, *, reads: bool | None
) -> None:
    """R13. Names of beneficial owners are not everybody's."""
    await world.do(
        "coordinator",
        "record-measure",
        measure="p3c2i1",
        code="P3C2I1",
        title={"fi": "Palvelut", "sv": "Tjänster", "en": "Services"},
    )
    owner = {"kind": "beneficial-owner", "name": "Matti Meikäläinen"}
    await world.do("coordinator", "record-recipients", measure="p3c2i1", year=2024, recipients=[owner])
    await catch_up(world.pool, SUBSCRIPTION, LEDGER)

    answer: dict[str, Any] = await world.read(person, "trail", type="rrf-recipients-recorded")

    assert len(answer["entries"]) == (0 if reads is None else 1)
    assert ("Meikäläinen" in str(answer)) is bool(reads)
