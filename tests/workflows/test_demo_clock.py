"""A demo's clock over HTTP: one steps to what comes next, and the workflows keep up; no other ledger has one."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from obstore.store import MemoryStore
from temporalio.client import Client

from domain.events.clock import DemoClockAdvanced
from domain.events.codec import decode_metadata
from domain.events.process import ReminderIssued
from domain.events.round import RoundOpened
from services.api import clock as stepping
from services.cli import stack as stacked
from services.cli.stack import Stack
from services.erasure import open_records
from services.eventstore import catch_up
from services.evidence import EvidenceStore
from services.identity.demo import DemoProvider
from services.readmodels import SUBSCRIPTION, ReadModels
from services.seal import SealStore
from services.settings import Settings
from workflows.agency import at
from workflows.conftest import House

OWNER = "login-of-ojala"


class Steps:
    """The API over a house, as the owner of a unit uses it."""

    def __init__(self, house: House, data: Path, client: Client | None = None) -> None:
        """`client` is another Temporal than the house's."""
        self.house = house
        handler, store = house.agency.handler, house.agency.handler.store
        parts = Stack(
            settings=Settings(),
            database_url=house.url,
            pool=house.pool,
            store=store,
            handler=handler,
            readmodels=ReadModels(house.pool, store),
            evidence=EvidenceStore(MemoryStore(), house.pool, 1_000),
            erased=open_records(None, data),
            seal=SealStore(MemoryStore(), MemoryStore()),
            client=client or house.client,
        )
        idp = DemoProvider("https://idp.example", {OWNER: "Oskari", "a-stranger": "Somebody"})
        self.app = parts.api(idp.verifier())
        self._tokens = {login: idp.token(login) for login in (OWNER, "a-stranger")}

    async def asked(self, method: str, body: Any = None, *, ledger: str | None = None, by: str = OWNER) -> Any:
        """An answer of the clock: its status and what it says."""
        path = f"/api/v1/{ledger or self.house.ledger}/clock"
        headers = {"Authorization": f"Bearer {self._tokens[by]}"}
        await catch_up(self.house.pool, SUBSCRIPTION, self.house.ledger)
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self.app), base_url="http://etappi") as client:
            answer = await client.request(method, path, headers=headers, json=body)
        return answer.status_code, answer.json()

    async def step(self, **body: str) -> Any:
        """A step that is taken."""
        status, said = await self.asked("POST", body)
        assert status == 200, said
        return said


@pytest.fixture
async def steps(house: House, tmp_path: Path) -> AsyncIterator[Steps]:
    """A signed agreement in December 2023, with workflows and followers that run."""
    await house.agency.send()
    await house.agency.sign()
    async with house.open():
        await house.until(at("2023-12-30 10:00"))
        yield Steps(house, tmp_path)


async def test_one_steps_to_the_next_day_the_next_stage_and_the_next_deadline(steps: Steps) -> None:
    _, said = await steps.asked("GET")
    assert (said["now"], said["today"]) == ("2023-12-30T10:00:00.000000Z", "2023-12-30")
    assert (said["stage"]["kind"], said["stage"]["year"], said["deadline"]) == ("cycle-opens", 2024, None)
    assert (await steps.step(to="next-day"))["now"] == "2023-12-31T07:00:00.000000Z"
    assert (await steps.step(to="next-stage"))["now"] == "2024-01-01T07:00:00.000000Z"

    _, said = await steps.asked("GET")
    assert (said["stage"]["kind"], said["stage"]["round"]) == ("round-opens", "2024-half-year")
    assert (await steps.step(until=said["stage"]["at"]))["now"] == "2024-06-01T06:00:00.000000Z"
    assert len(await steps.house.agency.events(RoundOpened)) == 1
    _, said = await steps.asked("GET")
    assert (said["deadline"]["kind"], said["deadline"]["date"]) == ("unit", "2024-08-15")

    there = await steps.step(to="next-deadline")
    assert (there["now"], there["arrived"]) == ("2024-08-15T06:00:00.000000Z", True)
    assert {event.step for event, _ in await steps.house.agency.events(ReminderIssued)} == {"submit"}


async def test_the_steps_are_the_operators_and_the_same_one_sent_twice_is_one(steps: Steps) -> None:
    await steps.step(until="2024-01-10T09:00:00+02:00")
    before = await steps.house.agency.events(DemoClockAdvanced)

    again = await steps.step(until="2024-01-10T09:00:00+02:00")
    back = await steps.asked("POST", {"until": "2024-01-09T09:00:00+02:00"})

    assert again["arrived"]
    assert await steps.house.agency.events(DemoClockAdvanced) == before
    assert decode_metadata(before[-1][1].metadata).actor_kind == "operator"
    assert (back[0], back[1]["code"]) == (422, "clock-goes-back")


async def test_a_step_that_says_what_the_clock_showed_is_taken_once(steps: Steps) -> None:
    """A double click."""
    shown = (await steps.asked("GET"))[1]["now"]

    first, second = [await steps.step(to="next-day", now=shown) for _ in range(2)]

    assert first["now"] == second["now"] == "2023-12-31T07:00:00.000000Z"
    assert (await steps.step(to="next-day", now=first["now"]))["now"] == "2024-01-01T07:00:00.000000Z"


async def test_a_long_way_is_gone_in_several_answers(steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stepping, "WALK_SECONDS", 0.0)
    answers = [await steps.step(until="2024-08-20T09:00:00+03:00")]
    while not answers[-1]["arrived"]:
        answers.append(await steps.step(until=answers[-1]["until"]))

    assert len(answers) > 3
    assert [each["now"] for each in answers] == sorted({each["now"] for each in answers})
    assert answers[-1]["now"] == "2024-08-20T06:00:00.000000Z"


async def test_a_ledger_on_the_wall_clock_has_none(steps: Steps) -> None:
    wall = await steps.house.agency.on_the_wall_clock()

    for method, body in (("GET", None), ("POST", {"to": "next-day"})):
        status, said = await steps.asked(method, body, ledger=wall.ledger)
        assert (status, said["code"]) == (404, "not-a-demo")
    assert await wall.events(DemoClockAdvanced) == []


async def test_who_has_no_role_steps_no_clock(steps: Steps) -> None:
    status, said = await steps.asked("POST", {"to": "next-day"}, by="a-stranger")

    assert (status, said["code"]) == (403, "not-registered")


@pytest.mark.parametrize("body", [{}, {"to": "next-day", "until": "2024-08-20T09:00:00+03:00"}, {"to": "yesterday"}])
async def test_a_step_says_where_to_and_nothing_else(steps: Steps, body: dict[str, str]) -> None:
    status, said = await steps.asked("POST", body)

    assert (status, said["code"]) == (422, "invalid-input")


async def test_without_workflows_the_clock_stands_still_and_says_why(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stacked, "SETTLE_SECONDS", 0.3)
    await house.agency.send()
    await house.agency.clock(at("2023-12-30 10:00"))
    nowhere = await Client.connect("127.0.0.1:1", lazy=True)
    before = await house.agency.events(DemoClockAdvanced)

    gone = await Steps(house, tmp_path, nowhere).asked("POST", {"to": "next-day"})
    behind = await Steps(house, tmp_path).asked("POST", {"to": "next-day"})

    for status, said in (gone, behind):
        assert (status, said["code"]) == (503, "workflows-unavailable")
    assert await house.agency.events(DemoClockAdvanced) == before
