"""What must fit together in an agreement file: ids, references, years, dates, levels.

Each check yields what doesn't fit: the path of the value, the reason, the mend. All are run: one look mends all.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import get_args

from domain.errors import Refused
from services.agreements.format import (
    AgreementFile,
    IndicatorRecord,
    LongThreeLanguages,
    MilestoneRecord,
    PolicyKind,
    PolicyRecord,
    Record,
    ThreeLanguages,
)
from services.agreements.malformed import Path
from services.sealing import DEFAULT_LENGTH, normalised

Finding = tuple[Path, str, str]
SIGNING_FOR_EACH = 2

# Within a round, whoever hands on must be done before the next one begins to be late.
_ORDER = (
    ("half-year/opens", "half-year/unit", "half-year/director", "half-year/head", "half-year/delivery"),
    ("annual/opens", "annual/unit", "annual/director", "final-accounts", "statement"),
)


def misfits(file: AgreementFile) -> Iterator[Finding]:
    """All that doesn't fit together, check by check."""
    yield from _texts(file)
    yield from _term(file)
    yield from _ids(file)
    yield from _slots(file)
    yield from _policies(file)
    yield from _references(file)
    yield from _assumptions(file)
    for path, milestone in _milestones(file):
        yield from _milestone(file, path, milestone)
    for path, indicator in _indicators(file):
        yield from _indicator(file, path, indicator)


def _milestones(file: AgreementFile) -> Iterator[tuple[Path, MilestoneRecord]]:
    for outer, target in enumerate(file.targets):
        for inner, milestone in enumerate(target.milestones):
            yield ("targets", outer, "milestones", inner), milestone


def _indicators(file: AgreementFile) -> Iterator[tuple[Path, IndicatorRecord]]:
    for outer, table in enumerate(file.tables):
        for inner, indicator in enumerate(table.indicators):
            yield ("tables", outer, "indicators", inner), indicator


def _items(file: AgreementFile) -> Iterator[tuple[Path, MilestoneRecord | IndicatorRecord]]:
    yield from _milestones(file)
    yield from _indicators(file)


def _texts(file: AgreementFile) -> Iterator[Finding]:
    """Texts that couldn't be sealed later, when their lines are no longer known."""
    for path, text in [(("source",), file.source), *_spoken(file, ())]:
        try:
            if not normalised("", text, DEFAULT_LENGTH):
                yield path, "there are only invisible characters", "Write something"
        except Refused as refused:
            yield path, refused.message.rstrip("."), (refused.mend or "Write it anew").rstrip(".")


def _spoken(record: Record, path: Path) -> Iterator[tuple[Path, str]]:
    for name in type(record).model_fields:
        value = getattr(record, name)
        for index, each in enumerate(value) if isinstance(value, tuple) else [(None, value)]:
            here = (*path, name) if index is None else (*path, name, index)
            if isinstance(each, ThreeLanguages | LongThreeLanguages):
                yield from (((*here, language), getattr(each, language)) for language in ("fi", "sv", "en"))
            elif isinstance(each, Record):
                yield from _spoken(each, here)


def _term(file: AgreementFile) -> Iterator[Finding]:
    if file.first_year > file.last_year:
        yield ("last_year",), f"the term ends before it begins ({file.first_year})", "Correct one of the years"
    elif not file.first_year <= file.binding_year <= file.last_year:
        term = f"{file.first_year}-{file.last_year}"
        yield ("binding_year",), f"{file.binding_year} is outside the term {term}", "Name a year of the term"


def _ids(file: AgreementFile) -> Iterator[Finding]:
    named: list[tuple[Path, str]] = [(("former", index), name) for index, name in enumerate(file.former)]
    for key in ("annexes", "slots", "units", "parts", "groups", "targets", "tables", "rrf"):
        named += [((key, index, "id"), record.id) for index, record in enumerate(getattr(file, key))]
    named += [((*path, "id"), milestone.id) for path, milestone in _milestones(file)]
    named += [((*path, "id"), indicator.id) for path, indicator in _indicators(file)]
    yield from _repeated(named, "the id")
    for path, milestone in _milestones(file):
        entries = [((*path, "checklist", index, "id"), entry.id) for index, entry in enumerate(milestone.checklist)]
        yield from _repeated(entries, "the checklist's id")


def _repeated(named: list[tuple[Path, str]], what: str) -> Iterator[Finding]:
    seen: set[str] = set()
    for path, name in named:
        if name in seen:
            yield path, f"{what} `{name}` names something else already", "Give each thing an id of its own"
        seen.add(name)


def _slots(file: AgreementFile) -> Iterator[Finding]:
    for party in ("agency", "ministry"):
        signing = sum(slot.party == party for slot in file.slots)
        if signing != SIGNING_FOR_EACH:
            yield ("slots",), f"{signing} sign for the {party}, not two (R8)", f"Have two slots with `party: {party}`"


def _policies(file: AgreementFile) -> Iterator[Finding]:
    counts = Counter(policy.kind for policy in file.policies)
    for kind in get_args(PolicyKind):
        if kind not in counts:
            yield ("policies",), f"the date `{kind}` is missing", "Add a policy of that kind"
    for index, policy in enumerate(file.policies):
        if any(policy.kind == earlier.kind for earlier in file.policies[:index]):
            yield ("policies", index, "kind"), f"the date `{policy.kind}` is set twice", "Keep one of the two"
    at = {policy.kind: (index, policy) for index, policy in enumerate(file.policies)}
    for order in _ORDER:
        for before, after in pairwise(at[kind] for kind in order if kind in at):
            if _when(before[1]) > _when(after[1]):
                reason = f"`{after[1].kind}` comes before `{before[1].kind}`"
                yield (
                    ("policies", after[0]),
                    reason,
                    "Put the dates of a round in the order in which it is worked through",
                )


