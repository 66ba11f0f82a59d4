import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.events.envelope import Row
from eventstore.made import command, disclosure, event
from services.eventstore import Appended, AppendRefused, Conflict, EventStore, KeyReused
from services.eventstore.append import append_batch
from services.eventstore.connections import Connection, Pool
from services.eventstore.read import LogBroken, positions_of, positions_of_types, read_at, streams

SECOND = timedelta(seconds=1)


async def test_an_appended_event_is_read_as_it_was_given(store: EventStore) -> None:
    given = replace(
        event("item/2026-annual/m1", body='{"a":"ä"}'.encode()), effective_at=datetime(2026, 1, 2, tzinfo=UTC)
    )
    received_at = datetime.now(UTC)
    asked = command(given, on={"item/2026-annual/m1": 0}, received_at=received_at)

    answer = await store.append("keha", asked)

    assert answer == Appended(first=1, last=1, repeated=False)
    (row,) = await store.read("keha", 0)
    assert row == Row(
        ledger="keha",
        position=1,
        stream="item/2026-annual/m1",
        version=1,
        id=given.id,
        type="something-happened",
        schema=1,
        received_at=received_at,
        recorded_at=row.recorded_at,
        effective_at=datetime(2026, 1, 2, tzinfo=UTC),
        command_id=asked.command_id,
        nonce=given.nonce,
        body='{"a":"ä"}'.encode(),
        metadata=b'{"actor":"anna"}',
    )
    assert received_at <= row.recorded_at


async def test_each_event_gets_the_next_position_and_its_streams_next_version(store: EventStore) -> None:
    await store.append("keha", command("a", "b", "a", on={"a": 0, "b": 0}))

    answer = await store.append("keha", command("b", "c", "b", on={"a": 2, "b": 1, "c": 0}))

    assert answer == Appended(first=4, last=6, repeated=False)
    assert [(row.position, row.stream, row.version) for row in await store.read("keha", 0)] == [
        (1, "a", 1),
        (2, "b", 1),
        (3, "a", 2),
        (4, "b", 2),
        (5, "c", 1),
        (6, "b", 3),
    ]


async def test_positions_are_counted_in_each_ledger(store: EventStore) -> None:
    await store.append("keha", command("a", on={"a": 0}))

    answer = await store.append("try", command("a", on={"a": 0}, clock=datetime.now(UTC)))

    assert answer == Appended(first=1, last=1, repeated=False)


async def test_a_stream_that_has_gone_on_is_a_conflict_and_writes_nothing(store: EventStore) -> None:
    await store.append("keha", command("a", "a", on={"a": 0}))

    answer = await store.append("keha", command("b", on={"b": 0, "a": 1}))

    assert answer == Conflict(stream="a", expected=1, actual=2)
    assert await store.head("keha") == 2


async def test_a_version_that_is_not_there_yet_is_a_conflict(store: EventStore) -> None:
    assert await store.append("keha", command("a", on={"a": 3})) == Conflict(stream="a", expected=3, actual=0)


async def test_a_repeated_command_gets_its_first_answer_even_where_it_would_conflict(store: EventStore) -> None:
    asked = command("a", "a", on={"a": 0})
    await store.append("keha", asked)
    await store.append("keha", command("a", on={"a": 2}))

    answer = await store.append("keha", replace(asked, received_at=datetime.now(UTC)))

    assert answer == Appended(first=1, last=2, repeated=True)
    assert await store.head("keha") == 3


async def test_a_repeated_command_that_was_decided_anew_is_not_appended_again(store: EventStore) -> None:
    asked = command("a", on={"a": 0})
    await store.append("keha", asked)

    answer = await store.append("keha", command("a", on={"a": 1}, id=asked.command_id))

    assert answer == Appended(first=1, last=1, repeated=True)
    assert await store.head("keha") == 1


async def test_another_request_under_a_known_id_is_told_so(store: EventStore) -> None:
    asked = command("a", on={"a": 0})
    await store.append("keha", asked)

    assert await store.append("keha", replace(asked, request_digest=b"e" * 32)) == KeyReused()
    assert await store.head("keha") == 1


async def test_the_same_id_in_another_ledger_is_another_command(store: EventStore) -> None:
    asked = command("a", on={"a": 0}, clock=None)
    await store.append("keha", asked)

    assert await store.append("try", replace(asked, clock=datetime.now(UTC))) == Appended(
        first=1, last=1, repeated=False
    )


