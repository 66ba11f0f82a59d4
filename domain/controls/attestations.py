"""C12 and C18: replay comes to every attested digest; what was done to the installation is recorded with a reason."""

from domain.controls.control import Control, Handlers
from domain.controls.entry import Entry
from domain.controls.given import Given
from domain.controls.history import History
from domain.events.attestation import Operation, OperationRecorded, SealKeyIntroduced, ViewAttested


class Attested(Control):
    """C12. Each attested digest is a case."""

    id = "C12"
    title = "Replay reproduces every attested state digest"
    rule = "ARCHITECTURE, read models; attested-view/1"
    empty = "No view was attested."

    def on(self) -> Handlers:
        """Attestations."""
        return {ViewAttested: self._attested}

    def _attested(self, entry: Entry, event: ViewAttested) -> None:
        self.case(None)
        what = f"{event.view} as of event {event.at_position}"
        if event.at_position >= entry.position:
            said = f"{what} was attested before that event was there"
            self.fails(None, entry.position, "attested-ahead", said, entry.position)
            return
        if self.given.replay is None:
            self.untested(None)
            return
        found = self.given.replay.digest(event.view, event.at_position)
        if found != event.digest:
            told = "the replay has none" if found is None else f"the replay comes to {found[:12]}…"
            said = f"{what} was attested as {event.digest[:12]}…, and {told}"
            self.fails(None, entry.position, "digest-differs", said, event.at_position, entry.position)

    def end(self) -> None:
        """Say what was not given."""
        if self.given.replay is None:
            self.notes.append("No replay was given: the digests are not compared.")


class Operations(Control):
    """C18. Each recorded operation and each key is a case."""

    id = "C18"
    title = "Restores, rebuilds, direct database access, key rotations are recorded with a reason"
    rule = "ARCHITECTURE, what it must survive; docs/runbook.md"
    empty = "No operation was recorded."

    def __init__(self, history: History, given: Given) -> None:
        """Begin before the first event."""
        super().__init__(history, given)
        self._key: tuple[str, int] | None = None
        self._keys: set[str] = set()

    def on(self) -> Handlers:
        """What operators recorded."""
        return {OperationRecorded: self._operated, SealKeyIntroduced: self._introduced}

    def _operated(self, entry: Entry, event: OperationRecorded) -> None:
        self.case(None)
        if not event.reason:
            said = f"a {event.operation} was recorded without a reason"
            self.fails(None, entry.position, "no-reason", said, entry.position)
        if event.performed_at > entry.at:
            said = f"a {event.operation} was recorded before it was done"
            self.fails(None, entry.position, "recorded-ahead", said, entry.position)
        if event.operation is Operation.RESTORE and (event.checkpoint is None or event.lost is None):
            said = "a restore was recorded without the old checkpoint and the number of events lost"
            self.fails(None, entry.position, "no-checkpoint", said, entry.position)

    def _introduced(self, entry: Entry, event: SealKeyIntroduced) -> None:
        self.case(None)
        before, at = self._key or (None, 0)
        if event.replaces != before:
            was = before or "none"
            said = f"a key was introduced as the successor of {event.replaces or 'none'}, and {was} was in use"
            self.fails(None, entry.position, "other-predecessor", said, at, entry.position)
        if not event.reason:
            said = "a key was introduced without a reason"
            self.fails(None, entry.position, "no-reason", said, entry.position)
        self._key = (event.verifier_key, entry.position)
        self._keys.add(event.verifier_key)

    def end(self) -> None:
        """Keys that signed and that no event introduced."""
        for key in () if self.given.seal is None else self.given.seal.keys:
            if key not in self._keys:
                self.case(None)
                said = f"checkpoints are signed with {key}, which no event introduced"
                self.fails(None, key, "key-not-recorded", said)
