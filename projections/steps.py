"""Open steps: what waits to be done in a ledger, whoever may do it. A pure question of the board's rows on a day."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.calendar import day_of
from domain.organisation import Organisation
from domain.settings import setting
from domain.values import Date, Publication
from projections.agreements import AGREEMENT, ORGANISATION
from projections.cycles import ASSESSMENT, CYCLE, DEVIATION, LATE
from projections.dates import date_of, unit_date
from projections.deadlines import deadlines
from projections.items import ITEM
from projections.lights import by_target, stale, unit_of
from projections.rounds import ROUND
from projections.table import Cells, Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that waits. `permission` is its line in `domain.authority.MATRIX`; `person` where it is one person's.

    `not_by` may not take it (R15). `due` is a date, `since` an instant.
    """

    what: str
    permission: str | None = None
    person: str | None = None
    unit: str | None = None
    year: int | None = None
    round: str | None = None
    subject: str | None = None
    reference: str | None = None
    due: str | None = None
    since: str | None = None
    not_by: frozenset[str] = frozenset()


def open_steps(rows: Rows, organisation: Organisation, now: datetime, day: Date | None = None) -> list[Step]:
    """All that waits now, of the units that are accountable on `day`, the present one if left out."""
    day = day or day_of(now)
    found: list[Step] = []
    for each in rows.of(ROUND).values():
        if each["stage"] in ("open", "compiled", "approved"):
            found += _of_round(rows, each, day)
    for each in rows.of(CYCLE).values():
        if each["stage"] != "closed":
            found += _of_cycle(rows, each, now, setting(organisation, "response.days"))
    for each in rows.of(AGREEMENT).values():
        found += _of_agreement(each)
    for each in rows.of(ORGANISATION).values():
        found += _of_organisation(each)
    for each in rows.of(DEVIATION).values():
        found += _of_deviation(rows, each, _unit_on(organisation, each, day))
    for each in rows.of(LATE).values():
        found += _of_late_completion(each, _unit_on(organisation, each, day))
    return found


def _of_round(rows: Rows, found: Cells, day: Date) -> Iterator[Step]:
    round_id, year, reopening = found["round"], found["year"], found["reopening"]
    items = [each for each in rows.of(ITEM).values() if each["round"] == round_id]
    if found["stage"] == "open":
        yield from _of_items(rows, found, items, day)
    waiting = [each for each in items if each["stage"] not in ("signed-off", "delivered", "withdrawn")]
    due = date_of(found, "head", "")
    place = {"year": year, "round": round_id}
    if found["stage"] in ("compiled", "approved") and _outdated(found["report"], items):
        yield Step(what="return-report", permission="return-agency-report", due=due, **place)
        return
    if found["stage"] == "open" and not waiting:
        yield Step(what="compile", permission="compile-agency-report", due=due, **place)
    if found["stage"] == "compiled":
        report = found["report"]
        by = _people(report)
        yield Step(
            what="approve-report", permission="approve-agency-report", due=due, since=report["at"], not_by=by, **place
        )
    cycle = rows.of(CYCLE).get(str(year))
    known = found["kind"] == "half-year" or (cycle is not None and cycle["final_accounts"] is not None)
    if found["stage"] == "approved" and known:
        due = delivery_date(rows, found) if reopening is None else due
        since = found["approved"]["at"]
        yield Step(what="deliver", permission="deliver-to-ministry", due=due, since=since, **place)


def _outdated(report: Cells, items: Iterable[Cells]) -> bool:
    """Whether an update of the agreement removed what a report holds: it goes no further (case 8).

    A report names each item that stood when it was compiled, as reported or as a gap.
    """
    reported: int = report["items"] + len(report["gaps"])
    return len([each for each in items if each["stage"] != "withdrawn"]) < reported


def delivery_date(rows: Rows, found: Cells) -> str | None:
    """By when a round's first delivery is due, as far as it is determined."""
    cycle = rows.of(CYCLE).get(str(found["year"]))
    moved = found["dates"].get("delivery", {}).get("", [])
    history = moved or ([] if cycle is None else cycle["dates"].get("delivery", {}).get("", []))
    return history[-1]["date"] if history else None


