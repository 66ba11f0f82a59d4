"""What is wrong in an agreement file: where, why, and how to mend it."""

from collections.abc import Sequence
from dataclasses import dataclass

Path = tuple[int | str, ...]
"""The way to a value: keys and indices, from the outermost in."""

MOST = 100
"""So many malformations are told at once; a file with more is no agreement yet."""


def place(path: Path) -> str:
    """Write a path as people read it: `targets[3].milestones[2].year`, indices from 0; empty for the whole file."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformation:
    """One thing that is wrong. `line` counts from 1; None where the file as a whole is meant."""

    place: str
    line: int | None
    reason: str
    mend: str

    def __str__(self) -> str:
        """One line for a terminal or a page."""
        where = ", ".join(part for part in (f"line {self.line}" if self.line else "", self.place) if part)
        return f"{where or 'the file'}: {self.reason}. {self.mend}."


class MalformedAgreement(Exception):
    """The file is no agreement; nothing of it was imported. `malformations`: all that was found, at most `MOST`."""

    def __init__(self, malformations: Sequence[Malformation]) -> None:
        """Keep what was found, in the order of the file."""
        ordered = sorted(malformations, key=lambda each: each.line or 0)
        self.malformations = tuple(ordered[:MOST])
        super().__init__("\n".join(map(str, self.malformations)))
