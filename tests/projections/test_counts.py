"""Counts add up, whatever is reported; FORECAST and ACTUAL are never counted together."""

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from projections.items import new_item
from projections.summary import summary
from projections.table import DictTable

VERSION = "town-2024-2027.1"
STAGES = ("not-started", "draft", "submitted", "signed-off", "returned", "delivered", "withdrawn")
UNITS = ("north", "south")


@st.composite
def boards(draw: st.DrawFn) -> tuple[DictTable, str]:
    """Any agreement with any reports in any stage, in either round."""
    table, kind = DictTable(), draw(st.sampled_from(["half-year", "annual"]))
    table.put("agreement", VERSION, {"version": VERSION})
    versions = [{"version": VERSION, "binding_year": 2024}]
    table.put("organisation", "organisation", {"versions": versions, "demo": True})
    orders = iter(range(1, 10_000))
    round_id, opened = f"2024-{kind}", draw(st.booleans())

    def define(what: str, id_: str, **fields: Any) -> None:
        row = {what: id_, "version": VERSION, "section": "1", "title": "t", "order": next(orders), **fields}
        table.put(what, f"{VERSION}/{id_}", row)

    def report(id_: str, what: str, target: str | None = None) -> None:
        scope = {"subject": id_, "kind": what, "unit": draw(st.sampled_from(UNITS)), "target": target}
        item = new_item(round_id, 2024, scope)
        item["stage"] = draw(st.sampled_from(STAGES))
        if draw(st.booleans()):
            light = draw(st.sampled_from([1, 2, 3, None]))
            status = draw(st.sampled_from(["reached", "no-need-arose", None]))
            basis = draw(st.sampled_from(["forecast", "actual"]))
            item["report"] = {"type": "x", "light": light, "basis": basis, "status": status, "milestones": []}
        if item["stage"] == "delivered":
            item["delivered"] = {"revision": 1, "digest": "d", "report": item["report"], "evidence": []}
        table.put("item", f"{round_id}/{id_}", item)
        if draw(st.booleans()):
            given = draw(st.sampled_from([1, 2, 3, None]))
            said = {
                "given": True,
                "light": given,
                "transcribed": False,
                "rationale": None,
                "excused": "e",
                "comment": None,
            }
            table.put("assessment", f"2024/{id_}", said)

    for part in range(draw(st.integers(1, 2))):
        define("part", f"p{part}")
        groups = [None, *(f"g{part}{n}" for n in range(draw(st.integers(0, 2))))]
        for group in filter(None, groups):
            define("group", group, part=f"p{part}")
        for n in range(draw(st.integers(0, 3))):
            target = f"t{part}{n}"
            within = draw(st.sampled_from(groups))
            define("target", target, part=f"p{part}", group=within, lead_unit="north")
            years = draw(st.lists(st.sampled_from([2024, 2025]), max_size=3))
            for number, year in enumerate(years):
                name = f"m{part}{n}{number}"
                define("milestone", name, target=target, year=year, unit="north", due_by=None, conditional=True)
                if opened and year == 2024:
                    report(name, "milestone", target)
            if opened and 2024 in years:
                report(target, "target")
        define("table", f"i{part}", part=f"p{part}")
        for n in range(draw(st.integers(0, 2))):
            level = {"year": 2024, "value": draw(st.sampled_from(["3.7", None]))}
            frequency = draw(st.sampled_from(["half-year", "annual"]))
            fields = {"levels": [level], "frequency": frequency, "unit": "south", "measure": "x", "note": None}
            define("indicator", f"x{part}{n}", table=f"i{part}", **fields)
            if opened and (kind == "annual" or frequency == "half-year"):
                report(f"x{part}{n}", "indicator")
    if opened:
        table.put("round", round_id, {"round": round_id, "stage": "open", "version": VERSION})
    return table, kind


def numbers(counts: dict[str, Any]) -> Counter[str]:
    """All leaves of a count, by the path to each."""
    found: Counter[str] = Counter()
    for name, value in counts.items():
        if isinstance(value, dict):
            found.update({f"{name}.{inner}": number for inner, number in numbers(value).items()})
        else:
            found[name] += value
    return found


def without_total(counts: dict[str, Any]) -> int:
    return sum(number for name, number in numbers(counts).items() if name != "total")


@settings(max_examples=150, deadline=None)
@given(boards(), st.booleans())
def test_each_subject_is_counted_once_and_each_level_is_the_sum_of_the_one_below(
    made: tuple[DictTable, str],
    reads: bool,  # noqa: FBT001
) -> None:
    table, kind = made

    shown = summary(table, 2024, kind, lambda unit, _: reads or unit == "north")

    agency, parts = shown["agency"], shown["parts"]
    subjects = {
        "targets": len(table.of("target")),
        "milestones": sum(each["year"] == 2024 for each in table.of("milestone").values()),
        "indicators": len(table.of("indicator")),
    }
    for what, number in subjects.items():
        assert agency["counts"][what]["total"] == number == without_total(agency["counts"][what])
        assert numbers(agency["counts"][what]) == sum((numbers(each["counts"][what]) for each in parts), Counter())
    for part in parts:
        grouped = sum((numbers(each["counts"]["targets"]) for each in part["groups"]), Counter())
        own = Counter[str]()
        for cell in part["targets"]:
            light = f"{cell['basis']}.{cell['category']}" if cell["light"] is not None else cell["category"]
            coloured = cell["category"] in ("green", "yellow", "red")
            own[light if coloured else cell["category"]] += 1
            own["total"] += 1
        assert +(grouped + own) == +numbers(part["counts"]["targets"])
        tabled = sum((numbers(each["counts"]["indicators"]) for each in part["tables"]), Counter())
        assert +tabled == +numbers(part["counts"]["indicators"])


@settings(max_examples=100, deadline=None)
@given(boards())
def test_both_sides_count_the_same_subjects(made: tuple[DictTable, str]) -> None:
    table, kind = made

    sides = summary(table, 2024, kind)["agency"]["side_by_side"]

    if kind == "half-year":
        assert sides is None
        return
    ministry = sides["ministry"]
    assert sides["agency"]["total"] == ministry["total"]
    assert sum(ministry[name] for name in ("green", "yellow", "red", "excused", "missing")) == ministry["total"]
    for reason in ("not_due", "not_assessable", "withdrawn"):
        assert sides["agency"][reason] == 0
