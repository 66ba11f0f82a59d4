"""C01: the log is whole. Contiguous, in order, readable; and the same as under the last checkpoint held elsewhere."""

from domain.controls.control import Control, Handlers
from domain.controls.given import Given
from domain.controls.history import History
from domain.events.envelope import Row, leaf
from domain.proof.frontier import Frontier


class WholeLog(Control):
    """C01. Each event is a case; so is the checkpoint, where one is given."""

    id = "C01"
    title = "The log is whole: contiguous, hashes and proofs hold, as the last checkpoint says"
    rule = "ARCHITECTURE, log and proof; docs/log-format.md"
    empty = "The ledger has no events."

    def __init__(self, history: History, given: Given) -> None:
        """Begin before position 1."""
        super().__init__(history, given)
        self._position = 0
        self._versions: dict[str, int] = {}
        self._last: Row | None = None
        self._tree = Frontier()
        self._count = 0
        if given.seal is None:
            self.notes.append("No checkpoint was given: that nothing was rewritten as a whole is not tested.")

    def on(self) -> Handlers:
        """None by type: every row is looked at."""
        return {}

    def row(self, row: Row) -> None:
        """The next row of the ledger."""
        self.case(None)
        seal, last = self.given.seal, self._last
        if row.ledger != self.history.ledger:
            self._bad(row, "another-ledger", f"event {row.position} is of the ledger {row.ledger}")
        if row.position != self._position + 1:
            said = f"after event {self._position} comes event {row.position}, where {self._position + 1} belongs"
            self.fails(None, row.position, "not-contiguous", said, self._position, row.position)
        version = self._versions.get(row.stream, 0) + 1
        if row.version != version:
            said = f"event {row.position} is version {row.version} of {row.stream}, where {version} belongs"
            self._bad(row, "version-skipped", said)
        if last is not None and row.recorded_at < last.recorded_at:
            said = f"event {row.position} was recorded before event {last.position} that it follows"
            self.fails(None, row.position, "time-runs-back", said, last.position, row.position)
        self._position, self._versions[row.stream], self._last = row.position, row.version, row
        self._count += 1
        if seal is not None and seal.root is not None and self._count <= seal.size:
            self._tree.append(leaf(row))

    def unreadable(self, row: Row, why: str) -> None:
        """A row whose body or metadata are not what its type says; no other control can look at it."""
        self._bad(row, "unreadable", f"event {row.position} ({row.type}) can't be read: {why}")

    def end(self) -> None:
        """Compare with the checkpoint."""
        seal = self.given.seal
        if seal is None:
            return
        self.case(None)
        key = "checkpoint"
        if self._count < seal.size:
            said = f"the checkpoint covers {seal.size} events, and the ledger has {self._count}: its tail is missing"
            self.fails(None, key, "tail-missing", said, self._position)
        elif seal.root is not None and self._tree.root() != seal.root:
            said = f"the root over the first {seal.size} events is not the one of the checkpoint: they were changed"
            self.fails(None, key, "root-differs", said, 1, seal.size)
        for fault in seal.faults:
            self.fails(None, fault.positions or key, "seal-fault", fault.says, *fault.positions)

    def _bad(self, row: Row, code: str, says: str) -> None:
        self.fails(None, row.position, code, says, row.position)
