"""What auditors and administrators look at is recorded before they are answered (C11)."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from api.world import LEDGER, World
from domain.access import access_ledger
from domain.engagement import Scope
from domain.events.access import Look, LookRecorded
from domain.values import Digest, PersonId, Role
from domain.view import fact_of
from services.api.callers import Caller
from services.api.looks import Looks
from services.api.reading import Held, Reader
from services.commands import Handler
from services.identity import Login

NINE = datetime(2024, 6, 3, 9, tzinfo=UTC)
ACCESS = access_ledger(LEDGER)


async def looks(world: World) -> list[Any]:
    """The looks that are recorded, in their order."""
    return [fact_of(row).event for row in await world.store.read(ACCESS, 0)]


def who(person: str, role: Role, now: datetime = NINE) -> tuple[Caller, Reader]:
    """Somebody who reads."""
    login = Login(issuer="i", subject=person)
    caller = Caller(ledger=LEDGER, person=PersonId(person), acting_for=None, received_at=now, login=login)
    engaged = Scope(engaged={"eca": frozenset()}) if role is Role.AUDITOR else Scope()
    held = (Held(role=role, unit=None),)
    return caller, Reader(ledger=LEDGER, person=PersonId(person), now=now, held=held, looks=engaged)


async def test_a_look_is_recorded_once_a_quarter_of_an_hour_also_by_several_processes(world: World) -> None:
    auditor = who("auditor", Role.AUDITOR)
    one, other = Looks(world.handler), Looks(Handler(world.store))

    for each in (one, one, other):
        await each.record(*auditor, Look.READ, "trail")

    first = LookRecorded(
        person=PersonId("auditor"),
        role=Role.AUDITOR,
        engagement="eca",
        kind=Look.READ,
        scope="trail",
        quarter=NINE,
        digest=None,
    )
    assert await looks(world) == [first]
    await one.record(*who("auditor", Role.AUDITOR, NINE.replace(minute=15)), Look.READ, "trail")
    await one.record(*who("auditor", Role.AUDITOR, NINE.replace(minute=29)), Look.READ, "trail")
    await one.record(*who("admin", Role.ADMINISTRATOR, NINE.replace(minute=29)), Look.READ, "trail")
    await one.record(*auditor, Look.BUNDLE, "ledger", Digest("a" * 64))
    assert [(each.person, each.engagement, each.kind, each.quarter.minute) for each in await looks(world)] == [
        ("auditor", "eca", Look.READ, 0),
        ("auditor", "eca", Look.READ, 15),
        ("admin", None, Look.READ, 15),
        ("auditor", "eca", Look.BUNDLE, 0),
    ]


async def test_looks_side_by_side_are_all_recorded(world: World) -> None:
    recorder, auditor = Looks(world.handler), who("auditor", Role.AUDITOR)

    await asyncio.gather(*(recorder.record(*auditor, Look.READ, f"item/{n % 10}") for n in range(20)))

    assert sorted(each.scope for each in await looks(world)) == [f"item/{n}" for n in range(10)]


@pytest.mark.parametrize("role", [each for each in Role if each not in (Role.AUDITOR, Role.ADMINISTRATOR)])
async def test_nobody_elses_reading_is_recorded(world: World, role: Role) -> None:
    await Looks(world.handler).record(*who("head", role), Look.READ, "trail")

    assert await looks(world) == []
