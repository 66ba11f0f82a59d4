"""The one write path: load, decide, append.

A command is decided outside the log's lock, over folds that are brought up to date first; the append is conditioned on
every stream that the decision read. A conflict is decided again, up to five times, with the same `received_at`. Before
a refusal or a conflict is told, the command's id is looked up: a retried command gets its first answer.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from domain.canonical import Json, canonical
from domain.clock import FOLD as CLOCK
from domain.clock import AdvanceDemoClock
from domain.commands import NAMES, run
from domain.errors import Refused
from domain.events.codec import Undecodable, decode, encode, encode_metadata
from domain.events.disclosed import disclosed
from domain.events.envelope import ID_BYTES, NONCE_BYTES, Metadata, command_id
from domain.events.event import Event
from domain.organisation import FOLD as ORGANISATION
from domain.round import FOLD as ROUND
from domain.round import parse_round
from domain.values import SYSTEM, Actor, File, VersionId
from domain.view import Act, NotLoaded, View
from services.eventstore.append import Appended, Command, Condition, Conflict, KeyReused, NewDisclosure, NewEvent
from services.eventstore.store import EventStore
from services.folds import Folds
from services.places import refuse_incomplete
from services.sealing import Place, Sealing, disclosed_by

TRIES = 5


class Manifests(Protocol):
    """Where the manifests of uploaded files are found."""

    async def manifests(self, ledger: str, uploader: str, objects: Iterable[str]) -> Mapping[str, Json]:
        """The manifest of each object that this person uploaded: nobody else's file may be named."""
        ...


