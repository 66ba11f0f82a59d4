"""Every rule and case of the domain that the core answers for has a test that says its number."""

import ast
import re
from pathlib import Path

RULES = {f"R{n}" for n in (*range(1, 10), 11, 12, 13, 15, 16)}
CASES = {f"Case {n}" for n in (*range(1, 9), *range(10, 26), 27)}
NUMBER = re.compile(r"\b(R\d+|Case \d+)\b")


def named() -> set[str]:
    """The numbers in the docstrings of the tests beside this file."""
    found: set[str] = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found.update(NUMBER.findall(ast.get_docstring(node) or ""))
    return found


def test_every_rule_and_case_has_a_test_that_names_it() -> None:
    missing = (RULES | CASES) - named()

    assert sorted(missing) == []
