"""What all controls have in common: they see each event over the history before it, count, and note exceptions."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeAlias

from domain.controls.entry import Entry
from domain.controls.given import Given
from domain.controls.history import History
from domain.controls.result import ControlException, ControlResult
from domain.events.envelope import Row
from domain.events.event import Event

Handlers: TypeAlias = Mapping[type[Event], Callable[[Entry, Any], None]]
"""What to do with an event of a type: the entry, and its event once more with its own type."""


class Control:
    """One control. A case is counted for the cycle that it belongs to, or for the ledger as a whole (None)."""

    id: ClassVar[str]
    title: ClassVar[str]
    rule: ClassVar[str]
    empty: ClassVar[str]
    """What the note says where there is no case."""

    def __init__(self, history: History, given: Given) -> None:
        """Begin before the first event."""
        self.history = history
        self.given = given
        self.notes: list[str] = []
        self._population: Counter[int | None] = Counter()
        self._untested: Counter[int | None] = Counter()
        self._failing: dict[int | None, set[object]] = {}
        self._exceptions: list[ControlException] = []

    def on(self) -> Handlers:
        """The events that the control looks at. `history` is as it was before them."""
        raise NotImplementedError

    def look(self, row: Row) -> None:
        """A row of the access ledger, where that is given: each of them, once the last event is seen."""

    def end(self) -> None:
        """What can only be said once the last event is seen."""

    def case(self, cycle: int | None, count: int = 1) -> None:
        """One more case."""
        self._population[cycle] += count

    def untested(self, cycle: int | None) -> None:
        """A case for whose test something was not given."""
        self._untested[cycle] += 1

    def fails(
        self,
        cycle: int | None,
        key: object,
        code: str,
        says: str,
        *positions: int,
        ledger: str | None = None,
    ) -> None:
        """The case `key` is not in order. Positions of 0 are those of nothing, and left out."""
        self._failing.setdefault(cycle, set()).add(key)
        shown = tuple(sorted({each for each in positions if each > 0}))
        where = self.history.ledger if ledger is None else ledger
        self._exceptions.append(ControlException(code=code, says=says, positions=shown, ledger=where, cycle=cycle))

    def result(self, cycle: int | None) -> ControlResult:
        """What it came to: for a cycle with what belongs to none, or for all."""
        wanted = set(self._population) | set(self._failing) if cycle is None else {cycle, None}
        population = sum(self._population[each] for each in wanted)
        untested = sum(self._untested[each] for each in wanted)
        failing = sum(len(self._failing.get(each, ())) for each in wanted)
        found = [each for each in self._exceptions if each.cycle in wanted]
        notes = list(self.notes) if population else [self.empty, *self.notes]
        return ControlResult(
            control=self.id,
            title=self.title,
            rule=self.rule,
            cycle=cycle,
            population=population,
            passes=population - untested - failing,
            failing=failing,
            untested=untested,
            exceptions=tuple(sorted(found, key=lambda each: (each.positions, each.code, each.says))),
            note=" ".join(notes),
        )
