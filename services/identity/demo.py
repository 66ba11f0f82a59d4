"""An identity provider for trying out: made-up people who sign in with one click.

It is no protection: whoever reaches it signs in as anybody it knows. So it serves demo ledgers alone.
"""

import base64
import hashlib
import html
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote, urlencode, urlsplit

import httpx2
from fastapi import FastAPI, Form, HTTPException, Query
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from starlette.applications import Starlette
from starlette.routing import Mount

from services.identity.tokens import TokenVerifier

TOKEN_SECONDS = 8 * 3_600
CODE_SECONDS = 60


class NotADemo(RuntimeError):
    """There is a ledger that isn't a demo; the demo's identity provider doesn't serve it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Code:
    subject: str
    redirect_uri: str
    client_id: str
    nonce: str | None
    challenge: str
    until: float


class DemoProvider:
    """The provider. `people` are subjects and the names shown for them; `app` is what serves it."""

    def __init__(self, issuer: str, people: Mapping[str, str], audience: str = "etappi") -> None:
        """`issuer` is the address at which `app` is served."""
        self.issuer = issuer.rstrip("/")
        self._people = dict(people)
        self._audience = audience
        self._key = ECKey.generate_key("P-256", parameters={"use": "sig", "alg": "ES256"}, auto_kid=True)
        self._codes: dict[str, _Code] = {}
        self.app = self._served()

    @staticmethod
    def refuse_real(ledgers: Mapping[str, bool]) -> None:
        """Refuse an installation where any ledger isn't a demo. Raises `NotADemo`."""
        real = [ledger for ledger, demo in ledgers.items() if not demo]
        if real:
            raise NotADemo(f"{', '.join(real)}: set ETAPPI_OIDC_ISSUER to the issuer of your organisation")

    def token(self, subject: str, *, seconds: int = TOKEN_SECONDS, audience: str | None = None) -> str:
        """A bearer token for one of the people."""
        return self._sign(subject, {"aud": audience or self._audience}, seconds)

    def verifier(self) -> TokenVerifier:
        """A verifier of these tokens that reaches the provider in this process."""
        mounted = Starlette(routes=[Mount(urlsplit(self.issuer).path, self.app)])
        client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=mounted), base_url=self.issuer)
        return TokenVerifier(self.issuer, self._audience, client)

    def _sign(self, subject: str, more: Mapping[str, Any], seconds: int) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": subject, "iat": now, "exp": now + seconds, **more}
        return jwt.encode({"alg": "ES256", "kid": self._key.kid}, claims, self._key, algorithms=["ES256"])

    def _served(self) -> FastAPI:
        app = FastAPI(title="An identity provider for trying out", openapi_url=None, docs_url=None, redoc_url=None)
        app.get("/", response_model=None)(self._people_page)
        app.get("/people/{subject}", response_model=None)(self._token_page)
        app.get("/.well-known/openid-configuration", response_model=None)(self._discovery)
        app.get("/jwks", response_model=None)(self._jwks)
        app.get("/authorize", response_model=None)(self._authorize)
        app.post("/token", response_model=None)(self._token)
        app.get("/end-session", response_model=None)(self._end_session)
        return app

    def _people_page(self) -> HTMLResponse:
        """Everybody whom one can be, with what they do."""
        links = "".join(
            f'<li><a href="people/{quote(subject)}">{html.escape(name)}</a> ({html.escape(subject)})</li>'
            for subject, name in self._people.items()
        )
        return _html(
            "Sign in to the demo",
            f"<p>Made-up people, for trying out. Choose one to get a token for the API.</p><ul>{links}</ul>",
        )

    def _token_page(self, subject: str) -> HTMLResponse:
        """A token of one of them, to copy."""
        if subject not in self._people:
            raise HTTPException(404, "nobody is called so")
        api = self.issuer.rsplit("/", 1)[0] + "/api/v1"
        example = f"curl -H 'Authorization: Bearer TOKEN' {api}/me"
        return _html(
            f"Token of {self._people[subject]}",
            '<p><label for="token">Token, good for eight hours</label></p>'
            f'<p><textarea id="token" rows="8" cols="80" readonly>{self.token(subject)}</textarea></p>'
            f'<p>Use it so:</p><pre>{html.escape(example)}</pre><p><a href="../">Somebody else</a></p>',
        )

    def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "end_session_endpoint": f"{self.issuer}/end-session",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_post", "client_secret_basic"],
            "scopes_supported": ["openid", "profile"],
        }

    def _jwks(self) -> JSONResponse:
        return JSONResponse(KeySet([self._key]).as_dict(private=False))

    def _authorize(
        self,
        client_id: Annotated[str, Query()],
        redirect_uri: Annotated[str, Query()],
        code_challenge: Annotated[str, Query(min_length=43, max_length=128)],
        code_challenge_method: Annotated[str, Query(pattern="^S256$")],
        state: Annotated[str, Query()] = "",
        nonce: Annotated[str | None, Query()] = None,
        login: Annotated[str | None, Query()] = None,
    ) -> HTMLResponse | RedirectResponse:
        """The people to choose from; with `login` the choice."""
        if not redirect_uri.startswith(("http://", "https://")):
            raise HTTPException(400, "redirect_uri")
        if login is None:
            query = {
                "client_id": client_id,
                "redirect_uri": redirect_uri,
                "state": state,
                "code_challenge": code_challenge,
                "code_challenge_method": code_challenge_method,
            } | ({} if nonce is None else {"nonce": nonce})
            return _html("Sign in as", self._page(query))
        if login not in self._people:
            raise HTTPException(400, "login")
        now = time.time()
        self._codes = {code: each for code, each in self._codes.items() if each.until > now}
        code = secrets.token_urlsafe(24)
        self._codes[code] = _Code(
            subject=login,
            redirect_uri=redirect_uri,
            client_id=client_id,
            nonce=nonce,
            challenge=code_challenge,
            until=now + CODE_SECONDS,
        )
        joint = "&" if "?" in redirect_uri else "?"
        return RedirectResponse(redirect_uri + joint + urlencode({"code": code, "state": state}), status_code=303)

    def _page(self, query: Mapping[str, str]) -> str:
        links = "".join(
            f'<li><a href="?{html.escape(urlencode({**query, "login": subject}))}">{html.escape(name)}</a></li>'
            for subject, name in self._people.items()
        )
        return f"<p>Made-up people, for trying out.</p><ul>{links}</ul>"

    def _token(
        self,
        grant_type: Annotated[str, Form(pattern="^authorization_code$")],
        code: Annotated[str, Form()],
        redirect_uri: Annotated[str, Form()],
        code_verifier: Annotated[str, Form(min_length=43, max_length=128)],
    ) -> JSONResponse:
        del grant_type
        found = self._codes.pop(code, None)
        digest = hashlib.sha256(code_verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if found is None or found.until < time.time() or found.redirect_uri != redirect_uri:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        if not secrets.compare_digest(found.challenge, challenge):
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        name = self._people[found.subject]
        identity = {"aud": found.client_id, "name": name} | ({} if found.nonce is None else {"nonce": found.nonce})
        return JSONResponse(
            {
                "access_token": self.token(found.subject),
                "id_token": self._sign(found.subject, identity, TOKEN_SECONDS),
                "token_type": "Bearer",
                "expires_in": TOKEN_SECONDS,
            },
            headers={"Cache-Control": "no-store"},
        )

    @staticmethod
    def _end_session(
        post_logout_redirect_uri: Annotated[str | None, Query()] = None,
    ) -> HTMLResponse | RedirectResponse:
        if post_logout_redirect_uri is not None and post_logout_redirect_uri.startswith(("http://", "https://")):
            return RedirectResponse(post_logout_redirect_uri, status_code=303)
        return HTMLResponse('<!doctype html><html lang="en"><title>Signed out</title><p>Signed out.</p></html>')


def _html(title: str, body: str) -> HTMLResponse:
    """A page without script or style from elsewhere."""
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)} - Etappi</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"></head>'
        f"<body><main><h1>{html.escape(title)}</h1>{body}</main></body></html>"
    )
    return HTMLResponse(page, headers={"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"})
