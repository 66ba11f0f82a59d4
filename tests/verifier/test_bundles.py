"""Bundles of each scope: what they hold, and that they verify wherever Python runs."""

import io
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import pytest
from bundled import (
    FILE,
    ITEM,
    KEY,
    ROUND,
    SUBJECT,
    contents,
    ledger,
    pin,
    rebuilt,
    verifier_key,
    whole_year,
    within,
    write,
)

from domain.events.envelope import Row, leaf
from domain.proof.merkle import Leaves, subtrees
from domain.values import SubjectId, UnitId
from verifier import contents as gathered
from verifier import package
from verifier.command import main, told
from verifier.scope import (
    Milestone,
    NoScope,
    Period,
    Sample,
    Scope,
    Submission,
    Target,
    WholeLedger,
    check,
    draw,
    scope_json,
    scope_of,
)
from verifier.verify import verify

UNIT = "data-analytics"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bundle.zip"


def rows() -> tuple[Row, ...]:
    return ledger()[0]


def scopes(of: Sequence[Row]) -> list[Scope]:
    last = len(of)
    return [
        WholeLedger(),
        Period(first=1, last=5),
        Period(first=3, last=last),
        Period(first=4, last=9),
        Milestone(subject=SubjectId(SUBJECT)),
        Target(subject=SubjectId("digital-platforms")),
        Submission(round=ROUND, unit=UnitId(UNIT)),
        Sample(seed="kevät 2026", count=4, types=(), first=1, last=last),
        Sample(seed="1", count=2, types=("item-signed-off", "item-submitted"), first=2, last=last),
        Sample(seed="1", count=9, types=("item-submitted",), first=1, last=last),
    ]


@pytest.mark.parametrize("number", range(10))
def test_a_bundle_of_each_scope_verifies(path: Path, number: int) -> None:
    scope = scopes(rows())[number]

    write(path, rows(), scope, shown=within(scope, rows()))

    report = verify(path, keys=[verifier_key(KEY)], strict=True)
    assert report.faults == []
    assert report.scope == scope_json(scope)
    assert report.events > 0


def test_the_verdict_says_what_the_bundle_is_about_and_what_is_not_proved(path: Path) -> None:
    write(path, rows())
    whole = told(verify(path, keys=[verifier_key(KEY)]))
    scope = Milestone(subject=SubjectId(SUBJECT))
    write(path, rows(), scope, shown=within(scope, rows()))
    part = told(verify(path, keys=[verifier_key(KEY)]))
    sample = Sample(seed="kevät 2026", count=4, types=(), first=1, last=len(rows()))
    write(path, rows(), sample, shown=within(sample, rows()))
    drawn = told(verify(path, keys=[verifier_key(KEY)]))

    limit = "Note: That nothing else belongs to this milestone only the whole ledger proves."
    assert any(line.endswith("in it: the whole ledger") for line in whole)
    assert any(line.endswith(f"in it: milestone (subject {SUBJECT})") for line in part)
    assert (limit in part, any("only the whole ledger proves" in line for line in (*whole, *drawn))) == (True, False)
    said = f"in it: sample (seed kevät 2026, count 4, types all, first 1, last {len(rows())})"
    assert any(line.endswith(said) for line in drawn)


def test_a_target_of_the_whole_year_verifies_with_its_milestones(path: Path) -> None:
    scope = Target(subject=SubjectId("digital-platforms"))

    write(path, whole_year(), scope, shown=within(scope, whole_year()))

    report = verify(path, strict=True)
    assert report.faults == []
    lights = contents(path.read_bytes())["lights.jsonl"].splitlines()
    assert len(lights) > 2
    assert b'"subject":"digital-platforms"' in b"".join(lights)


def test_the_whole_year_verifies_to_the_letter(path: Path) -> None:
    write(path, whole_year())

    report = verify(path, strict=True)

    assert report.faults == []
    assert report.events == len(whole_year())


