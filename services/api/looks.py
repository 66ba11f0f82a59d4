"""What auditors and administrators look at, recorded before they are answered: the watchers are watched (C11, C14).

Looks lie in a ledger of their own beside the agency's, `{ledger}.access`, on the clock of the agency's. A process
remembers what it recorded in this quarter of an hour, so that only the first of the same looks costs an append.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from string import Formatter
from typing import Any
from urllib.parse import urlencode

import asyncpg
import structlog
from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from domain.access import RecordLook, access_ledger, quarter_of
from domain.errors import Refused
from domain.events.access import Look
from domain.values import SYSTEM, Digest, PersonId, Role, SubjectId
from services.api.callers import Caller
from services.api.problems import RETRY_SECONDS, Refusal
from services.api.reading import Reader
from services.commands import Busy, Handler
from services.commands import Request as Command
from services.eventstore.append import AppendRefused

WATCHED = (Role.AUDITOR, Role.ADMINISTRATOR)
"""Neither goes together with any other role, so who holds one looks as that."""
NOT_WRITTEN = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError, AppendRefused, Busy, Refused)

SCOPES: Mapping[str, str] = {
    "read-board": "board/{year}-{round}",
    "list-deadlines": "deadlines/{year}",
    "read-unattended": "unattended",
    "read-trail": "trail",
    "list-rounds": "rounds",
    "read-round": "round/{round}",
    "list-submissions": "submissions/{round}",
    "list-items": "items/{round}",
    "read-item": "item/{round}/{subject}",
    "list-revisions": "item/{round}/{subject}",
    "list-changes": "item/{round}/{subject}",
    "list-unit-changes": "submission/{round}/{unit}",
    "list-cycles": "cycles",
    "read-cycle": "cycle/{year}",
    "read-assessment": "assessment/{year}",
    "read-statement-draft": "statement-draft/{year}",
    "list-deviations": "deviations/{year}",
    "read-deviation": "deviation/{year}/{subject}",
    "read-late-completion": "late-completion/{subject}",
    "list-agreements": "agreements",
    "read-agreement": "agreement/{version}",
    "read-organisation": "organisation",
    "list-roles": "roles",
    "list-measures": "measures",
    "read-measure": "measure/{measure}",
    "list-engagements": "engagements",
    "list-findings": "findings",
    "list-looks": "looks",
    "list-erasures": "erasures",
    "read-erasure": "erasure/{erasure}",
    "list-legal-holds": "legal-holds",
}
"""What each read is a look at, by its operation; the names are of parameters that it can't be asked without."""
OWN = frozenset({"read-clock", "read-inbox", "read-myself", "read-names"})
"""What waits for oneself and who one is; what ids are called, which shows nothing of what anybody did."""
OTHERWISE = frozenset(
    {
        "download-file",
        "find-places",
        "replay-difference",
        "replay-steps",
        "replay-view",
        "take-bundle",
        "test-controls",
    }
)
"""These operations record their looks by themselves: only they know what it was that they showed."""

_YEAR = TypeAdapter(int)
_log = structlog.get_logger(__name__)


