"""The subscription `notifications`: a mail for each reminder, and a record of what became of it.

The reminder stands, whatever becomes of its mail (case 24). A mail that isn't taken is tried again, ever less often,
and the others of its batch go on; of its attempts the first, second, fourth, eighth … are recorded. What can never be
sent is recorded once. After a crash between the server's yes and our record, a mail goes out again with its Message-ID.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

import structlog

from domain.calendar import day_of
from domain.events.envelope import Row
from domain.events.process import ReminderIssued
from domain.mail import RecordMailDelivered, RecordMailFailed
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import Organisation
from domain.reminder import FOLD as PROCESS
from domain.reminder import Process
from domain.values import SYSTEM
from domain.view import fact_of
from services.commands import Handler, Request
from services.eventstore import Subscription
from services.eventstore.connections import Connection
from services.notify.letter import letter, path
from services.notify.mail_server import MailServer, NotTaken
from services.settings import Settings

NAME = "notifications"
TOO_OLD = timedelta(days=14)
"""A reminder older than this, by the ledger's clock, is sent no more: after a long outage, say."""
BATCH = 50

_log = structlog.get_logger(__name__)


class MailsOutstanding(Exception):
    """Some mails weren't taken; the subscription tries again later."""


def notifications(settings: Settings, handler: Handler) -> tuple[Subscription, ...]:
    """The subscription. Without SMTP_URL it only moves on: nothing is sent, nothing recorded, and nothing piles up.

    Raises `ValueError` for a bad SMTP_URL.
    """
    if settings.smtp_url is None:
        return (Subscription(name=NAME, handle=_move_on),)
    server = MailServer.of(settings.smtp_url.get_secret_value())
    base = settings.public_url or f"http://{settings.host}:{settings.port}"
    post = _Post(handler, server, settings.mail_from, base.rstrip("/"))
    return (Subscription(name=NAME, handle=post.handle, batch=BATCH),)


async def _move_on(_: Connection, __: Sequence[Row]) -> None:
    """Let the reminders pass."""


class _Post:
    def __init__(self, handler: Handler, server: MailServer, sender: str, base: str) -> None:
        self._handler = handler
        self._server = server
        self._sender = sender
        self._base = base
        self._attempts: dict[tuple[str, int], int] = {}

    async def handle(self, _: Connection, rows: Sequence[Row]) -> None:
        """Send the mail of each reminder. Raises `MailsOutstanding`."""
        outstanding = 0
        for row in rows:
            event = fact_of(row).event if row.type == ReminderIssued.type else None
            if not isinstance(event, ReminderIssued):
                continue
            try:
                await self._notify(row, event)
            except NotTaken as failure:
                outstanding += 1
                if failure.away:
                    break
        if outstanding:
            raise MailsOutstanding(f"ledger {rows[0].ledger}: a mail wasn't taken")

    async def _notify(self, row: Row, event: ReminderIssued) -> None:
        """Send one mail, unless it is done with. Raises `NotTaken` if it is to be tried again."""
        ledger, place = row.ledger, (row.ledger, row.position)
        state: Process = await self._handler.read(ledger, lambda view: view.get(PROCESS, event.process))
        if row.position in state.delivered:
            return
        attempts = max(self._attempts.get(place, 0), state.attempts.get(row.position, 0)) + 1
        try:
            await self._server.send(await self._message(row, event))
        except NotTaken as failure:
            self._attempts[place] = attempts
            _log.warning(
                "a mail wasn't taken", ledger=ledger, reminder=row.position, attempts=attempts, why=failure.code
            )
            if failure.final or attempts & (attempts - 1) == 0:
                await self._record(
                    row,
                    f"failed-{attempts}",
                    RecordMailFailed(
                        process=event.process, reminder=row.position, attempts=attempts, error=failure.code
                    ),
                )
            if failure.final:
                self._attempts.pop(place, None)
                return
            raise
        self._attempts.pop(place, None)
        delivered = RecordMailDelivered(process=event.process, reminder=row.position, attempts=attempts)
        await self._record(row, "delivered", delivered)

    async def _message(self, row: Row, event: ReminderIssued) -> EmailMessage:
        """The mail of a reminder. Raises `NotTaken` if it can't be written."""
        ledger, now = row.ledger, await self._handler.now(row.ledger)
        if now - row.recorded_at > TOO_OLD:
            raise NotTaken("too-old", final=True)
        organisation: Organisation = await self._handler.read(ledger, lambda view: view.get(ORGANISATION))
        today = day_of(now)
        person = organisation.people.get(event.person)
        if person is None or organisation.has_left(event.person, today):
            raise NotTaken("account-closed", final=True)
        unit = None if event.unit is None else organisation.units.get(event.unit)
        words = {bytes.fromhex(person.contact), *([] if unit is None else [bytes.fromhex(unit.name)])}
        opened = await self._handler.store.disclosures(ledger, words)
        contact = opened.get(bytes.fromhex(person.contact))
        if contact is None:
            raise NotTaken("contact-erased", final=True)
        language = person.language
        name = None if unit is None else opened.get(bytes.fromhex(unit.name))
        titles = name[1] if name is not None else None
        said = letter(
            event,
            language,
            today=today,
            unit=str(titles.get(language, event.unit)) if isinstance(titles, dict) else event.unit,
            link=self._base + path(ledger, event.process),
        )
        message = EmailMessage()
        try:
            message["To"] = str(contact[1])
        except ValueError:
            raise NotTaken("contact-malformed", final=True) from None
        if "@" not in parseaddr(str(contact[1]))[1]:
            raise NotTaken("contact-malformed", final=True)
        message["From"] = self._sender
        message["Subject"] = said.subject
        message["Date"] = format_datetime(datetime.now(UTC))
        # The same for every attempt, so that a mail that went out twice is known again.
        message["Message-ID"] = f"<{ledger}.{row.position}@{parseaddr(self._sender)[1].rpartition('@')[2] or 'etappi'}>"
        message["Content-Language"] = said.language
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(said.text)
        return message

    async def _record(self, row: Row, what: str, command: RecordMailDelivered | RecordMailFailed) -> None:
        await self._handler.handle(
            Request(
                ledger=row.ledger,
                by=SYSTEM,
                key=f"mail:{row.position}:{what}",
                command=command,
                received_at=await self._handler.now(row.ledger),
                cause=row.position,
            )
        )
