"""Mails of reminders, handed to a real mail server."""

import pytest
from obstore.store import MemoryStore
from workflows.agency import VERSION, Agency, at

from domain.erasure import ConfirmErasure, ProposeErasure
from domain.erasures import FOLD as ERASURE
from domain.errors import Refused
from domain.events.erasure import Place
from domain.events.process import MailDelivered, MailFailed, ReminderIssued
from domain.mail import RecordMailDelivered, RecordMailFailed
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import proposal_digest
from domain.planner import owed_by, plan, step_key
from domain.staffing import CloseAccount
from domain.values import SYSTEM, Date, Digest, PersonId, Words
from domain.view import View
from notify.conftest import Sink
from services.commands import Request
from services.erasure import ErasureRecords, erasures
from services.eventstore import catch_up
from services.eventstore.connections import Pool
from services.evidence import EvidenceStore
from services.notify import notifications
from services.notify.notifications import MailsOutstanding
from services.settings import Settings

SIGNING = f"signing/{VERSION}"


def settings(sink: Sink) -> Settings:
    return Settings(SMTP_URL=sink.url, ETAPPI_PUBLIC_URL="https://etappi.example/", ETAPPI_MAIL_FROM="e@etappi.example")


async def remind(agency: Agency, instant: str = "2023-11-09 12:00") -> None:
    """Step the clock, and let the signing's reminders be issued."""
    now = at(instant)
    await agency.clock(now)

    def owed(view: View) -> list[tuple[object, str, int]]:
        steps = plan(view, SIGNING, now).steps
        return [(step, step_key(SIGNING, step, owed_by(view, step)), owed_by(view, step)) for step in steps]

    for step, key, cause in await agency.handler.read(agency.ledger, owed):
        request = Request(ledger=agency.ledger, by=SYSTEM, key=key, command=step, received_at=now, cause=cause)
        await agency.handler.handle(request)


async def test_each_reminder_becomes_one_mail_in_finnish_with_a_date_and_a_link(
    agency: Agency, pool: Pool, sink: Sink
) -> None:
    await remind(agency)

    for _ in range(2):
        [subscription] = notifications(settings(sink), agency.handler)
        await catch_up(pool, subscription, agency.ledger)

    reminders = await agency.events(ReminderIssued)
    assert len(sink.taken) == len(reminders) == 4
    assert {message["Message-ID"] for message in sink.taken} == {
        f"<try.{row.position}@etappi.example>" for _, row in reminders
    }
    mail = next(message for message in sink.taken if message["To"] == "hilja.heikkinen@agency.example")
    assert mail["Subject"] == "Muistutus: allekirjoita tulossopimus"
    assert f"https://etappi.example/try/agreements/{VERSION}" in mail.get_content()
    delivered = [(event.reminder, event.attempts) for event, _ in await agency.events(MailDelivered)]
    assert delivered == [(row.position, 1) for _, row in reminders]
    assert await agency.happened("mail-failed") == []


async def test_a_person_is_written_to_in_their_language(agency: Agency, pool: Pool, sink: Sink) -> None:
    await remind(agency)

    [subscription] = notifications(settings(sink), agency.handler)
    await catch_up(pool, subscription, agency.ledger)

    assert {message["To"].partition(".")[0]: message["Subject"] for message in sink.taken} == {
        "hilja": "Muistutus: allekirjoita tulossopimus",
        "pihla": "Reminder: sign the performance agreement",
        "oona": "Muistutus: allekirjoita tulossopimus",
        "arvid": "Påminnelse: underteckna resultatavtalet",
    }


async def test_a_refused_mail_is_seen_tried_again_and_the_others_go_on(agency: Agency, pool: Pool, sink: Sink) -> None:
    """Case 24."""
    await remind(agency)
    sink.refuses = ["451 later"]
    [subscription] = notifications(settings(sink), agency.handler)

    with pytest.raises(MailsOutstanding):
        await catch_up(pool, subscription, agency.ledger)
    first = len(sink.taken)
    await catch_up(pool, subscription, agency.ledger)

    reminders = [row.position for _, row in await agency.events(ReminderIssued)]
    assert (first, len(sink.taken)) == (3, 4)
    failed = [(event.reminder, event.attempts, event.error) for event, _ in await agency.events(MailFailed)]
    assert failed == [(reminders[0], 1, "recipient-refused-451")]
    delivered = {event.reminder: event.attempts for event, _ in await agency.events(MailDelivered)}
    assert delivered == {position: 2 if position == reminders[0] else 1 for position in reminders}
    assert len(await agency.happened("reminder-issued")) == 4


