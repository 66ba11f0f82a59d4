"""C14: grants are confirmed by a second person, no roles are incompatible, the yearly review is recorded."""

import contextlib

from domain.calendar import day_of
from domain.controls.control import Control, Handlers
from domain.controls.entry import Entry, read
from domain.controls.given import Given
from domain.controls.history import History
from domain.events.access import LookRecorded
from domain.events.codec import Undecodable
from domain.events.cycle import CycleOpened
from domain.events.envelope import Row
from domain.events.organisation import LedgerOpened, RoleConfirmed, RoleProposed, SubstituteAppointed
from domain.values import Role

_AGENCY = frozenset({Role.CONTRIBUTOR, Role.OWNER, Role.DIRECTOR, Role.HEAD, Role.COORDINATOR})
_MINISTRY = frozenset({Role.MINISTRY_ASSESSOR, Role.MINISTRY_DECIDER})
_ALONE = frozenset({Role.AUDITOR, Role.ADMINISTRATOR})
REVIEWED = "roles"
"""The scope of a look at the list of who may do what, and by whose grant: an administrator's or auditor's review."""
FOR_EVER = "9999-12-31"


def incompatible(one: Role, other: Role) -> bool:
    """Whether nobody may hold both at the same time (PROCESS, who may do what)."""
    if one is other:
        return False
    if one in _ALONE or other in _ALONE:
        return True
    if (one in _MINISTRY and other in _AGENCY) or (other in _MINISTRY and one in _AGENCY):
        return True
    return {one, other} == {Role.COORDINATOR, Role.DIRECTOR}


class AccessRights(Control):
    """C14. Each grant and each substitution is a case, and for each year that is over its review."""

    id = "C14"
    title = "Access: grants confirmed by a second person, no incompatible roles, yearly review recorded"
    rule = "PROCESS, who may do what; case 6"
    empty = "No role was given."

    def __init__(self, history: History, given: Given) -> None:
        """Begin before the first event."""
        super().__init__(history, given)
        self._opening: bytes | None = None
        self._proposed: dict[str, tuple[RoleProposed, tuple[str, ...], int]] = {}
        self._years: dict[int, int] = {}
        self._reviewed: set[str] = set()

    def on(self) -> Handlers:
        """Roles, substitutions, and the years that are to be reviewed."""
        return {
            LedgerOpened: self._opened,
            RoleProposed: self._proposes,
            RoleConfirmed: self._confirmed,
            SubstituteAppointed: self._appointed,
            CycleOpened: self._began,
        }

    def _opened(self, entry: Entry, event: LedgerOpened) -> None:  # noqa: ARG002
        self._opening = entry.row.command_id

    def _began(self, entry: Entry, event: CycleOpened) -> None:
        self._years[event.year] = entry.position

    def _proposes(self, entry: Entry, event: RoleProposed) -> None:
        self._proposed[event.proposal] = (event, entry.people, entry.position)

    def _confirmed(self, entry: Entry, event: RoleConfirmed) -> None:
        self.case(None)
        grant = event.grant
        what = f"{grant.person} as {grant.role}" + (f" of {grant.unit}" if grant.unit else "")
        if entry.by_operator:
            if entry.row.command_id != self._opening:
                said = f"the operator made {what} after the opening of the ledger"
                self.fails(None, entry.position, "by-operator", said, entry.position)
        else:
            self._second(entry, event, what)
        for role, first, last, at in self._held(grant.person):
            if incompatible(role, grant.role) and first <= (grant.valid_to or FOR_EVER) and grant.valid_from <= last:
                said = f"{grant.person} is {role} and {grant.role} at the same time"
                self.fails(None, entry.position, "incompatible", said, at, entry.position)

    def _second(self, entry: Entry, event: RoleConfirmed, what: str) -> None:
        proposed, people, at = self._proposed.get(event.proposal, (None, (), 0))
        if proposed is None or proposed.grant != event.grant:
            said = f"{entry.who} made {what}, and nobody had proposed exactly that"
            self.fails(None, entry.position, "not-proposed", said, at, entry.position)
        elif set(people) & set(entry.people):
            said = f"{entry.who} made {what} alone: proposed and confirmed"
            self.fails(None, entry.position, "one-person", said, at, entry.position)
        if event.grant.person in entry.people:
            said = f"{entry.who} confirmed a role of their own"
            self.fails(None, entry.position, "own-role", said, at, entry.position)

    def _appointed(self, entry: Entry, event: SubstituteAppointed) -> None:
        self.case(None)
        what = f"the substitution {event.substitution}"
        if event.valid_from < entry.day:
            said = f"{what} begins on {event.valid_from}, and was recorded on {entry.day}: it is backdated"
            self.fails(None, entry.position, "backdated", said, entry.position)
        if entry.actor != event.principal and self.history.people.why_not(entry, (Role.HEAD,), None) is not None:
            said = f"{entry.who} appointed a substitute for {event.principal}, being neither that person nor the head"
            self.fails(None, entry.position, "not-the-principal", said, entry.position)
        for held, first, last, at in self._held(event.substitute):
            for role in event.roles:
                if incompatible(held, role) and first <= event.valid_to and event.valid_from <= last:
                    said = f"{event.substitute} is {held}, and {role} as a substitute at the same time"
                    self.fails(None, entry.position, "incompatible", said, at, entry.position)

    def _held(self, person: str) -> list[tuple[Role, str, str, int]]:
        """The roles of a person, own and as a substitute, with their first and last days."""
        people = self.history.people
        found = [
            (each.grant.role, str(each.grant.valid_from), str(each.grant.valid_to or FOR_EVER), each.position)
            for each in people.grants.get(person, {}).values()
        ]
        for standing in people.substitutions.values():
            appointed = standing.appointed
            if appointed.substitute == person:
                first, last, at = str(appointed.valid_from), standing.last_day, standing.positions[0]
                found += [(role, first, last, at) for role in appointed.roles]
        return found

    def look(self, row: Row) -> None:
        """A look at who may do what is a review, on its day."""
        with contextlib.suppress(Undecodable):
            entry = read(row, (LookRecorded,))
            if entry is not None and isinstance(entry.event, LookRecorded):
                look = entry.event
                if look.role in _ALONE and look.scope == REVIEWED:
                    self._reviewed.add(str(entry.day))

    def end(self) -> None:
        """A year that is over was reviewed: somebody looked at who may do what, and the access ledger says so."""
        today = "" if self.history.now is None else day_of(self.history.now)
        for year, at in self._years.items():
            if today <= f"{year}-12-31":
                continue
            self.case(year)
            if not any(f"{year}-01-01" <= day <= f"{year + 1}-12-31" for day in self._reviewed):
                said = f"no review of the roles is recorded for {year}"
                self.fails(year, ("review", year), "not-reviewed", said, at)
