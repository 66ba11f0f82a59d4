"""The clean year: both rounds, as they are written, signed, delivered, corrected."""

from datetime import datetime
from typing import Any

from clean_names import ANNUAL, DAYS, DIGI, GREEN, HALF, PORTAL, SERVICES, TOWNS, VERSION, WHY, YELLOW, due
from told import Before, Teller, Told, file, made, on, words

from domain.canonical import Json
from domain.events.codec import to_json
from domain.events.deviation import DeviationOpened
from domain.events.envelope import digest_of
from domain.events.event import Event
from domain.events.item import (
    CorrectionStarted,
    Evidence,
    EvidenceAttached,
    ItemDelivered,
    ItemReturned,
    ItemSignedOff,
    ItemSubmitted,
    MilestoneStatusReported,
    OutturnReported,
    TargetReported,
)
from domain.events.round import (
    AgencyReportApproved,
    AgencyReportCompiled,
    DeliveredToMinistry,
    ReturnedItem,
    RoundOpened,
    RoundScopeFixed,
    ScopeItem,
    SupplementOpened,
)
from domain.values import (
    Basis,
    Date,
    Deadline,
    DeadlineKind,
    Decimal,
    Finality,
    MilestoneStatus,
    Role,
    RoundKind,
    SubjectId,
    SubjectKind,
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
