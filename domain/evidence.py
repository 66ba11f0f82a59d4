"""The evidence of an item: attached, revised, detached (cases 15, 19; C09)."""

from dataclasses import dataclass

from domain.calendar import day_of
from domain.errors import Refused
from domain.events.event import Event
from domain.events.item import (
    Evidence,
    EvidenceAttached,
    EvidenceDetached,
    EvidenceRevised,
)
from domain.item import Item
from domain.report import Place, changed, open_item
from domain.values import (
    Id,
    SubjectId,
    Words,
)
from domain.view import Act, View


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachEvidence:
    """Add a document to an item; its first revision."""

    round: str
    subject: SubjectId
    evidence: Evidence


def attach_evidence(view: View, act: Act, command: AttachEvidence) -> tuple[Event, ...]:
    """Errors: those of `open_item`; `evidence-exists`, `document-in-the-future`, `outside-period`."""
    place = open_item(view, act, command.round, command.subject, None, "evidence")
    present = {each.id: each for each in place.item.content.evidence}
    if present.get(command.evidence.id) == command.evidence:
        return ()
    if command.evidence.id in present:
        raise Refused(
            "evidence-exists", "There is such evidence already.", field="evidence.id", mend="Revise it instead."
        )
    if command.evidence.revision != 1:
        raise Refused("evidence-revision", "Evidence begins with revision 1.", field="evidence.revision")
    there_already(act, command.evidence, "evidence")
    _in_period(place, command.evidence)
    return changed(
        view,
        place,
        EvidenceAttached(
            round=command.round, subject=command.subject, revision=place.item.revision, evidence=command.evidence
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseEvidence:
    """Replace a document by its next revision; what was approved keeps the old one (case 19)."""

    round: str
    subject: SubjectId
    evidence: Evidence


def revise_evidence(view: View, act: Act, command: ReviseEvidence) -> tuple[Event, ...]:
    """Errors: those of `open_item`; `unknown-evidence`, `evidence-revision`, `document-in-the-future`,
    `outside-period`.
    """
    place = open_item(view, act, command.round, command.subject, None, "evidence")
    present = _evidence(place.item, command.evidence.id)
    if present == command.evidence:
        return ()
    if command.evidence.revision != present.revision + 1:
        raise Refused(
            "evidence-revision",
            f"The next revision is {present.revision + 1}.",
            field="evidence.revision",
            rule="case 15",
        )
    there_already(act, command.evidence, "evidence")
    _in_period(place, command.evidence)
    return changed(
        view,
        place,
        EvidenceRevised(
            round=command.round, subject=command.subject, revision=place.item.revision, evidence=command.evidence
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DetachEvidence:
    """Take a document off an item, with a reason; it stays in the history."""

    round: str
    subject: SubjectId
    evidence: Id
    reason: Words


def detach_evidence(view: View, act: Act, command: DetachEvidence) -> tuple[Event, ...]:
    """Errors: those of `open_item`; `unknown-evidence`."""
    place = open_item(view, act, command.round, command.subject, None, "evidence")
    event = EvidenceDetached(
        round=command.round,
        subject=command.subject,
        revision=place.item.revision,
        evidence=command.evidence,
        reason=command.reason,
    )
    if place.item.detached == event and all(each.id != command.evidence for each in place.item.content.evidence):
        return ()
    _evidence(place.item, command.evidence)
    return changed(view, place, event)


def _evidence(item: Item, evidence: str) -> Evidence:
    found = next((each for each in item.content.evidence if each.id == evidence), None)
    if found is None:
        raise Refused("unknown-evidence", f"The item has no evidence {evidence!r}.", field="evidence")
    return found


def there_already(act: Act, evidence: Evidence, field: str) -> None:
    """A document is dated by the day on which it is added, whatever explains it: what is yet to come proves nothing."""
    today = day_of(act.at)
    if evidence.document_date > today:
        raise Refused(
            "document-in-the-future",
            f"The document is dated {evidence.document_date}; today is {today}.",
            field=f"{field}.document_date",
            rule="case 19",
            mend="Give the date that stands in the document, today at the latest.",
        )


def _in_period(place: Place, evidence: Evidence) -> None:
    """A document dated outside the period needs an explanation (case 19, C09)."""
    cutoff = place.agreement.policy("evidence-cutoff")
    first, last = f"{place.year}-01-01", f"{place.year + cutoff.years_after}-{cutoff.month:02}-{cutoff.day:02}"
    if not first <= evidence.document_date <= last and evidence.outside_period is None:
        raise Refused(
            "outside-period",
            f"The document is of {evidence.document_date}, outside {first} to {last}.",
            field="evidence.outside_period",
            rule="case 19",
            mend="Say why it proves the period all the same.",
        )
