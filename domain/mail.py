"""What became of a reminder's mail: commands of the system. The reminder stands, whatever becomes of it (case 24)."""

from dataclasses import dataclass

from domain.authority import require_system
from domain.events.event import Event
from domain.events.process import MailDelivered, MailFailed
from domain.reminder import FOLD
from domain.view import Act, View


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordMailDelivered:
    """The mail server took the mail of the reminder at this position, at this attempt."""

    process: str
    reminder: int
    attempts: int


def record_mail_delivered(view: View, act: Act, command: RecordMailDelivered) -> tuple[Event, ...]:
    """Errors: `system-only`."""
    require_system(act, "record-mail-delivered")
    if command.reminder in view.get(FOLD, command.process).delivered:
        return ()
    return (MailDelivered(process=command.process, reminder=command.reminder, attempts=command.attempts),)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordMailFailed:
    """The mail of the reminder at this position was not taken, or can't be sent. `error` is a stable code."""

    process: str
    reminder: int
    attempts: int
    error: str


def record_mail_failed(view: View, act: Act, command: RecordMailFailed) -> tuple[Event, ...]:
    """Errors: `system-only`."""
    require_system(act, "record-mail-failed")
    state = view.get(FOLD, command.process)
    if command.reminder in state.delivered or state.attempts.get(command.reminder, 0) >= command.attempts:
        return ()
    failed = MailFailed(
        process=command.process, reminder=command.reminder, attempts=command.attempts, error=command.error
    )
    return (failed,)
