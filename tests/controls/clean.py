"""A year in which every control passes, written by hand: a small agency, both rounds, the ministry, RRF, an erasure."""

from datetime import datetime
from functools import cache
from typing import Any

from told import Before, Tale, Teller, Told, file, made, on, title, words

from domain.calendar import deadline
from domain.canonical import Json
from domain.events.agreement import (
    AgreementDrafted,
    AgreementSigned,
    DatePolicy,
    IndicatorDefined,
    MilestoneDefined,
    SentForSignature,
    Slot,
    TargetDefined,
)
from domain.events.assessment import IndicatorAssessed, TargetAssessed
from domain.events.attestation import (
    Occasion,
    Operation,
    OperationRecorded,
    SealKeyIntroduced,
    ViewAttested,
)
from domain.events.codec import to_json
from domain.events.cycle import (
    Assessable,
    AssessmentOpened,
    CycleClosed,
    CycleOpened,
    FinalAccountsApprovalRecorded,
    Published,
    StatementIssued,
    StatementLight,
)
from domain.events.deviation import ActionReported, DeviationClosed, DeviationOpened
from domain.events.engagement import AuditBody, EngagementOpened, FindingRaised, Severity
from domain.events.envelope import digest_of
from domain.events.erasure import DisclosuresErased, ErasureConfirmed, ErasureProposed, Place
from domain.events.event import Event
from domain.events.item import (
    CorrectionStarted,
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
from domain.events.organisation import (
    AgreementInForce,
    Grant,
    LedgerOpened,
    PersonRegistered,
    RoleConfirmed,
    RoleProposed,
    Setting,
    SettingConfirmed,
    SettingProposed,
    SubstituteAppointed,
    UnitRegistered,
)
from domain.events.round import (
    AgencyReportApproved,
    AgencyReportCompiled,
    DeadlineExtended,
    DeliveredToMinistry,
    EscalationCause,
    ReturnedItem,
    RoundOpened,
    RoundScopeFixed,
    ScopeItem,
    StepEscalated,
    SupplementOpened,
)
from domain.events.rrf import (
    InterestDeclared,
    ItemLinkedToMeasure,
    MeasureRecorded,
    RecipientsRecorded,
    RetentionRecorded,
    RrfKind,
    VerificationDocument,
    VerificationSummaryRecorded,
)
from domain.events.subject import LateCompletionRecorded, LateCompletionSignedOff
from domain.values import (
    Basis,
    Date,
    Deadline,
    DeadlineKind,
    Decimal,
    Digest,
    Finality,
    Language,
    MilestoneStatus,
    PersonId,
    Publication,
    Role,
    RoundKind,
    SubjectId,
    SubjectKind,
    TrafficLight,
    UnitId,
    VersionId,
)

VERSION = VersionId("kylki-2024-2027.1")
DIGI = UnitId("digi")
HALF, ANNUAL = "2024-half-year", "2024-annual"
PORTAL, TOWNS, SERVICES, DAYS = (SubjectId(each) for each in ("portal", "towns", "services", "days"))
GREEN, YELLOW = TrafficLight.GREEN, TrafficLight.YELLOW
STAFF: tuple[tuple[str, Role, UnitId | None], ...] = (
    ("olga", Role.OWNER, DIGI),
    ("dora", Role.DIRECTOR, DIGI),
    ("dirk", Role.DIRECTOR, UnitId("talous")),
    ("hanna", Role.HEAD, None),
    ("kaisa", Role.COORDINATOR, None),
    ("maria", Role.MINISTRY_ASSESSOR, None),
    ("mikko", Role.MINISTRY_DECIDER, None),
    ("aino", Role.AUDITOR, None),
)
SIGNERS = (
    ("a1", "agency", "hanna"),
    ("a2", "agency", "dirk"),
    ("m1", "ministry", "maria"),
    ("m2", "ministry", "mikko"),
)
WHY = Explanation(
    cause=words("cause"),
    risk=words("risk"),
    action=words("action"),
    action_owner=PersonId("olga"),
    action_due=Date("2025-06-30"),
)
START = on("2023-11-01")


def due(kind: DeadlineKind, day: str, policy: str = "test") -> Deadline:
    return deadline(kind, Date(day), rolls=False, policy=policy)


def grant(person: str, role: Role, unit: UnitId | None, first: str = "2023-11-01", last: str | None = None) -> Grant:
    ends = None if last is None else Date(last)
    return Grant(person=PersonId(person), role=role, unit=unit, valid_from=Date(first), valid_to=ends)


def given_role(name: str, held: Grant, at: datetime = START) -> tuple[Told, Told]:
    """A role as two administrators give it."""
    proposed = RoleProposed(proposal=name, grant=held)
    confirmed = RoleConfirmed(proposal=name, digest=digest_of(to_json(proposed)), grant=held)
    return (
        Told(event=proposed, by="anna", at=at, label=f"{name} proposed"),
        Told(event=confirmed, by="bert", at=at, label=f"{name} confirmed"),
    )


def report(subject: SubjectId, round_id: str, revision: int = 1) -> Teller:
    """What the unit reports on a subject."""
    annual = round_id == ANNUAL
    common: dict[str, Any] = {"round": round_id, "subject": subject, "revision": revision, "version": VERSION}
    basis = Basis.ACTUAL if annual else Basis.FORECAST
    if subject == DAYS:
        return made(
            OutturnReported,
            **common,
            value=Decimal(f"27.{revision}"),
            finality=Finality.PROVISIONAL,
            basis=basis,
            light=GREEN,
            narrative=None,
            reason=None,
            explanation=None,
        )
    if subject == SERVICES:
        return lambda before: made(
            TargetReported,
            **common,
            basis=basis,
            light=YELLOW,
            suggested=None,
            milestones=(before.bound(round_id, PORTAL), before.bound(round_id, TOWNS)),
            narrative=None,
            rationale=words("rationale"),
            explanation=WHY,
        )
    reached = subject == PORTAL
    return made(
        MilestoneStatusReported,
        **common,
        status=MilestoneStatus.REACHED if reached else MilestoneStatus.IN_PROGRESS,
        basis=basis,
        light=GREEN if reached else YELLOW,
        checklist=(),
        narrative=words(f"narrative of {subject}"),
        reason=None,
        explanation=None if reached else WHY,
    )


def document(name: str = "minutes", dated: str = "2024-05-20") -> Evidence:
    return made(
        Evidence,
        id=name,
        revision=1,
        file=file(name),
        title=words(name),
        document_date=Date(dated),
        link=None,
        outside_period=None,
    )


def opening() -> list[Told]:
    """The ledger, its people, their roles, the agreement in force."""
    told = [
        Told(
            event=made(LedgerOpened, ledger="kylki", agency="kylki"),
            by="operator",
            at=START,
            command="open",
        )
    ]
    for number, name in enumerate(("anna", "bert"), 1):
        held = grant(name, Role.ADMINISTRATOR, None)
        proposed = RoleProposed(proposal=f"opening-{number}", grant=held)
        event = RoleConfirmed(proposal=proposed.proposal, digest=digest_of(to_json(proposed)), grant=held)
        told.append(Told(event=event, by="operator", at=START, command="open"))
    told += [Told(event=made(UnitRegistered, unit=unit), by="anna", at=START) for unit in (DIGI, UnitId("talous"))]
    for name, role, held_in in STAFF:
        person = made(PersonRegistered, person=PersonId(name), name=words(name), language=Language.FI)
        told += [Told(event=person, by="anna", at=START), *given_role(f"role-of-{name}", grant(name, role, held_in))]
    return told + agreement()


def agreement() -> list[Told]:
    """The agreement as it is drafted, sent, signed by four, and in force."""
    at = on("2023-12-01")
    slots = tuple(
        Slot(id=slot, party=party, position=title(slot), person=PersonId(who)) for slot, party, who in SIGNERS
    )
    policies = (
        made(DatePolicy, kind="evidence-cutoff", month=1, day=31, years_after=1),
        made(DatePolicy, kind="annual/delivery", offset_days=7),
    )
    data: list[Event] = [
        made(AgreementDrafted, version=VERSION, binding_year=2024, slots=slots, policies=policies),
        made(TargetDefined, version=VERSION, target=SERVICES, lead_unit=DIGI),
        *(
            made(MilestoneDefined, version=VERSION, milestone=SubjectId(name), target=SERVICES, year=year, unit=DIGI)
            for name, year in (("portal", 2024), ("towns", 2024), ("later", 2025))
        ),
        made(IndicatorDefined, version=VERSION, indicator=DAYS, unit=DIGI, frequency="half-year"),
    ]
    sent = SentForSignature(version=VERSION, digest=Digest(words("agreement")), slots=slots, annexes=())
    signed = [AgreementSigned(version=VERSION, slot=slot, digest=sent.digest) for slot, _, _ in SIGNERS]
    force = AgreementInForce(version=VERSION, agreement="kylki-2024-2027", binding_year=2024, digest=sent.digest)
    return [
        *(Told(event=each, by="kaisa", at=at, role=Role.COORDINATOR) for each in data),
        Told(event=sent, by="kaisa", at=at, label="sent"),
        *(
            Told(event=each, by=who, at=at, label=f"signed {slot}")
            for each, (slot, _, who) in zip(signed, SIGNERS, strict=True)
        ),
        Told(event=force, by="mikko", at=at, label="in force"),
        Told(
            event=made(Published, year=2024, kind=Publication.AGREEMENT, digest=sent.digest),
            by="kaisa",
            at=on("2023-12-11"),
            label="agreement published",
        ),
    ]


def facility() -> list[Told]:
    """The portal counts for a measure of the recovery plan, with all that the facility asks for."""
    at = on("2024-02-01")
    said: list[tuple[Event, str]] = [
        (made(MeasureRecorded, measure="digi-1", code="P3C2I1", title=title("measure"), section="5"), "measure"),
        (
            made(
                ItemLinkedToMeasure,
                subject=PORTAL,
                measure="digi-1",
                kind=RrfKind.MILESTONE,
                reference=None,
                valid_from=Date("2024-02-01"),
                basis=words("basis"),
                gaps=(),
            ),
            "link",
        ),
        (
            made(
                VerificationSummaryRecorded,
                subject=PORTAL,
                measure="digi-1",
                year=2024,
                summary=words("summary"),
                documents=(made(VerificationDocument, file=file("proof"), title=words("proof")),),
            ),
            "verification",
        ),
        (
            made(RecipientsRecorded, measure="digi-1", year=2024, recipients=(), none_because=words("own work")),
            "recipients",
        ),
        (
            made(
                RetentionRecorded,
                measure="digi-1",
                balance_paid_on=Date("2024-01-31"),
                years=5,
                until=Date("2029-01-31"),
                basis=words("basis"),
            ),
            "retention",
        ),
    ]
    told = [Told(event=event, by="kaisa", at=at, label=label) for event, label in said]
    return told + [
        Told(
            event=made(
                InterestDeclared,
                measure="digi-1",
                person=PersonId(who),
                year=2024,
                conflict=False,
                statement=words("none"),
            ),
            by=who,
            at=at,
            label=f"interests of {who}",
        )
        for who in ("dora", "dirk", "hanna")
    ]


SUBJECTS = (PORTAL, TOWNS, DAYS, SERVICES)
WRITTEN = {HALF: on("2024-06-10"), ANNUAL: on("2025-01-10")}
DATES = {
    HALF: (("unit", "2024-08-15"), ("director", "2024-08-22"), ("delivery", "2024-08-31")),
    ANNUAL: (("unit", "2025-01-31"), ("director", "2025-02-10")),
}


def written(round_id: str) -> list[Told]:
    """A round opens; all is reported, submitted, signed off: once by a substitute, once after a return."""
    at = WRITTEN[round_id]
    kind = RoundKind(round_id[5:])
    opened = RoundOpened(
        round=round_id,
        year=2024,
        kind=kind,
        version=VERSION,
        opens=at,
        deadlines=tuple(due(DeadlineKind(name), day) for name, day in DATES[round_id]),
        chain=(),
    )
    kinds = {DAYS: SubjectKind.INDICATOR, SERVICES: SubjectKind.TARGET}
    scope = tuple(
        ScopeItem(
            subject=each,
            kind=kinds.get(each, SubjectKind.MILESTONE),
            unit=DIGI,
            target=None if each in kinds else SERVICES,
        )
        for each in SUBJECTS
    )
    label = round_id[5:]
    told = [
        Told(event=opened, at=at, label=f"{label} opened"),
        Told(event=RoundScopeFixed(round=round_id, items=scope, not_due=()), at=at, label=f"{label} scope"),
    ]
    for subject in SUBJECTS:
        told.append(
            Told(
                event=report(subject, round_id), by="olga", at=at, role=Role.OWNER, label=f"{label} {subject} reported"
            )
        )
        if subject == PORTAL:
            attached = EvidenceAttached(
                round=round_id, subject=subject, revision=1, evidence=document(f"{label}-minutes")
            )
            told.append(Told(event=attached, by="olga", at=at, label=f"{label} evidence"))
    told += [submitted(round_id, subject, at, label=f"{label} {subject} submitted") for subject in SUBJECTS]
    back = ItemReturned(round=round_id, subject=TOWNS, revision=1, reason=words("more"), reopening=None)
    told.append(Told(event=back, by="dora", at=at, label=f"{label} returned"))
    told.append(submitted(round_id, TOWNS, at, label=f"{label} submitted again"))
    for subject in SUBJECTS:
        told.append(signed(round_id, subject, at, label=f"{label} {subject} signed"))
        told += deviates(round_id, subject, at)
    return told


def deviates(round_id: str, subject: SubjectId, at: datetime) -> list[Told]:
    """What the sign-off of a YELLOW opens."""
    if subject not in (TOWNS, SERVICES) or round_id == ANNUAL:
        return []
    opened = DeviationOpened(
        year=2024,
        subject=subject,
        round=round_id,
        revision=1,
        unit=DIGI,
        light=YELLOW,
        basis=Basis.FORECAST,
        explanation=WHY,
    )
    return [Told(event=opened, by="dora", at=at, label=f"deviation of {subject}")]


def submitted(
    round_id: str,
    subject: SubjectId,
    at: datetime,
    label: str | None = None,
    revision: int = 1,
    date: Deadline | None = None,
) -> Told:
    """A submission of what is there, in time."""
    day = dict(DATES[round_id])["unit"]

    def tell(before: Before) -> Event:
        return ItemSubmitted(
            round=round_id,
            subject=subject,
            revision=revision,
            digest=before.digest(round_id, subject),
            deadline=date or due(DeadlineKind.UNIT, day),
            late=False,
            late_reason=None,
            reply=None,
        )

    return Told(event=tell, by="olga", at=at, role=Role.OWNER, label=label)


def signed(
    round_id: str, subject: SubjectId, at: datetime, label: str | None = None, revision: int = 1, by: str = "dora"
) -> Told:
    """A sign-off of what is there."""

    def tell(before: Before) -> Event:
        digest = before.digest(round_id, subject)
        return ItemSignedOff(round=round_id, subject=subject, revision=revision, digest=digest, escalated=False)

    return Told(event=tell, by=by, at=at, role=Role.DIRECTOR, label=label)


def delivered(
    round_id: str, number: int, day: str, date: Deadline, fresh: tuple[SubjectId, ...] = SUBJECTS
) -> list[Told]:
    """The report is compiled, approved, and goes to the ministry."""
    label = f"{round_id[5:]} {number}"

    def compiled(before: Before) -> Event:
        items = tuple(before.bound(round_id, subject) for subject in SUBJECTS)
        content: Json = {
            "format": "agency-report/1",
            "round": round_id,
            "report": number,
            "version": VERSION,
            "items": to_json(items),
            "gaps": [],
        }
        digest = digest_of(content)
        return AgencyReportCompiled(round=round_id, report=number, version=VERSION, items=items, gaps=(), digest=digest)

    def approved(before: Before) -> Event:
        digest = before.last(AgencyReportCompiled).digest
        return AgencyReportApproved(round=round_id, report=number, digest=digest, own_signoffs=())

    def went(before: Before) -> Event:
        return made(
            DeliveredToMinistry,
            round=round_id,
            report=number,
            digest=before.last(AgencyReportCompiled).digest,
            case_number="K/1",
            deadline=date,
            late=False,
            late_reason=None,
        )

    def item(subject: SubjectId) -> Teller:
        def tell(before: Before) -> Event:
            bound = before.bound(round_id, subject)
            return ItemDelivered(round=round_id, subject=subject, revision=bound.revision, digest=bound.digest)

        return tell

    at = on(day)
    return [
        Told(event=compiled, by="kaisa", at=at, label=f"{label} compiled"),
        Told(event=approved, by="hanna", at=at, role=Role.HEAD, label=f"{label} approved"),
        Told(event=went, by="kaisa", at=at, label=f"{label} delivered"),
        *(Told(event=item(each), by="kaisa", at=at, label=f"{label} {each} delivered") for each in fresh),
    ]


ACCOUNTS = due(DeadlineKind.DELIVERY, "2025-03-17")
AGAIN = due(DeadlineKind.DELIVERY, "2025-04-30", "reopening/taydennys")


def corrected() -> list[Told]:
    """The outturn is corrected after the delivery: a supplement, a second revision, a second delivery."""
    at = on("2025-04-07")
    named = (ReturnedItem(subject=DAYS, reason=words("final")),)
    opened = made(SupplementOpened, round=ANNUAL, reopening="taydennys", items=named, redeliver_by=AGAIN)
    started = CorrectionStarted(round=ANNUAL, subject=DAYS, revision=2, reopening="taydennys", reason=words("final"))
    return [
        Told(event=opened, by="kaisa", at=at, label="supplement"),
        Told(event=started, by="olga", at=at, label="correction"),
        Told(event=report(DAYS, ANNUAL, 2), by="olga", at=at, label="corrected"),
        submitted(ANNUAL, DAYS, at, label="correction submitted", revision=2, date=AGAIN),
        signed(ANNUAL, DAYS, at, label="correction signed", revision=2),
        *delivered(ANNUAL, 2, "2025-04-08", AGAIN, fresh=(DAYS,)),
    ]


def ministry() -> list[Told]:
    """The ministry's lights, one of them another than the agency's; its statement; the publications."""
    june = due(DeadlineKind.STATEMENT, "2025-06-16")
    subjects = (
        Assessable(subject=SERVICES, kind=SubjectKind.TARGET),
        Assessable(subject=DAYS, kind=SubjectKind.INDICATOR),
    )
    opened = made(AssessmentOpened, year=2024, subjects=subjects, statement=june)

    def light(kind: type[TargetAssessed] | type[IndicatorAssessed], subject: SubjectId) -> Teller:
        def tell(before: Before) -> Event:
            bound = before.bound(ANNUAL, subject)
            return kind(
                year=2024,
                subject=subject,
                light=GREEN,
                rationale=words("well done") if subject == SERVICES else None,
                excused=None,
                revision=bound.revision,
                delivered=bound.digest,
                transcribed=False,
            )

        return tell

    def stated(before: Before) -> Event:
        lights = tuple(
            StatementLight(subject=each.subject, light=GREEN, delivered=before.digest(ANNUAL, each.subject))
            for each in subjects
        )
        digest = digest_of({"format": "statement/1", "year": 2024, "lights": to_json(lights)})
        return made(
            StatementIssued,
            year=2024,
            narrative=words("statement"),
            lights=lights,
            digest=digest,
            deadline=june,
            late=False,
            document=None,
            transcribed=False,
        )

    def published(kind: Publication) -> Teller:
        def tell(before: Before) -> Event:
            source = StatementIssued if kind is Publication.STATEMENT else DeliveredToMinistry
            return made(Published, year=2024, kind=kind, digest=before.last(source).digest)

        return tell

    return [
        Told(event=published(Publication.FINAL_ACCOUNTS), by="kaisa", at=on("2025-04-10"), label="data published"),
        Told(event=opened, at=on("2025-04-11"), label="assessment opened"),
        Told(event=light(TargetAssessed, SERVICES), by="maria", at=on("2025-05-05"), label="services assessed"),
        Told(event=light(IndicatorAssessed, DAYS), by="maria", at=on("2025-05-05"), label="days assessed"),
        Told(event=stated, by="mikko", at=on("2025-06-10"), role=Role.MINISTRY_DECIDER, label="stated"),
        Told(event=published(Publication.STATEMENT), by="kaisa", at=on("2025-06-11"), label="statement published"),
    ]


def aftermath() -> list[Told]:
    """Deviations are closed, a milestone is reached late, something is erased, an auditor comes, a view is attested."""
    at = on("2025-06-20")
    told = []
    for subject in (TOWNS, SERVICES):
        done = ActionReported(year=2024, subject=subject, narrative=words("done"))
        told.append(Told(event=done, by="olga", at=at, label=f"action on {subject}"))
        closed = DeviationClosed(year=2024, subject=subject, reason=None)
        told.append(Told(event=closed, by="dora", at=at, role=Role.DIRECTOR, label=f"{subject} closed"))
    content: Json = {
        "format": "late-completion/1",
        "subject": TOWNS,
        "completed_on": "2025-05-30",
        "narrative": words("late"),
        "evidence": to_json((document("late", "2025-05-30"),)),
    }
    late = made(
        LateCompletionRecorded,
        subject=TOWNS,
        year=2024,
        unit=DIGI,
        completed_on=Date("2025-05-30"),
        narrative=words("late"),
        evidence=(document("late", "2025-05-30"),),
        digest=digest_of(content),
    )
    told.append(Told(event=late, by="olga", at=at, label="late recorded"))
    sign = LateCompletionSignedOff(subject=TOWNS, digest=late.digest)
    told.append(Told(event=sign, by="dora", at=at, role=Role.DIRECTOR, label="late signed"))
    stream = f"item/{ANNUAL}/{TOWNS}"
    taken = (Digest(words(f"narrative of {TOWNS}")),)
    proposed = made(
        ErasureProposed,
        erasure="e-1",
        places=(made(Place, of=stream, commitments=taken),),
        reason=words("personal data"),
        authority=words("decision 1/2025"),
    )
    erased = made(ErasureConfirmed, erasure="e-1", digest=digest_of(to_json(proposed)), commitments=taken)
    told += [
        Told(event=proposed, by="anna", at=at, label="erasure proposed"),
        Told(event=erased, by="hanna", at=at, role=Role.HEAD, label="erasure confirmed"),
        Told(
            event=made(DisclosuresErased, of=stream, erasure="e-1", commitments=taken),
            by="hanna",
            at=at,
            label="disclosures erased",
        ),
    ]
    return told + audited(at)


def audited(at: datetime) -> list[Told]:
    """What operators and auditors leave in the log."""
    engagement = made(
        EngagementOpened,
        engagement="audit-1",
        body=AuditBody.INTERNAL_AUDIT,
        auditors=(PersonId("aino"),),
        subjects=(),
        period_from=Date("2024-01-01"),
        period_to=Date("2024-12-31"),
        valid_from=Date("2025-06-20"),
        valid_to=Date("2025-12-31"),
        basis=words("plan"),
    )
    finding = made(
        FindingRaised,
        engagement="audit-1",
        finding="f-1",
        control="C16",
        unit=DIGI,
        severity=Severity.OBSERVATION,
        text=words("finding"),
        positions=(1,),
    )
    restored = made(
        OperationRecorded,
        operation=Operation.RESTORE,
        performed_at=at,
        performed_by=words("operator"),
        reason=words("disk"),
        checkpoint="kylki",
        lost=0,
    )
    first = made(SealKeyIntroduced, verifier_key="key-1", replaces=None, reason=words("first"))
    second = made(SealKeyIntroduced, verifier_key="key-2", replaces="key-1", reason=words("yearly"))

    def attested(before: Before) -> Event:
        position = len(before.events)
        return made(
            ViewAttested,
            view="attested-view/1",
            occasion=Occasion.CLOSE,
            at_position=position,
            digest=Digest(words("view")),
        )

    return [
        Told(event=engagement, by="hanna", at=at, label="engagement"),
        Told(event=finding, by="aino", at=on("2025-06-24"), label="finding"),
        Told(event=restored, by="operator", at=on("2025-06-24"), label="restored"),
        Told(event=first, by="operator", at=on("2025-06-24"), label="first key"),
        Told(event=second, by="operator", at=on("2025-06-24"), label="second key"),
        Told(event=CycleClosed(year=2024), at=on("2025-06-25"), label="closed"),
        Told(event=attested, at=on("2025-06-25"), label="attested"),
    ]


def between() -> list[Told]:
    """Before the half-year round is signed: a setting, an extension, a substitution, an escalation."""
    at = on("2024-03-01")
    setting = Setting(key="reminders.days-before", value="[14,7,1]", source=words("source"))
    proposed = SettingProposed(proposal="reminders", setting=setting)
    confirmed = SettingConfirmed(proposal="reminders", digest=digest_of(to_json(proposed)), setting=setting)
    substitution = made(
        SubstituteAppointed,
        substitution="dirk-for-dora",
        principal=PersonId("dora"),
        substitute=PersonId("dirk"),
        roles=(Role.DIRECTOR,),
        unit=DIGI,
        valid_from=Date("2024-03-01"),
        valid_to=Date("2025-01-31"),
        basis=words("rules of procedure"),
    )
    return [
        Told(event=proposed, by="kaisa", at=at, label="setting proposed"),
        Told(event=confirmed, by="hanna", at=at, role=Role.HEAD, label="setting confirmed"),
        Told(event=substitution, by="dora", at=at, label="substitution"),
    ]


@cache
def clean() -> Tale:
    """The whole year."""
    half = written(HALF)
    later = due(DeadlineKind.UNIT, "2024-08-20", "extension")
    extended = made(
        DeadlineExtended,
        round=HALF,
        kind=DeadlineKind.UNIT,
        unit=UnitId("talous"),
        previous=due(DeadlineKind.UNIT, "2024-08-15"),
        deadline=later,
        reason=words("exercise"),
        consent=None,
    )
    approved = made(
        FinalAccountsApprovalRecorded,
        year=2024,
        approved_on=Date("2025-03-10"),
        document=file("accounts"),
        due=due(DeadlineKind.FINAL_ACCOUNTS, "2025-03-17"),
        late=False,
        delivery=ACCOUNTS,
    )
    told = [
        *opening(),
        Told(event=CycleOpened(year=2024, version=VERSION), at=on("2024-01-01", 0), label="cycle"),
        *facility(),
        *between(),
        *half,
        Told(event=extended, by="kaisa", at=on("2024-08-07"), label="extended"),
        *delivered(HALF, 1, "2024-08-28", due(DeadlineKind.DELIVERY, "2024-08-31")),
        *written(ANNUAL),
        Told(event=approved, by="kaisa", at=on("2025-03-11"), label="accounts"),
        *delivered(ANNUAL, 1, "2025-03-14", ACCOUNTS),
        *corrected(),
        *ministry(),
        *aftermath(),
    ]
    tale = Tale(told=tuple(told))
    # Two sign-offs are other people's: the substitute's, and the head's after an escalation.
    escalated = made(StepEscalated, round=HALF, unit=DIGI, step="sign-off", cause=EscalationCause.NO_APPROVER)
    tale = tale.instead("half-year days signed", by="dirk", acting_for="dora")
    tale = tale.before("half-year portal signed", Told(event=escalated, at=WRITTEN[HALF], label="escalated"))
    return tale.instead("half-year portal signed", by="hanna", role=Role.HEAD, escalated=True)
