"""Legal holds: what must not be erased, whatever its retention; proposed by one, confirmed by another (case 20, C11).

Commands, state, evolve, decide. All holds stand in one stream, which every erasure reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from domain.authority import require
from domain.errors import Refused
from domain.events.erasure import (
    HOLDS,
    LegalHoldConfirmed,
    LegalHoldLifted,
    LegalHoldLiftProposalWithdrawn,
    LegalHoldLiftProposed,
    LegalHoldProposalWithdrawn,
    LegalHoldProposed,
)
from domain.events.event import Event
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import known_person
from domain.proposal import confirms, sound_id
from domain.values import Digest, Id, PersonId, SubjectId, Words
from domain.view import Act, Fact, Fold, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A hold. `lift` is a proposal to lift it that waits for the head; `unlifted`: the last one was withdrawn."""

    proposed: LegalHoldProposed
    proposer: PersonId
    withdrawn: bool = False
    confirmed: LegalHoldConfirmed | None = None
    lift: tuple[LegalHoldLiftProposed, PersonId] | None = None
    unlifted: bool = False
    lifted: LegalHoldLifted | None = None

    @property
    def in_force(self) -> bool:
        """Whether it stands in the way of an erasure."""
        return self.confirmed is not None and self.lifted is None


Holds = Mapping[str, Hold]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """All holds of a ledger, by their ids."""

    holds: Holds = field(default_factory=dict)

    def against(self, subjects: frozenset[SubjectId], people: frozenset[PersonId], *, by_any: bool) -> tuple[str, ...]:
        """The holds in force that stand in the way of erasing words of these; `by_any`: each one does."""
        return tuple(
            key
            for key, each in self.holds.items()
            if each.in_force
            and (
                by_any
                or not (each.proposed.subjects or each.proposed.people)
                or subjects & set(each.proposed.subjects)
                or people & set(each.proposed.people)
            )
        )


def evolve(state: Held, fact: Fact) -> Held:
    """The holds one event later."""
    match fact.event:
        case LegalHoldProposed() as event:
            hold = Hold(proposed=event, proposer=fact.by.id)
        case LegalHoldProposalWithdrawn() as event:
            hold = replace(state.holds[event.hold], withdrawn=True)
        case LegalHoldConfirmed() as event:
            hold = replace(state.holds[event.hold], confirmed=event)
        case LegalHoldLiftProposed() as event:
            hold = replace(state.holds[event.hold], lift=(event, fact.by.id), unlifted=False)
        case LegalHoldLiftProposalWithdrawn() as event:
            hold = replace(state.holds[event.hold], lift=None, unlifted=True)
        case LegalHoldLifted() as event:
            hold = replace(state.holds[event.hold], lifted=event)
        case _:
            return state
    return Held(holds={**state.holds, event.hold: hold})


FOLD = Fold(HOLDS, Held, evolve)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeLegalHold:
    """Propose that nothing of some subjects and people is erased; none named: nothing of the whole ledger."""

    hold: Id
    subjects: tuple[SubjectId, ...]
    people: tuple[PersonId, ...]
    reason: Words
    authority: Words


