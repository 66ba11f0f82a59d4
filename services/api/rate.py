"""How many requests one caller may make, where a limit is set."""

import hashlib

from fastapi.responses import JSONResponse
from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from services.api.problems import MEDIA_TYPE, Refusal, body_of


class RateLimit:
    """ASGI middleware; counts by bearer token, or by address where there is none. Counts are this process's alone."""

    def __init__(self, app: ASGIApp, limit: str | None) -> None:
        """`limit` such as `600/minute`; None lets everything through."""
        self._app = app
        self._limit = None if limit is None else parse(limit)
        self._window = MovingWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 429."""
        if self._limit is None or scope["type"] != "http" or await self._window.hit(self._limit, _caller(scope)):
            await self._app(scope, receive, send)
            return
        refusal = Refusal(429, "too-many-requests", f"At most {self._limit}.", mend="Wait, and send it again.")
        answer = JSONResponse(
            body_of(refusal, scope["state"]["request_id"]),
            status_code=429,
            headers={"Retry-After": str(self._limit.get_expiry())},
            media_type=MEDIA_TYPE,
        )
        await answer(scope, receive, send)


def _caller(scope: Scope) -> str:
    token = Headers(scope=scope).get("authorization")
    if token is not None:
        return hashlib.sha256(token.encode()).hexdigest()
    client = scope.get("client")
    return "" if client is None else str(client[0])
