"""Signing in and out at an identity provider: bound to one browser and attempt, and nobody is sent elsewhere."""

import base64
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import asyncpg
import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from services.eventstore.connections import Pool
from services.identity.demo import DemoProvider
from services.local import PostgresUrls
from services.settings import Settings
from services.web.sessions import Sessions
from services.web.signin import LONGEST_ADDRESS, SignIn, local

ISSUER, OURS = "https://idp.example/idp", "https://etappi.example"
ELSEWHERE = [
    "",
    "work",
    "//evil.example",
    "//evil.example/keha",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    " //evil.example",
    "https:evil.example",
    "https://evil.example/",
    "HTTPS://etappi.example@evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/" + "x" * LONGEST_ADDRESS,
]


@dataclass(slots=True, kw_only=True)
class Place:
    """The way in over a database, its provider, and one browser."""

    pool: Pool
    provider: DemoProvider
    sessions: Sessions
    app: Starlette
    changed: dict[str, Callable[[Request], Response]] = field(default_factory=dict)

    def browser(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self.app), base_url=OURS)

    async def back(self, browser: httpx2.AsyncClient, to: str | None = "/keha/work?unit=x") -> str:
        """Anna is chosen at the provider: the address that the browser is sent back to."""
        start = await browser.get("/sign-in", params={} if to is None else {"to": to})
        assert start.status_code == 303, start.text
        async with self.provider.client() as client:
            chosen = await client.get(f"{start.headers['Location']}&login=anna")
        assert chosen.status_code == 303, chosen.text
        found: str = chosen.headers["Location"]
        return found

    async def count(self) -> int:
        found: int = await self.pool.fetchval("SELECT count(*) FROM app.session")
        return found


def _changing(place: Callable[[], Place]) -> Any:
    """The provider, with some of its answers replaced."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"].removeprefix("/idp")
        if (replaced := place().changed.get(path)) is not None:
            await replaced(Request(scope, receive))(scope, receive, send)
        else:
            await place().provider.app({**scope, "path": path, "root_path": ""}, receive, send)

    return answer


async def _refuse(request: Request, status: int, code: str) -> Response:
    return PlainTextResponse(code, status_code=status)


@pytest.fixture
async def pool(database: PostgresUrls) -> AsyncIterator[Pool]:
    async with asyncpg.create_pool(database.app, min_size=1, max_size=4) as pool:
        yield pool


def _place(pool: Pool, **settings: Any) -> Place:
    provider = DemoProvider(ISSUER, {"anna": "Anna Aalto"})
    sessions = Sessions(pool, secure=True)
    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=_changing(lambda: made)))
    signin = SignIn(
        Settings(**settings), sessions, issuer=ISSUER, public_url=OURS, language=lambda _: "sv", client=client
    )

    async def who(request: Request) -> Response:
        session = await sessions.find(request.cookies)
        return PlainTextResponse("nobody" if session is None else f"{session.name} ({session.login.subject})")

    app = Starlette(routes=[*signin.routes(_refuse), Route("/who", who)])
    made = Place(pool=pool, provider=provider, sessions=sessions, app=app)
    return made


@pytest.fixture
def place(pool: Pool) -> Place:
    return _place(pool)


async def _who(browser: httpx2.AsyncClient) -> str:
    return (await browser.get("/who")).text


async def test_one_signs_in_at_the_provider_and_comes_back_to_where_one_wanted_to_go(place: Place) -> None:
    browser = place.browser()

    answer = await browser.get(await place.back(browser))

    assert (answer.status_code, answer.headers["Location"]) == (303, "/keha/work?unit=x")
    assert await _who(browser) == "Anna Aalto (anna)"
    assert list(browser.cookies) == ["__Host-etappi"], "nothing is left of the attempt"


async def test_the_provider_is_asked_for_a_code_with_pkce(place: Place) -> None:
    start = await place.browser().get("/sign-in")

    asked = dict(parse_qsl(urlsplit(start.headers["Location"]).query))
    cookie = start.headers["Set-Cookie"]
    assert start.headers["Location"].startswith(f"{ISSUER}/authorize?")
    assert (
        asked.items()
        >= {
            "response_type": "code",
            "client_id": "etappi",
            "redirect_uri": f"{OURS}/signed-in",
            "scope": "openid profile",
            "code_challenge_method": "S256",
            "ui_locales": "sv",
        }.items()
    )
    assert min(len(asked[each]) for each in ("state", "nonce", "code_challenge")) >= 32
    assert cookie.startswith("__Host-etappi-attempt-")
    assert cookie.endswith("HttpOnly; Max-Age=600; Path=/; SameSite=lax; Secure")


async def test_two_tabs_may_sign_in_at_once(place: Place) -> None:
    browser = place.browser()
    one, other = await place.back(browser, "/one"), await place.back(browser, "/other")

    answers = [await browser.get(each) for each in (one, other)]

    assert [each.headers["Location"] for each in answers] == ["/one", "/other"]


async def test_who_is_signed_in_goes_on_without_being_asked(place: Place) -> None:
    browser = place.browser()
    back = await place.back(browser)
    await browser.get(back)

    again, twice = await browser.get("/sign-in", params={"to": "/keha"}), await browser.get(back)

    assert (again.headers["Location"], twice.headers["Location"]) == ("/keha", "/")
    assert await place.count() == 1


async def test_an_answer_that_this_browser_did_not_ask_for_signs_nobody_in(place: Place) -> None:
    """Somebody else's code: else one would work, and type, under their name."""
    victim, attacker = place.browser(), place.browser()
    theirs = await place.back(attacker)
    await victim.get("/sign-in")

    answer = await victim.get(theirs)

    assert (answer.status_code, answer.text) == (400, "sign-in-stale")
    assert (await _who(victim), await place.count()) == ("nobody", 0)


