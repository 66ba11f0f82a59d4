"""Board rows of cycles (`cycle`, by year) and of what hangs on them: `assessment` and `deviation` by `{Y}/{subject}`,
`late-completion` by subject; `rrf-link` by `{subject}/{measure}`: from when on a subject counts for a measure of the
recovery plan (case 21).
"""

from collections.abc import Mapping

from domain.events.envelope import Row
from projections.dates import dated, with_date
from projections.reading import body, instant, people, received
from projections.table import Apply, Cells, Table

CYCLE, ASSESSMENT, DEVIATION, LATE, LINK = "cycle", "assessment", "deviation", "late-completion", "rrf-link"


def new_cycle(year: str) -> Cells:
    """The row of a year that has not begun."""
    return {
        "year": int(year),
        "stage": "planned",
        "version": None,
        "dates": {},
        "passed": [],
        "final_accounts": None,
        "assessment": None,
        "statement": None,
        "statements": 0,
        "response": None,
        "published": {},
        "proposals": {},
        "closed_at": None,
    }


def _cycle(table: Table, row: Row) -> None:
    key = row.stream[len("cycle/") :]
    found = table.get(CYCLE, key) or new_cycle(key)
    said = body(row)
    who, acting_for = people(row)
    acted = {"by": who, "for": acting_for, "at": received(row)}
    match row.type:
        case "cycle-opened":
            found.update(stage="running", version=said["version"], opened_at=received(row))
        case "final-accounts-approval-recorded":
            found["final_accounts"] = {
                "approved_on": said["approved_on"],
                "document": said["document"],
                "due": said["due"]["date"],
                "late": said["late"],
                "previous": [],
                **acted,
            }
            dates = with_date(found["dates"], "final-accounts", "", dated(row, said["due"], "determined"))
            found["dates"] = with_date(dates, "delivery", "", dated(row, said["delivery"], "determined"))
        case "final-accounts-approval-corrected":
            before = found["final_accounts"]
            corrected = {"approved_on": said["previous"], "reason": said["reason"], **acted}
            found["final_accounts"] = {
                **before,
                "approved_on": said["approved_on"],
                "document": said["document"],
                "previous": [*before["previous"], corrected],
            }
            entry = dated(row, said["delivery"], "corrected", reason=said["reason"])
            found["dates"] = with_date(found["dates"], "delivery", "", entry)
        case "cycle-deadline-passed":
            passed = {
                "kind": said["kind"],
                "unit": None,
                "date": said["deadline"]["date"],
                "instant": said["deadline"]["instant"],
                "outstanding": 1,
                "recorded_at": instant(row.recorded_at),
            }
            found["passed"] = [*found["passed"], passed]
        case "assessment-opened":
            found["stage"] = "assessing"
            found["assessment"] = {"subjects": said["subjects"], "at": received(row), "position": row.position}
            found["dates"] = with_date(found["dates"], "statement", "", dated(row, said["statement"], "determined"))
        case "statement-issued":
            found["stage"] = "stated"
            found["statement"] = {
                "narrative": said["narrative"],
                "lights": said["lights"],
                "digest": said["digest"],
                "deadline": said["deadline"]["date"],
                "late": said["late"],
                "document": said["document"],
                "transcribed": said["transcribed"],
                "corrected": None,
                **acted,
            }
            found["statements"] += 1
        case "statement-corrected":
            found["statement"] = {
                **found["statement"],
                "narrative": said["narrative"],
                "lights": said["lights"],
                "digest": said["digest"],
                "corrected": {"reason": said["reason"], **acted},
            }
            found["statements"] += 1
        case "transcription-proposed":
            proposal = {"document": said["document"], "lights": len(said["lights"]), **acted}
            found["proposals"] = {**found["proposals"], said["proposal"]: proposal}
        case "transcription-confirmed" | "transcription-withdrawn":
            found["proposals"] = {id_: each for id_, each in found["proposals"].items() if id_ != said["proposal"]}
        case "response-attached":
            found["response"] = {"narrative": said["narrative"], "document": said["document"], **acted}
        case "published":
            named = ("published_on", "digest", "redacted", "redaction_basis", "reference")
            made = {**{name: said[name] for name in named}, **acted}
            found["published"] = {**found["published"], said["kind"]: made}
        case _:
            found["stage"] = "closed"
            found["closed_at"] = received(row)
    table.put(CYCLE, key, found)


