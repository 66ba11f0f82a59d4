"""Signing in at the identity provider: OIDC's authorization code with PKCE (RFC 7636), and signing out of both.

Each attempt is bound to its browser by a cookie of its own, which holds what only this browser may know: state, nonce,
verifier, and where to go then. Nothing is stored here before somebody is signed in.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx2
import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from services.identity import IssuerUnavailable, TokenRefused, TokenVerifier
from services.settings import Settings
from services.web.guard import Refuse, public_address
from services.web.sessions import Sessions

ATTEMPT_SECONDS = 600
PROVIDER_SECONDS = 10
LONGEST_ADDRESS = 2_000
"""In bytes: browsers keep no cookie of more than 4,096."""
LONGEST_NAME = 200
START, BACK, OUT = "/sign-in", "/signed-in", "/sign-out"
TO = "to"
"""The field of the query that says where to go after signing in."""

_log = structlog.get_logger(__name__)


class _Failed(Exception):
    """Nobody was signed in: what the page answers."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


_REFUSALS = {
    "access_denied": (403, "sign-in-cancelled"),
    "server_error": (503, "issuer-unavailable"),
    "temporarily_unavailable": (503, "issuer-unavailable"),
}
"""What a provider says when it signs nobody in (RFC 6749, 4.1.2.1); anything else is a fault of the set-up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """What one browser knows of one attempt to sign in."""

    state: str
    nonce: str
    verifier: str
    to: str

    @property
    def challenge(self) -> str:
        return _encoded(hashlib.sha256(self.verifier.encode()).digest())


class SignIn:
    """The way in and out. `routes` serves it; `to` leads there from a page that needs somebody signed in."""

    def __init__(
        self,
        settings: Settings,
        sessions: Sessions,
        *,
        issuer: str,
        public_url: str | None,
        language: Callable[[Request], str],
        client: httpx2.AsyncClient | None = None,
    ) -> None:
        """`client` reaches the provider; without one it is reached over the network.

        `language` is that of the reader: the provider is asked to speak it, too.
        """
        self._settings = settings
        self._sessions = sessions
        self._public_url = public_url
        self._language = language
        self._client = client
        self._secure = (public_url or "").startswith("https:")
        # An id token is for us as a client; the API's access tokens are for its audience.
        self._identities = TokenVerifier(issuer, settings.oidc_client_id, client)

    def routes(self, refuse: Refuse) -> Sequence[Route]:
        """Where it is served. `refuse` answers the page of what went wrong."""

        def answering(handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
            async def answer(request: Request) -> Response:
                try:
                    return await handler(request)
                except _Failed as failed:
                    return self._forgotten(request, await refuse(request, failed.status, failed.code))

            return answer

        return [
            Route(START, answering(self.start), methods=["GET"]),
            Route(BACK, answering(self.finish), methods=["GET"]),
            Route(OUT, answering(self.sign_out), methods=["POST"]),
            # A link signs nobody out, and it is no ledger's name.
            Route(OUT, lambda _: RedirectResponse("/", status_code=303), methods=["GET"]),
        ]

    @staticmethod
    def to(address: str) -> Response:
        """To sign in, and then to an address of ours."""
        return RedirectResponse(f"{START}?{urlencode({TO: address})}", status_code=303)

    async def start(self, request: Request) -> Response:
        """To the provider; who is signed in already goes on at once."""
        to = local(request.query_params.get(TO, ""))
        if await self._sessions.find(request.cookies) is not None:
            return RedirectResponse(to, status_code=303)
        attempt = _Attempt(
            state=secrets.token_urlsafe(24), nonce=secrets.token_urlsafe(24), verifier=secrets.token_urlsafe(48), to=to
        )
        asked = {
            "response_type": "code",
            "client_id": self._settings.oidc_client_id,
            "redirect_uri": self._back(request),
            "scope": "openid profile",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
            "ui_locales": self._language(request),
        }
        endpoint = (await self._provider())["authorization_endpoint"]
        response = RedirectResponse(_with(endpoint, asked), status_code=303)
        response.set_cookie(
            self._cookie(attempt.state),
            _encoded(json.dumps(asdict(attempt), ensure_ascii=False).encode()),
            max_age=ATTEMPT_SECONDS,
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )
        return response

    async def finish(self, request: Request) -> Response:
        """Back from the provider: who it is, a new session, and on to where they wanted to go."""
        attempt = self._attempt(request)
        before = await self._sessions.find(request.cookies)
        if attempt is None:
            if before is not None:
                # The browser's way back leads here again.
                return RedirectResponse("/", status_code=303)
            raise _Failed(400, "sign-in-stale")
        answer = request.query_params
        if answer.get("iss", self._identities.issuer) != self._identities.issuer:
            raise _wrong("the answer is another issuer's (RFC 9207)")
        if "error" in answer:
            said = answer["error"]
            raise _Failed(*_REFUSALS[said]) if said in _REFUSALS else _wrong("the provider refused", error=said[:100])
        id_token = await self._redeem(answer.get("code", ""), attempt, self._back(request))
        try:
            claims = await self._identities.claims(id_token)
            login = self._identities.login(claims)
        except TokenRefused as refused:
            raise _wrong("the id token isn't valid", refused=str(refused)) from refused
        except IssuerUnavailable as unavailable:
            raise _Failed(503, "issuer-unavailable") from unavailable
        if not secrets.compare_digest(str(claims.get("nonce", "")), attempt.nonce):
            raise _wrong("the id token is of another attempt")
        if claims.get("azp", self._settings.oidc_client_id) != self._settings.oidc_client_id:
            raise _wrong("the id token was issued to another client")
        if before is not None:
            await self._sessions.end(before)
        name = claims.get(self._settings.oidc_name_claim)
        shown = name.strip()[:LONGEST_NAME] if isinstance(name, str) and name.strip() else login.subject
        _, value = await self._sessions.begin(login, shown.replace("\0", ""))
        response = self._forgotten(request, RedirectResponse(local(attempt.to), status_code=303))
        self._sessions.give(response, value)
        return response

    async def sign_out(self, request: Request) -> Response:
        """The session ends here, and then at the provider, where that can be; it may ask whether one means it."""
        session = await self._sessions.find(request.cookies)
        home = f"{public_address(request, self._public_url)}/"
        there = home
        if session is not None:
            await self._sessions.end(session)
            try:
                endpoint = (await self._identities.discovery()).get("end_session_endpoint")
            except IssuerUnavailable:
                endpoint = None
            if endpoint is not None:
                asked = {
                    "client_id": self._settings.oidc_client_id,
                    "logout_hint": session.login.subject,
                    "post_logout_redirect_uri": home,
                }
                there = _with(endpoint, asked)
        response = RedirectResponse(there, status_code=303)
        self._sessions.take(response)
        return response

    async def _redeem(self, code: str, attempt: _Attempt, back: str) -> str:
        """The id token for a code."""
        provider = await self._provider()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "client_id": self._settings.oidc_client_id,
            "code_verifier": attempt.verifier,
        }
        headers = {"Accept": "application/json"}
        secret = self._settings.oidc_client_secret
        if secret is not None:
            if "client_secret_basic" in provider.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]):
                # RFC 6749, 2.3.1: both are form-encoded first.
                pair = f"{quote(form.pop('client_id'), safe='')}:{quote(secret.get_secret_value(), safe='')}"
                headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
            else:
                form["client_secret"] = secret.get_secret_value()
        try:
            async with self._reaching() as client:
                answer = await client.post(provider["token_endpoint"], data=form, headers=headers)
            said = answer.json()
        except (httpx2.HTTPError, ValueError) as failure:
            _log.warning("the identity provider didn't answer", error=repr(failure))
            raise _Failed(503, "issuer-unavailable") from failure
        if answer.is_success and isinstance(said, dict) and isinstance(said.get("id_token"), str):
            return str(said["id_token"])
        error = said.get("error") if isinstance(said, dict) else None
        if error == "invalid_grant":
            # The code was redeemed before, or has expired.
            raise _Failed(400, "sign-in-stale")
        raise _wrong("the provider didn't redeem the code", status=answer.status_code, error=str(error)[:100])

    async def _provider(self) -> Mapping[str, Any]:
        try:
            found = await self._identities.discovery()
        except IssuerUnavailable as unavailable:
            raise _Failed(503, "issuer-unavailable") from unavailable
        if not found.keys() >= {"authorization_endpoint", "token_endpoint"}:
            raise _wrong("the provider doesn't say where one signs in")
        return found

    @asynccontextmanager
    async def _reaching(self) -> AsyncIterator[httpx2.AsyncClient]:
        if self._client is not None:
            yield self._client
        else:
            async with httpx2.AsyncClient(timeout=PROVIDER_SECONDS) as client:
                yield client

    def _back(self, request: Request) -> str:
        return public_address(request, self._public_url) + BACK

    def _cookie(self, state: str) -> str:
        """The cookie of an attempt: several tabs may try at once."""
        return f"{'__Host-' if self._secure else ''}etappi-attempt-{state[:12]}"

    def _attempt(self, request: Request) -> _Attempt | None:
        """The attempt that an answer belongs to, if this browser made it."""
        state = request.query_params.get("state", "")
        kept = request.cookies.get(self._cookie(state))
        if not state or kept is None:
            return None
        try:
            attempt = _Attempt(**json.loads(base64.urlsafe_b64decode(kept + "=" * (-len(kept) % 4))))
            same = secrets.compare_digest(attempt.state.encode(), state.encode())
        except (ValueError, TypeError, AttributeError):
            return None
        return attempt if same else None

    def _forgotten(self, request: Request, response: Response) -> Response:
        """An answer after which the attempt can't be finished again."""
        name = self._cookie(request.query_params.get("state", ""))
        if name in request.cookies:
            response.delete_cookie(name, secure=self._secure, httponly=True, samesite="lax")
        return response


def local(address: str) -> str:
    """An address if it is one of ours without doubt, else the front page: nobody is sent elsewhere after signing in."""
    # Browsers drop tabs and line ends, and take a backslash for a slash.
    plain = address.isprintable() and " " not in address and "\\" not in address
    if not plain or not address.startswith("/") or address.startswith("//") or len(address.encode()) > LONGEST_ADDRESS:
        return "/"
    parts = urlsplit(address)
    return "/" if parts.scheme or parts.netloc else address


def _wrong(why: str, **more: object) -> _Failed:
    """Something that whoever signs in can't mend: it stands in the log."""
    _log.warning("nobody was signed in", why=why, **more)
    return _Failed(502, "sign-in-failed")


def _with(endpoint: str, query: Mapping[str, str]) -> str:
    return endpoint + ("&" if "?" in endpoint else "?") + urlencode(query)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


__all__ = ["SignIn", "local"]
