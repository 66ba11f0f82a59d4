"""A ledger of a real Postgres is sealed; the sealer survives crashes, and refuses what isn't a continuation."""

import asyncio
import os
import shutil
from pathlib import Path
from typing import Any

import asyncpg
import obstore
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from eventstore.made import command
from obstore.store import LocalStore

from domain.events.envelope import leaf
from domain.proof.checkpoint import Checkpoint, opened
from domain.proof.ed25519 import verify
from domain.proof.merkle import Leaves, inclusion, root, verify_inclusion
from domain.proof.tiles import nodes_of_tiles, tiles_between
from seal.conftest import ORIGIN, Append, Said, Start
from services.eventstore import EventStore
from services.eventstore.connections import Connection
from services.local import PostgresUrls
from services.seal import Sealer, SealKey, SealRefused, SealStore, open_stores
from services.seal import sealer as module
from services.seal.store import Kept, Published


async def sealed(log: EventStore, size: int) -> Checkpoint:
    """What a checkpoint of the first events must say."""
    leaves = [leaf(row) async for row in log.stream_all("keha", until=size)]
    return Checkpoint(origin=ORIGIN, size=size, root=root(Leaves(leaves), size))


async def checkpoint(store: SealStore) -> bytes | None:
    """The note that is published."""
    found = await store.published("keha")
    return None if found is None else found.note


async def published(store: SealStore, key: SealKey) -> Checkpoint | None:
    """The published checkpoint, verified without the library."""
    note = await checkpoint(store)
    return None if note is None else opened(note, ORIGIN, [key.verifier(ORIGIN)], verify)[0]


async def test_an_empty_ledger_has_no_checkpoint(log: EventStore, store: SealStore, start: Start) -> None:
    assert await start().round() is None
    assert await checkpoint(store) is None


async def test_what_is_appended_is_sealed(
    log: EventStore, append: Append, store: SealStore, key: SealKey, start: Start, folder: Path
) -> None:
    sealer = start()
    for count in (1, 2, 252, 1, 1, 300):
        await append(count)

        found = await sealer.round()

        head = await log.head("keha")
        assert found == await sealed(log, head)
        assert await published(store, key) == found
        assert await store.kept("keha", 0, head) == await checkpoint(store)

    assert sealer.idle(557)
    assert not sealer.idle(558)
    assert await sealer.round() == await sealed(log, 557)
    # All tiles are there; partial ones that a full one holds are gone.
    history = folder / "log" / "keha" / "000000"
    tiles = {str(path.relative_to(history)) for path in (history / "tile").rglob("*.*")}
    stored = {name for name in tiles if (history / name).is_file()}
    assert {tile.path for tile in tiles_between(0, 557)} >= stored - {"tile/1/000.p/1"}
    names = [path.name for path in sorted((folder / "checkpoints" / "keha" / "checkpoint" / "000000").iterdir())]
    assert names == [f"{size:020}" for size in (1, 3, 255, 256, 257, 557)]


async def test_proofs_come_out_of_the_stored_tiles(
    log: EventStore, append: Append, store: SealStore, start: Start
) -> None:
    await append(600)
    found = await start().round()
    assert found is not None

    nodes = nodes_of_tiles(store.reader("keha", 0), 600)

    for row in await log.read("keha", 254, 5):
        proof = inclusion(nodes, row.position - 1, 600)
        verify_inclusion(leaf(row), row.position - 1, 600, proof, found.root)


async def test_a_restarted_sealer_goes_on(
    log: EventStore, append: Append, store: SealStore, key: SealKey, start: Start
) -> None:
    for count in (100, 156, 700):
        await append(count)
        await start().round()

    assert await published(store, key) == await sealed(log, 956)


