"""A measure of the recovery plan (RRF): what is known of it, and what follows for its items (R9, R13). State, evolve.

The commands stand in rrf.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from domain.errors import Refused
from domain.events.rrf import InterestDeclared, MeasureRecorded, RecipientsRecorded, RetentionRecorded
from domain.subject import FOLD as SUBJECT
from domain.values import Date, PersonId, SubjectId
from domain.view import Act, Fact, Fold, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A measure: `recipients` by year, `interests` by person and year. Without `retention` it is open-ended."""

    recorded: MeasureRecorded | None = None
    recipients: Mapping[int, RecipientsRecorded] = field(default_factory=dict)
    retention: RetentionRecorded | None = None
    interests: Mapping[tuple[PersonId, int], InterestDeclared] = field(default_factory=dict)

    def keeps(self, day: Date) -> bool:
        """Whether the records of the measure must be kept on a day."""
        return self.recorded is not None and (self.retention is None or day <= self.retention.until)


def evolve(state: Measure, fact: Fact) -> Measure:
    """The measure one event later."""
    match fact.event:
        case MeasureRecorded() as event:
            return replace(state, recorded=event)
        case RecipientsRecorded() as event:
            return replace(state, recipients={**state.recipients, event.year: event})
        case RetentionRecorded() as event:
            return replace(state, retention=event)
        case InterestDeclared() as event:
            return replace(state, interests={**state.interests, (event.person, event.year): event})
        case _:
            return state


FOLD = Fold("rrf/{}", Measure, evolve)


def measures_of(view: View, subject: SubjectId) -> tuple[str, ...]:
    """The measures that a subject is linked to."""
    return tuple(view.get(SUBJECT, subject).links)


def unconflicted(view: View, act: Act, subject: SubjectId, year: int) -> None:
    """Refuse a signature by one who declared a conflict of interests in a measure of the subject (C17).

    The person who signs counts, not the one for whom they sign: a substitute signs because the other may not.
    """
    for measure in measures_of(view, subject):
        declared = view.get(FOLD, measure).interests.get((act.by.id, year))
        if declared is not None and declared.conflict:
            raise Refused(
                "conflict-of-interest",
                f"You declared a conflict of interests in {measure} for {year}.",
                rule="C17",
                mend="Let a substitute or, once it is escalated, the head sign it.",
            )


def known_measure(view: View, measure: str) -> Measure:
    """A measure that was recorded. Errors: `unknown-measure`."""
    state = view.get(FOLD, measure)
    if state.recorded is None:
        raise Refused("unknown-measure", f"There is no measure {measure!r}.", field="measure", mend="Record it first.")
    return state
