"""The event store: append commands to ledgers, and read what is there."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime

import asyncpg

from domain.canonical import Json
from domain.events.envelope import Row
from services.eventstore import read
from services.eventstore.append import (
    Answer,
    Appended,
    AppendRefused,
    Command,
    KeyReused,
    OtherKey,
    append_batch,
    check,
    is_refusal,
)
from services.eventstore.coalescer import Coalescer
from services.eventstore.connections import KeptConnections, Pool
from services.eventstore.erased import ErasedBy, erased_by, untold
from services.eventstore.notices import Notifier
from services.eventstore.requests import RequestDigest, RequestDigests

_CREATE_LEDGER = "SELECT log.create_ledger($1, $2)"


class EventStore:
    """The log as one process sees it, over a pool of connections of the application's login.

    It belongs to one event loop.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._coalescers: dict[str, Coalescer] = {}
        self._notifier = Notifier(pool)
        self._digests = RequestDigests(pool)
        self._connections = KeptConnections(pool)

    async def create_ledger(self, ledger: str, *, demo: bool) -> None:
        """Open an empty ledger; nothing happens if it is there. Raises `AppendRefused` if it is there the other way."""
        try:
            await self._pool.execute(_CREATE_LEDGER, ledger, demo)
        except asyncpg.PostgresError as error:
            if is_refusal(error):
                raise AppendRefused(str(error)) from error
            raise

    async def ledgers(self) -> dict[str, bool]:
        """All ledgers, and whether each is a demo."""
        return await read.ledgers(self._pool)

    async def append(self, ledger: str, command: Command) -> Answer:
        """Append a command's events, or answer why not. Raises `AppendRefused` if it breaks a rule of the log."""
        check(command)
        coalescer = self._coalescers.get(ledger)
        if coalescer is None:
            coalescer = self._coalescers[ledger] = Coalescer(lambda batch: self._send(ledger, batch))
        answer = await coalescer.append(command)
        if not isinstance(answer, OtherKey):
            return answer
        stored = await self._digests.stored(ledger, command.command_id)
        if stored is None or not stored.is_of(command.request, command.request_digest):
            return KeyReused()
        return Appended(first=answer.first, last=answer.last, repeated=True)

    async def _send(self, ledger: str, batch: Sequence[Command]) -> list[Answer | OtherKey]:
        async with self._connections.use() as connection:
            answers = await append_batch(connection, ledger, batch)
        if any(isinstance(answer, Appended) and not answer.repeated for answer in answers):
            self._notifier.grown(ledger)
        return answers

    async def find_command(self, ledger: str, command_id: bytes) -> Appended | None:
        """Where a command's events lie, if it was appended; its request isn't compared."""
        stored = await self._digests.stored(ledger, command_id)
        return None if stored is None else Appended(first=stored.first, last=stored.last, repeated=True)

    async def find_request(
        self, ledger: str, command_id: bytes, request_digest: bytes, request: bytes | None
    ) -> Appended | KeyReused | None:
        """As `find_command`, but an id under which another request is stored answers `KeyReused`."""
        stored = await self._digests.stored(ledger, command_id)
        if stored is None:
            return None
        if not stored.is_of(request, request_digest):
            return KeyReused()
        return Appended(first=stored.first, last=stored.last, repeated=True)

    async def request_digest(self, ledger: str, now: datetime, route: str, body: bytes) -> RequestDigest:
        """The digest of a request as it was sent, under the key of the wall clock's month."""
        return await self._digests.of(ledger, now, route, body)

    async def delete_expired_digest_keys(self, now: datetime) -> int:
        """Delete the keys of months that ended more than 90 days ago, and answer how many there were."""
        return await self._digests.delete_expired_keys(now)

    async def read(self, ledger: str, after: int, limit: int = read.PAGE) -> list[Row]:
        """The events behind position `after`, at most `limit`."""
        return await read.read(self._pool, ledger, after, limit)

    def pages(self, ledger: str, after: int = 0, until: int | None = None) -> AsyncIterator[list[Row]]:
        """The events behind `after`, up to and with `until` (or all that there are), a page a time; none is empty."""
        return read.pages(self._pool, ledger, after, until)

    def stream_all(self, ledger: str, after: int = 0, until: int | None = None) -> AsyncIterator[Row]:
        """The events behind `after`, up to and with `until` (or all that there are), fetched in pages."""
        return read.stream_all(self._pool, ledger, after, until)

    async def read_streams(self, ledger: str, after: Mapping[str, int]) -> list[Row]:
        """The events of several streams, each behind the version that is given for it, by position; in one query."""
        return await read.read_streams(self._pool, ledger, after)

    async def read_under(self, ledger: str, beginnings: Iterable[str], until: int) -> list[Row]:
        """The events of all streams whose names begin with one of these, up to and with position `until`, in order."""
        return await read.read_under(self._pool, ledger, beginnings, until)

    async def stream_versions(self, ledger: str, streams: Iterable[str]) -> dict[str, int]:
        """How many events each stream has."""
        return await read.stream_versions(self._pool, ledger, streams)

    async def streams(self, ledger: str) -> list[str]:
        """The names of all streams of a ledger, sorted by their bytes."""
        return await read.streams(self._pool, ledger)

    async def head(self, ledger: str) -> int:
        """The last position; 0 in an empty ledger."""
        return await read.head(self._pool, ledger)

    async def recorded_until(self, ledger: str, instant: datetime) -> int:
        """The last position that was recorded at `instant` or before; 0 if there is none."""
        return await read.recorded_until(self._pool, ledger, instant)

    async def disclosures(self, ledger: str, commitments: Iterable[bytes]) -> dict[bytes, tuple[str, Json]]:
        """What the commitments open to: (kind, value). Those that were erased are absent."""
        return await read.disclosures(self._pool, ledger, commitments)

    async def salted_disclosures(self, ledger: str, commitments: Iterable[bytes]) -> dict[bytes, tuple[bytes, bytes]]:
        """Salt and canonical bytes of each disclosure, for exports that prove it."""
        return await read.salted_disclosures(self._pool, ledger, commitments)

    async def erased_by(self, ledger: str, commitments: Iterable[bytes]) -> dict[bytes, ErasedBy]:
        """Which erasure took each of these commitments; those that none took are absent."""
        return await erased_by(self._pool, ledger, commitments)

    async def untold(self, ledger: str, commitments: Iterable[bytes]) -> dict[str, tuple[bytes, ...]]:
        """The streams that an erasure of these commitments has to name, and which of them each names."""
        return await untold(self._pool, ledger, commitments)
