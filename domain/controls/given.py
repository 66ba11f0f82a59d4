"""What the tests of the controls take from outside the history: the seal's verification, stored files, a replay."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.events.envelope import Row


class SealFault(Protocol):
    """Something that does not hold: the events' positions, none where it is a checkpoint's, and a sentence."""

    @property
    def positions(self) -> tuple[int, ...]:
        """Where."""
        ...

    @property
    def says(self) -> str:
        """What."""
        ...


class Seal(Protocol):
    """What a verification of the seal said of the ledger (C01).

    `size` and `root` are those of the last checkpoint held elsewhere: the events that it covers, and the RFC 6962 root
    over them; without a root the verification has compared it itself, and `faults` says so. `keys` are the verifier
    keys of the checkpoints that were looked at (C18).
    """

    @property
    def size(self) -> int:
        """How many events the checkpoint covers."""
        ...

    @property
    def root(self) -> bytes | None:
        """The root that it states, to be compared with the rows'."""
        ...

    @property
    def faults(self) -> Sequence[SealFault]:
        """What the verification of signatures, proofs and time-stamps found."""
        ...

    @property
    def keys(self) -> Sequence[str]:
        """The keys that signed."""
        ...


class NotGiven(LookupError):
    """A stored file isn't at hand, and nothing is said of it: its hash can't be tested."""


class Files(Protocol):
    """The stored files, by the commitments to their manifests (C04)."""

    def get(self, commitment: str, /) -> bool | None:
        """Whether the stored file has its manifest's hash; None where there is no such file. Raises `NotGiven`."""
        ...


class Replay(Protocol):
    """Makes attested views again from the events, in the same pass (C12)."""

    def take(self, row: Row) -> None:
        """One event on: it is given each before the controls see it."""
        ...

    def digest(self, view: str, position: int) -> str | None:
        """The digest of a view as of an event that was taken; None where the replay has none for it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What was given. `looks`: whether the rows of the ledger `AGENCY.access` are, which come after the log's."""

    seal: Seal | None = None
    files: Files | None = None
    replay: Replay | None = None
    looks: bool = False
