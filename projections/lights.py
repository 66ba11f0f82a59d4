"""One light of the board: what is reported on a subject in a round, what is under way, what the ministry says.

`Reads` answers for a unit and a subject whether the one who asks may see what isn't delivered yet. To all others only
the stage shows, for that is what "status only" means.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from domain.values import Basis, MilestoneStatus, TrafficLight
from projections.content import content_digest
from projections.cycles import ASSESSMENT, DEVIATION, LATE, LINK
from projections.items import ITEM
from projections.table import Cells, Rows

Reads = Callable[[str, str], bool]

NOT_DUE, NO_NEED, NOT_ASSESSABLE, WITHDRAWN, MISSING = "not_due", "no_need", "not_assessable", "withdrawn", "missing"
WITHOUT_LIGHT = (NOT_DUE, NO_NEED, NOT_ASSESSABLE, WITHDRAWN, MISSING)
"""Why there is no light; counted beside the colours."""
COLOURS = {light.value: light.name.lower() for light in TrafficLight}
BASES = tuple(basis.value for basis in Basis)
_SHOWN = ("light", "basis", "status", "value", "finality")
_WORDS = ("narrative", "reason", "rationale", "explanation")
UNDER_WAY = frozenset({"draft", "submitted", "returned"})


def everything(unit: str, subject: str) -> bool:  # noqa: ARG001
    """Who may read all drafts: the head, and the system itself."""
    return True


def unit_of(item: Cells, day: str | None = None) -> str:
    """The unit accountable on a day, or after all changes that are recorded (case 5)."""
    unit: str = item["unit"]
    for each in item["reassigned"]:
        if day is None or each["valid_from"] <= day:
            unit = each["to"]
    return unit


def reported(item: Cells, reads: Reads = everything) -> Cells | None:
    """What counts as reported: the delivered revision, or before there is one what is signed off. Nothing of what an
    update of the agreement removed, whatever was delivered of it before (case 8).
    """
    if item["stage"] == "withdrawn":
        return None
    delivered: Cells | None = item["delivered"]
    if delivered is not None:
        return delivered
    if item["stage"] == "signed-off" and reads(unit_of(item), item["subject"]):
        return {name: item[name] for name in ("revision", "digest", "report", "evidence")}
    return None


def under_way(item: Cells, reads: Reads = everything) -> Cells | None:
    """What is being written, decided or corrected, for those who may read drafts; shown beside the light, uncounted."""
    pending = item["stage"] in UNDER_WAY or (item["stage"] == "signed-off" and item["delivered"] is not None)
    if not pending or not reads(unit_of(item), item["subject"]):
        return None
    return {"revision": item["revision"], "stage": item["stage"], **shown(item["report"])}


def shown(report: Mapping[str, Any] | None) -> Cells:
    """The part of a report that a board shows, with its words as commitments."""
    said: Mapping[str, Any] = report or {}
    shown: Cells = {name: said.get(name) for name in _SHOWN}
    shown["words"] = {name: said[name] for name in _WORDS if said.get(name) is not None}
    return shown


def stale(item: Cells, milestones: Iterable[Cells]) -> bool:
    """Whether a milestone changed after the target's light was chosen; `milestones` are the target's in that round."""
    report = item["report"]
    if report is None or item["kind"] != "target":
        return False
    bound = {each["subject"]: (each["revision"], each["digest"]) for each in report["milestones"]}
    return bound != {each["subject"]: (each["revision"], content_digest(each)) for each in milestones}


def by_target(rows: Rows, round_id: str) -> dict[str, list[Cells]]:
    """The milestones' rows of a round by their target."""
    found: dict[str, list[Cells]] = {}
    for item in rows.of(ITEM).values():
        if item["round"] == round_id and item["kind"] == "milestone":
            found.setdefault(item["target"], []).append(item)
    return found


def light(rows: Rows, round_id: str, subject: str, milestones: Iterable[Cells], reads: Reads) -> Cells:
    """A subject's light in a round, with all that stands beside it."""
    item = rows.of(ITEM).get(f"{round_id}/{subject}")
    year = round_id[:4]
    deviation = rows.of(DEVIATION).get(f"{year}/{subject}")
    late = rows.of(LATE).get(subject)
    cell: Cells = {
        "subject": subject,
        "stage": None if item is None else item["stage"],
        "unit": None if item is None else unit_of(item),
        "revision": None if item is None else item["revision"],
        "late": None if item is None or item["first_submitted"] is None else item["first_submitted"]["late"],
        "stale": item is not None and stale(item, milestones),
        "deviation": None if deviation is None else deviation["state"],
        "late_completion": None if late is None else {"state": late["state"], "completed_on": late["completed_on"]},
        "withdrawn": None if item is None else item["withdrawn"],
        "rrf": sorted(each["measure"] for each in rows.of(LINK).values() if each["subject"] == subject),
        "under_way": None if item is None else under_way(item, reads),
    }
    content = None if item is None else reported(item, reads)
    cell |= shown(None if content is None else content["report"])
    cell["evidence"] = 0 if content is None else len(content["evidence"])
    cell["reported_revision"] = None if content is None else content["revision"]
    cell["ministry"] = _ministry(rows, year, subject, cell) if round_id.endswith("-annual") else None
    return cell


def _ministry(rows: Rows, year: str, subject: str, cell: Cells) -> Cells | None:
    given = rows.of(ASSESSMENT).get(f"{year}/{subject}")
    if given is None:
        return None
    shown = {name: given[name] for name in ("given", "light", "transcribed", "rationale", "excused", "comment")}
    return {**shown, "differs": given["light"] is not None and given["light"] != cell["light"]}


def category(cell: Cells, *, due: bool, assessable: bool = True) -> str:
    """Under what a light is counted: a colour, or why there is none."""
    if cell["stage"] == "withdrawn":
        return WITHDRAWN
    if not due:
        return NOT_DUE
    if not assessable:
        return NOT_ASSESSABLE
    if cell["light"] is not None:
        return COLOURS[cell["light"]]
    return NO_NEED if cell["status"] == MilestoneStatus.NO_NEED_AROSE else MISSING
