"""What a reminder's mail says."""

import pytest

from domain.calendar import deadline
from domain.events.process import ReminderIssued
from domain.values import Date, DeadlineKind, PersonId, UnitId
from services.notify.letter import letter, written
from services.notify.mail_server import MailServer


def reminder(step: str) -> ReminderIssued:
    return ReminderIssued(
        process="submission/2024-half-year/north",
        step=step,
        person=PersonId("p-1"),
        unit=UnitId("north"),
        subject=None,
        deadline=deadline(DeadlineKind.UNIT, Date("2024-08-15"), rolls=False, policy="half-year/unit"),
        ordinal=1,
        owed_by=7,
    )


def test_a_letter_says_what_by_when_and_where() -> None:
    said = letter(reminder("submit"), "fi", today=Date("2024-08-14"), unit="Pohjoinen", link="https://x.example/a")

    assert said.subject == "Muistutus: lähetä yksikön raportit hyväksyttäviksi"
    assert said.text == (
        "Lähetä yksikön raportit hyväksyttäviksi.\n"
        "Viimeistään 15.8.2024.\n"
        "Yksikkö: Pohjoinen\n"
        "\n"
        "Avaa tehtävä:\n"
        "https://x.example/a\n"
        "\n"
        "Tämän viestin lähetti Etappi, koska tehtävä odottaa sinua. Viestiin ei voi vastata.\n"
    )


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("fi", "Määräaika oli 15.8.2024."),
        ("sv", "Tidsfristen gick ut 15.8.2024."),
        ("en", "It was due by 15 August 2024."),
        ("xx", "Määräaika oli 15.8.2024."),
    ],
)
def test_after_the_date_a_letter_says_that_it_passed(language: str, line: str) -> None:
    said = letter(reminder("submit"), language, today=Date("2024-08-16"), unit=None, link="")

    assert line in said.text.splitlines()


def test_dates_are_written_as_the_language_writes_them() -> None:
    assert [written(Date("2026-11-24"), each) for each in ("fi", "sv", "en")] == [
        "24.11.2026",
        "24.11.2026",
        "24 November 2026",
    ]


def test_a_server_is_named_by_a_url_and_its_password_is_not_shown() -> None:
    server = MailServer.of("smtp://me:s%40cret@mail.example:587")

    assert server == MailServer(host="mail.example", port=587, tls=False, user="me", password="s@cret")
    assert "s@cret" not in repr(server)
    assert MailServer.of("smtps://mail.example") == MailServer(host="mail.example", port=465, tls=True)


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://"])
def test_another_url_is_no_mail_server(url: str) -> None:
    with pytest.raises(ValueError, match="SMTP_URL"):
        MailServer.of(url)
