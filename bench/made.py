"""Made-up commands of the size that real ones have: an item's report, 500 bytes of body and 190 of metadata."""

import os
from datetime import UTC, datetime

from bench.year import digest
from domain.canonical import canonical
from domain.events.codec import encode_metadata
from domain.events.envelope import Metadata
from domain.values import Role, VersionId
from services.eventstore import Command, Condition, NewEvent

TYPE = "milestone-status-reported"
EACH = 10
"""How many events a client writes on a stream before it takes the next."""
_VERSION = "keha-2024-2027.1"


def body(subject: str) -> bytes:
    """An item's report as it lies in the log."""
    words = str(digest(subject))
    return canonical(
        {
            "basis": "actual",
            "checklist": [],
            "explanation": {
                "action": words,
                "action_due": "2024-12-31",
                "action_owner": "p-1",
                "cause": words,
                "risk": words,
            },
            "light": "yellow",
            "narrative": words,
            "reason": None,
            "revision": 1,
            "round": "2024-annual",
            "status": "partly-reached",
            "subject": subject,
            "version": _VERSION,
        }
    )


METADATA = encode_metadata(
    Metadata(
        actor_kind="person",
        actor="matti.meikalainen",
        acting_for=None,
        role=Role.OWNER,
        command="submit-items",
        cause=None,
        caused_by_command=False,
        version=VersionId(_VERSION),
        wall=None,
    )
)
BODY = body("m-1")


def event(stream: str) -> NewEvent:
    """A report on a stream."""
    chance = os.urandom(32)
    return NewEvent(
        stream=stream,
        id=chance[:16],
        type=TYPE,
        schema=1,
        effective_at=None,
        nonce=chance[16:],
        body=BODY,
        metadata=METADATA,
    )


class Client:
    """One client: it reports on item after item, ten times on each, and knows the version that each stream is at.

    Each command also reads the streams `organisation` and `round/2024-annual`, as an item's command does, and so brings
    three conditions.
    """

    _READ = (Condition(stream="organisation", version=0), Condition(stream="round/2024-annual", version=0))

    def __init__(self, name: str) -> None:
        self._name = name
        self._done = 0

    def command(self, events: int = 1) -> Command:
        """The next command; the one before must have been appended."""
        written: list[Condition] = []
        made = []
        for done in range(self._done, self._done + events):
            stream, version = f"item/2024-annual/{self._name}-{done // EACH}", done % EACH
            if not written or version == 0:
                written.append(Condition(stream=stream, version=version))
            made.append(event(stream))
        self._done += events
        chance = os.urandom(48)
        return Command(
            command_id=chance[:16],
            request_digest=chance[16:],
            digest_key="2024-06",
            received_at=datetime.now(UTC),
            conditions=(*written, *self._READ),
            events=tuple(made),
        )
