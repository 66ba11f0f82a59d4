"""Streams `assessment/{Y}/{subject}`: the ministry's light beside the agency's."""

from dataclasses import dataclass
from typing import ClassVar

from domain.events.event import Event
from domain.values import Digest, SubjectId, TrafficLight, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentEvent(Event):
    """An event of the assessment of one subject in one year."""

    year: int
    subject: SubjectId

    @property
    def stream(self) -> str:
        """`assessment/{Y}/{subject}`."""
        return f"assessment/{self.year}/{self.subject}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetAssessed(AssessmentEvent):
    """The ministry's light for a target, bound to the delivered revision. No light: `excused` says why."""

    type: ClassVar[str] = "target-assessed"
    light: TrafficLight | None
    rationale: Words | None
    excused: Words | None
    revision: int
    delivered: Digest
    transcribed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorAssessed(AssessmentEvent):
    """The ministry's light for an indicator, bound to the delivered revision."""

    type: ClassVar[str] = "indicator-assessed"
    light: TrafficLight | None
    rationale: Words | None
    excused: Words | None
    revision: int
    delivered: Digest
    transcribed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneCommented(AssessmentEvent):
    """The ministry's comment on a milestone; milestones get no light from it."""

    type: ClassVar[str] = "milestone-commented"
    comment: Words
