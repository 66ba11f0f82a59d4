"""Bearer tokens: JWTs of one issuer, checked against its published keys."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
import structlog
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
LEEWAY_SECONDS = 30
KEYS_FRESH_SECONDS = 3_600
RETRY_SECONDS = 10
LONGEST_TOKEN = 16_000

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Who signed in, as the issuer calls them."""

    issuer: str
    subject: str


class TokenRefused(Exception):
    """The token isn't valid. `code` is `token-invalid` or `token-expired`."""

    def __init__(self, code: str, why: str) -> None:
        """Say why."""
        super().__init__(why)
        self.code = code


class IssuerUnavailable(Exception):
    """The issuer's keys can't be fetched, and none are kept."""


class TokenVerifier:
    """Checks tokens: signature, issuer, audience, times. Keys are fetched once and kept while the issuer is away."""

    def __init__(
        self,
        issuer: str,
        audience: str,
        client: httpx2.AsyncClient | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`clock` is the wall clock, also for a demo ledger."""
        self.issuer = issuer
        self._audience = audience
        self._client = client
        self._clock = clock
        self._keys: KeySet | None = None
        self._discovery: Mapping[str, Any] = {}
        self._fetched = float("-inf")
        self._tried = float("-inf")
        self._lock = asyncio.Lock()
        self._registry = jwt.JWTClaimsRegistry(
            now=lambda: int(self._clock()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    async def verify(self, token: str) -> Login:
        """Who the token is for. Raises `TokenRefused`, `IssuerUnavailable`."""
        return self.login(await self.claims(token))

    def login(self, claims: Mapping[str, Any]) -> Login:
        """Whom claims name. Raises `TokenRefused` for nobody."""
        subject = claims["sub"]
        if not isinstance(subject, str) or not subject or "\0" in subject:
            raise TokenRefused("token-invalid", "The token names nobody.")
        return Login(issuer=self.issuer, subject=subject)

    async def claims(self, token: str) -> Mapping[str, Any]:
        """What a valid token says. Raises `TokenRefused`, `IssuerUnavailable`."""
        if len(token) > LONGEST_TOKEN:
            raise TokenRefused("token-invalid", "The token is too long.")
        keys = await self._current(at_least=time.monotonic() - KEYS_FRESH_SECONDS)
        try:
            decoded = _decode(token, keys)
        except InvalidKeyIdError:
            # A key that came since: look once more, but not for each token that somebody makes up.
            keys = await self._current(at_least=time.monotonic() - RETRY_SECONDS)
            try:
                decoded = _decode(token, keys)
            except (JoseError, ValueError) as error:
                raise TokenRefused("token-invalid", "The token's signature isn't the issuer's.") from error
        except (JoseError, ValueError) as error:
            raise TokenRefused("token-invalid", "The token's signature isn't the issuer's.") from error
        try:
            self._registry.validate(decoded.claims)
        except ExpiredTokenError as error:
            raise TokenRefused("token-expired", "The token has expired.") from error
        except (JoseError, ValueError, TypeError) as error:
            raise TokenRefused("token-invalid", "The token is for another audience, issuer or time.") from error
        return decoded.claims

    async def discovery(self) -> Mapping[str, Any]:
        """What the issuer says of itself: where one signs in, and out. Raises `IssuerUnavailable`."""
        await self._current(at_least=time.monotonic() - KEYS_FRESH_SECONDS)
        return self._discovery

    async def _current(self, at_least: float) -> KeySet:
        async with self._lock:
            now = time.monotonic()
            rested = now - self._tried >= RETRY_SECONDS or self._keys is None
            if self._fetched < at_least and rested:
                self._tried = now
                try:
                    self._keys = await self._fetch()
                    self._fetched = now
                except (httpx2.HTTPError, JoseError, ValueError, KeyError, TypeError) as error:
                    _log.warning("the issuer's keys can't be fetched", issuer=self.issuer, error=repr(error))
            if self._keys is None:
                raise IssuerUnavailable(self.issuer)
            return self._keys

    async def _fetch(self) -> KeySet:
        if self._client is not None:
            return await self._fetch_with(self._client)
        async with httpx2.AsyncClient(timeout=5) as client:
            return await self._fetch_with(client)

    async def _fetch_with(self, client: httpx2.AsyncClient) -> KeySet:
        discovery = await _json(client, self.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if discovery["issuer"] != self.issuer:
            raise ValueError(f"the discovery document is of another issuer, {discovery['issuer']!r}")
        keys = KeySet.import_key_set(await _json(client, discovery["jwks_uri"]))
        self._discovery = discovery
        return keys


def _decode(token: str, keys: KeySet) -> jwt.Token:
    return jwt.decode(token, keys, algorithms=list(ALGORITHMS))


async def _json(client: httpx2.AsyncClient, url: str) -> Any:
    answer = await client.get(url)
    answer.raise_for_status()
    return answer.json()
