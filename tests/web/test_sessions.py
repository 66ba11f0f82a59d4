"""Sessions: found by what only the browser has, ended by time and by signing out, and nothing of them is left then."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from starlette.responses import Response

from services.eventstore.connections import Pool
from services.identity import Login
from services.local import PostgresUrls
from services.web.sessions import Session, Sessions

LOGIN = Login(issuer="https://idp.example", subject="anna-at-the-provider")


@dataclass(slots=True)
class Clock:
    now: datetime = field(default_factory=lambda: datetime(2026, 1, 7, 8, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def pool(database: PostgresUrls) -> AsyncIterator[Pool]:
    async with asyncpg.create_pool(database.app, min_size=1, max_size=4) as pool:
        yield pool


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(pool: Pool, clock: Clock) -> Sessions:
    return Sessions(pool, secure=False, now=clock)


async def _found(sessions: Sessions, value: str) -> Session | None:
    return await sessions.find({sessions.cookie: value})


async def _begun(sessions: Sessions) -> tuple[Session, str]:
    return await sessions.begin(LOGIN, "Anna Aalto")


async def test_a_session_is_found_by_its_cookie_and_by_nothing_that_stands_in_the_table(
    sessions: Sessions, pool: Pool
) -> None:
    begun, value = await _begun(sessions)

    found = await _found(sessions, value)

    assert found == begun
    assert (found.login, found.name) == (LOGIN, "Anna Aalto")
    stored = await pool.fetchval("SELECT id FROM app.session")
    assert value not in str(await pool.fetchval("SELECT s::text FROM app.session s"))
    for guess in (stored.hex(), stored.decode("latin-1"), "", "x" * 10_000):
        assert await _found(sessions, guess) is None


async def test_it_ends_when_nobody_was_there_for_too_long(sessions: Sessions, clock: Clock) -> None:
    _, value = await _begun(sessions)

    clock.now += timedelta(hours=7)
    assert await _found(sessions, value) is not None
    clock.now += timedelta(hours=4)
    assert await _found(sessions, value) is not None, "they were there four hours ago"

    _, other = await _begun(sessions)
    clock.now += timedelta(hours=8)
    assert await _found(sessions, other) is None


async def test_it_ends_after_twelve_hours_in_any_case(sessions: Sessions, clock: Clock) -> None:
    _, value = await _begun(sessions)

    for _ in range(11):
        clock.now += timedelta(hours=1)
        assert await _found(sessions, value) is not None
    clock.now += timedelta(hours=1)

    assert await _found(sessions, value) is None


async def test_after_signing_out_a_kept_cookie_is_worth_nothing_and_no_row_is_left(
    sessions: Sessions, pool: Pool
) -> None:
    session, value = await _begun(sessions)
    _, elsewhere = await _begun(sessions)

    await sessions.end(session)
    session.say("too late", "success")
    await sessions.save(session)

    assert await _found(sessions, value) is None
    assert await _found(sessions, elsewhere) is not None, "another browser's session goes on"
    assert await pool.fetchval("SELECT count(*) FROM app.session") == 1


async def test_those_that_have_ended_are_swept_with_all_that_they_hold(
    sessions: Sessions, pool: Pool, clock: Clock
) -> None:
    await _begun(sessions)
    clock.now += timedelta(hours=8)
    _, value = await _begun(sessions)

    await sessions.sweep()

    assert await pool.fetchval("SELECT count(*) FROM app.session") == 1
    assert await _found(sessions, value) is not None


async def test_what_was_done_is_said_once(sessions: Sessions) -> None:
    session, value = await _begun(sessions)
    session.say("Lähetetty: 3 kohtaa.", "success")
    await sessions.save(session)

    first = await _found(sessions, value)
    assert first is not None
    said = first.said()
    await sessions.save(first)
    second = await _found(sessions, value)

    assert said == {"text": "Lähetetty: 3 kohtaa.", "kind": "success"}
    assert second is not None
    assert (first.said(), second.said()) == (None, None)


async def test_requests_side_by_side_write_only_what_they_changed(sessions: Sessions) -> None:
    _, value = await _begun(sessions)
    one, other = await _found(sessions, value), await _found(sessions, value)
    assert one is not None
    assert other is not None

    one.say("done", "success")
    one.went_to("keha", 12)
    other.went_to("elsewhere", 3)
    other.went_to("elsewhere", 2)
    await sessions.save(one)
    await sessions.save(other)

    found = await _found(sessions, value)
    assert found is not None
    assert found.positions == {"keha": 12, "elsewhere": 3}
    assert found.said() == {"text": "done", "kind": "success"}


def test_the_cookie_is_out_of_reach_for_scripts_other_sites_and_plain_http(pool: Pool) -> None:
    plain, safe = Response(), Response()

    Sessions(pool, secure=False).give(plain, "v")
    Sessions(pool, secure=True).give(safe, "v")

    assert plain.headers["Set-Cookie"] == "etappi=v; HttpOnly; Path=/; SameSite=lax"
    assert safe.headers["Set-Cookie"] == "__Host-etappi=v; HttpOnly; Path=/; SameSite=lax; Secure"
