"""Replays from Postgres: made of the streams that count alone, they are what a fold from the first event on says."""

from domain.organisation import FOLD as ORGANISATION
from projections import board
from projections.difference import difference
from projections.replay import steps
from projections.table import Cells, DictTable
from readmodels.story import tell
from readmodels.town import LEDGER, Town
from services.readmodels import Replays


async def whole(town: Town) -> list[Cells]:
    """All steps, from the empty board on."""
    rows = [row async for row in town.handler.store.stream_all(LEDGER)]
    return list(steps(rows, DictTable()))


async def test_the_steps_of_a_page_are_those_of_the_whole_replay(town: Town) -> None:
    await tell(town)
    expected = await whole(town)
    replays = Replays(town.handler.store)

    for limit in (1, 17, 500):
        found, after = list[Cells](), 0
        while True:
            page = await replays.steps(LEDGER, after, limit)
            found += page.steps
            assert len(page.steps) <= limit
            if page.next is None:
                break
            after = page.next
        assert found == expected


async def test_the_steps_about_a_subject_are_those_that_name_it_or_changed_a_row_of_it(town: Town) -> None:
    await tell(town)
    organisation = await town.state(ORGANISATION)
    replays = Replays(town.handler.store)
    expected = await whole(town)

    for subject in ("m-1", "t-1"):
        about = [
            each
            for each in expected
            if each["subject"] == subject
            or any(one["subject"] == subject or f"statement/{subject}" in one["changes"] for one in each["board"])
        ]
        found = await replays.steps_about(LEDGER, organisation, subject, 0, 500)
        assert (found.steps, found.next) == (about, None)
        assert len(about) > 10
        rest = await replays.steps_about(LEDGER, organisation, subject, about[4]["position"], 3)
        assert (rest.steps, rest.next) == (about[5:8], about[7]["position"])
    assert (await replays.steps_about(LEDGER, organisation, "no-such", 0, 500)).steps == []


async def test_the_difference_of_a_year_is_that_of_the_whole_log(town: Town) -> None:
    await tell(town)
    rows = [row async for row in town.handler.store.stream_all(LEDGER)]
    replays = Replays(town.handler.store)

    for first, last in ((0, len(rows)), (len(rows) // 3, len(rows) // 2), (len(rows) // 2, len(rows)), (40, 40)):
        expected = difference(board.fold(rows[:first]), rows[first:last], 2024)
        assert await replays.difference(LEDGER, first, last, 2024) == expected
    assert await replays.difference(LEDGER, 0, len(rows), 2031) == []
