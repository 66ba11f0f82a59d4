"""A unit's package in a round: its state follows from its items, and has no event of its own."""

from collections.abc import Iterable
from enum import StrEnum

from domain.item import Item, Stage


class SubmissionState(StrEnum):
    """Where a package stands."""

    PARTLY_RETURNED = "partly-returned"
    IN_PREPARATION = "in-preparation"
    IN_REVIEW = "in-review"
    SIGNED_OFF = "signed-off"
    DELIVERED = "delivered"


_UNSUBMITTED = frozenset({Stage.NOT_STARTED, Stage.DRAFT})


def submission_state(items: Iterable[Item]) -> SubmissionState:
    """The state of a package: that of its least advanced item, but one returned item makes it partly returned.

    Withdrawn items don't count.
    """
    stages = {item.stage for item in items} - {Stage.WITHDRAWN}
    if Stage.RETURNED in stages:
        return SubmissionState.PARTLY_RETURNED
    if stages & _UNSUBMITTED:
        return SubmissionState.IN_PREPARATION
    if Stage.SUBMITTED in stages:
        return SubmissionState.IN_REVIEW
    if Stage.SIGNED_OFF in stages:
        return SubmissionState.SIGNED_OFF
    return SubmissionState.DELIVERED
