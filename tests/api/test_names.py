"""Who one is in a ledger, what ids are called there, and that only this process can say who asks."""

import httpx2
from starlette.types import Receive, Scope, Send

from api.world import ISSUER, LEDGER, World
from services.identity import Login


async def test_somebody_learns_who_they_are_in_a_ledger_and_what_its_clock_shows(still: World) -> None:
    found = (await still.get("owner", "me")).json()

    assert found["ledger"] == LEDGER
    assert [each["role"] for each in found["roles"]] == ["owner"]
    assert found["today"] == "2024-06-03"
    assert found["years"] == [2024]


async def test_people_units_and_subjects_have_names(still: World) -> None:
    found = (await still.get("owner", "names")).json()

    assert all(isinstance(name, str) for name in found["people"].values())
    assert all(set(name) == {"fi", "sv", "en"} for name in found["units"].values())
    assert {each["kind"] for each in found["subjects"].values()} == {"target", "milestone", "indicator"}


async def test_the_pages_say_in_the_scope_who_asks_which_no_header_can(still: World) -> None:
    login = (await still.get("owner", "me")).json()
    forged = await still.client.get(f"/api/v1/{LEDGER}/me", headers={"login": "owner", "state": "login=owner"})

    assert forged.status_code == 401

    async def asked(scope: Scope, receive: Receive, send: Send) -> None:
        await still.app({**scope, "state": {"login": Login(issuer=ISSUER, subject="owner")}}, receive, send)

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=asked), base_url="http://etappi") as client:
        answer = await client.get(f"/api/v1/{LEDGER}/me")

    assert answer.json() == login
