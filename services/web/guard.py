"""What is sent to a page must come from our own pages, and be of bounded length; nothing else reaches a handler.

Browsers say from where a form is sent: by `Origin`, or by `Sec-Fetch-Site` where that is left out. With cookies that
are `SameSite=Lax` besides, no form needs a token.
"""

from collections.abc import Awaitable, Callable
from typing import TypeAlias
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FORM_BYTES = 4 * 1024 * 1024
READING = frozenset({"GET", "HEAD", "OPTIONS"})
_PORTS = {"http": 80, "https": 443}
_TOO_LARGE = 413

Refuse: TypeAlias = Callable[[Request, int, str], Awaitable[Response]]
"""Answers a page that says why nothing was done: by status and code."""


def origin_of(url: str) -> str:
    """The origin of an address, as browsers write it: without path, and without the port that goes without saying."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    named = f"[{host}]" if ":" in host else host
    port = parts.port
    return f"{parts.scheme}://{named}" + ("" if port in {None, _PORTS.get(parts.scheme)} else f":{port}")


def public_address(request: Request, public_url: str | None) -> str:
    """The address under which people reach the pages, without a slash at its end."""
    return (public_url or str(request.base_url)).rstrip("/")


class Guard:
    """Around the pages: refuses with 403 `foreign-form` what comes from elsewhere, with 413 what is too long."""

    def __init__(self, app: ASGIApp, public_url: str | None, *, refuse: Refuse, upload_bytes: int) -> None:
        """`upload_bytes` is the most that the files of one form may have; its fields may have 4 MiB beside them."""
        self._app = app
        self._public_url = public_url
        self._refuse = refuse
        self._upload_bytes = upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let pass, or answer the refusal."""
        if scope["type"] != "http" or scope["method"] in READING:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        most = self._most(request)
        if not self._is_ours(request):
            await (await self._refuse(request, 403, "foreign-form"))(scope, receive, send)
        elif _told(request) > most:
            await (await self._refuse(request, _TOO_LARGE, "body-too-large"))(scope, receive, send)
        else:
            await self._app(scope, at_most(request, most).receive, send)

    def _is_ours(self, request: Request) -> bool:
        origins = request.headers.getlist("origin")
        if not origins:
            return request.headers.getlist("sec-fetch-site") == ["same-origin"]
        return origins == [origin_of(public_address(request, self._public_url))]

    def _most(self, request: Request) -> int:
        uploads = request.headers.get("content-type", "").lower().startswith("multipart/form-data")
        return FORM_BYTES + (self._upload_bytes if uploads else 0)


def _told(request: Request) -> int:
    """The length that the request says it has."""
    told = request.headers.get("content-length", "0")
    return int(told) if told.isdecimal() else 0


def at_most(request: Request, most: int) -> Request:
    """The same request; reading more of it than so many bytes raises `HTTPException` 413, at once if it says so."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        if _told(request) > most:
            raise HTTPException(_TOO_LARGE)
        message = await request.receive()
        # A request may say nothing of its length.
        taken += len(message.get("body", b""))
        if taken > most:
            raise HTTPException(_TOO_LARGE)
        return message

    return Request(request.scope, counted)


__all__ = ["FORM_BYTES", "READING", "Guard", "Refuse", "at_most", "origin_of", "public_address"]
