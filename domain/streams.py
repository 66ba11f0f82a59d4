"""Each stream whose events hold words, by its name: how it is folded, and whom its words concern (case 20)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from domain.agreement import FOLD as AGREEMENT
from domain.assessment import FOLD as ASSESSMENT
from domain.attestation import FOLD as INSTALLATION
from domain.cycle import FOLD as CYCLE
from domain.deviation import FOLD as DEVIATION
from domain.engagement import FOLD as ENGAGEMENTS
from domain.erasures import FOLD as ERASURE
from domain.events.disclosed import commitments
from domain.findings import FINDINGS
from domain.hold import FOLD as HOLDS
from domain.item import FOLD as ITEM
from domain.measure import FOLD as MEASURE
from domain.organisation import FOLD as ORGANISATION
from domain.round import FOLD as ROUND
from domain.subject import FOLD as SUBJECT
from domain.values import Digest, PersonId, RoundKind, SubjectId
from domain.view import Fold, View

_FOLDS: tuple[Fold[Any], ...] = (
    ORGANISATION,
    AGREEMENT,
    ROUND,
    ITEM,
    CYCLE,
    ASSESSMENT,
    DEVIATION,
    SUBJECT,
    MEASURE,
    ENGAGEMENTS,
    FINDINGS,
    ERASURE,
    HOLDS,
    INSTALLATION,
)
_ROUND, _YEAR, _ID = r"[0-9]{4}-(?:half-year|annual)", r"[0-9]{4}", r"[a-z0-9][a-z0-9.-]*"
_IDS = {
    ROUND.pattern: (_ROUND,),
    ITEM.pattern: (_ROUND, _ID),
    CYCLE.pattern: (_YEAR,),
    ASSESSMENT.pattern: (_YEAR, _ID),
    DEVIATION.pattern: (_YEAR, _ID),
}
_NAMES = [
    (fold, re.compile(fold.pattern.format(*(f"({each})" for each in _IDS.get(fold.pattern, (_ID,))))))
    for fold in _FOLDS
]


def fold_of(stream: str) -> tuple[Fold[Any], tuple[str, ...]] | None:
    """How a stream is folded, and its ids; None where there is no such stream, or none of its events holds words."""
    for fold, name in _NAMES:
        found = name.fullmatch(stream)
        if found is not None:
            return fold, found.groups()
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """Whom and what some words concern: `everything` where that can't be told, and so each hold stands in the way."""

    subjects: frozenset[SubjectId] = frozenset()
    people: frozenset[PersonId] = frozenset()
    measures: frozenset[str] = frozenset()
    everything: bool = False


def concern(view: View, stream: str, words: Iterable[Digest]) -> Concern:
    """Whom and what these words of a stream concern, so that holds and retention can be asked."""
    found = fold_of(stream)
    fold, ids = found if found is not None else (None, ())
    if fold in (ITEM, ASSESSMENT, DEVIATION, SUBJECT):
        return Concern(subjects=frozenset({SubjectId(ids[-1])}))
    if fold is ROUND:
        return Concern(subjects=frozenset(view.get(ROUND, *ids).scope))
    if fold is CYCLE:
        rounds = view.get_all(ROUND, [(f"{ids[0]}-{kind}",) for kind in RoundKind])
        return Concern(subjects=frozenset(subject for each in rounds for subject in each.scope))
    if fold is AGREEMENT:
        version = view.get(AGREEMENT, *ids)
        return Concern(subjects=frozenset({*version.milestones, *version.targets, *version.indicators}))
    if fold is ORGANISATION:
        said = frozenset(words)
        known = {each.person: commitments(each) for each in view.get(ORGANISATION).people.values()}
        # A former name, say, is found with nobody any more.
        unknown = said - frozenset().union(*known.values())
        people = frozenset(person for person, own in known.items() if own & said)
        return Concern(people=people, everything=bool(unknown))
    if fold is MEASURE:
        return Concern(measures=frozenset(ids), everything=True)
    return Concern(everything=True)
