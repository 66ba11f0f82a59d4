"""What is read as it was known at an instant is what the whole log's prefix folds to, whoever is asked."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from random import Random

import pytest
from recorded import year as recorded_year

from bench.loading import load
from bench.scaled import scaled
from domain.canonical import canonical
from domain.events.envelope import Row
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import Organisation
from domain.view import Folded, fact_of
from projections import board, inbox
from projections.deadlines import deadlines
from projections.summary import summary, version_for
from projections.table import Cells, DictTable, digest
from services.eventstore import EventStore
from services.eventstore.connections import Pool
from services.local import PostgresUrls
from services.readmodels import ReadModels, queries
from services.readmodels.follow import generation_of
from services.readmodels.history import History

LEDGER = "keha"
YEARS = (2024, 2025, 2026)
Placed = dict[tuple[str, str], Cells]


@cache
def history() -> tuple[Row, ...]:
    """The recorded year three times, so that years lie beside each other; at last the first of them is over."""
    rows = list(scaled(recorded_year(), len(YEARS), bound=False))
    opened = sorted({row.stream for row in rows if row.type == "deviation-opened"})
    over = [(each, "deviation-closed", {"reason": "0" * 64}) for each in opened if each.startswith("deviation/2024/")]
    for stream, kind, said in (("agreement/keha-2024-2027.1", "agreement-expired", {}), *over):
        version = sum(row.stream == stream for row in rows) + 1
        more = replace(rows[-1], position=len(rows) + 1, stream=stream, version=version, type=kind, schema=1)
        rows.append(replace(more, body=canonical(said)))
    return tuple(rows)


@pytest.fixture
async def known(database: PostgresUrls, pool: Pool) -> ReadModels:
    """Read models over that history, of which nothing but the log is there."""
    await load(database, LEDGER, history())
    return ReadModels(pool, EventStore(pool))


class Told:
    """The board and the organisation after an event, folded from the first one on."""

    def __init__(self) -> None:
        self.position = 0
        self.table = DictTable()
        self.organisation: Folded[Organisation] = Folded(ORGANISATION, 0, ORGANISATION.initial())

    def until(self, position: int) -> None:
        for row in history()[self.position : position]:
            board.apply(self.table, row)
            if row.stream == "organisation":
                self.organisation = self.organisation.then(fact_of(row))
        self.position = position

    def of_year(self, year: int) -> Placed:
        """The rows that the board of a year is made of."""
        rounds = [each for each in self.table.of("round").values() if each["year"] == year]
        versions = {version_for(self.table, year), *(each["version"] for each in rounds)} - {None}
        slices = {"", str(year), *versions}
        return {(kind, key): row for kind, key, row in self.table if board.slice_of(kind, key) in slices}


def placed(table: DictTable) -> Placed:
    return {(kind, key): row for kind, key, row in table}


def positions(count: int, seed: int) -> Iterator[int]:
    """Random positions, in order, with both ends and the event that fixes a scope."""
    last = len(history())
    scoped = next(row.position for row in history() if row.type == "round-scope-fixed")
    yield from sorted({0, 1, scoped - 1, scoped, last, *Random(seed).sample(range(last), count)})


async def test_the_board_of_a_year_is_the_years_slice_of_the_whole_fold(known: ReadModels) -> None:
    told = Told()
    for position in positions(40, seed=1):
        told.until(position)
        for year in (*YEARS, 2031):
            found = await known.board(LEDGER, year, known_at=position)
            assert found.position == position
            assert placed(found.value) == told.of_year(year)
    assert len(told.of_year(2025)) > 450


async def test_an_instant_is_the_last_position_that_was_recorded_by_then(known: ReadModels) -> None:
    told = Told()
    for row in Random(2).sample(history(), 8):
        for instant in (row.recorded_at, row.recorded_at - timedelta(microseconds=1)):
            last = max((each.position for each in history() if each.recorded_at <= instant), default=0)
            told = Told()
            told.until(last)
            found = await known.board(LEDGER, 2025, known_at=instant)
            assert (found.position, placed(found.value)) == (last, told.of_year(2025))


async def test_what_else_is_asked_as_known_then_is_what_the_whole_fold_says(known: ReadModels) -> None:
    told, asked = Told(), 0
    for position in positions(12, seed=3):
        told.until(position)
        now = history()[position - 1].recorded_at + timedelta(days=1)
        organisation = told.organisation.state
        for person in list(organisation.people)[::4]:
            found = await known.inbox(LEDGER, person, now, known_at=position)
            assert found.value == inbox.inbox(told.table, organisation, person, now)
            asked += len(found.value)
        unattended = await known.unattended(LEDGER, now, known_at=position)
        assert unattended.value == inbox.unattended(told.table, organisation, now)
        for year in YEARS:
            dates = await known.deadlines(LEDGER, year, now, known_at=position)
            assert dates.value == deadlines(told.table, year, now)
            shown = summary((await known.board(LEDGER, year, known_at=position)).value, year, "annual")
            assert shown == summary(told.table, year, "annual")
        whole = await known.everything(LEDGER, known_at=position)
        assert digest(whole.value) == digest(told.table)
    assert asked > 50


async def test_the_past_is_the_same_before_and_after_a_rebuild_and_in_another_process(
    known: ReadModels, pool: Pool
) -> None:
    position = len(history()) // 2
    before = placed((await known.board(LEDGER, 2025, known_at=position)).value)

    await known.rebuild(LEDGER)
    rebuilt = placed((await known.board(LEDGER, 2025, known_at=position)).value)
    await pool.execute("DELETE FROM app.board_row")
    other = placed((await ReadModels(pool, EventStore(pool)).board(LEDGER, 2025, known_at=position)).value)

    assert before == rebuilt == other != {}


async def test_the_live_board_is_the_board_as_known_at_its_position(known: ReadModels) -> None:
    await known.rebuild(LEDGER)

    for year in (*YEARS, 2031):
        live = await known.board(LEDGER, year)
        then = await known.board(LEDGER, year, known_at=live.position)
        assert (live.position, placed(live.value)) == (then.position, placed(then.value))


async def test_the_rows_for_inboxes_are_the_live_ones_without_the_items_of_years_that_are_over(
    known: ReadModels, pool: Pool
) -> None:
    position = await known.rebuild(LEDGER)

    then = await History(EventStore(pool)).for_inboxes(LEDGER, position)

    async with pool.acquire() as connection:
        live = await queries.for_inboxes(connection, LEDGER, await generation_of(connection, LEDGER))
    assert placed(then) == placed(live)
    assert {item["year"] for item in then.of("item").values()} == {2025, 2026}
