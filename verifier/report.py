"""What a verification found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_ALIKE = 200
"""How many faults of one code are listed one by one; more are only counted, so that no other is crowded out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that isn't as it should be. `code` is stable; `position` and `stream` name the event."""

    code: str
    what: str
    should: str
    position: int | None = None
    stream: str | None = None

    def __str__(self) -> str:
        stream = "" if self.stream is None else f" ({self.stream})"
        where = "" if self.position is None else f"event {self.position}{stream}: "
        return f"{where}{self.what}; it should have been: {self.should} [{self.code}]"


@dataclass(slots=True)
class Report:
    """What was verified, found wrong, and is to be known beside it.

    `more` counts by their codes the faults that aren't listed; `scope` is the manifest's. `events` are those that are
    shown whole; of `withheld` ones the header is shown, or the hash alone.
    """

    faults: list[Fault] = field(default_factory=list)
    more: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    ledger: str = ""
    origin: str = ""
    size: int = 0
    root: str = ""
    scope: Mapping[str, Any] = field(default_factory=dict)
    sha256: str = ""
    events: int = 0
    withheld: int = 0

    @property
    def ok(self) -> bool:
        """Whether all holds."""
        return not self.faults

    def fault(
        self, code: str, what: str, should: str, *, position: int | None = None, stream: str | None = None
    ) -> None:
        """Note a fault."""
        if code in self.more or sum(each.code == code for each in self.faults) == MOST_ALIKE:
            self.pass_over(code)
            return
        what, should = _printable(what), _printable(should)
        self.faults.append(Fault(code=code, what=what, should=should, position=position, stream=stream))

    def pass_over(self, code: str, count: int = 1) -> None:
        """Count faults without listing them."""
        if count:
            self.more[code] = self.more.get(code, 0) + count

    def note(self, text: str) -> None:
        """Note what is to be known."""
        self.notes.append(_printable(text))


def _printable(text: str) -> str:
    """Text as a terminal may have it: what is quoted from a file can't move its cursor."""
    return "".join(each if each.isprintable() else "?" for each in text)
