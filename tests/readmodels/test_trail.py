"""The audit trail: who did what, when, and what it changed."""

from datetime import datetime
from itertools import pairwise
from typing import Any

from readmodels.story import CHAPTERS, tell, the_correction_is_delivered
from readmodels.town import LEDGER, Town
from services.eventstore import catch_up
from services.eventstore.connections import Pool
from services.opening import Opened
from services.readmodels import SUBSCRIPTION, Filter, ReadModels


async def trail(town: Town, models: ReadModels, pool: Pool, until: object, **only: Any) -> list[dict[str, Any]]:
    await tell(town, until)
    await catch_up(pool, SUBSCRIPTION, LEDGER)
    return (await models.trail(LEDGER, limit=10_000, only=Filter(**only))).value


async def test_each_event_has_one_entry(town: Town, models: ReadModels, pool: Pool) -> None:
    found = await trail(town, models, pool, CHAPTERS[-1])

    rows = await town.handler.store.read(LEDGER, 0, 10_000)
    assert [(each["position"], each["type"], each["stream"]) for each in found] == [
        (row.position, row.type, row.stream) for row in rows
    ]
    assert all(
        datetime.fromisoformat(each["recorded_at"]) == row.recorded_at for each, row in zip(found, rows, strict=True)
    )


async def test_an_entry_says_who_acted_for_whom_in_which_role_and_by_which_command(
    town: Town, models: ReadModels, pool: Pool
) -> None:
    found = await trail(town, models, pool, CHAPTERS[-1], type="item-submitted", subject="m-1")

    annual = found[-1]
    assert (annual["by"], annual["for"], annual["role"], annual["command"]) == ("otto", "olga", "owner", "submit-items")
    assert (annual["unit"], annual["round"], annual["year"]) == ("north", "2024-annual", 2024)
    assert annual["version"] == "town-2024-2027.1"
    assert annual["wall"] is not None
    assert annual["received_at"] == "2025-01-02T10:00:00.000000Z"


async def test_an_entry_says_from_which_content_to_which(town: Town, models: ReadModels, pool: Pool) -> None:
    found = await trail(town, models, pool, the_correction_is_delivered, subject="m-2")

    reported = [each for each in found if each["type"] == "milestone-status-reported"]
    assert [each["changes"].get("light") for each in reported] == [[None, 2], [2, 1], [1, 2]]
    corrected = next(each for each in found if each["type"] == "correction-started")
    assert corrected["changes"]["revision"] == [1, 2]
    assert corrected["changes"]["stage"] == ["delivered", "draft"]
    chain = [each["changes"]["digest"] for each in found if "digest" in each["changes"]]
    assert all(before[1] == after[0] for before, after in pairwise(chain))
    assert len({digest for pair in chain for digest in pair}) == len(chain) + 1


async def test_words_stand_in_entries_as_commitments_and_open(town: Town, models: ReadModels, pool: Pool) -> None:
    found = await trail(town, models, pool, the_correction_is_delivered, type="item-returned")

    [returned] = found
    assert len(returned["said"]["reason"]) == 64
    opened = await Opened.of_rows(town.handler.store, LEDGER, found)
    assert opened.row(returned, "fi")["said"]["reason"] == "Say more"


async def test_entries_are_found_by_person_unit_and_time(town: Town, models: ReadModels, pool: Pool) -> None:
    found = await trail(town, models, pool, CHAPTERS[-1])

    async def only(**wanted: Any) -> list[int]:
        return [each["position"] for each in (await models.trail(LEDGER, limit=10_000, only=Filter(**wanted))).value]

    assert await only(person="olga") == [each["position"] for each in found if "olga" in each["people"]]
    assert {each["type"] for each in found if "olga" in each["people"]} >= {
        "person-registered",
        "role-confirmed",
        "milestone-status-reported",
        "item-submitted",
        "deviation-opened",
    }
    assert await only(unit="south") == [each["position"] for each in found if each["unit"] == "south"]
    moment = datetime.fromisoformat(found[len(found) // 2]["recorded_at"])
    early = [each["position"] for each in found if datetime.fromisoformat(each["recorded_at"]) < moment]
    assert await only(until=moment) == early
    assert await only(since=moment) == [each["position"] for each in found[len(early) :]]


async def test_pages_follow_one_another(town: Town, models: ReadModels, pool: Pool) -> None:
    found = await trail(town, models, pool, CHAPTERS[-1], subject="m-1")

    first = (await models.trail(LEDGER, limit=3, only=Filter(subject="m-1"))).value
    second = (await models.trail(LEDGER, first[-1]["position"], 3, Filter(subject="m-1"))).value

    assert [*first, *second] == found[:6]