async def test_a_command_repeated_in_the_next_month_is_compared_under_its_first_key(store: EventStore) -> None:
    october, november = datetime(2026, 10, 31, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    first = await store.request_digest("keha", october, "POST /x", b"body")
    again = await store.request_digest("keha", november, "POST /x", b"body")
    other = await store.request_digest("keha", november, "POST /x", b"other")
    asked = command("a", on={"a": 0}, digest=first.digest, digest_key=first.digest_key, request=first.request)
    await store.append("keha", asked)

    repeated = await store.append(
        "keha", replace(asked, request_digest=again.digest, digest_key=again.digest_key, request=again.request)
    )
    reused = await store.append(
        "keha", replace(asked, request_digest=other.digest, digest_key=other.digest_key, request=other.request)
    )

    assert first.digest != again.digest
    assert repeated == Appended(first=1, last=1, repeated=True)
    assert reused == KeyReused()
    assert await store.find_request("keha", asked.command_id, again.digest, again.request) == repeated
    assert await store.find_request("keha", asked.command_id, other.digest, other.request) == KeyReused()


async def test_when_its_digests_key_is_deleted_a_known_id_is_answered_uncompared(store: EventStore) -> None:
    digest = await store.request_digest("keha", datetime(2026, 5, 2, tzinfo=UTC), "POST /x", b"body")
    asked = command("a", on={"a": 0}, digest=digest.digest, digest_key=digest.digest_key, request=digest.request)
    await store.append("keha", asked)

    early = await store.delete_expired_digest_keys(datetime(2026, 8, 29, tzinfo=UTC))
    before = await store.append("keha", replace(asked, request_digest=b"e" * 32))
    late = await store.delete_expired_digest_keys(datetime(2026, 8, 30, tzinfo=UTC))
    after = await store.append("keha", replace(asked, request_digest=b"e" * 32))

    assert (early, before) == (0, KeyReused())
    assert (late, after) == (1, Appended(first=1, last=1, repeated=True))
    assert await store.find_request("keha", asked.command_id, b"e" * 32, b"other") == after


async def test_all_processes_share_a_months_key(store: EventStore, pool: Pool) -> None:
    now = datetime.now(UTC)

    one = await store.request_digest("keha", now, "POST /x", b"body")
    other = await EventStore(pool).request_digest("keha", now, "POST /x", b"body")

    assert one == other
    assert one.digest != (await store.request_digest("try", now, "POST /x", b"body")).digest
    assert one.digest != (await store.request_digest("keha", now, "POST /", b"xbody")).digest


async def test_a_command_is_found_by_its_id(store: EventStore) -> None:
    asked = command("a", "b", on={"a": 0, "b": 0})
    await store.append("keha", command("z", on={"z": 0}))
    await store.append("keha", asked)

    assert await store.find_command("keha", asked.command_id) == Appended(first=2, last=3, repeated=True)
    assert await store.find_command("keha", b"?" * 16) is None
    assert await store.find_command("try", asked.command_id) is None


async def test_a_disclosure_is_stored_with_the_event_that_commits_to_it(store: EventStore) -> None:
    words = disclosure("words", "Ääkköset")

    await store.append("keha", command(event("a", words.commitment), on={"a": 0}, disclosures=(words,)))

    assert await store.disclosures("keha", [words.commitment, b"?" * 32]) == {words.commitment: ("words", "Ääkköset")}
    assert await store.salted_disclosures("keha", [words.commitment]) == {words.commitment: (words.salt, words.value)}
    assert await store.disclosures("try", [words.commitment]) == {}


async def test_a_stored_disclosure_may_be_committed_to_again(store: EventStore) -> None:
    words = disclosure("words", "once")
    await store.append("keha", command(event("a", words.commitment), on={"a": 0}, disclosures=(words,)))

    without = await store.append("keha", command(event("a", words.commitment), on={"a": 1}))
    with_it = await store.append("keha", command(event("a", words.commitment), on={"a": 2}, disclosures=(words,)))

    assert (without, with_it) == (
        Appended(first=2, last=2, repeated=False),
        Appended(first=3, last=3, repeated=False),
    )


async def test_a_commitment_without_its_disclosure_is_refused(store: EventStore) -> None:
    words = disclosure("words", "in another ledger")
    clock = datetime.now(UTC)
    await store.append("try", command(event("a", words.commitment), on={"a": 0}, disclosures=(words,), clock=clock))

    with pytest.raises(AppendRefused, match="disclosure is not in the ledger"):
        await store.append("keha", command(event("a", words.commitment), on={"a": 0}))

    assert await store.head("keha") == 0


async def test_a_disclosure_that_does_not_open_its_commitment_is_refused(store: EventStore) -> None:
    words = replace(disclosure("words", "true"), value=b'["words","false"]')

    with pytest.raises(AppendRefused, match="doesn't open"):
        await store.append("keha", command(event("a", words.commitment), on={"a": 0}, disclosures=(words,)))


async def test_the_disclosures_of_a_command_in_conflict_are_not_stored(store: EventStore) -> None:
    words = disclosure("words", "unsaid")

    await store.append("keha", command(event("a", words.commitment), on={"a": 7}, disclosures=(words,)))

    assert await store.disclosures("keha", [words.commitment]) == {}


async def test_an_event_on_a_stream_without_a_condition_is_refused(store: EventStore) -> None:
    with pytest.raises(AppendRefused, match="no condition names"):
        await store.append("keha", command("a", "b", on={"a": 0}))


async def test_a_command_without_events_is_refused(store: EventStore, pool: Pool) -> None:
    with pytest.raises(AppendRefused, match="without events"):
        await store.append("keha", command(on={"a": 0}))
    async with pool.acquire() as connection:
        with pytest.raises(AppendRefused, match="without events"):
            await append_batch(connection, "keha", [command("b", on={"b": 0}), command(on={"a": 0})])


async def test_the_database_itself_refuses_a_batch_whose_commands_touch_each_other(
    store: EventStore, pool: Pool
) -> None:
    twice = os.urandom(16)

    async with pool.acquire() as connection:
        with pytest.raises(AppendRefused, match="of one id"):
            await append_batch(
                connection, "keha", [command("a", on={"a": 0}, id=twice), command("b", on={"b": 0}, id=twice)]
            )
        with pytest.raises(AppendRefused, match="another one writes"):
            await append_batch(connection, "keha", [command("a", on={"a": 0, "b": 0}), command("b", on={"b": 0})])
        readers = [command("a", on={"a": 0, "r": 0}), command("b", on={"b": 0, "r": 0})]
        assert await append_batch(connection, "keha", readers) == [
            Appended(first=1, last=1, repeated=False),
            Appended(first=2, last=2, repeated=False),
        ]


async def test_in_a_batch_each_command_is_answered_for_itself(store: EventStore, pool: Pool) -> None:
    known = command("k", "k", on={"k": 0})
    await store.append("keha", known)
    batch = [
        command("a", "a", on={"a": 0}),
        command("b", on={"b": 5}),
        known,
        command("d", "d", on={"d": 0}),
        command("c", on={"c": 0}),
    ]

    async with pool.acquire() as connection:
        answers = await append_batch(connection, "keha", batch)

    assert answers == [
        Appended(first=3, last=4, repeated=False),
        Conflict(stream="b", expected=5, actual=0),
        Appended(first=1, last=2, repeated=True),
        Appended(first=5, last=6, repeated=False),
        Appended(first=7, last=7, repeated=False),
    ]
    assert [row.stream for row in await store.read("keha", 2)] == ["a", "a", "d", "d", "c"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": b"short"},
        {"nonce": b"n" * 17},
        {"type": "Kyllä"},
        {"type": "a b"},
        {"schema": 0},
        {"schema": 2**40},
    ],
)
async def test_an_event_of_the_wrong_form_is_refused(store: EventStore, wrong: dict[str, object]) -> None:
    with pytest.raises(AppendRefused):
        await store.append("keha", command(replace(event("a"), **wrong), on={"a": 0}))  # type: ignore[arg-type]


