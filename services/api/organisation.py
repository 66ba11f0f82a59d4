"""The organisation for its administrators: units, people, roles, substitutions, settings, what waits for a second."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from domain.events.codec import to_json
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import Organisation, proposal_digest
from domain.settings import SETTINGS, setting
from domain.values import Role
from services.api.addresses import PREFIX, Ledger
from services.api.bound import KindOfProposal
from services.api.callers import Callers
from services.api.looks import Watched
from services.api.parts import Parts
from services.api.problems import READS
from services.api.reading import Reader, readers
from services.opening import Opened

Shown = dict[str, Any]


class ShownOrganisation(BaseModel):
    """The organisation. Words that were erased are `{"erased": {…}}`."""

    model_config = ConfigDict(extra="forbid")

    agency: str | None
    demo: bool
    now: str = Field(description="What the ledger's clock shows.")
    units: list[Shown] = Field(description="Each with its name, later names and successors, and from when they hold.")
    people: list[Shown] = Field(description="Each with their name; their contact for administrators only.")
    grants: list[Shown]
    substitutions: list[Shown]
    settings: list[Shown] = Field(
        description="Each with its value in force, its default and where that comes from; `confirmed`: the source that "
        "a change was confirmed with."
    )
    versions: list[Shown] = Field(description="The versions of the agreement that came into force.")
    proposals: list[KindOfProposal] = Field(
        description="What waits for a second person, with the digest that they confirm."
    )


def routes(parts: Parts, callers: Callers) -> APIRouter:
    """GET /{ledger}/organisation."""
    router = APIRouter(tags=["reads"], prefix=PREFIX, route_class=Watched)
    reading = readers(parts, callers)

    @router.get("/{ledger}/organisation", operation_id="read-organisation", responses=READS)
    async def organisation(ledger: Ledger, reader: Annotated[Reader, Depends(reading)]) -> ShownOrganisation:
        """Units, people, roles, substitutions, settings, and open proposals with their digests."""
        state: Organisation = await parts.handler.read(ledger, lambda view: view.get(ORGANISATION))
        proposed = {key: each for key, each in state.proposed.items() if _is_open(state, key)}
        records = [
            *state.units.values(),
            *state.names,
            *state.people.values(),
            *state.substitutions.values(),
            *(event for event, _ in state.proposed.values()),
        ]
        opened = await Opened.of(parts.store, ledger, records)
        return ShownOrganisation(
            agency=None if state.opened is None else state.opened.agency,
            demo=state.opened is not None and state.opened.demo,
            now=str(to_json(reader.now)),
            units=_units(state, opened),
            people=_people(state, opened, contacts=reader.has(Role.ADMINISTRATOR)),
            grants=[opened.json(each) for each in state.grants],
            substitutions=[opened.json(each) for each in state.substitutions.values()],
            settings=_settings(state, opened),
            versions=[opened.json(each) for each in state.versions],
            proposals=[
                KindOfProposal(
                    proposal=key,
                    kind=event.type,
                    proposer=proposer,
                    digest=proposal_digest(event),
                    content=opened.json(event),
                )
                for key, (event, proposer) in proposed.items()
            ],
        )

    return router


def _is_open(state: Organisation, proposal: str) -> bool:
    event, _ = state.proposed[proposal]
    if proposal in state.withdrawn:
        return False
    grant, changed = getattr(event, "grant", None), getattr(event, "setting", None)
    if grant is not None:
        return grant not in state.grants
    return changed is None or state.settings.get(changed.key) != changed


def _units(state: Organisation, opened: Opened) -> list[Shown]:
    return [
        {
            **opened.json(unit),
            "names": [opened.json(each) for each in state.names if each.unit == key],
            "successors": [opened.json(each) for each in state.successions if each.unit == key],
        }
        for key, unit in state.units.items()
    ]


def _people(state: Organisation, opened: Opened, *, contacts: bool) -> list[Shown]:
    return [
        {
            "person": key,
            "name": opened.text(person.name),
            "contact": opened.text(person.contact) if contacts else None,
            "language": person.language,
            "closed_from": state.closed.get(key),
        }
        for key, person in state.people.items()
    ]


def _settings(state: Organisation, opened: Opened) -> list[Shown]:
    return [
        {
            "key": key,
            "value": json.dumps(setting(state, key)),
            "default": json.dumps(known.default),
            "purpose": known.purpose,
            "takes": known.takes,
            "source": known.source,
            "confirmed": opened.text(state.settings[key].source) if key in state.settings else None,
        }
        for key, known in SETTINGS.items()
    ]
