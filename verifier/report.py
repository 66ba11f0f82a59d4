"""What a verification found."""

from dataclasses import dataclass, field

MOST_FAULTS = 200
"""How many faults are listed one by one; more are only counted."""


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

    `events` are those that are shown whole; of `withheld` ones the header is shown, or the hash alone.
    """

    faults: list[Fault] = field(default_factory=list)
    more: int = 0
    notes: list[str] = field(default_factory=list)
    ledger: str = ""
    origin: str = ""
    size: int = 0
    root: str = ""
    scope: str = ""
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
        if len(self.faults) < MOST_FAULTS:
            what, should = _printable(what), _printable(should)
            self.faults.append(Fault(code=code, what=what, should=should, position=position, stream=stream))
        else:
            self.more += 1

    def note(self, text: str) -> None:
        """Note what is to be known."""
        self.notes.append(_printable(text))


def _printable(text: str) -> str:
    """Text as a terminal may have it: what is quoted from a file can't move its cursor."""
    return "".join(each if each.isprintable() else "?" for each in text)
