"""A unit's package as those see it who decide on it: what waits, what changed, and what they may do with each item."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.web.api import Problem
from services.web.page import Page

Shown = dict[str, Any]
SIGN_OFF, ENDORSE, RETURN = "sign-off", "endorse", "return"
"""What is decided about an item."""
_WORDS = "-"
"""Some words, where one only asks whether a decision would be taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An item that waits. `act` is what the reader may do with it, None for nothing: `refused` says why not."""

    item: Shown
    changes: Shown
    definition: Shown | None
    act: str | None
    step: str | None
    refused: Sequence[Shown]
    returnable: bool

    @property
    def choices(self) -> Sequence[str]:
        """What may be decided about it."""
        return [each for each in (self.act, RETURN if self.returnable else None) if each is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What a unit reports in a round, for those who decide; `others` has the items that don't wait, by their stage."""

    round: Shown
    unit: str
    waiting: Sequence[Waiting]
    decided: Sequence[Shown]
    others: Mapping[str, int] = field(default_factory=dict)

    @property
    def documents(self) -> list[Shown]:
        """All evidence that may be opened beside it."""
        return [one for each in self.waiting for one in each.item["evidence"]]

    @property
    def signable(self) -> int:
        """How many the reader may sign off or endorse."""
        return sum(each.act is not None for each in self.waiting)

    @property
    def decidable(self) -> int:
        """About how many items the reader may decide something."""
        return sum(bool(each.choices) for each in self.waiting)


async def package(page: Page, acting_for: str | None) -> Package:
    """The package that the address names, with what the API would take from the reader now."""
    round_id, unit = page.part("round"), page.part("unit")
    found: Shown = await page.get(f"rounds/{round_id}")
    items = await page.every(f"rounds/{round_id}/items", "items", unit=unit)
    submitted = [each for each in items if each["stage"] == "submitted"]
    stages = [each["stage"] for each in items if each["stage"] not in ("submitted", "signed-off", "withdrawn")]
    return Package(
        round=found,
        unit=unit,
        waiting=await _waiting(page, found, submitted, acting_for) if submitted else [],
        decided=[each for each in items if each["stage"] == "signed-off"],
        others={each: stages.count(each) for each in dict.fromkeys(stages)},
    )


async def _waiting(page: Page, found: Shown, items: Sequence[Shown], acting_for: str | None) -> list[Waiting]:
    """The items with what has changed of each, and what may be done with it."""
    place, bounds = {"round": found["round"]}, [each["bound"] for each in items]
    named = [{"subject": each["subject"], "reason": _WORDS} for each in items]
    signing = await _refused(page, "sign-off-items", place | {"items": bounds}, items, acting_for)
    returning = await _refused(page, "return-items", place | {"items": named}, items, acting_for)
    definitions = _definitions(await page.get(f"agreements/{found['version']}"))
    earlier = [each for each in items if _not_yet(signing[each["subject"]])]
    endorsing = await _endorsing(page, found, earlier, acting_for)
    changed = await page.get(f"rounds/{found['round']}/units/{page.part('unit')}/changes")
    changes = {each["subject"]: each for each in changed["items"]}
    made = []
    for item in (each for each in items if each["subject"] in changes):
        subject = item["subject"]
        step, refused = endorsing.get(subject, (None, signing[subject]))
        act = None if refused else SIGN_OFF if step is None else ENDORSE
        made.append(
            Waiting(
                item=item,
                changes=changes[subject],
                definition=definitions.get(subject),
                act=act,
                step=step,
                refused=refused,
                returnable=not returning[subject],
            )
        )
    return made


async def _endorsing(
    page: Page, found: Shown, items: Sequence[Shown], acting_for: str | None
) -> dict[str, tuple[str, Sequence[Shown]]]:
    """For what isn't to be signed off yet: the step that comes first, and why it would be refused."""
    made: dict[str, tuple[str, Sequence[Shown]]] = {}
    by_step: dict[str, list[Shown]] = {}
    for each in items:
        by_step.setdefault(found["chain"][len(each["endorsed"])], []).append(each)
    for step, those in by_step.items():
        body = {"round": found["round"], "step": step, "items": [each["bound"] for each in those]}
        refused = await _refused(page, "endorse-items", body, those, acting_for)
        made |= {subject: (step, why) for subject, why in refused.items()}
    return made


def _not_yet(refused: Iterable[Shown]) -> bool:
    return any(each["code"] == "step-not-due" for each in refused)


async def _refused(
    page: Page, command: str, body: Shown, items: Iterable[Shown], acting_for: str | None
) -> dict[str, list[Shown]]:
    """Why a command would leave each of these items out; an empty list for what it would decide."""
    found: dict[str, list[Shown]] = {each["subject"]: [] for each in items}
    try:
        skipped = (await page.asking.check(page.ledger or "", command, body, acting_for=acting_for))["skipped"]
    except Problem as problem:
        skipped = problem.said.get("skipped") or [{**problem.said, "subject": subject} for subject in found]
    for each in skipped:
        found[each["subject"]].append(each)
    return found


def _definitions(agreement: Shown) -> dict[str, Shown]:
    """What the agreement says of each subject: levels and checklists stand there."""
    kinds = (("targets", "target"), ("milestones", "milestone"), ("indicators", "indicator"))
    return {each[kind]: each for member, kind in kinds for each in agreement[member]}


__all__ = ["ENDORSE", "RETURN", "SIGN_OFF", "Package", "Waiting", "package"]
