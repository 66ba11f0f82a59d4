"""The agency's report: compiled, approved, delivered, returned, reopened (R3, R4, R15, R16; cases 3, 11, 16)."""

from dataclasses import dataclass

from domain.authority import four_eyes, require
from domain.calendar import day_of, deadline
from domain.canonical import Json
from domain.cycle import FOLD as CYCLE
from domain.errors import Refused
from domain.events.codec import to_json
from domain.events.envelope import digest_of
from domain.events.event import Event
from domain.events.item import (
    CorrectionAbandoned,
    CorrectionStarted,
    ItemDelivered,
    ItemReturned,
)
from domain.events.round import (
    AgencyReportApproved,
    AgencyReportCompiled,
    AgencyReportReturned,
    DeadlineExtended,
    DeliveredToMinistry,
    DeliveryReturned,
    Gap,
    ReturnedItem,
    RoundOpened,
    SupplementOpened,
)
from domain.item import FOLD as ITEM
from domain.item import Item, Stage, accountable, bound
from domain.organisation import FOLD as ORGANISATION
from domain.report import is_stale
from domain.round import FOLD as ROUND
from domain.round import Round, scoped
from domain.round import Stage as RoundStage
from domain.values import Date, Deadline, DeadlineKind, Digest, RoundKind, SubjectId, SubjectKind, UnitId, Words
from domain.view import Act, View


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileAgencyReport:
    """Close the agency's report: every item signed off, or named as a gap with its reason."""

    round: str
    gaps: tuple[Gap, ...] = ()


def compile_agency_report(view: View, act: Act, command: CompileAgencyReport) -> tuple[Event, ...]:
    """Errors: `round-not-open`, `items-not-signed`, `gap-not-needed`, `correction-open`, `target-stale`."""
    require(view, act, "compile-agency-report")
    state = view.get(ROUND, command.round)
    version = _opened(command.round, state).version
    items = _items(view, command.round, state)
    present = [bound(command.round, subject, item) for subject, item in items.items() if _is_reported(item)]
    gaps = {gap.subject: gap for gap in command.gaps}
    if state.stage is RoundStage.COMPILED and state.compiled is not None:
        if state.compiled.gaps == command.gaps and state.compiled.items == tuple(present):
            return ()
    if state.stage is not RoundStage.OPEN:
        raise Refused("round-not-open", f"{command.round} is {state.stage}.", rule="PROCESS, round")
    for subject in gaps:
        scoped(command.round, state, subject)
        if _is_reported(items[subject]):
            raise Refused("gap-not-needed", f"{subject!r} is signed off; it is no gap.", field="gaps")
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
    """The head sends the report back to the coordinator; the round is open again."""

    round: str
    reason: Words


def return_agency_report(view: View, act: Act, command: ReturnAgencyReport) -> tuple[Event, ...]:
    """Errors: `not-compiled`."""
    require(view, act, "return-agency-report")
    state = view.get(ROUND, command.round)
    if state.stage not in (RoundStage.COMPILED, RoundStage.APPROVED) or state.compiled is None:
        raise Refused("not-compiled", f"{command.round} is {state.stage}.", rule="PROCESS, round")
    return (AgencyReportReturned(round=command.round, report=state.compiled.report, reason=command.reason),)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveAgencyReport:
    """The head approves exactly the report that was shown (R15, R16)."""

    round: str
    digest: Digest


def approve_agency_report(view: View, act: Act, command: ApproveAgencyReport) -> tuple[Event, ...]:
    """Errors: `not-compiled`, `content-changed`, `own-work`."""
    require(view, act, "approve-agency-report")
    state = view.get(ROUND, command.round)
    if state.compiled is None or state.stage not in (RoundStage.COMPILED, RoundStage.APPROVED):
        raise Refused("not-compiled", f"{command.round} is {state.stage}.", rule="PROCESS, round")
    _same(command.digest, state.compiled.digest)
    if state.stage is RoundStage.APPROVED:
        return ()
    four_eyes(act, state.compiler, "approve")
    items = _items(view, command.round, state)
    own = tuple(
        subject
        for subject, item in items.items()
        if item.signed is not None and item.signed.escalated and item.signer == act.by.id
    )
    approved = AgencyReportApproved(
        round=command.round, report=state.compiled.report, digest=command.digest, own_signoffs=own
    )
    return (approved,)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverToMinistry:
    """Deliver exactly the approved report under a case number; after the deadline with a reason (R3, R4)."""

    round: str
    digest: Digest
    case_number: str
    late_reason: Words | None = None


