"""A small agreement and a small agency: three targets, six milestones, three indicators, four years, two units."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from kit import World, file, given, on, title, words

from domain.agreement import FOLD as AGREEMENT
from domain.agreement import ImportAgreement
from domain.events.agreement import (
    AgreementDrafted,
    Annex,
    ChecklistEntry,
    DatePolicy,
    GoalGroupDefined,
    IndicatorDefined,
    IndicatorLevel,
    IndicatorTableDefined,
    MilestoneDefined,
    NamedAnnex,
    PartDefined,
    PastOutturn,
    Slot,
    TargetDefined,
)
from domain.events.event import Event
from domain.events.organisation import (
    Grant,
    LedgerOpened,
    PersonRegistered,
    RoleConfirmed,
    UnitRegistered,
)
from domain.signing import Holder, SendForSignature, SignAgreement
from domain.values import Date, Decimal, Digest, Language, PersonId, Role, SubjectId, UnitId, VersionId

VERSION = VersionId("kylki-2024-2027.1")
DIGI, TALOUS, VANHA = UnitId("digi"), UnitId("talous"), UnitId("vanha")

PORTAL = SubjectId("portal")
"""A plain milestone of 2024."""
TOWNS = SubjectId("towns")
"""A milestone of 2024 with a checklist of two entries."""
COURSE = SubjectId("course")
"""A conditional milestone of 2024: only if needed."""
REFORM = SubjectId("reform")
"""A milestone of 2024 that is due by 1 May."""
COURSE_2025 = SubjectId("course-2025")
"""The same text again in 2025."""
REGISTER_2026 = SubjectId("register-2026")

SERVICES, SKILLS, FUTURE = SubjectId("services"), SubjectId("skills"), SubjectId("future")
"""Targets: two with milestones in 2024, one with its first in 2026."""

DAYS = SubjectId("processing-days")
"""An indicator with "<", reported in both rounds."""
SATISFACTION = SubjectId("satisfaction")
"""An indicator with ">=", annual."""
EXPERIENCE = SubjectId("experience")
"""An indicator with "-": it cannot be assessed."""

UNIT_ORDER: tuple[SubjectId, ...] = (PORTAL, TOWNS, COURSE, REFORM, DAYS, SERVICES, SKILLS)
"""The half-year scope, in its order."""
HALF, ANNUAL = "2024-half-year", "2024-annual"


def policy(kind: str, month: int | None, day: int | None, years_after: int = 0, **other: Any) -> DatePolicy:
    """A date of the cycle."""
    return DatePolicy(
        kind=kind,
        month=month,
        day=day,
        years_after=years_after,
        offset_days=other.get("offset_days"),
        rolls=other.get("rolls", False),
        source="setting",
        assumption=True,
    )


POLICIES = (
    policy("half-year/opens", 6, 1),
    policy("half-year/unit", 8, 15),
    policy("half-year/director", 8, 22),
    policy("half-year/head", 8, 28),
    policy("half-year/delivery", 8, 31),
    policy("annual/opens", 1, 1, 1),
    policy("annual/unit", 1, 31, 1),
    policy("annual/director", 2, 10, 1),
    policy("annual/delivery", None, None, 1, offset_days=7),
    policy("final-accounts", 3, 15, 1, rolls=True),
    policy("statement", 6, 15, 1, rolls=True),
    policy("evidence-cutoff", 1, 31, 1),
)

SLOTS = tuple(
    Slot(id=name, party=party, position=title(name), person=None)
    for name, party in (
        ("ministry-first", "ministry"),
        ("agency-first", "agency"),
        ("ministry-second", "ministry"),
        ("agency-second", "agency"),
    )
)
HOLDERS = tuple(
    Holder(slot=slot, person=PersonId(person))
    for slot, person in (
        ("ministry-first", "mikko"),
        ("agency-first", "hanna"),
        ("ministry-second", "maria"),
        ("agency-second", "kaisa"),
    )
)
ANNEXES = tuple(Annex(id=name, file=file(name)) for name in ("1", "2", "3"))


def drafted(version: VersionId = VERSION, number: int = 1, binding_year: int = 2024) -> AgreementDrafted:
    """The head of a version."""
    return AgreementDrafted(
        version=version,
        agreement="kylki-2024-2027",
        number=number,
        agency="kylki",
        ministry="tem",
        title=title("agreement"),
        first_year=2024,
        last_year=2027,
        binding_year=binding_year,
        annexes=tuple(NamedAnnex(id=name, title=title(name)) for name in ("1", "2", "3")),
        slots=SLOTS,
        policies=POLICIES,
        source=words("made up"),
        file=Digest("f" * 64),
    )


def _target(version: VersionId, target: SubjectId, unit: UnitId) -> TargetDefined:
    return TargetDefined(
        version=version,
        target=target,
        part="3.1",
        group="group",
        section="3.1",
        title=title(target),
        lead_unit=unit,
        contributors=(),
        assumptions=("lead_unit",),
    )


def _milestone(
    version: VersionId, milestone: SubjectId, target: SubjectId, year: int, unit: UnitId, **other: Any
) -> MilestoneDefined:
    return MilestoneDefined(
        version=version,
        milestone=milestone,
        target=target,
        year=year,
        section="3.1",
        title=title(milestone),
        unit=unit,
        contributors=other.get("contributors", ()),
        due_by=other.get("due_by"),
        conditional=other.get("conditional", False),
        checklist=tuple(ChecklistEntry(id=each, title=title(each)) for each in other.get("checklist", ())),
        continues=None,
        assumptions=("unit",),
    )


def _levels(operator: str, *values: str | None) -> tuple[IndicatorLevel, ...]:
    return tuple(
        IndicatorLevel(
            year=2024 + n,
            operator=operator,
            value=None if value is None else Decimal(value),
            binding=n == 0,
            mark="TAE" if n == len(values) - 1 and value else None,
        )
        for n, value in enumerate(values)
    )


def _indicator(
    version: VersionId, indicator: SubjectId, unit: UnitId, frequency: str, levels: tuple[IndicatorLevel, ...]
) -> IndicatorDefined:
    return IndicatorDefined(
        version=version,
        indicator=indicator,
        table="table",
        section="3.4",
        title=title(indicator),
        note=title("note") if levels[0].value is None else None,
        unit=unit,
        contributors=(),
        measure="days",
        frequency=frequency,
        outturns=(PastOutturn(year=2023, value=Decimal("29.96"), provisional=True),),
        levels=levels,
        assumptions=("frequency",),
    )


def importing(version: VersionId = VERSION, number: int = 1, binding_year: int = 2024) -> ImportAgreement:
    """The whole version as a command."""
    return ImportAgreement(
        version=version,
        drafted=drafted(version, number, binding_year),
        parts=(PartDefined(version=version, part="3.1", section="3.1", title=title("3.1")),),
        groups=(GoalGroupDefined(version=version, group="group", part="3.1", section="3.1", title=title("group")),),
        targets=(
            _target(version, SERVICES, DIGI),
            _target(version, SKILLS, TALOUS),
            _target(version, FUTURE, DIGI),
        ),
        milestones=(
            _milestone(version, PORTAL, SERVICES, 2024, DIGI),
            _milestone(version, TOWNS, SERVICES, 2024, DIGI, checklist=("turku", "oulu"), contributors=(TALOUS,)),
            _milestone(version, COURSE, SKILLS, 2024, TALOUS, conditional=True),
            _milestone(version, REFORM, SKILLS, 2024, TALOUS, due_by=Date("2024-05-01")),
            _milestone(version, COURSE_2025, SKILLS, 2025, TALOUS, conditional=True),
            _milestone(version, REGISTER_2026, FUTURE, 2026, DIGI),
        ),
        tables=(
            IndicatorTableDefined(version=version, table="table", part="3.1", section="3.4", title=title("table")),
        ),
        indicators=(
            _indicator(version, DAYS, DIGI, "half-year", _levels("<", "28", "26", "25", "24")),
            _indicator(version, SATISFACTION, TALOUS, "annual", _levels(">=", "3.7", "3.7", "3.8", "3.9")),
            _indicator(version, EXPERIENCE, TALOUS, "annual", _levels(">=", None, None, None, None)),
        ),
    )


def updating(*removed: SubjectId, number: int = 2, binding_year: int = 2024) -> ImportAgreement:
    """A later version without these; a target takes its milestones with it."""
    whole = importing(VersionId(f"kylki-2024-2027.{number}"), number, binding_year)
    return replace(
        whole,
        targets=tuple(each for each in whole.targets if each.target not in removed),
        milestones=tuple(each for each in whole.milestones if not {each.milestone, each.target} & {*removed}),
        indicators=tuple(each for each in whole.indicators if each.indicator not in removed),
    )


def records(command: ImportAgreement) -> tuple[Event, ...]:
    """The events that an import gives."""
    return (
        command.drafted,
        *command.parts,
        *command.groups,
        *command.targets,
        *command.milestones,
        *command.tables,
        *command.indicators,
    )


STAFF: tuple[tuple[str, Role, UnitId | None], ...] = (
    ("anna", Role.ADMINISTRATOR, None),
    ("bert", Role.ADMINISTRATOR, None),
    ("carl", Role.CONTRIBUTOR, DIGI),
    ("olga", Role.OWNER, DIGI),
    ("otto", Role.OWNER, TALOUS),
    ("dora", Role.DIRECTOR, DIGI),
    ("dirk", Role.DIRECTOR, TALOUS),
    ("hanna", Role.HEAD, None),
    ("kaisa", Role.COORDINATOR, None),
    ("kalle", Role.COORDINATOR, None),
    ("maria", Role.MINISTRY_ASSESSOR, None),
    ("mikko", Role.MINISTRY_DECIDER, None),
    ("aino", Role.AUDITOR, None),
)
NOBODY = ("sari", "sulo")
"""People who hold no role."""

OPENED = on("2023-11-01")


def grant(
    who: str, role: Role, unit: UnitId | None = None, valid_from: str = "2023-11-01", valid_to: str | None = None
) -> Grant:
    """A role of a person."""
    last = None if valid_to is None else Date(valid_to)
    return Grant(person=PersonId(who), role=role, unit=unit, valid_from=Date(valid_from), valid_to=last)


def confirmed(given_grant: Grant, proposal: str = "given") -> RoleConfirmed:
    """A role that two people gave."""
    return RoleConfirmed(proposal=proposal, digest=Digest("0" * 64), grant=given_grant)


def registered(who: str) -> PersonRegistered:
    """A person of the ledger."""
    return PersonRegistered(
        person=PersonId(who),
        name=words(who),
        contact=words(f"contact of {who}"),
        login=words(f"login of {who}"),
        language=Language.FI,
    )


def _staffed() -> World:
    return given(
        LedgerOpened(
            ledger="kylki", agency="kylki", demo=False, zone="Europe/Helsinki", format="etappi-log/1", program="0.1.0"
        ),
        *(UnitRegistered(unit=unit, name=title(unit), valid_from=Date("2020-01-01")) for unit in (DIGI, TALOUS, VANHA)),
        *(registered(who) for who in (*(name for name, _, _ in STAFF), *NOBODY)),
        *(confirmed(grant(who, role, unit)) for who, role, unit in STAFF),
        at=OPENED,
    )


def signed(world: World, command: ImportAgreement, at: datetime) -> World:
    """A version imported, sent and signed by all four."""
    world = world.after(command, by="kaisa", at=at)
    world = world.after(SendForSignature(version=command.version, holders=HOLDERS, annexes=ANNEXES), by="kaisa", at=at)
    return signed_by(world, command.version, tuple(each.slot for each in HOLDERS), at)


def signed_by(world: World, version: VersionId, slots: tuple[str, ...], at: datetime) -> World:
    """Some of the four sign."""
    holders = {each.slot: each.person for each in HOLDERS}
    for slot in slots:
        digest = sent_digest(world, version)
        world = world.after(SignAgreement(version=version, slot=slot, digest=digest), by=holders[slot], at=at)
    return world


def sent_digest(world: World, version: VersionId = VERSION) -> Digest:
    """What the holders of the slots sign."""
    sent = world.state(AGREEMENT, version).sent
    assert sent is not None
    return sent.digest


STAFFED = _staffed()
"""Units, people and their roles; no agreement yet."""
AGREED = signed(STAFFED, importing(), on("2023-12-01"))
"""The agreement is in force."""
