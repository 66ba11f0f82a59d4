"""Commands as the log takes them, what it answers, and the one call that appends a batch of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TypeAlias

import asyncpg

from services.eventstore.connections import Connection

_REFUSED = "ET001"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """The command was decided on `stream` at `version` (0: it has no event yet)."""

    stream: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event to append; its version follows from the condition on its stream.

    `commitments` are all that stand in its body: none may lack its disclosure.
    """

    stream: str
    id: bytes
    type: str
    schema: int
    effective_at: datetime | None
    nonce: bytes
    body: bytes
    metadata: bytes
    commitments: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDisclosure:
    """What opens a commitment: its salt and the canonical JSON of [kind, value]."""

    commitment: bytes
    salt: bytes
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What one command appends, or nothing at all.

    `conditions` name every stream that is written or was only read. `clock` is the time of a demo ledger, and None in
    any other. `request` is what `request_digest` was made over: it lets a command that is repeated in another month be
    compared, under the key of the month in which it was stored.
    """

    command_id: bytes
    request_digest: bytes
    digest_key: str | None
    received_at: datetime
    clock: datetime | None = None
    conditions: tuple[Condition, ...]
    events: tuple[NewEvent, ...]
    disclosures: tuple[NewDisclosure, ...] = ()
    request: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """The command's events lie at `first` to `last`; `repeated`, if they did before."""

    first: int
    last: int
    repeated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherKey:
    """The id is known, but its digest was made with another month's key: compare it before you answer."""

    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A condition doesn't hold: the stream has gone on since. Nothing was stored."""

    stream: str
    expected: int
    actual: int


@dataclass(frozen=True, slots=True)
class KeyReused:
    """The command's id is that of an earlier command with another request. Nothing was stored."""


Answer: TypeAlias = Appended | Conflict | KeyReused


class AppendRefused(ValueError):
    """The log refuses the command, now and again: it is malformed, or breaks a rule of the log."""


_APPEND = """
SELECT outcome, first_position, last_position, failed_condition, actual_version FROM log.append(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
    $24)
"""


def check(command: Command) -> None:
    """Refuse what the database would refuse too, or couldn't see: it computes no hashes. Raises `AppendRefused`."""
    if not command.events:
        raise AppendRefused("a command without events")
    conditioned = [condition.stream for condition in command.conditions]
    if len(set(conditioned)) < len(conditioned):
        raise AppendRefused("two conditions on one stream")
    for event in command.events:
        if event.stream not in conditioned:
            raise AppendRefused(f"an event on the stream {event.stream}, which no condition names")
    for disclosure in command.disclosures:
        if sha256(b"\x02" + disclosure.salt + disclosure.value).digest() != disclosure.commitment:
            raise AppendRefused("a disclosure that doesn't open its commitment")


async def append_batch(connection: Connection, ledger: str, commands: Sequence[Command]) -> list[Answer | OtherKey]:
    """Append checked commands in one transaction, each answered for itself.

    No two may have one id, and none may read or write a stream that another one writes. Raises `AppendRefused` if the
    log refuses one of them; then none is stored.
    """
    conditions = [(n, condition) for n, command in enumerate(commands, start=1) for condition in command.conditions]
    # Many commands read the same streams at the same versions: these are sent, and looked up, once.
    expected: dict[tuple[str, int], int] = {}
    expectations = [
        expected.setdefault((condition.stream, condition.version), len(expected) + 1) for _, condition in conditions
    ]
    number = {(n, condition.stream): k for k, (n, condition) in enumerate(conditions, start=1)}
    events = [(n, event) for n, command in enumerate(commands, start=1) for event in command.events]
    commitments = [(n, commitment) for n, event in events for commitment in event.commitments]
    disclosures = [(n, disclosure) for n, command in enumerate(commands, start=1) for disclosure in command.disclosures]
    try:
        rows = await connection.fetch(
            _APPEND,
            ledger,
            [command.command_id for command in commands],
            [command.request_digest for command in commands],
            [command.digest_key for command in commands],
            [command.received_at for command in commands],
            [command.clock for command in commands],
            [stream for stream, _ in expected],
            [version for _, version in expected],
            [n for n, _ in conditions],
            expectations,
            [number[n, event.stream] for n, event in events],
            [event.id for _, event in events],
            [event.type for _, event in events],
            [event.schema for _, event in events],
            [event.effective_at for _, event in events],
            [event.nonce for _, event in events],
            [event.body for _, event in events],
            [event.metadata for _, event in events],
            [n for n, _ in commitments],
            [commitment for _, commitment in commitments],
            [n for n, _ in disclosures],
            [disclosure.commitment for _, disclosure in disclosures],
            [disclosure.salt for _, disclosure in disclosures],
            [disclosure.value for _, disclosure in disclosures],
        )
    except asyncpg.PostgresError as error:
        if is_refusal(error):
            raise AppendRefused(str(error)) from error
        raise
    except asyncpg.InterfaceError as error:
        # A value that its parameter can't hold is an InterfaceError and a ValueError at once.
        if isinstance(error, ValueError):
            raise AppendRefused(str(error)) from error
        raise
    return [_answer(row, conditions) for row in rows]


def is_refusal(error: asyncpg.PostgresError) -> bool:
    """Whether the log refused what was asked, so that asking again is no use."""
    return error.sqlstate == _REFUSED or isinstance(
        error, asyncpg.IntegrityConstraintViolationError | asyncpg.DataError
    )


def _answer(row: asyncpg.Record, conditions: Sequence[tuple[int, Condition]]) -> Answer | OtherKey:
    match row["outcome"]:
        case "appended":
            return Appended(first=row["first_position"], last=row["last_position"], repeated=False)
        case "repeated":
            return Appended(first=row["first_position"], last=row["last_position"], repeated=True)
        case "other-key":
            return OtherKey(first=row["first_position"], last=row["last_position"])
        case "key-reused":
            return KeyReused()
        case "conflict":
            _, condition = conditions[row["failed_condition"] - 1]
            return Conflict(stream=condition.stream, expected=condition.version, actual=row["actual_version"])
        case outcome:
            raise RuntimeError(f"append answered {outcome}")
