"""The controls tested over a ledger in Postgres: the log streamed, its seal, its files and its looks beside it.

The test is pure and takes a core for a while, so it runs in a thread, which asks the event loop for one page of the log
after the other. The log is taken as it lies there: what is missing is for the controls to find.
"""

import asyncio
from collections.abc import Coroutine, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from domain.access import access_ledger
from domain.controls import ControlResult, run_controls
from domain.events.envelope import Row, leaf
from domain.proof.checkpoint import checkpoint_of, opened
from domain.proof.merkle import root
from domain.proof.note import NoteRefused, note_of
from domain.proof.tiles import WIDTH, TileRefused, hashes_of, nodes_of_tiles
from projections.attested import Replayed
from services.controls.shown import Place, ShownEvent, places, shown_events
from services.eventstore.connections import Pool
from services.eventstore.read import PAGE, page, read_at
from services.eventstore.store import EventStore
from services.evidence import EvidenceStore, FileDiffers, Manifest
from services.opening import Opened
from services.seal import SealStore
from services.seal.installation import installation_of
from verifier.ed25519 import verify

T = TypeVar("T")
MOST_NAMED = 200
"""So many events at most are named that aren't those that were sealed."""
MOST_SHOWN = 10_000
"""Of so many events at most it is told what they say; the positions of all stand with their exceptions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """What the controls found in the log up to a position; `as_of` is when that was recorded."""

    results: tuple[ControlResult, ...]
    events: Mapping[Place, ShownEvent]
    position: int
    as_of: datetime | None


class ControlTester:
    """Tests the controls of all ledgers of one store."""

    def __init__(self, pool: Pool, store: EventStore, evidence: EvidenceStore, seal: SealStore | None = None) -> None:
        """Without a seal it isn't tested whether the log was rewritten as a whole."""
        self._pool = pool
        self._store = store
        self._evidence = evidence
        self._seal = seal

    async def test(self, ledger: str, cycle: int | None, *, files: bool = True) -> Tested:
        """Test C01 to C19, for a cycle or all; `files`: read each signed-off file again and compare its hash."""
        # The checkpoint first: all that it covers is there then.
        seal = None if self._seal is None else await kept(self._seal, self._pool, ledger)
        until = await self._store.head(ledger)
        last = await page(self._pool, ledger, until - 1, 1) if until else []
        rows = _Rows(self._pool, ledger, until)
        looks = _Rows(self._pool, access_ledger(ledger), await self._store.head(access_ledger(ledger)))
        stored = _Files(self._store, self._evidence, ledger) if files else None
        results = await asyncio.to_thread(run_controls, rows, looks, seal, cycle, files=stored, replay=Replayed())
        if self._seal is not None and seal is not None and _rewritten(results):
            # It takes a second test to name the events, and only a log that is broken needs it.
            seal = replace(seal, faults=(*seal.faults, *await changed(self._seal, self._pool, ledger, seal)))
            results = await asyncio.to_thread(run_controls, rows, looks, seal, cycle, files=stored, replay=Replayed())
        return Tested(
            results=results,
            events=await self._shown(results),
            position=until,
            as_of=last[0].recorded_at if last else None,
        )

    async def _shown(self, results: tuple[ControlResult, ...]) -> Mapping[Place, ShownEvent]:
        """The events that show the exceptions, with their words."""
        found: dict[Place, ShownEvent] = {}
        wanted = sorted(places(results))[:MOST_SHOWN]
        for ledger in sorted({each for each, _ in wanted}):
            rows = await read_at(self._pool, ledger, [position for each, position in wanted if each == ledger])
            shown = shown_events(results, rows)
            words = await Opened.of_rows(self._store, ledger, [dict(each.fields) for each in shown.values()])
            found |= {place: replace(each, fields=words.row(dict(each.fields))) for place, each in shown.items()}
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What doesn't hold of a seal."""

    positions: tuple[int, ...]
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpointed:
    """The last checkpoint that is kept outside, as the controls take it: `domain.controls.Seal`.

    `history` is the one of the log's histories that it belongs to.
    """

    size: int
    root: bytes | None
    history: int
    faults: tuple[Fault, ...] = ()
    keys: tuple[str, ...] = ()