def test_events_may_be_withheld_to_their_header_or_to_their_leaf(path: Path) -> None:
    scope = Period(first=1, last=len(rows()))
    shown = {4: "header", 5: "leaf", 7: "leaf"}

    write(path, rows(), scope, shown=lambda row: shown.get(row.position, "event"))

    assert verify(path).faults == []
    held = contents(path.read_bytes())
    assert not any(rows()[position - 1].body in held["events.bin"] for position in shown)
    assert [rows()[position - 1].id in held["events.bin"] for position in shown] == [True, False, False]


def test_what_is_withheld_is_told_and_marks_the_lights(path: Path) -> None:
    """Without what withheld events say, an item that is submitted replays as a draft."""
    scope = Milestone(subject=SubjectId(SUBJECT))
    submitted = next(row.position for row in rows() if row.type == "item-submitted")
    opened = next(row.position for row in rows() if row.type == "ledger-opened")

    def told_of(withheld: dict[int, str]) -> tuple[list[str], bool]:
        write(path, rows(), scope, shown=lambda row: withheld.get(row.position, within(scope, rows())(row)))
        report = verify(path)
        assert report.faults == []
        return told(report), "from all of them lights may be others" in page(path)

    whole, unmarked = told_of({})
    by_header, marked = told_of({submitted: "header"})
    beside, beside_marked = told_of({opened: "header"})
    by_hash, hash_marked = told_of({opened: "leaf", submitted: "leaf"})

    assert whole[-1].startswith("All holds: ")
    assert (unmarked, marked, beside_marked, hash_marked) == (False, True, False, True)
    for lines, part in ((by_header, 1), (beside, 1), (by_hash, 2)):
        assert lines[-1].startswith("All holds of what is shown: ")
        assert lines[-1].endswith(f" events, and {part} in part.")
    assert not any("Withheld" in line for line in whole)
    assert "Note: Withheld: events but for their header: 1." in by_header
    assert "Note: Withheld: events but for their hash: 2." in by_hash
    in_part = "Note: The lights follow from the events that are shown; from all of them they may be others."
    assert [in_part in lines for lines in (whole, by_header, beside, by_hash)] == [False, True, False, True]


def page(path: Path) -> str:
    return contents(path.read_bytes())["index.en.html"].decode()


def test_an_event_that_is_left_out_of_its_scope_is_told(path: Path) -> None:
    write(path, rows(), Period(first=2, last=8), shown=lambda row: "gap" if row.position != 3 else "event")
    period = {(each.code, each.position) for each in verify(path).faults}

    write(path, rows(), WholeLedger(), shown=lambda row: "gap" if row.position == 12 else "event")
    whole = {(each.code, each.position) for each in verify(path).faults}

    scope = Milestone(subject=SubjectId(SUBJECT))
    write(path, rows(), scope, shown=lambda row: "gap" if row.position in {1, 8} else within(scope, rows())(row))
    hole = {(each.code, each.position, each.stream) for each in verify(path).faults}

    assert ("gap-in-scope", 2) in period
    assert whole >= {("gap-in-scope", 12)}
    assert ("version-skipped", 9, ITEM) in hole


def test_an_event_that_is_withheld_stands_for_one_that_is_missing_and_for_no_more(path: Path) -> None:
    scope = Milestone(subject=SubjectId(SUBJECT))

    def faults(left_out: set[int], withheld: set[int]) -> list[tuple[str, int | None]]:
        def shown(row: Row) -> str:
            if row.position in left_out:
                return "gap"
            return "leaf" if row.position in withheld else within(scope, rows())(row)

        write(path, rows(), scope, shown=shown)
        return [(each.code, each.position) for each in verify(path).faults]

    assert faults({8}, {1}) == []
    assert faults({7, 8}, {1}) == [("version-skipped", 9)]
    assert faults({7}, {12}) == [("version-skipped", 8)]
    assert faults(set(), {1, 7, 8}) == []