def deliver_to_ministry(view: View, act: Act, command: DeliverToMinistry) -> tuple[Event, ...]:
    """Errors: `not-approved`, `content-changed`, `case-number-missing`, `final-accounts-not-approved`, `late-reason-missing`."""
    require(view, act, "deliver-to-ministry")
    state = view.get(ROUND, command.round)
    opened = _opened(command.round, state)
    if state.stage is RoundStage.DELIVERED and state.last_delivery is not None:
        if state.last_delivery.digest == command.digest and state.last_delivery.case_number == command.case_number:
            return ()
    if state.stage is not RoundStage.APPROVED or state.compiled is None:
        raise Refused(
            "not-approved", f"{command.round} is {state.stage}; the head approves first.", rule="PROCESS, round"
        )
    _same(command.digest, state.compiled.digest)
    if not command.case_number.strip():
        raise Refused("case-number-missing", "A delivery has a case number.", field="case_number")
    due = delivery_deadline(view, state)
    if due is None:
        raise Refused(
            "final-accounts-not-approved",
            "The annual data goes to the ministry within a week of the approval of the final accounts; record it first.",
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
    items = _items(view, command.round, state)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnDelivery:
    """The ministry returns named items with reasons and one date for the redelivery; the others stand (case 16)."""

    round: str
    reopening: str
    items: tuple[ReturnedItem, ...]
    redeliver_by: Date


def return_delivery(view: View, act: Act, command: ReturnDelivery) -> tuple[Event, ...]:
    """Errors: `not-delivered`, `reopening-exists`, `items-missing`, `target-not-named`, `date-in-the-past`."""
    require(view, act, "return-delivery")
    _state, items, by = _reopens(view, act, command, (RoundStage.DELIVERED,))
    for each in command.items:
        if items[each.subject].stage is not Stage.DELIVERED:
            raise Refused("not-delivered", f"{each.subject!r} was not delivered.", field="items")
    returned = DeliveryReturned(round=command.round, reopening=command.reopening, items=command.items, redeliver_by=by)
    return (
        returned,
        *(
            ItemReturned(
                round=command.round,
                subject=each.subject,
                revision=items[each.subject].revision + 1,
                reason=each.reason,
                reopening=command.reopening,
            )
            for each in command.items
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSupplement:
    """Open named items again after the delivery, to fill a gap or to correct (case 11)."""

    round: str
    reopening: str
    items: tuple[ReturnedItem, ...]
    redeliver_by: Date


def open_supplement(view: View, act: Act, command: OpenSupplement) -> tuple[Event, ...]:
    """Errors: as `return_delivery`."""
    require(view, act, "open-supplement")
    _, _, by = _reopens(view, act, command, (RoundStage.DELIVERED, RoundStage.CLOSED))
    opened = SupplementOpened(round=command.round, reopening=command.reopening, items=command.items, redeliver_by=by)
    return (opened,)


def _reopens(
    view: View, act: Act, command: ReturnDelivery | OpenSupplement, stages: tuple[RoundStage, ...]
) -> tuple[Round, dict[SubjectId, Item], Deadline]:
    state = view.get(ROUND, command.round)
    if command.reopening in state.reopenings:
        raise Refused("reopening-exists", f"There was a reopening {command.reopening!r} already.", field="reopening")
    if state.stage not in stages:
        raise Refused("not-delivered", f"{command.round} is {state.stage}.", rule="PROCESS, round")
    named = {each.subject for each in command.items}
    if not named or len(named) != len(command.items):
        raise Refused("items-missing", "Name at least one item, each once.", field="items")
    items = _items(view, command.round, state)
    for subject in named:
        scope = scoped(command.round, state, subject)
        if scope.kind is SubjectKind.MILESTONE and scope.target is not None and scope.target not in named:
            raise Refused(
                "target-not-named",
                f"{subject!r} is a milestone of {scope.target!r}, whose light rests on it: name that, too.",
                field="items",
                rule="PROCESS, correction",
            )
    if command.redeliver_by < day_of(act.at):
        raise Refused("date-in-the-past", "The date for the redelivery is past.", field="redeliver_by")
    by = deadline(DeadlineKind.DELIVERY, command.redeliver_by, rolls=False, policy=f"reopening/{command.reopening}")
    return state, items, by


@dataclass(frozen=True, slots=True, kw_only=True)
class StartCorrection:
    """Open a delivered item that a supplement names, as its next revision."""

    round: str
    subject: SubjectId
    reason: Words


def start_correction(view: View, act: Act, command: StartCorrection) -> tuple[Event, ...]:
    """Errors: `no-supplement`, `not-delivered`, `not-in-scope`."""
    state, item, unit = _item(view, act, command.round, command.subject)
    require(view, act, "start-correction", unit)
    if state.reopening is None or not state.accepts(command.subject):
        raise Refused(
            "no-supplement",
            "No open supplement names this item.",
            field="subject",
            rule="case 11",
            mend="The coordinator opens one.",
        )
    if item.correcting and item.stage is Stage.DRAFT:
        return ()
    if item.stage is not Stage.DELIVERED:
        raise Refused("not-delivered", f"The item is {item.stage}.", field="subject")
    started = CorrectionStarted(
        round=command.round,
        subject=command.subject,
        revision=item.revision + 1,
        reopening=state.reopening.id,
        reason=command.reason,
    )
    return (started,)


@dataclass(frozen=True, slots=True, kw_only=True)
class AbandonCorrection:
    """Give a correction up; the delivered revision holds on."""

    round: str
    subject: SubjectId
    reason: Words


def abandon_correction(view: View, act: Act, command: AbandonCorrection) -> tuple[Event, ...]:
    """Errors: `no-correction`, `returned-by-ministry`, `round-not-open`."""
    state, item, unit = _item(view, act, command.round, command.subject)
    require(view, act, "abandon-correction", unit)
    if not item.correcting or item.delivered is None:
        raise Refused("no-correction", "No correction of this item is under way.", field="subject")
    if not state.accepts(command.subject):
        raise Refused("round-not-open", f"{command.round} is {state.stage}.", rule="PROCESS, round")
    if item.returned is not None and item.returned.reopening is not None:
        raise Refused(
            "returned-by-ministry", "The ministry returned this item.", field="subject", mend="Submit it with a reply."
        )
    abandoned = CorrectionAbandoned(
        round=command.round, subject=command.subject, revision=item.delivered.revision, reason=command.reason
    )
    return (abandoned,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendDeadline:
    """Move one date and no other. Beyond the contractual date the ministry's consent is named by its reference."""

    round: str
    kind: DeadlineKind
    unit: UnitId | None
    date: Date
    reason: Words
    consent: str | None = None


def extend_deadline(view: View, act: Act, command: ExtendDeadline) -> tuple[Event, ...]:
    """Errors: `no-such-deadline`, `not-later`, `consent-missing`, `delivered`, `unknown-unit`."""
    require(view, act, "extend-deadline")
    state = view.get(ROUND, command.round)
    _opened(command.round, state)
    if state.stage in (RoundStage.DELIVERED, RoundStage.CLOSED):
        raise Refused("delivered", f"{command.round} is delivered.", rule="PROCESS, round")
    if command.unit is not None and command.unit not in view.get(ORGANISATION).units:
        raise Refused("unknown-unit", f"There is no unit {command.unit!r}.", field="unit")
    contractual = delivery_deadline(view, state)
    present = contractual if command.kind is DeadlineKind.DELIVERY else state.deadline(command.kind, command.unit)
    if present is None or command.kind in (DeadlineKind.FINAL_ACCOUNTS, DeadlineKind.STATEMENT):
        raise Refused("no-such-deadline", f"{command.round} has no {command.kind} date to move.", field="kind")
    if present.date == command.date:
        return ()
    if command.date < present.date:
        raise Refused("not-later", f"The date in force is {present.date}; an extension is later.", field="date")
    if contractual is not None and command.date > contractual.date and not (command.consent or "").strip():
        raise Refused(
            "consent-missing",
            f"Beyond the contractual date ({contractual.date}) the ministry's consent is needed, by its reference.",
            field="consent",
            rule="R3, R4",
        )
    moved = deadline(command.kind, command.date, rolls=False, policy="extension")
    extended = DeadlineExtended(
        round=command.round,
        kind=command.kind,
        unit=command.unit,
        previous=present,
        deadline=moved,
        reason=command.reason,
        consent=command.consent,
    )
    return (extended,)


def _opened(round_id: str, state: Round) -> RoundOpened:
    if state.opened is None:
        raise Refused("window-not-open", f"{round_id} is not open yet.", rule="R3")
    return state.opened


def _items(view: View, round_id: str, state: Round) -> dict[SubjectId, Item]:
    """All items of the scope: each a condition of what is decided about the report."""
    subjects = list(state.scope)
    return dict(zip(subjects, view.get_all(ITEM, [(round_id, subject) for subject in subjects]), strict=True))


def _item(view: View, act: Act, round_id: str, subject: SubjectId) -> tuple[Round, Item, UnitId]:
    view.get(ORGANISATION)
    state = view.get(ROUND, round_id)
    _opened(round_id, state)
    scope = scoped(round_id, state, subject)
    item = view.get(ITEM, round_id, subject)
    return state, item, accountable(item, scope.unit, day_of(act.at))


def _is_reported(item: Item) -> bool:
    return item.stage in (Stage.SIGNED_OFF, Stage.DELIVERED)


def _same(seen: Digest, present: Digest) -> None:
    if seen != present:
        raise Refused(
            "content-changed", "This isn't the report that you saw.", field="digest", rule="R16", mend="Open it again."
        )


def _some(subjects: list[SubjectId]) -> str:
    shown = ", ".join(subjects[:5])
    return shown if len(subjects) <= 5 else f"{shown} and {len(subjects) - 5} more"
