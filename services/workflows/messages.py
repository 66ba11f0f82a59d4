"""What goes through Temporal: ids, names, numbers and instants. Nothing here is, or opens to, human language."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A process of a ledger: `reporting-cycle/2024`, `submission/2024-annual/unit`, `signing/version`."""

    ledger: str
    process: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of the system that is owed. `name` is the command's wire name and the activity's, `about` its matter.

    `command` is the command's canonical JSON; `key` its business key; `cause` the position of what made it owed.
    """

    ledger: str
    name: str
    about: str
    command: str
    key: str
    cause: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What a process owes now. `wait`: seconds, at most a day; None: until the bell. `details` says it to people."""

    steps: tuple[Step, ...]
    wait: float | None
    over: bool
    details: str


class Outcome(StrEnum):
    """What became of a step: its events are in the log, were there already, are owed no more, or later."""

    RECORDED = "recorded"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"
    NOT_YET = "not-yet"