def _assessment(table: Table, row: Row) -> None:
    key = row.stream[len("assessment/") :]
    said = body(row)
    found = table.get(ASSESSMENT, key) or {
        "year": said["year"],
        "subject": said["subject"],
        "given": False,
        "light": None,
        "rationale": None,
        "excused": None,
        "revision": None,
        "delivered": None,
        "transcribed": False,
        "comment": None,
        "assessors": [],
    }
    who, acting_for = people(row)
    if row.type == "milestone-commented":
        found["comment"] = said["comment"]
    else:
        for name in ("light", "rationale", "excused", "revision", "delivered", "transcribed"):
            found[name] = said[name]
        found["given"] = True
        both = {who} if acting_for is None else {who, acting_for}
        found["assessors"] = sorted({*found["assessors"], *both})
    found.update(by=who, at=received(row))
    found["for"] = acting_for
    table.put(ASSESSMENT, key, found)


def _deviation(table: Table, row: Row) -> None:
    key = row.stream[len("deviation/") :]
    said = body(row)
    found = table.get(DEVIATION, key) or {
        "year": said["year"],
        "subject": said["subject"],
        "opened_at": None,
        "reporters": [],
    }
    who, acting_for = people(row)
    match row.type:
        case "deviation-opened" | "deviation-updated":
            for name in ("round", "revision", "unit", "light", "basis", "explanation"):
                found[name] = said[name]
            found["closure_proposed"] = False
            if row.type == "deviation-opened":
                found.update(state="open", opened_at=received(row), action=None, returned=None, closed=None)
        case "deviation-closure-proposed":
            found["closure_proposed"] = True
        case "action-reported":
            found["state"] = "action-reported"
            found["action"] = {"narrative": said["narrative"], "by": who, "for": acting_for, "at": received(row)}
            both = {who} if acting_for is None else {who, acting_for}
            found["reporters"] = sorted({*found["reporters"], *both})
        case "action-returned":
            found["state"] = "open"
            found["returned"] = {"reason": said["reason"], "by": who, "for": acting_for, "at": received(row)}
        case _:
            closed = {"reason": said["reason"], "by": who, "for": acting_for, "at": received(row)}
            found.update(state="closed", closed=closed)
    table.put(DEVIATION, key, found)


def _late(table: Table, row: Row) -> None:
    key = row.stream[len("subject/") :]
    said = body(row)
    found = table.get(LATE, key) or {"subject": key, "preparers": []}
    if row.type == "late-completion-recorded":
        for name in ("year", "unit", "completed_on", "narrative", "evidence", "digest"):
            found[name] = said[name]
        who, acting_for = people(row)
        both = {who} if acting_for is None else {who, acting_for}
        found["preparers"] = sorted({*found["preparers"], *both})
        found.update(state="recorded", reason=None, at=received(row))
    elif row.type == "late-completion-returned":
        found.update(state="returned", reason=said["reason"])
    else:
        found.update(state="signed-off", signed_at=received(row))
    table.put(LATE, key, found)


def _linked(table: Table, row: Row) -> None:
    said = body(row)
    link = {name: said[name] for name in ("subject", "measure", "kind", "reference", "valid_from")}
    table.put(LINK, f"{said['subject']}/{said['measure']}", link)


HANDLERS: Mapping[str, Apply] = {
    **dict.fromkeys(
        (
            "cycle-opened",
            "final-accounts-approval-recorded",
            "final-accounts-approval-corrected",
            "cycle-deadline-passed",
            "assessment-opened",
            "statement-issued",
            "statement-corrected",
            "transcription-proposed",
            "transcription-confirmed",
            "transcription-withdrawn",
            "response-attached",
            "published",
            "cycle-closed",
        ),
        _cycle,
    ),
    **dict.fromkeys(("target-assessed", "indicator-assessed", "milestone-commented"), _assessment),
    **dict.fromkeys(
        (
            "deviation-opened",
            "deviation-updated",
            "deviation-closure-proposed",
            "action-reported",
            "action-returned",
            "deviation-closed",
        ),
        _deviation,
    ),
    **dict.fromkeys(("late-completion-recorded", "late-completion-returned", "late-completion-signed-off"), _late),
    "rrf-item-linked": _linked,
}
"""What each type of event does to the row of its cycle, assessment, deviation, late completion or link."""
