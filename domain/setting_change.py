"""Changing a setting: proposed by a coordinator, confirmed by the head (C15)."""

import json
from dataclasses import dataclass

from domain.authority import require
from domain.canonical import canonical
from domain.errors import Refused
from domain.events.event import Event
from domain.events.organisation import (
    Setting,
    SettingConfirmed,
    SettingProposalWithdrawn,
    SettingProposed,
)
from domain.organisation import FOLD
from domain.proposal import confirms, proposal_made, proposed_already, sound_id, still_open
from domain.settings import SETTINGS
from domain.values import (
    Digest,
    Id,
)
from domain.view import Act, View


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeSetting:
    """Propose another value for a setting, with its source; the head confirms it."""

    proposal: Id
    setting: Setting


def propose_setting(view: View, act: Act, command: ProposeSetting) -> tuple[Event, ...]:
    """Errors: `unknown-setting`, `malformed-setting`, `proposal-exists`."""
    require(view, act, "propose-setting")
    event = SettingProposed(proposal=command.proposal, setting=command.setting)
    if proposed_already(view, event):
        return ()
    sound_id(command.proposal, "proposal")
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

    proposal: Id
    digest: Digest


def confirm_setting(view: View, act: Act, command: ConfirmSetting) -> tuple[Event, ...]:
    """Errors: `unknown-proposal`, `proposal-changed`, `own-work`."""
    require(view, act, "confirm-setting")
    proposed, proposer = proposal_made(view, command.proposal)
    if not isinstance(proposed, SettingProposed):
        raise Refused("unknown-proposal", f"There is no proposed setting {command.proposal!r}.", field="proposal")
    if view.get(FOLD).settings.get(proposed.setting.key) == proposed.setting:
        return ()
    still_open(view, command.proposal)
    confirms(act, command.digest, proposed, proposer)
    return (SettingConfirmed(proposal=command.proposal, digest=command.digest, setting=proposed.setting),)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawSettingProposal:
    """Take a proposed setting off the table."""

    proposal: Id


def withdraw_setting_proposal(view: View, act: Act, command: WithdrawSettingProposal) -> tuple[Event, ...]:
    """Errors: `unknown-proposal`."""
    require(view, act, "propose-setting")
    proposal_made(view, command.proposal)
    if command.proposal in view.get(FOLD).withdrawn:
        return ()
    return (SettingProposalWithdrawn(proposal=command.proposal),)
