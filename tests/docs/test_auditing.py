"""The auditor's page: each command on it exists, with its options, and what it names in the demo is there."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from domain.events.codec import EVENTS
from services.cli import app
from services.demo.people import MEMBERS, UNITS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "auditing.md").read_text()
LINES = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
COMMANDS = [shlex.split(line)[1:] for line in LINES if line.startswith("etappi ")]
AUDIT = {"pin", "bundle", "sample", "verify", "replay", "difference", "controls"}


def resolved(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the words name, and what stands behind it."""
    found: Any = get_command(app)
    while commands := getattr(found, "commands", None):
        name, *words = words
        assert name in commands, name
        found = commands[name]
    return found, words


def values(option: str) -> Iterator[str]:
    """What the page gives for an option."""
    yield from (words[n + 1] for words in COMMANDS for n, word in enumerate(words) if word == option)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_each_command_of_the_page_exists_with_its_options(words: list[str]) -> None:
    command, rest = resolved(words)

    known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
    assert {word for word in rest if word.startswith("-")} <= known


def test_each_of_the_auditors_commands_stands_on_the_page() -> None:
    program: Any = get_command(app)

    assert set(program.commands["audit"].commands) == AUDIT == {words[1] for words in COMMANDS}


def test_what_the_page_names_of_the_demo_is_there() -> None:
    agreement = (ROOT / "agreements" / "keha-2024-2027.yaml").read_text()

    assert set(values("--as")) <= {member.account for member in MEMBERS}
    assert set(values("--unit")) <= set(UNITS)
    assert set(values("--type")) <= set(EVENTS)
    for subject in values("--subject"):
        assert re.search(rf"\bid: {subject}\b", agreement), subject