def _of_items(rows: Rows, found: Cells, items: Iterable[Cells], day: Date) -> Iterator[Step]:
    reopening, chain = found["reopening"], found["chain"]
    named = None if reopening is None else {each["subject"] for each in reopening["items"]}
    milestones = by_target(rows, found["round"])
    for item in items:
        subject, stage = item["subject"], item["stage"]
        if named is not None and subject not in named:
            continue
        unit = unit_of(item, day)
        place = {"year": found["year"], "round": found["round"], "unit": unit, "subject": subject}
        due, preparers = unit_date(found, item, day), frozenset(item["preparers"])
        is_stale = stale(item, milestones.get(subject, []))
        if is_stale and stage in ("draft", "returned", "signed-off"):
            yield Step(what="report-again", permission="report", due=due, **place)
        elif stage == "not-started":
            yield Step(what="report", permission="report", due=due, **place)
        elif stage == "draft":
            yield Step(what="submit", permission="submit-items", due=due, **place)
        elif stage == "returned":
            since = item["waiting_since"]
            yield Step(what="returned", permission="report", due=due, since=since, **place)
        elif stage == "delivered" and reopening is not None and not reopening["by_ministry"]:
            yield Step(what="start-correction", permission="start-correction", due=due, **place)
        elif stage == "submitted":
            due, since = date_of(found, "director", unit), item["waiting_since"]
            waits = {"due": due, "since": since, "not_by": preparers, **place}
            if len(item["endorsed"]) < len(chain):
                yield Step(what="endorse", permission=f"endorse-{chain[len(item['endorsed'])]}", **waits)
            else:
                yield Step(what="sign-off", permission="sign-off-items", **waits)
            if _at_the_head(found, unit, subject):
                yield Step(what="sign-off-escalated", permission="sign-off-escalated-items", **waits)


def _at_the_head(found: Cells, unit: str, subject: str) -> bool:
    """Whether an item of a unit has come to the head: with all of its unit, or by its name (case 27)."""
    came = (each["items"] for each in found["escalated"] if each["unit"] == unit)
    return any(not items or subject in items for items in came)


def _of_cycle(rows: Rows, found: Cells, now: datetime, response_days: int) -> Iterator[Step]:
    year, stage = found["year"], found["stage"]
    dates = {each["kind"]: each["date"] for each in deadlines(rows, year, now)}
    if found["final_accounts"] is None and day_of(now) > f"{year}-12-31":
        due = dates.get("final-accounts")
        yield Step(what="record-final-accounts", permission="record-final-accounts", year=year, due=due)
    if stage == "assessing":
        yield from _assessing(rows, found, dates.get("statement"))
    for proposal, each in found["proposals"].items():
        yield Step(
            what="confirm-transcription",
            permission="confirm-transcription",
            year=year,
            reference=proposal,
            since=each["at"],
            not_by=_people(each),
        )
    for kind in publishable(rows, found):
        if kind not in found["published"] or _published_before(rows, found, kind):
            yield Step(what="publish", permission="publish", year=year, reference=kind)
    if stage == "stated" and found["response"] is None:
        until = datetime.fromisoformat(found["statement"]["at"]) + timedelta(days=response_days)
        if now < until:
            yield Step(what="respond", permission="attach-response", year=year, due=day_of(until))


def _published_before(rows: Rows, found: Cells, kind: str) -> bool:
    """Whether something else was delivered since the final accounts' data were published (C13)."""
    annual = rows.of(ROUND).get(f"{found['year']}-annual")
    if kind != Publication.FINAL_ACCOUNTS.value or annual is None or not annual["deliveries"]:
        return False
    return bool(annual["deliveries"][-1]["digest"] != found["published"][kind]["digest"])


