"""From (issuer, subject) to the person of a ledger: an index that is filled from the log and can be made again."""

import json
from collections.abc import Sequence

import structlog

from domain.events.codec import decode
from domain.events.envelope import Row
from domain.events.organisation import PersonRegistered
from domain.values import PersonId
from services.eventstore.connections import Connection, Pool
from services.eventstore.read import disclosures
from services.eventstore.subscribe import Subscription, catch_up
from services.identity.tokens import Login

_log = structlog.get_logger(__name__)

# The first registration of a login stands: nobody takes a person over by registering their login again.
_REMEMBER = """
INSERT INTO app.identity (ledger, issuer, subject, person) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
"""
_FIND = "SELECT person FROM app.identity WHERE ledger = $1 AND issuer = $2 AND subject = $3"
_FIND_ALL = "SELECT ledger, person FROM app.identity WHERE issuer = $1 AND subject = $2 ORDER BY ledger"


async def _index(connection: Connection, rows: Sequence[Row]) -> None:
    for row in rows:
        if row.type != PersonRegistered.type:
            continue
        event = decode(row.type, row.schema, row.body)
        if not isinstance(event, PersonRegistered):
            continue
        commitment = bytes.fromhex(event.login)
        opened = await disclosures(connection, row.ledger, [commitment])
        login = _login(opened[commitment][1]) if commitment in opened else None
        if login is None:
            _log.warning("a person without a login that can be used", ledger=row.ledger, position=row.position)
            continue
        answer = await connection.execute(_REMEMBER, row.ledger, login.issuer, login.subject, event.person)
        if answer != "INSERT 0 1":
            _log.warning("a login that is registered already", ledger=row.ledger, position=row.position)


def _login(text: object) -> Login | None:
    try:
        value = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None
    match value:
        case {"issuer": str(issuer), "subject": str(subject)} if issuer and subject:
            return Login(issuer=issuer, subject=subject)
        case _:
            return None


IDENTITIES = Subscription(name="identities", handle=_index)
"""Follows the registrations of people."""


class People:
    """The index as one process uses it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def person(self, ledger: str, login: Login) -> PersonId | None:
        """Who that is in a ledger; one who was registered just now is found, too."""
        found = await self._pool.fetchval(_FIND, ledger, login.issuer, login.subject)
        if found is None:
            await catch_up(self._pool, IDENTITIES, ledger)
            found = await self._pool.fetchval(_FIND, ledger, login.issuer, login.subject)
        return None if found is None else PersonId(found)

    async def everywhere(self, login: Login) -> dict[str, PersonId]:
        """Who that is in each ledger where they are registered."""
        rows = await self._pool.fetch(_FIND_ALL, login.issuer, login.subject)
        return {row["ledger"]: PersonId(row["person"]) for row in rows}
