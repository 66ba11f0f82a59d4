"""Which key signs the checkpoints of a log: the log's own events introduce them, one after the other (C18).

A checkpoint is signed with the key that was introduced last among the events that it covers. A log that was long when
it was first sealed is sealed in parts: those that cover no introduction yet are signed with the first key.

Who keeps the log knows all introductions (`LogKeys`). An auditor sees those that they are shown, and trusts keys for
another reason (`signers`).
"""

import math
from collections.abc import Iterable, Sequence
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


@dataclass(frozen=True, slots=True)
class Introduced:
    """That a key signs from a position on, and which one it replaces if that is known; keys as text, as events have
    them.
    """

    position: int
    key: str
    replaces: str | None = None


def signers(trusted: Iterable[VerifierKey], shown: Iterable[Introduced], size: int) -> tuple[VerifierKey, ...]:
    """Which of the keys that an auditor trusts may sign a checkpoint of `size` events, by the introductions shown.

    An introduction takes trust away and never gives it: whoever signs a log can write into it that their key comes
    next. A key that was replaced by then doesn't sign, not even if it is introduced again; nor does one that is yet to
    come. Of a key that no introduction names, nothing is known: not all need to be shown.
    """
    known = sorted(shown, key=lambda each: each.position)
    return tuple(key for key in trusted if _begins(str(key), known) <= size < _ends(str(key), known))


def _begins(key: str, known: Sequence[Introduced]) -> int:
    """The smallest size that a key signs; what the first one signs may cover no introduction yet."""
    own = [place for place, each in enumerate(known) if each.key == key]
    return known[own[0]].position if own and own[0] > 0 else 0


def _ends(key: str, known: Sequence[Introduced]) -> int | float:
    """The smallest size that a key doesn't sign any more."""
    began = False
    for each in known:
        if each.replaces == key or (began and each.key != key):
            return each.position
        began = began or each.key == key
    return math.inf
