"""Board rows of items: `item`, by `{round}/{subject}`: where the report on one subject in one round stands.

`report` and `evidence` are the present content, `digest` its digest once somebody is bound to it; `delivered` is the
revision that the ministry has and holds on while a correction is under way (case 11). What isn't delivered is seen by
few: `unit` and `stage` tell by whom.
"""

from collections.abc import Mapping
from typing import Any

from domain.events.envelope import Row
from projections.reading import body, people, received
from projections.table import Apply, Cells, Table

ITEM = "item"
_STREAM = len("item/")


def new_item(round_id: str, year: int, scope: Mapping[str, Any]) -> Cells:
    """The row of an item that nobody has touched."""
    subject = scope["subject"]
    return {
        "round": round_id,
        "year": year,
        "subject": subject,
        "kind": scope["kind"],
        "unit": scope["unit"],
        "target": scope["target"],
        "reassigned": [],
        "stage": "not-started",
        "revision": 1,
        "report": None,
        "evidence": [],
        "digest": None,
        "preparers": [],
        "changed": None,
        "first_submitted": None,
        "submitted": None,
        "waiting_since": None,
        "endorsed": [],
        "signed": None,
        "first_signed": None,
        "returned": None,
        "correction": None,
        "delivered": None,
        "withdrawn": None,
    }


def _row(table: Table, row: Row) -> tuple[str, Cells]:
    key = row.stream[_STREAM:]
    item = table.get(ITEM, key)
    if item is None:
        raise LookupError(f"position {row.position}: the item {key} is in no scope")
    return key, item


def _prepared(item: Cells, row: Row) -> None:
    """R15: who wrote or submitted, and for whom; the set only grows."""
    who, acting_for = people(row)
    known = item["preparers"]
    if who not in known or (acting_for is not None and acting_for not in known):
        item["preparers"] = sorted({*known, who} if acting_for is None else {*known, who, acting_for})
    item["changed"] = {"by": who, "for": acting_for, "at": received(row), "position": row.position}


def _unsigned(item: Cells, stage: str) -> None:
    item["stage"] = stage
    item["signed"] = None
    item["endorsed"] = []


def _reported(table: Table, row: Row) -> None:
    key, item = _row(table, row)
    report = body(row)
    report["type"] = row.type
    item["report"] = report
    item["digest"] = None
    _prepared(item, row)
    _unsigned(item, "draft")
    table.put(ITEM, key, item)


def _evidence(table: Table, row: Row) -> None:
    key, item = _row(table, row)
    given, present = body(row)["evidence"], item["evidence"]
    if row.type == "evidence-attached":
        present = [*present, given]
    elif row.type == "evidence-revised":
        present = [given if each["id"] == given["id"] else each for each in present]
    else:
        present = [each for each in present if each["id"] != given]
    item["evidence"] = present
    item["digest"] = None
    _prepared(item, row)
    _unsigned(item, "draft")
    table.put(ITEM, key, item)


def _submitted(table: Table, row: Row) -> None:
    key, item = _row(table, row)
    said = body(row)
    _prepared(item, row)
    changed = item["changed"]
    item["digest"] = said["digest"]
    item["submitted"] = {
        "by": changed["by"],
        "for": changed["for"],
        "at": changed["at"],
        "revision": said["revision"],
        "digest": said["digest"],
        "deadline": said["deadline"]["date"],
        "late": said["late"],
        "late_reason": said["late_reason"],
        "reply": said["reply"],
    }
    # The first timeliness stands, whatever is returned and submitted again.
    item["first_submitted"] = item["first_submitted"] or item["submitted"]
    item["waiting_since"] = changed["at"]
    _unsigned(item, "submitted")
    table.put(ITEM, key, item)


def _recalled(table: Table, row: Row) -> None:
    key, item = _row(table, row)
    item["stage"] = "draft"
    item["endorsed"] = []
    table.put(ITEM, key, item)


