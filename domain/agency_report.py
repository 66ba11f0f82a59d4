"""The agency's report: compiled, approved, returned, delivered (R3, R4, R15, R16; case 3)."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.authority import four_eyes, require
from domain.canonical import Json
from domain.cycle import FOLD as CYCLE
from domain.errors import Refused
from domain.events.codec import to_json
from domain.events.envelope import digest_of
from domain.events.event import Event
from domain.events.item import (
    ItemDelivered,
)
from domain.events.round import (
    AgencyReportApproved,
    AgencyReportCompiled,
    AgencyReportReturned,
    DeliveredToMinistry,
    Gap,
    RoundOpened,
)
from domain.item import FOLD as ITEM
from domain.item import Item, Stage, bound
from domain.report import is_stale
from domain.round import FOLD as ROUND
from domain.round import Round, scoped
from domain.round import Stage as RoundStage
from domain.values import (
    Deadline,
    DeadlineKind,
    Digest,
    Reference,
    RoundKind,
    SubjectId,
    Words,
)
from domain.view import Act, View

NAMED = 5
"""How many subjects a refusal names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileAgencyReport:
    """Close the agency's report: every item signed off, or named as a gap with its reason."""

    round: str
    gaps: tuple[Gap, ...] = ()


def compile_agency_report(view: View, act: Act, command: CompileAgencyReport) -> tuple[Event, ...]:
    """Errors: `round-not-open`, `items-not-signed`, `gap-not-needed`, `gap-doubled`, `correction-open`,
    `target-stale`.
    """
    require(view, act, "compile-agency-report")
    state = view.get(ROUND, command.round)
    version = opening_of(command.round, state).version
    items = items_of(view, command.round, state)
    present = [bound(command.round, subject, item) for subject, item in items.items() if _is_reported(item)]
    gaps = {gap.subject: gap for gap in command.gaps}
    compiled = state.compiled if state.stage is RoundStage.COMPILED else None
    if compiled is not None and (compiled.gaps, compiled.items) == (command.gaps, tuple(present)):
        return ()
    if state.stage is not RoundStage.OPEN:
        raise Refused("round-not-open", f"{command.round} is {state.stage}.", rule="PROCESS, round")
    if len(gaps) != len(command.gaps):
        raise Refused("gap-doubled", "Name each gap once.", field="gaps")
    for subject in gaps:
        scoped(command.round, state, subject)
        if _is_reported(items[subject]) or items[subject].stage is Stage.WITHDRAWN:
            raise Refused("gap-not-needed", f"{subject!r} is {items[subject].stage}; it is no gap.", field="gaps")
    correcting = [subject for subject, item in items.items() if item.correcting and not _is_reported(item)]
    if correcting:
        raise Refused(
            "correction-open",
            f"A correction is under way: {_some(correcting)}.",
            rule="case 11",
            mend="Have it signed off, or abandon it.",
        )
    missing = [
        subject
        for subject, item in items.items()
        if not _is_reported(item) and item.stage is not Stage.WITHDRAWN and subject not in gaps
    ]
    if missing:
        raise Refused(
            "items-not-signed",
            f"{len(missing)} items are not signed off: {_some(missing)}.",
            field="gaps",
            rule="PROCESS, round",
            mend="Have them signed off, or name each as a gap with its reason.",
        )
    stale = [
        subject
        for subject, item in items.items()
        if _is_reported(item) and is_stale(view, command.round, state, subject, item)
    ]
    if stale:
        raise Refused(
            "target-stale", f"Milestones changed after these targets' lights: {_some(stale)}.", rule="PROCESS, target"
        )
    number = 1 if state.compiled is None else state.compiled.report + 1
    content: Json = {
        "format": "agency-report/1",
        "round": command.round,
        "report": number,
        "version": version,
        "items": to_json(tuple(present)),
        "gaps": to_json(command.gaps),
    }
    compiled = AgencyReportCompiled(
        round=command.round,
        report=number,
        version=version,
        items=tuple(present),
        gaps=command.gaps,
        digest=digest_of(content),
    )
    return (compiled,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnAgencyReport:
    """The head sends the report back to the coordinator; the round is open again.

    `digest` and `stage` say which report was shown and where it stood: another one by now, or one in another stage,
    isn't returned.
    """

    round: str
    reason: Words
    digest: Digest | None = None
    stage: RoundStage | None = None


def return_agency_report(view: View, act: Act, command: ReturnAgencyReport) -> tuple[Event, ...]:
    """Errors: `not-compiled`, `content-changed`, `already-approved`, `stage-changed`."""
    require(view, act, "return-agency-report")
    state = view.get(ROUND, command.round)
    number = 0 if state.compiled is None else state.compiled.report
    event = AgencyReportReturned(round=command.round, report=number, reason=command.reason)
    if state.stage is RoundStage.OPEN and state.report_returned == event:
        return ()
    if state.compiled is None or state.stage not in (RoundStage.COMPILED, RoundStage.APPROVED):
        raise Refused("not-compiled", f"{command.round} is {state.stage}.", rule="PROCESS, round")
    if command.digest is not None:
        _same(command.digest, state.compiled.digest)
    if command.stage not in (None, state.stage):
        if state.stage is RoundStage.APPROVED:
            raise _approved(state)
        raise Refused("stage-changed", f"The report is {state.stage} by now.", field="stage", rule="PROCESS, round")
    return (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveAgencyReport:
    """The head approves exactly the report that was shown (R15, R16)."""

    round: str
    digest: Digest


def approve_agency_report(view: View, act: Act, command: ApproveAgencyReport) -> tuple[Event, ...]:
    """Errors: `not-compiled`, `content-changed`, `already-approved`, `own-work`, `report-outdated`."""
    require(view, act, "approve-agency-report")
    state = view.get(ROUND, command.round)
    if state.compiled is None or state.stage not in (RoundStage.COMPILED, RoundStage.APPROVED):
        raise Refused("not-compiled", f"{command.round} is {state.stage}.", rule="PROCESS, round")
    _same(command.digest, state.compiled.digest)
    if state.stage is RoundStage.APPROVED:
        if state.approver != act.by.id:
            raise _approved(state)
        return ()
    four_eyes(act, state.compiler, "approve")
    items = items_of(view, command.round, state)
    _up_to_date(state.compiled, items)
    own = tuple(subject for subject, item in items.items() if _is_reported(item) and item.signer == act.by.id)
    approved = AgencyReportApproved(
        round=command.round, report=state.compiled.report, digest=command.digest, own_signoffs=own
    )
    return (approved,)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverToMinistry:
    """Deliver exactly the approved report under a case number; after the deadline with a reason (R3, R4)."""

    round: str
    digest: Digest
    case_number: Reference
    late_reason: Words | None = None


def deliver_to_ministry(view: View, act: Act, command: DeliverToMinistry) -> tuple[Event, ...]:
    """Errors: `not-approved`, `content-changed`, `report-outdated`, `case-number-missing`,
    `final-accounts-not-approved`, `late-reason-missing`.
    """
    require(view, act, "deliver-to-ministry")
    state = view.get(ROUND, command.round)
    opened = opening_of(command.round, state)
    last = state.last_delivery if state.stage is RoundStage.DELIVERED else None
    if last is not None and (last.digest, last.case_number) == (command.digest, command.case_number):
        return ()
    if state.stage is not RoundStage.APPROVED or state.compiled is None:
        raise Refused(
            "not-approved", f"{command.round} is {state.stage}; the head approves first.", rule="PROCESS, round"
        )
    _same(command.digest, state.compiled.digest)
    items = items_of(view, command.round, state)
    _up_to_date(state.compiled, items)
    if not command.case_number.strip():
        raise Refused("case-number-missing", "A delivery has a case number.", field="case_number")
    due = delivery_deadline(view, state)
    if due is None:
        raise Refused(
            "final-accounts-not-approved",
            "The annual data goes to the ministry within a week of the approval of the final accounts: record that.",
            rule="R4, case 3",
        )
    late = act.at >= due.instant
    if late and command.late_reason is None:
        raise Refused(
            "late-reason-missing",
            f"The deadline was {due.date}; say why this is late.",
            field="late_reason",
            rule="case 4",
        )
    delivered = DeliveredToMinistry(
        round=command.round,
        report=state.compiled.report,
        digest=command.digest,
        case_number=command.case_number,
        deadline=due,
        late=late,
        late_reason=command.late_reason if late else None,
    )
    each = tuple(
        ItemDelivered(round=opened.round, subject=one.subject, revision=one.revision, digest=one.digest)
        for one in state.compiled.items
        if items[one.subject].stage is Stage.SIGNED_OFF
    )
    return (delivered, *each)


def delivery_deadline(view: View, state: Round) -> Deadline | None:
    """The date that a delivery is judged against; None while an annual one is not yet determined (case 3)."""
    if state.reopening is not None:
        return state.reopening.redeliver_by
    moved = state.deadline(DeadlineKind.DELIVERY)
    if moved is not None or state.opened is None or state.opened.kind is RoundKind.HALF_YEAR:
        return moved
    return view.get(CYCLE, state.opened.year).delivery


def opening_of(round_id: str, state: Round) -> RoundOpened:
    """How a round was opened. Errors: `window-not-open`."""
    if state.opened is None:
        raise Refused("window-not-open", f"{round_id} is not open yet.", rule="R3")
    return state.opened


def items_of(view: View, round_id: str, state: Round) -> dict[SubjectId, Item]:
    """All items of the scope: each a condition of what is decided about the report."""
    subjects = list(state.scope)
    return dict(zip(subjects, view.get_all(ITEM, [(round_id, subject) for subject in subjects]), strict=True))


def _is_reported(item: Item) -> bool:
    return item.stage in (Stage.SIGNED_OFF, Stage.DELIVERED)


def _approved(state: Round) -> Refused:
    return Refused("already-approved", f"{state.approver} has approved it already.", rule="case 24", by=state.approver)


def _same(seen: Digest, present: Digest) -> None:
    if seen != present:
        raise Refused(
            "content-changed", "This isn't the report that you saw.", field="digest", rule="R16", mend="Open it again."
        )


def _up_to_date(compiled: AgencyReportCompiled, items: Mapping[SubjectId, Item]) -> None:
    """Refuse a report with what an update of the agreement removed since: it is not what is agreed any more."""
    named = [*(each.subject for each in compiled.items), *(each.subject for each in compiled.gaps)]
    gone = [subject for subject in named if items[subject].stage is Stage.WITHDRAWN]
    if gone:
        raise Refused(
            "report-outdated",
            f"An update of the agreement removed what the report holds: {_some(gone)}.",
            rule="case 8",
            mend="The head returns it, and it is compiled again.",
        )


def _some(subjects: list[SubjectId]) -> str:
    shown = ", ".join(subjects[:NAMED])
    return shown if len(subjects) <= NAMED else f"{shown} and {len(subjects) - NAMED} more"
