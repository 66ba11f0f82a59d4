import asyncpg
import pytest

from eventstore.made import command, disclosure, event
from services.eventstore import EventStore
from services.eventstore.connections import Connection, Pool

CHANGES = [
    "UPDATE log.event SET body = ''",
    "DELETE FROM log.event",
    "TRUNCATE log.event",
    "UPDATE log.disclosure SET value = ''",
    "DELETE FROM log.disclosure",
    "TRUNCATE log.disclosure",
    "UPDATE log.head SET demo = true",
    "DELETE FROM log.head",
    "TRUNCATE log.head CASCADE",
]


@pytest.fixture(autouse=True)
async def something(store: EventStore) -> None:
    words = disclosure("words", "x")
    await store.append("keha", command(event("a", words.commitment), on={"a": 0}, disclosures=(words,)))


@pytest.mark.parametrize(
    "statement",
    [
        *CHANGES,
        "INSERT INTO log.event SELECT * FROM log.event",
        "INSERT INTO log.disclosure SELECT * FROM log.disclosure",
        "INSERT INTO log.head (ledger, demo) VALUES ('x', false)",
        "UPDATE log.digest_key SET key = key",
        "SELECT FROM log.head FOR UPDATE",
        "CREATE TABLE log.mine (n integer)",
        "DROP TRIGGER event_is_never_changed ON log.event",
        "ALTER TABLE log.event DISABLE TRIGGER ALL",
        "INSERT INTO log.migration VALUES (99, 'x', 'x')",
    ],
)
async def test_the_applications_login_may_not(pool: Pool, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pool.execute(statement)


@pytest.mark.parametrize("statement", CHANGES)
async def test_triggers_stop_the_owner_too(owner: Connection, statement: str) -> None:
    with pytest.raises(asyncpg.PostgresError, match="is never changed"):
        await owner.execute(statement)


@pytest.mark.parametrize("statement", CHANGES)
async def test_triggers_fire_always(owner: Connection, statement: str) -> None:
    table = statement.replace("DELETE FROM", "DELETE").split()[1]

    modes = await owner.fetch(
        "SELECT tgenabled FROM pg_trigger WHERE tgrelid = $1::text::regclass AND NOT tgisinternal", table
    )

    assert {mode["tgenabled"] for mode in modes} == {b"A"}


async def test_nobody_else_may_call_the_logs_functions(owner: Connection) -> None:
    callable_by_all = await owner.fetch(
        "SELECT p.oid::regprocedure::text FROM pg_proc p, aclexplode(coalesce(proacl, acldefault('f', proowner))) a "
        "WHERE pronamespace = 'log'::regnamespace AND a.grantee = 0"
    )

    assert callable_by_all == []


async def test_functions_with_the_owners_rights_pin_their_search_path(owner: Connection) -> None:
    loose = await owner.fetch(
        "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'log'::regnamespace "
        "AND NOT 'search_path=pg_catalog, log, pg_temp' = ANY (coalesce(proconfig, '{}'))"
    )

    assert loose == []
