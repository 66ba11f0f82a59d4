"""What the API answers at another address, passed on as it streams: documents, bundles, workbooks."""

import json
from collections.abc import Awaitable, Callable, Iterable
from http.client import OK
from typing import TypeAlias

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from services.web.api import Problem
from services.web.page import Page

Headers: TypeAlias = Iterable[tuple[bytes, bytes]]
SAID = frozenset({b"content-type", b"content-length", b"content-disposition", b"content-encoding", b"vary"})
"""The headers that say what is sent; the others are the pages' own."""


def said(headers: Headers) -> Headers:
    """Those of the headers that say what is sent."""
    return [each for each in headers if each[0] in SAID]


class Passed(Response):
    """The API's answer as it streams; `refused` makes a page of what it refuses instead."""

    def __init__(
        self,
        page: Page,
        place: str,
        query: bytes = b"",
        *,
        headers: Callable[[Headers], Headers] | None = None,
        refused: Callable[[Problem], Awaitable[Response]] | None = None,
    ) -> None:
        """`place` is the address below the API's, `query` what is asked there; `headers` chooses what is said of it."""
        super().__init__()
        self._page, self._place, self._query = page, place, query
        self._chosen, self._refused = headers or said, refused or self._answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on, or answer the page."""
        refused: bytearray | None = None

        async def shown(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start":
                if message["status"] != OK:
                    refused = bytearray()
                else:
                    await send({**message, "headers": list(self._chosen(message["headers"]))})
            elif refused is None:
                await send(message)
            else:
                refused.extend(message.get("body", b""))

        await self._page.asking.passed_on(self._place, self._query, scope, receive, shown)
        if refused is not None:
            response = await self._refused(Problem(json.loads(refused)))
            await response(scope, receive, send)

    async def _answered(self, problem: Problem) -> Response:
        return await self._page.render("problem.html", problem=problem)


__all__ = ["SAID", "Headers", "Passed", "said"]