def _when(policy: PolicyRecord) -> tuple[int, int, int]:
    return policy.years_after, policy.month or 0, policy.day or 0


def _references(file: AgreementFile) -> Iterator[Finding]:
    parts = {part.id for part in file.parts}
    units = {unit.id for unit in file.units}
    groups = {group.id: group.part for group in file.groups}
    for key in ("groups", "targets", "tables"):
        for index, record in enumerate(getattr(file, key)):
            if record.part not in parts:
                yield _unknown((key, index, "part"), "part", record.part)
    for index, target in enumerate(file.targets):
        if target.group is not None and target.group not in groups:
            yield _unknown(("targets", index, "group"), "group", target.group)
        elif target.group is not None and groups[target.group] != target.part:
            reason = f"the group `{target.group}` belongs to the part `{groups[target.group]}`, the target to another"
            yield ("targets", index, "group"), reason, "Correct the target's `part` or `group`"
        if target.lead_unit not in units:
            yield _unknown(("targets", index, "lead_unit"), "unit", target.lead_unit)
        yield from _contributors(("targets", index), target.contributors, target.lead_unit, units)
    for path, item in _items(file):
        if item.unit not in units:
            yield _unknown((*path, "unit"), "unit", item.unit)
        yield from _contributors(path, item.contributors, item.unit, units)
    milestones = {each.id for _, each in _milestones(file)}
    for outer, measure in enumerate(file.rrf):
        for inner, milestone in enumerate(measure.milestones):
            here: Path = ("rrf", outer, "milestones", inner)
            if milestone not in milestones:
                yield _unknown(here, "milestone", milestone)
            elif milestone in measure.milestones[:inner]:
                yield here, f"the milestone `{milestone}` is linked twice", "Name it once"


def _contributors(path: Path, named: tuple[str, ...], accountable: str, units: set[str]) -> Iterator[Finding]:
    for index, unit in enumerate(named):
        here = (*path, "contributors", index)
        if unit not in units:
            yield _unknown(here, "unit", unit)
        elif unit == accountable:
            yield here, f"the unit `{unit}` answers for this itself", "Name the units that help it"
        elif unit in named[:index]:
            yield here, f"the unit `{unit}` is named twice", "Name it once"


def _unknown(path: Path, kind: str, name: str) -> Finding:
    return path, f"there is no {kind} `{name}` in this file", f"Correct the id, or add the {kind}"


def _assumptions(file: AgreementFile) -> Iterator[Finding]:
    assumed: list[tuple[Path, tuple[str, ...]]] = [(path, item.assumptions) for path, item in _items(file)]
    for key in ("units", "targets", "rrf"):
        assumed += [((key, index), record.assumptions) for index, record in enumerate(getattr(file, key))]
    for path, names in assumed:
        if len(set(names)) < len(names):
            yield (*path, "assumptions"), "an assumption is named twice", "Name each field once"


def _milestone(file: AgreementFile, path: Path, milestone: MilestoneRecord) -> Iterator[Finding]:
    year = milestone.year
    if not file.first_year <= year <= file.last_year:
        yield (*path, "year"), f"{year} is outside the term {file.first_year}-{file.last_year}", "Correct the year"
    # A milestone of Y may name a day just after it, as long as evidence of that day still counts for Y.
    cutoff = next((policy for policy in file.policies if policy.kind == "evidence-cutoff"), None)
    if milestone.due_by is not None and cutoff is not None:
        last = f"{year + cutoff.years_after}-{cutoff.month:02}-{cutoff.day:02}"
        if not f"{year}-01-01" <= milestone.due_by <= last:
            reason = f"{milestone.due_by} lies outside the milestone's year and its evidence cut-off {last}"
            yield (*path, "due_by"), reason, "Correct the date or the year"
    if milestone.continues is not None and milestone.continues not in file.former:
        earlier = {each.id for _, each in _milestones(file) if each.year < year}
        if milestone.continues not in earlier:
            reason = f"`{milestone.continues}` is no milestone of an earlier year"
            yield (*path, "continues"), reason, "Correct the id, or list it under `former` if an earlier version has it"


def _indicator(file: AgreementFile, path: Path, indicator: IndicatorRecord) -> Iterator[Finding]:
    counts = Counter(level.year for level in indicator.levels)
    for year in range(file.first_year, file.last_year + 1):
        if year not in counts:
            reason = f"the level of {year} is missing"
            yield (*path, "levels"), reason, 'Add it, with `value: null` where the agreement has "-"'
    for index, level in enumerate(indicator.levels):
        here = (*path, "levels", index)
        if not file.first_year <= level.year <= file.last_year:
            yield (*here, "year"), f"{level.year} is outside the term", "Correct the year"
        elif any(level.year == earlier.year for earlier in indicator.levels[:index]):
            yield (*here, "year"), f"the level of {level.year} is set twice", "Keep one of the two"
        if level.binding != (level.year == file.binding_year):
            reason = f"only the levels of {file.binding_year} bind (R2)"
            yield (*here, "binding"), reason, "Correct `binding`, or the file's `binding_year`"
    for index, outturn in enumerate(indicator.outturns):
        if outturn.year >= file.first_year:
            reason = f"an agreement from {file.first_year} on can't know the outturn of {outturn.year}"
            yield (*path, "outturns", index, "year"), reason, "Give outturns of earlier years only"
        if any(outturn.year == earlier.year for earlier in indicator.outturns[:index]):
            yield (
                (*path, "outturns", index, "year"),
                f"the outturn of {outturn.year} is given twice",
                "Keep one of the two",
            )
    if indicator.note is None and any(level.value is None for level in indicator.levels):
        yield path, "a level without a number, and no `note` that says why", "Add a `note` with the reason"
