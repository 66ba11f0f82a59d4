"""The live rows are those of a replay, at each instant; a rebuild changes nothing and leaves no gap."""

from projections import board
from projections.table import digest
from readmodels.story import tell
from readmodels.town import LEDGER, Town
from services.eventstore import catch_up
from services.eventstore.connections import Pool
from services.readmodels import SUBSCRIPTION, ReadModels


async def test_the_live_board_equals_the_folded_log(town: Town, models: ReadModels, pool: Pool) -> None:
    await tell(town)

    await catch_up(pool, SUBSCRIPTION, LEDGER)

    rows = [row async for row in town.handler.store.stream_all(LEDGER)]
    live = await models.everything(LEDGER)
    assert live.position == len(rows)
    assert digest(live.value) == digest(board.fold(rows))
    assert (await models.replay_differs(LEDGER)).value is None
