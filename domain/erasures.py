"""One erasure: proposed, then confirmed or withdrawn (case 20). State, evolve; the commands stand in erasure.py."""

from dataclasses import dataclass, replace

from domain.events.erasure import ErasureConfirmed, ErasureProposalWithdrawn, ErasureProposed
from domain.values import PersonId
from domain.view import Fact, Fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What is to be erased, who proposed it, and what became of it."""

    proposed: ErasureProposed | None = None
    proposer: PersonId | None = None
    confirmed: ErasureConfirmed | None = None
    withdrawn: bool = False


def evolve(state: Erasure, fact: Fact) -> Erasure:
    """The erasure one event later."""
    match fact.event:
        case ErasureProposed() as event:
            return replace(state, proposed=event, proposer=fact.by.id)
        case ErasureConfirmed() as event:
            return replace(state, confirmed=event)
        case ErasureProposalWithdrawn():
            return replace(state, withdrawn=True)
        case _:
            return state


FOLD = Fold("erasure/{}", Erasure, evolve)
