"""The guide's example is an agreement; each mistake in it is refused with place, line, reason and mend."""

from pathlib import Path
from typing import get_origin

import pytest
from annotated_types import MaxLen

from domain.values import VersionId
from services.agreements import MalformedAgreement, fingerprint, import_command, load
from services.agreements.format import Record
from services.agreements.source import MOST_BYTES

GUIDE = Path(__file__).parent.parent / "docs" / "agreement-file.md"


def example() -> str:
    """The small agreement of the guide."""
    return GUIDE.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]


def refused(content: str | bytes) -> list[tuple[str, int | None, str]]:
    with pytest.raises(MalformedAgreement) as caught:
        load(content if isinstance(content, bytes) else content.encode())
    assert all(each.reason and each.mend for each in caught.value.malformations)
    return [(each.place, each.line, each.reason) for each in caught.value.malformations]


def changed(old: str, new: str, count: int = 1) -> str:
    text = example()
    assert old in text, "the guide's example has changed"
    return text.replace(old, new, count)


def line_of(text: str, wanted: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if wanted in line)


def test_example_of_the_guide_is_an_agreement() -> None:
    file = load(example().encode())

    imported = import_command(file, VersionId("example-2026-2027.1"), fingerprint(example().encode()))

    assert [each.continues for each in imported.milestones] == [None, "online-forms-2026"]
    assert [group.section for group in imported.groups] == ["2.1"]


def test_file_saved_with_a_byte_order_mark_is_read_all_the_same() -> None:
    assert load(b"\xef\xbb\xbf" + example().encode()) == load(example().encode())


def test_guide_names_every_field_of_the_format() -> None:
    prose = GUIDE.read_text(encoding="utf-8").split("## A small agreement")[0]

    missing = {key for record in Record.__subclasses__() for key in record.model_fields if f"`{key}`" not in prose}

    assert missing == set()


def test_missing_file_is_no_malformed_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.yaml")