def test_an_event_from_outside_the_scope_is_told(path: Path) -> None:
    write(path, rows(), Period(first=2, last=8), shown=lambda row: "event")
    period = {(each.code, each.position) for each in verify(path).faults}

    scope = Milestone(subject=SubjectId("another-subject"))
    write(path, rows(), scope, shown=lambda row: "event")
    subject = {(each.code, each.position, each.stream) for each in verify(path).faults}

    assert {("outside-scope", 1), ("outside-scope", 9)} <= period
    assert ("outside-scope", 6, ITEM) in subject


def test_a_sample_that_was_chosen_and_not_drawn_is_told(path: Path) -> None:
    sample = Sample(seed="kevät", count=3, types=(), first=1, last=len(rows()))
    drawn = {row.position for row in rows() if within(sample, rows())(row) == "event"}
    chosen = sorted({row.position for row in rows()} - drawn)[:3]

    write(path, rows(), sample, shown=lambda row: "event" if row.position in chosen else "gap")

    found = {(each.code, each.position) for each in verify(path).faults}
    assert {("not-drawn", each) for each in chosen} <= found
    assert {("drawn-hidden", each) for each in drawn} <= found


def test_a_sample_that_hides_an_event_of_its_types_is_told(path: Path) -> None:
    sample = Sample(seed="1", count=1, types=("item-signed-off", "item-submitted"), first=1, last=len(rows()))
    [first] = [row.position for row in rows() if within(sample, rows())(row) == "event"]
    other = next(row.position for row in rows() if row.type in sample.types and row.position != first)

    passed_over = draw(sample, [other]).passed_over
    shown = {other: "event", **dict.fromkeys(passed_over, "header")}
    assert first in passed_over

    for hidden in ("gap", "leaf"):
        place = {**shown, first: hidden}
        write(path, rows(), sample, shown=lambda row, place=place: place.get(row.position, "gap"))  # type: ignore[misc]

        assert [(each.code, each.position) for each in verify(path).faults] == [("drawn-hidden", first)]


def test_the_same_seed_draws_the_same_events_from_the_page() -> None:
    from verifier.scope import draw  # noqa: PLC0415

    sample = Sample(seed="2026", count=3, types=(), first=1, last=100)
    by_hand = sorted(
        range(1, 101), key=lambda position: sha256(b"etappi-sample/1\x002026\x00" + str(position).encode()).digest()
    )

    assert draw(sample).drawn == frozenset(by_hand[:3])


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        {"kind": "all"},
        {"kind": "ledger", "more": 1},
        {"kind": "period", "first": 1},
        {"kind": "period", "first": True, "last": 3},
        {"kind": "target", "subject": "Not A Slug"},
    ],
)
def test_what_is_no_scope_is_refused(value: object) -> None:
    with pytest.raises(NoScope):
        scope_of(value)


@pytest.mark.parametrize(
    "scope",
    [
        Period(first=0, last=3),
        Period(first=5, last=3),
        Period(first=1, last=11),
        Submission(round="2024", unit=UnitId("u")),
        Sample(seed="", count=1, types=(), first=1, last=10),
        Sample(seed="x\n", count=1, types=(), first=1, last=10),
        Sample(seed="x", count=0, types=(), first=1, last=10),
        Sample(seed="x", count=1, types=("b", "a"), first=1, last=10),
    ],
)
def test_a_scope_that_the_ledger_does_not_have_is_refused(scope: Scope) -> None:
    with pytest.raises(NoScope):
        check(scope, 10)


def test_a_bundle_opens_with_any_unzipper_and_is_the_same_each_time(path: Path) -> None:
    first, one = write(path, rows()), path.read_bytes()
    second, other = write(path, rows()), path.read_bytes()

    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.comment.startswith(b"etappi-bundle/1 sha256 ")
        assert FILE in {archive.read(name) for name in archive.namelist()}
    assert (first, one) == (second, other)
    assert sha256(one).hexdigest() == first == verify(path).sha256


