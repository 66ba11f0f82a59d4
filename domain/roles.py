"""Roles: proposed by one, confirmed by another, never to oneself (C14)."""

from dataclasses import dataclass

from domain.authority import UNIT_ROLES, conflicting, require
from domain.calendar import day_of
from domain.errors import Refused
from domain.events.event import Event
from domain.events.organisation import (
    Grant,
    RoleConfirmed,
    RoleProposalWithdrawn,
    RoleProposed,
)
from domain.organisation import FOLD, known_person, known_unit
from domain.proposal import confirms, in_order, proposal_made, proposed_already, sound_id, still_open
from domain.values import (
    Digest,
    Id,
)
from domain.view import Act, View


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeRole:
    """Propose a role, or with `valid_to` its end; another person confirms it."""

    proposal: Id
    grant: Grant


def propose_role(view: View, act: Act, command: ProposeRole) -> tuple[Event, ...]:
    """Errors: `unknown-person`, `unknown-unit`, `unit-missing`, `unit-not-wanted`, `dates-reversed`,
    `proposal-exists`, `backdated`.
    """
    require(view, act, "propose-role")
    organisation, grant = view.get(FOLD), command.grant
    event = RoleProposed(proposal=command.proposal, grant=grant)
    if proposed_already(view, event):
        return ()
    sound_id(command.proposal, "proposal")
    known_person(organisation, grant.person, "grant.person")
    if grant.role in UNIT_ROLES:
        if grant.unit is None:
            raise Refused("unit-missing", f"The role {grant.role} is held in a unit.", field="grant.unit")
        known_unit(organisation, grant.unit, "grant.unit")
    elif grant.unit is not None:
        raise Refused(
            "unit-not-wanted", f"The role {grant.role} has no unit.", field="grant.unit", mend="Leave it out."
        )
    in_order(grant.valid_from, grant.valid_to, "grant.valid_to")
    if grant.valid_to is not None and grant.valid_to < day_of(act.at):
        raise Refused(
            "backdated",
            "A role can't end before today: what was done in it would lose its ground.",
            field="grant.valid_to",
            rule="C03",
        )
    return (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmRole:
    """The second person confirms exactly what was proposed."""

    proposal: Id
    digest: Digest


def confirm_role(view: View, act: Act, command: ConfirmRole) -> tuple[Event, ...]:
    """Errors: `unknown-proposal`, `proposal-changed`, `own-work`, `own-role`, `incompatible-roles`."""
    require(view, act, "confirm-role")
    organisation = view.get(FOLD)
    proposed, proposer = proposal_made(view, command.proposal)
    if not isinstance(proposed, RoleProposed):
        raise Refused("unknown-proposal", f"There is no proposed role {command.proposal!r}.", field="proposal")
    grant = proposed.grant
    if grant in organisation.grants:
        return ()
    still_open(view, command.proposal)
    confirms(act, command.digest, proposed, proposer)
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

    proposal: Id


def withdraw_role_proposal(view: View, act: Act, command: WithdrawRoleProposal) -> tuple[Event, ...]:
    """Errors: `unknown-proposal`."""
    require(view, act, "propose-role")
    proposal_made(view, command.proposal)
    if command.proposal in view.get(FOLD).withdrawn:
        return ()
    return (RoleProposalWithdrawn(proposal=command.proposal),)