@pytest.mark.parametrize("stream", ["", "Item", "item 1", "ä", "a\n", "item\x00"])
async def test_a_stream_of_the_wrong_form_is_refused(store: EventStore, stream: str) -> None:
    with pytest.raises(AppendRefused):
        await store.append("keha", command(stream, on={stream: 0}))


async def test_a_command_id_of_the_wrong_length_is_refused(store: EventStore) -> None:
    with pytest.raises(AppendRefused):
        await store.append("keha", command("a", on={"a": 0}, id=b"short"))


async def test_a_ledger_that_was_never_opened_is_refused(store: EventStore) -> None:
    with pytest.raises(AppendRefused, match="there is no ledger"):
        await store.append("nobody", command("a", on={"a": 0}))


async def test_a_ledger_is_opened_once_and_never_changes_its_kind(store: EventStore) -> None:
    await store.create_ledger("keha", demo=False)

    with pytest.raises(AppendRefused, match="never changes"):
        await store.create_ledger("keha", demo=True)
    with pytest.raises(AppendRefused):
        await store.create_ledger("Not A Name", demo=True)
    assert await store.ledgers() == {"keha": False, "try": True}


async def test_received_more_than_thirty_seconds_ahead_of_the_clock_is_refused(store: EventStore) -> None:
    with pytest.raises(AppendRefused, match="ahead of the clock"):
        await store.append("keha", command("a", on={"a": 0}, received_at=datetime.now(UTC) + 31 * SECOND))