def propose_legal_hold(view: View, act: Act, command: ProposeLegalHold) -> tuple[Event, ...]:
    """Errors: `malformed-id`, `proposal-exists`, `unknown-person`."""
    require(view, act, "propose-legal-hold")
    sound_id(command.hold, "hold")
    event = LegalHoldProposed(
        hold=command.hold,
        subjects=command.subjects,
        people=command.people,
        reason=command.reason,
        authority=command.authority,
    )
    present = view.get(FOLD).holds.get(command.hold)
    if present is not None and present.proposed == event:
        return ()
    if present is not None:
        raise Refused(
            "proposal-exists", f"There is a hold {command.hold!r} already.", field="hold", mend="Take another id."
        )
    for person in command.people:
        known_person(view.get(ORGANISATION), person, "people")
    return (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmLegalHold:
    """The head confirms exactly what was proposed; from now on the hold stands in the way of every erasure."""

    hold: Id
    digest: Digest


def confirm_legal_hold(view: View, act: Act, command: ConfirmLegalHold) -> tuple[Event, ...]:
    """Errors: `unknown-hold`, `proposal-withdrawn`, `proposal-changed`, `own-work`."""
    require(view, act, "confirm-legal-hold")
    hold = _hold(view, command.hold)
    if hold.confirmed is not None and hold.confirmed.digest == command.digest:
        return ()
    if hold.withdrawn:
        raise Refused("proposal-withdrawn", f"The hold {command.hold!r} was withdrawn.", field="hold")
    confirms(act, command.digest, hold.proposed, hold.proposer, rule="C11")
    confirmed = LegalHoldConfirmed(
        hold=command.hold, digest=command.digest, subjects=hold.proposed.subjects, people=hold.proposed.people
    )
    return (confirmed,)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawLegalHoldProposal:
    """Take a hold that nobody confirmed off the table."""

    hold: Id


def withdraw_legal_hold_proposal(view: View, act: Act, command: WithdrawLegalHoldProposal) -> tuple[Event, ...]:
    """Errors: `unknown-hold`, `already-decided`."""
    require(view, act, "propose-legal-hold")
    hold = _hold(view, command.hold)
    if hold.withdrawn:
        return ()
    if hold.confirmed is not None:
        raise Refused("already-decided", "The hold is confirmed.", field="hold", mend="Propose to lift it.")
    return (LegalHoldProposalWithdrawn(hold=command.hold),)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeLegalHoldLift:
    """Propose that a hold in force ends."""

    hold: Id
    reason: Words
    authority: Words


def propose_legal_hold_lift(view: View, act: Act, command: ProposeLegalHoldLift) -> tuple[Event, ...]:
    """Errors: `unknown-hold`, `not-held`, `proposal-exists`."""
    require(view, act, "propose-legal-hold")
    hold = _hold(view, command.hold)
    event = LegalHoldLiftProposed(hold=command.hold, reason=command.reason, authority=command.authority)
    if hold.lift is not None and hold.lift[0] == event:
        return ()
    if not hold.in_force:
        raise Refused("not-held", f"The hold {command.hold!r} isn't in force.", field="hold")
    if hold.lift is not None:
        raise Refused("proposal-exists", "Its lift is proposed already.", field="hold", mend="Withdraw that first.")
    return (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmLegalHoldLift:
    """The head confirms the lift; the hold is over."""

    hold: Id
    digest: Digest


def confirm_legal_hold_lift(view: View, act: Act, command: ConfirmLegalHoldLift) -> tuple[Event, ...]:
    """Errors: `unknown-hold`, `unknown-proposal`, `proposal-changed`, `own-work`."""
    require(view, act, "confirm-legal-hold")
    hold = _hold(view, command.hold)
    if hold.lifted is not None and hold.lifted.digest == command.digest:
        return ()
    if hold.lift is None or hold.lifted is not None:
        raise Refused("unknown-proposal", "Nobody proposes to lift this hold.", field="hold")
    confirms(act, command.digest, *hold.lift, rule="C11")
    return (LegalHoldLifted(hold=command.hold, digest=command.digest),)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawLegalHoldLift:
    """Let a hold stand: take its lift, which nobody confirmed, off the table."""

    hold: Id


def withdraw_legal_hold_lift(view: View, act: Act, command: WithdrawLegalHoldLift) -> tuple[Event, ...]:
    """Errors: `unknown-hold`, `unknown-proposal`."""
    require(view, act, "propose-legal-hold")
    hold = _hold(view, command.hold)
    if hold.unlifted:
        return ()
    if hold.lift is None or hold.lifted is not None:
        raise Refused("unknown-proposal", "Nobody proposes to lift this hold.", field="hold")
    return (LegalHoldLiftProposalWithdrawn(hold=command.hold),)


def _hold(view: View, hold: str) -> Hold:
    found = view.get(FOLD).holds.get(hold)
    if found is None:
        raise Refused("unknown-hold", f"There is no hold {hold!r}.", field="hold")
    return found
