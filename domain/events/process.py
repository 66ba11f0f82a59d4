"""Streams `process/{id}`: what the workflows told people. Never a condition of a command."""

from dataclasses import dataclass
from typing import ClassVar

from domain.events.event import Event
from domain.values import Deadline, PersonId, SubjectId, UnitId


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessEvent(Event):
    """An event of one process: `reporting-cycle/2024`, `submission/2024-annual/unit`, `signing/version`."""

    process: str

    @property
    def stream(self) -> str:
        """`process/{id}`."""
        return f"process/{self.process}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderIssued(ProcessEvent):
    """Somebody who must act next was reminded. `ordinal` counts the reminders of one step from 1; `owed_by` is the
    position of the event that made it owed.
    """

    type: ClassVar[str] = "reminder-issued"
    step: str
    person: PersonId
    unit: UnitId | None
    subject: SubjectId | None
    deadline: Deadline | None
    ordinal: int
    owed_by: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MailDelivered(ProcessEvent):
    """The mail of a reminder was taken by the mail server."""

    type: ClassVar[str] = "mail-delivered"
    reminder: int
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFailed(ProcessEvent):
    """The mail server did not take the mail; the decision stands, a retry follows (case 24). `error` is a stable
    code.
    """

    type: ClassVar[str] = "mail-failed"
    reminder: int
    attempts: int
    error: str
