"""The events of a year's cycle as rows in memory, with the mix of a real one: made up, but decodable and in order.

119 items in the half-year round and 127 in the annual one, as the agreement of 2024 has them.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from domain.calendar import deadline, start_of
from domain.events.agreement import (
    GoalGroupDefined,
    IndicatorDefined,
    IndicatorLevel,
    IndicatorTableDefined,
    MilestoneDefined,
    PartDefined,
    TargetDefined,
)
from domain.events.assessment import IndicatorAssessed, TargetAssessed
from domain.events.codec import encode, encode_metadata
from domain.events.cycle import Assessable, AssessmentOpened, CycleOpened, FinalAccountsApprovalRecorded
from domain.events.deviation import DeviationOpened
from domain.events.envelope import Metadata, Row
from domain.events.event import Event
from domain.events.item import (
    Bound,
    Evidence,
    EvidenceAttached,
    Explanation,
    ItemDelivered,
    ItemReturned,
    ItemSignedOff,
    ItemSubmitted,
    MilestoneStatusReported,
    OutturnReported,
    TargetReported,
)
from domain.events.organisation import AgreementInForce
from domain.events.process import MailDelivered, ReminderIssued
from domain.events.round import (
    AgencyReportApproved,
    AgencyReportCompiled,
    DeliveredToMinistry,
    RoundClosed,
    RoundOpened,
    RoundScopeFixed,
    ScopeItem,
)
from domain.values import (
    Basis,
    Date,
    Deadline,
    DeadlineKind,
    Decimal,
    Digest,
    File,
    Finality,
    MilestoneStatus,
    PersonId,
    Role,
    RoundKind,
    SubjectId,
    SubjectKind,
    Title,
    TrafficLight,
    UnitId,
    VersionId,
    Words,
)

VERSION = VersionId("keha-2024-2027.1")
TARGETS, MILESTONES, INDICATORS, UNITS = 25, 92, 10, 8
_FIRST = datetime(2024, 1, 1, tzinfo=UTC)


def digest(text: object) -> Digest:
    """Something that looks like a commitment or a digest."""
    return Digest(hashlib.sha256(str(text).encode()).hexdigest())


@dataclass(frozen=True, slots=True)
class Subject:
    """What an item of the made-up agreement reports on."""

    id: SubjectId
    kind: SubjectKind
    unit: UnitId
    target: SubjectId | None


def subjects() -> list[Subject]:
    """92 milestones of 25 targets and 10 indicators, over eight units."""
    made = [
        Subject(SubjectId(f"m-{n}"), SubjectKind.MILESTONE, UnitId(f"u-{n % UNITS}"), SubjectId(f"t-{n % TARGETS}"))
        for n in range(MILESTONES)
    ]
    made += [
        Subject(SubjectId(f"i-{n}"), SubjectKind.INDICATOR, UnitId(f"u-{n % UNITS}"), None) for n in range(INDICATORS)
    ]
    return made + [
        Subject(SubjectId(f"t-{n}"), SubjectKind.TARGET, UnitId(f"u-{n % UNITS}"), None) for n in range(TARGETS)
    ]


def _due(kind: DeadlineKind, date: str) -> Deadline:
    return deadline(kind, Date(date), rolls=False, policy="made-up")


def _definitions() -> Iterator[Event]:
    title = Title(digest("title"))
    yield PartDefined(version=VERSION, part="3.1", section="3.1", title=title)
    yield GoalGroupDefined(version=VERSION, group="g", part="3.1", section="3.1", title=title)
    yield IndicatorTableDefined(version=VERSION, table="t", part="3.1", section="3.1", title=title)
    level = IndicatorLevel(year=2024, operator=">=", value=Decimal("3.7"), binding=True, mark=None)
    for each in subjects():
        match each.kind:
            case SubjectKind.TARGET:
                yield TargetDefined(
                    version=VERSION,
                    target=each.id,
                    part="3.1",
                    group="g",
                    section="3.1",
                    title=title,
                    lead_unit=each.unit,
                    contributors=(),
                    assumptions=(),
                )
            case SubjectKind.MILESTONE:
                yield MilestoneDefined(
                    version=VERSION,
                    milestone=each.id,
                    target=each.target or SubjectId(""),
                    year=2024,
                    section="3.1",
                    title=title,
                    unit=each.unit,
                    contributors=(),
                    due_by=None,
                    conditional=False,
                    checklist=(),
                    continues=None,
                    assumptions=(),
                )
            case SubjectKind.INDICATOR:
                yield IndicatorDefined(
                    version=VERSION,
                    indicator=each.id,
                    table="t",
                    section="3.1",
                    title=title,
                    note=None,
                    unit=each.unit,
                    contributors=(),
                    measure="index",
                    frequency="half-year" if each.id in ("i-0", "i-1") else "annual",
                    outturns=(),
                    levels=(level,),
                    assumptions=(),
                )
    yield AgreementInForce(version=VERSION, agreement="keha-2024-2027", binding_year=2024, digest=digest("agreement"))


def _items(round_id: str, kind: RoundKind, said: list[Subject]) -> Iterator[Event]:
    basis = Basis.ACTUAL if kind is RoundKind.ANNUAL else Basis.FORECAST
    due = _due(DeadlineKind.UNIT, "2024-08-15")
    for number, each in enumerate(said):
        place: dict[str, Any] = {"round": round_id, "subject": each.id}
        yellow = number % 6 == 0
        light = TrafficLight.YELLOW if yellow else TrafficLight.GREEN
        words = Words(digest(each.id))
        explanation = Explanation(
            cause=words, risk=words, action=words, action_owner=PersonId("p-1"), action_due=Date("2024-12-31")
        )
        why = explanation if yellow else None
        content = digest((round_id, each.id))
        match each.kind:
            case SubjectKind.MILESTONE:
                yield MilestoneStatusReported(
                    **place,
                    revision=1,
                    version=VERSION,
                    status=MilestoneStatus.PARTLY_REACHED if yellow else MilestoneStatus.REACHED,
                    basis=basis,
                    light=light,
                    checklist=(),
                    narrative=words,
                    reason=None,
                    explanation=why,
                )
            case SubjectKind.INDICATOR:
                yield OutturnReported(
                    **place,
                    revision=1,
                    version=VERSION,
                    value=Decimal("3.66"),
                    finality=Finality.PROVISIONAL,
                    basis=basis,
                    light=light,
                    narrative=words,
                    reason=None,
                    explanation=why,
                )
            case SubjectKind.TARGET:
                seen = tuple(
                    Bound(subject=one.id, revision=1, digest=digest((round_id, one.id)))
                    for one in said
                    if one.target == each.id
                )
                yield TargetReported(
                    **place,
                    revision=1,
                    version=VERSION,
                    basis=basis,
                    light=light,
                    suggested=None,
                    milestones=seen,
                    narrative=words,
                    rationale=words,
                    explanation=why,
                )
        if each.kind is SubjectKind.MILESTONE and not yellow:
            evidence = Evidence(
                id=f"e-{number}",
                revision=1,
                file=File(digest(("file", number))),
                title=words,
                document_date=Date("2024-06-01"),
                link=None,
                outside_period=None,
            )
            yield EvidenceAttached(**place, revision=1, evidence=evidence)
        submitted = ItemSubmitted(
            **place, revision=1, digest=content, deadline=due, late=False, late_reason=None, reply=None
        )
        yield submitted
        if number % 10 == 0:
            yield ItemReturned(**place, revision=1, reason=words, reopening=None)
            yield replace(submitted, reply=words)
        yield ItemSignedOff(**place, revision=1, digest=content, escalated=False)
        if yellow:
            yield DeviationOpened(
                year=2024,
                subject=each.id,
                round=round_id,
                revision=1,
                unit=each.unit,
                light=light,
                basis=basis,
                explanation=explanation,
            )


def _round(kind: RoundKind) -> Iterator[Event]:
    round_id = f"2024-{kind}"
    said = [each for each in subjects() if kind is RoundKind.ANNUAL or each.id[:2] != "i-" or each.id in ("i-0", "i-1")]
    yield RoundOpened(
        round=round_id,
        year=2024,
        kind=kind,
        version=VERSION,
        opens=start_of(Date("2024-06-01")),
        deadlines=tuple(_due(each, "2024-08-15") for each in DeadlineKind if each is not DeadlineKind.STATEMENT),
        chain=(),
    )
    scope = tuple(ScopeItem(subject=each.id, kind=each.kind, unit=each.unit, target=each.target) for each in said)
    yield RoundScopeFixed(round=round_id, items=scope, not_due=())
    yield from _items(round_id, kind, said)
    for number in range(40):
        yield ReminderIssued(
            process=f"submission/{round_id}/u-{number % UNITS}",
            step="submit",
            person=PersonId(f"p-{number % UNITS}"),
            unit=UnitId(f"u-{number % UNITS}"),
            subject=None,
            deadline=None,
            ordinal=number,
            owed_by=1,
        )
        yield MailDelivered(process=f"submission/{round_id}/u-{number % UNITS}", reminder=1, attempts=1)
    bounds = tuple(Bound(subject=each.id, revision=1, digest=digest((round_id, each.id))) for each in said)
    due, whole = _due(DeadlineKind.DELIVERY, "2024-08-31"), digest(round_id)
    yield AgencyReportCompiled(round=round_id, report=1, version=VERSION, items=bounds, gaps=(), digest=whole)
    yield AgencyReportApproved(round=round_id, report=1, digest=whole, own_signoffs=())
    yield DeliveredToMinistry(
        round=round_id, report=1, digest=whole, case_number="VN/1/2024", deadline=due, late=False, late_reason=None
    )
    for each in bounds:
        yield ItemDelivered(round=round_id, subject=each.subject, revision=1, digest=each.digest)
    yield RoundClosed(round=round_id)


def _events() -> Iterator[Event]:
    yield from _definitions()
    yield CycleOpened(year=2024, version=VERSION)
    yield from _round(RoundKind.HALF_YEAR)
    yield FinalAccountsApprovalRecorded(
        year=2024,
        approved_on=Date("2024-03-10"),
        document=File(digest("accounts")),
        due=_due(DeadlineKind.FINAL_ACCOUNTS, "2024-03-15"),
        late=False,
        delivery=_due(DeadlineKind.DELIVERY, "2024-03-17"),
    )
    yield from _round(RoundKind.ANNUAL)
    assessed = [each for each in subjects() if each.kind is not SubjectKind.MILESTONE]
    yield AssessmentOpened(
        year=2024,
        subjects=tuple(Assessable(subject=each.id, kind=each.kind) for each in assessed),
        statement=_due(DeadlineKind.STATEMENT, "2024-06-15"),
    )
    for each in assessed:
        yield (TargetAssessed if each.kind is SubjectKind.TARGET else IndicatorAssessed)(
            year=2024,
            subject=each.id,
            light=TrafficLight.GREEN,
            rationale=Words(digest("why")),
            excused=None,
            revision=1,
            delivered=digest(("2024-annual", each.id)),
            transcribed=False,
        )


def year_of_rows() -> list[Row]:
    """One year, from the agreement's records to the ministry's lights."""
    metadata = encode_metadata(
        Metadata(
            actor_kind="person",
            actor="matti.meikalainen",
            acting_for=None,
            role=Role.OWNER,
            command="submit-items",
            cause=None,
            caused_by_command=False,
            version=VERSION,
            wall=None,
        )
    )
    rows = []
    for position, event in zip(count(1), _events()):
        at = _FIRST + timedelta(minutes=position)
        rows.append(
            Row(
                ledger="keha",
                position=position,
                stream=event.stream,
                version=1,
                id=b"",
                type=event.type,
                schema=event.schema,
                received_at=at,
                recorded_at=at,
                effective_at=event.effective_at,
                command_id=b"",
                nonce=b"",
                body=encode(event),
                metadata=metadata,
            )
        )
    return rows


def years_of_rows(at_least: int) -> list[Row]:
    """That year again and again, each time as another year's, until there are so many rows."""
    template = year_of_rows()
    rows: list[Row] = []
    for year in count(2024):
        if len(rows) >= at_least:
            return rows
        old, new, before = b"2024", b"%d" % year, len(rows)
        rows.extend(
            replace(
                row,
                position=before + number,
                stream=row.stream.replace("2024", str(year)),
                body=row.body.replace(old, new),
            )
            for number, row in enumerate(template, 1)
        )
    return rows
