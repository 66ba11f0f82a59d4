"""What a bundle holds, gathered while its records pass by: by the writer, to say it, and by the reader, to compare."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from domain.canonical import Json, canonical
from domain.events.access import LookRecorded
from domain.events.agreement import SentForSignature
from domain.events.codec import decode
from domain.events.envelope import Row
from domain.events.erasure import ErasureConfirmed, ErasureProposed
from domain.events.organisation import LedgerOpened
from projections.reading import body, said
from verifier.lights import BEARING, Lights
from verifier.named import NAMING, Named
from verifier.scope import DEFINING, Scope, defined, subjects, whole_streams
from verifier.spoken import NAMING_TYPES, Names, Text, text_of

MOST_LISTED = 5_000
"""How many events the index lists, one by one."""
_TELLING = frozenset({SentForSignature.type, LedgerOpened.type, ErasureProposed.type, ErasureConfirmed.type})


@dataclass(frozen=True, slots=True)
class Listed:
    """An event as the index lists it. Where only its header is shown, nobody is its actor, and it has no words."""

    position: int
    stream: str
    type: str
    recorded_at: datetime
    actor_kind: str = ""
    actor: str = ""
    acting_for: str | None = None
    role: str | None = None
    command: str = ""
    words: tuple[str, ...] = ()
    looked_at: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a commitment stands for: the name of the field that it is in, and its text."""

    name: str
    text: Text


@dataclass(frozen=True, slots=True)
class Gone:
    """What a commitment stood for was erased: by which erasure, confirmed at which position."""

    erasure: str
    position: int


@dataclass(frozen=True, slots=True)
class DisclosedFile:
    """A file that a disclosure names: its name in the store isn't in the bundle's business."""

    commitment: str
    sha256: str
    size: int
    name: str


@dataclass(slots=True)
class Counts:
    """How many there are: events shown whole, by their header, by their leaf alone, and outside the scope;
    disclosures opened, withheld and erased; files disclosed, and included.
    """

    events: int = 0
    headers: int = 0
    leaves: int = 0
    outside: int = 0
    opened: int = 0
    withheld: int = 0
    erased: int = 0
    files: int = 0
    included: int = 0

    def json(self) -> dict[str, Json]:
        """As the manifest has them."""
        return {name: cast("int", getattr(self, name)) for name in self.__slots__}


@dataclass(slots=True)
class Contents:
    """What is gathered. Nothing here grows with the ledger but the commitments and the board that is replayed.

    `erasures` are those that the events shown whole confirm, by what they took.
    """

    scope: Scope
    counts: Counts = field(default_factory=Counts)
    named: Named = field(default_factory=Named)
    agreement: dict[str, str] = field(default_factory=dict)
    demo: bool = False
    erasures: dict[str, tuple[str, int]] = field(default_factory=dict)
    about: set[str] = field(default_factory=set)
    listed: list[Listed] = field(default_factory=list)
    texts: dict[str, Opened | Gone | None] = field(default_factory=dict)
    names: Names = field(default_factory=Names)
    confirmed: dict[str, datetime] = field(default_factory=dict)
    authorities: dict[str, str] = field(default_factory=dict)
    files: list[DisclosedFile] = field(default_factory=list)
    included: set[str] = field(default_factory=set)
    lights: Lights | None = None
    bearing_withheld: bool = False

    def __post_init__(self) -> None:
        """Begin with what the scope alone says."""
        self.about |= subjects(self.scope, ())
        self.lights = Lights() if whole_streams(self.scope) else None

    @property
    def lights_in_part(self) -> bool:
        """Whether an event is withheld that lights follow from, or may follow from."""
        return self.lights is not None and (self.counts.leaves > 0 or self.bearing_withheld)

    def event(self, row: Row) -> None:
        """An event that is shown whole. What a malformed body raises is up to whoever reads it."""
        self.counts.events += 1
        self.look(row)

    def look(self, row: Row) -> None:
        """What an event's body and metadata bring, once it is counted."""
        find = NAMING.get(row.type)
        words = find(row.body) if find is not None else []
        for each in words:
            self.named.add(each)
        if row.type in DEFINING:
            self.about |= defined(self.scope, row)
        elif row.type in _TELLING:
            self._told(row)
        if self.lights is not None:
            self.lights.take(row)
        if row.type in NAMING_TYPES:
            name = self.names.take(row)
            if name is not None:
                self.texts[name] = None
        if len(self.listed) < MOST_LISTED:
            self._list(row, tuple(each.decode() for each in words))

    def _told(self, row: Row) -> None:
        match decode(row.type, row.schema, row.body):
            case SentForSignature(version=version, digest=digest):
                self.agreement[version] = digest
            case LedgerOpened(demo=demo):
                self.demo = demo
            case ErasureConfirmed(erasure=erasure, commitments=commitments):
                self.erasures.update(dict.fromkeys(commitments, (erasure, row.position)))
                self.confirmed[erasure] = row.recorded_at
            case ErasureProposed(erasure=erasure, authority=authority):
                self.authorities[erasure] = authority
                self.texts[authority] = None
            case _:
                pass

    def _list(self, row: Row, words: tuple[str, ...]) -> None:
        meta = said(row)
        self.demo = self.demo or meta["wall"] is not None
        who = (str(meta["actor_kind"]), str(meta["actor"]), meta["acting_for"], meta["role"])
        command, looked_at = str(meta["command"]), str(body(row)["scope"]) if row.type == LookRecorded.type else ""
        self.listed.append(Listed(row.position, row.stream, row.type, row.recorded_at, *who, command, words, looked_at))
        self.texts.update(dict.fromkeys(words))

    def header_only(self, row: Row) -> None:
        """An event of which only the header is shown; body and metadata of `row` are empty then."""
        self.counts.headers += 1
        self.look_at_header(row)

    def look_at_header(self, row: Row) -> None:
        """What an event's header brings, once it is counted."""
        self.bearing_withheld = self.bearing_withheld or row.type in BEARING
        if len(self.listed) < MOST_LISTED:
            self.listed.append(Listed(row.position, row.stream, row.type, row.recorded_at))

    def opened(self, commitment: str, kind: str, value: Any) -> None:
        """A disclosure that is opened."""
        self.counts.opened += 1
        match value:
            case {
                "media_type": str(),
                "name": str(name),
                "object": str(),
                "sha256": str(digest),
                "size": int(size),
                **more,
            } if not more:
                self.counts.files += 1
                self.files.append(DisclosedFile(commitment, digest, size, name))
            case _:
                pass
        if commitment in self.texts:
            self.texts[commitment] = Opened(kind, text_of(value))

    def erased(self, commitment: str, erasure: str, position: int) -> None:
        """A disclosure that is said to be erased."""
        self.counts.erased += 1
        if commitment in self.texts:
            self.texts[commitment] = Gone(erasure, position)

    def evidence_json(self) -> bytes:
        """`evidence.json`: every file that is disclosed, in the order of the disclosures."""
        named: list[Json] = [
            {
                "commitment": each.commitment,
                "sha256": each.sha256,
                "size": each.size,
                "included": each.sha256 in self.included,
            }
            for each in self.files
        ]
        return canonical(named)

    def agreements(self) -> list[Json]:
        """The versions of the agreement that the bundle's events sent for signature, with what was signed."""
        return [{"version": version, "digest": digest} for version, digest in sorted(self.agreement.items())]
