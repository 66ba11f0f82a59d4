"""The demo year from the first unit to the close of the cycle, stage by stage."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.demo import annual, auditing, half_year, planted
from services.demo.stage import Story


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage by its name, as the story is told."""

    name: str
    play: Callable[[Story], Awaitable[None]]


UNTIL_JUNE: tuple[Stage, ...] = (
    Stage("The ledger and its people", half_year.staff),
    Stage("The agreement is signed", half_year.sign),
    Stage("The agreement is published", half_year.publish_agreement),
    Stage("A measure of the recovery plan", planted.record_measure),
    Stage("Half-year: the units report", half_year.report),
    Stage("Half-year: the units submit", half_year.submit),
    Stage("Half-year: the directors decide", half_year.approve),
    Stage("Half-year: a date is moved late", planted.move_date_late),
    Stage("Half-year: delivered to the ministry", half_year.deliver),
    Stage("Annual: the units report", annual.report),
    Stage("A second milestone of the measure", planted.link_second),
    Stage("Annual: the directors decide", annual.approve),
    Stage("What was mended is closed", planted.follow_up),
    Stage("Annual: final accounts and delivery", annual.deliver),
    Stage("A correction after the delivery", annual.correct),
    Stage("An auditor is engaged", auditing.engage),
    Stage("A finding is raised and answered", auditing.find),
    Stage("The ministry assesses", annual.assess_half),
    Stage("Two proposals wait for a second person", annual.propose),
)
"""Up to 10 June 2025, where each role has work waiting."""

REST: tuple[Stage, ...] = (
    Stage("The second people confirm", annual.confirm),
    Stage("The corrected report is delivered", annual.redeliver),
    Stage("The ministry's statement", annual.state),
    Stage("The cycle closes", annual.close),
)
