"""Read models for the edge: the board, deadlines, inboxes, roles, the audit trail.

Each answer says up to which position it goes. A read may ask for a position that it must have; it waits a little for
the follower, and then answers with what there is, marked stale. What one edits or approves is read from its stream.

`known_at` asks for what was known at an instant, or up to a position; `valid_at` for the day on which facts with a date
from which they hold are looked at: roles, units, versions, withdrawals, links to measures. Both together are any of the
four: known then or now, valid then or now. Without `valid_at` the board holds all changes that are recorded, and the
others look at the day of their `now`.
"""

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Generic, TypeVar

from domain.organisation import FOLD, Organisation
from domain.values import Date, Digest, PersonId
from domain.view import Folded, fact_of
from projections import inbox
from projections.capacities import roles
from projections.deadlines import deadlines
from projections.table import Cells, DictTable, digest, first_difference
from projections.validity import on_day
from services.eventstore.connections import Pool
from services.eventstore.store import EventStore
from services.eventstore.subscribe import wait_for
from services.readmodels import follow, queries
from services.readmodels.history import Fold, History
from services.readmodels.queries import Fetch

WAIT_SECONDS = 2.0

T = TypeVar("T")
KnownAt = datetime | int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[T]):
    """What was asked for, up to which position it goes, and whether the reader knows of a later one."""

    value: T
    position: int
    stale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Entries of a type that has `type` in it, or about one of these."""

    type: str
    people: Sequence[str] = ()
    units: Sequence[str] = ()
    subjects: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which entries of the trail. `person` acted or is concerned; recorded from `since` on and before `until`.

    `rrf`: only those of measures of the recovery facility, and those about these subjects.
    """

    person: str | None = None
    unit: str | None = None
    subject: str | None = None
    type: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    rrf: Sequence[str] | None = None
    search: Search | None = None

    def wanted(self) -> tuple[object, ...]:
        """As the query takes it."""
        named = (self.person, self.unit, self.subject, self.type, self.since, self.until, self.rrf)
        sought = (None,) * 4 if self.search is None else astuple(self.search)
        return (*named, *sought)


EVERYTHING = Filter()