@pytest.mark.parametrize("state", ["", "x", "x" * 5_000, "ä", "\0"])
async def test_a_state_that_is_made_up_signs_nobody_in(place: Place, state: str) -> None:
    browser = place.browser()
    back = httpx2.URL(await place.back(browser))

    forged = await browser.get(back.copy_set_param("state", state))
    begun = parse_qs(back.query.decode())["state"][0][:12]
    alike = await browser.get(back.copy_set_param("state", begun + "x" * 20))

    assert (forged.status_code, alike.status_code) == (400, 400)
    assert await place.count() == 0


@pytest.mark.parametrize("kept", ["", "x", "e30", "bnVsbA", "eyJzdGF0ZSI6IDF9"])
async def test_a_cookie_that_is_made_up_signs_nobody_in(place: Place, kept: str) -> None:
    browser = place.browser()
    back = await place.back(browser)
    [name] = list(browser.cookies)
    browser.cookies.clear()

    answer = await browser.get(back, headers={"Cookie": f"{name}={kept}"})

    assert (answer.status_code, answer.text) == (400, "sign-in-stale")


async def test_a_code_counts_once(place: Place) -> None:
    browser = place.browser()
    back = await place.back(browser)
    attempt = dict(browser.cookies)
    await browser.get(back)
    thief = place.browser()
    thief.cookies.update(attempt)

    answer = await thief.get(back)

    assert (answer.status_code, answer.text) == (400, "sign-in-stale")
    assert await place.count() == 1


@pytest.mark.parametrize("to", ELSEWHERE)
async def test_nobody_is_sent_elsewhere_after_signing_in(place: Place, to: str) -> None:
    browser = place.browser()

    answer = await browser.get(await place.back(browser, to))

    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


