"""The findings of an engagement: raised by its auditors, answered by the agency, closed by the auditors. State, evolve.

The commands stand in finding.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from domain.events.engagement import FindingAnswered, FindingClosed, FindingRaised
from domain.view import Fact, Fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A finding, its last answer, and how it ended."""

    raised: FindingRaised
    answered: FindingAnswered | None = None
    closed: FindingClosed | None = None


Findings = Mapping[str, Finding]


def evolve_findings(state: Findings, fact: Fact) -> Findings:
    """The findings of an engagement one event later."""
    match fact.event:
        case FindingRaised() as event:
            return {**state, event.finding: Finding(raised=event)}
        case FindingAnswered() as event:
            return {**state, event.finding: replace(state[event.finding], answered=event)}
        case FindingClosed() as event:
            return {**state, event.finding: replace(state[event.finding], closed=event)}
        case _:
            return state


FINDINGS: Fold[Findings] = Fold("engagement/{}", dict, evolve_findings)
