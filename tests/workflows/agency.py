"""A small agency with its agreement: two units, three milestones and an indicator. Names that occur nowhere else."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from domain.agency_report import ApproveAgencyReport, CompileAgencyReport, DeliverToMinistry
from domain.agreement import FOLD as AGREEMENT
from domain.agreement import ImportAgreement
from domain.approval import SignOffItems, SubmitItems
from domain.canonical import canonical
from domain.clock import AdvanceDemoClock
from domain.events.agreement import (
    AgreementDrafted,
    DatePolicy,
    IndicatorDefined,
    IndicatorLevel,
    IndicatorTableDefined,
    MilestoneDefined,
    PartDefined,
    Slot,
    TargetDefined,
)
from domain.events.envelope import Row
from domain.events.event import Event
from domain.events.item import Bound
from domain.events.organisation import Grant
from domain.events.round import Gap
from domain.item import FOLD as ITEM
from domain.item import Content, Stage, bound
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import proposal_digest
from domain.report import ReportMilestone
from domain.roles import ConfirmRole, ProposeRole
from domain.round import FOLD as ROUND
from domain.signing import Holder, SendForSignature, SignAgreement
from domain.staffing import OpenLedger, Person, RegisterPerson, RegisterUnit
from domain.values import (
    OPERATOR,
    Actor,
    Date,
    Decimal,
    Digest,
    Language,
    MilestoneStatus,
    PersonId,
    Role,
    SubjectId,
    Title,
    TrafficLight,
    UnitId,
    VersionId,
    Words,
)
from domain.view import fact_of
from services.commands import Done, Handler, Request

E = TypeVar("E", bound=Event)

VERSION = VersionId("try-2024.1")
HALF, ANNUAL = "2024-half-year", "2024-annual"
NORTH, SOUTH = UnitId("north"), UnitId("south")
LANGUAGES = {"p-assessor": Language.SV, "p-decider": Language.EN}
NAMES = {
    "p-admin-1": "Aino Aaltonen",
    "p-admin-2": "Bertta Bäckström",
    "p-coordinator": "Kerttu Koivunen",
    "p-head": "Hilja Heikkinen",
    "p-owner-north": "Oskari Ojala",
    "p-director-north": "Danila Dahlgren",
    "p-owner-south": "Oona Orava",
    "p-director-south": "Dimi Dufva",
    "p-assessor": "Arvid Alanko",
    "p-decider": "Pihla Päivärinta",
}
ROLES = (
    ("p-coordinator", Role.COORDINATOR, None),
    ("p-head", Role.HEAD, None),
    ("p-owner-north", Role.OWNER, NORTH),
    ("p-director-north", Role.DIRECTOR, NORTH),
    ("p-owner-south", Role.OWNER, SOUTH),
    ("p-director-south", Role.DIRECTOR, SOUTH),
    ("p-assessor", Role.MINISTRY_ASSESSOR, None),
    ("p-decider", Role.MINISTRY_DECIDER, None),
)
SIGNERS = {
    "agency-1": "p-head",
    "agency-2": "p-owner-south",
    "ministry-1": "p-decider",
    "ministry-2": "p-assessor",
}
OPENED = datetime(2023, 11, 1, 8, tzinfo=UTC)


def at(text: str) -> datetime:
    """An instant in UTC: `2024-06-01 00:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def title(text: str) -> Title:
    return Title(canonical({"fi": text, "sv": f"{text} på svenska", "en": f"{text} in English"}).decode())


def person(id_: str) -> Person:
    first, last = NAMES[id_].split()
    login = canonical({"issuer": "https://idp.example", "subject": f"login-of-{last.lower()}"}).decode()
    contact = f"{first}.{last}@agency.example".lower().replace("ä", "a").replace("ö", "o")
    language = LANGUAGES.get(id_, Language.FI)
    return Person(
        person=PersonId(id_), name=Words(NAMES[id_]), contact=Words(contact), login=Words(login), language=language
    )


def policy(kind: str, month: int, day: int, years_after: int = 0) -> DatePolicy:
    return DatePolicy(
        kind=kind,
        month=month,
        day=day,
        years_after=years_after,
        offset_days=None,
        rolls=False,
        source="t",
        assumption=True,
    )


def agreement() -> ImportAgreement:
    policies = (
        policy("half-year/opens", 6, 1),
        policy("half-year/unit", 8, 15),
        policy("half-year/director", 8, 22),
        policy("half-year/head", 8, 28),
        policy("half-year/delivery", 8, 31),
        policy("annual/opens", 1, 1, 1),
        policy("annual/unit", 1, 31, 1),
        policy("annual/director", 2, 10, 1),
        replace(policy("annual/delivery", 1, 1, 1), month=None, day=None, offset_days=7),
        replace(policy("final-accounts", 3, 15, 1), rolls=True),
        replace(policy("statement", 6, 15, 1), rolls=True),
        policy("evidence-cutoff", 1, 31, 1),
    )
    slots = tuple(
        Slot(id=id_, party=id_.partition("-")[0], position=title(f"Paikka {id_}"), person=None) for id_ in SIGNERS
    )
    drafted = AgreementDrafted(
        version=VERSION,
        agreement="try",
        number=1,
        agency="try",
        ministry="tem",
        title=title("Kokeilusopimus"),
        first_year=2024,
        last_year=2024,
        binding_year=2024,
        annexes=(),
        slots=slots,
        policies=policies,
        source=Words("made up"),
        file=Digest("f" * 64),
    )
    milestones = (("m-1", NORTH, "Rekisteri"), ("m-2", NORTH, "Asiointi"), ("m-3", SOUTH, "Maksatus"))
    return ImportAgreement(
        version=VERSION,
        drafted=drafted,
        parts=(PartDefined(version=VERSION, part="part", section="1", title=title("Osuus")),),
        groups=(),
        targets=tuple(
            TargetDefined(
                version=VERSION,
                target=SubjectId(f"t-{unit}"),
                part="part",
                group=None,
                section="1",
                title=title(f"Tavoite {unit}"),
                lead_unit=unit,
                contributors=(),
                assumptions=(),
            )
            for unit in (NORTH, SOUTH)
        ),
        milestones=tuple(
            MilestoneDefined(
                version=VERSION,
                milestone=SubjectId(id_),
                target=SubjectId(f"t-{unit}"),
                year=2024,
                section="1",
                title=title(name),
                unit=unit,
                contributors=(),
                due_by=None,
                conditional=False,
                checklist=(),
                continues=None,
                assumptions=(),
            )
            for id_, unit, name in milestones
        ),
        tables=(
            IndicatorTableDefined(version=VERSION, table="table", part="part", section="1", title=title("Mittarit")),
        ),
        indicators=(
            IndicatorDefined(
                version=VERSION,
                indicator=SubjectId("i-1"),
                table="table",
                section="1",
                title=title("Käsittelyaika"),
                note=None,
                unit=SOUTH,
                contributors=(),
                measure="days",
                frequency="annual",
                outturns=(),
                levels=tuple(
                    IndicatorLevel(year=year, operator="<=", value=Decimal("20"), binding=year == 2024, mark=None)
                    for year in range(drafted.first_year, drafted.last_year + 1)
                ),
                assumptions=(),
            ),
        ),
    )


UPDATED = VersionId("try-2024.2")


def update(*removed: str) -> ImportAgreement:
    """The next version of the same year, without these; a target takes its milestones with it."""
    whole = agreement()
    milestones = [each for each in whole.milestones if not {each.milestone, each.target} & {*removed}]
    return ImportAgreement(
        version=UPDATED,
        drafted=replace(whole.drafted, version=UPDATED, number=2),
        parts=tuple(replace(each, version=UPDATED) for each in whole.parts),
        groups=(),
        targets=tuple(replace(each, version=UPDATED) for each in whole.targets if each.target not in removed),
        milestones=tuple(replace(each, version=UPDATED) for each in milestones),
        tables=tuple(replace(each, version=UPDATED) for each in whole.tables),
        indicators=tuple(replace(each, version=UPDATED) for each in whole.indicators),
    )


class Agency:
    """A ledger and its people, as the tests let them act."""

    def __init__(self, handler: Handler, ledger: str) -> None:
        self.handler = handler
        self.ledger = ledger
        self._keys = 0

    async def do(self, by: str, command: object, received_at: datetime | None = None) -> Done:
        """Let a person act at the ledger's clock, or at an instant."""
        self._keys += 1
        actor = OPERATOR if by == "operator" else Actor(id=PersonId(by))
        now = received_at or await self.handler.now(self.ledger)
        key = f"k{self._keys}"
        request = Request(ledger=self.ledger, by=actor, key=key, command=command, received_at=now, route=key)
        return await self.handler.handle(request)

    async def on_the_wall_clock(self) -> "Agency":
        """A like agency whose ledger is no demo."""
        other = Agency(self.handler, f"{self.ledger}-wall")
        await other.open(demo=False, start=datetime.now(UTC))
        return other

    async def clock(self, instant: datetime) -> None:
        """Set the demo's clock."""
        await self.do("operator", AdvanceDemoClock(instant=instant), instant)

    async def open(self, *, demo: bool = True, start: datetime = OPENED) -> None:
        """Open the ledger with its units and people."""
        await self.handler.store.create_ledger(self.ledger, demo=demo)
        administrators = (person("p-admin-1"), person("p-admin-2"))
        opening = OpenLedger(ledger=self.ledger, agency="try", demo=demo, administrators=administrators)
        await self.do("operator", opening, start)
        if demo:
            await self.clock(start)
        first_day = Date(start.date().isoformat())
        for each_unit in (NORTH, SOUTH):
            await self.do(
                "p-admin-1", RegisterUnit(unit=each_unit, name=title(f"Yksikkö {each_unit}"), valid_from=first_day)
            )
        for id_ in NAMES:
            if not id_.startswith("p-admin"):
                each = person(id_)
                registered = RegisterPerson(
                    person=each.person,
                    name=each.name,
                    contact=each.contact,
                    login=each.login,
                    language=each.language,
                )
                await self.do("p-admin-1", registered)
        for id_, role, unit in ROLES:
            await self.grant(id_, role, unit, first_day)

    async def grant(self, id_: str, role: Role, unit: UnitId | None, first_day: Date) -> None:
        """Give a role: proposed by one, confirmed by another."""
        grant = Grant(person=PersonId(id_), role=role, unit=unit, valid_from=first_day, valid_to=None)
        proposal = f"{id_}-{role}"
        await self.do("p-admin-1", ProposeRole(proposal=proposal, grant=grant))
        proposed = (await self.handler.read(self.ledger, lambda view: view.get(ORGANISATION))).proposed[proposal][0]
        await self.do("p-admin-2", ConfirmRole(proposal=proposal, digest=proposal_digest(proposed)))

    async def send(self, version: ImportAgreement | None = None) -> None:
        """Import the agreement, or another version of it, and send it for signature."""
        imported = version or agreement()
        await self.do("p-coordinator", imported)
        holders = tuple(Holder(slot=slot, person=PersonId(person)) for slot, person in SIGNERS.items())
        await self.do("p-coordinator", SendForSignature(version=imported.version, holders=holders, annexes=()))

    async def sign(self, *slots: str, version: VersionId = VERSION) -> None:
        """Sign in slots, or in all that are left: then the version is in force."""
        state = await self.handler.read(self.ledger, lambda view: view.get(AGREEMENT, version))
        assert state.sent is not None
        for slot in state.missing:
            if not slots or slot.id in slots:
                await self.do(str(slot.person), SignAgreement(version=version, slot=slot.id, digest=state.sent.digest))

    async def report(self, subject: str, by: str, narrative: str | None = None) -> Done:
        """Report that a milestone proceeds as planned."""
        item = await self.handler.read(self.ledger, lambda view: view.get(ITEM, HALF, subject))
        command = ReportMilestone(
            round=HALF,
            subject=SubjectId(subject),
            seen=None if item.content == Content() else (await self.seen(subject)).digest,
            status=MilestoneStatus.IN_PROGRESS,
            light=TrafficLight.GREEN,
            narrative=None if narrative is None else Words(narrative),
        )
        return await self.do(by, command)

    async def seen(self, subject: str) -> Bound:
        """An item as it is now."""
        item = await self.handler.read(self.ledger, lambda view: view.get(ITEM, HALF, subject))
        return bound(HALF, SubjectId(subject), item)

    async def submit(self, by: str, *subjects: str, late_reason: str | None = None) -> Done:
        """Submit items as they are now."""
        items = tuple([await self.seen(each) for each in subjects])
        reason = None if late_reason is None else Words(late_reason)
        return await self.do(by, SubmitItems(round=HALF, items=items, late_reason=reason))

    async def sign_off(self, by: str, *subjects: str) -> Done:
        """Sign items off as they are now."""
        return await self.do(by, SignOffItems(round=HALF, items=tuple([await self.seen(each) for each in subjects])))

    async def deliver(self) -> None:
        """Compile with all that isn't signed off as gaps, approve, and deliver."""
        state = await self.handler.read(self.ledger, lambda view: view.get(ROUND, HALF))
        keys = [(HALF, subject) for subject in state.scope]
        items = await self.handler.read(self.ledger, lambda view: view.get_all(ITEM, keys))
        unsigned = [subject for (_, subject), item in zip(keys, items, strict=True) if item.stage != Stage.SIGNED_OFF]
        gaps = tuple(Gap(subject=subject, reason=Words(f"Puuttuu: {subject}")) for subject in unsigned)
        await self.do("p-coordinator", CompileAgencyReport(round=HALF, gaps=gaps))
        compiled = (await self.handler.read(self.ledger, lambda view: view.get(ROUND, HALF))).compiled
        await self.do("p-head", ApproveAgencyReport(round=HALF, digest=compiled.digest))
        delivery = DeliverToMinistry(round=HALF, digest=compiled.digest, case_number="TRY/1/2024")
        await self.do("p-coordinator", delivery)

    async def events(self, kind: type[E]) -> list[tuple[E, Row]]:
        """What happened of one kind, each with its row."""
        rows = await self.handler.store.read(self.ledger, 0, 100_000)
        return [(event, row) for row in rows if isinstance(event := fact_of(row).event, kind)]

    async def happened(self, *types: str) -> list[str]:
        """The wire names of what happened, all or only some types, in order."""
        rows = await self.handler.store.read(self.ledger, 0, 100_000)
        return [row.type for row in rows if not types or row.type in types]