TARGET = "targets[0]"
MILESTONE = "targets[0].milestones[0]"
INDICATOR = "tables[0].indicators[0]"
MALFORMED: dict[str, tuple[str, str, str, str]] = {
    "unknown field": ("lead_unit: services", "leadunit: services", f"{TARGET}.leadunit", "no field of the format"),
    "missing field": ("    lead_unit: services\n", "", f"{TARGET}.lead_unit", "is missing"),
    "unquoted decimal": ('value: "21.40"', "value: 21.40", f"{INDICATOR}.outturns[0].value", "text is meant"),
    "decimal comma": ('value: "21.40"', 'value: "21,40"', f"{INDICATOR}.outturns[0].value", "as the format asks"),
    "decimal with an exponent": ('"21.40"', '"2e1"', f"{INDICATOR}.outturns[0].value", "as the format asks"),
    "unquoted section": ('section: "2.1"', "section: 2.1", "groups[0].section", "text is meant"),
    "year as text": ("  year: 2026\n", '  year: "2026"\n', f"{MILESTONE}.year", "a whole number is meant"),
    "year after the term": ("  year: 2026\n", "  year: 2028\n", f"{MILESTONE}.year", "outside the term"),
    "term that ends first": ("last_year: 2027", "last_year: 2025", "last_year", "ends before it begins"),
    "binding year outside": ("binding_year: 2026", "binding_year: 2028", "binding_year", "outside the term"),
    "wrong level binds": (
        "binding: false",
        "binding: true",
        f"{INDICATOR}.levels[1].binding",
        "only the levels",
    ),
    "binding level is preliminary": ("binding: true", "binding: false", f"{INDICATOR}.levels[0].binding", "bind (R2)"),
    "level missing": (
        '          - {year: 2027, operator: "<", value: "18", binding: false}\n',
        "",
        f"{INDICATOR}.levels",
        "level of 2027 is missing",
    ),
    "level twice": (
        '{year: 2027, operator: "<", value: "18", binding: false}',
        (
            '{year: 2027, operator: "<", value: "18", binding: false}\n'
            '          - {year: 2027, operator: "<", value: "17", binding: false}'
        ),
        f"{INDICATOR}.levels[2].year",
        "level of 2027 is set twice",
    ),
    "level outside the term": (
        '{year: 2027, operator: "<", value: "18", binding: false}',
        (
            '{year: 2027, operator: "<", value: "18", binding: false}\n'
            '          - {year: 2028, operator: "<", value: "17", binding: false}'
        ),
        f"{INDICATOR}.levels[2].year",
        "outside the term",
    ),
    "unknown operator": ('operator: "<"', 'operator: "!="', f"{INDICATOR}.levels[0].operator", "Input should be"),
    "missing level without a note": ('value: "18"', "value: null", INDICATOR, "no `note`"),
    "outturn of the term": ("{year: 2025, value", "{year: 2026, value", f"{INDICATOR}.outturns[1].year", "can't know"),
    "outturn twice": ("{year: 2025, value", "{year: 2024, value", f"{INDICATOR}.outturns[1].year", "given twice"),
    "language missing": (", sv: Tjänster", "", "units[0].name.sv", "is missing"),
    "empty title": ("sv: Tjänster", 'sv: ""', "units[0].name.sv", "at least 1 character"),
    "title as long as a text": ("sv: Tjänster", f"sv: {'x' * 161}", "units[0].name.sv", "at most 160"),
    "letters of two characters": ("sv: Tjänster", "sv: Tja\u0308nster", "units[0].name.sv", "NFC"),
    "Cyrillic title": ("sv: Tjänster", "sv: Услуги", "units[0].name.sv", "isn't Latin"),
    "one Cyrillic letter": ("sv: Tjänster", "sv: Tjänst\u0435r", "units[0].name.sv", "isn't Latin"),
    "letter of private use": ("sv: Tjänster", "sv: Tj\ue000nster", "units[0].name.sv", "U+E000"),
    "title of invisible characters": ("sv: Tjänster", "sv: \u200b\u200b", "units[0].name.sv", "invisible"),
    "line break in a title": ("sv: Tjänster", 'sv: "Tjän\\nster"', "units[0].name.sv", "line breaks"),
    "blank around a title": ("sv: Tjänster", 'sv: "Tjänster "', "units[0].name.sv", "blanks around it"),
    "id with capitals": ("- id: online-forms\n", "- id: Online\n", f"{TARGET}.id", "as the format asks"),
    "id used twice": ("- id: online-forms\n", "- id: good-services\n", f"{TARGET}.id", "names something else already"),
    "checklist id used twice": (
        "{id: grants,",
        "{id: permits,",
        "targets[0].milestones[1].checklist[1].id",
        "the checklist's id `permits`",
    ),
    "unknown unit": ("unit: services\n        due", "unit: none\n        due", f"{MILESTONE}.unit", "no unit `none`"),
    "unknown lead unit": ("lead_unit: services", "lead_unit: none", f"{TARGET}.lead_unit", "no unit `none`"),
    "unknown part": ("part: good-services\n    section", "part: none\n    section", "groups[0].part", "no part `none`"),
    "unknown group": ("group: accessible-services", "group: none", f"{TARGET}.group", "no group `none`"),
    "group of another part": (
        'groups:\n  - id: accessible-services\n    part: good-services\n    section: "2.1"',
        (
            '  - {id: other, section: "3", title: {fi: Muu, sv: Annat, en: Other}}\n'
            "groups:\n  - id: accessible-services\n    part: other"
        ),
        f"{TARGET}.group",
        "belongs to the part `other`",
    ),
    "continues what doesn't exist": (
        "continues: online-forms-2026",
        "continues: none",
        "targets[0].milestones[1].continues",
        "no milestone of an earlier year",
    ),
    "due in another year": ("due_by: 2026-06-30", "due_by: 2027-02-01", f"{MILESTONE}.due_by", "cut-off 2027-01-31"),
    "due on no day": ("due_by: 2026-06-30", "due_by: 2026-06-31", f"{MILESTONE}.due_by", "no date of the calendar"),
    "assumption of no field": ("[frequency]", "[colour]", f"{INDICATOR}.assumptions[0]", "Input should be"),
    "assumption twice": ("[frequency]", "[frequency, frequency]", f"{INDICATOR}.assumptions", "named twice"),
    "date missing": (
        (
            "  - {kind: statement, month: 6, day: 15, years_after: 1, rolls: true, source: decree-1243-1992, "
            "assumption: false}\n"
        ),
        "",
        "policies",
        "`statement` is missing",
    ),
    "date twice": ("kind: half-year/unit", "kind: half-year/opens", "policies[1].kind", "set twice"),
    "date that comes every fourth year": ("month: 2, day: 10", "month: 2, day: 29", "policies[7]", "in every year"),
    "date found in two ways": (
        "offset_days: 7,",
        "offset_days: 7, month: 3, day: 1,",
        "policies[8]",
        "exactly one way",
    ),
    "offset where nothing is recorded": (
        "kind: final-accounts, month: 3, day: 15",
        "kind: final-accounts, offset_days: 15",
        "policies[9]",
        "to no other date",
    ),
    "dates out of order": ("month: 8, day: 22", "month: 8, day: 14", "policies[2]", "comes before `half-year/unit`"),
    "nobody signs": ("party: ministry", "party: agency", "slots", "1 sign for the ministry, not two"),
    "person in a slot": ("party: ministry", "party: ministry\n    person: x", "slots[2].person", "no field"),
    "thirteenth month": ("month: 6, day: 1,", "month: 13, day: 1,", "policies[0].month", "less than or equal to 12"),
    "month nought": ("month: 6, day: 1,", "month: 0, day: 1,", "policies[0].month", "greater than or equal to 1"),
    "day nought": ("month: 6, day: 1,", "month: 6, day: 0,", "policies[0].day", "greater than or equal to 1"),
    "day of no month": ("month: 6, day: 1,", "month: 6, day: 32,", "policies[0].day", "less than or equal to 31"),
    "delivery before the approval": ("offset_days: 7", "offset_days: -1", "policies[8].offset_days", "equal to 0"),
    "delivery years later": ("offset_days: 7", "offset_days: 367", "policies[8].offset_days", "equal to 366"),
    "date in an earlier year": ("years_after: 0", "years_after: -1", "policies[0].years_after", "equal to 0"),
    "date years later": ("years_after: 0", "years_after: 3", "policies[0].years_after", "equal to 2"),
    "version nought": ("number: 1", "number: 0", "number", "greater than or equal to 1"),
    "version without end": ("number: 1", "number: 1000", "number", "less than or equal to 999"),
    "year of another century": ("first_year: 2026", "first_year: 1999", "first_year", "equal to 2000"),
    "year of the next century": ("last_year: 2027", "last_year: 2101", "last_year", "equal to 2097"),
    "id as long as a text": ("agency: example\n", f"agency: {'x' * 81}\n", "agency", "at most 80"),
    "section as long as a text": ('"2.1"', f'"{"2." * 10}1"', "groups[0].section", "at most 20"),
    "decimal as long as a text": ('"21.40"', f'"{"1" * 16}"', f"{INDICATOR}.outturns[0].value", "isn't written as"),
    "note as long as a chapter": (
        "measure: days",
        f"measure: days\n        note: {{fi: {'x' * 1001}, sv: x, en: x}}",
        f"{INDICATOR}.note.fi",
        "at most 1000",
    ),
    "line break in a note": (
        "measure: days",
        'measure: days\n        note: {fi: "x\\ny", sv: x, en: x}',
        f"{INDICATOR}.note.fi",
        "line breaks",
    ),
    "no target": ("targets:\n", "targets: []\nformer_targets:\n", "targets", "at least 1 item"),
    "too many contributors": (
        "unit: services\n        due_by",
        f"unit: services\n        contributors: [{'x, ' * 101}]\n        due_by",
        "targets[0].milestones[0].contributors",
        "at most 100",
    ),
    "sentence for a source": ("source: §5,", "source: §5 and more,", "policies[4].source", "isn't written as"),
    "contributor unknown": (
        "unit: services\n        due_by",
        "unit: services\n        contributors: [others]\n        due_by",
        "targets[0].milestones[0].contributors[0]",
        "no unit `others`",
    ),
    "contributor accountable": (
        "unit: services\n        due_by",
        "unit: services\n        contributors: [services]\n        due_by",
        "targets[0].milestones[0].contributors[0]",
        "answers for this itself",
    ),
    "measure of an unknown milestone": (
        "units:\n",
        "rrf: [{id: m, code: P3C2I1, title: {fi: x, sv: x, en: x}, milestones: [none]}]\nunits:\n",
        "rrf[0].milestones[0]",
        "no milestone `none`",
    ),
    "measure without a code": (
        "units:\n",
        "rrf: [{id: m, code: the third, title: {fi: x, sv: x, en: x}, milestones: []}]\nunits:\n",
        "rrf[0].code",
        "isn't written as",
    ),
    "another format": ("format: 1", "format: 2", "format", "Input should be 1"),
    "key twice": ("number: 1", "number: 1\nnumber: 2", "number", "already on line 3"),
    "anchor": ("id: agency-director", "id: &name agency-director", "slots[0].id", "anchor or alias"),
    "tag": ("number: 1", "number: !!python/object/apply:os.getcwd []", "number", "a tag"),
    "list for text": ("agency: example\n", "agency: [example]\n", "agency", "text is meant"),
    "text for a list": ("groups:\n", "former: none\ngroups:\n", "former", "a list is meant"),
    "text for a record": ("title: {fi: Esim", "title: x # ", "title", "keys and values are meant"),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_malformed_agreement_is_refused_with_place_line_reason_and_mend(what: str) -> None:
    old, new, place, reason = MALFORMED[what]
    text = changed(old, new)

    found = refused(text)

    assert any(where == place and reason in why for where, _, why in found), found
    assert all(line is not None for _, line, _ in found)


def test_line_is_that_of_the_value() -> None:
    text = changed("  year: 2026\n", "  year: 2028\n")

    assert (f"{MILESTONE}.year", line_of(text, "  year: 2028")) in [(place, line) for place, line, _ in refused(text)]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = changed("last_year: 2027", "last_year: x").replace("lead_unit: services", "lead_unit: 3")

    assert [place for place, _, _ in refused(text)] == ["last_year", "targets[0].lead_unit"]


def test_misspelt_field_is_met_with_the_right_one() -> None:
    with pytest.raises(MalformedAgreement, match=r"Did you mean `lead_unit`\?"):
        load(changed("lead_unit: services", "lead_unti: services").encode())


def test_comma_in_a_decimal_is_met_with_how_decimals_are_written() -> None:
    with pytest.raises(MalformedAgreement, match=r'Decimals have a point and stand in quotes: `"4\.39"`'):
        load(changed('"21.40"', '"21,40"').encode())


def test_malformations_of_different_kinds_stand_in_the_order_of_the_file() -> None:
    text = changed("- id: online-forms\n", "- id: good-services\n").replace("party: ministry", "party: agency")

    assert [place for place, _, _ in refused(text)] == ["slots", "slots", "targets[0].id"]


def test_every_list_has_an_upper_bound() -> None:
    unbounded = {
        (record.__name__, name)
        for record in Record.__subclasses__()
        for name, field in record.model_fields.items()
        # Of names of fields there are as many as the format has, each once.
        if get_origin(field.annotation) is tuple and name != "assumptions"
        if not any(isinstance(each, MaxLen) for each in field.metadata)
    }

    assert unbounded == set()


def test_list_with_a_bad_entry_is_not_called_too_short() -> None:
    found = refused(changed("valid_from: 2026-01-01", "valid_from: 2026"))

    assert found == [("units[0].valid_from", line_of(example(), "valid_from"), "text is meant here")]


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"", None, "the file is empty"),
        (b"# nothing but a comment\n", None, "the file is empty"),
        (b"format: [1\n", 2, "this isn't YAML"),
        (b"format: 1\n\tnumber: 1\n", 2, "this isn't YAML"),
        (b"format: \x07", None, "a character that YAML doesn't allow"),
        (b'title: "\\ud800"', 1, "this isn't YAML"),
        ("a: 1\nb: ä".encode("latin-1"), 2, "the file isn't UTF-8"),
        ("format: 1".encode("utf-16"), 1, "the file isn't UTF-8"),
        (b"- format: 1\n", 1, "keys and values are meant here"),
        (b"format: 1\n---\nformat: 1\n", 2, "a second document"),
        (b"? [format]\n: 1\n", 1, "a key that isn't a plain name"),
        (b"[" * 500_000, 1, "nested deeper"),
        (b"x: " + b"9" * 500_000, 1, "is missing"),
        (b"#" * (MOST_BYTES + 1), None, "the file is larger"),
        (b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n", 1, "an anchor or alias"),
    ],
    ids=[
        "empty",
        "comment",
        "open bracket",
        "tab",
        "control character",
        "surrogate",
        "latin-1",
        "utf-16",
        "list",
        "two documents",
        "list as a key",
        "depth",
        "long number",
        "huge",
        "alias bomb",
    ],
)
def test_what_is_no_plain_yaml_is_refused(content: bytes, line: int | None, reason: str) -> None:
    found = refused(content)

    assert any(where == line and reason in why for _, where, why in found), found


def test_huge_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        file.truncate(1 << 40)

    with pytest.raises(MalformedAgreement, match="the file is larger"):
        load(path)


def test_malformations_are_capped() -> None:
    text = changed(
        "continues: online-forms-2026",
        "continues: online-forms-2026\n" + "".join(f"        extra-{number}: x\n" for number in range(500)).rstrip(),
    )

    assert len(refused(text)) == 100


def test_refusal_reads_as_one_line_each() -> None:
    with pytest.raises(MalformedAgreement) as caught:
        load(changed("  year: 2026\n", "  year: 2028\n").encode())

    expected = f"line {line_of(example(), '  year: 2026')}, {MILESTONE}.year: 2028 is outside the term 2026-2027."
    assert expected in str(caught.value)
