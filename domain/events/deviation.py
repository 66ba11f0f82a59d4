"""Streams `deviation/{Y}/{subject}`: a shortfall, its cause and risk, the corrective action until it is closed (R7)."""

from dataclasses import dataclass
from typing import ClassVar

from domain.events.event import Event
from domain.events.item import Explanation
from domain.values import Basis, SubjectId, TrafficLight, UnitId, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviationEvent(Event):
    """An event of one deviation: one per subject and year."""

    year: int
    subject: SubjectId

    @property
    def stream(self) -> str:
        """`deviation/{Y}/{subject}`."""
        return f"deviation/{self.year}/{self.subject}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviationOpened(DeviationEvent):
    """The sign-off of a YELLOW or RED opened it, or opened it again (case 22)."""

    type: ClassVar[str] = "deviation-opened"
    round: str
    revision: int
    unit: UnitId
    light: TrafficLight
    basis: Basis
    explanation: Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviationUpdated(DeviationEvent):
    """A later sign-off of a YELLOW or RED brought it up to date."""

    type: ClassVar[str] = "deviation-updated"
    round: str
    revision: int
    unit: UnitId
    light: TrafficLight
    basis: Basis
    explanation: Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviationClosureProposed(DeviationEvent):
    """The subject was signed off GREEN or was withdrawn (case 8): the director may close the deviation."""

    type: ClassVar[str] = "deviation-closure-proposed"
    round: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionReported(DeviationEvent):
    """The owner says that the corrective action is done."""

    type: ClassVar[str] = "action-reported"
    narrative: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionReturned(DeviationEvent):
    """The director finds the action wanting; the deviation is open again."""

    type: ClassVar[str] = "action-returned"
    reason: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviationClosed(DeviationEvent):
    """The director found the action done."""

    type: ClassVar[str] = "deviation-closed"
    reason: Words | None
