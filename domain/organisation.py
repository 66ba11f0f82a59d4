"""The organisation: units, people, roles, substitutions, settings, and which agreement holds (cases 5 to 7).

Commands, state, evolve, decide. Roles and settings need two people: proposed by one, confirmed by another.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import dropwhile

from domain.errors import Refused
from domain.events.codec import to_json
from domain.events.envelope import digest_of
from domain.events.event import Event
from domain.events.organisation import (
    ORGANISATION,
    AccountClosed,
    AgreementInForce,
    Grant,
    LedgerOpened,
    PersonChanged,
    PersonRegistered,
    RoleConfirmed,
    RoleProposalWithdrawn,
    RoleProposed,
    Setting,
    SettingConfirmed,
    SettingProposalWithdrawn,
    SettingProposed,
    SubstituteAppointed,
    SubstitutionEnded,
    UnitRegistered,
    UnitRenamed,
    UnitSucceeded,
)
from domain.values import Date, Digest, PersonId, Role, Title, UnitId, VersionId
from domain.view import Fact, Fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """What is known of the agency and of those who act in its ledger."""

    opened: LedgerOpened | None = None
    units: Mapping[UnitId, UnitRegistered] = field(default_factory=dict)
    names: tuple[UnitRenamed, ...] = ()
    successions: tuple[UnitSucceeded, ...] = ()
    people: Mapping[PersonId, PersonRegistered] = field(default_factory=dict)
    closed: Mapping[PersonId, Date] = field(default_factory=dict)
    grants: tuple[Grant, ...] = ()
    substitutions: Mapping[str, SubstituteAppointed] = field(default_factory=dict)
    settings: Mapping[str, Setting] = field(default_factory=dict)
    versions: tuple[AgreementInForce, ...] = ()
    in_force_since: Mapping[VersionId, datetime] = field(default_factory=dict)
    in_force_positions: Mapping[VersionId, int] = field(default_factory=dict)
    proposed: Mapping[str, tuple[RoleProposed | SettingProposed, PersonId]] = field(default_factory=dict)
    withdrawn: frozenset[str] = frozenset()

    def version_for(self, year: int) -> AgreementInForce | None:
        """The version in force that binds a year: the last one signed."""
        return next((version for version in reversed(self.versions) if version.binding_year == year), None)

    def version_at(self, year: int, instant: datetime) -> AgreementInForce | None:
        """The version that bound a year at an instant; the first one to bind it, where none did yet."""
        binding = [version for version in self.versions if version.binding_year == year]
        held = [version for version in binding if self.in_force_since[version.version] <= instant]
        found = held[-1:] or binding[:1]
        return found[0] if found else None

    def updates(self, year: int, version: VersionId) -> tuple[VersionId, ...]:
        """The versions in force that bind a year and came after one of them (cases 8, 9)."""
        binding = (each.version for each in self.versions if each.binding_year == year)
        return tuple(dropwhile(lambda each: each != version, binding))[1:]

    @property
    def years(self) -> frozenset[int]:
        """The years that some version in force binds."""
        return frozenset(version.binding_year for version in self.versions)

    def holders(self, role: Role, unit: UnitId | None, day: Date) -> tuple[PersonId, ...]:
        """Who holds a role on a day; a role without a unit is asked for with None."""
        found = (
            grant.person
            for grant in self.grants
            if grant.role is role
            and grant.unit == unit
            and self.holds(grant, day)
            and not self.has_left(grant.person, day)
        )
        return tuple(dict.fromkeys(found))

    def has_left(self, person: PersonId, day: Date) -> bool:
        """Whether a person's account is closed on a day (case 7)."""
        return person in self.closed and day >= self.closed[person]

    @staticmethod
    def holds(grant: Grant, day: Date) -> bool:
        """Whether a grant is in force on a day; both its dates are inclusive."""
        return grant.valid_from <= day and (grant.valid_to is None or day <= grant.valid_to)

    def substitutes(self, principal: PersonId, role: Role, unit: UnitId | None, day: Date) -> tuple[PersonId, ...]:
        """Who may act for a principal in a role on a day (case 6)."""
        return tuple(
            each.substitute
            for each in self.substitutions.values()
            if each.principal == principal
            and role in each.roles
            and (each.unit is None or each.unit == unit)
            and each.valid_from <= day <= each.valid_to
            and not self.has_left(each.substitute, day)
        )

    def unit_name(self, unit: UnitId, day: Date) -> Title:
        """What a unit is called on a day: the name that holds from the latest date (case 5)."""
        held = [each for each in self.names if each.unit == unit and each.valid_from <= day]
        latest = max(reversed(held), key=lambda each: each.valid_from, default=None)
        return self.units[unit].name if latest is None else latest.name

    def succeeded_by(self, unit: UnitId, day: Date) -> UnitId | None:
        """Which unit has taken over a unit's tasks by a day; None while it has them itself (case 5)."""
        held = (each.successor for each in reversed(self.successions) if each.unit == unit and each.valid_from <= day)
        return next(held, None)

    def successor_for(self, year: int, unit: UnitId, day: Date) -> UnitId:
        """Who is accountable on a day for what was a unit's of a whole year (case 5)."""
        return self.successor(unit, day, Date(f"{year}-12-31"))

    def successor(self, unit: UnitId, day: Date, period_end: Date) -> UnitId:
        """Who is accountable on a day for what was a unit's: the successor map, followed to its end (case 5)."""
        seen = {unit}
        while True:
            step = next(
                (
                    each
                    for each in reversed(self.successions)
                    if each.unit == unit and each.valid_from <= day and not each.keeps(period_end)
                ),
                None,
            )
            if step is None or step.successor in seen:
                return unit
            unit = step.successor
            seen.add(unit)


