"""Which streams bear on what an auditor takes home: whole ones, so that its lights can be made again from them."""

from collections.abc import Iterable

from domain.agreement import FOLD as AGREEMENT
from domain.assessment import FOLD as ASSESSMENT
from domain.attestation import FOLD as INSTALLATION
from domain.clock import FOLD as CLOCK
from domain.cycle import FOLD as CYCLE
from domain.deviation import FOLD as DEVIATION
from domain.errors import Refused
from domain.hold import FOLD as HOLDS
from domain.item import FOLD as ITEM
from domain.measure import FOLD as MEASURE
from domain.organisation import FOLD as ORGANISATION
from domain.reminder import FOLD as PROCESS
from domain.round import FOLD as ROUND
from domain.round import parse_round
from domain.subject import FOLD as SUBJECT
from domain.values import RoundKind, SubjectId, UnitId
from domain.view import View


def target_and_milestones(view: View, target: SubjectId) -> frozenset[SubjectId]:
    """A target with the milestones that it has or had, in whichever version. Errors: `unknown-target`."""
    versions = [view.get(AGREEMENT, each.version) for each in view.get(ORGANISATION).versions]
    if not any(target in each.targets for each in versions):
        raise Refused("unknown-target", f"No version in force has a target {target!r}.", field="subject")
    milestones = (one for each in versions for one in each.milestones.values())
    return frozenset({target, *(each.milestone for each in milestones if each.target == target)})


def one_subject(view: View, subject: SubjectId) -> frozenset[SubjectId]:
    """A milestone, an indicator or a target alone. Errors: `unknown-subject`."""
    versions = [view.get(AGREEMENT, each.version) for each in view.get(ORGANISATION).versions]
    if not any(subject in {*each.milestones, *each.indicators, *each.targets} for each in versions):
        raise Refused("unknown-subject", f"No version in force has {subject!r}.", field="subject")
    return frozenset({subject})


def package(view: View, round_id: str, unit: UnitId) -> frozenset[SubjectId]:
    """The items of a round that are or were a unit's. Errors: `unknown-round`, `unknown-unit`, `no-items`."""
    scope = view.get(ROUND, round_id).scope
    if not scope:
        raise Refused("unknown-round", f"There is no round {round_id!r} with a scope.", field="round")
    if unit not in view.get(ORGANISATION).units:
        raise Refused("unknown-unit", f"There is no unit {unit!r}.", field="unit")
    items = view.get_all(ITEM, [(round_id, subject) for subject in scope])
    found = frozenset(
        subject
        for (subject, of), item in zip(scope.items(), items, strict=True)
        if unit in (of.unit, *(each.to_unit for each in item.reassigned))
    )
    if not found:
        raise Refused("no-items", f"{unit!r} has no item in {round_id}.", field="unit")
    return found


def streams_of_subjects(view: View, subjects: Iterable[SubjectId]) -> frozenset[str]:
    """All that bears on these subjects, over all years."""
    years = sorted(view.get(ORGANISATION).years)
    rounds = [f"{year}-{kind}" for year in years for kind in RoundKind]
    return _streams(view, frozenset(subjects), rounds)


def streams_of_package(view: View, round_id: str, unit: UnitId) -> frozenset[str]:
    """All that bears on a unit's package in a round, its reminders, too."""
    reminders = PROCESS.stream(f"submission/{round_id}/{unit}")
    return _streams(view, package(view, round_id, unit), [round_id]) | {reminders}


def _streams(view: View, subjects: frozenset[SubjectId], rounds: list[str]) -> frozenset[str]:
    years = {parse_round(each)[0] for each in rounds}
    links = view.get_all(SUBJECT, [(each,) for each in sorted(subjects)])
    return frozenset(
        {
            *(fold.stream() for fold in (ORGANISATION, CLOCK, INSTALLATION, HOLDS)),
            *(AGREEMENT.stream(each.version) for each in view.get(ORGANISATION).versions),
            *(ROUND.stream(each) for each in rounds),
            *(CYCLE.stream(each) for each in years),
            *(SUBJECT.stream(each) for each in subjects),
            *(ITEM.stream(each, subject) for each in rounds for subject in subjects),
            *(fold.stream(each, subject) for fold in (ASSESSMENT, DEVIATION) for each in years for subject in subjects),
            *(MEASURE.stream(measure) for each in links for measure in each.links),
        }
    )