def _endorsed(table: Table, row: Row) -> None:
    key, item = _row(table, row)
    item["endorsed"] = [*item["endorsed"], body(row)["step"]]
    table.put(ITEM, key, item)


def _signed(table: Table, row: Row) -> None:
    key, item = _row(table, row)
    said = body(row)
    who, acting_for = people(row)
    item["stage"] = "signed-off"
    item["signed"] = {
        "by": who,
        "for": acting_for,
        "at": received(row),
        "revision": said["revision"],
        "digest": said["digest"],
        "escalated": said["escalated"],
    }
    item["first_signed"] = item["first_signed"] or item["signed"]
    table.put(ITEM, key, item)


def _returned(table: Table, row: Row) -> None:
    key, item = _row(table, row)
    said = body(row)
    if said["revision"] != item["revision"]:
        item["submitted"] = item["digest"] = None
    who, acting_for = people(row)
    item["revision"] = said["revision"]
    item["returned"] = {
        "by": who,
        "for": acting_for,
        "at": received(row),
        "reason": said["reason"],
        "reopening": said["reopening"],
    }
    item["waiting_since"] = item["returned"]["at"]
    _unsigned(item, "returned")
    table.put(ITEM, key, item)


def _revoked(table: Table, row: Row) -> None:
    key, item = _row(table, row)
    item["stage"] = "submitted"
    item["signed"] = None
    item["waiting_since"] = received(row)
    table.put(ITEM, key, item)


def _delivered(table: Table, row: Row) -> None:
    key, item = _row(table, row)
    said = body(row)
    item["stage"] = "delivered"
    item["correction"] = None
    item["delivered"] = {
        "revision": said["revision"],
        "digest": said["digest"],
        "at": received(row),
        "report": item["report"],
        "evidence": item["evidence"],
    }
    table.put(ITEM, key, item)


def _correcting(table: Table, row: Row) -> None:
    key, item = _row(table, row)
    said = body(row)
    item["revision"] = said["revision"]
    item["submitted"] = item["returned"] = item["digest"] = None
    item["correction"] = {"reopening": said["reopening"], "reason": said["reason"]}
    _unsigned(item, "draft")
    table.put(ITEM, key, item)


def _abandoned(table: Table, row: Row) -> None:
    key, item = _row(table, row)
    held = item["delivered"]
    item["stage"] = "delivered"
    item["revision"] = body(row)["revision"]
    item["correction"] = None
    for name in ("report", "evidence", "digest"):
        item[name] = held[name]
    table.put(ITEM, key, item)


def _withdrawn(table: Table, row: Row) -> None:
    key, item = _row(table, row)
    said = body(row)
    item["withdrawn"] = {"version": said["version"], "valid_from": said["valid_from"], "before": item["stage"]}
    item["stage"] = "withdrawn"
    table.put(ITEM, key, item)


def _reassigned(table: Table, row: Row) -> None:
    key, item = _row(table, row)
    said = body(row)
    moved = {"from": said["from_unit"], "to": said["to_unit"], "valid_from": said["valid_from"]}
    item["reassigned"] = [*item["reassigned"], moved]
    table.put(ITEM, key, item)


HANDLERS: Mapping[str, Apply] = {
    **dict.fromkeys(("milestone-status-reported", "outturn-reported", "target-reported"), _reported),
    **dict.fromkeys(("evidence-attached", "evidence-revised", "evidence-detached"), _evidence),
    "item-submitted": _submitted,
    "item-recalled": _recalled,
    "item-endorsed": _endorsed,
    "item-signed-off": _signed,
    "item-returned": _returned,
    "sign-off-revoked": _revoked,
    "item-delivered": _delivered,
    "correction-started": _correcting,
    "correction-abandoned": _abandoned,
    "item-withdrawn": _withdrawn,
    "item-reassigned": _reassigned,
}
"""What each type of event does to its item's row."""
