"""Reminders: which were issued in a process, and whose mails were taken. Only the planner says which are owed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.events.process import MailDelivered, MailFailed, ReminderIssued
from domain.values import Deadline, PersonId, SubjectId, UnitId
from domain.view import Fact, Fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """What a reminder is about: the step that somebody must take. `owed_by`: the position that made it owed."""

    step: str
    person: PersonId
    unit: UnitId | None
    subject: SubjectId | None
    deadline: Deadline | None
    ordinal: int
    owed_by: int

    @property
    def series(self) -> tuple[object, ...]:
        """Reminders of one series are numbered by their ordinals."""
        return (self.step, self.person, self.unit, self.subject, self.owed_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """What was issued in one process: the last ordinal of each series, and when a person was told of a step last.

    Of the mails, by the reminder's position: which the mail server took, and how often each other one was tried by the
    last record.
    """

    issued: Mapping[tuple[object, ...], int] = field(default_factory=dict)
    told: Mapping[tuple[object, ...], datetime] = field(default_factory=dict)
    delivered: frozenset[int] = frozenset()
    attempts: Mapping[int, int] = field(default_factory=dict)


def evolve(state: Process, fact: Fact) -> Process:
    """The process one event later."""
    match fact.event:
        case ReminderIssued() as event:
            series = (event.step, event.person, event.unit, event.subject, event.owed_by)
            issued = {**state.issued, series: max(event.ordinal, state.issued.get(series, 0))}
            return replace(state, issued=issued, told={**state.told, series[:-1]: fact.at})
        case MailDelivered() as event:
            return replace(state, delivered=state.delivered | {event.reminder})
        case MailFailed() as event:
            return replace(state, attempts={**state.attempts, event.reminder: event.attempts})
        case _:
            return state


FOLD = Fold("process/{}", Process, evolve)
