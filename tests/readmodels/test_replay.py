"""The live rows are those of a replay, at each instant; a rebuild changes nothing and leaves no gap."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from domain.agreement import FOLD as AGREEMENT
from domain.events.envelope import Row
from domain.item import FOLD as ITEM
from domain.item import accountable
from domain.item import content_digest as decided_digest
from domain.organisation import FOLD as ORGANISATION
from domain.report import is_stale
from domain.round import FOLD as ROUND
from domain.staffing import RenameUnit
from domain.values import Date, SubjectId, UnitId
from domain.view import Fold, Folded, View, fact_of
from projections import board
from projections.content import content_digest
from projections.lights import by_target, stale, unit_of
from projections.table import DictTable, digest
from readmodels.story import CHAPTERS, tell, the_half_year_opens, the_units_report
from readmodels.town import LEDGER, WEST, Town, title
from services.eventstore import Subscription, catch_up
from services.eventstore.connections import Connection, Pool
from services.eventstore.subscribe import advance, position_of
from services.readmodels import SUBSCRIPTION, ReadModels, follow


async def log_of(town: Town) -> list[Row]:
    return [row async for row in town.handler.store.stream_all(LEDGER)]


async def test_the_live_board_equals_the_folded_log(town: Town, models: ReadModels, pool: Pool) -> None:
    await tell(town)

    await catch_up(pool, SUBSCRIPTION, LEDGER)

    rows = await log_of(town)
    live = await models.everything(LEDGER)
    assert live.position == len(rows)
    assert digest(live.value) == digest(board.fold(rows)) == (await models.digest(LEDGER)).value
    assert (await models.replay_differs(LEDGER)).value is None


async def test_a_changed_row_is_named_where_live_and_replay_differ(town: Town, models: ReadModels, pool: Pool) -> None:
    await tell(town, the_units_report)
    await catch_up(pool, SUBSCRIPTION, LEDGER)

    await pool.execute("""UPDATE app.board_row SET row = row || '{"stage": "signed-off"}' WHERE key LIKE '%/m-1'""")

    assert (await models.replay_differs(LEDGER)).value == "item 2024-half-year/m-1"


async def test_it_makes_no_difference_in_what_batches_the_log_is_followed(
    town: Town, models: ReadModels, pool: Pool
) -> None:
    await tell(town)

    await catch_up(pool, Subscription(name=SUBSCRIPTION.name, handle=SUBSCRIPTION.handle, batch=7), LEDGER)

    assert (await models.replay_differs(LEDGER)).value is None


async def test_after_each_event_the_rows_say_what_the_domain_says(town: Town) -> None:
    """The same stage, revision, content digest, preparers, unit and staleness, from code of its own."""
    await tell(town)
    folds: dict[str, Fold[Any]] = {"item": ITEM, "round": ROUND, "organisation": ORGANISATION, "agreement": AGREEMENT}

    table, states = DictTable(), dict[str, Folded[Any]]()
    compared = 0
    for row in await log_of(town):
        board.apply(table, row)
        fold = folds.get(row.stream.split("/")[0])
        if fold is not None:
            states[row.stream] = states.get(row.stream, Folded(fold, 0, fold.initial())).then(fact_of(row))
        for key, item in table.of("item").items() if row.stream.startswith("item/") else ():
            compared += 1
            _compare(item, key, states, table)
    assert compared > 500


def _compare(item: dict[str, object], key: str, states: dict[str, Folded[Any]], table: DictTable) -> None:
    view = View(lambda stream: states.get(stream) or Folded(ITEM, 0, ITEM.initial()))
    round_id, _, subject = key.partition("/")
    state, of_round = view.get(ITEM, round_id, subject), view.get(ROUND, round_id)
    milestones = by_target(table, round_id).get(subject, [])
    assert item["stage"] == state.stage
    assert item["revision"] == state.revision
    assert item["preparers"] == sorted(state.preparers)
    assert content_digest(item) == decided_digest(round_id, SubjectId(subject), state)
    assert stale(item, milestones) == is_stale(view, round_id, of_round, SubjectId(subject), state)
    day = Date("2025-01-02")
    assert unit_of(item, day) == accountable(state, UnitId(str(item["unit"])), day)


async def test_a_rebuild_leaves_no_gap_while_events_are_appended(town: Town, models: ReadModels, pool: Pool) -> None:
    await tell(town, the_half_year_opens)
    await catch_up(pool, SUBSCRIPTION, LEDGER)
    done, seen = asyncio.Event(), list[tuple[int, str]]()

    async def keep_up() -> None:
        while not done.is_set():
            await advance(pool, SUBSCRIPTION, LEDGER)
            await asyncio.sleep(0.002)

    async def watch() -> None:
        while not done.is_set():
            found = await models.everything(LEDGER)
            seen.append((found.position, digest(found.value)))
            await asyncio.sleep(0)

    async def go_on() -> None:
        for chapter in CHAPTERS[2:6]:
            await chapter(town)
        done.set()

    async def again() -> int:
        times = 0
        while not done.is_set():
            await models.rebuild(LEDGER)
            times += 1
        return times

    _, _, _, times, _ = await asyncio.gather(keep_up(), watch(), go_on(), again(), again())

    await catch_up(pool, SUBSCRIPTION, LEDGER)
    rows = await log_of(town)
    table, digests = DictTable(), [digest(DictTable())]
    for row in rows:
        board.apply(table, row)
        digests.append(digest(table))
    assert times > 2
    assert len(seen) > 20
    assert [position for position, _ in seen] == sorted(position for position, _ in seen)
    assert all(digests[position] == found for position, found in seen)
    assert digest((await models.everything(LEDGER)).value) == digests[-1]
    await models.rebuild(LEDGER)
    assert await pool.fetchval("SELECT count(DISTINCT generation) FROM app.board_row") == 1
    assert await pool.fetchval("SELECT count(*) FROM app.trail_entry") == len(rows)


async def test_a_rebuild_mends_what_was_changed_by_hand(town: Town, models: ReadModels, pool: Pool) -> None:
    await tell(town, the_units_report)
    await catch_up(pool, SUBSCRIPTION, LEDGER)
    await pool.execute("DELETE FROM app.board_row WHERE kind = 'item'")

    position = await models.rebuild(LEDGER)

    assert position == await town.handler.store.head(LEDGER)
    assert (await models.replay_differs(LEDGER)).value is None


async def test_a_rebuild_that_broke_off_is_begun_anew(town: Town, models: ReadModels, pool: Pool) -> None:
    await tell(town, the_units_report)
    await catch_up(pool, SUBSCRIPTION, LEDGER)
    half = Subscription(name=follow.REBUILD, handle=follow._REBUILDING.handle, batch=60)
    assert await advance(pool, half, LEDGER) == 60

    await models.rebuild(LEDGER)

    assert (await models.replay_differs(LEDGER)).value is None
    assert len((await models.trail(LEDGER, limit=10_000)).value) == await town.handler.store.head(LEDGER)


async def test_rows_and_checkpoint_move_together_or_not_at_all(town: Town, models: ReadModels, pool: Pool) -> None:
    await tell(town, the_half_year_opens)
    await catch_up(pool, SUBSCRIPTION, LEDGER)
    before = await models.everything(LEDGER)
    await town.do("anna", RenameUnit(unit=WEST, name=title("Far west"), valid_from=Date("2024-06-03")))
    await the_units_report(town)

    async def fail_afterwards(connection: Connection, rows: Sequence[Row]) -> None:
        await SUBSCRIPTION.handle(connection, rows)
        raise OSError("the power went off")

    with pytest.raises(OSError, match="power"):
        await advance(pool, Subscription(name=SUBSCRIPTION.name, handle=fail_afterwards), LEDGER)

    after = await models.everything(LEDGER)
    assert (after.position, digest(after.value)) == (before.position, digest(before.value))
    assert await position_of(pool, SUBSCRIPTION.name, LEDGER) == before.position
    assert len((await models.trail(LEDGER, limit=10_000)).value) == before.position
    await catch_up(pool, SUBSCRIPTION, LEDGER)
    assert (await models.replay_differs(LEDGER)).value is None


async def test_a_read_waits_for_the_position_that_it_must_have(town: Town, models: ReadModels, pool: Pool) -> None:
    await tell(town, the_half_year_opens)
    head = await town.handler.store.head(LEDGER)

    async def follow_a_little_later() -> None:
        await asyncio.sleep(0.3)
        await catch_up(pool, SUBSCRIPTION, LEDGER)

    found, _ = await asyncio.gather(models.board(LEDGER, 2024, min_position=head), follow_a_little_later())

    assert (found.position, found.stale) == (head, False)
    assert len(found.value.of("item")) == 6


async def test_a_read_that_waited_in_vain_says_that_it_is_stale(
    town: Town, models: ReadModels, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tell(town, the_half_year_opens)
    await catch_up(pool, SUBSCRIPTION, LEDGER)
    head = await town.handler.store.head(LEDGER)
    monkeypatch.setattr("services.readmodels.models.WAIT_SECONDS", 0.2)
    await the_units_report(town)

    found = await models.board(LEDGER, 2024, min_position=head + 1)

    assert (found.position, found.stale) == (head, True)
