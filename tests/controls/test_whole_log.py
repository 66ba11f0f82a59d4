"""C01 and C18: the log as a whole, and what was done to the installation, on histories written by hand."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from clean import clean
from tested import everything, found
from told import on

from domain.controls import SealFault, run_controls
from domain.events.envelope import Row, leaf
from domain.proof.frontier import Frontier


@dataclass(frozen=True)
class Fault:
    positions: tuple[int, ...]
    says: str


@dataclass(frozen=True)
class Sealed:
    """What a verification would say."""

    size: int
    root: bytes | None
    faults: tuple[SealFault, ...] = ()
    keys: tuple[str, ...] = ("key-1", "key-2")


def sealed(size: int | None = None) -> Sealed:
    """A checkpoint over the first events of the clean year."""
    tree, rows = Frontier(), clean().rows()
    for row in rows[:size]:
        tree.append(leaf(row))
    return Sealed(tree.size, tree.root())


def whole(rows: Iterable[Row], seal: Sealed | None = None) -> list[tuple[str, tuple[int, ...]]]:
    """C01's exceptions over rows."""
    return [(each.code, each.positions) for each in run_controls(rows, seal=seal)[0].exceptions]


def test_c01_the_checkpoint_is_a_case_of_its_own_and_passes() -> None:
    with_seal = everything(seal=sealed())["C01"]

    assert with_seal.exceptions == ()
    assert with_seal.population == everything()["C01"].population + 1


def test_c01_an_older_checkpoint_still_holds() -> None:
    for size in (0, 1, 50):
        assert found("C01", seal=sealed(size)) == []


def test_c01_a_seal_without_a_root_has_compared_it_itself() -> None:
    rows = clean().rows()
    verified = replace(sealed(), root=None)

    assert whole(rows, verified) == []
    assert whole(rows[:-1], verified) == [("tail-missing", (len(rows) - 1,))]


def test_c01_a_body_that_was_changed_is_caught_by_the_root() -> None:
    rows = list(clean().rows())
    rows[40] = replace(rows[40], nonce=b"0" * 16)

    assert whole(rows, sealed()) == [("root-differs", (1, len(rows)))]


def test_c01_a_tail_that_was_cut_off() -> None:
    rows = clean().rows()

    assert whole(rows[:-1], sealed()) == [("tail-missing", (len(rows) - 1,))]


def test_c01_an_event_that_is_missing_and_two_that_are_swapped() -> None:
    rows = list(clean().rows())
    missing = [*rows[:30], *rows[31:]]
    swapped = [*rows[:30], rows[31], rows[30], *rows[32:]]

    assert ("not-contiguous", (30, 32)) in whole(missing)
    assert {code for code, _ in whole(swapped)} >= {"not-contiguous"}


def test_c01_an_event_inserted_twice_skips_a_version() -> None:
    tale = clean()
    rows = list(tale.rows())
    rows[-1] = replace(rows[-1], version=5)

    assert whole(rows) == [("version-skipped", (len(rows),))]


def test_c01_time_that_runs_back_and_another_ledger() -> None:
    rows = list(clean().rows())
    back = [*rows[:-1], replace(rows[-1], recorded_at=on("2024-01-01"))]
    other_ledger = [*rows[:-1], replace(rows[-1], ledger="another")]

    assert whole(back) == [("time-runs-back", (len(rows) - 1, len(rows)))]
    assert whole(other_ledger) == [("another-ledger", (len(rows),))]


def test_c01_what_cannot_be_read_is_named_and_crashes_nothing() -> None:
    rows = list(clean().rows())
    for change in ({"body": b"{}"}, {"body": b"\xff"}, {"type": "no-such-event"}, {"metadata": b"[]"}):
        changed = [*rows[:40], replace(rows[40], **change), *rows[41:]]

        assert ("unreadable", (41,)) in whole(changed)


def test_c01_what_the_seals_verification_found() -> None:
    fault = Fault((7,), "the proof of event 7 does not hold")

    assert found("C01", seal=replace(sealed(), faults=(fault,))) == [("seal-fault", (7,))]


def test_c18_an_operation_that_is_not_recorded_as_it_should_be() -> None:
    unsealed = clean().instead("restored", checkpoint=None)
    ahead = clean().instead("restored", performed_at=on("2025-06-30"))
    key = clean().instead("second key", replaces=None)

    assert found("C18", unsealed) == [("no-checkpoint", (unsealed.at("restored"),))]
    assert found("C18", ahead) == [("recorded-ahead", (ahead.at("restored"),))]
    assert found("C18", key) == [("other-predecessor", (key.at("first key"), key.at("second key")))]


def test_c18_checkpoints_signed_with_a_key_that_nobody_introduced() -> None:
    assert found("C18", seal=replace(sealed(), keys=("key-1", "key-3"))) == [("key-not-recorded", ())]
    assert found("C18", seal=sealed()) == []