def test_gaps_are_told_by_the_fewest_hashes(path: Path) -> None:
    nodes = Leaves(map(leaf, whole_year()))
    scope = Period(first=1001, last=1001)

    write(path, whole_year(), scope, shown=within(scope, whole_year()))

    # (write gives each leaf outside as a gap of its own; a real one gives these)
    assert sum(1 for _ in subtrees(0, 1000)) + sum(1 for _ in subtrees(1001, len(nodes))) < 22
    assert verify(path).faults == []


def test_the_verifier_in_a_bundle_needs_nothing_but_python(path: Path, tmp_path: Path) -> None:
    write(path, rows(), program=package.program())
    seen = tmp_path / "pin.json"
    seen.write_bytes(bytes(pin(rows()[:7])))

    itself = bare(str(path))
    with zipfile.ZipFile(path) as archive:
        archive.extract("verify.pyz", tmp_path)
    taken_out = bare(str(tmp_path / "verify.pyz"), str(path), "--pin", str(seen))

    assert itself.returncode == 0, itself.stderr
    assert f"All holds: {len(rows())} events." in itself.stdout
    assert "The program in the bundle is this one." in itself.stdout
    assert taken_out.returncode == 0, taken_out.stdout + taken_out.stderr
    assert "No pin" not in taken_out.stdout


def test_the_verifier_in_a_bundle_finds_what_was_changed(path: Path) -> None:
    write(path, rows(), program=package.program())
    files = contents(path.read_bytes())
    events = files["events.bin"].replace(b'"light":3', b'"light":1')
    path.write_bytes(rebuilt({**files, "events.bin": events}))

    found = bare(str(path))

    assert found.returncode == 1
    assert f"event 6 ({ITEM}): its body was changed" in found.stdout
    assert found.stderr == ""


def test_the_verifier_needs_no_time_zones_of_the_system(path: Path) -> None:
    write(path, rows(), program=package.program())

    found = bare(str(path), environment={"PYTHONTZPATH": ""}, flags=("-S",))

    assert found.returncode == 0, found.stderr


def test_the_program_is_the_same_each_time_and_holds_the_sources() -> None:
    once = package.program()
    package.program.cache_clear()

    assert package.program() == once
    names = zipfile.ZipFile(io.BytesIO(once)).namelist()
    assert {"__main__.py", "domain/proof/merkle.py", "projections/board.py", "verifier/verify.py"} <= set(names)
    assert all(name.endswith(".py") or name == "tzdata/zoneinfo/Europe/Helsinki" for name in names)


def test_the_command_says_what_was_asked_wrongly(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(path, rows())
    path.with_name("pin").write_bytes(b"{}")

    assert main([str(path), "--pin", str(path.with_name("none"))]) == 2
    assert main([str(path), "--pin", str(path.with_name("pin"))]) == 2
    assert main([str(path), "--key", "no key"]) == 2
    assert main([str(path.with_name("none.zip"))]) == 2
    assert main([str(path), "--key", str(verifier_key(KEY))]) == 0
    assert "Traceback" not in capsys.readouterr().err


def test_the_index_lists_the_first_events_and_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathered, "MOST_LISTED", 4)

    write(path, rows())

    page = contents(path.read_bytes())["index.en.html"].decode()
    assert f"The first 4 of {len(rows())} are shown. All are in the bundle." in page
    assert ITEM not in page
    assert verify(path).ok


def bare(
    *arguments: str, environment: dict[str, str] | None = None, flags: tuple[str, ...] = ("-I", "-S")
) -> "subprocess.CompletedProcess[str]":
    """Run by Python alone: no packages, no environment."""
    return subprocess.run(
        [sys.executable, *flags, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=environment or {},
    )