class Looks:
    """Records looks; one of these a process."""

    def __init__(self, handler: Handler) -> None:
        """Nothing is remembered yet."""
        self._handler = handler
        self._opened: set[str] = set()
        self._quarters: dict[str, datetime] = {}
        self._recorded: defaultdict[str, set[str]] = defaultdict(set)
        # Looks of one person write one stream: side by side they would only conflict.
        self._turns: defaultdict[tuple[str, PersonId], asyncio.Lock] = defaultdict(asyncio.Lock)

    async def record(
        self,
        caller: Caller,
        reader: Reader,
        kind: Look,
        scope: str,
        digest: Digest | None = None,
        *,
        subjects: frozenset[SubjectId] | None = None,
    ) -> None:
        """Record that an auditor or an administrator looks; does nothing for others.

        `scope` names what they look at, `digest` a file that is handed out, `subjects` what it is about, None where
        that is no subject or all. Call it before the answer goes out. Refuses the look (503 `look-not-recorded`) where
        that fails.
        """
        role = next((each for each in WATCHED if reader.has(each)), None)
        if role is None:
            return
        engagement = reader.looks.engagement(subjects) if role is Role.AUDITOR else None
        command = RecordLook(
            person=caller.person, role=role, engagement=engagement, kind=kind, scope=scope, digest=digest
        )
        ledger, quarter = caller.ledger, quarter_of(reader.now)
        key = _key(command, quarter)
        async with self._turns[ledger, caller.person]:
            if self._quarters.get(ledger) != quarter:
                self._quarters[ledger] = quarter
                self._recorded[ledger].clear()
            if key in self._recorded[ledger]:
                return
            try:
                await self._append(ledger, key, command, reader.now)
            except NOT_WRITTEN as error:
                _log.error("a look can't be recorded", scope=scope, exc_info=error)
                raise Refusal(
                    503,
                    "look-not-recorded",
                    "What auditors and administrators look at is recorded, and that isn't possible now.",
                    rule="C11",
                    mend="Try again; if it stays so, tell those who run the installation.",
                    headers={"Retry-After": str(RETRY_SECONDS)},
                ) from error
            self._recorded[ledger].add(key)

    async def _append(self, ledger: str, key: str, command: RecordLook, at: datetime) -> None:
        beside = access_ledger(ledger)
        if beside not in self._opened:
            # Opened with the agency's ledger; by an older installation it was not.
            demo = (await self._handler.store.ledgers())[ledger]
            await self._handler.store.create_ledger(beside, demo=demo)
            self._opened.add(beside)
        await self._handler.handle(Command(ledger=beside, by=SYSTEM, key=key, command=command, received_at=at))


def scope(*path: object, further: Mapping[str, object] | None = None) -> str:
    """What is looked at: `replay/board/2024-annual`, and behind it, as in a query, what was asked further of it.

    What is None isn't said; of a sequence each value is.
    """
    said = {name: value for name, value in (further or {}).items() if value is not None}
    named = "/".join(str(each) for each in path if each is not None)
    return named + ("?" + urlencode(said, doseq=True) if said else "")


def _key(look: RecordLook, quarter: datetime) -> str:
    """The business key: the same look in the same quarter of an hour is the same command, in every process."""
    about = (look.person, look.role, look.engagement or "-", look.kind, quarter.isoformat(), look.digest or "-")
    return ":".join(("look", *about, look.scope))


class Watched(APIRoute):
    """A read whose answer to an auditor or an administrator goes out when it is recorded; a refused one is no look.

    Its reader comes from the dependency of `readers` (reading.py), the recorder from the app's state.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Answer, then record, then let the answer go. A read that nobody named a scope for isn't served at all."""
        answered = super().get_route_handler()
        shown = SCOPES.get(self.operation_id or "")
        if shown is None and "GET" in (self.methods or ()) and self.operation_id not in OWN | OTHERWISE:
            raise RuntimeError(f"{self.path} shows something, and looks.py doesn't say what")
        names = [name for _, name, _, _ in Formatter().parse(shown or "") if name]

        async def watched(request: Request) -> Response:
            response = await answered(request)
            if shown is not None:
                caller, reader = request.state.looking
                taken = {**request.query_params, **request.path_params}
                said = {name: taken[name] for name in names}
                if "year" in said:
                    said["year"] = _YEAR.validate_python(said["year"])
                about = said.get("subject")
                subjects = None if about is None else frozenset({SubjectId(about)})
                looks: Looks = request.app.state.looks
                await looks.record(caller, reader, Look.READ, shown.format(**said), subjects=subjects)
            return response

        return watched


__all__ = ["OTHERWISE", "OWN", "SCOPES", "WATCHED", "Looks", "Watched", "scope"]