async def test_an_address_that_is_refused_for_good_is_recorded_once_and_holds_nobody_up(
    agency: Agency, pool: Pool, sink: Sink
) -> None:
    await remind(agency)
    sink.refuses_address = {"hilja.heikkinen@agency.example": "550 no such user"}
    [subscription] = notifications(settings(sink), agency.handler)

    await catch_up(pool, subscription, agency.ledger)
    await catch_up(pool, subscription, agency.ledger)

    assert len(sink.taken) == 3
    assert [(event.attempts, event.error) for event, _ in await agency.events(MailFailed)] == [
        (1, "recipient-refused-550")
    ]


async def test_of_many_attempts_the_powers_of_two_are_recorded(agency: Agency, pool: Pool, sink: Sink) -> None:
    await remind(agency)
    away = Sink(url="smtp://127.0.0.1:1")
    [subscription] = notifications(settings(away), agency.handler)

    for _ in range(9):
        with pytest.raises(MailsOutstanding):
            await catch_up(pool, subscription, agency.ledger)

    failed = [(event.attempts, event.error) for event, _ in await agency.events(MailFailed)]
    assert failed == [(attempts, "server-not-reached") for attempts in (1, 2, 4, 8)]


async def test_who_has_left_or_was_reminded_long_ago_gets_no_mail(agency: Agency, pool: Pool, sink: Sink) -> None:
    await remind(agency)
    await agency.do("p-admin-1", CloseAccount(person=PersonId("p-head"), valid_from=Date("2023-11-09")))
    [subscription] = notifications(settings(sink), agency.handler)
    await catch_up(pool, subscription, agency.ledger)
    await remind(agency, "2023-11-16 12:00")
    await agency.clock(at("2023-12-24 12:00"))

    await catch_up(pool, subscription, agency.ledger)

    assert len(sink.taken) == 3
    errors = [event.error for event, _ in await agency.events(MailFailed)]
    assert errors[:1] == ["account-closed"]
    assert set(errors[1:]) == {"too-old"}


async def test_whose_address_was_erased_gets_no_mail_and_that_is_recorded_once(
    agency: Agency, pool: Pool, sink: Sink
) -> None:
    """Case 20. The address stands nowhere else."""
    await remind(agency)
    person = next(event.person for event, _ in await agency.events(ReminderIssued) if event.person != "p-head")
    organisation = await agency.handler.read(agency.ledger, lambda view: view.get(ORGANISATION))
    contact = Digest(organisation.people[person].contact)
    places = (Place(of="organisation", commitments=(contact,)),)
    propose = ProposeErasure(erasure="e1", places=places, reason=Words("asked"), authority=Words("1/2023"))
    await agency.do("p-admin-1", propose)
    state = await agency.handler.read(agency.ledger, lambda view: view.get(ERASURE, "e1"))
    await agency.do("p-head", ConfirmErasure(erasure="e1", digest=proposal_digest(state.proposed)))
    evidence = EvidenceStore(MemoryStore(), pool, 1_000)
    await catch_up(pool, erasures(pool, ErasureRecords(MemoryStore()), evidence), agency.ledger)

    for _ in range(2):
        [subscription] = notifications(settings(sink), agency.handler)
        await catch_up(pool, subscription, agency.ledger)

    assert len(sink.taken) == 3
    assert [(event.attempts, event.error) for event, _ in await agency.events(MailFailed)] == [(1, "contact-erased")]


async def test_without_a_mail_server_nothing_is_sent_nothing_recorded_and_nothing_piles_up(
    agency: Agency, pool: Pool, sink: Sink
) -> None:
    await remind(agency)
    [silent] = notifications(Settings(SMTP_URL=None), agency.handler)
    await catch_up(pool, silent, agency.ledger)

    [subscription] = notifications(settings(sink), agency.handler)
    await catch_up(pool, subscription, agency.ledger)

    assert sink.taken == []
    assert await agency.happened("mail-delivered", "mail-failed") == []


async def test_a_mails_fate_is_recorded_once_and_delivered_is_the_last_word(agency: Agency) -> None:
    await remind(agency)
    [(_, row), *_] = await agency.events(ReminderIssued)
    delivered = RecordMailDelivered(process=SIGNING, reminder=row.position, attempts=1)
    failed = RecordMailFailed(process=SIGNING, reminder=row.position, attempts=1, error="server-not-reached")

    async def record(key: str, command: object) -> bool:
        now = await agency.handler.now(agency.ledger)
        request = Request(ledger=agency.ledger, by=SYSTEM, key=key, command=command, received_at=now)
        return not (await agency.handler.handle(request)).unchanged

    recorded = [
        await record(key, command)
        for key, command in (("a", failed), ("b", failed), ("c", delivered), ("d", delivered), ("e", failed))
    ]

    assert recorded == [True, False, True, False, False]
    with pytest.raises(Refused, match="Only the system"):
        await agency.do("p-head", delivered)
