"""C17 and C19: interests and the ministry's lights, on histories written by hand."""

from clean import clean
from tested import found
from told import Told, file, on, other, words

from domain.events.codec import to_json
from domain.events.cycle import (
    TranscribedLight,
    TranscriptionConfirmed,
    TranscriptionProposed,
)
from domain.events.envelope import digest_of
from domain.values import SubjectId, TrafficLight


def test_c17_a_signer_who_declared_no_interests() -> None:
    tale = clean().without("interests of dora")

    assert found("C17", tale) == [("not-declared", (tale.at("link"), tale.at("annual portal signed")))]


def test_c17_a_signer_with_a_conflict() -> None:
    tale = clean().instead("interests of hanna", conflict=True)

    assert found("C17", tale) == [("conflict", (tale.at("interests of hanna"), tale.at("half-year portal signed")))]


def test_c17_a_declaration_of_another_year_or_measure_does_not_count() -> None:
    for change in ({"year": 2023}, {"measure": "digi-2"}):
        tale = clean().instead("interests of dora", **change)

        assert found("C17", tale) == [("not-declared", (tale.at("link"), tale.at("annual portal signed")))]


def test_c19_another_light_without_a_rationale() -> None:
    tale = clean().instead("services assessed", rationale=None)
    delivered = tale.at("annual 1 services delivered")

    assert found("C19", tale) == [("no-rationale", (delivered, tale.at("services assessed")))]


def test_c19_no_light_and_no_excuse() -> None:
    tale = clean().instead("days assessed", light=None)
    delivered = tale.at("annual 2 days delivered")

    assert found("C19", tale) == [("not-excused", (delivered, tale.at("days assessed")))]


def test_c19_a_light_over_what_was_not_delivered() -> None:
    tale = clean().instead("days assessed", delivered=other())

    assert found("C19", tale) == [
        ("not-the-delivered", (tale.at("annual 2 days delivered"), tale.at("days assessed"))),
    ]


def _transcribed(confirmed_by: str = "hanna") -> tuple[Told, Told]:
    lights = tuple(
        TranscribedLight(subject=SubjectId(each), light=TrafficLight.GREEN, rationale=None)
        for each in ("services", "days")
    )
    proposed = TranscriptionProposed(
        year=2024, proposal="copy", document=file("document"), narrative=words("statement"), lights=lights
    )
    confirmed = TranscriptionConfirmed(year=2024, proposal="copy", digest=digest_of(to_json(proposed)))
    at = on("2025-06-10")
    return (
        Told(event=proposed, by="kaisa", at=at, label="copied"),
        Told(event=confirmed, by=confirmed_by, at=at, label="compared"),
    )


def test_c19_a_copy_of_the_statement_that_nobody_compared() -> None:
    tale = clean().instead("stated", transcribed=True, document=file("document"))
    compared = tale.before("stated", *_transcribed())

    assert found("C19", tale) == [("not-confirmed", (tale.at("stated"),))]
    assert found("C19", compared) == []


def test_c19_a_copy_that_its_maker_compared() -> None:
    tale = clean().instead("stated", transcribed=True, document=file("document"))
    tale = tale.before("stated", *_transcribed("kaisa"))

    assert found("C19", tale) == [("one-person", (tale.at("copied"), tale.at("compared")))]


def test_c19_a_statement_over_another_document_or_with_other_lights() -> None:
    copied = clean().before("stated", *_transcribed())
    another = copied.instead("stated", transcribed=True, document=file("another"))
    lights = another.instead("stated", document=file("document"), lights=())

    assert found("C19", another) == [("other-document", (another.at("compared"), another.at("stated")))]
    assert found("C19", lights) == [("other-lights", (lights.at("compared"), lights.at("stated")))]