async def test_also_a_cookie_sends_nobody_elsewhere(place: Place) -> None:
    browser = place.browser()
    back = await place.back(browser)
    [(name, kept)] = list(browser.cookies.items())
    attempt = json.loads(base64.urlsafe_b64decode(kept + "==")) | {"to": "https://evil.example"}
    changed = base64.urlsafe_b64encode(json.dumps(attempt).encode()).decode()
    browser.cookies.clear()

    answer = await browser.get(back, headers={"Cookie": f"{name}={changed}"})

    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("address", ["/", "/keha", "/keha/rounds/2024-annual?unit=x&as_of=2024-06-03#m-12", "/hae?q=ä"])
def test_our_own_addresses_stay_as_they_are(address: str) -> None:
    assert local(address) == address


async def test_an_id_from_before_signing_in_is_worth_nothing(place: Place) -> None:
    """Whoever put their cookie into this browser isn't signed in with it."""
    browser = place.browser()
    browser.cookies.set("__Host-etappi", "planted", domain="etappi.example")

    await browser.get(await place.back(browser))

    other = place.browser()
    other.cookies.set("__Host-etappi", "planted", domain="etappi.example")
    assert (await _who(browser), await _who(other)) == ("Anna Aalto (anna)", "nobody")


async def test_signing_in_anew_ends_the_session_before(place: Place) -> None:
    browser, other = place.browser(), place.browser()
    back = await place.back(browser)
    await browser.get(await place.back(browser))
    other.cookies.update(browser.cookies)

    await browser.get(back)

    assert (await _who(browser), await _who(other)) == ("Anna Aalto (anna)", "nobody")
    assert await place.count() == 1


async def test_signing_out_ends_the_session_here_and_at_the_provider(place: Place) -> None:
    browser, copy = place.browser(), place.browser()
    await browser.get(await place.back(browser))
    copy.cookies.update(browser.cookies)

    answer = await browser.post("/sign-out")

    there = urlsplit(answer.headers["Location"])
    asked = dict(parse_qsl(there.query))
    assert answer.status_code == 303
    assert f"{there.scheme}://{there.netloc}{there.path}" == f"{ISSUER}/end-session"
    assert (asked["post_logout_redirect_uri"], asked["client_id"]) == (f"{OURS}/", "etappi")
    assert asked["logout_hint"] == "anna"
    assert "id_token_hint" not in asked, "no token of theirs is kept"
    assert (await _who(browser), await _who(copy), await place.count()) == ("nobody", "nobody", 0)


async def test_one_signs_out_here_also_when_the_provider_has_no_such_page_or_one_was_out_already(place: Place) -> None:
    browser = place.browser()
    discovery = place.provider._discovery()
    del discovery["end_session_endpoint"]
    place.changed["/.well-known/openid-configuration"] = lambda _: JSONResponse(discovery)
    await browser.get(await place.back(browser))

    once, twice = await browser.post("/sign-out"), await browser.post("/sign-out")

    assert [each.headers["Location"] for each in (once, twice)] == [f"{OURS}/", f"{OURS}/"]
    assert await place.count() == 0


async def test_a_link_signs_nobody_out(place: Place) -> None:
    browser = place.browser()
    await browser.get(await place.back(browser))

    assert (await browser.get("/sign-out")).headers["Location"] == "/"
    assert await _who(browser) == "Anna Aalto (anna)"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        ("access_denied", 403, "sign-in-cancelled"),
        ("temporarily_unavailable", 503, "issuer-unavailable"),
        ("server_error", 503, "issuer-unavailable"),
        ("invalid_scope", 502, "sign-in-failed"),
        ("<script>", 502, "sign-in-failed"),
    ],
)
async def test_what_the_provider_says_instead_of_a_code_becomes_a_page(
    place: Place, error: str, status: int, code: str
) -> None:
    browser = place.browser()
    back = httpx2.URL(await place.back(browser))
    said = back.copy_remove_param("code").copy_set_param("error", error)

    answer = await browser.get(said)

    assert (answer.status_code, answer.text) == (status, code)
    assert list(browser.cookies) == [], "this attempt is over"


