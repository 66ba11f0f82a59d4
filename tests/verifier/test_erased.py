"""Words that are gone: an event confirms the erasure, or the verifier says that none does."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from bundled import SUBJECT, contents, ledger, numbered, rebuilt, within, write

from domain.canonical import canonical
from domain.events.codec import encode
from domain.events.envelope import Row
from domain.events.erasure import ErasureConfirmed
from domain.values import Digest, SubjectId
from verifier.named import NAMING
from verifier.scope import Milestone, Period, Sample, Scope, WholeLedger
from verifier.verify import verify

ATTACHED = 7
"""The position of the event whose words are erased."""
OPENED = Digest(NAMING["evidence-attached"](ledger()[0][ATTACHED - 1].body)[-1].decode())

MILESTONE = Milestone(subject=SubjectId(SUBJECT))


def erasing(*commitments: Digest) -> tuple[Row, ...]:
    """The small ledger, and after it the event that confirms an erasure of these."""
    rows = ledger()[0]
    event = ErasureConfirmed(erasure="e-1", digest=Digest("0" * 64), commitments=commitments)
    return numbered([*rows, replace(rows[-1], stream=event.stream, type=event.type, schema=1, body=encode(event))])


CONFIRMED = len(erasing(OPENED))


def found(
    path: Path,
    said: tuple[str, int],
    scope: Scope | None = None,
    *,
    shown: Callable[[Row], str] | None = None,
    rows: tuple[Row, ...] | None = None,
    replay: bool = True,
) -> list[tuple[str, int | None]]:
    """What the verifier says where its words are said to be erased by what `said` says."""
    all_rows = erasing(OPENED) if rows is None else rows
    scope = WholeLedger() if scope is None else scope
    write(path, all_rows, scope, shown=within(scope, all_rows) if shown is None else shown)
    files = contents(path.read_bytes())
    erased = canonical({"commitment": OPENED, "erased": {"erasure": said[0], "position": said[1]}})
    lines = files["disclosures.jsonl"].splitlines()
    assert any(OPENED.encode() in each for each in lines)
    changed = [erased if json.loads(each)["commitment"] == OPENED else each for each in lines]
    path.write_bytes(rebuilt({**files, "disclosures.jsonl": b"".join(each + b"\n" for each in changed)}))
    # (the counts and the index say something else then, too)
    return [(each.code, each.position) for each in verify(path, replay=replay).faults if each.code != "claim-differs"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bundle.zip"


UNFOUNDED = [("erasure-unfounded", ATTACHED)]


@pytest.mark.parametrize("replay", [True, False])
@pytest.mark.parametrize("scope", [WholeLedger(), MILESTONE, Period(first=1, last=9)], ids=str)
def test_an_erasure_that_an_event_confirms_holds(path: Path, scope: Scope, *, replay: bool) -> None:
    assert found(path, ("e-1", CONFIRMED), scope, replay=replay) == []


@pytest.mark.parametrize("position", [-1, 0, 1, ATTACHED, CONFIRMED + 1, 10**15])
@pytest.mark.parametrize("scope", [WholeLedger(), MILESTONE, Period(first=1, last=9)], ids=str)
def test_an_event_that_confirms_nothing_and_one_beyond_the_end_erase_nothing(
    path: Path, scope: Scope, position: int
) -> None:
    assert found(path, ("e-1", position), scope, rows=erasing()) == UNFOUNDED


@pytest.mark.parametrize("scope", [WholeLedger(), MILESTONE], ids=str)
def test_an_erasure_of_something_else_erases_nothing(path: Path, scope: Scope) -> None:
    assert found(path, ("e-1", CONFIRMED), scope, rows=erasing()) == UNFOUNDED


def test_another_erasure_than_the_one_that_was_confirmed_is_told(path: Path) -> None:
    assert found(path, ("e-2", CONFIRMED)) == [("erasure-differs", ATTACHED)]


@pytest.mark.parametrize("how", ["header", "leaf"])
def test_what_is_withheld_may_have_confirmed_it_but_not_in_a_bundle_of_the_ledger(path: Path, how: str) -> None:
    of_scope = within(MILESTONE, erasing(OPENED))

    def shown(row: Row) -> str:
        return how if row.position == CONFIRMED else of_scope(row)

    assert found(path, ("e-1", CONFIRMED), MILESTONE, shown=shown) == []
    assert found(path, ("e-1", CONFIRMED), shown=lambda row: how if row.position == CONFIRMED else "event") == UNFOUNDED


def test_a_header_of_another_erasure_confirms_nothing(path: Path) -> None:
    of_scope = within(MILESTONE, erasing(OPENED))

    def shown(row: Row) -> str:
        return "header" if row.position == CONFIRMED else of_scope(row)

    assert found(path, ("e-2", CONFIRMED), MILESTONE, shown=shown) == UNFOUNDED


def test_an_erasure_lies_within_the_scope_of_whole_streams_and_may_lie_outside_a_sample(path: Path) -> None:
    sample = Sample(seed="s", count=50, types=(), first=ATTACHED, last=ATTACHED)
    of_scope = within(MILESTONE, erasing(OPENED))

    def hidden(row: Row) -> str:
        return "gap" if row.position == CONFIRMED else of_scope(row)

    def drawn(row: Row) -> str:
        return "event" if row.position == ATTACHED else "gap"

    assert found(path, ("e-1", CONFIRMED), MILESTONE, shown=hidden) == UNFOUNDED
    assert found(path, ("e-1", CONFIRMED), sample, shown=drawn) == []


def test_a_position_is_a_number(path: Path) -> None:
    assert "disclosures-broken" in {code for code, _ in found(path, ("e-1", True))}
