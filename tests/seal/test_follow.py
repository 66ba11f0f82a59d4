"""All ledgers are sealed by and by; where one is refused, the others go on and everybody is told."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from eventstore.made import command
from prometheus_client import CollectorRegistry

from seal.conftest import Append
from services.commands import Handler
from services.eventstore import EventStore
from services.eventstore.connections import Connection, Pool
from services.seal import SealKey, SealMetrics, SealStore, follow, introducing, readiness, seal_ledgers, sealer


def origin(ledger: str) -> str:
    return f"etappi.example/log/{ledger}"


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
async def running(
    pool: Pool,
    log: EventStore,
    store: SealStore,
    key: SealKey,
    registry: CollectorRegistry,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[None]:
    monkeypatch.setattr(follow, "REFUSED_SECONDS", 0.3)
    monkeypatch.setattr(sealer, "LOOK_SECONDS", 0.2)
    task = asyncio.create_task(
        seal_ledgers(pool, store, key, origin, introducing(Handler(log)), SealMetrics(registry), seconds=0.05)
    )
    yield
    assert not task.done()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await holds():  # noqa: ASYNC110 - what is waited for happens in another task's files
            await asyncio.sleep(0.02)


def sealed_to(store: SealStore, ledger: str, size: int) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        found = await store.published(ledger)
        return found is not None and found.note.split(b"\n")[1] == b"%d" % size

    return holds


async def test_ledgers_are_sealed_also_those_that_come_later(
    log: EventStore, append: Append, store: SealStore, running: None, registry: CollectorRegistry
) -> None:
    await append(5)
    await until(sealed_to(store, "keha", 6))

    await log.create_ledger("keha.access", demo=False)
    await log.append("keha.access", command("s", on={"s": 0}))
    await append(300)

    await until(sealed_to(store, "keha.access", 2))
    await until(sealed_to(store, "keha", 306))
    assert await readiness(store, ["keha", "keha.access"]) == "ok"
    assert (registry.get_sample_value("etappi_seal_checkpoints_total") or 0) >= 3
    assert registry.get_sample_value("etappi_seal_refusals_total") == 0


async def test_a_refusal_is_an_alarm_until_it_is_mended_and_the_others_go_on(
    log: EventStore, append: Append, store: SealStore, running: None, owner: Connection, registry: CollectorRegistry
) -> None:
    await log.create_ledger("other", demo=False)
    await append(5)
    await until(sealed_to(store, "keha", 6))

    await owner.execute("UPDATE log.event SET version = 1005 WHERE ledger = 'keha' AND position = 5")

    await until(lambda: refused(store))
    await append_to_another_stream(log, "keha")
    assert "the event at position 5 has the leaf" in (await store.refusal("keha") or "")
    assert await readiness(store, ["keha", "other"]) == "refused: keha"
    assert registry.get_sample_value("etappi_seal_refused", {"ledger": "keha"}) == 1
    await until(lambda: waits(registry, 1))
    await append_to_another_stream(log, "other")
    await until(sealed_to(store, "other", 2))
    assert await sealed_to(store, "keha", 6)()

    await owner.execute("UPDATE log.event SET version = 5 WHERE ledger = 'keha' AND position = 5")
    await until(sealed_to(store, "keha", 7))
    await until(lambda: mended(store))
    assert registry.get_sample_value("etappi_seal_refused", {"ledger": "keha"}) == 0


async def append_to_another_stream(log: EventStore, ledger: str) -> None:
    await log.append(ledger, command("another", on={"another": 0}))


async def waits(registry: CollectorRegistry, events: int) -> bool:
    return registry.get_sample_value("etappi_seal_lag", {"ledger": "keha"}) == events


async def refused(store: SealStore) -> bool:
    return await store.refusal("keha") is not None


async def mended(store: SealStore) -> bool:
    return await readiness(store, ["keha"]) == "ok"
