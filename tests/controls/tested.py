"""Running the controls over a tale, with what is outside its ledger in order unless a test says otherwise."""

from collections.abc import Iterable, Mapping
from typing import Any

from clean import clean
from told import Tale, Told, on, words

from domain.controls import ControlResult, run_controls
from domain.events.access import Look, LookRecorded
from domain.events.envelope import Row
from domain.values import PersonId, Role


def look(
    person: str, role: Role, scope: str, day: str, engagement: str | None = None, label: str | None = None
) -> Told:
    """A look as the access ledger has it."""
    event = LookRecorded(
        person=PersonId(person),
        role=role,
        engagement=engagement,
        kind=Look.READ,
        scope=scope,
        quarter=on(day),
        digest=None,
    )
    return Told(event=event, at=on(day), label=label)


LOOKS = Tale(
    told=(
        look("anna", Role.ADMINISTRATOR, "roles", "2025-02-03", label="review"),
        look("aino", Role.AUDITOR, "trail", "2025-06-23", engagement="audit-1", label="look"),
    ),
    ledger="kylki.access",
)


class Files:
    """Stored files: each matches, but for those that a test swapped or took away."""

    def __init__(self, swapped: Iterable[str] = (), gone: Iterable[str] = ()) -> None:
        self._swapped, self._gone = frozenset(swapped), frozenset(gone)

    def get(self, commitment: str, /) -> bool | None:
        return None if commitment in self._gone else commitment not in self._swapped


class Replaying:
    """A replay that comes to one digest, whatever it is asked."""

    def __init__(self, comes_to: str | None) -> None:
        self._comes_to = comes_to
        self.taken = 0

    def take(self, row: Row) -> None:
        assert row.position == self.taken + 1
        self.taken += 1

    def digest(self, view: str, position: int) -> str | None:
        assert (view, position <= self.taken) == ("attested-view/1", True)
        return self._comes_to


def everything(tale: Tale | None = None, **given: Any) -> Mapping[str, ControlResult]:
    """All controls by their ids; all that they need from outside is in order."""
    rows = (clean() if tale is None else tale).rows()
    present: dict[str, Any] = {
        "access_rows": LOOKS.rows(),
        "files": Files(),
        "replay": Replaying(words("view")),
        **given,
    }
    return {each.control: each for each in run_controls(rows, **present)}


def found(control: str, tale: Tale | None = None, **given: Any) -> list[tuple[str, tuple[int, ...]]]:
    """The exceptions of one control: code and positions."""
    result = everything(tale, **given)[control]
    assert result.population == result.passes + result.failing + result.untested
    return [(each.code, each.positions) for each in result.exceptions]
