"""Carrying out an erasure: the words are gone from every table, file and index; every proof still holds (case 20)."""

import contextlib
import errno
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest
from obstore.store import MemoryStore

from domain.erasure import ProposeErasure
from domain.errors import Refused
from domain.events.envelope import leaf
from domain.events.erasure import DisclosuresErased, ErasureConfirmed, Place
from domain.values import Digest, Words
from erasure.conftest import CONTENT, ITEM, LEDGER, SUBJECT, WORDS, Town, upload
from services.erasure import ErasureRecord, ErasureRecords, LostErasures, apply_erasures, erasures
from services.eventstore import catch_up
from services.eventstore.connections import Connection
from services.evidence import FILE_USES, Manifest
from services.identity import IDENTITIES, People
from services.identity.tokens import Login

_TABLES = "SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'm') AND relnamespace >= 16384"
LOGIN = Login(issuer="https://idp.example", subject=SUBJECT)


async def dump(url: str) -> str:
    """Every table as text; what is stored as bytes stands there in hexadecimal digits."""
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(url)
    try:
        tables = await connection.fetch(_TABLES)
        rows = [await connection.fetchval(f"SELECT string_agg(t::text, '\n') FROM {each[0]} t") for each in tables]
    finally:
        await connection.close()
    assert len(rows) > 10
    return "\n".join(each for each in rows if each is not None)


def found_in(text: str, *paths: Path) -> set[str]:
    """Which of the person's words are there, in letters or digits."""
    files = b"".join(path.read_bytes() for root in paths for path in root.rglob("*") if path.is_file())
    return {
        word
        for word in (*WORDS, "what Matti wrote")
        if word in text or word.encode().hex() in text or word.encode() in files
    }


async def leaves(town: Town) -> list[bytes]:
    """What is sealed."""
    return [leaf(row) async for row in town.store.stream_all(LEDGER)]


async def test_after_an_erasure_a_dump_holds_none_of_the_words(town: Town) -> None:
    """Case 20. The disclosure is gone from every table, file and index; the log is as it was."""
    for follower in (FILE_USES, IDENTITIES):
        await catch_up(town.pool, follower, LEDGER)
    assert found_in(await dump(town.urls.owner), town.files) == {*WORDS, "what Matti wrote"}
    await town.confirmed(*await town.said())
    before = await leaves(town)

    await catch_up(town.pool, town.subscription, LEDGER)

    assert found_in(await dump(town.urls.owner), town.files, town.kept) == set()
    assert await leaves(town) == before
    assert await People(town.pool).person(LEDGER, LOGIN) is None


async def test_the_others_words_stay(town: Town) -> None:
    await town.confirmed(*await town.said())

    await catch_up(town.pool, town.subscription, LEDGER)

    text = await dump(town.urls.owner)
    for word in ("Hanna", "anna@x.example", "asked for", "decision 1/2024"):
        assert word.encode().hex() in text, word
    found = await People(town.pool).person(LEDGER, Login(issuer="https://idp.example", subject="hanna"))
    assert found == "hanna"


async def test_a_confirmed_erasure_stands_in_the_log_with_who_and_where(town: Town) -> None:
    """C11."""
    await town.confirmed(*await town.said())

    rows = [row async for row in town.store.stream_all(LEDGER)][-4:]

    assert [(row.type, row.stream) for row in rows] == [
        ("erasure-proposed", "erasure/e1"),
        (ErasureConfirmed.type, "erasure/e1"),
        (DisclosuresErased.type, ITEM),
        (DisclosuresErased.type, "organisation"),
    ]


async def test_a_file_attached_twice_goes_with_the_last_of_its_commitments(town: Town) -> None:
    """Case 20."""
    manifest = await upload(town)
    again = await town.attach(manifest, "towns")
    first, _ = await town.said()

    await town.confirmed(first)
    await catch_up(town.pool, town.subscription, LEDGER)
    assert await _read(town, manifest) == CONTENT

    other = Place(of="item/2024-half-year/towns", commitments=(Digest(again.file),))
    await town.confirmed(other, erasure="e2")
    await catch_up(town.pool, town.subscription, LEDGER)
    with pytest.raises(FileNotFoundError):
        await _read(town, manifest)


async def _read(town: Town, manifest: Manifest) -> bytes:
    return b"".join([chunk async for chunk in await town.evidence.content(manifest)])


async def test_carrying_out_twice_is_carrying_out_once(town: Town) -> None:
    await town.confirmed(*await town.said())
    await catch_up(town.pool, town.subscription, LEDGER)
    await town.pool.execute("DELETE FROM app.subscription WHERE name = 'erasures'")

    await catch_up(town.pool, town.subscription, LEDGER)

    records = [record async for record in town.records.of(LEDGER)]
    assert len(records) == 1
    assert len(records[0].objects) == 1
    assert records[0].people == ("matti",)


