"""The one write path: load, decide, append.

A command is decided outside the log's lock, over folds that are brought up to date first; the append is conditioned on
every stream that the decision read. A conflict is decided again, up to five times, with the same `received_at`. Before
a refusal or a conflict is told, the command's id is looked up: a retried command gets its first answer.
"""

import re
import secrets
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from domain.canonical import Json, canonical
from domain.clock import FOLD as CLOCK
from domain.clock import AdvanceDemoClock
from domain.commands import NAMES, run
from domain.cycle import FOLD as CYCLE
from domain.errors import Refused
from domain.events.codec import encode, encode_metadata
from domain.events.envelope import ID_BYTES, NONCE_BYTES, Metadata, command_id
from domain.events.event import Event
from domain.organisation import FOLD as ORGANISATION
from domain.round import FOLD as ROUND
from domain.values import SYSTEM, Actor, File, Role, VersionId
from domain.view import Act, Folded, NotLoaded, View, fact_of
from services.eventstore.append import Appended, Command, Condition, Conflict, KeyReused, NewDisclosure, NewEvent
from services.eventstore.store import EventStore
from services.sealing import Sealing, words_in

TRIES = 5
CACHED_STREAMS = 50_000
_COMMITMENT = re.compile(r"[0-9a-f]{64}")


class Manifests(Protocol):
    """Where the manifests of uploaded files are found."""

    async def manifests(self, ledger: str, objects: Iterable[str]) -> Mapping[str, Json]:
        """The manifest of each object that there is."""
        ...


class NoFiles:
    """A place without files, for commands that name none."""

    async def manifests(self, ledger: str, objects: Iterable[str]) -> Mapping[str, Json]:  # noqa: ARG002
        """None at all."""
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A command as it came in. `route` and `body` are what was sent: with them a repeated key is compared.

    `cause` is the position of the event that made a system step owed.
    """

    ledger: str
    by: Actor
    key: str
    command: object
    received_at: datetime
    route: str = ""
    body: bytes = b""
    cause: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a command came to: its events' positions, or `unchanged`; `skipped` items of a bulk command, and why."""

    first: int | None
    last: int | None
    unchanged: bool = False
    repeated: bool = False
    skipped: tuple[tuple[str, Refused], ...] = ()


