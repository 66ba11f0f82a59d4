"""A small agency with its agreement: three targets, four milestones, two indicators, two units and a third one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from domain.agreement import ImportAgreement
from domain.canonical import Json, canonical
from domain.clock import AdvanceDemoClock
from domain.events.agreement import (
    AgreementDrafted,
    DatePolicy,
    GoalGroupDefined,
    IndicatorDefined,
    IndicatorLevel,
    IndicatorTableDefined,
    MilestoneDefined,
    PartDefined,
    Slot,
    TargetDefined,
)
from domain.events.organisation import Grant
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import proposal_digest
from domain.roles import ConfirmRole, ProposeRole
from domain.staffing import OpenLedger, Person, RegisterPerson, RegisterUnit
from domain.values import (
    OPERATOR,
    SYSTEM,
    Actor,
    Date,
    Decimal,
    Digest,
    PersonId,
    Role,
    SubjectId,
    Title,
    UnitId,
    VersionId,
    Words,
)
from domain.view import Fold
from services.commands import Done, Handler, Request

S = TypeVar("S")

LEDGER, VERSION = "town", VersionId("town-2024-2027.1")
HALF, ANNUAL = "2024-half-year", "2024-annual"
NORTH, SOUTH, WEST = UnitId("north"), UnitId("south"), UnitId("west")
START = datetime(2023, 11, 1, 8, tzinfo=UTC)
ROLES = (
    ("carla", Role.COORDINATOR, None),
    ("cesar", Role.COORDINATOR, None),
    ("hanna", Role.HEAD, None),
    ("olga", Role.OWNER, NORTH),
    ("dora", Role.DIRECTOR, NORTH),
    ("otto", Role.OWNER, SOUTH),
    ("dirk", Role.DIRECTOR, SOUTH),
    ("arvo", Role.MINISTRY_ASSESSOR, None),
    ("pia", Role.MINISTRY_DECIDER, None),
)
SIGNERS = {"agency-1": "hanna", "agency-2": "carla", "ministry-1": "pia", "ministry-2": "arvo"}
UNIT_OF = {"m-1": NORTH, "m-2": NORTH, "t-1": NORTH, "m-3": SOUTH, "t-2": SOUTH, "i-1": SOUTH, "i-2": SOUTH}
OWNERS, DIRECTORS = {NORTH: "olga", SOUTH: "otto"}, {NORTH: "dora", SOUTH: "dirk"}


class AnyFile:
    """Every file that a command names is there."""

    async def manifests(self, ledger: str, uploader: str, objects: Iterable[str]) -> Mapping[str, Json]:
        return {
            each: {"sha256": "ab" * 32, "size": 7, "media_type": "text/plain", "name": "memo.txt", "object": each}
            for each in objects
        }


def title(text: str) -> Title:
    return Title(canonical({"fi": text, "sv": f"{text} (sv)", "en": f"{text} (en)"}).decode())


def person(name: str) -> Person:
    login = canonical({"issuer": "https://idp.example", "subject": name}).decode()
    contact = Words(f"{name}@town.example")
    return Person(person=PersonId(name), name=Words(name.title()), contact=contact, login=Words(login))


def _policy(kind: str, month: int, day: int, years_after: int = 0) -> DatePolicy:
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


def _milestone(
    name: str, target: str, unit: UnitId, year: int = 2024, *, conditional: bool = False
) -> MilestoneDefined:
    return MilestoneDefined(
        version=VERSION,
        milestone=SubjectId(name),
        target=SubjectId(target),
        year=year,
        section="1",
        title=title(name),
        unit=unit,
        contributors=(),
        due_by=None,
        conditional=conditional,
        checklist=(),
        continues=None,
        assumptions=(),
    )


def _target(name: str, unit: UnitId, group: str | None = None) -> TargetDefined:
    return TargetDefined(
        version=VERSION,
        target=SubjectId(name),
        part="p",
        group=group,
        section="1",
        title=title(name),
        lead_unit=unit,
        contributors=(),
        assumptions=(),
    )


def _indicator(name: str, value: str | None) -> IndicatorDefined:
    number = None if value is None else Decimal(value)
    levels = tuple(
        IndicatorLevel(year=year, operator=">=", value=number, binding=year == 2024, mark=None)
        for year in range(2024, 2028)
    )
    return IndicatorDefined(
        version=VERSION,
        indicator=SubjectId(name),
        table="i",
        section="1",
        title=title(name),
        note=None,
        unit=SOUTH,
        contributors=(),
        measure="index",
        frequency="half-year" if value else "annual",
        outturns=(),
        levels=levels,
        assumptions=(),
    )


def agreement() -> ImportAgreement:
    """The agreement as data: t-1 in a group, t-2 without one, t-3 not due in 2024; i-2 can't be assessed."""
    policies = (
        _policy("half-year/opens", 6, 1),
        _policy("half-year/unit", 8, 15),
        _policy("half-year/director", 8, 22),
        _policy("half-year/head", 8, 28),
        _policy("half-year/delivery", 8, 31),
        _policy("annual/opens", 1, 1, 1),
        _policy("annual/unit", 1, 31, 1),
        _policy("annual/director", 2, 10, 1),
        replace(_policy("annual/delivery", 1, 1, 1), month=None, day=None, offset_days=7),
        replace(_policy("final-accounts", 3, 15, 1), rolls=True),
        replace(_policy("statement", 6, 15, 1), rolls=True),
        _policy("evidence-cutoff", 1, 31, 1),
    )
    slots = tuple(Slot(id=each, party=each.split("-")[0], position=title(each), person=None) for each in SIGNERS)
    return ImportAgreement(
        version=VERSION,
        drafted=AgreementDrafted(
            version=VERSION,
            agreement="town-2024-2027",
            number=1,
            agency="town",
            ministry="tem",
            title=title("Agreement"),
            first_year=2024,
            last_year=2027,
            binding_year=2024,
            annexes=(),
            slots=slots,
            policies=policies,
            source=Words("made up"),
            file=Digest("f" * 64),
        ),
        parts=(PartDefined(version=VERSION, part="p", section="3.1", title=title("Part")),),
        groups=(GoalGroupDefined(version=VERSION, group="g", part="p", section="3.1", title=title("Group")),),
        targets=(_target("t-1", NORTH, "g"), _target("t-2", SOUTH), _target("t-3", SOUTH)),
        milestones=(
            _milestone("m-1", "t-1", NORTH),
            _milestone("m-2", "t-1", NORTH, conditional=True),
            _milestone("m-3", "t-2", SOUTH),
            _milestone("m-4", "t-3", SOUTH, 2025),
        ),
        tables=(IndicatorTableDefined(version=VERSION, table="i", part="p", section="3.1", title=title("Indicators")),),
        indicators=(_indicator("i-1", "3.7"), _indicator("i-2", None)),
    )


