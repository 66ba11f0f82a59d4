"""What a ledger's own stream `installation` says of its seal: which keys sign it, which of its histories were lost."""

from dataclasses import dataclass

from domain.events.attestation import INSTALLATION, Operation, OperationRecorded, SealKeyIntroduced
from domain.proof.keys import LogKeys, log_keys
from domain.view import fact_of
from services.eventstore.connections import Connection, Pool
from services.eventstore.read import read_streams

NO_KEYS = LogKeys()


@dataclass(frozen=True, slots=True)
class Installation:
    """The keys that were introduced, and the restores that were recorded, by the note of the old checkpoint."""

    keys: LogKeys = NO_KEYS
    restores: frozenset[bytes] = frozenset()


async def installation_of(connection: Connection | Pool, ledger: str) -> Installation:
    """What is recorded by now. Raises `NoteRefused` for keys that are none: the log was written past its rules."""
    facts = [fact_of(row) for row in await read_streams(connection, ledger, {INSTALLATION: 0})]
    return Installation(
        keys=log_keys((f.position, f.event.verifier_key) for f in facts if isinstance(f.event, SealKeyIntroduced)),
        restores=frozenset(
            f.event.checkpoint.encode()
            for f in facts
            if isinstance(f.event, OperationRecorded)
            and f.event.operation is Operation.RESTORE
            and f.event.checkpoint is not None
        ),
    )
