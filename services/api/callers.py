"""Who calls: a valid token, the person of the ledger it stands for, and for whom they act."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

import structlog
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from domain.access import is_access_ledger
from domain.values import Actor, PersonId
from services.api.addresses import ActingFor, Ledger
from services.api.problems import Refusal
from services.api.rate import RateLimit
from services.eventstore.connections import Pool
from services.identity import IssuerUnavailable, Login, People, TokenRefused, TokenVerifier

_BEARER = HTTPBearer(
    auto_error=False, scheme_name="oidc", bearerFormat="JWT", description="A token of the configured OIDC issuer."
)
Token = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A person of a ledger, and when their request was received."""

    ledger: str
    person: PersonId
    acting_for: PersonId | None
    received_at: datetime
    login: Login = field(repr=False)

    @property
    def actor(self) -> Actor:
        """As the domain knows them."""
        return Actor(id=self.person, acting_for=self.acting_for)


class Door:
    """Where tokens are checked and requests are counted: by person, and those without a valid token by address."""

    def __init__(self, verifier: TokenVerifier, limit: RateLimit) -> None:
        """Over the parts that know tokens and limits."""
        self._verifier = verifier
        self._limit = limit

    async def login(self, request: Request, token: HTTPAuthorizationCredentials | None) -> Login:
        """Who the token is for. Refuses with 401, with 429, and with 503 while the issuer's keys can't be had.

        The pages sign people in by themselves, and say in the request's state who asks: only this process can.
        """
        signed_in: Login | None = getattr(request.state, "login", None)
        if signed_in is not None:
            await self._limit.count(f"{signed_in.issuer} {signed_in.subject}")
            return signed_in
        try:
            if token is None:
                raise TokenRefused("token-missing", "A bearer token is needed.")  # noqa: TRY301 (counted like the others)
            found = await self._verifier.verify(token.credentials)
        except TokenRefused as refused:
            await self._limit.count("" if request.client is None else request.client.host)
            raise _unauthorised(refused.code, str(refused)) from refused
        except IssuerUnavailable as unavailable:
            raise Refusal(
                503, "issuer-unavailable", "The identity provider can't be reached.", headers={"Retry-After": "10"}
            ) from unavailable
        await self._limit.count(f"{found.issuer} {found.subject}")
        return found


def _unauthorised(code: str, why: str) -> Refusal:
    return Refusal(
        401, code, why, mend="Sign in and send the token anew.", headers={"WWW-Authenticate": 'Bearer realm="etappi"'}
    )


class Callers:
    """A dependency of the operations: answers the caller, or refuses."""

    def __init__(self, door: Door, people: People, ledgers: "Ledgers") -> None:
        """Over the parts that know tokens, people and ledgers."""
        self._door = door
        self._people = people
        self._ledgers = ledgers

    async def __call__(self, request: Request, ledger: Ledger, token: Token, acting_for: ActingFor = None) -> Caller:
        """The caller. Refusals: `token-…`, `unknown-ledger`, `not-registered`."""
        who = await self._door.login(request, token)
        request.state.ledger = ledger
        if not await self._ledgers.exists(ledger):
            raise Refusal(404, "unknown-ledger", f"There is no ledger {ledger!r}.", field="ledger")
        person = await self._people.person(ledger, who)
        if person is None:
            raise Refusal(
                403,
                "not-registered",
                "You aren't registered in this ledger.",
                mend="An administrator of the agency registers people and proposes roles.",
            )
        request.state.person = person
        structlog.contextvars.bind_contextvars(ledger=ledger, person=person)
        return Caller(
            ledger=ledger,
            person=person,
            acting_for=None if acting_for is None else PersonId(acting_for),
            received_at=request.state.received_at,
            login=who,
        )


class Ledgers:
    """Which ledgers there are. None ever goes, so those that were seen are remembered."""

    def __init__(self, pool: Pool) -> None:
        """Over the database."""
        self._pool = pool
        self._seen: set[str] = set()

    async def exists(self, ledger: str) -> bool:
        """Whether there is such a ledger of an agency; the ones that keep looks have no address."""
        if is_access_ledger(ledger):
            return False
        if ledger not in self._seen:
            found = await self._pool.fetchval("SELECT true FROM log.head WHERE ledger = $1", ledger)
            if found:
                self._seen.add(ledger)
        return ledger in self._seen
