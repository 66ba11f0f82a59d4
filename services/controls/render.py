"""The results of the controls as text, JSON and Excel. Words stand there as commitments, unless `shown` opened them.

JSON, `etappi-controls/1`:

    {"format", "ledger", "cycle": year or null, "as_of": instant or null,
     "controls": [{"control": "C01", "title", "rule", "population", "passes", "failing", "untested", "note",
                   "exceptions": [{"code", "says", "ledger", "cycle", "positions": [...]}]}],
     "events": [{"ledger", "position", "stream", "type", "received_at", "by", "acting_for", "role", "fields"}]}

`events` are those that show an exception, where they were given, in order.
"""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO, StringIO
from typing import Any, Literal

import xlsxwriter
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from domain.controls import ControlResult
from domain.values import instant_text
from services.controls.shown import Place, ShownEvent

FORMAT = "etappi-controls/1"
LONGEST_CELL = 32_767
LONGEST_SHEET = 1_048_576
NAMED = 12
"""How many exceptions of a control a terminal shows, unless all are asked for."""

WIDE = 160
"""How wide text is that nobody looks at on a terminal."""
Format = Literal["text", "json", "xlsx"]

_VERDICT = {True: ("pass", "green"), False: ("EXCEPTIONS", "bold red"), None: ("no case", "dim")}


def written(
    form: Format,
    results: Sequence[ControlResult],
    *,
    ledger: str,
    as_of: datetime | None = None,
    events: Mapping[Place, ShownEvent] | None = None,
) -> bytes:
    """The results in one of the forms, as bytes; text with all exceptions, in UTF-8."""
    match form:
        case "json":
            return as_json(results, ledger=ledger, as_of=as_of, events=events).encode()
        case "text":
            paper = StringIO()
            Console(file=paper, width=WIDE, color_system=None).print(as_text(results, everything=True))
            return paper.getvalue().encode()
        case "xlsx":
            return as_excel(results, ledger=ledger, as_of=as_of, events=events)


def as_text(results: Sequence[ControlResult], *, everything: bool = False) -> Group:
    """For a terminal: a table of the controls, then each exception with the positions of its events."""
    table = Table(box=None, padding=(0, 2), pad_edge=False)
    for heading in ("control", "what it tests"):
        table.add_column(heading)
    for heading in ("cases", "pass", "fail", "untested"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for each in results:
        verdict, style = _VERDICT[verdict_of(each)]
        numbers = (str(number) for number in (each.population, each.passes, each.failing, each.untested))
        table.add_row(each.control, Text(each.title), *numbers, Text(verdict, style=style))
        if each.note:
            table.add_row("", Text(each.note, style="dim"))
    parts: list[Any] = [table]
    for each in results:
        if each.exceptions:
            parts += ["", _exceptions(each, everything=everything)]
    return Group(*parts)


def verdict_of(result: ControlResult) -> bool | None:
    """Whether a control passes; None where there was nothing to test."""
    if result.exceptions:
        return False
    return True if result.population > result.untested else None


def _exceptions(result: ControlResult, *, everything: bool) -> Table:
    table = Table(title=Text(f"{result.control}  {result.rule}"), title_justify="left", box=None, padding=(0, 2))
    table.add_column("events", justify="right")
    table.add_column("exception", overflow="fold")
    shown = result.exceptions if everything else result.exceptions[:NAMED]
    for each in shown:
        table.add_row(Text(", ".join(map(str, each.positions)) or "-"), Text(each.says))
    left = len(result.exceptions) - len(shown)
    if left:
        table.add_row("", Text(f"and {left} more", style="dim"))
    return table


def as_json(
    results: Sequence[ControlResult],
    *,
    ledger: str,
    as_of: datetime | None = None,
    events: Mapping[Place, ShownEvent] | None = None,
) -> str:
    """The document that this module describes, as one line of JSON with keys in a fixed order."""
    document = {
        "format": FORMAT,
        "ledger": ledger,
        "cycle": results[0].cycle if results else None,
        "as_of": None if as_of is None else instant_text(as_of),
        "controls": [_plain(each) for each in results],
        "events": [dataclasses.asdict(each) for each in (events or {}).values()],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _plain(result: ControlResult) -> dict[str, Any]:
    plain = dataclasses.asdict(result)
    del plain["cycle"]
    exceptions = plain.pop("exceptions")
    return {**plain, "exceptions": exceptions}


def as_excel(
    results: Sequence[ControlResult],
    *,
    ledger: str,
    as_of: datetime | None = None,
    events: Mapping[Place, ShownEvent] | None = None,
) -> bytes:
    """A workbook of three sheets: controls, exceptions, events. Texts are written as texts, never as formulas."""
    target = BytesIO()
    made = (datetime(2000, 1, 1, tzinfo=UTC) if as_of is None else as_of).astimezone(UTC).replace(tzinfo=None)
    with xlsxwriter.Workbook(target, {"constant_memory": True, "in_memory": False}) as workbook:
        # Excel's properties know no zone; the same results give the same workbook.
        workbook.set_properties(
            {"title": f"Controls of {ledger}", "created": made.astimezone(UTC).replace(tzinfo=None)}
        )
        head = workbook.add_format({"bold": True, "bottom": 1})
        heads: Sequence[str]
        heads = ("control", "what it tests", "rule", "cases", "pass", "fail", "untested", "result", "note")
        sheet = _sheet(workbook, "Controls", heads, head, (8, 70, 45, 9, 9, 9, 9, 13, 70))
        for number, each in enumerate(results, 1):
            verdict, _ = _VERDICT[verdict_of(each)]
            cells = (each.control, each.title, each.rule, each.population, each.passes, each.failing, each.untested)
            _write(sheet, number, (*cells, verdict, each.note))
        heads = ("control", "code", "exception", "cycle", "ledger", "events")
        sheet = _sheet(workbook, "Exceptions", heads, head, (8, 24, 110, 8, 18, 24))
        number = 0
        for result in results:
            for one in result.exceptions:
                number += 1
                positions = ", ".join(map(str, one.positions))
                cycle = "" if one.cycle is None else one.cycle
                _write(sheet, number, (result.control, one.code, one.says, cycle, one.ledger, positions))
        heads = ("ledger", "position", "received", "type", "stream", "by", "for", "role", "what it says")
        sheet = _sheet(workbook, "Events", heads, head, (18, 10, 28, 28, 44, 20, 20, 18, 110))
        for number, event in enumerate((events or {}).values(), 1):
            said = json.dumps(event.fields, ensure_ascii=False, sort_keys=True)
            who = (event.by, event.acting_for or "", event.role or "")
            _write(
                sheet, number, (event.ledger, event.position, event.received_at, event.type, event.stream, *who, said)
            )
    return target.getvalue()


def _sheet(workbook: Any, name: str, heads: Sequence[str], head: Any, widths: Sequence[int]) -> Any:
    sheet = workbook.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    for column, (heading, width) in enumerate(zip(heads, widths, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, heading, head)
    return sheet


def _write(sheet: Any, number: int, cells: Sequence[str | int]) -> None:
    """One row; what a sheet can't hold is left out of it, and the JSON has it."""
    if number >= LONGEST_SHEET:
        return
    for column, cell in enumerate(cells):
        if isinstance(cell, int):
            sheet.write_number(number, column, cell)
        else:
            sheet.write_string(number, column, cell if len(cell) <= LONGEST_CELL else f"{cell[: LONGEST_CELL - 1]}…")
