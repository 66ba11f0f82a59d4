"""Tokens and people: what is trusted, what is remembered, and what the identity provider for trying out is for."""

import base64
import hashlib
import hmac
import json
import secrets
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from api.world import ISSUER, LEDGER, World
from services.eventstore import catch_up
from services.identity import IDENTITIES, IssuerUnavailable, Login, TokenRefused, TokenVerifier
from services.identity import tokens as tokens_module
from services.identity.demo import DemoProvider, NotADemo


class Switch:
    """An issuer's address that can be away, and counts how often it is asked."""

    def __init__(self, provider: DemoProvider) -> None:
        self.provider = provider
        self.down = False
        self.asked = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        if self.down:
            raise httpx2.ConnectError("away")
        await self.provider.app(scope, receive, send)

    def verifier(self) -> TokenVerifier:
        client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self))
        return TokenVerifier(ISSUER, "etappi", client)


@pytest.fixture
def switch() -> Switch:
    return Switch(DemoProvider(ISSUER, {"anna": "Anna"}))


async def test_a_token_of_the_issuer_says_who_signed_in(switch: Switch) -> None:
    login = await switch.verifier().verify(switch.provider.token("anna"))

    assert login == Login(issuer=ISSUER, subject="anna")


async def test_keys_are_fetched_once_and_kept_while_the_issuer_is_away(switch: Switch) -> None:
    verifier = switch.verifier()
    await verifier.verify(switch.provider.token("anna"))
    switch.down = True
    verifier._fetched = verifier._tried = float("-inf")  # As if an hour had passed.

    again = [await verifier.verify(switch.provider.token("anna")) for _ in range(3)]

    assert {each.subject for each in again} == {"anna"}
    assert switch.asked == 3  # Discovery and keys, and once in vain.


async def test_without_keys_nobody_is_let_in_and_nobody_is_called_a_liar(switch: Switch) -> None:
    switch.down = True

    with pytest.raises(IssuerUnavailable):
        await switch.verifier().verify(switch.provider.token("anna"))


async def test_a_new_key_of_the_issuer_is_looked_up_but_not_for_each_invented_one(
    switch: Switch, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier = switch.verifier()
    await verifier.verify(switch.provider.token("anna"))
    switch.provider = DemoProvider(ISSUER, {"anna": "Anna"})
    invented = DemoProvider(ISSUER, {}).token("anna")

    with pytest.raises(TokenRefused):
        await verifier.verify(invented)
    asked = switch.asked
    monkeypatch.setattr(tokens_module, "RETRY_SECONDS", 0)
    login = await verifier.verify(switch.provider.token("anna"))

    assert asked == 2
    assert login.subject == "anna"


def _claims(**change: Any) -> dict[str, Any]:
    return {"iss": ISSUER, "aud": "etappi", "sub": "anna", "exp": 4_000_000_000} | change


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"aud": "other"}, None),
        ({"iss": "https://other.example"}, None),
        ({"nbf": 4_000_000_000}, None),
        ({"exp": 1}, None),
        ({"sub": ""}, None),
        ({"sub": 7}, None),
        ({"sub": "a\0"}, None),
        ({}, "exp"),
        ({}, "sub"),
        ({}, "aud"),
    ],
)
async def test_a_token_whose_claims_do_not_hold_is_refused(
    switch: Switch, change: dict[str, Any], missing: str | None
) -> None:
    claims = {name: value for name, value in _claims(**change).items() if name != missing}
    key = switch.provider._key
    token = jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key, algorithms=["ES256"])

    with pytest.raises(TokenRefused):
        await switch.verifier().verify(token)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


async def test_a_token_that_is_not_signed_with_the_issuers_key_is_refused(switch: Switch) -> None:
    kid = switch.provider._key.kid
    stranger = ECKey.generate_key("P-256")
    public = switch.provider._key.as_pem(private=False)

    def by_hand(algorithm: str, key: bytes) -> str:
        parts = [_encoded(json.dumps(part).encode()) for part in ({"alg": algorithm, "kid": kid}, _claims())]
        signature = hmac.digest(key, ".".join(parts).encode(), "sha256") if key else b""
        return ".".join([*parts, _encoded(signature)])

    made = [
        by_hand("none", b""),
        by_hand("HS256", public),
        jwt.encode({"alg": "ES256", "kid": kid}, _claims(), stranger, algorithms=["ES256"]),
        "x" * 20_000,
    ]

    for token in made:
        with pytest.raises(TokenRefused):
            await switch.verifier().verify(token)


async def test_a_browser_gets_its_token_by_a_code_that_only_it_can_redeem_once(switch: Switch) -> None:
    verifier = secrets.token_urlsafe(40)
    challenge = _encoded(hashlib.sha256(verifier.encode()).digest())
    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=switch.provider.app), base_url=ISSUER)
    asked = {
        "client_id": "etappi",
        "redirect_uri": "https://etappi.example/back",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "state": "s",
        "nonce": "n",
        "scope": "openid",
        "response_type": "code",
    }
    page = await client.get("/authorize", params=asked)
    sent_back = await client.get("/authorize", params=asked | {"login": "anna"})
    query = parse_qs(urlsplit(sent_back.headers["Location"]).query)
    form = {"grant_type": "authorization_code", "code": query["code"][0], "redirect_uri": asked["redirect_uri"]}

    first = await client.post("/token", data=form | {"code_verifier": verifier})
    twice = await client.post("/token", data=form | {"code_verifier": verifier})
    other = await client.get("/authorize", params=asked | {"login": "anna"})
    code = parse_qs(urlsplit(other.headers["Location"]).query)["code"][0]
    stolen = await client.post("/token", data=form | {"code": code, "code_verifier": "x" * 43})

    assert "Anna" in page.text
    assert query["state"] == ["s"]
    assert (await switch.verifier().verify(first.json()["access_token"])).subject == "anna"
    identity = jwt.decode(first.json()["id_token"], switch.provider._key, algorithms=["ES256"]).claims
    assert (identity["nonce"], identity["name"], identity["aud"]) == ("n", "Anna", "etappi")
    assert (twice.status_code, stolen.status_code) == (400, 400)


def test_the_identity_provider_for_trying_out_serves_no_real_ledger() -> None:
    DemoProvider.refuse_real({"demo": True})

    with pytest.raises(NotADemo, match="keha"):
        DemoProvider.refuse_real({"demo": True, "keha": False})


async def test_one_who_was_registered_just_now_can_sign_in_at_once(world: World) -> None:
    login = json.dumps({"issuer": ISSUER, "subject": "new"})
    await world.do("admin", "register-person", person="new", name="New", contact="n@keha.example", login=login)

    [mine] = (await world.client.get("/api/v1/me", headers=world.headers("new"))).json()["ledgers"]

    assert (mine["ledger"], mine["person"], mine["roles"]) == (LEDGER, "new", [])


async def test_a_login_stays_with_whom_it_was_registered_for_first(world: World) -> None:
    login = json.dumps({"issuer": ISSUER, "subject": "head"})
    await world.do("admin", "register-person", person="usurper", name="X", contact="x@keha.example", login=login)
    await catch_up(world.pool, IDENTITIES, LEDGER)

    [mine] = (await world.client.get("/api/v1/me", headers=world.headers("head"))).json()["ledgers"]

    assert mine["person"] == "head"
