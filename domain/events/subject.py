"""Streams `subject/{id}`: what happens to a milestone outside the rounds. Late completion; RRF data come here too."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.calendar import start_of
from domain.events.event import Event
from domain.events.item import Evidence
from domain.values import Date, Digest, SubjectId, UnitId, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectEvent(Event):
    """An event of one subject."""

    subject: SubjectId

    @property
    def stream(self) -> str:
        """`subject/{id}`."""
        return f"subject/{self.subject}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LateCompletionRecorded(SubjectEvent):
    """A milestone of year Y was reached after Y; it shows "reached later" and never recolours Y."""

    type: ClassVar[str] = "late-completion-recorded"
    year: int
    unit: UnitId
    completed_on: Date
    narrative: Words
    evidence: tuple[Evidence, ...]
    digest: Digest

    @property
    def effective_at(self) -> datetime:
        """The start of `completed_on`."""
        return start_of(self.completed_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class LateCompletionReturned(SubjectEvent):
    """The director returned it with a reason."""

    type: ClassVar[str] = "late-completion-returned"
    reason: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class LateCompletionSignedOff(SubjectEvent):
    """The director signed exactly this (R15, R16)."""

    type: ClassVar[str] = "late-completion-signed-off"
    digest: Digest
