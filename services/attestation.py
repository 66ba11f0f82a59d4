"""The subscription `attestations`: the digest of a year's view, recorded at each delivery, statement and close (C12).

The view is made again from the log, not taken from the live read models. Each digest is a step of the system under a
business key, so it is recorded once, whatever is repeated after a crash. Where another digest stands there already, the
projections or the log are not what they were: that is logged as an error, and the subscription stays at that event.
"""

from collections.abc import Sequence

import structlog

from domain.attestation import AttestView
from domain.errors import Refused
from domain.events.envelope import Row
from domain.values import SYSTEM
from projections import attested
from services.commands import Handler, Request
from services.eventstore import Subscription
from services.eventstore.connections import Connection
from services.readmodels import ReadModels

NAME = "attestations"

_log = structlog.get_logger(__name__)


def attestations(handler: Handler, models: ReadModels) -> Subscription:
    """The subscription. `models` make the board as of an event."""

    async def handle(_: Connection, rows: Sequence[Row]) -> None:
        for row in rows:
            if row.type in attested.OCCASIONS:
                await _attest(handler, models, row)

    return Subscription(name=NAME, handle=handle)


async def _attest(handler: Handler, models: ReadModels, row: Row) -> None:
    """Record the digest as of an event. Raises `Refused` (`attested-otherwise`) where another one is recorded."""
    year = attested.year_of(row)
    board = await models.board(row.ledger, year, known_at=row.position)
    digest = attested.digest(board.value, year)
    command = AttestView(
        view=attested.VIEW, occasion=attested.OCCASIONS[row.type], at_position=row.position, digest=digest
    )
    request = Request(
        ledger=row.ledger,
        by=SYSTEM,
        # With the digest: another one for the same event is another command, and refused.
        key=f"attest:{attested.VIEW}:{row.position}:{digest}",
        command=command,
        received_at=await handler.now(row.ledger),
        cause=row.position,
    )
    try:
        await handler.handle(request)
    except Refused as refused:
        _log.error(
            "a replay comes to another digest than the attested one",
            ledger=row.ledger,
            position=row.position,
            view=attested.VIEW,
            digest=digest,
            code=refused.code,
        )
        raise
