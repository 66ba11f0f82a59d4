"""C04 and C09: what is reported as reached has evidence whose files match; evidence is dated within its period."""

from domain.controls.control import Control, Handlers
from domain.controls.entry import Entry
from domain.controls.given import Given, NotGiven
from domain.controls.history import History, year_of
from domain.events.item import (
    Evidence,
    EvidenceAttached,
    EvidenceRevised,
    ItemSignedOff,
    MilestoneStatusReported,
)
from domain.events.subject import LateCompletionRecorded, LateCompletionSignedOff
from domain.values import MilestoneStatus


class _NoFiles:
    """Nothing is at hand (`Files`)."""

    def get(self, commitment: str, /) -> bool | None:
        raise NotGiven(commitment)


_NONE = _NoFiles()


class EvidenceHeld(Control):
    """C04. Each sign-off of something reached is a case, and each file that was signed off with it."""

    id = "C04"
    title = "What is reported as reached has evidence at sign-off; stored files match their hashes"
    rule = "PROCESS, milestone; case 19"
    empty = "Nothing was signed off as reached."

    def __init__(self, history: History, given: Given) -> None:
        """Begin before the first event."""
        super().__init__(history, given)
        self._late: dict[str, tuple[LateCompletionRecorded, int]] = {}
        self._files: set[str] = set()

    def on(self) -> Handlers:
        """Sign-offs, and the late completions that they are about."""
        return {
            ItemSignedOff: self._signed,
            LateCompletionRecorded: self._recorded,
            LateCompletionSignedOff: self._completed,
        }

    def _signed(self, entry: Entry, event: ItemSignedOff) -> None:
        item = self.history.reports.item(event.round, event.subject)
        cycle, report = year_of(event.round), item.report
        if isinstance(report, MilestoneStatusReported) and report.status is MilestoneStatus.REACHED:
            self.case(cycle)
            if not item.evidence:
                said = f"{event.subject} of {event.round} was signed off as reached without any evidence"
                self.fails(cycle, entry.position, "no-evidence", said, item.reported_at, entry.position)
        self._stored(entry, cycle, event.subject, item.evidence)

    def _recorded(self, entry: Entry, event: LateCompletionRecorded) -> None:
        self._late[event.subject] = (event, entry.position)

    def _completed(self, entry: Entry, event: LateCompletionSignedOff) -> None:
        recorded, at = self._late.get(event.subject, (None, 0))
        cycle = None if recorded is None else recorded.year
        evidence = () if recorded is None else recorded.evidence
        self.case(cycle)
        if not evidence:
            said = f"the late completion of {event.subject} was signed off without any evidence"
            self.fails(cycle, entry.position, "no-evidence", said, at, entry.position)
        self._stored(entry, cycle, event.subject, evidence)

    def _stored(self, entry: Entry, cycle: int | None, subject: str, evidence: tuple[Evidence, ...]) -> None:
        for each in evidence:
            if each.file in self._files:
                continue
            self._files.add(each.file)
            self.case(cycle)
            try:
                matches = self._matches(each.file)
            except NotGiven:
                self.untested(cycle)
                continue
            if not matches:
                state = "is not there" if matches is None else "does not match its hash"
                said = f"the stored file of {each.id} (revision {each.revision}) of {subject} {state}"
                self.fails(cycle, each.file, "file-differs", said, entry.position)

    def _matches(self, file: str) -> bool | None:
        """As `Files.get`; that a file isn't at hand is noted, once for all."""
        try:
            return _NONE.get(file) if self.given.files is None else self.given.files.get(file)
        except NotGiven:
            if not self.notes:
                self.notes.append("Stored files were not given: their hashes are not tested.")
            raise


class EvidenceInPeriod(Control):
    """C09. Each document attached or revised is a case."""

    id = "C09"
    title = "Evidence is dated within its period, or the exception is explained"
    rule = "PROCESS, dates: evidence in period; case 19"
    empty = "No evidence was attached."

    def on(self) -> Handlers:
        """Evidence as it is attached and revised."""
        return {EvidenceAttached: self._dated, EvidenceRevised: self._dated}

    def _dated(self, entry: Entry, event: EvidenceAttached | EvidenceRevised) -> None:
        cycle, evidence = year_of(event.round), event.evidence
        self.case(cycle)
        first, last = f"{cycle}-01-01", self._cutoff(event.round, cycle)
        if first <= evidence.document_date <= last or evidence.outside_period is not None:
            return
        said = (
            f"{evidence.id} of {event.subject} in {event.round} is dated {evidence.document_date}, "
            f"outside {first} to {last}, and nothing explains it"
        )
        self.fails(cycle, entry.position, "outside-period", said, entry.position)

    def _cutoff(self, round_id: str, year: int) -> str:
        """The last day of the period, as the agreement's version of the round has it; else the year's."""
        opened = self.history.reports.round(round_id).opened
        drafted = None if opened is None else self.history.agreements.version(opened.version).drafted
        for policy in () if drafted is None else drafted.policies:
            if policy.kind == "evidence-cutoff":
                return f"{year + policy.years_after}-{policy.month or 0:02}-{policy.day or 0:02}"
        return f"{year}-12-31"
