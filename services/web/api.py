"""The JSON API, called within the process for a person who is signed in: the only way in which the pages read and act.

The pages decide nothing. What a person may see or do is what the API answers them, and a look that it records is
recorded whoever asks.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import quote

import httpx2
from starlette.types import ASGIApp, Receive, Scope, Send

from services.identity import Login

PREFIX = "/api/v1"
Shown: TypeAlias = dict[str, Any]
"""An answer as JSON."""


class Problem(Exception):
    """What the API refused or couldn't do: an RFC 9457 problem; nothing was recorded."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        """From the problem's JSON."""
        super().__init__(said.get("detail", ""))
        self.said = said

    @property
    def status(self) -> int:
        """The HTTP status."""
        return int(self.said.get("status", 500))

    @property
    def code(self) -> str:
        """Stable: what to decide by."""
        return str(self.said.get("code", "unexpected"))

    def within(self, part: str) -> "Problem":
        """The same with the fields of a part of the body (`evidence`) called as the form of that part calls them."""

        def named(told: Shown) -> Shown:
            field = told.get("field")
            return told | {"field": str(field).removeprefix(f"{part}.")} if field else told

        errors = [named(each) for each in self.said.get("errors") or []]
        return Problem(named(dict(self.said)) | ({"errors": errors} if errors else {}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """On whose behalf the API is asked, and when their request came in: that instant decides what is late."""

    login: Login
    received_at: datetime
    request_id: str


class Api:
    """The API as one person's request uses it."""

    def __init__(self, app: ASGIApp, asking: Asking) -> None:
        """`app` is the whole service."""
        self._app = app
        self._asking = asking
        self._client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self._asked), base_url="http://etappi")

    async def get(self, path: str, /, **query: object) -> Any:
        """Read something: `get("keha/board", year=2024)`. What is None is not asked. Raises `Problem`."""
        asked = {name: str(value) for name, value in query.items() if value is not None}
        return _read(await self._client.get(_address(path), params=asked))

    async def command(
        self, ledger: str, name: str, body: Mapping[str, Any], *, key: str, acting_for: str | None = None
    ) -> Shown:
        """Give a command; `key` makes a repeated one the same. Raises `Problem`."""
        headers = {"Idempotency-Key": key} | ({} if acting_for is None else {"Etappi-Acting-For": acting_for})
        found: Shown = _read(
            await self._client.post(_address(f"{ledger}/commands/{name}"), json=dict(body), headers=headers)
        )
        return found

    async def check(self, ledger: str, name: str, body: Mapping[str, Any], *, acting_for: str | None = None) -> Shown:
        """What a command would come to now; nothing is recorded. Raises `Problem` as the command would."""
        headers = {} if acting_for is None else {"Etappi-Acting-For": acting_for}
        found: Shown = _read(
            await self._client.post(
                _address(f"{ledger}/commands/{name}"), params={"check": "true"}, json=dict(body), headers=headers
            )
        )
        return found

    async def post(self, path: str, body: Mapping[str, Any], *, key: str) -> Any:
        """Post JSON to another address of the API. Raises `Problem`."""
        return _read(await self._client.post(_address(path), json=dict(body), headers={"Idempotency-Key": key}))

    async def send(self, path: str, content: bytes, media_type: str, *, key: str) -> Any:
        """Post a file to an address of the API that reads it at once. Raises `Problem`."""
        headers = {"Idempotency-Key": key, "Content-Type": media_type}
        return _read(await self._client.post(_address(path), content=content, headers=headers))

    async def upload(
        self, ledger: str, name: str, media_type: str, content: AsyncIterator[bytes] | bytes, *, key: str
    ) -> str:
        """Upload a file; the name that commands take. Raises `Problem`."""
        answer = await self._client.post(
            _address(f"{ledger}/files"),
            params={"name": name},
            content=content,
            headers={"Idempotency-Key": key, "Content-Type": media_type},
        )
        return str(_read(answer)["file"])

    async def log(self, path: str, /, **query: object) -> Any:
        """Read something of the sealed logs, below /log: JSON, or the text of a checkpoint. Raises `Problem`."""
        asked = {name: str(value) for name, value in query.items() if value is not None}
        answer = await self._client.get(quote(f"/log/{path}"), params=asked)
        return answer.text if answer.headers.get("content-type", "").startswith("text/plain") else _read(answer)

    async def passed_on(self, path: str, query: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a page's request by what the API answers at another address, as it streams: files, bundles."""
        asked = {**scope, "path": f"{PREFIX}/{path}", "raw_path": None, "query_string": query, "root_path": ""}
        await self._asked(asked, receive, send)

    async def _asked(self, scope: Scope, receive: Receive, send: Send) -> None:
        asking = self._asking
        state = {"login": asking.login, "received_at": asking.received_at, "request_id": asking.request_id}
        await self._app({**scope, "state": state}, receive, send)


def _address(path: str) -> str:
    """An address of the API: what stands between two slashes is one part, whatever it holds."""
    return quote(f"{PREFIX}/{path}")


def _read(answer: httpx2.Response) -> Any:
    """The JSON of an answer. Raises `Problem`."""
    if answer.is_success:
        return answer.json()
    try:
        said = answer.json()
    except ValueError:
        said = {"status": answer.status_code, "code": "unexpected", "detail": "Something went wrong."}
    raise Problem(said)
