"""In what people may act on a day: their own roles, and those of others for whom they stand in (cases 6 and 7).

A pure question of the organisation, as it was known at whatever position it was folded to.
"""

from dataclasses import dataclass

from domain.calendar import day_of
from domain.organisation import Organisation
from domain.values import Date, PersonId, Role, UnitId
from projections.table import Cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """A role, in a unit where it has one, for a principal where it is a substitute's; both dates inclusive."""

    person: PersonId
    role: Role
    unit: UnitId | None
    valid_from: Date
    valid_to: Date | None
    acting_for: PersonId | None = None
    substitution: str | None = None


def capacities(
    organisation: Organisation, day: Date, *, person: PersonId | None = None, with_left: bool = False
) -> list[Capacity]:
    """All that are held on a day, or those of one person: their own first, then those that they stand in for.

    `with_left` adds what those still hold whose account is closed.
    """
    substitutions = [
        each
        for each in organisation.substitutions.values()
        if (person is None or each.substitute == person)
        and each.valid_from <= day <= each.valid_to
        and not organisation.has_left(each.substitute, day)
    ]
    concerned = None if person is None else {person, *(each.principal for each in substitutions)}
    own = [
        Capacity(
            person=grant.person,
            role=grant.role,
            unit=grant.unit,
            valid_from=grant.valid_from,
            valid_to=grant.valid_to,
        )
        for grant in organisation.grants
        if (concerned is None or grant.person in concerned)
        and organisation.holds(grant, day)
        and (with_left or not organisation.has_left(grant.person, day))
    ]
    lent = [
        Capacity(
            person=each.substitute,
            role=held.role,
            unit=held.unit,
            valid_from=max(each.valid_from, held.valid_from),
            valid_to=each.valid_to if held.valid_to is None else min(each.valid_to, held.valid_to),
            acting_for=each.principal,
            substitution=each.substitution,
        )
        for each in substitutions
        for held in own
        if held.person == each.principal and held.role in each.roles and not organisation.has_left(held.person, day)
        if each.unit is None or held.unit in (None, each.unit)
    ]
    return [*(each for each in own if person is None or each.person == person), *lent]


def roles(organisation: Organisation, day: Date) -> Cells:
    """Who held which role on a day, in person or for somebody; what the units were and which versions were in force.

    Names and bases are commitments.

    {day, roles: [{person, name, role, unit, for, substitution, basis, valid_from, valid_to}], units: [{unit, name,
    valid_from, successor}], versions: [{version, binding_year}]}
    """
    held = sorted(
        capacities(organisation, day),
        key=lambda each: (each.role.value, each.unit or "", each.substitution or "", each.person),
    )
    units = [each for each in organisation.units.values() if each.valid_from <= day]
    return {
        "day": day,
        "roles": [_shown(organisation, each) for each in held],
        "units": [
            {
                "unit": each.unit,
                "name": organisation.unit_name(each.unit, day),
                "valid_from": each.valid_from,
                "successor": organisation.succeeded_by(each.unit, day),
            }
            for each in sorted(units, key=lambda each: each.unit)
        ],
        "versions": [
            {"version": each.version, "binding_year": each.binding_year}
            for each in organisation.versions
            if day_of(organisation.in_force_since[each.version]) <= day
        ],
    }


def _shown(organisation: Organisation, held: Capacity) -> Cells:
    lent = None if held.substitution is None else organisation.substitutions[held.substitution]
    return {
        "person": held.person,
        "name": organisation.people[held.person].name,
        "role": held.role.value,
        "unit": held.unit,
        "for": held.acting_for,
        "substitution": held.substitution,
        "basis": None if lent is None else lent.basis,
        "valid_from": held.valid_from,
        "valid_to": held.valid_to,
    }
