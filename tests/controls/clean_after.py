"""The clean year, after its rounds: the ministry, deviations, an erasure, operators and auditors."""

from datetime import datetime

from clean_names import ANNUAL, DAYS, DIGI, GREEN, SERVICES, TOWNS, due
from clean_rounds import document
from told import Before, Teller, Told, made, on, words

from domain.canonical import Json
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
    Published,
    StatementIssued,
    StatementLight,
)
from domain.events.deviation import ActionReported, DeviationClosed
from domain.events.engagement import AuditBody, EngagementOpened, FindingRaised, Severity
from domain.events.envelope import digest_of
from domain.events.erasure import DisclosuresErased, ErasureConfirmed, ErasureProposed, Place
from domain.events.event import Event
from domain.events.round import (
    DeliveredToMinistry,
)
from domain.events.subject import LateCompletionRecorded, LateCompletionSignedOff
from domain.values import (
    Date,
    DeadlineKind,
    Digest,
    PersonId,
    Publication,
    Role,
    SubjectId,
    SubjectKind,
)


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
