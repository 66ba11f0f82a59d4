"""C04 and C09: evidence, on histories written by hand."""

from clean import clean
from clean_names import ANNUAL, PORTAL
from clean_rounds import document
from tested import Files, found
from told import Told, file, made, on, words

from domain.events.item import (
    EvidenceDetached,
)
from domain.values import Date, MilestoneStatus

JANUARY = on("2025-01-10")


def test_c04_a_milestone_signed_off_as_reached_without_evidence() -> None:
    tale = clean().without("annual evidence")
    reported, sign_off = tale.at("annual portal reported"), tale.at("annual portal signed")

    assert found("C04", tale) == [("no-evidence", (reported, sign_off))]


def test_c04_evidence_that_was_detached_before_the_sign_off() -> None:
    event = EvidenceDetached(round=ANNUAL, subject=PORTAL, revision=1, evidence="annual-minutes", reason=words("no"))
    tale = clean().after("annual evidence", Told(event=event, by="olga", at=JANUARY))

    assert [code for code, _ in found("C04", tale)] == ["no-evidence"]


def test_c04_a_late_completion_without_evidence() -> None:
    tale = clean().instead("late recorded", evidence=())

    assert found("C04", tale) == [("no-evidence", (tale.at("late recorded"), tale.at("late signed")))]


def test_c04_a_stored_file_that_was_swapped_or_is_gone() -> None:
    tale = clean()
    files = Files(swapped=[file("annual-minutes")], gone=[file("late")])

    assert found("C04", files=files) == [
        ("file-differs", (tale.at("annual portal signed"),)),
        ("file-differs", (tale.at("late signed"),)),
    ]


def test_c09_evidence_outside_its_period() -> None:
    for day, wanted in (("2023-12-31", 1), ("2024-01-01", 0), ("2025-01-31", 0), ("2025-02-01", 1)):
        tale = clean().instead("annual evidence", evidence=document("annual-minutes", day))

        assert found("C09", tale) == [("outside-period", (tale.at("annual evidence"),))] * wanted


def test_c09_evidence_outside_its_period_that_is_explained() -> None:
    evidence = made(type(document()), id="annual-minutes", document_date=Date("2023-05-01"), outside_period=words("so"))

    assert found("C09", clean().instead("annual evidence", evidence=evidence)) == []


def test_a_milestone_that_is_not_reached_needs_no_evidence() -> None:
    tale = clean().without("annual evidence").instead("annual portal reported", status=MilestoneStatus.IN_PROGRESS)

    assert found("C04", tale) == []
