"""Who is signed in: sessions in Postgres, found by a cookie of which only the hash is stored.

What a session holds of a person goes with it, at sign-out or when it has ended.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from starlette.responses import Response

from services.eventstore.connections import Pool
from services.identity import Login
from services.settings import Settings

SEEN_EVERY = timedelta(minutes=1)
"""That somebody is still there is written down no more often."""

_BEGIN = """
INSERT INTO app.session (id, issuer, subject, name, begun_at, seen_at) VALUES ($1, $2, $3, $4, $5, $5)
"""
_FIND = """
SELECT issuer, subject, name, flash, positions, seen_at FROM app.session
WHERE id = $1 AND begun_at > $2 AND seen_at > $3
"""
_SEEN = "UPDATE app.session SET seen_at = $2 WHERE id = $1"
# Requests of one session run side by side: each writes only what it changed itself.
_SAVE = """
UPDATE app.session
SET flash = CASE WHEN $2 THEN $3::jsonb ELSE flash END, positions = positions || $4::jsonb
WHERE id = $1
"""
_END = "DELETE FROM app.session WHERE id = $1"
_SWEEP = "DELETE FROM app.session WHERE begun_at <= $1 OR seen_at <= $2"


@dataclass(slots=True, kw_only=True)
class Session:
    """One person in one browser. `positions` are the last ones that this session recorded, by ledger."""

    id: bytes = field(repr=False)
    login: Login
    name: str
    positions: dict[str, int] = field(default_factory=dict)
    flash: dict[str, Any] | None = None
    unsaved_flash: bool = False
    unsaved_positions: dict[str, int] = field(default_factory=dict)

    def say(self, text: str, kind: str) -> None:
        """Have something said on the next page: {text, kind}."""
        self.flash = {"text": text, "kind": kind}
        self.unsaved_flash = True

    def said(self) -> dict[str, Any] | None:
        """What is to be said, once."""
        said = self.flash
        if said is not None:
            self.flash = None
            self.unsaved_flash = True
        return said

    def went_to(self, ledger: str, position: int) -> None:
        """A command of this session was recorded at a position."""
        if position > self.positions.get(ledger, 0):
            self.positions[ledger] = self.unsaved_positions[ledger] = position


class Sessions:
    """All sessions. They end after `idle` without a request, and after `longest` in any case, by the wall clock."""

    def __init__(
        self,
        pool: Pool,
        *,
        secure: bool,
        idle: timedelta = timedelta(hours=8),
        longest: timedelta = timedelta(hours=12),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`secure` says that the public address is https: then the cookie is sent nowhere else."""
        self._pool = pool
        self._secure = secure
        self._idle = idle
        self._longest = longest
        self._now = now

    @classmethod
    def of(cls, settings: Settings, pool: Pool) -> "Sessions":
        """As they are set."""
        return cls(
            pool,
            secure=(settings.public_url or "").startswith("https:"),
            idle=timedelta(minutes=settings.session_idle_minutes),
            longest=timedelta(minutes=settings.session_minutes),
        )

    @property
    def cookie(self) -> str:
        """The cookie's name. With the prefix, browsers take it only from this very host, over TLS."""
        return "__Host-etappi" if self._secure else "etappi"

    async def begin(self, login: Login, name: str) -> tuple[Session, str]:
        """A new session, and what its cookie holds. Each sign-in begins one: an id from before is worth nothing."""
        value = secrets.token_urlsafe(32)
        session = Session(id=_hash(value), login=login, name=name)
        await self._pool.execute(_BEGIN, session.id, login.issuer, login.subject, name, self._now())
        return session, value

    async def find(self, cookies: Mapping[str, str]) -> Session | None:
        """The session of a request, if it has one that hasn't ended."""
        value = cookies.get(self.cookie)
        if value is None:
            return None
        session_id, now = _hash(value), self._now()
        found = await self._pool.fetchrow(_FIND, session_id, now - self._longest, now - self._idle)
        if found is None:
            return None
        if now - found["seen_at"] > SEEN_EVERY:
            await self._pool.execute(_SEEN, session_id, now)
        return Session(
            id=session_id,
            login=Login(issuer=found["issuer"], subject=found["subject"]),
            name=found["name"],
            flash=None if found["flash"] is None else json.loads(found["flash"]),
            positions=json.loads(found["positions"]),
        )

    async def save(self, session: Session) -> None:
        """Write down what the request changed."""
        if not session.unsaved_flash and not session.unsaved_positions:
            return
        flash = None if session.flash is None else json.dumps(session.flash, ensure_ascii=False)
        positions = json.dumps(session.unsaved_positions)
        await self._pool.execute(_SAVE, session.id, session.unsaved_flash, flash, positions)
        session.unsaved_flash = False
        session.unsaved_positions = {}

    async def end(self, session: Session) -> None:
        """Sign out: whoever kept the cookie has nothing."""
        await self._pool.execute(_END, session.id)

    async def sweep(self) -> None:
        """Delete those that have ended."""
        now = self._now()
        await self._pool.execute(_SWEEP, now - self._longest, now - self._idle)

    def give(self, response: Response, value: str) -> None:
        """Set the cookie."""
        response.set_cookie(self.cookie, value, secure=self._secure, httponly=True, samesite="lax")

    def take(self, response: Response) -> None:
        """Remove the cookie."""
        response.delete_cookie(self.cookie, secure=self._secure, httponly=True, samesite="lax")


def _hash(value: str) -> bytes:
    return sha256(value.encode()).digest()


__all__ = ["Session", "Sessions"]
