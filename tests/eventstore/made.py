"""Made-up commands, short to say."""

import os
from datetime import UTC, datetime
from hashlib import sha256

from domain.canonical import canonical
from services.eventstore import Command, Condition, NewDisclosure, NewEvent


def event(stream: str, *commitments: bytes, body: bytes = b"{}") -> NewEvent:
    return NewEvent(
        stream=stream,
        id=os.urandom(16),
        type="something-happened",
        schema=1,
        effective_at=None,
        nonce=os.urandom(16),
        body=body,
        metadata=b'{"actor":"anna"}',
        commitments=commitments,
    )


def command(
    *events: NewEvent | str,
    on: dict[str, int],
    id: bytes | None = None,  # noqa: A002 - what a command's id is called
    digest: bytes = b"d" * 32,
    digest_key: str | None = None,
    request: bytes | None = None,
    received_at: datetime | None = None,
    clock: datetime | None = None,
    disclosures: tuple[NewDisclosure, ...] = (),
) -> Command:
    """A command of these events (or of one on each of these streams), under these conditions."""
    return Command(
        command_id=id or os.urandom(16),
        request_digest=digest,
        digest_key=digest_key,
        request=request,
        received_at=received_at or datetime.now(UTC),
        clock=clock,
        conditions=tuple(Condition(stream=stream, version=version) for stream, version in on.items()),
        events=tuple(event(each) if isinstance(each, str) else each for each in events),
        disclosures=disclosures,
    )


def disclosure(kind: str, value: str) -> NewDisclosure:
    salt, text = os.urandom(16), canonical([kind, value])
    return NewDisclosure(commitment=sha256(b"\x02" + salt + text).digest(), salt=salt, value=text)