def publishable(rows: Rows, found: Cells) -> list[str]:
    """The publications for which there is something to publish (R6)."""
    kinds: list[str] = []
    annual = rows.of(ROUND).get(f"{found['year']}-annual")
    if found["version"] is not None:
        kinds.append(Publication.AGREEMENT.value)
    if annual is not None and annual["deliveries"] and found["final_accounts"] is not None:
        kinds.append(Publication.FINAL_ACCOUNTS.value)
    if found["statement"] is not None:
        kinds.append(Publication.STATEMENT.value)
    return kinds


def _assessing(rows: Rows, found: Cells, due: str | None) -> Iterator[Step]:
    year, since = found["year"], found["assessment"]["at"]
    annual = rows.of(ROUND)[f"{year}-annual"]
    whole = annual["deliveries"][-1]["digest"]
    missing, assessors = False, set[str]()
    for each in found["assessment"]["subjects"]:
        subject = each["subject"]
        given = rows.of(ASSESSMENT).get(f"{year}/{subject}")
        item = rows.of(ITEM).get(f"{year}-annual/{subject}")
        if item is not None and item["stage"] == "withdrawn":
            continue
        # For a gap the report's own digest stands.
        delivered = whole if item is None or item["delivered"] is None else item["delivered"]["digest"]
        if given is None or not given["given"] or given["delivered"] != delivered:
            missing = True
            yield Step(what="assess", permission="assess", year=year, subject=subject, due=due, since=since)
        else:
            assessors |= set(given["assessors"])
    if not missing and annual["stage"] in ("delivered", "closed"):
        by = frozenset(assessors)
        yield Step(what="issue-statement", permission="issue-statement", year=year, due=due, since=since, not_by=by)


def _of_agreement(found: Cells) -> Iterator[Step]:
    version = found["version"]
    if found["stage"] == "draft":
        yield Step(what="send-for-signature", permission="send-for-signature", reference=version)
    if found["stage"] != "signing":
        return
    for slot in found["slots"]:
        if slot["id"] not in found["signed"]:
            yield Step(what="sign-agreement", person=slot["person"], reference=version, since=found["sent_at"])
    for proposal, each in found["proposals"].items():
        yield Step(
            what="confirm-external-signature",
            permission="confirm-external-signature",
            reference=f"{version}/{proposal}",
            since=each["at"],
            not_by=_people(each),
        )


def _of_organisation(found: Cells) -> Iterator[Step]:
    for proposal, each in found["proposals"].items():
        what = f"confirm-{each['what']}"
        barred = _people(each)
        if each["what"] == "role":
            barred |= {each["role"]["person"]}
        yield Step(what=what, permission=what, reference=proposal, since=each["at"], not_by=barred)


def _unit_on(organisation: Organisation, found: Cells, day: Date) -> str:
    """The unit that reported it, or its successor (case 5)."""
    return organisation.successor(found["unit"], day, Date(f"{found['year']}-12-31"))


def _of_deviation(rows: Rows, found: Cells, unit: str) -> Iterator[Step]:
    place = {"year": found["year"], "unit": unit, "subject": found["subject"]}
    due = found["explanation"]["action_due"]
    if found["state"] == "open":
        yield Step(what="action", person=found["explanation"]["action_owner"], due=due, **place)
        yield Step(what="report-action", permission="report-action", due=due, **place)
    if found["state"] == "action-reported" or (found["state"] == "open" and found["closure_proposed"]):
        item = rows.of(ITEM).get(f"{found['round']}/{found['subject']}")
        by = frozenset([*found["reporters"], *([] if item is None else item["preparers"])])
        yield Step(what="close-deviation", permission="close-deviation", not_by=by, **place)


def _of_late_completion(found: Cells, unit: str) -> Iterator[Step]:
    place = {"year": found["year"], "unit": unit, "subject": found["subject"], "since": found["at"]}
    if found["state"] == "recorded":
        by = frozenset(found["preparers"])
        yield Step(what="sign-off-late-completion", permission="late-completion", not_by=by, **place)
    if found["state"] == "returned":
        yield Step(what="late-completion-returned", permission="record-late-completion", **place)


def _people(act: Cells) -> frozenset[str]:
    return frozenset(filter(None, (act["by"], act["for"])))
