"""Deadlines of a year: who must do what by when, whether it was met, and every date that there was.

A pure question of the board's rows at an instant. What was judged when it happened is not judged again: the first
submission, sign-off, approval or delivery counts, against the date that was in force then.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from domain.calendar import day_of, deadline
from domain.values import Date, DeadlineKind, Role
from projections.agreements import AGREEMENT
from projections.cycles import CYCLE, DEVIATION
from projections.items import ITEM
from projections.lights import unit_of
from projections.reading import instant
from projections.rounds import ROUND
from projections.table import Cells, Rows

OPEN, MET, MET_LATE, LATE, UNDETERMINED = "open", "met", "met-late", "late", "undetermined"
ROUNDS = ("half-year", "annual")
_DONE = frozenset({"submitted", "signed-off", "delivered", "withdrawn"})


def deadlines(rows: Rows, year: int, now: datetime, day: Date | None = None) -> list[Cells]:
    """All dates of a year's cycle, the earliest first, those that aren't determined yet last.

    They are open, met or late at `now`, and the units' own are those of who is accountable on `day`, the present one if
    left out.

    {kind, round, unit, subject, role, person, date, nominal, instant, policy, state, met_at, late, outstanding,
    extended, passed_at, history: [{date, nominal, instant, policy, why, by, for, recorded_at, position, reason,
    consent}]}
    """
    found: list[Cells] = []
    for kind in ROUNDS:
        present = rows.of(ROUND).get(f"{year}-{kind}")
        if present is not None:
            found += _of_round(rows, present, now, day or day_of(now))
    cycle = rows.of(CYCLE).get(str(year))
    if cycle is not None:
        found += _of_cycle(rows, cycle, now)
    found += _actions(rows, year, now)
    keys = ("kind", "round", "unit", "subject")
    return sorted(found, key=lambda each: (each["instant"] or "9", *(each[name] or "" for name in keys)))


def _of_round(rows: Rows, found: Cells, now: datetime, day: Date) -> Iterable[Cells]:
    gaps = {gap["subject"] for gap in (found["report"] or {"gaps": []})["gaps"]}
    items = [
        each for each in rows.of(ITEM).values() if each["round"] == found["round"] and each["stage"] != "withdrawn"
    ]
    by_unit: dict[str, list[Cells]] = {unit: [] for unit in found["units"]}
    for item in items:
        if item["subject"] not in gaps or item["first_submitted"] is not None:
            by_unit.setdefault(unit_of(item, day), []).append(item)
    for unit, own in sorted(by_unit.items()):
        if not own:
            continue
        submitted = [each["first_submitted"] for each in own]
        owing = sum(_owes(found, each) for each in own)
        late = any(each["late"] for each in submitted if each is not None)
        at = _last(submitted)
        yield _entry(found, "unit", Role.OWNER, now, unit=unit, met_at=None if owing else at, owing=owing, late=late)
        signed = [each["first_signed"] for each in own]
        waiting = sum(each["stage"] == "submitted" for each in own)
        yield _entry(found, "director", Role.DIRECTOR, now, unit=unit, met_at=_last(signed), owing=waiting)
    approved, deliveries = found["first_approved"], found["deliveries"]
    if "head" in found["dates"]:
        yield _entry(found, "head", Role.HEAD, now, met_at=None if approved is None else approved["at"])
    if "delivery" in found["dates"]:
        yield _entry(found, "delivery", Role.COORDINATOR, now, **_judged(deliveries[0] if deliveries else None))
    for reopening in found["reopenings"]:
        again = next((each for each in deliveries if each["reopening"] == reopening["reopening"]), None)
        history = [*reopening["extended"], {**reopening["redeliver_by"], "why": "reopened"}]
        if reopening["extended"]:
            history[-1] |= {"why": "extended"}
        passed = [each | {"kind": "redelivery"} for each in found["passed"] if each["kind"] == "delivery"]
        entry = _made("redelivery", Role.COORDINATOR, now, history, passed=passed, **_judged(again))
        yield entry | {"round": found["round"], "reopening": reopening["reopening"]}


def _of_cycle(rows: Rows, found: Cells, now: datetime) -> Iterable[Cells]:
    year, dates = found["year"], found["dates"]
    accounts, statement = found["final_accounts"], found["statement"]
    history = dates.get("final-accounts", {}).get("") or _policy(rows, found, DeadlineKind.FINAL_ACCOUNTS)
    yield _made("final-accounts", Role.COORDINATOR, now, history, passed=found["passed"], **_judged(accounts))
    annual = rows.of(ROUND).get(f"{year}-annual")
    if annual is None or "delivery" not in annual["dates"]:
        history = dates.get("delivery", {}).get("", [])
        first = annual["deliveries"][0] if annual is not None and annual["deliveries"] else None
        entry = _made("delivery", Role.COORDINATOR, now, history, passed=found["passed"], **_judged(first))
        yield entry | {"round": f"{year}-annual"}
    history = dates.get("statement", {}).get("") or _policy(rows, found, DeadlineKind.STATEMENT)
    yield _made("statement", Role.MINISTRY_DECIDER, now, history, passed=found["passed"], **_judged(statement))


def _actions(rows: Rows, year: int, now: datetime) -> Iterable[Cells]:
    for found in rows.of(DEVIATION).values():
        if found["year"] == year:
            due = deadline(DeadlineKind.UNIT, Date(found["explanation"]["action_due"]), rolls=False, policy="action")
            dated = {"nominal": due.nominal, "date": due.date, "instant": instant(due.instant), "policy": "action"}
            done = found["action"] or found["closed"]
            at = None if done is None or found["state"] == "open" else done["at"]
            entry = _made("action", Role.OWNER, now, [dated], met_at=at)
            person = found["explanation"]["action_owner"]
            yield entry | {"subject": found["subject"], "unit": found["unit"], "person": person}


def _policy(rows: Rows, cycle: Cells, kind: DeadlineKind) -> list[Cells]:
    """The date that the agreement's policy gives, while no event has recorded it."""
    agreement = rows.of(AGREEMENT).get(cycle["version"] or "")
    for each in [] if agreement is None else agreement["policies"]:
        if each["kind"] == kind and each["month"] is not None:
            nominal = Date(f"{cycle['year'] + each['years_after']}-{each['month']:02}-{each['day']:02}")
            due = deadline(kind, nominal, rolls=each["rolls"], policy=each["kind"])
            return [{"nominal": due.nominal, "date": due.date, "instant": instant(due.instant), "policy": due.policy}]
    return []


