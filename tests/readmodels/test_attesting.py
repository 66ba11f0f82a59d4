"""The subscription `attestations`: each digest once, as a replay comes to it; another one is loud (C12)."""

from dataclasses import replace

import pytest
import structlog

from domain.attestation import AttestView
from domain.controls import ControlResult, run_controls
from domain.errors import Refused
from domain.events.attestation import Occasion, ViewAttested
from domain.events.codec import decode_metadata
from domain.events.envelope import Row
from domain.values import SYSTEM, Digest
from domain.view import fact_of
from projections import attested, board
from projections.table import DictTable
from readmodels.story import tell
from readmodels.town import LEDGER, Town
from services.attestation import NAME, attestations
from services.eventstore import Subscription, catch_up
from services.eventstore.connections import Pool
from services.eventstore.subscribe import advance, position_of
from services.readmodels import ReadModels


@pytest.fixture
def subscription(town: Town, models: ReadModels) -> Subscription:
    return attestations(town.handler, models)


async def recorded(town: Town) -> list[tuple[Row, ViewAttested]]:
    rows = [row async for row in town.handler.store.stream_all(LEDGER)]
    found = [(row, fact_of(row).event) for row in rows if row.type == ViewAttested.type]
    return [(row, event) for row, event in found if isinstance(event, ViewAttested)]


async def replayed(town: Town) -> dict[int, Digest]:
    """The digest as of each occasion, folded from the first event on."""
    table, found = DictTable(), {}
    async for row in town.handler.store.stream_all(LEDGER):
        board.apply(table, row)
        if row.type in attested.OCCASIONS:
            found[row.position] = attested.digest(table, attested.year_of(row))
    return found


async def test_each_delivery_and_the_statement_is_attested_as_a_replay_comes_to_it(
    town: Town, pool: Pool, subscription: Subscription
) -> None:
    await tell(town)

    await catch_up(pool, subscription, LEDGER)

    found = await recorded(town)
    assert {event.at_position: event.digest for _, event in found} == await replayed(town)
    assert {event.occasion for _, event in found} == {Occasion.DELIVERY, Occasion.STATEMENT}
    assert len(found) > 3
    for row, event in found:
        said = decode_metadata(row.metadata)
        assert (said.actor_kind, said.command, said.cause) == (SYSTEM.kind, "attest-view", event.at_position)


async def test_what_was_attested_before_a_crash_is_not_attested_again(
    town: Town, pool: Pool, subscription: Subscription, models: ReadModels
) -> None:
    await tell(town)
    await catch_up(pool, subscription, LEDGER)
    once = await recorded(town)
    await pool.execute("DELETE FROM app.subscription WHERE name = $1", NAME)
    await models.rebuild(LEDGER)

    await catch_up(pool, subscription, LEDGER)

    assert await recorded(town) == once


async def test_another_digest_for_the_same_event_stops_there_and_says_so(
    town: Town, pool: Pool, subscription: Subscription
) -> None:
    await tell(town)
    first = min(await replayed(town))
    await town.do(
        SYSTEM,
        AttestView(view=attested.VIEW, occasion=Occasion.DELIVERY, at_position=first, digest=Digest("0" * 64)),
    )

    with structlog.testing.capture_logs() as logs, pytest.raises(Refused, match=f"At position {first}"):
        await advance(pool, subscription, LEDGER)

    assert [(each["log_level"], each["position"], each["code"]) for each in logs] == [
        ("error", first, "attested-otherwise")
    ]
    assert await position_of(pool, NAME, LEDGER) == 0
    assert len(await recorded(town)) == 1


async def test_a_projection_that_has_changed_is_found_by_what_it_attested_before(
    town: Town, pool: Pool, subscription: Subscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step isn't the same one repeated: it comes to something else."""
    await tell(town)
    await catch_up(pool, subscription, LEDGER)
    await pool.execute("DELETE FROM app.subscription WHERE name = $1", NAME)
    monkeypatch.setattr(attested, "digest", lambda *_: Digest("0" * 64))

    with pytest.raises(Refused) as refused:
        await advance(pool, subscription, LEDGER)

    assert refused.value.code == "attested-otherwise"


async def test_the_control_finds_each_attested_digest_again_and_names_one_that_differs(
    town: Town, pool: Pool, subscription: Subscription
) -> None:
    await tell(town)
    await catch_up(pool, subscription, LEDGER)
    rows = [row async for row in town.handler.store.stream_all(LEDGER)]
    first = min(await replayed(town))
    signed = [row for row in rows[: first - 1] if row.type == "item-signed-off"][-1]
    changed = [replace(row, type="account-closed") if row == signed else row for row in rows]

    assert (c12(rows).passes, c12(rows).exceptions) == (len(await replayed(town)), ())
    named = c12(changed).exceptions[0]
    assert (named.code, named.positions[0]) == ("digest-differs", first)


async def test_a_log_that_can_not_be_replayed_has_digests_up_to_where_it_breaks(
    town: Town, pool: Pool, subscription: Subscription
) -> None:
    await tell(town)
    await catch_up(pool, subscription, LEDGER)
    rows = [row async for row in town.handler.store.stream_all(LEDGER)]
    first, *later = sorted(await replayed(town))
    broken = [replace(row, body=b"[") if row.position == first + 1 else row for row in rows]

    assert [each.positions[0] for each in c12(broken).exceptions] == later


def c12(rows: list[Row]) -> ControlResult:
    results = run_controls(rows, replay=attested.Replayed())
    return next(each for each in results if each.control == "C12")
