"""Erasing what words and files stand for: proposed by an administrator, confirmed by the head (case 20, C11).

The events stay, and every proof with them; only the disclosures go. A hold or a retention stands in the way.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from domain.authority import require
from domain.calendar import day_of
from domain.erasures import FOLD
from domain.errors import Refused
from domain.events.erasure import (
    DisclosuresErased,
    ErasureConfirmed,
    ErasureProposalWithdrawn,
    ErasureProposed,
    Place,
)
from domain.events.event import Event
from domain.hold import FOLD as HOLDS
from domain.measure import FOLD as MEASURE
from domain.proposal import confirms, sound_id
from domain.streams import concern, fold_of
from domain.subject import FOLD as SUBJECT
from domain.values import Digest, Id, Words
from domain.view import Act, Fold, NotLoaded, View


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeErasure:
    """Propose to erase disclosures: their commitments, by the streams whose events name them, all of them."""

    erasure: Id
    places: tuple[Place, ...]
    reason: Words
    authority: Words


def propose_erasure(view: View, act: Act, command: ProposeErasure) -> tuple[Event, ...]:
    """Errors: `malformed-id`, `proposal-exists`, `places-missing`, `places-doubled`, `unknown-stream`,
    `unknown-commitment`, `already-erased`, `under-legal-hold`, `under-retention`.
    """
    require(view, act, "propose-erasure")
    sound_id(command.erasure, "erasure")
    places = tuple(
        Place(of=each.of, commitments=tuple(sorted(set(each.commitments))))
        for each in sorted(command.places, key=lambda place: place.of)
    )
    event = ErasureProposed(erasure=command.erasure, places=places, reason=command.reason, authority=command.authority)
    present = view.get(FOLD, command.erasure)
    if present.proposed == event:
        return ()
    if present.proposed is not None:
        raise Refused(
            "proposal-exists",
            f"There is an erasure {command.erasure!r} already.",
            field="erasure",
            mend="Take another id.",
        )
    if not places or not all(each.commitments for each in places):
        raise Refused("places-missing", "Name what is to be erased, and where it stands.", field="places")
    if len({each.of for each in places}) != len(places):
        raise Refused("places-doubled", "Name each stream once.", field="places")
    _load(view, places)
    for place in places:
        _stands(view, place)
    _permitted(view, act, places)
    return (event,)


def _stands(view: View, place: Place) -> None:
    fold, ids = _fold(place)
    folded = view.folded(fold, *ids)
    wanted = set(place.commitments)
    if not wanted <= folded.disclosed:
        raise Refused(
            "unknown-commitment",
            f"{min(wanted - folded.disclosed)} doesn't stand in {place.of}.",
            field="places",
            rule="case 20",
        )
    if wanted & folded.erased:
        raise Refused("already-erased", f"{min(wanted & folded.erased)} is erased already.", field="places")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmErasure:
    """The head confirms exactly what was proposed: what the commitments stand for is gone, everywhere and for good."""

    erasure: Id
    digest: Digest


def confirm_erasure(view: View, act: Act, command: ConfirmErasure) -> tuple[Event, ...]:
    """Errors: `unknown-proposal`, `proposal-withdrawn`, `proposal-changed`, `own-work`, `already-decided`,
    `under-legal-hold`, `under-retention`.
    """
    require(view, act, "confirm-erasure")
    state = view.get(FOLD, command.erasure)
    if state.proposed is None or state.proposer is None:
        raise Refused("unknown-proposal", f"There is no erasure {command.erasure!r}.", field="erasure")
    if state.confirmed is not None and state.confirmed.digest == command.digest:
        return ()
    if state.withdrawn:
        raise Refused("proposal-withdrawn", f"The erasure {command.erasure!r} was withdrawn.", field="erasure")
    confirms(act, command.digest, state.proposed, state.proposer, rule="C11")
    places = state.proposed.places
    _load(view, places)
    _permitted(view, act, places)
    for place in places:
        fold, ids = _fold(place)
        view.get(fold, *ids)
    commitments = tuple(sorted({each for place in places for each in place.commitments}))
    return (
        ErasureConfirmed(erasure=command.erasure, digest=command.digest, commitments=commitments),
        *(DisclosuresErased(of=each.of, erasure=command.erasure, commitments=each.commitments) for each in places),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawErasureProposal:
    """Take an erasure that nobody confirmed off the table."""

    erasure: Id


def withdraw_erasure_proposal(view: View, act: Act, command: WithdrawErasureProposal) -> tuple[Event, ...]:
    """Errors: `unknown-proposal`, `already-decided`."""
    require(view, act, "propose-erasure")
    state = view.get(FOLD, command.erasure)
    if state.proposed is None:
        raise Refused("unknown-proposal", f"There is no erasure {command.erasure!r}.", field="erasure")
    if state.withdrawn:
        return ()
    if state.confirmed is not None:
        raise Refused("already-decided", "It is confirmed, and what it named is gone.", field="erasure")
    return (ErasureProposalWithdrawn(erasure=command.erasure),)


def _permitted(view: View, act: Act, places: Iterable[Place]) -> None:
    """Refuse what a hold in force or a retention keeps; a retention without a date has no end."""
    concerns = [concern(view, each.of, each.commitments) for each in places]
    subjects = frozenset(subject for each in concerns for subject in each.subjects)
    people = frozenset(person for each in concerns for person in each.people)
    holds = view.get(HOLDS).against(subjects, people, by_any=any(each.everything for each in concerns))
    if holds:
        raise Refused(
            "under-legal-hold",
            f"The hold {holds[0]} keeps this.",
            field="places",
            rule="case 20",
            mend="It can be erased once the hold is lifted.",
        )
    linked = view.get_all(SUBJECT, [(subject,) for subject in sorted(subjects)])
    measures = {measure for each in linked for measure in each.links}
    measures |= {measure for each in concerns for measure in each.measures}
    today = day_of(act.at)
    names = sorted(measures)
    for name, measure in zip(names, view.get_all(MEASURE, [(each,) for each in names]), strict=True):
        if measure.keeps(today):
            until = "until a date is recorded" if measure.retention is None else f"to {measure.retention.until}"
            raise Refused(
                "under-retention",
                f"The records of {name} are kept {until}.",
                field="places",
                rule="R13",
                mend="It can be erased once the retention is over.",
            )


def _fold(place: Place) -> tuple[Fold[Any], tuple[str, ...]]:
    found = fold_of(place.of)
    if found is None:
        raise Refused("unknown-stream", f"There is no stream {place.of!r} with words.", field="places")
    return found


def _load(view: View, places: Iterable[Place]) -> None:
    """Ask for all streams at once. Raises `NotLoaded`."""
    wanted: dict[str, Fold[Any]] = {}
    for place in places:
        fold, ids = _fold(place)
        try:
            view.get(fold, *ids)
        except NotLoaded as missing:
            wanted |= missing.wanted
    if wanted:
        raise NotLoaded(wanted)
