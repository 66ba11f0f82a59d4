"""What a person of the demo works with: the API over HTTP, with their own token."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx2

from services.demo.people import Member

REFUSAL = range(400, 500)


class Unexpected(RuntimeError):
    """The API answered otherwise than the story has it: the demo stops and says so."""


class Desk:
    """The API as the people of the demo use it. Refusals are counted by their code."""

    def __init__(self, client: httpx2.AsyncClient, ledger: str, token: Callable[[str], str]) -> None:
        self._client = client
        self._token = token
        self.ledger = ledger
        self.refused: Counter[str] = Counter()
        self._keys = 0

    async def do(
        self, person: Member, command: str, body: dict[str, Any], *, acting_for: Member | None = None
    ) -> dict[str, Any]:
        """Give a command; it must be accepted."""
        answer = await self._command(person, command, body, acting_for)
        if answer.status_code in REFUSAL or answer.is_error:
            raise Unexpected(f"{person.name}: {command} was answered {answer.status_code}: {answer.text}")
        return self._json(answer)

    async def is_refused(
        self, person: Member, command: str, body: dict[str, Any], code: str, *, acting_for: Member | None = None
    ) -> dict[str, Any]:
        """Give a command that must be refused with a certain code."""
        answer = await self._command(person, command, body, acting_for)
        problem = self._json(answer)
        if answer.status_code not in REFUSAL or problem.get("code") != code:
            raise Unexpected(
                f"{person.name}: {command} was to be refused as {code}: {answer.status_code} {answer.text}"
            )
        self.refused[code] += 1
        return problem

    async def get(self, person: Member, path: str, **query: str | int) -> Any:
        """Read something of the ledger."""
        answer = await self._client.get(
            f"/api/v1/{self.ledger}/{path}",
            params=query,
            headers={"Authorization": f"Bearer {self._token(person.account)}"},
        )
        if answer.is_error:
            raise Unexpected(f"{person.name}: {path} was answered {answer.status_code}: {answer.text}")
        return answer.json()

    async def upload(self, person: Member, name: str, content: bytes, media_type: str = "application/pdf") -> str:
        """Upload a file; its name as commands take it."""
        answer = await self._client.post(
            f"/api/v1/{self.ledger}/files",
            params={"name": name},
            content=content,
            headers={**self._headers(person), "Content-Type": media_type},
        )
        if answer.is_error:
            raise Unexpected(f"{person.name}: {name} was answered {answer.status_code}: {answer.text}")
        return str(answer.json()["file"])

    async def send_agreement(self, person: Member, file: bytes) -> dict[str, Any]:
        """Import an agreement file."""
        answer = await self._client.post(
            f"/api/v1/{self.ledger}/agreement-files",
            content=file,
            headers={**self._headers(person), "Content-Type": "application/yaml"},
        )
        if answer.is_error:
            raise Unexpected(f"{person.name}: the agreement was answered {answer.status_code}: {answer.text}")
        return self._json(answer)

    async def _command(
        self, person: Member, command: str, body: dict[str, Any], acting_for: Member | None
    ) -> httpx2.Response:
        headers = self._headers(person)
        if acting_for is not None:
            headers["Etappi-Acting-For"] = acting_for.id
        return await self._client.post(f"/api/v1/{self.ledger}/commands/{command}", json=body, headers=headers)

    def _headers(self, person: Member) -> dict[str, str]:
        self._keys += 1
        return {"Authorization": f"Bearer {self._token(person.account)}", "Idempotency-Key": f"demo-{self._keys}"}

    @staticmethod
    def _json(answer: httpx2.Response) -> dict[str, Any]:
        found = answer.json()
        return found if isinstance(found, dict) else {"answer": found}
