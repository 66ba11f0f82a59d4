"""An identity provider for trying out: made-up people who sign in with one click.

It is no protection: whoever reaches it signs in as anybody it knows. So it serves demo ledgers alone.
"""

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote, urlencode, urlsplit

import httpx2
from fastapi import FastAPI, Form, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from services.identity import demo_pages
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
    """The provider. `app` is what serves it."""

    def __init__(
        self,
        issuer: str,
        people: Mapping[str, str],
        audience: str = "etappi",
        parts: Mapping[str, demo_pages.Part] | None = None,
    ) -> None:
        """`issuer` is the address at which `app` is served.

        `people` are subjects and the names shown for them, `parts` what they do; those of one role stand together.
        """
        self.issuer = issuer.rstrip("/")
        self._path = urlsplit(self.issuer).path
        self._people = dict(people)
        self._parts = {} if parts is None else dict(parts)
        self._audience = audience
        self._key = ECKey.generate_key("P-256", parameters={"use": "sig", "alg": "ES256"}, auto_kid=True)
        self._codes: dict[str, _Code] = {}
        self.app = self._served()
        self._mounted = Starlette(routes=[Mount(self._path, self.app)])

    @staticmethod
    def refuse_real(ledgers: Mapping[str, bool]) -> None:
        """Refuse an installation where any ledger isn't a demo. Raises `NotADemo`."""
        real = [ledger for ledger, demo in ledgers.items() if not demo]
        if real:
            raise NotADemo(f"{', '.join(real)}: set ETAPPI_OIDC_ISSUER to the issuer of your organisation")

    def token(self, subject: str, *, seconds: int = TOKEN_SECONDS, audience: str | None = None) -> str:
        """A bearer token for one of the people."""
        return self._sign(subject, {"aud": audience or self._audience}, seconds)

    def client(self) -> httpx2.AsyncClient:
        """Reaches the provider in this process."""
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self._mounted), base_url=self.issuer)

    def beside(self, service: ASGIApp) -> ASGIApp:
        """The provider at its path, and a service at all others: the headers of neither meet the other's pages."""

        async def either(scope: Scope, receive: Receive, send: Send) -> None:
            own = scope["type"] == "http" and f"{scope['path']}/".startswith(f"{self._path}/")
            await (self._mounted if own else service)(scope, receive, send)

        return either

    def verifier(self) -> TokenVerifier:
        """A verifier of these tokens that reaches the provider in this process."""
        return TokenVerifier(self.issuer, self._audience, self.client())

    def _sign(self, subject: str, more: Mapping[str, Any], seconds: int) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": subject, "iat": now, "exp": now + seconds, **more}
        return jwt.encode({"alg": "ES256", "kid": self._key.kid}, claims, self._key, algorithms=["ES256"])

    def _served(self) -> FastAPI:
        app = FastAPI(title="An identity provider for trying out", openapi_url=None, docs_url=None, redoc_url=None)
        app.get("/", response_model=None)(self._people_page)
        app.get("/style.css", response_model=None)(demo_pages.style)
        app.get("/people/{subject}", response_model=None)(self._token_page)
        app.get("/.well-known/openid-configuration", response_model=None)(self._discovery)
        app.get("/jwks", response_model=None)(self._jwks)
        app.get("/authorize", response_model=None)(self._authorize)
        app.post("/token", response_model=None)(self._token)
        app.get("/end-session", response_model=None)(self._end_session)
        return app

    def _people_page(
        self, request: Request, ui_locales: Annotated[str | None, Query(max_length=200)] = None
    ) -> HTMLResponse:
        """Everybody whom one can be, with what they do: for tokens."""
        language = self._language(request, ui_locales)
        return demo_pages.page(
            "people.html",
            language,
            self._path,
            {each: f"?ui_locales={each}" for each in demo_pages.LANGUAGES},
            heading=demo_pages.SAID["tokens"][language],
            lead=demo_pages.SAID["tokens_lead"][language],
            groups=demo_pages.choices(
                self._people,
                self._parts,
                language,
                lambda account: f"{self._path}/people/{quote(account)}?ui_locales={language}",
            ),
            cancel=None,
        )

    def _token_page(
        self, request: Request, subject: str, ui_locales: Annotated[str | None, Query(max_length=200)] = None
    ) -> HTMLResponse:
        """A token of one of them, to copy."""
        if subject not in self._people:
            raise HTTPException(404, "nobody is called so")
        api = self.issuer.rsplit("/", 1)[0] + "/api/v1"
        return demo_pages.page(
            "token.html",
            self._language(request, ui_locales),
            self._path,
            {each: f"?ui_locales={each}" for each in demo_pages.LANGUAGES},
            name=self._people[subject],
            token=self.token(subject),
            example=f"curl -H 'Authorization: Bearer TOKEN' {api}/me",
        )

    @staticmethod
    def _language(request: Request, asked: str | None) -> str:
        return demo_pages.language_of(asked, request.headers.get("accept-language", ""))

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
        request: Request,
        client_id: Annotated[str, Query()],
        redirect_uri: Annotated[str, Query()],
        code_challenge: Annotated[str, Query(min_length=43, max_length=128)],
        code_challenge_method: Annotated[str, Query(pattern="^S256$")],
        state: Annotated[str, Query()] = "",
        nonce: Annotated[str | None, Query()] = None,
        ui_locales: Annotated[str | None, Query(max_length=200)] = None,
        login: Annotated[str | None, Query()] = None,
        cancel: Annotated[bool, Query()] = False,  # noqa: FBT002 (a field of the query)
    ) -> HTMLResponse | RedirectResponse:
        """The people to choose from; with `login` the choice, with `cancel` none."""
        del code_challenge_method
        if not redirect_uri.startswith(("http://", "https://")):
            raise HTTPException(400, "redirect_uri")
        if cancel:
            return _back(redirect_uri, error="access_denied", state=state)
        if login is None:
            return self._choosing(request, ui_locales)
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
        return _back(redirect_uri, code=code, state=state)

    def _choosing(self, request: Request, asked: str | None) -> HTMLResponse:
        """The same request again, with a choice: one click a person."""
        language = self._language(request, asked)
        query = {name: value for name, value in request.query_params.items() if name != "ui_locales"}

        def again(**more: str) -> str:
            return f"?{urlencode(query | more)}"

        return demo_pages.page(
            "people.html",
            language,
            self._path,
            {each: again(ui_locales=each) for each in demo_pages.LANGUAGES},
            heading=demo_pages.SAID["sign_in"][language],
            lead=demo_pages.SAID["made_up"][language],
            groups=demo_pages.choices(self._people, self._parts, language, lambda account: again(login=account)),
            cancel=again(cancel="true"),
        )

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

    def _end_session(
        self, request: Request, post_logout_redirect_uri: Annotated[str | None, Query()] = None
    ) -> HTMLResponse | RedirectResponse:
        """Nobody stays signed in here: there is only the way back."""
        if post_logout_redirect_uri is not None and post_logout_redirect_uri.startswith(("http://", "https://")):
            return RedirectResponse(post_logout_redirect_uri, status_code=303)
        return demo_pages.page("signed-out.html", self._language(request, None), self._path, {})


def _back(redirect_uri: str, **said: str) -> RedirectResponse:
    joint = "&" if "?" in redirect_uri else "?"
    return RedirectResponse(redirect_uri + joint + urlencode(said), status_code=303)
