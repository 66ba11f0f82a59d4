"""Saying that one of a year's three publications was made (R6): once for each content, where it stands and since when.

The command; the state is the cycle's.
"""

import re
from dataclasses import dataclass

from domain.authority import require
from domain.calendar import day_of
from domain.cycle import FOLD, Stage, publishable
from domain.errors import Refused
from domain.events.cycle import Published, StatementIssued
from domain.events.event import Event
from domain.organisation import FOLD as ORGANISATION
from domain.round import FOLD as ROUND
from domain.values import Date, Digest, Publication, Reference, SubjectId, Words
from domain.view import Act, View

_ADDRESS = re.compile(r"https?://[^/?#]", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """Say that one of the three publications was made: exactly this content, where it stands (R6)."""

    year: int
    kind: Publication
    published_on: Date
    digest: Digest
    reference: Reference
    redacted: tuple[SubjectId, ...] = ()
    redaction_basis: Words | None = None


def publish(view: View, act: Act, command: Publish) -> tuple[Event, ...]:
    """Errors: `too-early-to-publish`, `content-changed`, `cycle-closed`, `already-published`, `reference-missing`,
    `reference-no-address`, `date-in-the-future`, `date-before-content`, `redaction-basis-missing`.
    """
    require(view, act, "publish")
    state = view.get(FOLD, command.year)
    event = Published(
        year=command.year,
        kind=command.kind,
        published_on=command.published_on,
        digest=command.digest,
        redacted=command.redacted,
        redaction_basis=command.redaction_basis,
        reference=command.reference,
    )
    if state.published.get(command.kind) == event:
        return ()
    if state.stage is Stage.CLOSED:
        raise Refused("cycle-closed", f"The cycle of {command.year} is closed.")
    wanted = publishable(view, command.year, command.kind)
    if wanted is None:
        raise Refused("too-early-to-publish", f"There is no {command.kind} to publish yet.", field="kind", rule="R6")
    if wanted != command.digest:
        raise Refused(
            "content-changed", "This isn't what holds now.", field="digest", rule="R16, C13", mend="Read it again."
        )
    before = state.published.get(command.kind)
    if before is not None and before.digest == wanted:
        raise Refused(
            "already-published",
            f"This content is recorded as published on {before.published_on}.",
            rule="R6",
            mend="It is published again when its content changes.",
        )
    _published_at(command.reference)
    if command.published_on > day_of(act.at):
        raise Refused("date-in-the-future", f"{command.published_on} is yet to come.", field="published_on")
    since = _exists_since(view, command.year, command.kind)
    if since is not None and command.published_on < since:
        raise Refused(
            "date-before-content",
            f"What is published has existed since {since}.",
            field="published_on",
            rule="R6",
            mend=f"Choose {since} or a later day.",
        )
    if command.redacted and command.redaction_basis is None:
        raise Refused(
            "redaction-basis-missing",
            "What is left out is left out on some ground.",
            field="redaction_basis",
            rule="case 26",
            mend="Name the paragraph and what it protects.",
        )
    return (event,)


def _published_at(reference: Reference) -> None:
    if not reference.strip():
        raise Refused("reference-missing", "Say where it was published.", field="reference", rule="R6")
    if _ADDRESS.match(reference) is None:
        raise Refused(
            "reference-no-address",
            "This is no address of a page.",
            field="reference",
            rule="R6",
            mend="Write the whole address, with https:// before it.",
        )


def _exists_since(view: View, year: int, kind: Publication) -> Date | None:
    """The first day of what may be published now. Of a transcribed statement the ministry's day isn't known."""
    if kind is Publication.AGREEMENT:
        organisation = view.get(ORGANISATION)
        version = organisation.version_for(year)
        return None if version is None else day_of(organisation.in_force_since[version.version])
    state = view.get(FOLD, year)
    if kind is Publication.STATEMENT:
        since = state.corrected_at or state.stated_at
        issued = state.statement
        transcribed = isinstance(issued, StatementIssued) and issued.transcribed
        return None if since is None or transcribed else day_of(since)
    delivered_at = view.get(ROUND, f"{year}-annual").delivered_at
    days = (None if delivered_at is None else day_of(delivered_at), state.approved_on)
    return max((each for each in days if each is not None), default=None)
