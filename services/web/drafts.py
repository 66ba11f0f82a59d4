"""What somebody typed into a form and has not saved: kept for them outside the log until they save it or let it go."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.eventstore.connections import Pool
from services.web.api import Problem

MOST_BYTES = 100_000
KEPT = timedelta(days=90)

_KEEP = """
INSERT INTO app.draft (ledger, person, form, value, based_on) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (ledger, form, person) DO UPDATE
SET value = excluded.value, based_on = excluded.based_on, updated_at = clock_timestamp()
RETURNING updated_at
"""
_FIND = "SELECT form, value, based_on, updated_at FROM app.draft WHERE ledger = $1 AND person = $2 AND form = $3"
_DROP = "DELETE FROM app.draft WHERE ledger = $1 AND person = $2 AND form = $3"
_OF_PERSON = """
SELECT form, value, based_on, updated_at FROM app.draft WHERE ledger = $1 AND person = $2 ORDER BY updated_at DESC, form
"""
_OTHERS = """
SELECT person, updated_at FROM app.draft WHERE ledger = $1 AND form = $2 AND person <> $3
ORDER BY updated_at DESC, person
"""
_SWEEP = "DELETE FROM app.draft WHERE updated_at < clock_timestamp() - $1::interval"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The fields of a form as they were typed. `based_on` is the digest of the content with which it was opened."""

    form: str
    value: Mapping[str, Any] = field(repr=False)
    based_on: str | None
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """Somebody else who has a draft of the same form, and since when it is as it is."""

    person: str
    updated_at: datetime


class Drafts:
    """All drafts: one a person and form. A form's name ends in what it is about: `report/2024-annual/m-12`."""

    def __init__(self, pool: Pool) -> None:
        """Over the database."""
        self._pool = pool

    async def keep(
        self, ledger: str, person: str, form: str, value: Mapping[str, Any], based_on: str | None = None
    ) -> datetime:
        """Keep a draft in place of the one before, and answer when. Raises `Problem` for one that can't be kept."""
        written = json.dumps(value, ensure_ascii=False)
        try:
            size = len(written.encode())
        except UnicodeEncodeError as error:
            raise Problem(
                {"status": 422, "code": "invalid-input", "detail": "The draft holds what is no text."}
            ) from error
        if size > MOST_BYTES:
            said = f"A draft holds at most {MOST_BYTES} bytes, this one has {size}. What was kept before stays."
            raise Problem({"status": 413, "code": "draft-too-large", "detail": said})
        kept: datetime = await self._pool.fetchval(_KEEP, ledger, person, form, written, based_on)
        return kept

    async def find(self, ledger: str, person: str, form: str) -> Draft | None:
        """A person's draft of a form."""
        found = await self._pool.fetchrow(_FIND, ledger, person, form)
        return None if found is None else _draft(found)

    async def drop(self, ledger: str, person: str, form: str) -> None:
        """Let a draft go: it was saved, or isn't wanted."""
        await self._pool.execute(_DROP, ledger, person, form)

    async def of_person(self, ledger: str, person: str) -> Sequence[Draft]:
        """All of a person's drafts, the latest first."""
        return [_draft(each) for each in await self._pool.fetch(_OF_PERSON, ledger, person)]

    async def others(self, ledger: str, form: str, person: str) -> Sequence[Writing]:
        """Who else is writing at the same form, the latest first; what they write is theirs."""
        found = await self._pool.fetch(_OTHERS, ledger, form, person)
        return [Writing(person=each["person"], updated_at=each["updated_at"]) for each in found]

    async def sweep(self, older_than: timedelta = KEPT) -> None:
        """Delete what nobody went on with."""
        await self._pool.execute(_SWEEP, older_than)


def _draft(found: Any) -> Draft:
    return Draft(
        form=found["form"],
        value=json.loads(found["value"]),
        based_on=found["based_on"],
        updated_at=found["updated_at"],
    )


__all__ = ["Draft", "Drafts", "Writing"]
