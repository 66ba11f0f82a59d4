"""Commands on the organisation: open the ledger, units, people, roles by two, substitutes, settings by two."""

import json
import re
from dataclasses import dataclass

from domain.authority import ADMINISTRATOR, UNIT_ROLES, conflicting, four_eyes, require
from domain.calendar import ZONE, day_of
from domain.canonical import canonical
from domain.errors import Refused
from domain.events.event import Event
from domain.events.organisation import (
    AccountClosed,
    Grant,
    Handover,
    LedgerOpened,
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
from domain.organisation import FOLD, known_person, known_unit, proposal_digest
from domain.settings import SETTINGS
from domain.values import ActorKind, Date, Digest, PersonId, Role, Title, UnitId, Words
from domain.view import Act, View

SLUG = re.compile(r"[a-z0-9][a-z0-9.-]{0,79}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person as an administrator registers one. `login` is canonical JSON of {issuer, subject}."""

    person: PersonId
    name: Words
    contact: Words
    login: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLedger:
    """The operator opens a ledger with its first two administrators; their roles are confirmed by this act."""

    ledger: str
    agency: str
    demo: bool
    administrators: tuple[Person, ...]


def open_ledger(view: View, act: Act, command: OpenLedger) -> tuple[Event, ...]:
    """Errors: `operator-only`, `two-administrators`."""
    organisation = view.get(FOLD)
    if act.by.kind is not ActorKind.OPERATOR:
        raise Refused("operator-only", "Only the operator opens a ledger.")
    if organisation.opened is not None:
        return ()
    if len({each.person for each in command.administrators}) < 2:
        raise Refused(
            "two-administrators", "A ledger opens with two administrators.", field="administrators", rule="C14"
        )
    events: list[Event] = [LedgerOpened(ledger=command.ledger, agency=command.agency, demo=command.demo, zone=ZONE)]
    for each in command.administrators:
        events.append(PersonRegistered(person=each.person, name=each.name, contact=each.contact, login=each.login))
    for number, each in enumerate(command.administrators, 1):
        grant = Grant(person=each.person, role=ADMINISTRATOR, unit=None, valid_from=day_of(act.at), valid_to=None)
        proposed = RoleProposed(proposal=f"opening-{number}", grant=grant)
        events.append(RoleConfirmed(proposal=proposed.proposal, digest=proposal_digest(proposed), grant=grant))
    return tuple(events)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterUnit:
    """Add a unit from a date on."""

    unit: UnitId
    name: Title
    valid_from: Date


def register_unit(view: View, act: Act, command: RegisterUnit) -> tuple[Event, ...]:
    """Errors: `unit-exists`, `malformed-id`."""
    require(view, act, "change-organisation")
    _slug(command.unit, "unit")
    event = UnitRegistered(unit=command.unit, name=command.name, valid_from=command.valid_from)
    present = view.get(FOLD).units.get(command.unit)
    if present == event:
        return ()
    if present is not None:
        raise Refused(
            "unit-exists",
            f"There is a unit {command.unit!r} already.",
            field="unit",
            mend="Rename it, or take another id.",
        )
    return (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameUnit:
    """Give a unit another name from a date on."""

    unit: UnitId
    name: Title
    valid_from: Date


def rename_unit(view: View, act: Act, command: RenameUnit) -> tuple[Event, ...]:
    """Errors: `unknown-unit`."""
    require(view, act, "change-organisation")
    organisation = view.get(FOLD)
    known_unit(organisation, command.unit)
    event = UnitRenamed(unit=command.unit, name=command.name, valid_from=command.valid_from)
    return () if event in organisation.names else (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class SucceedUnit:
    """Say which unit takes over a unit's tasks from a date on, and what becomes of periods that ended before (case 5)."""

    unit: UnitId
    successor: UnitId
    handover: Handover
    valid_from: Date


def succeed_unit(view: View, act: Act, command: SucceedUnit) -> tuple[Event, ...]:
    """Errors: `unknown-unit`, `unit-succeeds-itself`."""
    require(view, act, "change-organisation")
    organisation = view.get(FOLD)
    known_unit(organisation, command.unit)
    known_unit(organisation, command.successor, "successor")
    if command.unit == command.successor:
        raise Refused("unit-succeeds-itself", "A unit can't succeed itself.", field="successor")
    event = UnitSucceeded(
        unit=command.unit, successor=command.successor, handover=command.handover, valid_from=command.valid_from
    )
    return () if event in organisation.successions else (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterPerson:
    """Add a person who may be given roles."""

    person: PersonId
    name: Words
    contact: Words
    login: Words


def register_person(view: View, act: Act, command: RegisterPerson) -> tuple[Event, ...]:
    """Errors: `person-exists`, `malformed-id`."""
    require(view, act, "change-organisation")
    _slug(command.person, "person")
    event = PersonRegistered(person=command.person, name=command.name, contact=command.contact, login=command.login)
    present = view.get(FOLD).people.get(command.person)
    if present == event:
        return ()
    if present is not None:
        raise Refused(
            "person-exists", f"There is a person {command.person!r} already.", field="person", mend="Take another id."
        )
    return (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseAccount:
    """A person leaves; their account is closed from a date on (case 7)."""

    person: PersonId
    valid_from: Date


def close_account(view: View, act: Act, command: CloseAccount) -> tuple[Event, ...]:
    """Errors: `unknown-person`."""
    require(view, act, "change-organisation")
    organisation = view.get(FOLD)
    known_person(organisation, command.person)
    if organisation.closed.get(command.person) == command.valid_from:
        return ()
    return (AccountClosed(person=command.person, valid_from=command.valid_from),)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeRole:
    """Propose a role, or with `valid_to` its end; another person confirms it."""

    proposal: str
    grant: Grant


def propose_role(view: View, act: Act, command: ProposeRole) -> tuple[Event, ...]:
    """Errors: `unknown-person`, `unknown-unit`, `unit-missing`, `unit-not-wanted`, `dates-reversed`, `proposal-exists`."""
    require(view, act, "propose-role")
    organisation, grant = view.get(FOLD), command.grant
    event = RoleProposed(proposal=command.proposal, grant=grant)
    if _proposed_already(view, event):
        return ()
    _slug(command.proposal, "proposal")
    known_person(organisation, grant.person, "grant.person")
    if grant.role in UNIT_ROLES:
        if grant.unit is None:
            raise Refused("unit-missing", f"The role {grant.role} is held in a unit.", field="grant.unit")
        known_unit(organisation, grant.unit, "grant.unit")
    elif grant.unit is not None:
        raise Refused(
            "unit-not-wanted", f"The role {grant.role} has no unit.", field="grant.unit", mend="Leave it out."
        )
    _dates(grant.valid_from, grant.valid_to, "grant.valid_to")
    return (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmRole:
    """The second person confirms exactly what was proposed."""

    proposal: str
    digest: Digest


def confirm_role(view: View, act: Act, command: ConfirmRole) -> tuple[Event, ...]:
    """Errors: `unknown-proposal`, `proposal-changed`, `own-work`, `own-role`, `incompatible-roles`."""
    require(view, act, "confirm-role")
    organisation = view.get(FOLD)
    proposed, proposer = _proposal(view, command.proposal)
    if not isinstance(proposed, RoleProposed):
        raise Refused("unknown-proposal", f"There is no proposed role {command.proposal!r}.", field="proposal")
    grant = proposed.grant
    if grant in organisation.grants:
        return ()
    _open(view, command.proposal)
    _confirms(act, command.digest, proposed, proposer)
    if act.by.id == grant.person:
        raise Refused("own-role", "Nobody grants a role to themselves.", rule="C14")
    clash = conflicting(organisation, grant.person, grant.role, grant.valid_from, grant.valid_to)
    if clash is not None:
        raise Refused(
            "incompatible-roles",
            f"{grant.person} is {clash} in that time, which can't go together with {grant.role}.",
            field="grant.role",
            rule="C14",
            mend="End the other role first.",
        )
    return (RoleConfirmed(proposal=command.proposal, digest=command.digest, grant=grant),)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawRoleProposal:
    """Take a proposed role off the table."""

    proposal: str


def withdraw_role_proposal(view: View, act: Act, command: WithdrawRoleProposal) -> tuple[Event, ...]:
    """Errors: `unknown-proposal`."""
    require(view, act, "propose-role")
    _proposal(view, command.proposal)
    if command.proposal in view.get(FOLD).withdrawn:
        return ()
    return (RoleProposalWithdrawn(proposal=command.proposal),)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointSubstitute:
    """Let somebody act for the principal: dates inclusive, roles and unit as scope, the basis in words (case 6)."""

    substitution: str
    principal: PersonId
    substitute: PersonId
    roles: tuple[Role, ...]
    unit: UnitId | None
    valid_from: Date
    valid_to: Date
    basis: Words


def appoint_substitute(view: View, act: Act, command: AppointSubstitute) -> tuple[Event, ...]:
    """Errors: `not-permitted`, `backdated`, `dates-reversed`, `own-substitute`, `not-the-principals-role`, `no-chains`."""
    role = require(view, act, "appoint-substitute")
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
    _slug(command.substitution, "substitution")
    known_person(organisation, command.principal, "principal")
    known_person(organisation, command.substitute, "substitute")
    if command.principal == command.substitute:
        raise Refused("own-substitute", "Nobody is their own substitute.", field="substitute", rule="case 6")
    if act.by.id != command.principal and role is not Role.HEAD and Role.HEAD not in _roles(view, act):
        raise Refused(
            "not-permitted", "One appoints substitutes for one's own rights; the head may for any.", field="principal"
        )
    if command.valid_from < day_of(act.at):
        raise Refused("backdated", "A substitution can't begin before today.", field="valid_from", rule="case 6")
    _dates(command.valid_from, command.valid_to, "valid_to")
    if not command.roles:
        raise Refused("scope-missing", "A substitution names the roles that it covers.", field="roles", rule="case 6")
    for wanted in command.roles:
        if not any(
            grant.person == command.principal
            and grant.role is wanted
            and (command.unit is None or grant.unit in (None, command.unit))
            and (grant.valid_to is None or grant.valid_to >= command.valid_from)
            for grant in organisation.grants
        ):
            raise Refused(
                "not-the-principals-role",
                f"{command.principal} isn't {wanted} in that time; a substitute's right can't be passed on.",
                field="roles",
                rule="case 6",
            )
    return (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSubstitution:
    """End a substitution early; `valid_to` is its last day, today or later."""

    substitution: str
    valid_to: Date


def end_substitution(view: View, act: Act, command: EndSubstitution) -> tuple[Event, ...]:
    """Errors: `unknown-substitution`, `backdated`, `not-permitted`."""
    require(view, act, "appoint-substitute")
    present = view.get(FOLD).substitutions.get(command.substitution)
    if present is None:
        raise Refused(
            "unknown-substitution", f"There is no substitution {command.substitution!r}.", field="substitution"
        )
    if present.valid_to == command.valid_to:
        return ()
    if act.by.id != present.principal and Role.HEAD not in _roles(view, act):
        raise Refused("not-permitted", "Its principal or the head ends a substitution.", field="substitution")
    yesterday_or_before = command.valid_to < day_of(act.at)
    if yesterday_or_before:
        raise Refused("backdated", "A substitution can't end before today.", field="valid_to", rule="case 6")
    return (SubstitutionEnded(substitution=command.substitution, valid_to=command.valid_to),)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeSetting:
    """Propose another value for a setting, with its source; the head confirms it."""

    proposal: str
    setting: Setting


def propose_setting(view: View, act: Act, command: ProposeSetting) -> tuple[Event, ...]:
    """Errors: `unknown-setting`, `malformed-setting`, `proposal-exists`."""
    require(view, act, "propose-setting")
    event = SettingProposed(proposal=command.proposal, setting=command.setting)
    if _proposed_already(view, event):
        return ()
    _slug(command.proposal, "proposal")
    known = SETTINGS.get(command.setting.key)
    if known is None:
        raise Refused("unknown-setting", f"There is no setting {command.setting.key!r}.", field="setting.key")
    try:
        value = json.loads(command.setting.value)
        sound = canonical(value).decode() == command.setting.value and known.accepts(value)
    except ValueError:
        sound = False
    if not sound:
        raise Refused("malformed-setting", f"{command.setting.key} takes {known.takes}.", field="setting.value")
    return (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmSetting:
    """The head confirms exactly what was proposed."""

    proposal: str
    digest: Digest


def confirm_setting(view: View, act: Act, command: ConfirmSetting) -> tuple[Event, ...]:
    """Errors: `unknown-proposal`, `proposal-changed`, `own-work`."""
    require(view, act, "confirm-setting")
    proposed, proposer = _proposal(view, command.proposal)
    if not isinstance(proposed, SettingProposed):
        raise Refused("unknown-proposal", f"There is no proposed setting {command.proposal!r}.", field="proposal")
    if view.get(FOLD).settings.get(proposed.setting.key) == proposed.setting:
        return ()
    _open(view, command.proposal)
    _confirms(act, command.digest, proposed, proposer)
    return (SettingConfirmed(proposal=command.proposal, digest=command.digest, setting=proposed.setting),)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawSettingProposal:
    """Take a proposed setting off the table."""

    proposal: str


def withdraw_setting_proposal(view: View, act: Act, command: WithdrawSettingProposal) -> tuple[Event, ...]:
    """Errors: `unknown-proposal`."""
    require(view, act, "propose-setting")
    _proposal(view, command.proposal)
    if command.proposal in view.get(FOLD).withdrawn:
        return ()
    return (SettingProposalWithdrawn(proposal=command.proposal),)


def _proposed_already(view: View, event: RoleProposed | SettingProposed) -> bool:
    present = view.get(FOLD).proposed.get(event.proposal)
    if present is None:
        return False
    if present[0] == event:
        return True
    raise Refused(
        "proposal-exists", f"There is a proposal {event.proposal!r} already.", field="proposal", mend="Take another id."
    )


def _proposal(view: View, proposal: str) -> tuple[RoleProposed | SettingProposed, PersonId]:
    found = view.get(FOLD).proposed.get(proposal)
    if found is None:
        raise Refused("unknown-proposal", f"There is no proposal {proposal!r}.", field="proposal")
    return found


def _open(view: View, proposal: str) -> None:
    if proposal in view.get(FOLD).withdrawn:
        raise Refused("proposal-withdrawn", f"The proposal {proposal!r} was withdrawn.", field="proposal")


def _confirms(act: Act, digest: Digest, proposed: Event, proposer: PersonId) -> None:
    four_eyes(act, {proposer}, "confirm", rule="C14")
    if digest != proposal_digest(proposed):
        raise Refused(
            "proposal-changed", "This isn't what was proposed.", field="digest", rule="R16", mend="Read it again."
        )


def _roles(view: View, act: Act) -> set[Role]:
    day, organisation = day_of(act.at), view.get(FOLD)
    return {grant.role for grant in organisation.grants if grant.person == act.by.id and organisation.holds(grant, day)}


def _slug(text: str, field: str) -> None:
    if SLUG.fullmatch(text) is None:
        raise Refused(
            "malformed-id",
            f"{text!r} is no id.",
            field=field,
            mend="Lower-case letters, digits, dot and hyphen, at most 80.",
        )


def _dates(first: Date, last: Date | None, field: str) -> None:
    if last is not None and last < first:
        raise Refused("dates-reversed", f"It would end on {last}, before it begins on {first}.", field=field)
