"""What somebody sees on every page of a ledger: who they are there, and names for ids.

Answers name people, units and what is reported by opaque ids; here is what these are called. Names alone say nothing of
what happened, so asking for them is no look (C11, C14): the read that shows where they stand is one.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from domain.agreement import FOLD as AGREEMENT
from domain.agreement import Agreement
from domain.events.codec import to_json
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import Organisation
from domain.values import Date
from domain.view import View
from services.api.addresses import PREFIX, Ledger
from services.api.callers import Callers
from services.api.me import MyRole
from services.api.parts import Parts
from services.api.problems import READS
from services.api.reading import Reader, readers
from services.opening import Opened

Shown = dict[str, Any]


class Myself(BaseModel):
    """The caller in one ledger."""

    model_config = ConfigDict(extra="forbid")

    ledger: str
    person: str
    agency: str | None
    demo: bool
    now: str = Field(description="What the ledger's clock shows.")
    today: str = Field(description="Its day in Helsinki.")
    roles: list[MyRole]
    principals: list[str] = Field(description="For whom the caller may act today, by `Etappi-Acting-For`.")
    years: list[int] = Field(description="The years that a version in force binds, or bound.")


class NamedSubject(BaseModel):
    """What is reported: a target, a milestone or an indicator, by the latest version that has it."""

    model_config = ConfigDict(extra="forbid")

    kind: str
    title: str | Shown | None
    section: str
    unit: str = Field(description="Accountable by the agreement; units change, items are reassigned.")
    target: str | None = Field(description="A milestone's target.")
    year: int | None = Field(description="A milestone's year.")


class Names(BaseModel):
    """What ids are called. Erased names are `{"erased": {…}}`."""

    model_config = ConfigDict(extra="forbid")

    people: dict[str, str | Shown | None]
    units: dict[str, str | Shown | None] = Field(description="As they are called today, in all languages.")
    subjects: dict[str, NamedSubject]


def routes(parts: Parts, callers: Callers) -> APIRouter:
    """GET /{ledger}/me and /{ledger}/names."""
    router = APIRouter(tags=["reads"], prefix=PREFIX + "/{ledger}")
    reading = readers(parts, callers)

    @router.get("/me", operation_id="read-myself", responses=READS)
    async def myself(ledger: Ledger, reader: Annotated[Reader, Depends(reading)]) -> Myself:
        """Who the caller is in this ledger, and today's roles."""
        state: Organisation = await parts.handler.read(ledger, lambda view: view.get(ORGANISATION))
        opened = state.opened
        return Myself(
            ledger=ledger,
            person=reader.person,
            agency=None if opened is None else opened.agency,
            demo=opened is not None and opened.demo,
            now=str(to_json(reader.now)),
            today=reader.today,
            roles=[MyRole(role=each.role, unit=each.unit, principal=each.acting_for) for each in reader.held],
            principals=sorted({each.acting_for for each in reader.held if each.acting_for is not None}),
            years=sorted({each.binding_year for each in state.versions}),
        )

    @router.get("/names", operation_id="read-names", responses=READS)
    async def names(ledger: Ledger, reader: Annotated[Reader, Depends(reading)]) -> Names:
        """What people, units and subjects are called."""
        return await names_of(parts, ledger, reader.today)

    return router


async def names_of(parts: Parts, ledger: str, today: Date) -> Names:
    """What people, units and subjects are called on a day."""
    state, versions = await parts.handler.read(ledger, _found)
    units = {key: _called(state, key, unit.name, today) for key, unit in state.units.items()}
    people = {key: person.name for key, person in state.people.items()}
    subjects = [each for version in versions for each in _subjects(version)]
    wanted = {*units.values(), *people.values(), *(title for *_, title in subjects)}
    opened = await Opened.of_commitments(parts.store, ledger, {each for each in wanted if each is not None})
    return Names(
        people={key: opened.text(name) for key, name in people.items()},
        units={key: opened.text(name) for key, name in units.items()},
        subjects={
            key: NamedSubject(kind=kind, section=section, unit=unit, target=target, year=year, title=opened.text(title))
            for key, kind, section, unit, target, year, title in subjects
        },
    )


def _found(view: View) -> tuple[Organisation, list[Agreement]]:
    state = view.get(ORGANISATION)
    return state, [view.get(AGREEMENT, each.version) for each in state.versions]


def _called(state: Organisation, unit: str, name: str, today: str) -> str:
    """The name that a unit has today: the last one that holds."""
    later = [each for each in state.names if each.unit == unit and each.valid_from <= today]
    return max(later, key=lambda each: each.valid_from).name if later else name


def _subjects(version: Agreement) -> list[tuple[str, str, str, str, str | None, int | None, str]]:
    """Everything that a version has reported, with its title's commitment."""
    return [
        *((key, "target", t.section, t.lead_unit, None, None, t.title) for key, t in version.targets.items()),
        *((key, "milestone", m.section, m.unit, m.target, m.year, m.title) for key, m in version.milestones.items()),
        *((key, "indicator", i.section, i.unit, None, None, i.title) for key, i in version.indicators.items()),
    ]


__all__ = ["Names", "names_of", "routes"]
