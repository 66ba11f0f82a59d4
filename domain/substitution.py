"""Substitutes (sijaiset): appointed and ended; dates, scope and basis (case 6)."""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.authority import conflicting, require
from domain.calendar import day_of
from domain.errors import Refused
from domain.events.event import Event
from domain.events.organisation import (
    SubstituteAppointed,
    SubstitutionEnded,
)
from domain.organisation import FOLD, known_person, known_unit
from domain.proposal import in_order, sound_id
from domain.values import (
    Date,
    Id,
    PersonId,
    Role,
    UnitId,
    Words,
)
from domain.view import Act, View

AGENCY = frozenset({Role.CONTRIBUTOR, Role.OWNER, Role.DIRECTOR, Role.COORDINATOR, Role.HEAD})
"""The roles for whose holders the head may appoint substitutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointSubstitute:
    """Let somebody act for the principal: dates inclusive, roles and unit as scope, the basis in words (case 6)."""

    substitution: Id
    principal: PersonId
    substitute: PersonId
    roles: tuple[Role, ...]
    unit: UnitId | None
    valid_from: Date
    valid_to: Date
    basis: Words


def appoint_substitute(view: View, act: Act, command: AppointSubstitute) -> tuple[Event, ...]:
    """Errors: `not-permitted`, `backdated`, `dates-reversed`, `own-substitute`, `not-the-principals-role`,
    `scope-missing`, `incompatible-roles`, `substitution-exists`.
    """
    require(view, act, "appoint-substitute")
    organisation = view.get(FOLD)
    event = SubstituteAppointed(
        substitution=command.substitution,
        principal=command.principal,
        substitute=command.substitute,
        roles=command.roles,
        unit=command.unit,
        valid_from=command.valid_from,
        valid_to=command.valid_to,
        basis=command.basis,
    )
    present = organisation.substitutions.get(command.substitution)
    if present == event:
        return ()
    if present is not None:
        raise Refused(
            "substitution-exists", f"There is a substitution {command.substitution!r} already.", field="substitution"
        )
    sound_id(command.substitution, "substitution")
    known_person(organisation, command.principal, "principal")
    known_person(organisation, command.substitute, "substitute")
    if command.principal == command.substitute:
        raise Refused("own-substitute", "Nobody is their own substitute.", field="substitute", rule="case 6")
    if act.by.id != command.principal and not _head_of(view, act, command.roles):
        raise Refused(
            "not-permitted",
            "One appoints substitutes for one's own rights; the head may for any role of the agency.",
            field="principal",
            rule="case 6",
        )
    if command.valid_from < day_of(act.at):
        raise Refused("backdated", "A substitution can't begin before today.", field="valid_from", rule="case 6")
    in_order(command.valid_from, command.valid_to, "valid_to")
    if command.unit is not None:
        known_unit(organisation, command.unit)
    if not command.roles:
        raise Refused("scope-missing", "A substitution names the roles that it covers.", field="roles", rule="case 6")
    for wanted in command.roles:
        if not any(
            grant.person == command.principal
            and grant.role is wanted
            and (command.unit is None or grant.unit in (None, command.unit))
            and (grant.valid_to is None or grant.valid_to >= command.valid_from)
            and grant.valid_from <= command.valid_to
            for grant in organisation.grants
        ):
            raise Refused(
                "not-the-principals-role",
                f"{command.principal} isn't {wanted} in that time; a substitute's right can't be passed on.",
                field="roles",
                rule="case 6",
            )
        clash = conflicting(organisation, command.substitute, wanted, command.valid_from, command.valid_to)
        if clash is not None:
            raise Refused(
                "incompatible-roles",
                f"{command.substitute} is {clash} in that time, and so can't act as {wanted}.",
                field="substitute",
                rule="C14",
                mend="Appoint another substitute.",
            )
    return (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSubstitution:
    """End a substitution early; `valid_to` is its last day, today or later, and never after its present one."""

    substitution: Id
    valid_to: Date


def end_substitution(view: View, act: Act, command: EndSubstitution) -> tuple[Event, ...]:
    """Errors: `unknown-substitution`, `not-permitted`, `substitution-over`, `not-earlier`, `backdated`."""
    require(view, act, "appoint-substitute")
    present = view.get(FOLD).substitutions.get(command.substitution)
    if present is None:
        raise Refused(
            "unknown-substitution", f"There is no substitution {command.substitution!r}.", field="substitution"
        )
    if act.by.id != present.principal and not _head_of(view, act, present.roles):
        raise Refused(
            "not-permitted",
            "Its principal ends a substitution, or the head one in roles of the agency.",
            field="substitution",
            rule="case 6",
        )
    if present.valid_to == command.valid_to:
        return ()
    today = day_of(act.at)
    if present.valid_to < today:
        raise Refused(
            "substitution-over", f"It ended on {present.valid_to}.", field="substitution", mend="Appoint anew."
        )
    if command.valid_to > present.valid_to:
        raise Refused(
            "not-earlier",
            f"It ends on {present.valid_to} already; its end only comes earlier.",
            field="valid_to",
            rule="case 6",
            mend="Appoint anew for a longer time.",
        )
    if command.valid_to < today:
        raise Refused("backdated", "A substitution can't end before today.", field="valid_to", rule="case 6")
    return (SubstitutionEnded(substitution=command.substitution, valid_to=command.valid_to),)


def _head_of(view: View, act: Act, roles: Iterable[Role]) -> bool:
    """Whether the actor is the head today, and all these roles are the agency's: the ministry, audit and
    administration look after their own.
    """
    day, organisation = day_of(act.at), view.get(FOLD)
    return act.by.id in organisation.holders(Role.HEAD, None, day) and AGENCY.issuperset(roles)
