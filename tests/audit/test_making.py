"""A bundle is made of what is asked for, from Postgres, the seal and the files, and verifies."""

import zipfile

import pytest
from api.test_items import MILESTONE
from api.world import HALF_YEAR, LEDGER, OTHER, PDF, UNIT, World

from audit.conftest import Town, manifest, more_happens, shown
from domain.values import SubjectId, UnitId
from verifier.scope import Milestone, Period, Sample, Scope, Submission, Target, WholeLedger, draw
from verifier.verify import verify

WHOLE = WholeLedger()
OF_MILESTONE = Milestone(subject=SubjectId(MILESTONE))
OF_UNIT = Submission(round=HALF_YEAR, unit=UnitId(UNIT))


async def target(world: World) -> SubjectId:
    """The target that the milestone belongs to."""
    return SubjectId((await world.read("owner", f"rounds/{HALF_YEAR}/items/{MILESTONE}"))["target"])


async def test_a_bundle_of_the_whole_ledger_holds_each_event(still: Town) -> None:
    path = await still.bundle()

    report = verify(path)
    assert report.faults == []
    assert report.events == report.size == await still.world.store.head(LEDGER)
    with zipfile.ZipFile(path) as archive:
        [evidence] = [name for name in archive.namelist() if name.startswith("evidence/")]
        assert archive.read(evidence) == PDF


@pytest.mark.parametrize("scope", [OF_MILESTONE, OF_UNIT, Period(first=7, last=60)], ids=lambda each: each.kind)
async def test_a_bundle_of_less_holds_what_bears_on_it_and_the_roots_of_the_rest(still: Town, scope: Scope) -> None:
    path = await still.bundle(scope=scope)

    report = verify(path)
    assert report.faults == []
    counts = manifest(path)["counts"]
    assert counts["events"] + counts["outside"] == report.size
    assert counts["outside"] > 0


async def test_a_bundle_of_a_target_has_whole_streams_of_it_and_its_milestones(still: Town) -> None:
    of = await target(still.world)
    path = await still.bundle(scope=Target(subject=of))

    assert verify(path).faults == []
    streams = {stream for _, stream in shown(path)}
    assert {f"item/{HALF_YEAR}/{MILESTONE}", "organisation", "installation", f"round/{HALF_YEAR}"} <= streams
    assert not any(each.startswith("engagement") for each in streams)


async def test_an_item_that_was_moved_is_in_the_submission_of_both_units(town: Town) -> None:
    """Case 5."""
    move = {"round": HALF_YEAR, "subject": MILESTONE, "to_unit": OTHER, "valid_from": "2024-06-03"}
    await town.world.do("admin", "reassign-item", **move)
    await town.sealed()

    for unit in (UNIT, OTHER):
        path = await town.bundle(scope=Submission(round=HALF_YEAR, unit=UnitId(unit)))
        assert verify(path).faults == []
        assert f"item/{HALF_YEAR}/{MILESTONE}" in {stream for _, stream in shown(path)}


async def test_a_sample_draws_what_its_seed_says(still: Town) -> None:
    size = await still.world.store.head(LEDGER)
    scope = Sample(seed="2024-11", count=5, types=(), first=1, last=size)

    path = await still.bundle(scope=scope)

    assert verify(path).faults == []
    assert {position for position, _ in shown(path)} == draw(scope).drawn


async def test_a_sample_of_some_types_shows_by_their_headers_what_it_passed_over(still: Town) -> None:
    size = await still.world.store.head(LEDGER)
    scope = Sample(seed="2024-11", count=3, types=("milestone-defined",), first=1, last=size)

    path = await still.bundle(scope=scope)

    assert verify(path).faults == []
    counts = manifest(path)["counts"]
    assert (counts["events"], counts["headers"] > 0) == (3, True)


async def test_words_are_withheld_where_none_are_wanted(still: Town) -> None:
    path = await still.bundle(words=False)

    assert verify(path).faults == []
    counts = manifest(path)["counts"]
    assert (counts["opened"], counts["files"], counts["withheld"] > 0) == (0, 0, True)


async def test_files_are_told_by_their_hashes_where_they_are_not_wanted(still: Town) -> None:
    path = await still.bundle(files=False)

    assert verify(path).faults == []
    counts = manifest(path)["counts"]
    assert (counts["files"] > 0, counts["included"]) == (True, 0)


async def test_a_bundle_proves_to_continue_the_checkpoint_that_was_pinned(town: Town) -> None:
    pin = await town.pin()
    await more_happens(town.world)
    await town.sealed()

    for scope in (WHOLE, OF_MILESTONE, Period(first=3, last=9)):
        path = await town.bundle(scope=scope, pinned=pin.checkpoint.size)
        assert verify(path, pin=pin).faults == []


async def test_a_bundle_that_was_made_without_the_pin_at_hand_does_not_satisfy_it(town: Town) -> None:
    pin = await town.pin()
    await more_happens(town.world)
    await town.sealed()

    path = await town.bundle(scope=Period(first=3, last=9))

    assert [each.code for each in verify(path, pin=pin).faults] == ["pin-unproved"]
