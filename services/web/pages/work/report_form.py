"""The fields of a report: what stands in them at first, and the command that comes of what was typed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.web.languages import decimal, number
from services.web.page import Typed
from services.web.pages.work.suggestion import GREEN, Choices, is_reached, level_of, milestone

Shown = dict[str, Any]
COMMANDS = {"milestone": "report-milestone", "indicator": "report-indicator", "target": "report-target"}
EXPLANATION = ("cause", "risk", "action", "action_owner", "action_due")
SHORT = frozenset({1, 2})
CHECKLIST, MILESTONE = "checklist-", "milestone"
_WORDS = ("narrative", "reason", "rationale")
_LATER = frozenset({"not-started", "in-progress"})
"""What a half-year report says that an annual one can't."""


class Fields(dict[str, str]):
    """What stands in the fields; one that nothing is known of is empty."""

    def __missing__(self, name: str) -> str:
        """Nothing."""
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportForm:
    """The form of one item. `definition` is what the agreement says of it, `previous` the last round's report."""

    round_id: str
    kind: str
    year: int
    item: Shown
    definition: Shown
    previous: Shown | None
    choices: Choices | None = None
    level: Shown | None = None
    reached: bool | None = None
    values: Fields = field(default_factory=Fields)

    @property
    def annual(self) -> bool:
        """Whether it is the annual round."""
        return self.kind == "annual"

    @property
    def command(self) -> str:
        """The command that it gives."""
        return COMMANDS[self.item["kind"]]

    @property
    def filled(self) -> bool:
        """Whether something was filled in from the round before."""
        return self.item["report"] is None and bool(self.previous) and bool(self.values)


def report_form(
    *,
    round_found: Shown,
    item: Shown,
    definition: Shown,
    previous: Shown | None,
    language: str,
    draft: Mapping[str, str] | None,
    outturn: str | None,
) -> ReportForm:
    """The form as it is opened: the draft, else what is saved, else what the round before says.

    `outturn` is what was typed as the value, or is being typed.
    """
    kind, year = round_found["kind"], round_found["year"]
    report = item["report"]
    saved = _fields(report, language) if report else _carried(previous, item, definition, kind, language)
    values = Fields(saved if draft is None else draft)
    if item["kind"] == "target" and not values.get("light") and item["suggested"]:
        values["light"] = str(item["suggested"])
    level = level_of(definition, year) if item["kind"] == "indicator" else None
    return ReportForm(
        round_id=round_found["round"],
        kind=kind,
        year=year,
        item=item,
        definition=definition,
        previous=previous,
        choices=milestone(kind, year, definition) if item["kind"] == "milestone" else None,
        level=level,
        reached=is_reached(decimal(outturn or values.get("value", ""), language), level),
        values=values,
    )


def _fields(report: Shown, language: str) -> dict[str, str]:
    """A report as the fields hold it. What was erased is empty."""
    found = {name: report[name] for name in ("status", "finality") if report.get(name)}
    if report.get("light") is not None:
        found["light"] = str(report["light"])
    if report.get("value") is not None:
        found["value"] = number(report["value"], language)
    found |= {name: report[name] for name in _WORDS if isinstance(report.get(name), str)}
    explanation = report.get("explanation") or {}
    found |= {f"explanation.{name}": explanation[name] for name in explanation if isinstance(explanation[name], str)}
    for mark in report.get("checklist") or ():
        found[CHECKLIST + mark["id"]] = "done" if mark["done"] else ""
    return found


def _carried(previous: Shown | None, item: Shown, definition: Shown, kind: str, language: str) -> dict[str, str]:
    """What the round before says that may still hold: never an outturn or a judgement, which are made anew."""
    if previous is None:
        return {}
    found = _fields(previous, language)
    for name in ("value", "finality", "light", "rationale"):
        found.pop(name, None)
    if item["kind"] == "milestone":
        known = milestone(kind, 0, definition).statuses
        if found.get("status") not in known or found.get("status") in _LATER:
            found.pop("status", None)
    if item["kind"] == "indicator":
        found.pop("reason", None)
    return found


def body_of(form: ReportForm, typed: Typed, language: str) -> Shown:
    """The command's body. A light that nobody chooses is the one that the status or the outturn leaves."""
    body: Shown = {
        "round": form.round_id,
        "subject": form.item["subject"],
        "seen": typed.text("seen"),
        "narrative": typed.text("narrative"),
    }
    light = _whole(typed.text("light"))
    match form.item["kind"]:
        case "milestone":
            status = typed.text("status")
            forced = {} if form.choices is None else form.choices.forced
            light = forced.get(status or "", light)
            body |= {
                "status": status,
                "reason": typed.text("reason") if status == "no-need-arose" else None,
                "checklist": [
                    {"id": each["id"], "done": typed.get(CHECKLIST + each["id"]) == "done"}
                    for each in form.definition["checklist"]
                ],
            }
        case "indicator":
            value = decimal(typed.text("value"), language)
            body |= {
                "value": value,
                "finality": (typed.text("finality") or "final") if form.annual else "provisional",
                "reason": typed.text("reason"),
            }
            if value is None or form.level is None:
                light = None
            elif form.annual and is_reached(value, form.level):
                light = GREEN
        case _:
            body |= {
                "rationale": typed.text("rationale"),
                "milestones": [_bound(each) for each in typed.all(MILESTONE)],
            }
    body["light"] = light
    body["explanation"] = {name: typed.text(f"explanation.{name}") for name in EXPLANATION} if light in SHORT else None
    return body


def _bound(written: str) -> Shown:
    """A milestone of a target as it was shown: `subject:revision:digest`."""
    subject, _, rest = written.partition(":")
    revision, _, digest = rest.partition(":")
    return {"subject": subject, "revision": _whole(revision) or 0, "digest": digest}


def _whole(written: str | None) -> int | None:
    return int(written) if written is not None and re.fullmatch(r"[0-9]{1,9}", written) else None


__all__ = ["EXPLANATION", "ReportForm", "body_of", "report_form"]
