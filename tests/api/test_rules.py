"""Who may read which event: each class of reader against each kind of stream."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.engagement import Scope
from domain.events.codec import EVENTS
from domain.values import FIRST_DAY, PersonId, Role, SubjectId, UnitId
from projections.capacities import Capacity
from services.api.reading import Reader
from services.api.rules import RULES, Entry, Known, Sight, hidden, sight

UNIT = "people"
N, B, S, W = Sight.NOTHING, Sight.BARE, Sight.STATE, Sight.WHOLE
READERS = ("unit", "other", "head", "coordinator", "ministry", "auditor", "administrator")
HELD: dict[str, list[tuple[Role, str | None]]] = {
    "unit": [(Role.CONTRIBUTOR, UNIT), (Role.OWNER, UNIT), (Role.DIRECTOR, UNIT)],
    "other": [(Role.CONTRIBUTOR, "else"), (Role.OWNER, "else"), (Role.DIRECTOR, "else")],
    "head": [(Role.HEAD, None)],
    "coordinator": [(Role.COORDINATOR, None)],
    "ministry": [(Role.MINISTRY_ASSESSOR, None), (Role.MINISTRY_DECIDER, None)],
    "auditor": [(Role.AUDITOR, None)],
    "administrator": [(Role.ADMINISTRATOR, None)],
}
NOTHING_KNOWN = Known()
DELIVERED = Known(reports={"round/2024-annual": frozenset({2})}, delivered={"round/2024-annual": 90})
ITEM, ROUND, CYCLE = "item/2024-annual/m-1", "round/2024-annual", "cycle/2024"
STATED = Known(stated=frozenset({2024}))
SIGNED = Known(signed_late=frozenset({"m-1"}))
FOUND = Known(found={("engagement/e", "f"): UnitId(UNIT), ("engagement/e", "g"): None})
CONFIRMED = Known(transcribed=frozenset({(CYCLE, "p")}))


def reader(role: Role, unit: str | None, person: str = "reader") -> Reader:
    found = PersonId(person)
    held = Capacity(
        person=found, role=role, unit=None if unit is None else UnitId(unit), valid_from=FIRST_DAY, valid_to=None
    )
    return Reader(ledger="keha", person=found, now=datetime(2025, 1, 1, 10, tzinfo=UTC), held=(held,))


def entry(stream: str, kind: str, **said: object) -> Entry:
    return Entry(position=50, stream=stream, type=kind, unit=UNIT, said={"unit": None, **said})


EVERYBODY = (W, W, W, W, W, W, W)
INSIDE = (W, W, W, W, N, N, N)
TABLE: list[tuple[Entry, Known, tuple[Sight, ...]]] = [
    (entry("organisation", "role-confirmed"), NOTHING_KNOWN, EVERYBODY),
    (entry("organisation", "person-registered"), NOTHING_KNOWN, EVERYBODY),
    (entry("clock", "demo-clock-advanced"), NOTHING_KNOWN, EVERYBODY),
    (entry("agreement/v", "agreement-signed"), NOTHING_KNOWN, EVERYBODY),
    (entry(ITEM, "milestone-status-reported"), DELIVERED, (W, N, W, B, N, N, N)),
    (entry(ITEM, "evidence-attached"), DELIVERED, (W, N, W, B, N, N, N)),
    (entry(ITEM, "item-returned"), DELIVERED, (W, N, W, S, N, N, N)),
    (entry(ITEM, "item-submitted"), DELIVERED, (W, N, W, S, N, N, N)),
    (entry(ITEM, "item-delivered"), DELIVERED, (W, S, W, S, S, S, S)),
    (entry(ROUND, "round-scope-fixed"), NOTHING_KNOWN, EVERYBODY),
    (entry(ROUND, "agency-report-compiled", report=1), DELIVERED, (B, B, W, W, N, N, N)),
    (entry(ROUND, "agency-report-compiled", report=2), DELIVERED, EVERYBODY),
    (entry(ROUND, "agency-report-approved", report=2), NOTHING_KNOWN, (B, B, W, W, N, N, N)),
    (entry(ROUND, "agency-report-returned", report=1), DELIVERED, (B, B, W, W, N, N, N)),
    (entry(ROUND, "deadline-extended"), NOTHING_KNOWN, INSIDE),
    (entry(ROUND, "supplement-opened"), NOTHING_KNOWN, INSIDE),
    (entry(ROUND, "supplement-opened"), DELIVERED, EVERYBODY),
    (replace(entry(ROUND, "supplement-opened"), position=91), DELIVERED, INSIDE),
    (entry(ROUND, "step-escalated", unit=UNIT), DELIVERED, (W, N, W, W, N, N, N)),
    (entry(ROUND, "deadline-passed", unit=UNIT), DELIVERED, (W, N, W, W, N, N, N)),
    (entry(ROUND, "deadline-passed"), NOTHING_KNOWN, EVERYBODY),
    (entry(ROUND, "delivery-returned"), NOTHING_KNOWN, EVERYBODY),
    (entry("deviation/2024/m-1", "deviation-opened"), DELIVERED, (W, N, W, B, N, N, N)),
    (entry("deviation/2024/m-1", "action-returned"), DELIVERED, (W, N, W, B, N, N, N)),
    (entry("subject/m-1", "late-completion-recorded"), NOTHING_KNOWN, (W, N, W, B, N, N, N)),
    (entry("subject/m-1", "late-completion-recorded"), SIGNED, EVERYBODY),
    (entry("subject/m-1", "late-completion-returned"), SIGNED, (W, N, W, B, N, N, N)),
    (entry(CYCLE, "statement-issued"), NOTHING_KNOWN, EVERYBODY),
    (entry(CYCLE, "transcription-proposed", proposal="p"), NOTHING_KNOWN, (N, N, W, W, N, N, N)),
    (entry(CYCLE, "transcription-proposed", proposal="p"), CONFIRMED, EVERYBODY),
    (entry(CYCLE, "transcription-proposed", proposal="q"), CONFIRMED, (N, N, W, W, N, N, N)),
    (entry(CYCLE, "transcription-withdrawn", proposal="p"), NOTHING_KNOWN, (N, N, W, W, N, N, N)),
    (entry("assessment/2024/m-1", "target-assessed"), NOTHING_KNOWN, (N, N, N, N, W, N, N)),
    (entry("assessment/2024/m-1", "milestone-commented"), STATED, EVERYBODY),
    (entry("assessment/2023/m-1", "target-assessed"), STATED, (N, N, N, N, W, N, N)),
    (entry("process/submission/2024-annual/people", "reminder-issued", person="x"), DELIVERED, (N, N, W, W, N, W, N)),
    (entry("process/submission/2024-annual/people", "mail-failed"), DELIVERED, (N, N, W, W, N, W, N)),
    (entry("process/submission/2024-annual/people", "unheard-of"), DELIVERED, (N, N, N, N, N, N, N)),
    (entry("subject/m-1", "rrf-item-linked"), NOTHING_KNOWN, INSIDE),
    (entry("rrf/p3", "rrf-measure-recorded"), NOTHING_KNOWN, EVERYBODY),
    (entry("rrf/p3", "rrf-recipients-recorded"), NOTHING_KNOWN, (B, B, W, W, N, N, N)),
    (entry("rrf/p3", "rrf-interest-declared", person="x"), NOTHING_KNOWN, (B, B, W, W, N, N, N)),
    (entry("engagements", "engagement-opened"), NOTHING_KNOWN, (B, B, W, W, N, W, N)),
    (entry("engagement/e", "finding-raised", finding="f"), NOTHING_KNOWN, (B, B, W, W, N, N, N)),
    (entry("engagement/e", "finding-raised", finding="f"), FOUND, (W, B, W, W, N, N, N)),
    (entry("engagement/e", "finding-answered", finding="f"), FOUND, (W, B, W, W, N, N, N)),
    (entry("engagement/e", "finding-answered", finding="g"), FOUND, (B, B, W, W, N, N, N)),
    (entry("erasure/e", "erasure-proposed"), NOTHING_KNOWN, (N, N, W, B, N, B, W)),
    (entry("holds", "legal-hold-confirmed"), NOTHING_KNOWN, (N, N, W, B, N, B, W)),
    (entry("attestation/attested-view/1", "view-attested"), NOTHING_KNOWN, EVERYBODY),
    (entry("installation", "operation-recorded"), NOTHING_KNOWN, (N, N, W, W, N, W, W)),
    (entry("look/aino", "look-recorded", person="aino"), NOTHING_KNOWN, (N, N, W, N, N, N, W)),
    (entry(ITEM, "disclosures-erased"), NOTHING_KNOWN, EVERYBODY),
    (entry("unheard-of/1", "role-confirmed"), DELIVERED, (N, N, N, N, N, N, N)),
]


@pytest.mark.parametrize(("one", "known", "expected"), TABLE, ids=lambda each: getattr(each, "type", None))
def test_each_class_of_readers_reads_of_each_stream_what_is_theirs(
    one: Entry, known: Known, expected: tuple[Sight, ...]
) -> None:
    found = {name: {sight(reader(*held), one, known) for held in HELD[name]} for name in READERS}

    assert found == {name: {wanted} for name, wanted in zip(READERS, expected, strict=True)}


def test_every_type_of_event_stands_in_the_table() -> None:
    named = {name for rules in RULES.values() for name in rules}

    assert set(EVENTS) - named == {"disclosures-erased"}


def test_an_auditor_of_the_whole_ledger_reads_every_event_so_a_sample_can_show_whatever_it_draws() -> None:
    whole = replace(reader(Role.AUDITOR, None), looks=Scope(engaged={"e": frozenset()}))
    every = [entry(f"{kind}/2024/s", type_) for kind, rules in RULES.items() for type_ in rules]

    assert {sight(whole, each, NOTHING_KNOWN) for each in every} == {W}


def test_an_auditor_reads_all_of_what_their_engagement_is_about() -> None:
    auditor = reader(Role.AUDITOR, None)
    limited = replace(auditor, looks=Scope(engaged={"e": frozenset({SubjectId("m-1")})}))
    whole = replace(auditor, looks=Scope(engaged={"e": frozenset()}))
    draft, finding = entry(ITEM, "evidence-attached"), entry("engagement/e", "finding-answered")
    report = entry(ROUND, "agency-report-compiled", report=1)

    assert {sight(whole, each, NOTHING_KNOWN) for each in (draft, finding, report)} == {W}
    assert [sight(limited, each, NOTHING_KNOWN) for each in (draft, finding, report)] == [W, W, N]
    assert sight(limited, entry("item/2024-annual/m-2", "evidence-attached"), NOTHING_KNOWN) is N
    assert sight(whole, entry("unheard-of/1", "role-confirmed"), NOTHING_KNOWN) is N
    assert hidden(whole, entry("organisation", "person-registered"), NOTHING_KNOWN) == {"contact", "login"}


def test_each_kind_of_stream_of_the_table_is_tested_with_a_type_that_there_is() -> None:
    assert {each.stream.split("/")[0] for each, _, _ in TABLE} >= set(RULES)
    assert {name for rules in RULES.values() for name in rules} <= set(EVENTS)


def test_contact_and_login_of_a_person_are_for_administrators_also_in_the_trail() -> None:
    registered = entry("organisation", "person-registered", contact="c", login="l", name="n")

    for name in READERS:
        secret = {hidden(reader(*held), registered, NOTHING_KNOWN) for held in HELD[name]}
        assert secret == {frozenset() if name == "administrator" else frozenset({"contact", "login"})}


def test_a_reminder_is_read_by_the_one_who_was_reminded() -> None:
    reminder = entry("process/signing/v", "reminder-issued", person="me")

    assert sight(reader(Role.OWNER, UNIT, "me"), reminder, NOTHING_KNOWN) is W
    assert sight(reader(Role.OWNER, UNIT, "you"), reminder, NOTHING_KNOWN) is N
