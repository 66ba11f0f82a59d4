"""What happens to a subject outside the rounds: a late completion, its links to measures of the RRF. State, evolve.

The commands stand in late_completion.py and rrf.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from domain.events.rrf import ItemLinkedToMeasure, VerificationSummaryRecorded
from domain.events.subject import LateCompletionRecorded, LateCompletionReturned, LateCompletionSignedOff
from domain.values import PersonId
from domain.view import Fact, Fold


class Stage(StrEnum):
    """Where a late completion stands."""

    ABSENT = "absent"
    RECORDED = "recorded"
    RETURNED = "returned"
    SIGNED_OFF = "signed-off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What happened to a subject outside the rounds: `links` by measure, `summaries` by measure and year."""

    late: Stage = Stage.ABSENT
    recorded: LateCompletionRecorded | None = None
    preparers: frozenset[PersonId] = frozenset()
    returned: LateCompletionReturned | None = None
    links: Mapping[str, ItemLinkedToMeasure] = field(default_factory=dict)
    summaries: Mapping[tuple[str, int], VerificationSummaryRecorded] = field(default_factory=dict)


def evolve(state: Subject, fact: Fact) -> Subject:
    """The subject one event later."""
    match fact.event:
        case LateCompletionRecorded() as event:
            return replace(state, late=Stage.RECORDED, recorded=event, preparers=state.preparers | fact.by.involved)
        case LateCompletionReturned() as event:
            return replace(state, late=Stage.RETURNED, returned=event)
        case LateCompletionSignedOff():
            return replace(state, late=Stage.SIGNED_OFF)
        case ItemLinkedToMeasure() as event:
            return replace(state, links={**state.links, event.measure: event})
        case VerificationSummaryRecorded() as event:
            return replace(state, summaries={**state.summaries, (event.measure, event.year): event})
        case _:
            return state


FOLD = Fold("subject/{}", Subject, evolve)