async def test_an_answer_of_another_issuer_is_refused(place: Place) -> None:
    """RFC 9207."""
    browser = place.browser()

    answer = await browser.get(f"{await place.back(browser)}&iss=https%3A%2F%2Fevil.example")

    assert (answer.status_code, answer.text) == (502, "sign-in-failed")


async def test_while_the_provider_is_away_people_are_told_so(place: Place) -> None:
    browser = place.browser()
    place.changed["/.well-known/openid-configuration"] = lambda _: Response(status_code=503)
    start = await browser.get("/sign-in")
    place.changed.clear()
    back = await place.back(browser)
    place.changed["/token"] = lambda _: Response("down", status_code=502)
    finish = await browser.get(back)

    assert [(each.status_code, each.text) for each in (start, finish)] == [(503, "issuer-unavailable")] * 2
    assert await place.count() == 0


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": "of another attempt"},
        {"nonce": None},
        {"aud": "another-client"},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"exp": None},
        {"sub": ""},
        {"aud": ["etappi", "another-client"], "azp": "another-client"},
        {"key": "a stranger's"},
    ],
    ids=str,
)
async def test_an_id_token_that_does_not_hold_signs_nobody_in(place: Place, change: dict[str, Any]) -> None:
    browser = place.browser()
    back = await place.back(browser)
    code = parse_qs(urlsplit(back).query)["code"][0]
    own = place.provider._key
    claims = {"iss": ISSUER, "aud": "etappi", "sub": "anna", "exp": time.time() + 60}
    claims |= {"nonce": place.provider._codes[code].nonce} | change
    key = ECKey.generate_key("P-256") if claims.pop("key", None) else own
    said = {name: value for name, value in claims.items() if value is not None}
    token = jwt.encode({"alg": "ES256", "kid": own.kid}, said, key, algorithms=["ES256"])
    place.changed["/token"] = lambda _: JSONResponse({"id_token": token, "access_token": "x", "token_type": "Bearer"})

    answer = await browser.get(back)

    assert (answer.status_code, answer.text) == (502, "sign-in-failed")
    assert await place.count() == 0


@pytest.mark.parametrize("said", ["[]", '"x"', "{}", '{"id_token": 7}', "no json"])
async def test_a_provider_that_answers_nonsense_signs_nobody_in(place: Place, said: str) -> None:
    browser = place.browser()
    back = await place.back(browser)
    place.changed["/token"] = lambda _: Response(said, media_type="application/json")

    answer = await browser.get(back)

    assert answer.status_code in {502, 503}
    assert await place.count() == 0


async def test_a_name_comes_from_the_claim_that_is_set_and_else_from_the_subject(pool: Pool) -> None:
    place = _place(pool, ETAPPI_OIDC_NAME_CLAIM="displayName")
    browser = place.browser()

    await browser.get(await place.back(browser))

    assert await _who(browser) == "anna (anna)"


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
async def test_a_client_with_a_secret_shows_it_to_the_provider_alone(pool: Pool, method: str) -> None:
    place = _place(pool, ETAPPI_OIDC_CLIENT_SECRET=SecretStr("s:e cret"))
    place.changed["/.well-known/openid-configuration"] = lambda _: JSONResponse(
        place.provider._discovery() | {"token_endpoint_auth_methods_supported": [method]}
    )
    asked: list[Request] = []

    def redeem(request: Request) -> Response:
        asked.append(request)
        return JSONResponse({})

    place.changed["/token"] = redeem
    browser = place.browser()
    back = await place.back(browser)

    await browser.get(back)

    [request] = asked
    body = dict(parse_qsl((await request.body()).decode()))
    if method == "client_secret_basic":
        assert base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")) == b"etappi:s%3Ae%20cret"
        assert body.keys() == {"grant_type", "code", "redirect_uri", "code_verifier"}
    else:
        assert (body["client_id"], body["client_secret"]) == ("etappi", "s:e cret")
    assert "cret" not in back
