"""C13: completeness. The scope is everything binding; delivered is what was signed plus the named gaps; published is
what was delivered less the redactions.
"""

from domain.controls.control import Control, Handlers
from domain.controls.entry import Entry
from domain.controls.given import Given
from domain.controls.history import History, year_of
from domain.controls.reports import RoundState
from domain.events.cycle import CycleClosed, Published, StatementCorrected, StatementIssued
from domain.events.item import ItemWithdrawn
from domain.events.round import AgencyReportCompiled, DeliveredToMinistry, RoundScopeFixed
from domain.values import Publication


class Completeness(Control):
    """C13. Each scope, each withdrawal, each report, each delivery and each publication is a case."""

    id = "C13"
    title = "Completeness: the scope is everything binding, delivered is signed plus named gaps, published is delivered"
    rule = "R2, R6; PROCESS, scope; cases 8, 26"
    empty = "No round was opened."

    def __init__(self, history: History, given: Given) -> None:
        """Begin before the first event."""
        super().__init__(history, given)
        self._statements: dict[int, tuple[str, frozenset[str], int]] = {}
        self._last: dict[tuple[int, Publication], tuple[Published, int]] = {}

    def on(self) -> Handlers:
        """Scopes, withdrawals, reports, statements, publications."""
        return {
            RoundScopeFixed: self._scope,
            ItemWithdrawn: self._withdrawn,
            AgencyReportCompiled: self._compiled,
            DeliveredToMinistry: self._delivered,
            StatementIssued: self._stated,
            StatementCorrected: self._stated,
            Published: self._published,
            CycleClosed: self._closed,
        }

    def _scope(self, entry: Entry, event: RoundScopeFixed) -> None:
        state = self.history.reports.round(event.round)
        self.case(state.year)
        version = self.history.agreements.version("" if state.opened is None else state.opened.version)
        if not version.in_force_at:
            said = f"{event.round} was opened under a version of the agreement that is not in force"
            self.fails(state.year, entry.position, "not-in-force", said, state.opened_at, entry.position)
        wanted = version.binding(state.year, annual=event.round.endswith("-annual"))
        scope = {each.subject for each in event.items}
        for subject in sorted(wanted - scope):
            said = f"{subject} binds in {state.year}, and is not in the scope of {event.round}"
            self.fails(state.year, entry.position, "not-in-scope", said, state.opened_at, entry.position)
        for subject in sorted(scope - wanted):
            said = f"{subject} is in the scope of {event.round}, and does not bind in {state.year}"
            self.fails(state.year, entry.position, "does-not-bind", said, state.opened_at, entry.position)
        if len(scope) != len(event.items):
            said = f"the scope of {event.round} names an item twice"
            self.fails(state.year, entry.position, "doubled", said, entry.position)

    def _withdrawn(self, entry: Entry, event: ItemWithdrawn) -> None:
        """Nothing leaves a scope but what an update of the agreement in force removed (case 8)."""
        state, version = self.history.reports.round(event.round), self.history.agreements.version(event.version)
        self.case(state.year)
        what = f"{event.subject} of {event.round} was withdrawn"
        positions = (version.in_force_at, entry.position)
        if not version.in_force_at or version.drafted is None or version.drafted.binding_year != state.year:
            said = f"{what} by {event.version}, which does not bind {state.year}"
            self.fails(state.year, entry.position, "withdrawn-without-update", said, *positions)
        elif event.subject in version.binding(state.year, annual=event.round.endswith("-annual")):
            said = f"{what} by {event.version}, which has it still"
            self.fails(state.year, entry.position, "withdrawn-without-update", said, *positions)

    def _compiled(self, entry: Entry, event: AgencyReportCompiled) -> None:
        reports, state = self.history.reports, self.history.reports.round(event.round)
        self.case(state.year)
        what = f"report {event.report} of {event.round}"
        gaps = {each.subject for each in event.gaps}
        bound = {str(each.subject): each for each in event.items}
        for subject in state.scope:
            item = reports.item(event.round, subject)
            if subject in gaps or item.withdrawn:
                continue
            if subject not in bound:
                said = f"{what} neither holds {subject} nor names it as a gap"
                self.fails(state.year, entry.position, "left-out", said, state.scope_at, entry.position)
                continue
            signed = None if item.signed is None else item.signed.digest
            if bound[subject].digest != (signed or (None if item.open else item.delivered)):
                said = f"{what} holds {subject} as {bound[subject].digest[:12]}…, which nobody signed off"
                self.fails(state.year, entry.position, "not-signed", said, item.signed_at, entry.position)
        for subject in sorted({*bound, *gaps} - set(state.scope)):
            said = f"{what} names {subject}, which is not in the scope"
            self.fails(state.year, entry.position, "out-of-scope", said, entry.position)
        for subject in sorted(gaps & set(bound)):
            said = f"{what} holds {subject}, and names it as a gap"
            self.fails(state.year, entry.position, "gap-held", said, entry.position)

    def _delivered(self, entry: Entry, event: DeliveredToMinistry) -> None:
        state = self.history.reports.round(event.round)
        self.case(state.year)
        if state.compiled is None or state.compiled.report != event.report:
            said = f"{event.round} was delivered as report {event.report}, which was not compiled last"
            self.fails(state.year, entry.position, "not-compiled", said, state.compiled_at, entry.position)

    def _stated(self, entry: Entry, event: StatementIssued | StatementCorrected) -> None:
        self._statements[event.year] = (event.digest, frozenset(each.subject for each in event.lights), entry.position)

    def _published(self, entry: Entry, event: Published) -> None:
        self.case(event.year)
        wanted, subjects, at = self._publishable(event.year, event.kind)
        self._last[event.year, event.kind] = (event, entry.position)
        what = f"the publication of {event.kind} of {event.year}"
        if wanted != event.digest:
            said = f"{what} names {event.digest[:12]}…, and {(wanted or 'nothing')[:12]}… was to be published"
            self.fails(event.year, entry.position, "other-content", said, at, entry.position)
        for subject in sorted(set(event.redacted) - subjects):
            said = f"{what} redacts {subject}, which was not in what was delivered"
            self.fails(event.year, entry.position, "redacted-nothing", said, at, entry.position)

    def _closed(self, entry: Entry, event: CycleClosed) -> None:
        """What was published last of each kind is what held last."""
        self.case(event.year)
        for kind in Publication:
            published, at = self._last.get((event.year, kind), (None, 0))
            wanted, _, since = self._publishable(event.year, kind)
            if published is None:
                said = f"the cycle of {event.year} was closed, and {kind} was never published"
                self.fails(event.year, entry.position, "not-published", said, entry.position)
            elif published.digest != wanted:
                said = f"the cycle of {event.year} was closed, and what was published of {kind} is not what held last"
                self.fails(event.year, entry.position, "published-stale", said, at, since, entry.position)

    def _publishable(self, year: int, kind: Publication) -> tuple[str | None, frozenset[str], int]:
        if kind is Publication.STATEMENT:
            return self._statements.get(year, (None, frozenset(), 0))
        if kind is Publication.AGREEMENT:
            version = self.history.agreements.binding.get(year)
            if version is None:
                return None, frozenset(), 0
            state = self.history.agreements.version(version.version)
            subjects = frozenset({*state.targets, *state.milestones, *state.indicators})
            return version.digest, subjects, state.in_force_at
        deliveries = self.history.reports.round(f"{year}-annual").deliveries
        if not deliveries:
            return None, frozenset(), 0
        delivery, compiled, at = deliveries[-1]
        held = () if compiled is None else compiled.items
        return delivery.digest, frozenset(each.subject for each in held), at

    def end(self) -> None:
        """Each item of the last delivery is recorded as delivered, exactly so."""
        for state in self.history.reports.rounds.values():
            if state.deliveries:
                self._held(state)

    def _held(self, state: RoundState) -> None:
        delivery, compiled, at = state.deliveries[-1]
        for each in () if compiled is None else compiled.items:
            item = self.history.reports.item(state.id, each.subject)
            if item.delivered != each.digest:
                what = f"report {delivery.report} of {state.id}"
                said = f"{what} holds {each.subject}, which is not recorded as delivered so"
                self.fails(year_of(state.id), at, "not-delivered", said, at, item.delivered_at)