async def kept(store: SealStore, pool: Pool, ledger: str) -> Checkpointed | None:
    """The seal of a ledger, by the copy outside and the keys that the log introduced; None where nothing is sealed."""
    last = await store.last_kept(ledger)
    if last is None:
        return None
    refused = await store.refusal(ledger)
    faults = () if refused is None else (Fault(positions=(), says=f"the log isn't sealed any more: {refused}"),)
    try:
        introduced = (await installation_of(pool, ledger)).keys
        origin = introduced.origin or checkpoint_of(note_of(last.note).text).origin
        known = [key for key in (introduced.at(last.size),) if key is not None]
        checkpoint, signers = opened(last.note, origin, known, verify)
    except NoteRefused as error:
        said = f"the checkpoint of {last.size} events that is kept outside can't be trusted: {error}"
        return Checkpointed(
            size=last.size, root=None, history=last.history, faults=(*faults, Fault(positions=(), says=said))
        )
    return Checkpointed(
        size=checkpoint.size,
        root=checkpoint.root,
        history=last.history,
        faults=faults,
        keys=tuple(str(each) for each in signers),
    )


async def changed(store: SealStore, pool: Pool, ledger: str, seal: Checkpointed) -> tuple[Fault, ...]:
    """The events that aren't those that were sealed, by the tiles; none where the tiles aren't the checkpoint's."""
    read_tile = store.reader(ledger, seal.history)
    faults: list[Fault] = []
    try:
        if await asyncio.to_thread(root, nodes_of_tiles(read_tile, seal.size), seal.size) != seal.root:
            return ()
        for begin in range(0, seal.size, WIDTH):
            width = min(WIDTH, seal.size - begin)
            sealed = hashes_of(await asyncio.to_thread(read_tile, 0, begin // WIDTH, width))
            for row in await page(pool, ledger, begin, width):
                there, was = leaf(row), sealed[row.position - begin - 1]
                if there != was:
                    said = (
                        f"event {row.position} has the leaf {there.hex()}, but {was.hex()} was sealed: it was changed"
                    )
                    faults.append(Fault(positions=(row.position,), says=said))
            if len(faults) >= MOST_NAMED:
                break
    except (FileNotFoundError, TileRefused):
        return ()
    return tuple(faults[:MOST_NAMED])


def _rewritten(results: tuple[ControlResult, ...]) -> bool:
    return any(each.code == "root-differs" for result in results for each in result.exceptions)


class _Asking:
    """What a thread asks of the event loop that it was begun from."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()

    def ask(self, question: Coroutine[Any, Any, T]) -> T:
        """The answer, waited for in the thread."""
        return self.begin(question).result()

    def begin(self, question: Coroutine[Any, Any, T]) -> "Future[T]":
        """Ask, and go on meanwhile."""
        return asyncio.run_coroutine_threadsafe(question, self._loop)


class _Rows(_Asking):
    """A ledger's rows up to a position, for a thread; the next page is fetched while one is looked at."""

    def __init__(self, pool: Pool, ledger: str, until: int) -> None:
        super().__init__()
        self._pool, self._ledger, self._until = pool, ledger, until

    def __iter__(self) -> Iterator[Row]:
        ahead = self._fetch(0)
        for after in range(0, self._until, PAGE):
            rows, ahead = ahead.result(), self._fetch(after + PAGE)
            yield from rows

    def _fetch(self, after: int) -> "Future[list[Row]]":
        count = max(0, min(PAGE, self._until - after))
        return self.begin(page(self._pool, self._ledger, after, count))


class _Files(_Asking):
    """Whether stored files are what their manifests say, for a thread: `domain.controls.Files`.

    What was erased needn't be there: that it was erased with authority is tested of the erasure (C11).
    """

    def __init__(self, store: EventStore, evidence: EvidenceStore, ledger: str) -> None:
        super().__init__()
        self._store, self._evidence, self._ledger = store, evidence, ledger

    def get(self, commitment: str, /) -> bool | None:
        key = bytes.fromhex(commitment)
        said = self.ask(self._store.disclosures(self._ledger, [key])).get(key)
        if said is None:
            return True if key in self.ask(self._store.erased_by(self._ledger, [key])) else None
        manifest: Any = said[1]
        try:
            for _ in self._evidence.pieces(Manifest(**manifest)):
                pass
        except FileNotFoundError:
            return None
        except FileDiffers:
            return False
        return True
