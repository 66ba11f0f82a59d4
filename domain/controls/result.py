"""What the test of a control comes to: how many were looked at, how many pass, and each exception with its events."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlException:
    """One case that a control does not find in order.

    `positions` are those of the events that show it, in the log's order; `ledger` is where they lie. `code` is stable,
    `says` one sentence in plain words: ids, dates and digests stand in it, human language only as commitments.
    """

    code: str
    says: str
    positions: tuple[int, ...]
    ledger: str
    cycle: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlResult:
    """A control over a history. `population` = `passes` + `failing` + `untested`; one case may have two exceptions.

    `untested` are cases for which what the test needs was not given (stored files, a replay); `note` says so, and why
    a population is empty.
    """

    control: str
    title: str
    rule: str
    cycle: int | None
    population: int
    passes: int
    failing: int
    untested: int
    exceptions: tuple[ControlException, ...]
    note: str
