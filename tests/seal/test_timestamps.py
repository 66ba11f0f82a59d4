"""The last checkpoint is time-stamped hourly; an authority that is away or lies holds nothing up."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from structlog.testing import capture_logs

from seal.authority import Authority, authority
from seal.conftest import Append, Start
from services.eventstore.connections import Pool
from services.seal import SealStore
from services.seal.store import Stamp
from services.seal.timestamps import StampRefused, stamp, stamp_ledgers, stamped_at
from verifier.timestamp import stamp_of

NOW = datetime.now(UTC)

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl here")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with authority(tmp_path_factory.mktemp("tsa") / "us") as running:
        yield running


@pytest.fixture
def tsa(running: Authority) -> Authority:
    running.asked.clear()
    running.answer = None
    return running


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient() as client:
        yield client


async def test_the_note_of_the_last_checkpoint_is_stamped_and_the_answer_kept_beside_it(
    append: Append, start: Start, store: SealStore, client: httpx2.AsyncClient, tsa: Authority
) -> None:
    assert await stamp(client, store, tsa.url, "keha", NOW) == NOW
    await append(5)
    await start().round()
    # The authority tells no fractions of a second.
    before = datetime.now(UTC).replace(microsecond=0)

    assert await stamp(client, store, tsa.url, "keha", NOW) == NOW + timedelta(hours=1)

    [stamped] = await store.stamps("keha")
    note, answer = await store.kept("keha", 0, 5), await store.stamp("keha", 0, 5)
    assert (stamped.history, stamped.size) == (0, 5)
    assert note is not None
    assert answer is not None
    at = stamped_at(answer, note, [tsa.root])
    assert before <= at <= datetime.now(UTC)
    assert stamp_of(answer, note).at == at


async def test_it_is_stamped_once_and_the_next_one_an_hour_later(
    append: Append, start: Start, store: SealStore, client: httpx2.AsyncClient, tsa: Authority
) -> None:
    for _ in range(2):
        await append(5)
        await start().round()
        for later in (timedelta(0), timedelta(minutes=59)):
            await stamp(client, store, tsa.url, "keha", NOW + later)
    assert [each.size for each in await store.stamps("keha")] == [5]

    for _ in range(2):
        await stamp(client, store, tsa.url, "keha", datetime.now(UTC) + timedelta(minutes=61))

    assert [each.size for each in await store.stamps("keha")] == [5, 10]
    assert len(tsa.asked) == 2


async def test_a_ledger_that_was_stamped_is_not_looked_at_before_the_hour_is_over(
    append: Append,
    start: Start,
    store: SealStore,
    pool: Pool,
    client: httpx2.AsyncClient,
    tsa: Authority,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await append(5)
    await start().round()
    await stamp(client, store, tsa.url, "keha", NOW)
    [stamped] = await store.stamps("keha")
    assert await stamp(client, store, tsa.url, "keha", NOW) == stamped.kept_at + timedelta(hours=1)
    later = stamped.kept_at + timedelta(hours=2)
    assert await stamp(client, store, tsa.url, "keha", later) == later + timedelta(hours=1)
    looked, listed = list[str](), store.stamps

    async def stamps(ledger: str) -> list[Stamp]:
        looked.append(ledger)
        return await listed(ledger)

    monkeypatch.setattr(store, "stamps", stamps)

    task = asyncio.create_task(stamp_ledgers(pool, store, tsa.url, seconds=0.01))
    async with asyncio.timeout(20):
        while not looked:  # noqa: ASYNC110 - a look is no event
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.3)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task

    assert looked == ["keha"]


async def test_what_is_no_stamp_over_the_note_is_not_kept(
    append: Append, start: Start, store: SealStore, client: httpx2.AsyncClient, tsa: Authority
) -> None:
    await append(5)
    await start().round()
    await stamp(client, store, tsa.url, "keha", NOW)
    another = await store.stamp("keha", 0, 5)
    assert another is not None
    await append(5)
    await start().round()
    later = datetime.now(UTC) + timedelta(minutes=61)

    for answer, why in (
        ((200, b"no"), "no time-stamp"),
        ((200, bytes(1 << 18)), "bytes"),
        ((200, bytes.fromhex("30053003020102")), "status 2"),
        ((200, another), "something else than was asked"),
    ):
        tsa.answer = answer
        with pytest.raises(StampRefused, match=why):
            await stamp(client, store, tsa.url, "keha", later)
    tsa.answer = (503, b"")
    with pytest.raises(httpx2.HTTPError):
        await stamp(client, store, tsa.url, "keha", later)
    assert [each.size for each in await store.stamps("keha")] == [5]


async def test_only_an_authority_below_the_given_roots_counts(
    append: Append, start: Start, store: SealStore, client: httpx2.AsyncClient, tsa: Authority, tmp_path: Path
) -> None:
    await append(5)
    await start().round()
    await stamp(client, store, tsa.url, "keha", NOW)
    note, answer = await store.kept("keha", 0, 5) or b"", await store.stamp("keha", 0, 5) or b""

    with authority(tmp_path / "another") as another, pytest.raises(StampRefused, match="doesn't hold"):
        stamped_at(answer, note, [another.root])
    with pytest.raises(StampRefused, match="doesn't hold"):
        stamped_at(answer, note + b"x", [tsa.root])
    with pytest.raises(StampRefused):
        stamped_at(answer, note, [])
    for at in range(0, len(answer), 40):
        flipped = answer[:at] + bytes([answer[at] ^ 1]) + answer[at + 1 :]
        with contextlib.suppress(StampRefused):
            # What isn't covered by the signature says nothing else.
            assert stamped_at(flipped, note, [tsa.root]) == stamped_at(answer, note, [tsa.root])


async def test_an_authority_that_is_away_is_asked_again_and_a_warning_is_logged(
    append: Append, start: Start, store: SealStore, pool: Pool, tsa: Authority
) -> None:
    await append(5)
    await start().round()
    tsa.answer = (503, b"")

    with capture_logs() as said:
        task = asyncio.create_task(stamp_ledgers(pool, store, tsa.url, seconds=0.05))
        async with asyncio.timeout(20):
            while not said:  # noqa: ASYNC110 - the log is no event
                await asyncio.sleep(0.02)
            tsa.answer = None
            while not await store.stamps("keha"):  # noqa: ASYNC110 - nor is a file
                await asyncio.sleep(0.02)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    assert said[0]["event"] == "a checkpoint wasn't time-stamped; it is tried again"
    assert said[0]["log_level"] == "warning"
