"""Who asks within the process says so in the request's state; nobody can over HTTP."""

from datetime import UTC, datetime

import httpx2
import pytest
from starlette.types import Message, Receive, Scope, Send

from api.world import ISSUER, LEDGER, World
from services.api.intake import Intake
from services.api.metrics import Metrics
from services.identity import Login

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
NOW = datetime(2024, 6, 3, 8, tzinfo=UTC)
ID = "00000000-0000-0000-0000-000000000001"


def within(world: World, **state: object) -> httpx2.AsyncClient:
    """A client whose requests carry a state, as only code of this process can have it."""

    async def asked(scope: Scope, receive: Receive, send: Send) -> None:
        await world.app({**scope, "state": dict(state)}, receive, send)

    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=asked), base_url="http://etappi")


async def test_a_page_asks_as_the_person_who_is_signed_in(still: World) -> None:
    login = Login(issuer=ISSUER, subject="owner")
    async with within(still, login=login, received_at=NOW, request_id=ID) as client:
        answer = await client.get(f"/api/v1/{LEDGER}/me")

    assert answer.json()["person"] == "owner"
    assert answer.headers["X-Request-Id"] == ID


async def test_whoever_is_not_registered_is_refused_however_they_ask(still: World) -> None:
    async with within(still, login=Login(issuer=ISSUER, subject="stranger")) as client:
        answer = await client.get(f"/api/v1/{LEDGER}/me")

    assert (answer.status_code, answer.json()["code"]) == (403, "not-registered")


@pytest.mark.parametrize(("state", "received_at"), [({}, NOW), ({"received_at": LONG_AGO}, LONG_AGO)])
async def test_a_page_says_when_it_was_asked_and_else_the_service_does(
    state: dict[str, object], received_at: datetime
) -> None:
    seen: list[object] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        del receive, send
        seen.append(scope["state"]["received_at"])

    async def never() -> Message:
        raise AssertionError

    async def nowhere(_: Message) -> None:
        raise AssertionError

    intake = Intake(inner, now=lambda: NOW, metrics=Metrics(), failed=lambda _, __: inner)
    await intake({"type": "http", "state": dict(state)}, never, nowhere)

    assert seen == [received_at]


async def test_no_header_and_no_query_signs_anybody_in_or_says_when_it_came(served: str) -> None:
    names = ("login", "state", "request.state.login", "received_at", "received-at", "request_id", "request-id")
    said = {"login": "owner", "state": '{"login": "owner"}', "request.state.login": "owner"}
    headers = {f"{prefix}{name}": said.get(name, ID) for name in names for prefix in ("", "X-", "X-Etappi-", "Etappi-")}
    async with httpx2.AsyncClient(base_url=served) as client:
        answer = await client.get(f"/api/v1/{LEDGER}/me", headers=headers, params=said)

    assert (answer.status_code, answer.json()["code"]) == (401, "token-missing")
    assert answer.headers["X-Request-Id"] != ID
