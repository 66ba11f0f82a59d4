"""The KEHA agreement as data: counted, to the digit."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from domain.agreement import ImportAgreement
from domain.canonical import parse
from domain.events.agreement import (
    ChecklistEntry,
    IndicatorDefined,
    IndicatorLevel,
    MilestoneDefined,
    PastOutturn,
    TargetDefined,
)
from domain.events.organisation import UnitRegistered
from domain.values import Date, SubjectId, Title, UnitId, VersionId
from services.agreements import fingerprint, import_command, load, units
from services.agreements.command import VersionDiffers

ROOT = Path(__file__).parent.parent
KEHA = ROOT / "agreements" / "keha-2024-2027.yaml"
VERSION = VersionId("keha-2024-2027.1")


@pytest.fixture(scope="module")
def command() -> ImportAgreement:
    return import_command(load(KEHA), VERSION, fingerprint(KEHA.read_bytes()))


def levels(command: ImportAgreement) -> Iterator[tuple[IndicatorDefined, IndicatorLevel]]:
    return ((indicator, level) for indicator in command.indicators for level in indicator.levels)


def outturns(command: ImportAgreement) -> Iterator[tuple[IndicatorDefined, PastOutturn]]:
    return ((indicator, outturn) for indicator in command.indicators for outturn in indicator.outturns)


def milestone(command: ImportAgreement, name: str) -> MilestoneDefined:
    return next(each for each in command.milestones if each.milestone == name)


def in_scope(command: ImportAgreement, year: int, frequencies: set[str]) -> tuple[int, int, int]:
    due = [each for each in command.milestones if each.year == year]
    indicators = [each for each in command.indicators if each.frequency in frequencies]
    return len(due), len(indicators), len({each.target for each in due})


def titles(record: object) -> Iterator[dict[str, str]]:
    if is_dataclass(record):
        for each in fields(record):
            value = getattr(record, each.name)
            if each.name in {"title", "position", "name"}:
                opened = parse(value.encode())
                assert isinstance(opened, dict)
                yield opened
            else:
                yield from titles(value)
    elif isinstance(record, tuple):
        for inner in record:
            yield from titles(inner)


def test_parts_hold_the_groups_targets_and_milestones_that_the_agreement_has(command: ImportAgreement) -> None:
    part_of = {target.target: target.part for target in command.targets}
    sections = {part.part: part.section for part in command.parts}
    groups = Counter(sections[group.part] for group in command.groups)
    targets = Counter(sections[target.part] for target in command.targets)
    milestones = Counter((sections[part_of[each.target]], each.year) for each in command.milestones)

    counted = {
        section: (groups[section], targets[section], *(milestones[section, year] for year in range(2024, 2028)))
        for section in sections.values()
    }

    assert counted == {
        "3.1": (3, 10, 39, 6, 2, 0),
        "3.2": (1, 2, 8, 4, 0, 0),
        "3.3": (1, 5, 16, 4, 0, 0),
        "3.4": (3, 6, 25, 10, 3, 3),
        "4": (0, 2, 4, 0, 0, 0),
    }
    assert len(command.milestones) == 124


def test_targets_have_milestones_in_ever_fewer_years(command: ImportAgreement) -> None:
    due = {year: {each.target for each in command.milestones if each.year == year} for year in range(2024, 2028)}

    assert [len(due[year]) for year in sorted(due)] == [25, 15, 4, 3]


def test_ninety_two_milestones_bind_and_thirty_two_are_preliminary(command: ImportAgreement) -> None:
    binding = Counter(each.year == command.drafted.binding_year for each in command.milestones)

    assert (command.drafted.binding_year, binding) == (2024, {True: 92, False: 32})


def test_targets_of_chapter_four_belong_to_no_group(command: ImportAgreement) -> None:
    loose = {target.section for target in command.targets if target.group is None}

    assert loose == {"4"}


def test_equality_group_has_no_target(command: ImportAgreement) -> None:
    used = {target.group for target in command.targets}

    assert [group.group for group in command.groups if group.group not in used] == ["equality-promotion"]


def test_every_item_points_to_the_section_of_its_part(command: ImportAgreement) -> None:
    section = {part.part: part.section for part in command.parts}
    part_of = {target.target: target.part for target in command.targets}
    table_part = {table.table: table.part for table in command.tables}

    assert all(group.section == section[group.part] for group in command.groups)
    assert all(target.section == section[target.part] for target in command.targets)
    assert all(table.section == section[table.part] for table in command.tables)
    assert all(each.section == section[part_of[each.target]] for each in command.milestones)
    assert all(each.section == section[table_part[each.table]] for each in command.indicators)


def test_two_tables_hold_sixty_cells_of_which_twelve_are_missing(command: ImportAgreement) -> None:
    sections = [table.section for table in command.tables]
    per_table = Counter(indicator.section for indicator in command.indicators)
    past = [outturn.value for _, outturn in outturns(command)]
    binding = [level.value for _, level in levels(command) if level.binding]
    preliminary = [level.value for _, level in levels(command) if not level.binding]

    assert (sections, per_table) == (["3.4", "4"], {"3.4": 7, "4": 3})
    assert len(past) + len(binding) + len(preliminary) == 60
    assert [sum(value is not None for value in column) for column in (past, binding, preliminary)] == [16, 8, 24]
    assert [*past, *binding, *preliminary].count(None) == 12


def test_numbers_are_those_of_the_agreement_to_the_digit(command: ImportAgreement) -> None:
    cells = {
        indicator.indicator: " ".join(
            value
            for value in (
                *(outturn.value for outturn in indicator.outturns),
                *(level.value for level in indicator.levels),
            )
            if value is not None
        )
        for indicator in command.indicators
    }
    years = {
        (*(outturn.year for outturn in indicator.outturns), *(level.year for level in indicator.levels))
        for indicator in command.indicators
    }

    assert years == {(2022, 2023, 2024, 2025, 2026, 2027)}
    assert cells == {
        "customer-service-satisfaction": "",
        "stakeholder-satisfaction": "",
        "payment-satisfaction": "4.39 4.21 4.0 4.1 4.2 4.3",
        "payment-processing-time": "17.21 29.96 28 26 25 24",
        "workplace-equality": "3.97 3.91 3.9 3.9 3.9 3.9",
        "workplace-equality-age": "4.00 3.98 4.0 4.0 4.0 4.0",
        "workplace-equality-minorities": "3.89 3.99 3.9 3.9 3.9 3.9",
        "staff-satisfaction": "3.71 3.73 3.7 3.7 3.7 3.7",
        "staff-wellbeing": "8.07 8.15 8.0 8.0 8.0 8.1",
        "leadership-index": "3.64 3.66 3.6 3.6 3.6 3.7",
    }


def test_only_processing_time_has_an_operator_of_its_own(command: ImportAgreement) -> None:
    less = [(indicator.indicator, level.value) for indicator, level in levels(command) if level.operator != ">="]
    assumed = {indicator.indicator for indicator in command.indicators if "operator" in indicator.assumptions}

    assert less == [("payment-processing-time", number) for number in ("28", "26", "25", "24")]
    assert assumed == {indicator.indicator for indicator in command.indicators} - {"payment-processing-time"}


def test_two_outturns_of_2023_are_provisional(command: ImportAgreement) -> None:
    provisional = [(outturn.year, outturn.value) for _, outturn in outturns(command) if outturn.provisional]

    assert provisional == [(2023, "4.21"), (2023, "29.96")]


def test_two_levels_of_2027_keep_the_mark_tae(command: ImportAgreement) -> None:
    marked = [(level.year, level.value, level.mark) for _, level in levels(command) if level.mark is not None]

    assert marked == [(2027, "3.7", "TAE"), (2027, "8.1", "TAE")]


def test_indicators_without_numbers_say_why_in_both_national_languages(command: ImportAgreement) -> None:
    noted = {indicator.indicator: indicator.note for indicator in command.indicators if indicator.note is not None}

    assert list(noted) == ["customer-service-satisfaction", "stakeholder-satisfaction"]
    assert all(set(json.loads(note)) == {"fi", "sv", "en"} for note in noted.values())


def test_rounds_cover_as_many_items_as_the_process_counts(command: ImportAgreement) -> None:
    both = {"half-year", "annual"}

    assert in_scope(command, 2024, {"half-year"}) == (92, 2, 25)
    assert in_scope(command, 2024, both) == (92, 10, 25)
    assert in_scope(command, 2025, both) == (24, 10, 15)


def test_what_the_agreement_lacks_is_marked_as_assumed(command: ImportAgreement) -> None:
    assert all("unit" in each.assumptions for each in command.milestones)
    assert all("unit" in indicator.assumptions for indicator in command.indicators)
    assert all(target.assumptions == ("lead_unit",) for target in command.targets)
    assert all("frequency" in indicator.assumptions for indicator in command.indicators)
    assert [each.milestone for each in command.milestones if "year" in each.assumptions] == [
        "jobseeker-information-review-2025"
    ]


def test_days_read_out_of_the_prose_are_assumptions_and_no_others_are_given(command: ImportAgreement) -> None:
    due = {each.milestone: each.due_by for each in command.milestones if each.due_by is not None}
    assumed = {each.milestone for each in command.milestones if "due_by" in each.assumptions}

    assert set(due) == assumed
    assert Counter(due.values()) == {
        "2025-01-01": 4,
        "2024-04-30": 1,
        "2024-09-01": 1,
        "2024-12-31": 1,
        "2025-06-30": 1,
    }


def test_milestones_with_several_commitments_have_a_checklist(command: ImportAgreement) -> None:
    several = {each.milestone: len(each.checklist) for each in command.milestones if each.checklist}

    assert several == {"wif-analysis-2024": 2, "five-towns-move-2024": 6}
    assert isinstance(milestone(command, "wif-analysis-2024").checklist[0], ChecklistEntry)


def test_one_milestone_is_conditional(command: ImportAgreement) -> None:
    assert [each.milestone for each in command.milestones if each.conditional] == ["working-group-legislation-2024"]


def test_same_text_in_several_years_makes_separate_milestones(command: ImportAgreement) -> None:
    years: dict[Title, list[int]] = {}
    for each in command.milestones:
        years.setdefault(each.title, []).append(each.year)

    repeated = sorted(found for found in years.values() if len(found) > 1)

    # VALO-VOIMA, integration duties, data platforms, use of data, E-Oppiva.
    assert repeated == [[2024, 2025], [2024, 2025, 2026, 2027], [2025, 2026], [2025, 2026, 2027], [2026, 2027]]
    assert all(each.continues is None for each in command.milestones)


def test_four_positions_sign_two_for_each_party_and_no_person_is_named(command: ImportAgreement) -> None:
    parties = Counter(slot.party for slot in command.drafted.slots)

    assert parties == {"agency": 2, "ministry": 2}
    assert all(slot.person is None for slot in command.drafted.slots)
    assert len(command.drafted.annexes) == 3


def test_dates_are_those_of_the_process(command: ImportAgreement) -> None:
    dates = {each.kind: (each.month, each.day, each.years_after) for each in command.drafted.policies}
    rolling = {each.kind for each in command.drafted.policies if each.rolls}
    agreed = {each.kind for each in command.drafted.policies if not each.assumption}

    assert dates == {
        "half-year/opens": (6, 1, 0),
        "half-year/unit": (8, 15, 0),
        "half-year/director": (8, 22, 0),
        "half-year/head": (8, 28, 0),
        "half-year/delivery": (8, 31, 0),
        "annual/opens": (1, 1, 1),
        "annual/unit": (1, 31, 1),
        "annual/director": (2, 10, 1),
        "annual/delivery": (None, None, 1),
        "final-accounts": (3, 15, 1),
        "statement": (6, 15, 1),
        "evidence-cutoff": (1, 31, 1),
    }
    assert [(each.kind, each.offset_days) for each in command.drafted.policies if each.offset_days] == [
        ("annual/delivery", 7)
    ]
    assert rolling == {"final-accounts", "statement"}
    assert agreed == {"half-year/delivery", "annual/delivery", "final-accounts", "statement"}


def test_ids_are_unique_over_the_whole_file(command: ImportAgreement) -> None:
    names: list[str] = [
        *(part.part for part in command.parts),
        *(group.group for group in command.groups),
        *(target.target for target in command.targets),
        *(each.milestone for each in command.milestones),
        *(table.table for table in command.tables),
        *(indicator.indicator for indicator in command.indicators),
        *(slot.id for slot in command.drafted.slots),
        *(unit.unit for unit in units(load(KEHA))),
    ]

    assert len(names) == len(set(names)) == 5 + 8 + 25 + 124 + 2 + 10 + 4 + 8


def test_titles_are_names_in_three_languages_and_no_sentences(command: ImportAgreement) -> None:
    found = [*titles(command), *titles(units(load(KEHA)))]

    assert len(found) == 1 + 3 + 4 + 5 + 8 + 25 + 124 + 8 + 2 + 10 + 8
    assert all(set(title) == {"en", "fi", "sv"} for title in found)
    assert all(len(text) <= 80 and not text.endswith(".") for title in found for text in title.values())


def test_every_unit_has_a_package_in_2024(command: ImportAgreement) -> None:
    load_of = Counter(each.unit for each in command.milestones if each.year == 2024)
    load_of.update(indicator.unit for indicator in command.indicators)

    assert set(load_of) == {unit.unit for unit in units(load(KEHA))}
    assert min(load_of.values()) >= 5


def test_units_are_registered_from_the_first_day_of_the_term() -> None:
    registered = units(load(KEHA))

    assert registered[6] == UnitRegistered(
        unit=UnitId("payments"),
        name=Title('{"en":"Payments","fi":"Maksatus","sv":"Utbetalning"}'),
        valid_from=Date("2024-01-01"),
    )
    assert {unit.valid_from for unit in registered} == {"2024-01-01"}


def test_records_are_those_of_the_file(command: ImportAgreement) -> None:
    assert command.targets[-1] == TargetDefined(
        version=VERSION,
        target=SubjectId("shared-workplaces"),
        part="resources",
        group=None,
        section="4",
        title=Title(
            '{"en":"Working environments and shared government premises",'
            '"fi":"Toimivat työympäristöt ja valtion yhteiset toimitilat",'
            '"sv":"Fungerande arbetsmiljöer och statens gemensamma lokaler"}'
        ),
        contributors=(),
        lead_unit=UnitId("finance-procurement"),
        assumptions=("lead_unit",),
    )


def test_file_imports_only_as_the_version_it_names() -> None:
    with pytest.raises(VersionDiffers, match=r"keha-2024-2027\.1, not keha-2024-2027\.2"):
        import_command(load(KEHA), VersionId("keha-2024-2027.2"), fingerprint(KEHA.read_bytes()))