class NoFiles:
    """A place without files, for commands that name none."""

    async def manifests(self, ledger: str, uploader: str, objects: Iterable[str]) -> Mapping[str, Json]:  # noqa: ARG002
        """None at all."""
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A command as it came in. `route` and `body` are what was sent: with them a repeated key is compared.

    `cause` is the position of the event that made a system step owed; `assurance` how the person had signed in (`acr`).
    """

    ledger: str
    by: Actor
    key: str
    command: object
    received_at: datetime
    route: str = ""
    body: bytes = b""
    cause: int | None = None
    assurance: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a command came to: its events' positions, or `unchanged`; `skipped` items of a bulk command, and why."""

    first: int | None
    last: int | None
    unchanged: bool = False
    repeated: bool = False
    skipped: tuple[tuple[str, Refused], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a command would come to now: its events' types in order, none if nothing would change, and as in `Done`."""

    events: tuple[str, ...]
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
        self._folds = Folds(store)
        self._demo: dict[str, bool] = {}

    async def handle(self, request: Request) -> Done:
        """Decide and append one command. Raises `Refused`, `Busy`; the log's own errors pass through."""
        identity = command_id(request.ledger, request.by.kind, request.by.id, request.key)
        sealing = await self._sealing(request)
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
                return _repeated(before)
            if not by_system and not own:
                before = await self.store.find_request(request.ledger, identity, digest.digest, digest.request)
                if before is not None:
                    return _repeated(before, view)
                return Done(first=None, last=None, unchanged=True, skipped=tuple(view.skipped))
            await refuse_incomplete(self.store, request.ledger, own)
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
                        return _repeated(before, view)
        raise Busy(request.ledger)

    async def check(self, request: Request) -> Checked:
        """What `handle` would come to now; nothing is recorded, and the key stays unused. Raises `Refused` as it would.

        Of a command on many items that would all be refused, `Refused.skipped` says why each.
        """
        view, _, command, by_system, own = await self._decided(request, await self._sealing(request))
        await refuse_incomplete(self.store, request.ledger, own)
        new = self._events(request, view, command, by_system, own, wall=None)
        return Checked(events=tuple(each.type for each in new), skipped=tuple(view.skipped))

    async def read(self, ledger: str, question: Any) -> Any:
        """Ask a pure question of the present state: `question(view)` is called until all that it reads is fresh."""
        while True:
            view, answer, refused = self._folds.view(ledger), None, None
            try:
                answer = question(view)
            except NotLoaded as missing:
                await self._folds.load(ledger, missing.wanted)
                continue
            except Refused as refusal:
                refused = refusal  # Perhaps only a stale state refused.
            if await self._folds.refresh(ledger, view.reads):
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

    async def _sealing(self, request: Request) -> Sealing:
        """What seals the command's words; it knows the files that the person uploaded and the command names."""
        files = [value for kind, value in disclosed(request.command) if kind is File]
        return Sealing(await self._files.manifests(request.ledger, request.by.id, files) if files else {})

    async def _decided(
        self, request: Request, sealing: Sealing
    ) -> tuple[View, Act, Any, tuple[Event, ...], tuple[Event, ...]]:
        """Decide over fresh states: once to learn what it reads, again with the commitments that are there already."""
        reused = False
        demo = await self._is_demo(request.ledger)
        while True:
            view = self._folds.view(request.ledger)
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
                await self._folds.load(request.ledger, missing.wanted)
                continue
            except Refused as refusal:
                refused = refusal
            if await self._folds.refresh(request.ledger, view.reads):
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

    async def _present(self, ledger: str, streams: Iterable[str]) -> dict[Place, str]:
        """What the states of some streams disclose now, field by field."""
        folded = [each for stream in streams if (each := self._folds.of(ledger, stream)) is not None]
        places = {
            commitment: (entity, field) for each in folded for entity, field, commitment in disclosed_by(each.state)
        }
        opened = await self.store.disclosures(ledger, [bytes.fromhex(each) for each in places]) if places else {}
        return {
            (*places[commitment.hex()], canonical(value)): commitment.hex() for commitment, (_, value) in opened.items()
        }

    def _events(
        self,
        request: Request,
        view: View,
        command: object,
        by_system: tuple[Event, ...],
        own: tuple[Event, ...],
        wall: datetime | None,
    ) -> tuple[NewEvent, ...]:
        view.apply(own, request.by, request.received_at)
        said = Metadata(
            actor_kind=SYSTEM.kind,
            actor=SYSTEM.id,
            acting_for=None,
            role=None,
            command=NAMES[type(command)],
            cause=None,
            caused_by_command=True,
            version=None,
            wall=wall,
        )
        by = replace(
            said,
            actor_kind=request.by.kind,
            actor=request.by.id,
            acting_for=request.by.acting_for,
            assurance=request.assurance,
            cause=request.cause,
            caused_by_command=False,
        )
        return (
            *(_new(event, replace(said, version=_version(event, command, view))) for event in by_system),
            *(_new(event, _in_capacity(by, event, command, view)) for event in own),
        )

    async def _is_demo(self, ledger: str) -> bool:
        if ledger not in self._demo:
            self._demo.update(await self.store.ledgers())
        if ledger not in self._demo:
            raise Refused("unknown-ledger", f"There is no ledger {ledger!r}.", field="ledger")
        return self._demo[ledger]


def _repeated(before: Appended | KeyReused, view: View | None = None) -> Done:
    """The first answer again; what a bulk command skipped is found as it is skipped again."""
    if isinstance(before, KeyReused):
        raise KeyWasReused
    skipped = () if view is None else tuple(view.skipped)
    return Done(first=before.first, last=before.last, repeated=True, skipped=skipped)


def _demo_time(view: View, request: Request) -> datetime:
    """The time of a demo's command: what its clock shows; the first one and the clock's own bring theirs."""
    if isinstance(request.command, AdvanceDemoClock):
        view.get(CLOCK)
        return request.command.instant
    return view.get(CLOCK).instant or request.received_at


def _in_capacity(said: Metadata, event: Event, command: object, view: View) -> Metadata:
    """The metadata of one of a person's events: in a bulk command each item may be decided in another capacity."""
    capacity = view.capacities.get(event, view.capacity)
    return replace(
        said,
        role=None if capacity is None else capacity.role,
        unit=None if capacity is None else capacity.unit,
        substitution=None if capacity is None else capacity.substitution,
        version=_version(event, command, view),
    )


def _new(event: Event, metadata: Metadata) -> NewEvent:
    """The event's row. Raises `Refused` for what could be written but not read again: the log can't be mended later."""
    body = encode(event)
    try:
        readable = decode(event.type, event.schema, body) == event
    except Undecodable as error:
        raise Refused(
            "malformed-value", f"This can't be recorded: {error}.", mend="Write it as its field takes it."
        ) from error
    if not readable:
        raise RuntimeError(f"{event.type} isn't read as it was written")
    return NewEvent(
        stream=event.stream,
        id=secrets.token_bytes(ID_BYTES),
        type=event.type,
        schema=event.schema,
        effective_at=event.effective_at,
        nonce=secrets.token_bytes(NONCE_BYTES),
        body=body,
        metadata=encode_metadata(metadata),
        commitments=tuple({bytes.fromhex(value): None for _, value in disclosed(event)}),
    )


def _version(event: Event, command: object, view: View) -> VersionId | None:
    """Under which agreement version an event stands: its own, its command's, its round's, that of its year."""
    for own in (getattr(event, "version", None), getattr(command, "version", None)):
        if isinstance(own, str):
            return VersionId(own)
    round_id, year = getattr(event, "round", None), getattr(event, "year", None)
    process = getattr(event, "process", None)
    if isinstance(process, str):
        kind, _, rest = process.partition("/")
        if kind == "signing":
            return VersionId(rest)
        round_id, year = (rest.partition("/")[0], None) if kind == "submission" else (None, int(rest))
    if isinstance(round_id, str):
        if ROUND.stream(round_id) in view.reads and (opened := view.get(ROUND, round_id).opened) is not None:
            return opened.version
        year = parse_round(round_id)[0]
    if isinstance(year, int):
        in_force = view.get(ORGANISATION).version_for(year)
        return None if in_force is None else in_force.version
    return None