class KeyWasReused(Refused):
    """The idempotency key was used for another request."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__(
            "key-reused",
            "This Idempotency-Key was used for another request.",
            field="Idempotency-Key",
            rule="case 24",
            mend="Take a new key for a new request.",
        )


class Busy(Exception):
    """Others kept writing what this command reads; nothing was recorded, and it may be tried again."""


class Handler:
    """Takes commands for all ledgers of one store, and keeps folded streams between them."""

    def __init__(self, store: EventStore, files: Manifests | None = None) -> None:
        """`files` finds the manifests of uploaded files."""
        self.store = store
        self._files: Manifests = files or NoFiles()
        self._folds: OrderedDict[tuple[str, str], Folded[Any]] = OrderedDict()
        self._demo: dict[str, bool] = {}

    async def handle(self, request: Request) -> Done:
        """Decide and append one command. Raises `Refused`, `Busy`; the log's own errors pass through."""
        identity = command_id(request.ledger, request.by.kind, request.by.id, request.key)
        files = [value for kind, value in words_in(request.command) if kind is File]
        sealing = Sealing(await self._files.manifests(request.ledger, files) if files else {})
        if request.by.kind is SYSTEM.kind:
            digest = await self.store.request_digest(request.ledger, datetime.now(UTC), request.key, b"")
        else:
            digest = await self.store.request_digest(request.ledger, datetime.now(UTC), request.route, request.body)
        for _ in range(TRIES):
            try:
                view, act, command, by_system, own = await self._decided(request, sealing)
            except Refused:
                before = await self.store.find_request(request.ledger, identity, digest.digest, digest.request)
                if before is None:
                    raise
                return self._repeated(before)
            if not by_system and not own:
                before = await self.store.find_request(request.ledger, identity, digest.digest, digest.request)
                if before is not None:
                    return self._repeated(before)
                return Done(first=None, last=None, unchanged=True, skipped=tuple(view.skipped))
            demo = await self._is_demo(request.ledger)
            new = self._events(request, view, command, by_system, own, wall=datetime.now(UTC) if demo else None)
            wanted = {each.hex() for event in new for each in event.commitments}
            append = Command(
                command_id=identity,
                request_digest=digest.digest,
                digest_key=digest.digest_key,
                received_at=act.at,
                clock=act.at if demo else None,
                conditions=tuple(Condition(stream=stream, version=version) for stream, version in view.reads.items()),
                events=new,
                disclosures=tuple(
                    NewDisclosure(
                        commitment=bytes.fromhex(each.commitment),
                        salt=each.salt,
                        value=canonical([each.kind, each.value]),
                    )
                    for each in sealing.disclosures(wanted)
                ),
                request=digest.request,
            )
            answer = await self.store.append(request.ledger, append)
            match answer:
                case Appended():
                    return Done(
                        first=answer.first, last=answer.last, repeated=answer.repeated, skipped=tuple(view.skipped)
                    )
                case KeyReused():
                    raise KeyWasReused
                case Conflict():
                    before = await self.store.find_request(request.ledger, identity, digest.digest, digest.request)
                    if before is not None:
                        return self._repeated(before)
        raise Busy(request.ledger)

    async def read(self, ledger: str, question: Any) -> Any:
        """Ask a pure question of the present state: `question(view)` is called until all that it reads is fresh."""
        while True:
            view, answer, refused = self._view(ledger), None, None
            try:
                answer = question(view)
            except NotLoaded as missing:
                await self._load(ledger, missing.wanted)
                continue
            except Refused as refusal:
                refused = refusal  # Perhaps only a stale state refused.
            if await self._refresh(ledger, view.reads):
                continue
            if refused is not None:
                raise refused
            return answer

    async def now(self, ledger: str) -> datetime:
        """The ledger's clock: the wall clock, or a demo's own."""
        if not await self._is_demo(ledger):
            return datetime.now(UTC)
        clock = await self.read(ledger, lambda view: view.get(CLOCK))
        return clock.instant or datetime.now(UTC)

    async def _decided(
        self, request: Request, sealing: Sealing
    ) -> tuple[View, Act, Any, tuple[Event, ...], tuple[Event, ...]]:
        """Decide over fresh states: once to learn what it reads, again with the commitments that are there already."""
        reused = False
        demo = await self._is_demo(request.ledger)
        while True:
            view = self._view(request.ledger)
            refused: Refused | None = None
            by_system: tuple[Event, ...] = ()
            own: tuple[Event, ...] = ()
            command = sealing.seal(request.command)
            act = Act(by=request.by, at=request.received_at)
            try:
                view.get(ORGANISATION)
                if demo:
                    act = Act(by=request.by, at=_demo_time(view, request))
                by_system, own = run(view, act, command)
                for event in (*by_system, *own):
                    if event.stream not in view.reads:
                        raise RuntimeError(f"{event.type} was decided without reading {event.stream}")
            except NotLoaded as missing:
                await self._load(request.ledger, missing.wanted)
                continue
            except Refused as refusal:
                refused = refusal
            if await self._refresh(request.ledger, view.reads):
                continue
            if not reused and command is not request.command:
                reused = True
                streams = {event.stream for event in own} if refused is None else set(view.reads)
                present = await self._present(request.ledger, streams)
                if present:
                    sealing.reuse(present)
                    continue
            if refused is not None:
                raise refused
            return view, act, command, by_system, own

    async def _present(self, ledger: str, streams: Iterable[str]) -> dict[tuple[str, bytes], str]:
        """What the states of some streams disclose now: (kind, canonical value) to its commitment."""
        found: set[str] = set()
        for stream in streams:
            folded = self._folds.get((ledger, stream))
            if folded is not None:
                _commitments(folded.state, found)
        opened = await self.store.disclosures(ledger, [bytes.fromhex(each) for each in found]) if found else {}
        return {(kind, canonical(value)): each.hex() for each, (kind, value) in opened.items()}

    def _events(
        self,
        request: Request,
        view: View,
        command: object,
        by_system: tuple[Event, ...],
        own: tuple[Event, ...],
        wall: datetime | None,
    ) -> tuple[NewEvent, ...]:
        name = NAMES[type(command)]
        return tuple(
            _new(event, view, by, role, name, cause, caused_by_command, wall)
            for events, by, role, cause, caused_by_command in (
                (by_system, SYSTEM, None, None, True),
                (own, request.by, view.role, request.cause, False),
            )
            for event in events
        )

    def _view(self, ledger: str) -> View:
        return View(lambda stream: self._folds.get((ledger, stream)))

    async def _load(self, ledger: str, wanted: Mapping[str, Any]) -> None:
        for stream, fold in wanted.items():
            self._keep(ledger, stream, Folded(fold, 0, fold.initial()))
        await self._refresh(ledger, dict.fromkeys(wanted, 0))

    async def _refresh(self, ledger: str, streams: Mapping[str, int]) -> bool:
        """Bring folds up to date; whether any is now at another version than the one that was read."""
        versions = {
            stream: self._folds[ledger, stream].version for stream in streams if (ledger, stream) in self._folds
        }
        rows = await self.store.read_streams(ledger, versions)
        for row in rows:
            folded = self._folds[ledger, row.stream]
            if row.version == folded.version + 1:
                self._keep(ledger, row.stream, folded.then(fact_of(row)))
        return any(self._folds[ledger, stream].version != streams[stream] for stream in versions)

    def _keep(self, ledger: str, stream: str, folded: Folded[Any]) -> None:
        self._folds[ledger, stream] = folded
        self._folds.move_to_end((ledger, stream))
        while len(self._folds) > CACHED_STREAMS:
            self._folds.popitem(last=False)

    async def _is_demo(self, ledger: str) -> bool:
        if ledger not in self._demo:
            self._demo.update(await self.store.ledgers())
        if ledger not in self._demo:
            raise Refused("unknown-ledger", f"There is no ledger {ledger!r}.", field="ledger")
        return self._demo[ledger]

    @staticmethod
    def _repeated(before: Appended | KeyReused) -> Done:
        if isinstance(before, KeyReused):
            raise KeyWasReused
        return Done(first=before.first, last=before.last, repeated=True)


