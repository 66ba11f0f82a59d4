"""What an update of the agreement removes from a round that is under way: withdrawn, neither deleted nor red (case 8).

An update is a later version in force that binds the same year. The round keeps its scope and the version that it was
opened under (case 9); only what the update no longer has of that scope leaves it.
"""

from dataclasses import dataclass

from domain.agreement import FOLD as AGREEMENT
from domain.authority import require_system
from domain.calendar import day_of
from domain.deviation import FOLD as DEVIATION
from domain.deviation import after_withdrawal
from domain.errors import superseded
from domain.events.event import Event
from domain.events.item import ItemWithdrawn
from domain.item import FOLD as ITEM
from domain.item import Stage
from domain.organisation import FOLD as ORGANISATION
from domain.round import FOLD as ROUND
from domain.round import parse_round
from domain.round_steps import scope_of
from domain.values import SubjectId, VersionId
from domain.view import Act, View


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawItems:
    """Withdraw what updates of the agreement removed from a round's scope: a step of the system."""

    round: str


def withdraw_items(view: View, act: Act, command: WithdrawItems) -> tuple[Event, ...]:
    """The items withdrawn, and that the deviations open on them may be closed. Errors: `system-only`, `superseded`."""
    require_system(act, "withdraw-items")
    if not _removed(view, command.round):
        raise superseded("the version in force has all of the scope")
    year, _ = parse_round(command.round)
    owed = withdrawals(view, command.round)
    view.get_all(DEVIATION, [(year, each.subject) for each in owed])
    return (*owed, *(event for each in owed for event in after_withdrawal(view, year, each)))


def withdrawals(view: View, round_id: str) -> tuple[ItemWithdrawn, ...]:
    """The withdrawals that are owed in a round, delivered items and the milestones of a removed target among them.

    Each holds from the day on which the version that removed the subject came into force. What a still later version
    has again by then stays; what was withdrawn comes back with the next round's scope only.
    """
    removed = _removed(view, round_id)
    since = view.get(ORGANISATION).in_force_since
    items = view.get_all(ITEM, [(round_id, subject) for subject in removed])
    return tuple(
        ItemWithdrawn(
            round=round_id,
            subject=subject,
            revision=item.revision,
            version=version,
            valid_from=day_of(since[version]),
        )
        for (subject, version), item in zip(removed.items(), items, strict=True)
        if item.stage is not Stage.WITHDRAWN
    )


def _removed(view: View, round_id: str) -> dict[SubjectId, VersionId]:
    """What the present version doesn't have of a round's scope, and the version from which on it is missing."""
    state, organisation = view.get(ROUND, round_id), view.get(ORGANISATION)
    removed: dict[SubjectId, VersionId] = {}
    if state.opened is None:
        return removed
    year, kind, day = state.opened.year, state.opened.kind, day_of(state.opened.opens)
    for version in organisation.updates(year, state.opened.version):
        items, _ = scope_of(view.get(AGREEMENT, version), organisation, year, kind, day)
        agreed = {each.subject for each in items}
        removed = {subject: removed.get(subject, version) for subject in state.scope if subject not in agreed}
    return removed