async def test_recorded_is_never_before_received_nor_before_the_event_before(store: EventStore) -> None:
    ahead = datetime.now(UTC) + 20 * SECOND

    await store.append("keha", command("a", on={"a": 0}, received_at=ahead))
    await store.append("keha", command("b", on={"b": 0}))

    assert [row.recorded_at for row in await store.read("keha", 0)] == [ahead, ahead]


async def test_in_a_batch_times_run_in_the_order_of_positions(store: EventStore, pool: Pool) -> None:
    ahead = datetime.now(UTC) + 20 * SECOND
    batch = [command("a", on={"a": 0}, received_at=ahead), command("b", on={"b": 0})]

    async with pool.acquire() as connection:
        await append_batch(connection, "keha", batch)

    assert [row.recorded_at for row in await store.read("keha", 0)] == [ahead, ahead]


async def test_a_demo_ledger_records_by_its_own_clock(store: EventStore) -> None:
    clock = datetime(2031, 3, 4, tzinfo=UTC)

    await store.append("try", command("a", on={"a": 0}, clock=clock, received_at=clock))
    await store.append("try", command("b", on={"b": 0}, clock=clock - SECOND, received_at=clock - SECOND))

    assert [row.recorded_at for row in await store.read("try", 0)] == [clock, clock]
    with pytest.raises(AppendRefused, match="ahead of the clock"):
        await store.append("try", command("c", on={"c": 0}, clock=clock, received_at=clock + 31 * SECOND))


async def test_a_demo_ledgers_clock_may_lie_in_the_past(store: EventStore) -> None:
    clock = datetime(2020, 3, 4, tzinfo=UTC)

    await store.append("try", command("a", on={"a": 0}, clock=clock, received_at=clock - SECOND))

    assert [row.recorded_at for row in await store.read("try", 0)] == [clock]


async def test_a_clock_time_comes_with_commands_of_a_demo_ledger_only(store: EventStore) -> None:
    with pytest.raises(AppendRefused, match="clock time"):
        await store.append("keha", command("a", on={"a": 0}, clock=datetime.now(UTC)))
    with pytest.raises(AppendRefused, match="clock time"):
        await store.append("try", command("a", on={"a": 0}))


async def test_append_refuses_an_isolation_that_would_not_see_what_it_waited_for(store: EventStore, pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
        with pytest.raises(AppendRefused, match="READ COMMITTED"):
            await append_batch(connection, "keha", [command("a", on={"a": 0})])


async def test_the_head_row_is_locked_but_never_updated(store: EventStore, owner: Connection) -> None:
    before = await owner.fetchval("SELECT ctid::text FROM log.head WHERE ledger = 'keha'")

    for version in range(5):
        await store.append("keha", command("a", on={"a": version}))

    assert await owner.fetchval("SELECT ctid::text FROM log.head WHERE ledger = 'keha'") == before


async def test_events_are_found_by_their_streams_and_read_by_their_positions(store: EventStore, pool: Pool) -> None:
    await store.append("keha", command("a", "b", "a", "c", on={"a": 0, "b": 0, "c": 0}))

    found = await positions_of(pool, "keha", ["a", "c", "none"], 3)

    assert [position for position, _ in found] == [1, 3]
    row_type = found[0][1]
    assert [(row.position, row.stream) for row in await read_at(pool, "keha", [2, 4])] == [(2, "b"), (4, "c")]
    assert await positions_of_types(pool, "keha", [row_type], 2, 3) == [2, 3]
    assert await positions_of_types(pool, "keha", ["another"], 1, 4) == []
    assert await streams(pool, "keha") == ["a", "b", "c"]
    assert await streams(pool, "none") == []
    with pytest.raises(LogBroken, match="position 9 is missing"):
        await read_at(pool, "keha", [4, 9])
