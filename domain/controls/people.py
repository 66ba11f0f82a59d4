"""Roles, substitutions, units as the log has them at a moment: recomputed from the grants, not asked of the domain."""

from collections.abc import Collection
from dataclasses import dataclass, field

from domain.controls.entry import Entry
from domain.events.organisation import (
    AccountClosed,
    Grant,
    RoleConfirmed,
    SubstituteAppointed,
    SubstitutionEnded,
    UnitSucceeded,
)
from domain.values import Role

IN_UNIT = frozenset({Role.CONTRIBUTOR, Role.OWNER, Role.DIRECTOR})
"""Roles that are held in a unit."""


@dataclass(slots=True)
class Held:
    """A grant as it stands, and the event that gave it."""

    grant: Grant
    position: int


@dataclass(slots=True)
class Standing:
    """A substitution as it stands, and the events that made it so."""

    appointed: SubstituteAppointed
    last_day: str
    positions: tuple[int, ...]


@dataclass(slots=True)
class People:
    """Who holds what. Dates are inclusive on both sides."""

    grants: dict[str, dict[tuple[Role, str | None, str], Held]] = field(default_factory=dict)
    substitutions: dict[str, Standing] = field(default_factory=dict)
    left: dict[str, tuple[str, int]] = field(default_factory=dict)
    successions: list[UnitSucceeded] = field(default_factory=list)

    def take(self, entry: Entry) -> None:
        """One event on."""
        match entry.event:
            case RoleConfirmed() as event:
                grant = event.grant
                held = self.grants.setdefault(grant.person, {})
                held[grant.role, grant.unit, grant.valid_from] = Held(grant, entry.position)
            case AccountClosed() as event:
                self.left[event.person] = (event.valid_from, entry.position)
            case SubstituteAppointed() as event:
                self.substitutions[event.substitution] = Standing(event, event.valid_to, (entry.position,))
            case SubstitutionEnded() as event:
                standing = self.substitutions.get(event.substitution)
                if standing is not None:
                    standing.last_day = event.valid_to
                    standing.positions += (entry.position,)
            case UnitSucceeded() as event:
                self.successions.append(event)
            case _:
                pass

    def why_not(
        self, entry: Entry, roles: Collection[Role], unit: str | None, *, in_person: bool = False
    ) -> tuple[str, tuple[int, ...]] | None:
        """Why the actor had none of the roles that day, and the events that show it; None if they had one."""
        said, day = entry.said, entry.day
        if not entry.by_person:
            return f"the {said.actor_kind} acted where a person decides", ()
        gone = self.left.get(said.actor)
        if gone is not None and day >= gone[0]:
            return f"the account of {said.actor} was closed from {gone[0]} on", (gone[1],)
        if said.acting_for is None:
            return self._holds(said.actor, roles, unit, day)
        if in_person:
            return f"{said.actor} acted for {said.acting_for}, where nobody acts for another", ()
        return self._covered(said.actor, said.acting_for, roles, unit, day)

    def _holds(
        self, person: str, roles: Collection[Role], unit: str | None, day: str
    ) -> tuple[str, tuple[int, ...]] | None:
        """None if the person holds one of the roles on a day; else why not."""
        gone = self.left.get(person)
        if gone is not None and day >= gone[0]:
            return f"the account of {person} was closed from {gone[0]} on", (gone[1],)
        near: list[Held] = []
        for held in self.grants.get(person, {}).values():
            grant = held.grant
            if grant.role not in roles or (grant.role in IN_UNIT and unit is not None and grant.unit != unit):
                continue
            if grant.valid_from <= day and (grant.valid_to is None or day <= grant.valid_to):
                return None
            near.append(held)
        where = "" if unit is None else f" of {unit}"
        wanted = " or ".join(sorted(roles)) + where
        if not near:
            return f"{person} was not {wanted}", ()
        last = max(near, key=lambda held: held.position)
        dates = f"{last.grant.valid_from} to {last.grant.valid_to or 'no end'}"
        return f"{person} was {wanted} only from {dates}", (last.position,)

    def _covered(
        self, person: str, principal: str, roles: Collection[Role], unit: str | None, day: str
    ) -> tuple[str, tuple[int, ...]] | None:
        near: list[Standing] = []
        for standing in self.substitutions.values():
            appointed = standing.appointed
            if appointed.substitute != person or appointed.principal != principal:
                continue
            near.append(standing)
            covered = [role for role in roles if role in appointed.roles]
            here = appointed.unit is None or unit is None or appointed.unit == unit
            if not covered or not here or not appointed.valid_from <= day <= standing.last_day:
                continue
            lacks = self._holds(principal, covered, unit, day)
            if lacks is None:
                return None
        if not near:
            return f"{person} was no substitute of {principal}", ()
        last = near[-1]
        shown = f"{last.appointed.valid_from} to {last.last_day}, for {', '.join(sorted(last.appointed.roles))}"
        return f"the substitution of {person} for {principal} ({shown}) did not cover it", last.positions

    def accountable(self, unit: str, day: str, period_end: str) -> str:
        """Who is accountable on a day for what was a unit's in a period: the successor map, to its end (case 5)."""
        seen = {unit}
        while True:
            for each in self.successions:
                keeps = each.handover == "finishes" and period_end < each.valid_from
                if each.unit == unit and each.valid_from <= day and not keeps and each.successor not in seen:
                    unit = each.successor
                    seen.add(unit)
                    break
            else:
                return unit
