"""Which items count for a measure of the recovery plan, and what verifies them (C10; cases 20, 21)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from domain.agreement import FOLD as AGREEMENT
from domain.authority import require
from domain.calendar import day_of
from domain.errors import Refused
from domain.events.event import Event
from domain.events.item import MilestoneStatusReported
from domain.events.rrf import (
    GapKind,
    ItemLinkedToMeasure,
    RrfGap,
    RrfKind,
    VerificationDocument,
    VerificationSummaryRecorded,
)
from domain.item import FOLD as ITEM
from domain.measure import FOLD as MEASURE
from domain.measure import Measure, known_measure
from domain.organisation import FOLD as ORGANISATION
from domain.round import parse_round
from domain.subject import FOLD as SUBJECT
from domain.values import Id, MilestoneStatus, Reference, RoundKind, SubjectId, SubjectKind, Words
from domain.view import Act, View


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkItemToMeasure:
    """Let a milestone, an indicator or a target count for a measure from today on (case 21)."""

    subject: SubjectId
    measure: Id
    kind: RrfKind
    reference: Reference | None
    basis: Words


def link_item_to_measure(view: View, act: Act, command: LinkItemToMeasure) -> tuple[Event, ...]:
    """Errors: `unknown-measure`, `unknown-subject`, `kind-contradicts`, `already-linked`."""
    require(view, act, "record-rrf")
    measure = known_measure(view, command.measure)
    kind, years = _subject(view, command.subject)
    present = view.get(SUBJECT, command.subject).links.get(command.measure)
    if present is not None:
        same = (command.kind, command.reference, command.basis) == (present.kind, present.reference, present.basis)
        if same:
            return ()
        raise Refused("already-linked", f"{command.subject!r} counts for {command.measure} already.", field="subject")
    if kind is SubjectKind.INDICATOR and command.kind is RrfKind.MILESTONE:
        raise Refused(
            "kind-contradicts",
            "An indicator is quantitative: it counts as a target of the measure.",
            field="kind",
            rule="R13",
        )
    linked = ItemLinkedToMeasure(
        subject=command.subject,
        measure=command.measure,
        kind=command.kind,
        reference=command.reference,
        valid_from=day_of(act.at),
        basis=command.basis,
        gaps=tuple(_gaps(view, measure, command.subject, years)),
    )
    return (linked,)


def _gaps(view: View, measure: Measure, subject: SubjectId, years: tuple[int, ...]) -> Iterator[RrfGap]:
    """What the time before the link lacks; nothing of it is made good by the link itself."""
    if measure.retention is None:
        yield RrfGap(kind=GapKind.RETENTION, round=None, person=None)
    rounds = [(year, f"{year}-{kind}") for year in years for kind in RoundKind]
    for (year, round_id), item in zip(rounds, view.get_all(ITEM, [(each, subject) for _, each in rounds]), strict=True):
        report = item.content.report
        if report is None:
            continue
        yield RrfGap(kind=GapKind.VERIFICATION, round=round_id, person=None)
        reached = isinstance(report, MilestoneStatusReported) and report.status is MilestoneStatus.REACHED
        if reached and not item.content.evidence:
            yield RrfGap(kind=GapKind.EVIDENCE, round=round_id, person=None)
        if year not in measure.recipients:
            yield RrfGap(kind=GapKind.RECIPIENTS, round=round_id, person=None)
        if item.signer is not None and (item.signer, year) not in measure.interests:
            yield RrfGap(kind=GapKind.INTEREST, round=round_id, person=item.signer)


def still_lacking(view: View, linked: ItemLinkedToMeasure) -> frozenset[RrfGap]:
    """The gaps of a link that nothing has filled since."""
    measure, summaries = view.get(MEASURE, linked.measure), view.get(SUBJECT, linked.subject).summaries
    rounds = sorted({gap.round for gap in linked.gaps if gap.round is not None})
    items = dict(zip(rounds, view.get_all(ITEM, [(each, linked.subject) for each in rounds]), strict=True))

    def filled(gap: RrfGap) -> bool:
        if gap.kind is GapKind.RETENTION or gap.round is None:
            return measure.retention is not None
        year, _ = parse_round(gap.round)
        match gap.kind:
            case GapKind.VERIFICATION:
                return (linked.measure, year) in summaries
            case GapKind.EVIDENCE:
                return bool(items[gap.round].content.evidence)
            case GapKind.RECIPIENTS:
                return year in measure.recipients
            case GapKind.INTEREST:
                return (gap.person, year) in measure.interests
            case _:
                assert_never(gap.kind)

    return frozenset(gap for gap in linked.gaps if not filled(gap))


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordVerificationSummary:
    """Sum up the documents that verify an item for a measure and year (C10)."""

    subject: SubjectId
    measure: Id
    year: int
    summary: Words
    documents: tuple[VerificationDocument, ...]


def record_verification_summary(view: View, act: Act, command: RecordVerificationSummary) -> tuple[Event, ...]:
    """Errors: `not-linked`, `documents-missing`."""
    require(view, act, "record-rrf")
    state = view.get(SUBJECT, command.subject)
    if command.measure not in state.links:
        raise Refused(
            "not-linked",
            f"{command.subject!r} doesn't count for {command.measure}.",
            field="measure",
            mend="Link it first.",
        )
    if not command.documents:
        raise Refused("documents-missing", "Name at least one document.", field="documents", rule="C10")
    event = VerificationSummaryRecorded(
        subject=command.subject,
        measure=command.measure,
        year=command.year,
        summary=command.summary,
        documents=command.documents,
    )
    return () if state.summaries.get((command.measure, command.year)) == event else (event,)


def _subject(view: View, subject: SubjectId) -> tuple[SubjectKind, tuple[int, ...]]:
    """What a subject of a version in force is, and the years in which it may be reported."""
    organisation = view.get(ORGANISATION)
    years = tuple(sorted(organisation.years))
    for version in reversed(organisation.versions):
        agreement = view.get(AGREEMENT, version.version)
        if subject in agreement.milestones:
            return SubjectKind.MILESTONE, (agreement.milestones[subject].year,)
        if subject in agreement.indicators:
            return SubjectKind.INDICATOR, years
        if subject in agreement.targets:
            return SubjectKind.TARGET, years
    raise Refused("unknown-subject", f"No version in force has {subject!r}.", field="subject")