async def test_a_long_ledger_is_sealed_in_parts(
    log: EventStore, append: Append, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ROUND", 1_000)
    await append(2_100)
    sealer = start()

    sizes = []
    for _ in range(3):
        found = await sealer.round()
        assert found is not None
        assert found == await sealed(log, found.size)
        sizes.append(found.size)

    assert sizes == [1_000, 2_000, 2_100]


class Killed(BaseException):
    """The process is gone at this point."""


@pytest.mark.parametrize("step", ["put_tiles", "keep", "publish", "drop_partial"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("restarted", [False, True], ids=["going on", "restarted"])
async def test_a_crash_between_the_steps_is_recovered_from(
    log: EventStore,
    append: Append,
    store: SealStore,
    key: SealKey,
    start: Start,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    *,
    after: bool,
    restarted: bool,
) -> None:
    await append(200)
    sealer = start()
    await sealer.round()
    await append(100)
    done = getattr(store, step)

    async def killed(*arguments: object) -> None:
        if after:
            await done(*arguments)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(store, step, killed)
        with pytest.raises(Killed):
            await sealer.round()
    await append(50)
    await (start() if restarted else sealer).round()

    assert await published(store, key) == await sealed(log, 350)
    assert root(nodes_of_tiles(store.reader("keha", 0), 350), 350) == (await sealed(log, 350)).root


async def test_what_is_cut_off_or_rewritten_is_refused(
    log: EventStore, append: Append, store: SealStore, key: SealKey, start: Start, owner: Connection
) -> None:
    await append(200)
    sealer = start()
    await sealer.round()
    before = await checkpoint(store)
    row = (await log.read("keha", 41, 1))[0]

    await owner.execute("UPDATE log.event SET body = '{\"other\":1}' WHERE ledger = 'keha' AND position = 42")
    for each in (sealer, start()):
        with pytest.raises(SealRefused, match=r"the event at position 42 has the leaf .*, but .* was sealed"):
            await each.round()
    # Beyond the last checkpoint nothing is signed either.
    await append(1)
    with pytest.raises(SealRefused, match="position 42"):
        await sealer.round()
    assert await checkpoint(store) == before

    await owner.execute("UPDATE log.event SET body = $1 WHERE ledger = 'keha' AND position = 42", row.body)
    assert await sealer.round() == await sealed(log, 201)

    await owner.execute("DELETE FROM log.event WHERE ledger = 'keha' AND position > 199")
    for each in (sealer, start()):
        with pytest.raises(SealRefused, match="ledger keha ends at position 199, but 201 events were sealed"):
            await each.round()


async def test_an_event_missing_in_the_middle_or_two_swapped_are_refused(
    append: Append, store: SealStore, start: Start, owner: Connection
) -> None:
    await append(20)
    await start().round()

    await owner.execute("UPDATE log.event SET position = 1007 WHERE ledger = 'keha' AND position = 7")
    with pytest.raises(SealRefused, match="position 7 is missing"):
        await start().round()

    await owner.execute("UPDATE log.event SET position = 7 WHERE ledger = 'keha' AND position = 8")
    await owner.execute("UPDATE log.event SET position = 8 WHERE ledger = 'keha' AND position = 1007")
    with pytest.raises(SealRefused, match="the event at position 7"):
        await start().round()


async def test_a_ledger_rewritten_whole_with_its_tiles_is_refused_by_the_copy_outside(
    append: Append, store: SealStore, start: Start, owner: Connection, folder: Path, log: EventStore
) -> None:
    """Whoever owns the database and the tiles, and even the key, can't hide from the copies."""
    await append(20)
    await start().round()
    copies = folder / "checkpoints"
    kept = await store.kept("keha", 0, 20)

    await owner.execute("UPDATE log.event SET body = '{\"other\":1}' WHERE ledger = 'keha' AND position = 5")
    shutil.rmtree(folder / "log")
    (folder / "log").mkdir()
    # They seal it anew, with an empty place for the copies, and put the true copies back.
    copies.rename(folder / "true")
    copies.mkdir()
    await start().round()
    shutil.rmtree(copies)
    (folder / "true").rename(copies)

    assert await store.kept("keha", 0, 20) == kept
    with pytest.raises(SealRefused, match="the published checkpoint, of 20 events, isn't kept outside"):
        await start().round()
    await store.publish("keha", 0, kept or b"")
    with pytest.raises(SealRefused, match=r"its first 20 events lead to the root .*, but .* was sealed"):
        await start().round()


async def test_checkpoints_outside_that_are_gone_or_forged_are_refused(
    append: Append, store: SealStore, start: Start, folder: Path, log: EventStore, key: SealKey
) -> None:
    await append(20)
    sealer = start()
    await sealer.round()
    await append(1)
    copy = folder / "checkpoints" / "keha" / "checkpoint" / "000000" / f"{20:020}"
    true = copy.read_bytes()
    other = SealKey(Ed25519PrivateKey.from_private_bytes(b"o" * 32))

    copy.write_bytes(other.sign(ORIGIN, (await sealed(log, 20)).text))
    for each in (sealer, start()):
        with pytest.raises(SealRefused, match="the last copy of a checkpoint can't be trusted"):
            await each.round()
    copy.write_bytes(key.sign(ORIGIN, Checkpoint(origin=ORIGIN, size=20, root=bytes(32)).text))
    with pytest.raises(SealRefused, match="isn't kept outside"):
        await start().round()
    copy.unlink()
    with pytest.raises(SealRefused, match="sealed to 20 events, but no copy of a checkpoint is kept"):
        await start().round()
    copy.with_name(f"{19:020}").write_bytes(true)
    with pytest.raises(SealRefused, match="a checkpoint of 20 events lies under 19"):
        await start().round()
    copy.with_name(f"{19:020}").unlink()
    copy.write_bytes(b"")
    with pytest.raises(SealRefused, match="can't be trusted"):
        await start().round()

    copy.write_bytes(true)
    assert await start().round() == await sealed(log, 21)


async def test_a_copy_that_vanishes_or_appears_while_it_runs_is_refused(
    append: Append, store: SealStore, start: Start, folder: Path, key: SealKey
) -> None:
    await append(20)
    sealer = start()
    await sealer.round()
    await append(1)
    folder_of_copies = folder / "checkpoints" / "keha" / "checkpoint" / "000000"

    (folder_of_copies / f"{20:020}").rename(folder / "away")
    with pytest.raises(SealRefused, match="the copy of the checkpoint of 20 events is gone, or another"):
        await sealer.round()
    (folder / "away").rename(folder_of_copies / f"{20:020}")
    another = key.sign(ORIGIN, Checkpoint(origin=ORIGIN, size=21, root=bytes(32)).text)
    (folder_of_copies / f"{21:020}").write_bytes(another)
    with pytest.raises(SealRefused, match="its first 21 events lead to the root"):
        await sealer.round()
    assert (folder_of_copies / f"{21:020}").read_bytes() == another


async def test_another_checkpoint_of_the_same_size_is_refused_and_neither_replaced_nor_published(
    append: Append, store: SealStore, start: Start, key: SealKey
) -> None:
    await append(20)
    sealer = start()
    await sealer.round()
    before = await checkpoint(store)
    await append(1)
    another = key.sign(ORIGIN, Checkpoint(origin=ORIGIN, size=21, root=bytes(32)).text)

    await store.keep("keha", 0, 21, another)

    with pytest.raises(SealRefused, match="another checkpoint of 21 events is kept"):
        await sealer.round()
    assert await store.kept("keha", 0, 21) == another
    assert await checkpoint(store) == before


async def test_a_published_checkpoint_that_is_no_beginning_is_refused(
    append: Append, store: SealStore, start: Start, key: SealKey
) -> None:
    await append(20)
    sealer = start()
    await sealer.round()

    await store.publish("keha", 0, key.sign(ORIGIN, Checkpoint(origin=ORIGIN, size=10, root=bytes(32)).text))

    for each in (sealer, start()):
        with pytest.raises(SealRefused, match="the published checkpoint, of 10 events, is no beginning"):
            await each.round()


async def test_tiles_that_are_lost_or_damaged_are_made_again_from_the_log(
    log: EventStore, append: Append, store: SealStore, start: Start, folder: Path
) -> None:
    await append(300)
    await start().round()
    tile = folder / "log" / "keha" / "000000" / "tile" / "1" / "000.p" / "1"

    tile.write_bytes(bytes(32))
    await append(1)
    assert await start().round() == await sealed(log, 301)

    shutil.rmtree(folder / "log" / "keha")
    assert await start().round() == await sealed(log, 301)
    assert root(nodes_of_tiles(store.reader("keha", 0), 301), 301) == (await sealed(log, 301)).root


async def test_a_checkpoint_that_was_put_back_is_published_anew(
    log: EventStore, append: Append, store: SealStore, key: SealKey, start: Start
) -> None:
    await append(20)
    sealer = start()
    await sealer.round()
    old = await checkpoint(store)
    await append(20)
    await sealer.round()

    await store.publish("keha", 0, old or b"")
    await sealer.round()

    assert await published(store, key) == await sealed(log, 40)


async def test_the_first_key_is_introduced_before_anything_is_sealed_and_only_then(
    append: Append, start: Start, said: Said, key: SealKey, store: SealStore
) -> None:
    assert await start().round() is None
    assert said.keys == []

    await append(1)
    await start().round()
    await append(1)
    await start().round()

    assert said.keys == [(1, key.verifier(ORIGIN))]


async def test_another_key_seals_nothing_until_it_is_recorded(
    log: EventStore,
    append: Append,
    store: SealStore,
    key: SealKey,
    start: Start,
    connection: Connection,
    said: Said,
) -> None:
    await append(20)
    await start().round()
    new = SealKey(Ed25519PrivateKey.from_private_bytes(b"n" * 32))
    rotated = Sealer(connection, store, "keha", ORIGIN, new, said)
    with pytest.raises(SealRefused, match="is to be signed with"):
        await rotated.round()  # Also while there is nothing new to sign.
    await append(20)

    with pytest.raises(SealRefused, match=r"is to be signed with .*, or record the new one by `etappi"):
        await rotated.round()
    assert await store.kept("keha", 0, 40) is None
    await append(1)
    said.keys.append((41, new.verifier(ORIGIN)))

    assert await rotated.round() == await sealed(log, 41)
    assert await published(store, new) == await sealed(log, 41)
    await append(1)
    with pytest.raises(SealRefused, match="is to be signed with"):
        await start().round()
    assert await Sealer(connection, store, "keha", ORIGIN, new, said).round() == await sealed(log, 42)


async def test_a_key_that_is_recorded_while_the_former_one_is_about_to_sign_is_noticed(
    append: Append, store: SealStore, key: SealKey, start: Start, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    await append(20)
    sealer = start()
    await sealer.round()
    await append(1)
    put_tiles = store.put_tiles

    async def put_slowly(*arguments: Any) -> None:
        await put_tiles(*arguments)
        said.keys.append((21, SealKey(Ed25519PrivateKey.from_private_bytes(b"n" * 32)).verifier(ORIGIN)))

    monkeypatch.setattr(store, "put_tiles", put_slowly)
    with pytest.raises(SealRefused, match="is to be signed with"):
        await sealer.round()
    assert await store.kept("keha", 0, 21) is None


async def test_a_rotation_far_ahead_of_what_is_sealed_is_sealed_at_once_by_the_new_key(
    log: EventStore,
    append: Append,
    store: SealStore,
    start: Start,
    connection: Connection,
    said: Said,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await append(20)
    await start().round()
    monkeypatch.setattr(module, "ROUND", 1_000)
    await append(2_100)
    new = SealKey(Ed25519PrivateKey.from_private_bytes(b"n" * 32))
    said.keys.append((2_100, new.verifier(ORIGIN)))

    rotated = Sealer(connection, store, "keha", ORIGIN, new, said)

    assert await rotated.round() == await sealed(log, 2_120)


async def test_a_checkpoint_of_the_former_key_is_forged_where_it_covers_the_rotation(
    log: EventStore, append: Append, store: SealStore, key: SealKey, start: Start, said: Said, connection: Connection
) -> None:
    """Whoever got hold of the former key can't sign what came after it."""
    await append(20)
    await start().round()
    await append(20)
    new = SealKey(Ed25519PrivateKey.from_private_bytes(b"n" * 32))
    said.keys.append((30, new.verifier(ORIGIN)))

    await store.keep("keha", 0, 40, key.sign(ORIGIN, (await sealed(log, 40)).text))

    with pytest.raises(SealRefused, match="the last copy of a checkpoint can't be trusted"):
        await Sealer(connection, store, "keha", ORIGIN, new, said).round()


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def test_after_a_recorded_restore_the_log_goes_on_in_the_next_history_and_the_old_one_stays(
    log: EventStore,
    append: Append,
    store: SealStore,
    key: SealKey,
    start: Start,
    said: Said,
    owner: Connection,
    folder: Path,
) -> None:
    await append(300)
    await start().round()
    old = await checkpoint(store)
    assert old is not None
    before = files(folder)
    await owner.execute("DELETE FROM log.event WHERE ledger = 'keha' AND position > 280")
    sealer = start()
    with pytest.raises(SealRefused, match="ends at position 280, but 300 events were sealed"):
        await sealer.round()
    await owner.execute("UPDATE log.event SET stream = 'other' WHERE ledger = 'keha' AND position = 280")

    said.restores.add(old)
    assert await sealer.round() == await sealed(log, 280)

    assert await published(store, key) == await sealed(log, 280)
    assert before.items() <= files(folder).items()
    for history, size in ((0, 300), (1, 280)):
        note = await store.kept("keha", history, size)
        assert note is not None
        found = opened(note, ORIGIN, [key.verifier(ORIGIN)], verify)[0]
        assert root(nodes_of_tiles(store.reader("keha", history), size), size) == found.root
    await log.append("keha", command("more", on={"more": 0}))
    assert await start().round() == await sealed(log, 281)
    assert await store.last_kept("keha") == Kept(1, 281, await checkpoint(store) or b"")


async def test_a_second_restore_begins_a_third_history(
    log: EventStore, append: Append, store: SealStore, start: Start, said: Said, owner: Connection
) -> None:
    await append(30)
    for cut in (20, 10):
        await start().round()
        said.restores.add(await checkpoint(store) or b"")
        await owner.execute("DELETE FROM log.event WHERE ledger = 'keha' AND position > $1", cut)

    assert await start().round() == await sealed(log, 10)
    last = await store.last_kept("keha")
    assert last is not None
    assert (last.history, last.size) == (2, 10)


@pytest.mark.parametrize("step", ["put_tiles", "keep", "publish"])
async def test_a_crash_at_the_beginning_of_a_history_is_recovered_from(
    log: EventStore,
    append: Append,
    store: SealStore,
    key: SealKey,
    start: Start,
    said: Said,
    owner: Connection,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    await append(30)
    await start().round()
    said.restores.add(await checkpoint(store) or b"")
    await owner.execute("DELETE FROM log.event WHERE ledger = 'keha' AND position > 20")
    done = getattr(store, step)

    async def killed(*arguments: object) -> None:
        await done(*arguments)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(store, step, killed)
        with pytest.raises(Killed):
            await start().round()
    await start().round()

    assert await published(store, key) == await sealed(log, 20)
    assert (await store.published("keha") or Published(-1, b"")).history == 1


async def test_of_two_sealers_one_works_and_the_other_takes_over(
    log: EventStore, append: Append, store: SealStore, key: SealKey, start: Start, said: Said, database: PostgresUrls
) -> None:
    second: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(database.app)
    first, other = Sealer(second, store, "keha", ORIGIN, key, said), start()
    await append(10)

    answers = await asyncio.gather(first.round(), other.round())
    assert sorted(answers, key=lambda answer: answer is None) == [await sealed(log, 10), None]
    working = second if answers[0] is not None else None
    assert first.is_at_work is not other.is_at_work

    if working is None:
        # Make sure that it is the one whose connection can be lost.
        await second.close()
        assert await other.round() == await sealed(log, 10)
        return
    await append(10)
    assert await other.round() is None
    await second.close()
    assert await other.round() == await sealed(log, 20)


async def test_two_that_both_believe_to_be_alone_sign_nothing_that_differs(
    log: EventStore, append: Append, store: SealStore, key: SealKey, said: Said, connection: Connection
) -> None:
    """A connection may be lost without its holder knowing it yet: the copies, written once, keep them one."""
    both = [Sealer(connection, store, "keha", ORIGIN, key, said) for _ in range(2)]
    for count in (10, 20, 300):
        await append(count)
        for each in both:
            await each.round()

    assert await published(store, key) == await sealed(log, 330)


async def test_a_ledgers_name_is_one_folder(store: SealStore, folder: Path) -> None:
    names = ("keha", "a/b", "..", ".")
    for name in names:
        await store.publish(name, 0, name.encode())

    assert [await store.published(name) for name in names] == [Published(0, name.encode()) for name in names]
    assert sorted(path.name for path in (folder / "log").iterdir()) == ["%2E", "%2E%2E", "a%2Fb", "keha"]


async def test_a_copy_is_never_written_over(store: SealStore, folder: Path) -> None:
    assert await store.keep("keha", 0, 5, b"first") == b"first"
    assert await store.keep("keha", 0, 5, b"second") == b"first"
    kept = Kept(0, 5, b"first")
    for behind in (None, kept, Kept(0, 9, b"")):
        assert await store.last_kept("keha", behind) == kept
    obstore.put(LocalStore(folder / "checkpoints"), "keha/checkpoint/000000/unknown", b"x")
    assert await store.last_kept("keha", kept) == Kept(0, -1, b"x")


async def test_the_last_copy_is_found_without_listing_those_before_the_published_checkpoint(
    append: Append, start: Start, store: SealStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is published: it decides where the listing begins, not what is the last."""
    sealer = start()
    for _ in range(3):
        await append(5)
        await sealer.round()
    published, last = await store.published("keha"), Kept(0, 15, await store.kept("keha", 0, 15) or b"")
    assert published is not None
    begins, listing = list[str | None](), obstore.list

    def listed(where: LocalStore, prefix: str, *, offset: str | None = None) -> Any:
        begins.append(offset)
        return listing(where, prefix, offset=offset)

    monkeypatch.setattr(obstore, "list", listed)

    assert await store.last_kept("keha") == last
    assert begins[1:] == [f"keha/checkpoint/000000/{14:020d}"]
    for history, note in ((0, b"nonsense"), (0, await store.kept("keha", 0, 5) or b""), (3, published.note)):
        await store.publish("keha", history, note)
        assert await store.last_kept("keha") == last


async def test_what_a_killed_process_left_half_written_is_removed_when_the_store_is_opened(
    store: SealStore, folder: Path
) -> None:
    await store.keep("keha", 0, 5, b"note")
    staged = folder / "checkpoints" / "+staged"
    assert list(staged.iterdir()) == []
    left, written = staged / "left", staged / "written"
    for each in (left, written):
        each.write_bytes(b"no")
    os.utime(left, (0, 0))

    again = open_stores(None, None, folder)

    assert list(staged.iterdir()) == [written]
    assert await again.last_kept("keha") == Kept(0, 5, b"note")


async def test_a_copy_is_on_the_disk_before_its_checkpoint_is_published(
    append: Append, store: SealStore, start: Start, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda handle: flushed.append(str(Path(f"/proc/self/fd/{handle}").readlink())))
    publish = store.publish

    async def published(*arguments: Any) -> None:
        copies = folder / "checkpoints"
        # First the file itself, under another name until it is whole.
        assert Path(flushed[0]).parent == copies / "+staged"
        assert flushed[1:] == [
            str(copies / "keha" / "checkpoint" / "000000"),
            str(copies / "keha" / "checkpoint"),
            str(copies / "keha"),
            str(copies),
        ]
        await publish(*arguments)

    monkeypatch.setattr(store, "publish", published)
    await append(20)

    assert await start().round()
