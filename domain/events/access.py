"""Streams `look/{person}` of a ledger `AGENCY.access`: what auditors and administrators looked at (C11, C14)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from domain.events.event import Event
from domain.values import Digest, Id, PersonId, Role


class Look(StrEnum):
    """What was taken: read on a page, exported, taken home with its proof, replayed, tested by the controls."""

    READ = "read"
    EXPORT = "export"
    BUNDLE = "bundle"
    REPLAY = "replay"
    CONTROLS = "controls"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookRecorded(Event):
    """A person looked: one event a person, kind, scope and quarter of an hour.

    `scope` names what was looked at: `trail`, `item/2024-annual/portal`. `quarter` is its beginning;
    `digest` is that of a file that was handed out; `engagement` the one that gave an auditor the right.
    """

    type: ClassVar[str] = "look-recorded"
    person: PersonId
    role: Role
    engagement: Id | None
    kind: Look
    scope: str
    quarter: datetime
    digest: Digest | None

    @property
    def stream(self) -> str:
        """`look/{person}`."""
        return f"look/{self.person}"