UPDATED = VersionId("town-2024-2027.2")


def update(*removed: str) -> ImportAgreement:
    """The next version of the same year, without these; a target takes its milestones with it."""
    whole = agreement()
    milestones = [each for each in whole.milestones if not {each.milestone, each.target} & {*removed}]
    return ImportAgreement(
        version=UPDATED,
        drafted=replace(whole.drafted, version=UPDATED, number=2),
        parts=tuple(replace(each, version=UPDATED) for each in whole.parts),
        groups=tuple(replace(each, version=UPDATED) for each in whole.groups),
        targets=tuple(replace(each, version=UPDATED) for each in whole.targets if each.target not in removed),
        milestones=tuple(replace(each, version=UPDATED) for each in milestones),
        tables=tuple(replace(each, version=UPDATED) for each in whole.tables),
        indicators=tuple(replace(each, version=UPDATED) for each in whole.indicators if each.indicator not in removed),
    )


@dataclass
class Town:
    """The ledger as its people act in it, on the demo's clock."""

    handler: Handler
    keys: int = 0

    async def do(self, by: str | Actor, command: object, *, acting_for: str | None = None) -> Done:
        """Take a person's, the operator's or the system's command."""
        self.keys += 1
        principal = None if acting_for is None else PersonId(acting_for)
        actor = by if isinstance(by, Actor) else Actor(id=PersonId(by), acting_for=principal)
        now = await self.handler.now(LEDGER)
        key = f"k{self.keys}"
        request = Request(ledger=LEDGER, by=actor, key=key, command=command, received_at=now, route=key, cause=1)
        return await self.handler.handle(request if actor == SYSTEM else replace(request, cause=None))

    async def on(self, day: str) -> None:
        """Go on to ten o'clock UTC of a day."""
        instant = datetime.fromisoformat(f"{day}T10:00:00+00:00")
        self.keys += 1
        command = AdvanceDemoClock(instant=instant)
        key = f"k{self.keys}"
        await self.handler.handle(
            Request(ledger=LEDGER, by=OPERATOR, key=key, command=command, received_at=instant, route=key)
        )

    async def state(self, fold: Fold[S], *ids: object) -> S:
        """A stream's present state."""
        found: S = await self.handler.read(LEDGER, lambda view: view.get(fold, *ids))
        return found

    async def ask(self, question: Any) -> Any:
        """Whatever a pure question of the present states answers."""
        return await self.handler.read(LEDGER, question)

    async def open(self) -> None:
        """Open the ledger with its units and people."""
        await self.handler.store.create_ledger(LEDGER, demo=True)
        opening = OpenLedger(ledger=LEDGER, agency="town", demo=True, administrators=(person("anna"), person("bert")))
        await self.handler.handle(
            Request(ledger=LEDGER, by=OPERATOR, key="open", command=opening, received_at=START, route="open")
        )
        await self.on("2023-11-01")
        for unit in (NORTH, SOUTH, WEST):
            await self.do("anna", RegisterUnit(unit=unit, name=title(unit), valid_from=Date("2023-11-01")))
        for name, _, _ in ROLES:
            each = person(name)
            command = RegisterPerson(person=each.person, name=each.name, contact=each.contact, login=each.login)
            await self.do("anna", command)
        for name, role, held_in in ROLES:
            await self.grant(name, role, held_in)

    async def propose(self, name: str, role: Role, unit: UnitId | None, valid_from: str = "2023-11-01") -> str:
        """Propose a role, and answer the proposal's id."""
        proposal = f"{name}-{role}-{unit or 'all'}"
        grant = Grant(person=PersonId(name), role=role, unit=unit, valid_from=Date(valid_from), valid_to=None)
        await self.do("anna", ProposeRole(proposal=proposal, grant=grant))
        return proposal

    async def grant(self, name: str, role: Role, unit: UnitId | None, valid_from: str = "2023-11-01") -> None:
        """Give a role: proposed by one, confirmed by another."""
        proposal = await self.propose(name, role, unit, valid_from)
        proposed, _ = (await self.state(ORGANISATION)).proposed[proposal]
        await self.do("bert", ConfirmRole(proposal=proposal, digest=proposal_digest(proposed)))