def evolve(state: Organisation, fact: Fact) -> Organisation:
    """The organisation one event later."""
    match fact.event:
        case LedgerOpened() as event:
            return replace(state, opened=event)
        case UnitRegistered() as event:
            return replace(state, units={**state.units, event.unit: event})
        case UnitRenamed() as event:
            return replace(state, names=(*state.names, event))
        case UnitSucceeded() as event:
            return replace(state, successions=(*state.successions, event))
        case PersonRegistered() as event:
            return replace(state, people={**state.people, event.person: event})
        case PersonChanged() as event:
            known = replace(state.people[event.person], name=event.name, contact=event.contact, language=event.language)
            return replace(state, people={**state.people, event.person: known})
        case AccountClosed() as event:
            return replace(state, closed={**state.closed, event.person: event.valid_from})
        case RoleProposed() | SettingProposed() as event:
            return replace(state, proposed={**state.proposed, event.proposal: (event, fact.by.id)})
        case RoleConfirmed() as event:
            others = tuple(grant for grant in state.grants if _key(grant) != _key(event.grant))
            return replace(state, grants=(*others, event.grant))
        case SettingConfirmed() as event:
            return replace(state, settings={**state.settings, event.setting.key: event.setting})
        case RoleProposalWithdrawn() | SettingProposalWithdrawn() as event:
            return replace(state, withdrawn=state.withdrawn | {event.proposal})
        case SubstituteAppointed() as event:
            return replace(state, substitutions={**state.substitutions, event.substitution: event})
        case SubstitutionEnded() as event:
            ended = replace(state.substitutions[event.substitution], valid_to=event.valid_to)
            return replace(state, substitutions={**state.substitutions, event.substitution: ended})
        case AgreementInForce() as event:
            since = {**state.in_force_since, event.version: fact.at}
            positions = {**state.in_force_positions, event.version: fact.position}
            return replace(state, versions=(*state.versions, event), in_force_since=since, in_force_positions=positions)
        case _:
            return state


def _key(grant: Grant) -> tuple[object, ...]:
    return (grant.person, grant.role, grant.unit, grant.valid_from)


FOLD = Fold(ORGANISATION, Organisation, evolve)


def proposal_digest(proposed: Event) -> Digest:
    """What a confirmation binds to: the whole proposal."""
    return digest_of(to_json(proposed))


def known_unit(state: Organisation, unit: UnitId, field_name: str = "unit") -> None:
    """Refuse a unit that nobody registered."""
    if unit not in state.units:
        raise Refused(
            "unknown-unit", f"There is no unit {unit!r}.", field=field_name, mend="Take a unit of the organisation."
        )


def known_person(state: Organisation, person: PersonId, field_name: str = "person") -> None:
    """Refuse a person that nobody registered."""
    if person not in state.people:
        raise Refused(
            "unknown-person", f"There is no person {person!r}.", field=field_name, mend="Register the person first."
        )


def version_in_force(state: Organisation, year: int) -> VersionId:
    """The version that binds a year, or a refusal."""
    found = state.version_for(year)
    if found is None:
        raise Refused(
            "no-version-in-force",
            f"No version of the agreement in force binds {year}.",
            rule="R2",
            mend="The agreement counts when all its slots are signed.",
        )
    return found.version
