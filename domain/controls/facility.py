"""C10 and C17: what the recovery facility asks for of each item that counts for a measure, and of who signs it."""

from domain.controls.control import Control, Handlers
from domain.controls.entry import Entry
from domain.controls.given import Given
from domain.controls.history import History, year_of
from domain.events.item import ItemEndorsed, ItemSignedOff
from domain.events.round import DeliveredToMinistry
from domain.events.rrf import (
    InterestDeclared,
    MeasureRecorded,
    RecipientsRecorded,
    RetentionRecorded,
    VerificationSummaryRecorded,
)


class FacilityData(Control):
    """C10. Each item of an annual report that counts for a measure is a case, and each recorded retention."""

    id = "C10"
    title = "RRF items: cross-walk to the measure, summary of verification documents, Art. 22(2)(d) data, retention"
    rule = "R9, R13; Regulation (EU) 2021/241, Art. 22(2)(d); case 21"
    empty = "No item that counts for a measure of the RRF was delivered."

    def __init__(self, history: History, given: Given) -> None:
        """Begin before the first event."""
        super().__init__(history, given)
        self._measures: dict[str, MeasureRecorded] = {}
        self._summaries: set[tuple[str, str, int]] = set()
        self._recipients: set[tuple[str, int]] = set()
        self._retention: dict[str, tuple[RetentionRecorded, int]] = {}
        self._delivered: dict[int, tuple[str, int]] = {}

    def on(self) -> Handlers:
        """The data of measures and items, and the annual delivery."""
        return {
            MeasureRecorded: self._measure,
            VerificationSummaryRecorded: self._summary,
            RecipientsRecorded: self._received,
            RetentionRecorded: self._retained,
            DeliveredToMinistry: self._deliver,
        }

    def _measure(self, entry: Entry, event: MeasureRecorded) -> None:  # noqa: ARG002
        self._measures[event.measure] = event

    def _summary(self, entry: Entry, event: VerificationSummaryRecorded) -> None:  # noqa: ARG002
        if event.documents:
            self._summaries.add((event.measure, event.subject, event.year))

    def _received(self, entry: Entry, event: RecipientsRecorded) -> None:  # noqa: ARG002
        if event.recipients or event.none_because is not None:
            self._recipients.add((event.measure, event.year))

    def _retained(self, entry: Entry, event: RetentionRecorded) -> None:
        self.case(None)
        paid, before = event.balance_paid_on, self._retention.get(event.measure)
        least = f"{int(paid[:4]) + event.years}{paid[4:]}"
        if event.until < least:
            told = f"until {event.until}, less than {event.years} years from {paid}"
            said = f"the records of {event.measure} are kept {told}"
            self.fails(None, entry.position, "retention-short", said, entry.position)
        if before is not None and event.until < before[0].until:
            said = f"the retention of {event.measure} was shortened from {before[0].until} to {event.until}"
            self.fails(None, entry.position, "retention-shortened", said, before[1], entry.position)
        self._retention[event.measure] = (event, entry.position)

    def _deliver(self, entry: Entry, event: DeliveredToMinistry) -> None:
        if event.round.endswith("-annual"):
            self._delivered[year_of(event.round)] = (entry.day, entry.position)

    def end(self) -> None:
        """What each delivered item that counts for a measure has, and what it lacks."""
        for year, (day, at) in self._delivered.items():
            scope = self.history.reports.round(f"{year}-annual").scope
            for subject in scope:
                for measure, linked_at in self.history.measures(subject, day).items():
                    self.case(year)
                    known = self._measures.get(measure)
                    lacks = {
                        "no-measure": "no recorded measure with its code" if known is None or not known.code else "",
                        "no-verification": "no summary of verification documents",
                        "no-recipients": "no data under Art. 22(2)(d)",
                    }
                    if (measure, subject, year) in self._summaries:
                        lacks["no-verification"] = ""
                    if (measure, year) in self._recipients:
                        lacks["no-recipients"] = ""
                    for code, lacking in lacks.items():
                        if lacking:
                            said = f"{subject} counts for {measure}, was delivered for {year}, and has {lacking}"
                            self.fails(year, (measure, subject), code, said, linked_at, at)
        undated = len(self._measures.keys() - self._retention.keys())
        if undated:
            self.notes.append(
                f"Of {undated} of {len(self._measures)} measures no retention date is recorded: open-ended."
            )


class InterestsDeclared(Control):
    """C17. Each sign-off and endorsement of an item that counts for a measure is a case."""

    id = "C17"
    title = "Signers of RRF items declared their interests"
    rule = "R9; hallintolaki 27-28 §"
    empty = "No item that counts for a measure of the RRF was signed off."

    def __init__(self, history: History, given: Given) -> None:
        """Begin before the first event."""
        super().__init__(history, given)
        self._declared: dict[tuple[str, str, int], tuple[InterestDeclared, int]] = {}

    def on(self) -> Handlers:
        """Declarations and signatures."""
        return {InterestDeclared: self._declares, ItemSignedOff: self._signed, ItemEndorsed: self._signed}

    def _declares(self, entry: Entry, event: InterestDeclared) -> None:
        self._declared[event.measure, event.person, event.year] = (event, entry.position)

    def _signed(self, entry: Entry, event: ItemSignedOff | ItemEndorsed) -> None:
        year = year_of(event.round)
        for measure, linked_at in self.history.measures(event.subject, entry.day).items():
            self.case(year)
            declared, at = self._declared.get((measure, entry.actor, year), (None, 0))
            if declared is None:
                said = (
                    f"{entry.who} signed {event.subject} of {event.round}, which counts for {measure}, "
                    f"without having declared their interests for {year}"
                )
                self.fails(year, (entry.position, measure), "not-declared", said, linked_at, entry.position)
            elif declared.conflict:
                said = f"{entry.who} signed {event.subject} of {event.round}, having declared a conflict in {measure}"
                self.fails(year, (entry.position, measure), "conflict", said, at, entry.position)