async def test_what_breaks_off_half_way_is_done_again(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store of files is away: nothing counts as done, and the next try finishes."""
    await town.confirmed(*await town.said())

    async def away(*_: object) -> None:
        raise OSError("away")

    with monkeypatch.context() as patched:
        patched.setattr(town.evidence, "erase", away)
        with pytest.raises(OSError, match="away"):
            await catch_up(town.pool, town.subscription, LEDGER)
    await catch_up(town.pool, town.subscription, LEDGER)

    assert found_in(await dump(town.urls.owner), town.files, town.kept) == set()


async def test_the_log_gives_up_nothing_that_no_confirmed_erasure_names(town: Town) -> None:
    """Case 20. Neither to the application nor to the owner."""
    places = await town.said()
    said = [bytes.fromhex(each) for place in places for each in place.commitments]
    proposal = ProposeErasure(erasure="e1", places=places, reason=Words("x"), authority=Words("y"))
    await town.do("anna", proposal)
    owner = await asyncpg.connect(town.urls.owner)
    erase = "SELECT log.erase($1, 'erasure/e1', 2, $2::bytea[])"

    with pytest.raises(asyncpg.PostgresError, match="no erasure is confirmed"):
        await town.pool.execute(erase, LEDGER, said)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await town.pool.execute("DELETE FROM log.disclosure")
    with pytest.raises(asyncpg.PostgresError, match="is never changed"):
        await owner.execute("DELETE FROM log.disclosure WHERE commitment = $1", said[0])
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await town.pool.execute("SELECT log.erase_again($1, 'e1', 1000, $2::bytea[])", LEDGER, said)
    await owner.close()


async def test_an_erasure_takes_only_what_it_names(town: Town) -> None:
    """Case 20."""
    item, organisation = await town.said()
    await town.confirmed(item)

    with pytest.raises(asyncpg.PostgresError, match="does not name this"):
        await town.pool.execute(
            "SELECT log.erase($1, 'erasure/e1', 2, $2::bytea[])",
            LEDGER,
            [bytes.fromhex(organisation.commitments[0])],
        )


async def test_a_copy_made_while_it_was_confirmed_is_not_passed_over(town: Town) -> None:
    """Case 20. A hold on the other stream was never asked for: nothing goes until that is told, too."""
    file, _ = (await town.said())[0].commitments
    await town.confirmed(Place(of=ITEM, commitments=(file,)))
    await town.append_copy()

    with pytest.raises(asyncpg.PostgresError, match="leaves out the stream item/2024-half-year/towns"):
        await catch_up(town.pool, town.subscription, LEDGER)

    await town.confirmed(Place(of="item/2024-half-year/towns", commitments=(file,)), erasure="e2")
    await catch_up(town.pool, town.subscription, LEDGER)
    assert await town.store.disclosures(LEDGER, [bytes.fromhex(file)]) == {}


async def test_a_restored_backup_is_erased_again_at_a_start(town: Town) -> None:
    """Case 20. The backup was taken when the event was there and the words, too."""
    await town.confirmed(*await town.said())
    await catch_up(town.pool, FILE_USES, LEDGER)
    await catch_up(town.pool, IDENTITIES, LEDGER)
    held = await town.pool.fetch("SELECT * FROM log.disclosure")
    uploads = await town.pool.fetch("SELECT * FROM app.upload")
    identities = await town.pool.fetch("SELECT * FROM app.identity")
    await catch_up(town.pool, town.subscription, LEDGER)
    async with _owner(town) as owner:
        for table, rows in (("log.disclosure", held), ("app.upload", uploads), ("app.identity", identities)):
            for row in rows:
                marks = ", ".join(f"${n}" for n in range(1, len(row) + 1))
                await owner.execute(f"INSERT INTO {table} VALUES ({marks}) ON CONFLICT DO NOTHING", *row.values())
    assert found_in(await dump(town.urls.owner)) >= {"Matti Meikäläinen", SUBJECT}

    assert await apply_erasures(town.pool, town.records, town.evidence, LEDGER) == 1

    assert found_in(await dump(town.urls.owner), town.files) == set()
    assert await apply_erasures(town.pool, town.records, town.evidence, LEDGER) == 1


async def test_an_erasure_that_never_was_carried_out_keeps_no_start_from_going_on(town: Town) -> None:
    """A copy was made meanwhile: the record is there, nothing was deleted, a second erasure has to name the rest."""
    file, _ = (await town.said())[0].commitments
    await town.confirmed(Place(of=ITEM, commitments=(file,)))
    await town.append_copy()
    with pytest.raises(asyncpg.PostgresError, match="leaves out"):
        await catch_up(town.pool, town.subscription, LEDGER)

    assert await apply_erasures(town.pool, town.records, town.evidence, LEDGER) == 1

    assert found_in(await dump(town.urls.owner), town.files) >= {"salainen-muistio.txt", "what Matti wrote"}


async def test_what_stands_in_the_log_is_not_applied_as_if_it_were_lost(town: Town) -> None:
    places = await town.said()
    await town.confirmed(*places)
    said = [bytes.fromhex(each) for place in places for each in place.commitments]
    head = await town.store.head(LEDGER)
    again = "SELECT log.erase_again($1, $2, $3, $4::bytea[])"

    async with _owner(town) as owner:
        with pytest.raises(asyncpg.PostgresError, match="is not lost"):
            await owner.execute(again, LEDGER, "e1", head - 2, said)
        await owner.execute(again, LEDGER, "e0", head - 2, said)
        assert await owner.fetchval("SELECT count(*) FROM log.erased_again") == len(said)


async def test_an_erasure_whose_event_a_restore_lost_is_applied_by_the_owner(town: Town) -> None:
    """Case 20, C18. What is applied stays visible."""
    places = await town.said()
    head = await town.store.head(LEDGER)
    record = ErasureRecord(
        ledger=LEDGER,
        erasure="e1",
        position=head + 2,
        version=2,
        leaf="ab" * 32,
        commitments=tuple(each for place in places for each in place.commitments),
        objects=tuple(row["object"] for row in await town.pool.fetch("SELECT object FROM app.upload")),
        people=("matti",),
    )
    await town.records.keep(record)

    with pytest.raises(LostErasures, match=f"e1 .position {head + 2}"):
        await apply_erasures(town.pool, town.records, town.evidence, LEDGER)
    await apply_erasures(town.pool, town.records, town.evidence, LEDGER, town.urls.owner)

    assert found_in(await dump(town.urls.owner), town.files) == set()
    shown = await town.pool.fetch("SELECT erasure, lost_position FROM log.erased_again")
    assert {(row["erasure"], row["lost_position"]) for row in shown} == {("e1", head + 2)}
    assert await apply_erasures(town.pool, town.records, town.evidence, LEDGER) == 1


async def test_a_record_holds_no_words_and_stays_as_it_was_written(town: Town) -> None:
    await town.confirmed(*await town.said())
    await catch_up(town.pool, town.subscription, LEDGER)
    (record,) = [each async for each in town.records.of(LEDGER)]

    await town.records.keep(replace(record, commitments=()))

    assert [each async for each in town.records.of(LEDGER)] == [record]
    assert found_in("", town.kept) == set()


async def test_an_erasure_at_the_position_of_a_lost_one_has_a_record_of_its_own(town: Town) -> None:
    """C18. After a restore the ledger goes on, and another event stands there."""
    await town.confirmed(*await town.said())
    await catch_up(town.pool, town.subscription, LEDGER)
    (record,) = [each async for each in town.records.of(LEDGER)]
    lost = replace(record, erasure="lost", leaf="00" * 32)

    await town.records.keep(lost)

    assert [each async for each in town.records.of(LEDGER)] == [lost, record]


async def test_what_is_no_record_is_not_applied(town: Town) -> None:
    await town.confirmed(*await town.said())
    await catch_up(town.pool, town.subscription, LEDGER)
    (kept,) = (town.kept / LEDGER / "erasure").iterdir()
    whole = kept.read_bytes()
    other = kept.with_name(kept.name[:-1] + "x")

    for said, match in {
        b'{"format": "another/1"}': "no record of an erasure",
        b"[]": "no record of an erasure",
        whole[:-10]: "Unterminated|Expecting|delimiter",
        whole.replace(b'"people":', b'"peoples":'): "isn't whole",
        whole.replace(b",", b", ", 1): "isn't written as records are",
    }.items():
        kept.write_bytes(said)
        with pytest.raises(ValueError, match=match):
            await apply_erasures(town.pool, town.records, town.evidence, LEDGER)
    kept.rename(other)
    other.write_bytes(whole)
    with pytest.raises(ValueError, match="the record of another erasure"):
        await apply_erasures(town.pool, town.records, town.evidence, LEDGER)


async def test_records_in_an_object_store_are_kept_alike(town: Town) -> None:
    """A bucket in production: here a store in memory."""
    records = ErasureRecords(MemoryStore())
    await town.confirmed(*await town.said())
    await catch_up(town.pool, erasures(town.pool, records, town.evidence), LEDGER)
    (record,) = [each async for each in records.of(LEDGER)]

    await records.keep(replace(record, people=()))

    assert [each async for each in records.of(LEDGER)] == [record]


async def test_a_record_is_on_the_disk_before_anything_is_deleted(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The place is full: nothing is deleted, and nothing half-written is left."""
    await town.confirmed(*await town.said())
    before = await town.pool.fetchval("SELECT count(*) FROM log.disclosure")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="full"):
            await catch_up(town.pool, town.subscription, LEDGER)
    assert [path for path in town.kept.rglob("*") if path.is_file()] == []
    assert await town.pool.fetchval("SELECT count(*) FROM log.disclosure") == before

    await catch_up(town.pool, town.subscription, LEDGER)
    assert len([each async for each in town.records.of(LEDGER)]) == 1


async def test_erased_words_are_refused_in_a_proposal_of_the_same(town: Town) -> None:
    places = await town.said()
    await town.confirmed(*places)
    await catch_up(town.pool, town.subscription, LEDGER)

    with pytest.raises(Refused, match="erased already"):
        await town.confirmed(*places, erasure="e2")


@contextlib.asynccontextmanager
async def _owner(town: Town) -> AsyncIterator[Connection]:
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(town.urls.owner)
    try:
        yield connection
    finally:
        await connection.close()
