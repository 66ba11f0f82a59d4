"""What was approved of an item: each content that an approval saw, and what has changed since, field by field."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from domain.events.codec import to_json
from domain.item import FOLD as ITEM
from domain.item import Content
from domain.values import SubjectId
from services.api.addresses import PREFIX, Ledger, RoundId, Subject
from services.api.callers import Callers
from services.api.items import Found, ShownRevision, shown_revision
from services.api.looks import Watched
from services.api.parts import Parts
from services.api.problems import READS, Refusal
from services.api.reading import Reader, readers
from services.api.revisions import Revision, revisions
from services.opening import Opened

Shown = dict[str, Any]
_APART = frozenset({"round", "subject", "revision", "version", "milestones"})
"""What says where a report stands, not what it says."""


class Revisions(BaseModel):
    """Each content that was signed off or delivered, the first one first."""

    model_config = ConfigDict(extra="forbid")

    subject: str
    revisions: list[ShownRevision]


class ApprovedBefore(BaseModel):
    """What the present content is compared with."""

    model_config = ConfigDict(extra="forbid")

    round: str = Field(description="The item's own, or the one before.")
    revision: int
    content: str = Field(description="`delivered` or `signed-off`.")
    digest: str
    signed_by: str | None
    at: str


class ChangedField(BaseModel):
    """A field that differs: `explanation.cause`. What wasn't there is null."""

    model_config = ConfigDict(extra="forbid")

    field: str
    before: Any
    after: Any


class ChangedEvidence(BaseModel):
    """A document that was added, revised or taken off."""

    model_config = ConfigDict(extra="forbid")

    id: str
    before: Shown | None
    after: Shown | None


class ShownChanges(BaseModel):
    """What has changed of an item since it was approved last."""

    model_config = ConfigDict(extra="forbid")

    subject: str
    since: ApprovedBefore | None = Field(
        description="The last approved content that differs from the present one; else the last round's report."
    )
    fields: list[ChangedField]
    evidence: list[ChangedEvidence] = Field(description="Within the round; documents of another round are others.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """An approved content and the round in which it stands."""

    round: str
    revision: Revision


def routes(parts: Parts, callers: Callers) -> APIRouter:
    """GET /{ledger}/rounds/{round}/items/{subject}/revisions and …/changes."""
    router = APIRouter(tags=["reads"], prefix=PREFIX + "/{ledger}/rounds/{round}/items/{subject}", route_class=Watched)
    reading = readers(parts, callers)

    @router.get("/revisions", operation_id="list-revisions", responses=READS)
    async def approvals(
        ledger: Ledger,
        round: RoundId,  # noqa: A002
        subject: Subject,
        reader: Annotated[Reader, Depends(reading)],
    ) -> Revisions:
        """Each content that was signed off, for those who read drafts; each that was delivered, for all others."""
        found = await _found(parts, reader, round, SubjectId(subject))
        if not found.may_be_seen_by(reader):
            raise _not_delivered()
        known = await _approved(parts, reader, found)
        opened = await Opened.of(parts.store, ledger, [one for each in known for one in _records(each.content)])
        shown = [shown_revision(found, each, reader, opened) for each in known]
        return Revisions(subject=subject, revisions=shown)

    @router.get("/changes", operation_id="list-changes", responses=READS)
    async def changes(
        ledger: Ledger,
        round: RoundId,  # noqa: A002
        subject: Subject,
        reader: Annotated[Reader, Depends(reading)],
    ) -> ShownChanges:
        """What has changed since the last approved report of this item, or else since the last round's."""
        found = await _found(parts, reader, round, SubjectId(subject))
        content, which = found.content(reader)
        if which is None:
            raise _not_delivered()
        before = await _before(parts, reader, found, content)
        held = Content() if before is None else before.revision.content
        opened = await Opened.of(parts.store, ledger, [*_records(held), *_records(content)])
        same_round = before is not None and before.round == round
        return ShownChanges(
            subject=subject,
            since=None if before is None else _since(found, before, reader),
            fields=[] if before is None else list(_fields(opened.json(held.report), opened.json(content.report))),
            evidence=list(_evidence(held, content, opened)) if same_round else [],
        )

    return router


async def _found(parts: Parts, reader: Reader, round_id: str, subject: SubjectId) -> Found:
    found: Found = await parts.handler.read(
        reader.ledger, lambda view: Found(view, round_id, subject, reader.today, reader.now)
    )
    return found


def _not_delivered() -> Refusal:
    return Refusal(403, "not-permitted", "You may read this when it is delivered.", rule="PROCESS, read")


async def _approved(parts: Parts, reader: Reader, found: Found) -> Sequence[Revision]:
    """All that was approved of an item and the reader may read."""
    rows = await parts.store.read_streams(reader.ledger, {ITEM.stream(found.round_id, found.subject): 0})
    drafts = found.draft_may_be_read_by(reader)
    return [each for each in revisions(found.round_id, found.subject, rows) if each.delivered or drafts]


async def _before(parts: Parts, reader: Reader, found: Found, content: Content) -> _Before | None:
    """What the present content is compared with."""
    for each in reversed(await _approved(parts, reader, found)):
        if _said(each.content) != _said(content):
            return _Before(round=found.round_id, revision=each)
    if found.previous is None:
        return None
    last = await _approved(parts, reader, await _found(parts, reader, found.previous, found.subject))
    return _Before(round=found.previous, revision=last[-1]) if last else None


def _said(content: Content) -> Content:
    """A content without the number of its revision."""
    return replace(content, report=None if content.report is None else replace(content.report, revision=1))


def _records(content: Content) -> list[Any]:
    return [content.report, *content.evidence]


def _since(found: Found, before: _Before, reader: Reader) -> ApprovedBefore:
    one = before.revision
    return ApprovedBefore(
        round=before.round,
        revision=one.revision,
        content="delivered" if one.delivered else "signed-off",
        digest=one.digest,
        signed_by=one.by if found.may_be_followed_by(reader) else None,
        at=str(to_json(one.at)),
    )


def _fields(before: Shown | None, after: Shown | None) -> Iterator[ChangedField]:
    """The fields of two reports that differ, those of records inside by their path."""
    one, other = _flat(before), _flat(after)
    for name in dict.fromkeys([*one, *other]):
        if one.get(name) != other.get(name):
            yield ChangedField(field=name, before=one.get(name), after=other.get(name))


def _flat(report: Shown | None) -> Shown:
    found: Shown = {}
    for name, value in (report or {}).items():
        if name == "explanation" and value is not None:
            found |= {f"{name}.{inner}": each for inner, each in value.items()}
        elif name not in _APART and name != "explanation":
            found[name] = value
    return found


def _evidence(before: Content, after: Content, opened: Opened) -> Iterator[ChangedEvidence]:
    one, other = ({each.id: each for each in content.evidence} for content in (before, after))
    for key in dict.fromkeys([*one, *other]):
        if one.get(key) != other.get(key):
            yield ChangedEvidence(id=key, before=opened.json(one.get(key)), after=opened.json(other.get(key)))


__all__ = ["routes"]
