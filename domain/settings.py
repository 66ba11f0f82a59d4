"""Settings: what neither law nor agreement fixes, each with its default and its source; changed by two people (C15)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.organisation import Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A setting: what it is for, what it takes, its default and where that comes from."""

    purpose: str
    takes: str
    default: Any
    source: str
    accepts: Callable[[Any], bool]


LONGEST, MOST_DAYS, MOST_STEPS = 365, 10, 3


def _days(value: object) -> bool:
    return type(value) is int and 0 <= value <= LONGEST


def _day_list(value: object) -> bool:
    return isinstance(value, list) and 0 < len(value) <= MOST_DAYS and all(_days(each) for each in value)


SETTINGS: Mapping[str, Known] = {
    "reminders.days-before": Known(
        purpose="How many days before a date the one who must act is reminded.",
        takes="a list of one to ten numbers of days",
        default=[7, 1],
        source="assumption: the agreement names no reminders",
        accepts=_day_list,
    ),
    "reminders.days-after": Known(
        purpose="How many days after a date was missed the one who is late is reminded.",
        takes="a list of one to ten numbers of days",
        default=[1, 7],
        source="assumption",
        accepts=_day_list,
    ),
    "reminders.quiet-months": Known(
        purpose="Months in which nobody is reminded: July, the holiday month.",
        takes="a list of one to ten months",
        default=[7],
        source="assumption",
        accepts=_day_list,
    ),
    "approval.waits-days": Known(
        purpose="After how many days a submitted package that nobody decided is brought to the approver's mind again.",
        takes="a number of days",
        default=3,
        source="assumption",
        accepts=_days,
    ),
    "half-year.closes-after-days": Known(
        purpose="How many days after the delivery a half-year round closes, if nothing is open.",
        takes="a number of days",
        default=30,
        source="assumption",
        accepts=_days,
    ),
    "response.days": Known(
        purpose="How long the agency may attach a response to the statement.",
        takes="a number of days",
        default=14,
        source="assumption: the agreement knows no time for a response",
        accepts=_days,
    ),
    "approval.chain": Known(
        purpose="Steps of endorsement before the director's sign-off.",
        takes="a list of at most three of contributor, owner, director, each held in the item's unit",
        default=[],
        source="assumption: the director alone",
        accepts=lambda value: (
            isinstance(value, list) and len(value) <= MOST_STEPS and set(value) <= {"contributor", "owner", "director"}
        ),
    ),
}


def setting(organisation: Organisation, key: str) -> Any:
    """The value in force: what was confirmed last, else the default."""
    confirmed = organisation.settings.get(key)
    return SETTINGS[key].default if confirmed is None else json.loads(confirmed.value)
