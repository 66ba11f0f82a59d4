"""What the board shows of the town's year, chapter by chapter."""

from typing import Any

from domain.values import SYSTEM, Date
from domain.withdrawal import WithdrawItems
from projections.lights import everything
from projections.summary import summary
from readmodels.story import (
    a_milestone_changes_under_its_target,
    signed,
    tell,
    the_annual_report_is_delivered,
    the_correction_is_delivered,
    the_half_year_is_delivered,
    the_half_year_opens,
    the_statement_is_issued,
    the_units_report,
    they_submit_and_one_is_returned,
    what_was_delivered_is_corrected,
)
from readmodels.town import HALF, LEDGER, UPDATED, Town, update
from services.eventstore import catch_up
from services.eventstore.connections import Pool
from services.opening import Opened
from services.readmodels import SUBSCRIPTION, ReadModels

NONE = {"green": 0, "yellow": 0, "red": 0}


def counted(total: int, **named: Any) -> dict[str, Any]:
    zero = {"not_due": 0, "no_need": 0, "not_assessable": 0, "withdrawn": 0, "missing": 0}
    given = {basis: {**NONE, **named.pop(basis, {})} for basis in ("forecast", "actual")}
    return {**given, **zero, **named, "total": total}


def lights(shown: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """All cells of a board by their subject."""
    found: dict[str, dict[str, Any]] = {}
    for part in shown["parts"]:
        targets = [*(each for group in part["groups"] for each in group["targets"]), *part["targets"]]
        cells = [*targets, *(each for target in targets for each in target["milestones"])]
        cells += [each for table in part["tables"] for each in table["indicators"]]
        found |= {each["subject"]: each for each in cells}
    return found


async def board_of(
    town: Town, models: ReadModels, pool: Pool, until: object, kind: str, reads: Any = everything
) -> Any:
    await tell(town, until)
    await catch_up(pool, SUBSCRIPTION, LEDGER)
    return summary((await models.board(LEDGER, 2024)).value, 2024, kind, reads)


async def test_before_anything_is_signed_off_all_lights_are_missing(town: Town, models: ReadModels, pool: Pool) -> None:
    shown = await board_of(town, models, pool, the_units_report, "half-year")

    assert shown["agency"]["counts"] == {
        "targets": counted(3, not_due=1, missing=2),
        "milestones": counted(3, missing=3),
        "indicators": counted(2, not_due=1, missing=1),
    }
    assert lights(shown)["m-2"]["under_way"]["light"] == 2


async def test_the_half_year_counts_forecasts_and_actuals_apart(town: Town, models: ReadModels, pool: Pool) -> None:
    shown = await board_of(town, models, pool, the_half_year_is_delivered, "half-year")

    assert shown["agency"]["counts"] == {
        "targets": counted(3, forecast={"red": 1, "green": 1}, not_due=1),
        "milestones": counted(3, forecast={"red": 1, "green": 1}, actual={"green": 1}),
        "indicators": counted(2, not_due=1, missing=1),
    }
    [part] = shown["parts"]
    assert part["counts"] == shown["agency"]["counts"]
    [group] = part["groups"]
    assert group["counts"]["milestones"] == counted(2, forecast={"red": 1}, actual={"green": 1})
    assert shown["agency"]["side_by_side"] is None
    assert (lights(shown)["m-3"]["late"], lights(shown)["m-1"]["late"]) == (True, False)
    assert lights(shown)["m-1"]["evidence"] == 1


async def test_what_an_update_withdraws_leaves_the_denominators_from_its_day_on(town: Town, models: ReadModels) -> None:
    """Case 8: neither red nor deleted, though the ministry has it as red."""
    await tell(town, the_half_year_is_delivered)
    await town.on("2024-08-26")
    await signed(town, update("t-1", "i-1"))
    await town.do(SYSTEM, WithdrawItems(round=HALF))
    now = await town.handler.store.head(LEDGER)

    async def shown(day: str) -> Any:
        found = await models.board(LEDGER, 2024, known_at=now, valid_at=Date(day))
        return summary(found.value, 2024, "half-year")

    before, after = await shown("2024-08-25"), await shown("2024-08-26")
    assert before["agency"]["counts"] == {
        "targets": counted(3, forecast={"red": 1, "green": 1}, not_due=1),
        "milestones": counted(3, forecast={"red": 1, "green": 1}, actual={"green": 1}),
        "indicators": counted(2, not_due=1, missing=1),
    }
    assert after["agency"]["counts"] == {
        "targets": counted(3, forecast={"green": 1}, not_due=1, withdrawn=1),
        "milestones": counted(3, forecast={"green": 1}, withdrawn=2),
        "indicators": counted(2, not_due=1, withdrawn=1),
    }
    gone = lights(after)["t-1"]
    assert gone["withdrawn"] == {"version": UPDATED, "valid_from": "2024-08-26", "before": "delivered"}
    assert (gone["light"], gone["category"], lights(before)["t-1"]["light"]) == (None, "withdrawn", 1)
    delivered = (await models.board(LEDGER, 2024, known_at=now)).value.of("item")[f"{HALF}/t-1"]["delivered"]
    assert delivered["report"]["light"] == 1


async def test_who_may_not_read_drafts_sees_only_their_stage(town: Town, models: ReadModels, pool: Pool) -> None:
    shown = await board_of(
        town, models, pool, a_milestone_changes_under_its_target, "half-year", reads=lambda unit, _: unit == "south"
    )

    found = lights(shown)
    assert (found["m-1"]["stage"], found["m-1"]["light"], found["m-1"]["under_way"]) == ("signed-off", None, None)
    assert found["m-1"]["words"] == {}
    assert found["m-3"]["under_way"]["light"] == 3
    assert shown["agency"]["counts"]["milestones"] == counted(3, missing=3)


async def test_who_may_not_read_drafts_sees_none(town: Town, models: ReadModels, pool: Pool) -> None:
    shown = await board_of(town, models, pool, they_submit_and_one_is_returned, "half-year", reads=lambda _, __: False)

    assert {(cell["light"], cell["under_way"]) for cell in lights(shown).values()} == {(None, None)}
    assert {lights(shown)[name]["stage"] for name in ("m-1", "m-2", "m-3")} == {"submitted", "returned", "draft"}


async def test_a_target_is_stale_once_a_milestone_changed_and_until_it_is_reported_again(
    town: Town, models: ReadModels, pool: Pool
) -> None:
    shown = await board_of(town, models, pool, a_milestone_changes_under_its_target, "half-year")
    assert {name for name, cell in lights(shown).items() if cell["stale"]} == {"t-1"}

    await the_half_year_is_delivered(town)

    await catch_up(pool, SUBSCRIPTION, LEDGER)
    shown = summary((await models.board(LEDGER, 2024)).value, 2024, "half-year")
    assert not any(cell["stale"] for cell in lights(shown).values())


async def test_what_was_delivered_counts_while_its_correction_is_under_way(
    town: Town, models: ReadModels, pool: Pool
) -> None:
    shown = await board_of(town, models, pool, what_was_delivered_is_corrected, "half-year")

    corrected = lights(shown)["m-2"]
    assert (corrected["light"], corrected["reported_revision"], corrected["revision"]) == (1, 1, 2)
    assert (corrected["under_way"]["revision"], corrected["under_way"]["stage"]) == (2, "draft")

    await the_correction_is_delivered(town)

    await catch_up(pool, SUBSCRIPTION, LEDGER)
    corrected = lights(summary((await models.board(LEDGER, 2024)).value, 2024, "half-year"))["m-2"]
    assert (corrected["light"], corrected["reported_revision"], corrected["under_way"]) == (2, 2, None)


async def test_the_annual_board_shows_the_ministrys_lights_beside_the_agencys(
    town: Town, models: ReadModels, pool: Pool
) -> None:
    shown = await board_of(town, models, pool, the_statement_is_issued, "annual")

    assert shown["agency"]["counts"] == {
        "targets": counted(3, actual={"green": 1, "yellow": 1}, not_due=1),
        "milestones": counted(3, actual={"green": 1, "red": 1}, no_need=1),
        "indicators": counted(2, actual={"green": 1}, not_assessable=1),
    }
    assert shown["agency"]["side_by_side"] == {
        "agency": counted(3, actual={"green": 2, "yellow": 1}),
        "ministry": {
            **NONE,
            "green": 2,
            "red": 1,
            "excused": 0,
            "missing": 0,
            "differs": 1,
            "transcribed": 0,
            "total": 3,
        },
    }
    assert lights(shown)["t-2"]["ministry"]["differs"]
    assert lights(shown)["m-3"]["ministry"]["comment"] is not None
    assert shown["statement"]["late"] is False


async def test_before_it_assessed_the_ministrys_lights_are_missing(town: Town, models: ReadModels, pool: Pool) -> None:
    shown = await board_of(town, models, pool, the_annual_report_is_delivered, "annual")

    assert shown["agency"]["side_by_side"]["ministry"]["missing"] == 3


async def test_a_round_that_is_not_open_shows_what_will_be_due(town: Town, models: ReadModels, pool: Pool) -> None:
    shown = await board_of(town, models, pool, the_half_year_opens, "annual")

    assert shown["stage"] == "planned"
    assert shown["agency"]["counts"] == {
        "targets": counted(3, not_due=1, missing=2),
        "milestones": counted(3, missing=3),
        "indicators": counted(2, not_assessable=1, missing=1),
    }


async def test_a_year_without_an_agreement_has_an_empty_board(town: Town, models: ReadModels, pool: Pool) -> None:
    await tell(town, the_half_year_opens)
    await catch_up(pool, SUBSCRIPTION, LEDGER)

    shown = summary((await models.board(LEDGER, 2031)).value, 2031, "annual")

    assert (shown["version"], shown["parts"]) == (None, [])


async def test_words_are_opened_in_a_language_and_those_that_open_to_nothing_say_so(
    town: Town, models: ReadModels, pool: Pool
) -> None:
    shown = await board_of(town, models, pool, the_half_year_is_delivered, "half-year")
    store = town.handler.store
    opened = await Opened.of_rows(store, LEDGER, [shown])

    finnish, swedish = lights(opened.row(shown, "fi"))["m-1"], lights(opened.row(shown, "sv"))["m-1"]

    assert (finnish["title"], swedish["title"]) == ("m-1", "m-1 (sv)")
    assert finnish["words"]["narrative"] == "How m-1 goes"
    assert Opened({}).row(shown, "fi")["parts"][0]["title"] == {"missing": True}


async def test_a_files_manifest_is_shown_without_its_object(town: Town, models: ReadModels, pool: Pool) -> None:
    await tell(town, the_units_report)
    await catch_up(pool, SUBSCRIPTION, LEDGER)
    item = (await models.everything(LEDGER)).value.of("item")["2024-half-year/m-1"]

    shown = (await Opened.of_rows(town.handler.store, LEDGER, [item])).row(item, "en")

    [evidence] = shown["evidence"]
    assert evidence["title"] == "Memo"
    assert evidence["file"] == {
        "commitment": item["evidence"][0]["file"],
        "sha256": "ab" * 32,
        "size": 7,
        "media_type": "text/plain",
        "name": "memo.txt",
    }
