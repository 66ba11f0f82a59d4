"""What two people do together: one proposes, another confirms exactly that; ids and dates as both need them."""

import re

from domain.authority import four_eyes
from domain.errors import Refused
from domain.events.event import Event
from domain.events.organisation import (
    RoleProposed,
    SettingProposed,
)
from domain.organisation import FOLD, proposal_digest
from domain.values import Date, Digest, PersonId
from domain.view import Act, View

SLUG = re.compile(r"[a-z0-9][a-z0-9.-]{0,79}")


def proposed_already(view: View, event: RoleProposed | SettingProposed) -> bool:
    """Whether exactly this is proposed already. Errors: `proposal-exists`."""
    present = view.get(FOLD).proposed.get(event.proposal)
    if present is None:
        return False
    if present[0] == event:
        return True
    raise Refused(
        "proposal-exists", f"There is a proposal {event.proposal!r} already.", field="proposal", mend="Take another id."
    )


def proposal_made(view: View, proposal: str) -> tuple[RoleProposed | SettingProposed, PersonId]:
    """What was proposed, and by whom. Errors: `unknown-proposal`."""
    found = view.get(FOLD).proposed.get(proposal)
    if found is None:
        raise Refused("unknown-proposal", f"There is no proposal {proposal!r}.", field="proposal")
    return found


def still_open(view: View, proposal: str) -> None:
    """Refuse a proposal that was withdrawn."""
    if proposal in view.get(FOLD).withdrawn:
        raise Refused("proposal-withdrawn", f"The proposal {proposal!r} was withdrawn.", field="proposal")


def confirms(act: Act, digest: Digest, proposed: Event, proposer: PersonId, rule: str = "C14") -> None:
    """Refuse a confirmation by the proposer, or of something else than was proposed (R16)."""
    four_eyes(act, {proposer}, "confirm", rule=rule)
    if digest != proposal_digest(proposed):
        raise Refused(
            "proposal-changed", "This isn't what was proposed.", field="digest", rule="R16", mend="Read it again."
        )


def sound_id(text: str, field: str) -> None:
    """Refuse an id that is no slug."""
    if SLUG.fullmatch(text) is None:
        raise Refused(
            "malformed-id",
            f"{text!r} is no id.",
            field=field,
            mend="Lower-case letters, digits, dot and hyphen, at most 80.",
        )


def in_order(first: Date, last: Date | None, field: str) -> None:
    """Refuse dates in the wrong order."""
    if last is not None and last < first:
        raise Refused("dates-reversed", f"It would end on {last}, before it begins on {first}.", field=field)
