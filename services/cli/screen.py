"""What the command line shows: progress, the story, tables."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.status import Status

WIDE = 160


class Screen:
    """The terminal. What is told goes to standard output; progress is shown only to a person."""

    def __init__(self, *, quiet: bool = False) -> None:
        """`quiet` tells nothing: for the output of programs."""
        # A pipe has no width: lines are left whole there.
        width = None if sys.stdout.isatty() else WIDE
        self.console = Console(stderr=quiet, highlight=False, width=width, soft_wrap=True)
        self._began = time.monotonic()
        self._status: Status | None = None

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self._began

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Show what is waited for, and how long it took."""
        began = time.monotonic()
        if sys.stderr.isatty():
            with self.console.status(what) as status:
                self._status = status
                yield
            self._status = None
        else:
            yield
        self.console.print(f"  {what} [dim]({time.monotonic() - began:.1f} s)[/]")

    def doing(self, what: str) -> None:
        """Say what is going on while something is waited for."""
        if self._status is not None:
            self._status.update(what)

    def say(self, line: str = "") -> None:
        """A line of the story."""
        self.console.print(line)