def _owes(found: Cells, item: Cells) -> bool:
    """Whether a unit owes an item; what was opened again after the delivery has a date of its own."""
    if item["first_submitted"] is None:
        return True
    return not found["deliveries"] and item["stage"] not in _DONE


def _judged(act: Mapping[str, Any] | None) -> dict[str, Any]:
    """When an act was done and whether it was late, as it was recorded."""
    return {"met_at": None, "late": None} if act is None else {"met_at": act["at"], "late": act["late"]}


def _last(acts: Iterable[Mapping[str, Any] | None]) -> str | None:
    """When the last of them was done; None while one is missing."""
    done = [None if each is None else str(each["at"]) for each in acts]
    return None if not done or None in done else max(filter(None, done))


def _entry(
    found: Cells,
    kind: str,
    role: Role,
    now: datetime,
    *,
    unit: str | None = None,
    met_at: str | None,
    owing: int | None = None,
    late: bool | None = None,
) -> Cells:
    of_kind = found["dates"].get(kind, {})
    history = of_kind.get(unit or "") or of_kind.get("", [])
    passed = [each for each in found["passed"] if each["unit"] == unit]
    made = _made(kind, role, now, history, met_at=met_at, late=late, passed=passed)
    if owing is not None:
        made["outstanding"] = owing
        if made["state"] == LATE and not owing:
            # Nothing waits for this one: others are late.
            made.update(state=OPEN, late=False)
    return made | {"round": found["round"], "unit": unit}


def _made(
    kind: str,
    role: Role,
    now: datetime,
    history: list[Cells],
    *,
    met_at: str | None,
    late: bool | None = None,
    passed: Iterable[Cells] = (),
) -> Cells:
    due = history[-1] if history else None
    at = instant(now)
    if met_at is not None:
        was_late = late if late is not None else due is not None and met_at >= _in_force(history, met_at)["instant"]
        state = MET_LATE if was_late else MET
    elif due is None:
        was_late, state = False, UNDETERMINED
    else:
        was_late = bool(late) or at >= due["instant"]
        state = LATE if at >= due["instant"] else OPEN
    named = {name: None if due is None else due[name] for name in ("date", "nominal", "instant", "policy")}
    held = {each["instant"] for each in history}
    recorded = [each["recorded_at"] for each in passed if each["kind"] == kind and each["instant"] in held]
    return {
        "kind": kind,
        "round": None,
        "unit": None,
        "subject": None,
        "role": role.value,
        "person": None,
        **named,
        "state": state,
        "met_at": met_at,
        "late": was_late,
        "outstanding": 0 if met_at is not None else 1,
        "extended": any(each.get("why") in ("extended", "corrected") for each in history),
        "passed_at": recorded[-1] if recorded else None,
        "history": history,
    }


def _in_force(history: list[Cells], at: str) -> Cells:
    """The entry of a date's history that was in force at an instant."""
    known = [each for each in history if each.get("recorded_at", "") <= at]
    return known[-1] if known else history[0]
