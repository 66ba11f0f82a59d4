"""The results as text, JSON and Excel."""

import io
import json
import re
import zipfile

from clean import clean
from rich.console import Console
from told import on, words

from domain.controls import ControlException, ControlResult, run_controls
from domain.values import Words
from services.controls.render import as_excel, as_json, as_text
from services.controls.shown import ShownEvent, shown_events

TALE = clean().instead("annual towns reported", by="dora").without("verification")
RESULTS = run_controls(TALE.rows(), cycle=2024)


def text(results: tuple[ControlResult, ...], *, everything: bool = False) -> str:
    console = Console(width=200, file=io.StringIO(), record=True)
    console.print(as_text(results, everything=everything))
    return console.export_text()


def sheets(workbook: bytes) -> dict[str, str]:
    """The XML of each sheet; texts stand in it, for a workbook of constant memory has no table of them."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as opened:
        return {
            name: opened.read(name).decode() for name in opened.namelist() if name.startswith("xl/worksheets/sheet")
        }


def one(says: str, positions: tuple[int, ...] = (1,)) -> tuple[ControlResult, ...]:
    """A result with one exception."""
    exception = ControlException(code="code", says=says, positions=positions, ledger="kylki", cycle=None)
    return (
        ControlResult(
            control="C01",
            title="title",
            rule="rule",
            cycle=None,
            population=1,
            passes=0,
            failing=1,
            untested=0,
            exceptions=(exception,),
            note="",
        ),
    )


def test_the_text_has_each_control_and_each_exception_with_its_events() -> None:
    shown = text(RESULTS)

    assert [line[:3] for line in shown.splitlines() if re.match(r"C\d\d ", line)][:19] == [
        f"C{number:02}" for number in range(1, 20)
    ]
    assert f"{TALE.at('annual towns reported')}, {TALE.at('annual towns signed')}" in shown
    assert "dora signed off towns of 2024-annual, though dora took part in it" in shown
    assert "No checkpoint was given" in shown
    assert "C12  " in shown


def test_a_control_without_a_case_does_not_pass() -> None:
    nothing = run_controls(())

    assert text(nothing).count("no case") == 19
    assert "pass\n" not in text(nothing)


def test_a_long_list_is_cut_on_a_terminal_unless_all_is_asked_for() -> None:
    [few] = one("something")
    many = (
        ControlResult(**{**{name: getattr(few, name) for name in few.__slots__}, "exceptions": few.exceptions * 40}),
    )

    assert "and 28 more" in text(many)
    assert text(many, everything=True).count("something") == 40


def test_markup_in_a_sentence_is_text() -> None:
    assert "[bold]not bold[/]" in text(one("[bold]not bold[/]"))


def test_the_json_is_what_its_page_says() -> None:
    events = shown_events(RESULTS, TALE.rows())
    document = json.loads(as_json(RESULTS, ledger="kylki", as_of=on("2025-06-26"), events=events))

    assert list(document) == ["format", "ledger", "cycle", "as_of", "controls", "events"]
    assert (document["format"], document["ledger"], document["cycle"]) == ("etappi-controls/1", "kylki", 2024)
    assert document["as_of"] == "2025-06-26T06:00:00.000000Z"
    assert [each["control"] for each in document["controls"]] == [each.control for each in RESULTS]
    [found] = document["controls"][1]["exceptions"]
    pair = [TALE.at("annual towns reported"), TALE.at("annual towns signed")]
    assert found == {
        "code": "own-work",
        "says": "dora signed off towns of 2024-annual, though dora took part in it",
        "positions": pair,
        "ledger": "kylki",
        "cycle": 2024,
    }
    assert [each["position"] for each in document["events"] if each["position"] in pair] == pair
    assert {each["type"] for each in document["events"]} >= {"milestone-status-reported", "item-signed-off"}


def test_words_are_commitments_unless_they_are_opened() -> None:
    known = {words("narrative of towns"): "Five towns moved."}
    place = ("kylki", TALE.at("annual towns reported"))
    closed, opened = (
        shown_events(RESULTS, TALE.rows()),
        shown_events(RESULTS, TALE.rows(), lambda each: known.get(Words(each))),
    )

    assert closed[place].fields["narrative"] == words("narrative of towns")
    assert opened[place].fields["narrative"] == "Five towns moved."
    assert opened[place].fields["explanation"]["cause"] == words("cause")
    assert (opened[place].by, opened[place].type) == ("dora", "milestone-status-reported")


def test_an_event_that_cannot_be_read_is_shown_all_the_same() -> None:
    rows = list(TALE.rows())
    rows[40] = type(rows[40])(
        **{**{n: getattr(rows[40], n) for n in rows[40].__slots__}, "body": b"\xff", "metadata": b"{"}
    )
    results = run_controls(rows)

    shown = shown_events(results, rows)[TALE.ledger, 41]

    assert (shown.by, shown.fields) == ("?", {})


def test_the_workbook_has_the_same_exceptions() -> None:
    events = shown_events(RESULTS, TALE.rows())
    workbook = as_excel(RESULTS, ledger="kylki", as_of=on("2025-06-26"), events=events)
    controls, exceptions, shown = sheets(workbook).values()

    assert controls.count("<row ") == 20
    assert exceptions.count("<row ") == 1 + sum(len(each.exceptions) for each in RESULTS)
    assert shown.count("<row ") == 1 + len(events)
    assert "though dora took part in it" in exceptions
    assert "<v>19</v>" not in controls or "t=" in controls


def test_a_text_is_never_a_formula_and_never_too_long() -> None:
    workbook = as_excel(one('=HYPERLINK("http://x")'), ledger="kylki")
    long = as_excel(one("x" * 40_000), ledger="kylki")

    assert not any("<f>" in each for each in sheets(workbook).values())
    assert "=HYPERLINK" in sheets(workbook)["xl/worksheets/sheet2.xml"]
    assert "x" * 32_766 + "…" in sheets(long)["xl/worksheets/sheet2.xml"]


def test_the_same_results_give_the_same_workbook() -> None:
    one_time, another = (as_excel(RESULTS, ledger="kylki") for _ in range(2))

    assert sheets(one_time) == sheets(another)


def test_a_position_that_is_not_among_the_rows_is_left_out() -> None:
    found: dict[tuple[str, int], ShownEvent] = dict(shown_events(one("x", (999,)), TALE.rows()))

    assert found == {}
