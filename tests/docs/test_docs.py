"""The documentation and the program are held together: what a page says by name exists, and is so."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from problem_codes import table, written

from domain.authority import INCOMPATIBLE, MATRIX
from domain.commands import COMMANDS
from domain.events.codec import EVENTS
from domain.settings import SETTINGS
from domain.values import ActorKind, Role
from services.api.app import create_app
from services.api.looks import SCOPES
from services.settings import Settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
OURS = ("api.md", "auditing.md", "glossary.md", "log-format.md", "permissions.md", "process.md")
LONGEST = 130
IN_PERSON = {"sign-agreement", "decline-signature"}
"""Who holds the slot signs, whatever their role: these stand beside the matrix."""


def page(name: str) -> str:
    return (DOCS / name).read_text()


def section(name: str, heading: str) -> str:
    """What stands under a heading, up to the next one of any level."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", page(name), re.DOTALL | re.MULTILINE)
    assert found is not None, heading
    return found[1]


def rows(text: str) -> Iterator[list[str]]:
    """The rows of the tables of a text, without heads and rules."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        rule = line.startswith("|---")
        head = number + 1 < len(lines) and lines[number + 1].startswith("|---")
        if line.startswith("|") and not rule and not head:
            yield [cell.strip() for cell in line.strip("|").split("|")]


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def test_each_scope_of_a_look_stands_on_the_page() -> None:
    said = {each.split("/")[0] for row in rows(section("process.md", "Audit")) for each in quoted(row[0])}

    assert {scope.split("/")[0] for scope in SCOPES.values()} <= said


def test_the_permission_matrix_on_the_page_is_the_programs() -> None:
    lines = section("permissions.md", "Who may do what").splitlines()
    head = next(line for line in lines if line.startswith("| right"))
    roles = [Role(cell.strip()) for cell in head.strip("|").split("|")[2:]]

    said = {
        quoted(right)[0]: {role: cell for role, cell in zip(roles, cells, strict=True) if cell}
        for right, _, *cells in rows("\n".join(lines))
    }

    assert said == {
        right: {role: "●s" if role in may.substitutes else "●" for role in may.roles} for right, may in MATRIX.items()
    }


def test_each_command_of_a_person_stands_in_the_permission_matrix() -> None:
    said = {name for _, commands, *_ in rows(section("permissions.md", "Who may do what")) for name in quoted(commands)}

    assert said | IN_PERSON == {name for name, spec in COMMANDS.items() if spec.by is ActorKind.PERSON}


def test_the_incompatible_roles_on_the_page_are_the_programs() -> None:
    said = set()
    for own, other in rows(section("permissions.md", "Roles that don't go together")):
        mine = {Role(each) for each in own.split(", ")}
        others = set(Role) - mine if other == "any other" else {Role(each) for each in other.split(", ")}
        said.add((frozenset(mine), frozenset(others)))

    assert said == set(INCOMPATIBLE)


def test_no_event_of_the_process_is_forgotten() -> None:
    found = "access agreement assessment attestation cycle deviation engagement erasure item process round rrf subject"
    modules = {*found.split()}
    events = {name for name, kind in EVENTS.items() if kind.__module__.rsplit(".", 1)[-1] in modules}

    # What an import defines goes by "all that it defines"; what two people do goes by its pattern.
    absent = events - set(quoted(page("process.md")))

    assert {name for name in absent if not name.endswith(("-defined", "-proposed", "-withdrawn"))} == set()


def test_no_command_of_a_person_in_the_process_is_forgotten() -> None:
    modules = (
        "agency_report approval assessment cycle deviation engagement erasure evidence extension finding hold"
        " late_completion report rrf rrf_link signing statement"
    )
    found = {*modules.split(), "supplement"}
    commands = {name for name, spec in COMMANDS.items() if spec.kind.__module__.rsplit(".", 1)[-1] in found}

    assert commands - set(quoted(page("process.md"))) == {"withdraw-external-signature"}


@pytest.mark.parametrize("column", [1, 4])
def test_the_state_tables_name_commands_and_events_that_exist(column: int) -> None:
    known = set(COMMANDS) if column == 1 else set(EVENTS)
    tables = [section("process.md", each) for each in ("Item", "Round and agency's report", "Cycle", "Agreement")]
    tables += [section("process.md", each) for each in ("Deviation", "Late completion", "Erasure", "Audit")]

    named = {name for text in tables for row in rows(text) if len(row) == 6 for name in quoted(row[column])}

    assert named
    assert named <= known


def test_the_settings_on_the_page_are_the_programs() -> None:
    said = {
        quoted(row[0])[0]: re.findall(r"\d+", row[1]) for row in rows(section("process.md", "Dates")) if len(row) == 3
    }

    assert said == {key: re.findall(r"\d+", str(known.default)) for key, known in SETTINGS.items()}


def test_the_date_policies_on_the_page_are_those_of_the_agreement_file() -> None:
    said = {quoted(row[1])[0] for row in rows(section("process.md", "Dates")) if len(row) == 5 and row[1]}
    wanted = re.findall(r"kind: ([a-z/-]+)", (ROOT / "agreements" / "keha-2024-2027.yaml").read_text())

    assert said == set(wanted)


def test_every_rule_and_case_has_its_line() -> None:
    assert [row[0] for row in rows(section("process.md", "Rules"))] == [f"R{number}" for number in range(1, 17)]
    assert [row[0] for row in rows(section("process.md", "Cases"))] == [str(number) for number in range(1, 28)]


def test_each_term_of_the_glossary_exists_in_the_code() -> None:
    known = set(_names())
    terms = [name for row in rows(page("glossary.md")) for name in quoted(row[3] if len(row) == 5 else row[1])]

    assert len(terms) > 70
    assert [term for term in terms if term not in known] == []


def _names() -> Iterator[str]:
    """Classes, members of enumerations and new types of the domain and of its proof."""
    for path in (*(ROOT / "domain").rglob("*.py"), *(ROOT / "verifier").rglob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef):
                yield node.name
                for inner in node.body:
                    if isinstance(inner, ast.Assign) and isinstance(inner.targets[0], ast.Name):
                        yield f"{node.name}.{inner.targets[0].id}"
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                yield node.targets[0].id


def test_each_address_that_is_read_stands_on_the_page_and_no_other() -> None:
    nothing: Any = object()
    app = create_app(
        handler=nothing,
        store=nothing,
        pool=nothing,
        evidence=nothing,
        verifier=nothing,
        settings=Settings(),
        readmodels=nothing,
        seal=nothing,
        clocks=nothing,
    )
    read = {path for path, operations in app.openapi()["paths"].items() if "get" in operations}
    text = section("api.md", "Reads") + section("api.md", "Board, dates, inbox, trail")
    text += section("api.md", "The clock of a demo")
    text += section("api.md", "For auditors") + section("api.md", "The sealed log")

    assert {quoted(row[0])[0] for row in rows(text) if row[0].startswith("`/")} == read


def test_the_problem_codes_on_the_page_are_those_of_the_program() -> None:
    """To mend it: python tests/docs/problem_codes.py."""
    assert written() == table()


@pytest.mark.parametrize("name", OURS)
def test_a_page_has_short_lines_and_links_that_lead_somewhere(name: str) -> None:
    text = page(name)
    code = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)

    assert [line for line in code.splitlines() if len(line) > LONGEST and not line.startswith("|")] == []
    for target in re.findall(r"\]\(([^)]+)\)", text):
        path, _, anchor = target.partition("#")
        other = DOCS / path if path else DOCS / name
        assert other.exists(), target
        headings = {_anchor(each) for each in re.findall(r"^#+ (.*)$", other.read_text(), re.MULTILINE)}
        assert not anchor or anchor in headings, target


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
