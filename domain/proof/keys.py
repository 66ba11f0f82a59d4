"""Which key signs the checkpoints of a log: the log's own events introduce them, one after the other (C18).

A checkpoint is signed with the key that was introduced last among the events that it covers. A log that was long when
it was first sealed is sealed in parts: those that cover no introduction yet are signed with the first key.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.proof.note import NoteRefused, VerifierKey, verifier_key


@dataclass(frozen=True, slots=True)
class LogKeys:
    """The keys of one log, each behind the position of the event that introduced it, in order."""

    introduced: tuple[tuple[int, VerifierKey], ...] = ()

    @property
    def origin(self) -> str | None:
        """The log's name, which all its keys have; None before the first one."""
        return self.introduced[0][1].name if self.introduced else None

    @property
    def current(self) -> VerifierKey | None:
        """The key in use; None before the first one."""
        return self.introduced[-1][1] if self.introduced else None

    def at(self, size: int) -> VerifierKey | None:
        """The key that signs a checkpoint of `size` events; None where no key was introduced."""
        if not self.introduced:
            return None
        covered = [key for position, key in self.introduced if position <= size]
        return covered[-1] if covered else self.introduced[0][1]


def log_keys(introduced: Iterable[tuple[int, str]]) -> LogKeys:
    """The keys from positions and verifier keys as the events hold them. Raises `NoteRefused`."""
    keys = LogKeys(tuple((position, verifier_key(text)) for position, text in introduced))
    if any(key.name != keys.origin for _, key in keys.introduced):
        raise NoteRefused("keys of several logs")
    return keys
