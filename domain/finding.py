"""Raise, answer and close a finding of an audit (C16)."""

import re
from dataclasses import dataclass

from domain.authority import require
from domain.calendar import day_of
from domain.engagement import FOLD, known_engagement, one_of
from domain.errors import Refused
from domain.events.engagement import FindingAnswered, FindingClosed, FindingRaised, Outcome, Severity
from domain.events.event import Event
from domain.findings import FINDINGS, Finding
from domain.organisation import FOLD as ORGANISATION
from domain.organisation import known_unit
from domain.proposal import sound_id
from domain.values import Date, Id, SubjectId, UnitId, Words
from domain.view import Act, View

_CONTROL = re.compile(r"C(0[1-9]|1[0-9])")


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseFinding:
    """Say what was found, with the positions of the events that show it."""

    engagement: Id
    finding: Id
    control: str | None
    severity: Severity
    unit: UnitId | None
    subjects: tuple[SubjectId, ...]
    positions: tuple[int, ...]
    text: Words


def raise_finding(view: View, act: Act, command: RaiseFinding) -> tuple[Event, ...]:
    """Errors: `unknown-engagement`, `not-in-engagement`, `engagement-over`, `outside-engagement`, `malformed-id`,
    `malformed-control`, `unknown-unit`, `finding-exists`.
    """
    _audits(view, act, command.engagement)
    sound_id(command.finding, "finding")
    event = FindingRaised(
        engagement=command.engagement,
        finding=command.finding,
        control=command.control,
        severity=command.severity,
        unit=command.unit,
        subjects=command.subjects,
        positions=command.positions,
        text=command.text,
    )
    present = view.get(FINDINGS, command.engagement).get(command.finding)
    if present is not None and present.raised == event:
        return ()
    if present is not None:
        raise Refused("finding-exists", f"There is a finding {command.finding!r} already.", field="finding")
    if command.control is not None and _CONTROL.fullmatch(command.control) is None:
        raise Refused("malformed-control", f"{command.control!r} is no control.", field="control", mend="C01 to C19.")
    if command.unit is not None:
        known_unit(view.get(ORGANISATION), command.unit)
    scope = view.get(FOLD).opened[command.engagement].subjects
    if scope and not set(command.subjects) <= set(scope):
        raise Refused("outside-engagement", "A subject lies outside the engagement.", field="subjects")
    return (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFinding:
    """Answer a finding: agreed or not, and by when it is mended."""

    engagement: Id
    finding: Id
    agreed: bool
    mended_by: Date | None
    text: Words


def answer_finding(view: View, act: Act, command: AnswerFinding) -> tuple[Event, ...]:
    """Errors: `unknown-finding`, `finding-closed`, `date-missing`."""
    finding = _finding(view, command.engagement, command.finding)
    unit = finding.raised.unit
    if unit is None:
        require(view, act, "answer-agency-finding")
    else:
        require(view, act, "answer-finding", view.get(ORGANISATION).successor(unit, day_of(act.at), day_of(act.at)))
    event = FindingAnswered(
        engagement=command.engagement,
        finding=command.finding,
        agreed=command.agreed,
        mended_by=command.mended_by,
        text=command.text,
    )
    if finding.answered == event:
        return ()
    if finding.closed is not None:
        raise Refused("finding-closed", "The finding is closed.", field="finding")
    if command.agreed and command.mended_by is None:
        raise Refused("date-missing", "Say by when it is mended.", field="mended_by", rule="C16")
    return (event,)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseFinding:
    """Close a finding, with its outcome; one that is not withdrawn only after it was answered."""

    engagement: Id
    finding: Id
    outcome: Outcome
    text: Words | None = None


def close_finding(view: View, act: Act, command: CloseFinding) -> tuple[Event, ...]:
    """Errors: `unknown-finding`, `not-in-engagement`, `finding-closed`, `not-answered`."""
    opened = known_engagement(view, command.engagement)
    require(view, act, "audit")
    one_of(opened, act)
    finding = _finding(view, command.engagement, command.finding)
    event = FindingClosed(
        engagement=command.engagement, finding=command.finding, outcome=command.outcome, text=command.text
    )
    if finding.closed == event:
        return ()
    if finding.closed is not None:
        raise Refused("finding-closed", "The finding is closed already.", field="finding")
    if finding.answered is None and command.outcome is not Outcome.WITHDRAWN:
        raise Refused("not-answered", "The agency has not answered yet.", field="finding")
    return (event,)


def _audits(view: View, act: Act, engagement: str) -> None:
    opened = known_engagement(view, engagement)
    require(view, act, "audit")
    one_of(opened, act)
    over = engagement in view.get(FOLD).closed
    if over or not opened.valid_from <= day_of(act.at) <= opened.valid_to:
        raise Refused("engagement-over", "The engagement isn't in force.", field="engagement")


def _finding(view: View, engagement: str, finding: str) -> Finding:
    known_engagement(view, engagement)
    found = view.get(FINDINGS, engagement).get(finding)
    if found is None:
        raise Refused("unknown-finding", f"There is no finding {finding!r}.", field="finding")
    return found
