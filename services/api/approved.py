"""What was approved of an item: each content that an approval saw, and what has changed since, field by field."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from domain.events.codec import to_json
from domain.events.envelope import Row
from domain.item import FOLD as ITEM
from domain.item import Content
from domain.values import SubjectId
from domain.view import View
from services.api.addresses import PREFIX, Ledger, RoundId, Subject, Unit
from services.api.callers import Callers
from services.api.items import Found, ShownRevision, all_found, shown_revision
from services.api.looks import Watched
from services.api.parts import Parts
from services.api.problems import READS, Refusal
from services.api.reading import Reader, readers
from services.api.revisions import Revision, revisions
from services.opening import Opened

Shown = dict[str, Any]
_APART = frozenset({"round", "subject", "revision", "version"})
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
    at: str = Field(description="When it was signed off.")


class ChangedField(BaseModel):
    """A field that differs: `explanation.cause`. What wasn't there is null. Of `milestones` those that differ."""

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


class UnitChanges(BaseModel):
    """What has changed of each of a unit's items that the caller may read, in the order of their subjects."""

    model_config = ConfigDict(extra="forbid")

    items: list[ShownChanges]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """An approved content and the round in which it stands."""

    round: str
    revision: Revision


def routes(parts: Parts, callers: Callers) -> APIRouter:
    """GET /{ledger}/rounds/{round}/items/{subject}/revisions and …/changes, and …/units/{unit}/changes."""
    router = APIRouter(tags=["reads"], prefix=PREFIX + "/{ledger}/rounds/{round}", route_class=Watched)
    reading = readers(parts, callers)

    @router.get("/items/{subject}/revisions", operation_id="list-revisions", responses=READS)
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
        known = (await _approved(parts, reader, [found]))[found.round_id, found.subject]
        opened = await Opened.of(parts.store, ledger, [one for each in known for one in _records(each.content)])
        shown = [shown_revision(found, each, reader, opened) for each in known]
        return Revisions(subject=subject, revisions=shown)

    @router.get("/items/{subject}/changes", operation_id="list-changes", responses=READS)
    async def changes(
        round: RoundId,  # noqa: A002
        subject: Subject,
        reader: Annotated[Reader, Depends(reading)],
    ) -> ShownChanges:
        """What has changed since the last approved report of this item, or else since the last round's."""
        found = await _found(parts, reader, round, SubjectId(subject))
        if found.content(reader)[1] is None:
            raise _not_delivered()
        return (await _changes(parts, reader, [found]))[0]

    @router.get("/units/{unit}/changes", operation_id="list-unit-changes", responses=READS)
    async def of_unit(
        ledger: Ledger,
        round: RoundId,  # noqa: A002
        unit: Unit,
        reader: Annotated[Reader, Depends(reading)],
    ) -> UnitChanges:
        """What has changed of every item of a unit since it was approved last, or else since the last round's."""

        def question(view: View) -> list[Found]:
            return [each for each in all_found(view, round, reader) if each.unit == unit]

        found = await parts.handler.read(ledger, question)
        readable = [each for each in found if each.content(reader)[1] is not None]
        return UnitChanges(items=await _changes(parts, reader, readable))

    return router


async def _changes(parts: Parts, reader: Reader, found: Sequence[Found]) -> list[ShownChanges]:
    """What has changed of these, all read at once: the items, those of the round before, the approvals, the words."""
    earlier = [(each.previous, each.subject) for each in found if each.previous is not None]
    last = await parts.handler.read(
        reader.ledger, lambda view: [Found(view, *each, reader.today, reader.now) for each in earlier]
    )
    approved = await _approved(parts, reader, [*found, *last])
    before = [_before(each, each.content(reader)[0], approved) for each in found]
    held = [Content() if each is None else each.revision.content for each in before]
    contents = [*held, *(each.content(reader)[0] for each in found)]
    opened = await Opened.of(parts.store, reader.ledger, [one for each in contents for one in _records(each)])
    return [
        _shown(each, since, each.content(reader)[0], reader, opened) for each, since in zip(found, before, strict=True)
    ]


def _shown(found: Found, before: _Before | None, content: Content, reader: Reader, opened: Opened) -> ShownChanges:
    if before is None:
        return ShownChanges(subject=found.subject, since=None, fields=[], evidence=[])
    held, same_round = before.revision.content, before.round == found.round_id
    fields = _fields(opened.json(held.report), opened.json(content.report))
    return ShownChanges(
        subject=found.subject,
        since=_since(found, before, reader),
        # Milestones and documents of another round are others.
        fields=[each for each in fields if same_round or each.field != "milestones"],
        evidence=list(_evidence(held, content, opened)) if same_round else [],
    )


async def _found(parts: Parts, reader: Reader, round_id: str, subject: SubjectId) -> Found:
    found: Found = await parts.handler.read(
        reader.ledger, lambda view: Found(view, round_id, subject, reader.today, reader.now)
    )
    return found


def _not_delivered() -> Refusal:
    return Refusal(403, "not-permitted", "You may read this when it is delivered.", rule="PROCESS, read")


async def _approved(
    parts: Parts, reader: Reader, found: Sequence[Found]
) -> dict[tuple[str, SubjectId], Sequence[Revision]]:
    """All that was approved of some items and the reader may read, by round and subject."""
    rows: dict[str, list[Row]] = {ITEM.stream(each.round_id, each.subject): [] for each in found}
    for row in await parts.store.read_streams(reader.ledger, dict.fromkeys(rows, 0)):
        rows[row.stream].append(row)
    known: dict[tuple[str, SubjectId], Sequence[Revision]] = {}
    for each in found:
        drafts = each.draft_may_be_read_by(reader)
        every = revisions(each.round_id, each.subject, rows[ITEM.stream(each.round_id, each.subject)])
        known[each.round_id, each.subject] = [one for one in every if one.delivered or drafts]
    return known


def _before(
    found: Found, content: Content, approved: Mapping[tuple[str, SubjectId], Sequence[Revision]]
) -> _Before | None:
    """What the present content is compared with."""
    for each in reversed(approved[found.round_id, found.subject]):
        if _said(each.content) != _said(content):
            return _Before(round=found.round_id, revision=each)
    last = approved[found.previous, found.subject] if found.previous is not None else ()
    return _Before(round=found.previous or "", revision=last[-1]) if last else None


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
        at=str(to_json(one.signed_at)),
    )


def _fields(before: Shown | None, after: Shown | None) -> Iterator[ChangedField]:
    """The fields of two reports that differ, those of records inside by their path."""
    one, other = _flat(before), _flat(after)
    if one.get("milestones") and other.get("milestones"):
        was, now = one["milestones"], other["milestones"]
        one["milestones"], other["milestones"] = _without(was, now), _without(now, was)
    for name in dict.fromkeys([*one, *other]):
        if one.get(name) != other.get(name):
            yield ChangedField(field=name, before=one.get(name), after=other.get(name))


def _without(these: Sequence[Shown], those: Sequence[Shown]) -> list[Shown]:
    return [each for each in these if each not in those]


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
