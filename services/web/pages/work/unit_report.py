"""A unit's package in a round as its owner sees it: what is to be written, may be submitted, waits, is decided."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.web.api import Problem
from services.web.page import Page

Shown = dict[str, Any]
KINDS = ("milestone", "indicator", "target")
"""Targets come last: their lights follow from their milestones."""
UNSUBMITTED = frozenset({"not-started", "draft", "returned"})
_LATE, _REPLY = "late-reason-missing", "reply-missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An item of the package. `lacking`: why it would not be taken, besides a reason for being late or a reply.

    `planned`: it may be reported as proceeding as planned, with others at once.
    """

    item: Shown
    definition: Shown | None
    lacking: Sequence[Shown] = ()
    late: bool = False
    reply: bool = False
    planned: bool = False
    stale: bool = False

    @property
    def subject(self) -> str:
        """Its subject."""
        return str(self.item["subject"])


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitReport:
    """The package, by what is to be done with it. `refused` says why nothing of it may be submitted by the reader."""

    round: Shown
    unit: str
    submission: Shown | None
    open: Sequence[Entry]
    ready: Sequence[Entry]
    waiting: Sequence[Entry]
    done: Sequence[Entry]
    refused: Problem | None

    @property
    def planned(self) -> Sequence[Entry]:
        """What may be reported as proceeding as planned."""
        return [each for each in self.open if each.planned]

    @property
    def replied(self) -> Sequence[Entry]:
        """Returned items that lack nothing but an answer to why."""
        return [each for each in self.open if each.reply and not each.lacking]

    @property
    def all(self) -> Sequence[Entry]:
        """Each item."""
        return [*self.open, *self.ready, *self.waiting, *self.done]


async def unit_report(page: Page, acting_for: str | None) -> UnitReport:
    """The package that the address names, with what the API says of submitting it now."""
    round_id, unit = page.part("round"), page.part("unit")
    found: Shown = await page.get(f"rounds/{round_id}")
    items = await page.every(f"rounds/{round_id}/items", "items", unit=unit)
    packages = (await page.get(f"rounds/{round_id}/submissions"))["units"]
    if not items and all(each["unit"] != unit for each in packages):
        names = await page.names()
        if unit not in names["units"]:
            raise Problem({"status": 404, "code": "unknown-unit", "detail": unit})
    definitions = _definitions(await page.get(f"agreements/{found['version']}")) if items else {}
    left = [each for each in items if each["stage"] in UNSUBMITTED]
    lacking, refused = await _lacking(page, round_id, left, acting_for) if left else ({}, None)
    entries = sorted(
        (_entry(found, each, definitions.get(each["subject"]), lacking.get(each["subject"], ())) for each in items),
        key=lambda each: (KINDS.index(each.item["kind"]), *_place(definitions, each.subject)),
    )
    return UnitReport(
        round=found,
        unit=unit,
        submission=next((each for each in packages if each["unit"] == unit), None),
        open=[each for each in entries if _open(each) and not _ready(each, refused)],
        ready=[each for each in entries if _ready(each, refused)],
        waiting=[each for each in entries if each.item["stage"] == "submitted"],
        done=[each for each in entries if not _open(each) and each.item["stage"] != "submitted"],
        refused=refused,
    )


async def _lacking(
    page: Page, round_id: str, items: Sequence[Shown], acting_for: str | None
) -> tuple[dict[str, list[Shown]], Problem | None]:
    """Why each of the items would not be taken; and why none is, where that isn't about what they hold."""
    body = {"round": round_id, "items": [each["bound"] for each in items]}
    try:
        skipped = (await page.asking.check(page.ledger or "", "submit-items", body, acting_for=acting_for))["skipped"]
    except Problem as problem:
        skipped = problem.said.get("skipped") or []
        if not skipped or problem.said.get("roles"):
            return {}, problem
        barred = next((each for each in skipped if each["code"] in {"not-permitted", "round-not-open"}), None)
        if barred is not None:
            return {}, problem
    found: dict[str, list[Shown]] = {}
    for each in skipped:
        found.setdefault(each["subject"], []).append(each)
    return found, None


def _entry(round_found: Shown, item: Shown, definition: Shown | None, skipped: Iterable[Shown]) -> Entry:
    reasons = list(skipped)
    codes = {each["code"] for each in reasons}
    return Entry(
        item=item,
        definition=definition,
        lacking=[each for each in reasons if each["code"] not in {_LATE, _REPLY}],
        late=_LATE in codes,
        reply=_REPLY in codes,
        planned=_planned(round_found, item, definition),
        stale=is_stale(item),
    )


def _open(entry: Entry) -> bool:
    """Whether it is to be written: also a target that was signed off, where a milestone has changed since."""
    return entry.item["stage"] in UNSUBMITTED or (entry.stale and entry.item["stage"] == "signed-off")


def _ready(entry: Entry, refused: Problem | None) -> bool:
    """Whether it may be submitted as it is."""
    return refused is None and entry.item["stage"] in UNSUBMITTED and not entry.lacking and not entry.reply


def _planned(round_found: Shown, item: Shown, definition: Shown | None) -> bool:
    """Whether a half-year forecast of GREEN says it all: nothing is written yet, and it wasn't due by June."""
    due = (definition or {}).get("due_by")
    return bool(
        round_found["kind"] == "half-year"
        and item["kind"] == "milestone"
        and item["stage"] in UNSUBMITTED
        and item["report"] is None
        and (due is None or due > f"{round_found['year']}-06-30")
    )


def is_stale(item: Shown) -> bool:
    """Whether a milestone of the target has changed since its light was chosen."""
    report, milestones = item["report"], item["milestones"]
    if item["kind"] != "target" or report is None or milestones is None:
        return False
    bound = [{name: each[name] for name in ("subject", "revision", "digest")} for each in milestones]
    return bool(report["milestones"] != bound)


def proceeding(round_id: str, entry: Entry) -> Shown:
    """The report that a milestone proceeds as planned: under way, GREEN on 31 December by forecast."""
    marks = [{"id": each["id"], "done": False} for each in (entry.definition or {}).get("checklist", ())]
    return {
        "round": round_id,
        "subject": entry.subject,
        "seen": entry.item["seen"],
        "status": "in-progress",
        "light": 3,
        "checklist": marks,
    }


def _definitions(agreement: Shown) -> dict[str, Shown]:
    """What the agreement says of each subject, in its order."""
    members = (("milestones", "milestone"), ("indicators", "indicator"), ("targets", "target"))
    return {each[kind]: each for member, kind in members for each in agreement[member]}


def _place(definitions: Mapping[str, Shown], subject: str) -> tuple[int, str]:
    """Where a subject stands in the agreement."""
    order = {each: number for number, each in enumerate(definitions)}
    return order.get(subject, len(order)), subject


__all__ = ["KINDS", "UNSUBMITTED", "Entry", "UnitReport", "is_stale", "proceeding", "unit_report"]
