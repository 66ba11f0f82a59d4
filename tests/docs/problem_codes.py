"""The table of problem codes in docs/api.md, made from the code; run as a program, it writes the table anew."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from domain.errors import NOT_YET, SUPERSEDED, Refused
from services.api.files import _STATUS as UPLOAD_STATUS
from services.api.problems import status_of

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "api.md"
BEGIN, END = "<!-- problem codes: begin -->", "<!-- problem codes: end -->"
HEAD = "| code | status | rule | what it says, and how to mend it |\n|---|---|---|---|\n"
CONSTANTS = {"NOT_YET": NOT_YET, "SUPERSEDED": SUPERSEDED}
CALLS = {"Refused": 0, "Refusal": 1, "TokenRefused": 0, "UploadRefused": 0, "_unauthorised": 0, "_retry": 0}
LONGEST = 130
OTHERWISE = {
    "http-error": "What the server says of the status.",
    "malformed-agreement": "The file has mistakes: `errors` names each with its place, line and mend.",
    "invalid-input": "Fields that can't be taken: `errors` names each with its reason.",
}
"""Where the code says it with a variable alone."""


@dataclass(slots=True)
class Code:
    """One code: with which statuses it is answered, from which rules it follows, what is said of it."""

    statuses: set[str] = field(default_factory=set)
    rules: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    mends: list[str] = field(default_factory=list)


def codes() -> dict[str, Code]:
    """Every code that the domain or a service refuses with."""
    found: dict[str, Code] = {}
    for folder in ("domain", "projections", "services"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for call, default_rule in _calls(ast.parse(path.read_text())):
                for name in _codes_of(call):
                    _note(found.setdefault(name, Code()), call, name, default_rule)
    # A report command with `If-Match` is answered so, where it says `seen` itself it is a conflict.
    found["content-changed"].statuses.add("412")
    return dict(sorted(found.items()))


def table() -> str:
    """The table, a line a code."""
    return HEAD + "".join(f"{_line(name, code)}\n" for name, code in codes().items())


def written() -> str:
    """The table as the page has it."""
    return PAGE.read_text().split(f"{BEGIN}\n")[1].split(END)[0]


def _calls(tree: ast.Module) -> Iterator[tuple[ast.Call, str]]:
    """The refusals of a module, each with what the argument `rule` of the function around it is by default."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = node.args.args[-len(node.args.defaults) :] if node.args.defaults else []
            rule = next(
                (_text(value) for each, value in zip(arguments, node.args.defaults, strict=True) if each.arg == "rule"),
                "",
            )
            yield from ((each, rule) for each in ast.walk(node) if isinstance(each, ast.Call) and _called(each))


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) if name in CALLS:
            return name
        case ast.Attribute(attr="__init__", value=ast.Call(func=ast.Name(id="super"))) if len(call.args) > 1:
            return "Refused"
        case _:
            return ""


def _codes_of(call: ast.Call) -> list[str]:
    position = CALLS[_called(call)]
    if len(call.args) <= position:
        return []
    match call.args[position]:
        case ast.Constant(value=str(code)):
            return [code]
        case ast.Name(id=name) if name in CONSTANTS:
            return [CONSTANTS[name]]
        case ast.IfExp(body=ast.Constant(value=str(one)), orelse=ast.Constant(value=str(other))):
            return [one, other]
        case _:
            return []


def _note(code: Code, call: ast.Call, name: str, default_rule: str) -> None:
    kind = _called(call)
    match kind:
        case "Refusal":
            code.statuses.add(_text(call.args[0]) or "any other")
        case "UploadRefused":
            code.statuses.add(str(UPLOAD_STATUS.get(name, 422)))
        case "TokenRefused" | "_unauthorised":
            code.statuses.add("401")
        case "_retry":
            code.statuses.add("503")
        case _:
            code.statuses.add(str(int(status_of(Refused(name, "")))))
    more = {each.arg: each.value for each in call.keywords}
    _add(code.rules, _text(more["rule"]) or default_rule if "rule" in more else "")
    said = call.args[CALLS[kind] + 1]
    _add(code.said, _text(said) if not isinstance(said, ast.Name | ast.Attribute) else "")
    positional = call.args[2] if kind == "UploadRefused" and len(call.args) > len(("code", "why")) else None
    mend = more.get("mend", positional)
    _add(code.mends, "" if mend is None else _text(mend))


def _add(values: list[str], value: str) -> None:
    if value and value not in values:
        values.append(value)


def _text(node: ast.expr) -> str:
    """A constant, or a formatted string with … for what is filled in; nothing where neither stands there."""
    match node:
        case ast.Constant(value=value):
            return str(value)
        case ast.JoinedStr(values=values):
            return "".join(_text(each) or "…" for each in values)
        case ast.FormattedValue(value=ast.Name(id=name) | ast.Attribute(attr=name)):
            return f"{{{name}}}"
        case _:
            return ""


def _line(name: str, code: Code) -> str:
    start = f"| `{name}` | {', '.join(sorted(code.statuses))} | {'; '.join(code.rules)} | "
    room = LONGEST - len(start) - len(" |")
    said = min(code.said, key=len) if code.said else ""
    texts = [said, *code.mends]
    while len(" ".join(texts)) > room and len(texts) > 1 + bool(code.mends):
        texts.pop()
    text = " ".join(each for each in texts if each) or OTHERWISE.get(name, "")
    return f"{start}{text} |"


if __name__ == "__main__":
    before, _, rest = PAGE.read_text().partition(f"{BEGIN}\n")
    PAGE.write_text(f"{before}{BEGIN}\n{table()}{END}{rest.partition(END)[2]}")