def _demo_time(view: View, request: Request) -> datetime:
    """The time of a demo's command: what its clock shows; the first one and the clock's own bring theirs."""
    if isinstance(request.command, AdvanceDemoClock):
        view.get(CLOCK)
        return request.command.instant
    return view.get(CLOCK).instant or request.received_at


def _new(
    event: Event,
    view: View,
    by: Actor,
    role: Role | None,
    command: str,
    cause: int | None,
    caused_by_command: bool,  # noqa: FBT001
    wall: datetime | None,
) -> NewEvent:
    metadata = Metadata(
        actor_kind=by.kind,
        actor=by.id,
        acting_for=by.acting_for,
        role=role,
        command=command,
        cause=cause,
        caused_by_command=caused_by_command,
        version=_version(event, view),
        wall=wall,
    )
    return NewEvent(
        stream=event.stream,
        id=secrets.token_bytes(ID_BYTES),
        type=event.type,
        schema=event.schema,
        effective_at=event.effective_at,
        nonce=secrets.token_bytes(NONCE_BYTES),
        body=encode(event),
        metadata=encode_metadata(metadata),
        commitments=tuple({bytes.fromhex(value): None for _, value in words_in(event)}),
    )


def _version(event: Event, view: View) -> VersionId | None:
    """Under which agreement version an event stands: its own, its round's, its cycle's."""
    own = getattr(event, "version", None)
    if isinstance(own, str):
        return VersionId(own)
    round_id, year = getattr(event, "round", None), getattr(event, "year", None)
    if isinstance(round_id, str) and ROUND.stream(round_id) in view.reads:
        opened = view.get(ROUND, round_id).opened
        return None if opened is None else opened.version
    if isinstance(year, int) and CYCLE.stream(year) in view.reads:
        return view.get(CYCLE, year).version
    return None


def _commitments(value: object, found: set[str]) -> None:
    """All that may be a commitment in a state: what isn't one opens to nothing."""
    if isinstance(value, str):
        if _COMMITMENT.fullmatch(value):
            found.add(value)
    elif isinstance(value, Mapping):
        for inner in value.values():
            _commitments(inner, found)
    elif isinstance(value, tuple | frozenset | list):
        for inner in value:
            _commitments(inner, found)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            _commitments(getattr(value, field.name), found)
