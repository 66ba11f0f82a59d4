"""Commands on a measure of the recovery plan: what auditors of the facility ask for (R9, R13; C10, C17).

Which items count for it is said in rrf_link.py; the state stands in measure.py.
"""

import re
from dataclasses import dataclass
from datetime import date

from domain.authority import require
from domain.calendar import day_of
from domain.errors import Refused
from domain.events.event import Event
from domain.events.rrf import InterestDeclared, MeasureRecorded, Recipient, RecipientsRecorded, RetentionRecorded
from domain.measure import FOLD, known_measure
from domain.organisation import FOLD as ORGANISATION
from domain.proposal import sound_id
from domain.values import Date, Id, Source, Title, UnitId, Words
from domain.view import Act, View

SHORTEST_RETENTION, LONGEST_RETENTION = 3, 100
"""Years. Three are for up to 60 000 €, five for others, which is to be checked; a century is a typing error (R13)."""
_CODE = re.compile(r"P[0-9]{1,2}C[0-9]{1,2}[IR][0-9]{1,2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordMeasure:
    """Record a measure as the recovery plan has it, or as it has it now."""

    measure: Id
    code: str
    title: Title
    section: Source | None


def record_measure(view: View, act: Act, command: RecordMeasure) -> tuple[Event, ...]:
    """Errors: `malformed-id`, `malformed-code`."""
    require(view, act, "record-rrf")
    sound_id(command.measure, "measure")
    if _CODE.fullmatch(command.code) is None:
        raise Refused(
            "malformed-code",
            f"{command.code!r} is no code of a measure.",
            field="code",
            rule="C10",
            mend="Such as P3C2I1: pillar, component, investment or reform.",
        )
    event = MeasureRecorded(measure=command.measure, code=command.code, title=command.title, section=command.section)
    return () if view.get(FOLD, command.measure).recorded == event else (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRecipients:
    """Record the data of Art. 22(2)(d) of a measure for one year, whole; or why there are none."""

    measure: Id
    year: int
    recipients: tuple[Recipient, ...]
    none_because: Words | None = None


def record_recipients(view: View, act: Act, command: RecordRecipients) -> tuple[Event, ...]:
    """Errors: `unknown-measure`, `recipients-missing`, `recipients-contradict`."""
    require(view, act, "record-rrf")
    state = known_measure(view, command.measure)
    if not command.recipients and command.none_because is None:
        raise Refused(
            "recipients-missing", "Name the recipients, or say why there are none.", field="recipients", rule="R13"
        )
    if command.recipients and command.none_because is not None:
        raise Refused("recipients-contradict", "There are recipients, so no reason why none.", field="none_because")
    event = RecipientsRecorded(
        measure=command.measure, year=command.year, recipients=command.recipients, none_because=command.none_because
    )
    return () if state.recipients.get(command.year) == event else (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRetention:
    """Record when the balance was paid, and how many years from then the records are kept (R13)."""

    measure: Id
    balance_paid_on: Date
    years: int
    basis: Words


def record_retention(view: View, act: Act, command: RecordRetention) -> tuple[Event, ...]:
    """Errors: `unknown-measure`, `date-in-the-future`, `retention-years`, `retention-shortened`."""
    require(view, act, "record-rrf")
    state = known_measure(view, command.measure)
    if command.balance_paid_on > day_of(act.at):
        raise Refused(
            "date-in-the-future",
            f"{command.balance_paid_on} is yet to come.",
            field="balance_paid_on",
            mend="Until the balance is paid, everything is kept.",
        )
    if not SHORTEST_RETENTION <= command.years <= LONGEST_RETENTION:
        raise Refused(
            "retention-years",
            f"Records are kept {SHORTEST_RETENTION} to {LONGEST_RETENTION} years.",
            field="years",
            rule="R13",
        )
    event = RetentionRecorded(
        measure=command.measure,
        balance_paid_on=command.balance_paid_on,
        years=command.years,
        until=_years_after(command.balance_paid_on, command.years),
        basis=command.basis,
    )
    if state.retention == event:
        return ()
    if state.retention is not None and event.until < state.retention.until:
        raise Refused(
            "retention-shortened",
            f"Retention runs to {state.retention.until} and is never shortened.",
            field="years",
            rule="case 21",
        )
    return (event,)


def _years_after(day: Date, years: int) -> Date:
    start = date.fromisoformat(day)
    try:
        return Date(start.replace(year=start.year + years).isoformat())
    except ValueError:  # From 29 February: a day longer, not shorter.
        return Date(date(start.year + years, 3, 1).isoformat())


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareInterest:
    """Declare one's own interests in a measure for a year, before signing its items (C17)."""

    measure: Id
    year: int
    conflict: bool
    statement: Words | None = None


def declare_interest(view: View, act: Act, command: DeclareInterest) -> tuple[Event, ...]:
    """Errors: `unknown-measure`, `statement-missing`."""
    require(view, act, "declare-interest", _unit(view, act))
    state = known_measure(view, command.measure)
    if command.conflict and command.statement is None:
        raise Refused("statement-missing", "Say what the conflict is.", field="statement", rule="C17")
    event = InterestDeclared(
        measure=command.measure,
        person=act.by.id,
        year=command.year,
        conflict=command.conflict,
        statement=command.statement,
    )
    return () if state.interests.get((act.by.id, command.year)) == event else (event,)


def _unit(view: View, act: Act) -> UnitId | None:
    """The unit in which a substitute stands in: interests are one's own, wherever one signs."""
    day = day_of(act.at)
    for each in view.get(ORGANISATION).substitutions.values():
        stands_in = (each.principal, each.substitute) == (act.by.acting_for, act.by.id)
        if stands_in and each.valid_from <= day <= each.valid_to:
            return each.unit
    return None