class ReadModels:
    """The read models of all ledgers of one store."""

    def __init__(self, pool: Pool, store: EventStore) -> None:
        """`pool` is of the application's login."""
        self._pool = pool
        self._store = store
        self._history = History(store)
        self._organisations: dict[str, Folded[Organisation]] = {}

    async def board(
        self,
        ledger: str,
        year: int,
        *,
        known_at: KnownAt = None,
        valid_at: Date | None = None,
        min_position: int | None = None,
    ) -> Answer[DictTable]:
        """The board's rows of a year, for `projections.summary.summary`."""
        now, then = queries.of_year(year), self._history.of_year(year)
        found = await self._answer(ledger, now, then, known_at, min_position)
        return _on_day(found, valid_at)

    async def everything(
        self, ledger: str, *, known_at: KnownAt = None, min_position: int | None = None
    ) -> Answer[DictTable]:
        """All rows of a ledger's board."""
        return await self._answer(ledger, queries.all_rows, self._history.all_rows, known_at, min_position)

    async def deadlines(
        self,
        ledger: str,
        year: int,
        now: datetime,
        *,
        known_at: KnownAt = None,
        valid_at: Date | None = None,
        min_position: int | None = None,
    ) -> Answer[list[Cells]]:
        """The dates of a year's cycle as they stand at `now` by the ledger's clock."""
        found = await self.board(ledger, year, known_at=known_at, valid_at=valid_at, min_position=min_position)
        value = deadlines(found.value, year, now, valid_at)
        return Answer(value=value, position=found.position, stale=found.stale)

    async def roles(self, ledger: str, valid_at: Date, *, known_at: KnownAt = None) -> Answer[Cells]:
        """Who held which role on a day, in person or for somebody; units and versions on it: `capacities.roles`."""
        position = await self._history.position_at(ledger, known_at)
        organisation = await self._organisation(ledger, position)
        return Answer(value=roles(organisation, valid_at), position=position)

    async def inbox(
        self,
        ledger: str,
        person: PersonId,
        now: datetime,
        *,
        known_at: KnownAt = None,
        valid_at: Date | None = None,
        min_position: int | None = None,
    ) -> Answer[list[Cells]]:
        """What waits for a person at `now`."""
        return await self._tasks(
            ledger,
            lambda table, found: inbox.inbox(table, found, person, now, valid_at),
            known_at,
            valid_at,
            min_position,
        )

    async def unattended(
        self,
        ledger: str,
        now: datetime,
        *,
        known_at: KnownAt = None,
        valid_at: Date | None = None,
        min_position: int | None = None,
    ) -> Answer[list[Cells]]:
        """What waits for nobody at `now`: the steps of those who left, and of units without a holder."""
        return await self._tasks(
            ledger,
            lambda table, found: inbox.unattended(table, found, now, valid_at),
            known_at,
            valid_at,
            min_position,
        )

    async def trail(
        self,
        ledger: str,
        after: int = 0,
        limit: int = 100,
        only: Filter = EVERYTHING,
        *,
        newest: bool = False,
        min_position: int | None = None,
    ) -> Answer[list[Cells]]:
        """The entries of the audit trail behind position `after`, at most `limit`.

        With `newest` the last ones come first, and those before `after` are behind it; 0 is the end.
        """
        stale = await self._is_stale(ledger, min_position)
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            position, generation = await queries.place(connection, ledger)
            found = await queries.entries(connection, ledger, generation, after, limit, only.wanted(), newest=newest)
        return Answer(value=found, position=position, stale=stale)

    async def linked(self, ledger: str) -> set[str]:
        """The subjects that count for a measure of the recovery facility."""
        async with self._pool.acquire() as connection:
            _, generation = await queries.place(connection, ledger)
            return await queries.linked(connection, ledger, generation)

    async def rebuild(self, ledger: str) -> int:
        """Make all read models of a ledger anew while the present ones serve; the position that they then hold."""
        return await follow.rebuild(self._pool, ledger)

    async def digest(self, ledger: str) -> Answer[Digest]:
        """The digest of the live board, to be compared with a replay's."""
        found = await self.everything(ledger)
        return Answer(value=digest(found.value), position=found.position)

    async def replay_differs(self, ledger: str) -> Answer[str | None]:
        """Where the live board differs first from the log folded anew to its position; None if it doesn't (C12)."""
        live = await self.everything(ledger)
        replayed = await self._history.all_rows(ledger, live.position)
        return Answer(value=first_difference(live.value, replayed), position=live.position)

    async def _tasks(
        self,
        ledger: str,
        ask: Callable[[DictTable, Organisation], list[Cells]],
        known_at: KnownAt,
        valid_at: Date | None,
        min_position: int | None,
    ) -> Answer[list[Cells]]:
        now, then = queries.for_inboxes, self._history.for_inboxes
        found = _on_day(await self._answer(ledger, now, then, known_at, min_position), valid_at)
        organisation = await self._organisation(ledger, found.position)
        return Answer(value=ask(found.value, organisation), position=found.position, stale=found.stale)

    async def _answer(
        self,
        ledger: str,
        now: Fetch,
        then: Fold,
        known_at: KnownAt,
        min_position: int | None,
    ) -> Answer[DictTable]:
        if known_at is not None:
            position = await self._history.position_at(ledger, known_at)
            return Answer(value=await then(ledger, position), position=position)
        stale = await self._is_stale(ledger, min_position)
        # One snapshot: the rows are exactly those of the position.
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            position, generation = await queries.place(connection, ledger)
            table = await now(connection, ledger, generation)
        return Answer(value=table, position=position, stale=stale)

    async def _is_stale(self, ledger: str, min_position: int | None) -> bool:
        if min_position is None:
            return False
        return not await wait_for(self._pool, follow.NAME, ledger, min_position, WAIT_SECONDS)

    async def _organisation(self, ledger: str, position: int) -> Organisation:
        """The organisation as of a position."""
        folded = self._organisations.get(ledger)
        if folded is None or folded.last > position:
            folded = Folded(FOLD, 0, FOLD.initial())
        stream = FOLD.stream()
        for row in await self._store.read_streams(ledger, {stream: folded.version}):
            if row.position <= position:
                folded = folded.then(fact_of(row))
        self._organisations[ledger] = folded
        return folded.state


def _on_day(found: Answer[DictTable], day: Date | None) -> Answer[DictTable]:
    if day is None:
        return found
    return Answer(value=on_day(found.value, day), position=found.position, stale=found.stale)
