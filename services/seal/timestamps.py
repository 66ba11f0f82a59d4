"""Time-stamps over checkpoints (RFC 3161): hourly, an authority says that the last checkpoint's note was there by then.

An answer is kept beside the copy of its checkpoint. An authority that is away holds nothing up: it is asked again.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import asyncpg
import httpx2
import structlog
from cryptography.x509 import Certificate
from obstore.exceptions import BaseError
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from services.eventstore.connections import Pool
from services.eventstore.read import ledgers
from services.seal.store import SealStore

PERIOD = timedelta(hours=1)
LOOK_SECONDS = 60.0
ANSWER_SECONDS = 20.0
LARGEST_ANSWER = 1 << 17

_log = structlog.get_logger(__name__)


class StampRefused(ValueError):
    """The authority's answer is no time-stamp over the note, or not by whom it has to be."""


async def stamp_ledgers(pool: Pool, store: SealStore, url: str, seconds: float = LOOK_SECONDS) -> None:
    """Have the last checkpoint of each ledger time-stamped hourly, if there is a new one, until cancelled."""
    due: dict[str, datetime] = {}
    async with httpx2.AsyncClient(timeout=ANSWER_SECONDS) as client:
        while True:
            try:
                for ledger in await ledgers(pool):
                    now = datetime.now(UTC)
                    if now >= due.get(ledger, now):
                        due[ledger] = await _stamped(client, store, url, ledger, now)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
                _log.warning("checkpoints can't be time-stamped now", error=repr(error))
            await asyncio.sleep(seconds)


async def _stamped(client: httpx2.AsyncClient, store: SealStore, url: str, ledger: str, now: datetime) -> datetime:
    """From when on to look at the ledger again."""
    try:
        return await stamp(client, store, url, ledger, now)
    except (httpx2.HTTPError, StampRefused, BaseError, OSError) as error:
        _log.warning("a checkpoint wasn't time-stamped; it is tried again", ledger=ledger, error=repr(error))
        return now


async def stamp(client: httpx2.AsyncClient, store: SealStore, url: str, ledger: str, now: datetime) -> datetime:
    """Have the last checkpoint time-stamped, unless it is already, or another one was within the hour.

    Answers from when on to look again: there is nothing to do before. Raises `StampRefused`, and what client and store
    raise.
    """
    known = await store.stamps(ledger)
    fresh = max((each.kept_at for each in known), default=now - PERIOD) + PERIOD
    if now < fresh:
        return fresh
    last = await store.last_kept(ledger)
    if last is None:
        return now
    if (last.history, last.size) not in {(each.history, each.size) for each in known}:
        await store.keep_stamp(ledger, last.history, last.size, await _asked(client, url, last.note))
    return now + PERIOD


def stamped_at(answer: bytes, note: bytes, roots: Sequence[Certificate]) -> datetime:
    """Since when the note is there, by an authority whose chain ends at one of the roots. Raises `StampRefused`."""
    response = _response(answer)
    try:
        VerifierBuilder(roots=list(roots)).build().verify_message(response, note)
    except (VerificationError, ValueError) as error:
        raise StampRefused(f"a time-stamp that doesn't hold: {error}") from error
    return response.tst_info.gen_time


async def _asked(client: httpx2.AsyncClient, url: str, note: bytes) -> bytes:
    builder = TimestampRequestBuilder().data(note).hash_algorithm(HashAlgorithm.SHA256)
    request = builder.nonce(nonce=True).cert_request(cert_request=True).build()
    answer = await client.post(url, content=request.as_bytes(), headers={"Content-Type": "application/timestamp-query"})
    answer.raise_for_status()
    if len(answer.content) > LARGEST_ANSWER:
        raise StampRefused(f"an answer of {len(answer.content)} bytes")
    response = _response(answer.content)
    if response.status != PKIStatus.GRANTED:
        raise StampRefused(f"the authority refuses with status {response.status}: {' '.join(response.status_string)}")
    said = response.tst_info
    if said.message_imprint.message != sha256(note).digest() or said.nonce != request.nonce:
        raise StampRefused("a time-stamp over something else than was asked")
    return answer.content


def _response(answer: bytes) -> TimeStampResponse:
    try:
        return decode_timestamp_response(answer)
    except ValueError as error:
        raise StampRefused(f"no time-stamp: {error}") from error
