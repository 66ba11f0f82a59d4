"""The clean year, until its rounds: people, agreement, the recovery facility, a setting, a substitution."""

from datetime import datetime

from clean_names import DAYS, DIGI, PORTAL, SERVICES, START, VERSION
from told import Told, file, made, on, title, words

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
from domain.events.codec import to_json
from domain.events.cycle import (
    Published,
)
from domain.events.envelope import digest_of
from domain.events.event import Event
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
from domain.values import (
    Date,
    Digest,
    Language,
    PersonId,
    Publication,
    Role,
    SubjectId,
    UnitId,
)

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
