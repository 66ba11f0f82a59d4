"""Attested digests: those that the log recorded of its own view, against those that its replay comes to (C12)."""

from typing import Any

from domain.events.envelope import Row
from projections.attested import OCCASIONS, VIEW, digest, year_of
from projections.reading import body
from projections.table import Rows
from verifier.report import Report


class Attestations:
    """The view's digest as of each event that is an occasion, kept until the log says what it was."""

    def __init__(self, report: Report) -> None:
        """Begin with none."""
        self._report = report
        self._digests: dict[int, str] = {}
        self.compared = 0

    def take(self, row: Row, table: Rows) -> None:
        """An event; the board has taken it."""
        if row.type in OCCASIONS:
            self._digests[row.position] = digest(table, year_of(row))
        elif row.type == "view-attested":
            self._compare(row, body(row))

    def _compare(self, row: Row, said: dict[str, Any]) -> None:
        if said["view"] != VIEW:
            self._report.note(f"Event {row.position} attests the view {said['view']}, which isn't known here.")
            return
        self.compared += 1
        replayed = self._digests.get(said["at_position"])
        if replayed == said["digest"]:
            return
        if replayed is None:
            what, should = f"it attests a view as of event {said['at_position']}", "as of an event that is an occasion"
        else:
            what = f"it attests the digest {said['digest']} as of event {said['at_position']}"
            should = f"{replayed}, which the replay comes to"
        self._report.fault("attested-differs", what, should, position=row.position, stream=row.stream)
