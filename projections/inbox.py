"""Inboxes: of all open steps, those that a person may take on a day, in person or for somebody (case 6).

A pure function of the board's rows and the organisation. Steps that nobody can take are listed, too: of units without a
holder, and of people who have left (cases 5 and 7).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from domain.authority import MATRIX, UNIT_ROLES
from domain.calendar import day_of
from domain.organisation import Organisation
from domain.values import FIRST_DAY, Date, PersonId, Role, UnitId
from projections.capacities import Capacity, capacities
from projections.steps import Step, open_steps
from projections.table import Cells, Rows


def inbox(
    rows: Rows, organisation: Organisation, person: PersonId, now: datetime, day: Date | None = None
) -> list[Cells]:
    """What waits for a person now, what is due first; of somebody who has left, what is left behind (`left`).

    Roles and units are those of `day`, the present one if left out.

    {what, role, for, unit, year, round, subjects, reference, due, late, since, left}
    """
    today = day_of(now)
    day = day or today
    left = organisation.has_left(person, day)
    held = capacities(organisation, day, person=person, with_left=left)
    taken = []
    for step in open_steps(rows, organisation, now, day):
        able = _able(step, person, held)
        if able is not None:
            taken.append((step, able))
    return _grouped(taken, today, left=left)


def unattended(rows: Rows, organisation: Organisation, now: datetime, day: Date | None = None) -> list[Cells]:
    """Steps that nobody may take, or whose one person has left: what an administrator must see to.

    Roles and units are those of `day`, the present one if left out.
    """
    today = day_of(now)
    day = day or today
    held = capacities(organisation, day)
    people = {each.person for each in held}
    by_person = {person: [each for each in held if each.person == person] for person in people}
    steps = open_steps(rows, organisation, now, day)
    orphaned = [step for step in steps if not _attended(step, organisation, by_person, day)]
    # What came to the head waits for the director no longer.
    attended = {(step.round, step.subject) for step in steps if step.round and step not in orphaned}
    found = [(step, None) for step in orphaned if step.subject is None or (step.round, step.subject) not in attended]
    return _grouped(found, today, left=False)


def _attended(step: Step, organisation: Organisation, by_person: Mapping[PersonId, list[Capacity]], day: Date) -> bool:
    if step.person is not None:
        return not organisation.has_left(PersonId(step.person), day)
    return any(_able(step, person, own) for person, own in by_person.items())


def _able(step: Step, person: PersonId, held: Iterable[Capacity]) -> Capacity | None:
    """In which capacity the person may take the step, in person rather than for another; None if in none."""
    if step.permission is None:
        if step.person != person:
            return None
        return Capacity(
            person=person,
            role=Role.OWNER,
            unit=None if step.unit is None else UnitId(step.unit),
            valid_from=FIRST_DAY,
            valid_to=None,
        )
    if person in step.not_by:
        return None
    permission = MATRIX[step.permission]
    for each in held:
        if each.role not in permission.roles or (each.role in UNIT_ROLES and step.unit not in (None, each.unit)):
            continue
        if each.acting_for is None:
            return each
        if each.role in permission.substitutes and each.acting_for not in step.not_by:
            return each
    return None


def _grouped(taken: Iterable[tuple[Step, Capacity | None]], day: Date, *, left: bool) -> list[Cells]:
    """One task for all subjects of a unit in a round that wait for the same."""
    tasks: dict[tuple[object, ...], Cells] = {}
    for step, able in taken:
        acting_for = None if able is None else able.acting_for
        roles = MATRIX[step.permission].roles if step.permission is not None else ()
        role = able.role if able is not None and roles else next(iter(roles), None)
        key = (step.what, step.year, step.round, step.unit, step.reference, step.due, role, acting_for, step.person)
        task = tasks.get(key)
        if task is None:
            task = tasks[key] = {
                "what": step.what,
                "role": None if role is None else role.value,
                "person": step.person,
                "for": acting_for,
                "unit": step.unit,
                "year": step.year,
                "round": step.round,
                "subjects": [],
                "reference": step.reference,
                "due": step.due,
                "late": step.due is not None and step.due < day,
                "since": step.since,
                "left": left,
            }
        if step.subject is not None:
            task["subjects"].append(step.subject)
        if step.since is not None and (task["since"] is None or step.since < task["since"]):
            task["since"] = step.since
    for task in tasks.values():
        task["subjects"].sort()
    return sorted(
        tasks.values(), key=lambda task: (task["due"] or "9", task["what"], task["round"] or "", task["unit"] or "")
    )
