"""An event as it lies in the log: its row, what is said about it, and the bytes that prove it (etappi-header/1)."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from domain.canonical import Json, canonical
from domain.values import Digest, Role, UnitId, VersionId, instant_text

HEADER = b"etappi-header/1"
METADATA = "metadata/1"
NONCE_BYTES = SALT_BYTES = ID_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """Who acted (and for whom, in which role), through which command, under which agreement version, caused by what.

    `unit` is where the role is held, `substitution` what let them act for another (C03); `assurance` how they had
    signed in, as the identity provider says (`acr`; R8).
    `cause` is the position of the event that made a system step owed; `caused_by_command` says that the step was taken
    in the append of the person's command that needed it. `wall` is the wall clock beside a demo ledger's own.
    """

    actor_kind: str
    actor: str
    acting_for: str | None
    role: Role | None
    unit: UnitId | None = None
    substitution: str | None = None
    assurance: str | None = None
    command: str
    cause: int | None
    caused_by_command: bool
    version: VersionId | None
    wall: datetime | None
    format: str = METADATA


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the log. `body` and `metadata` are canonical JSON, the exact bytes that are hashed."""

    ledger: str
    position: int
    stream: str
    version: int
    id: bytes
    type: str
    schema: int
    received_at: datetime
    recorded_at: datetime
    effective_at: datetime | None
    command_id: bytes
    nonce: bytes
    body: bytes
    metadata: bytes


def body_digest(nonce: bytes, body: bytes) -> bytes:
    """What the header says of the body; the nonce keeps a withheld body from being guessed."""
    return sha256(b"\x03" + nonce + body).digest()


def metadata_digest(nonce: bytes, metadata: bytes) -> bytes:
    """What the header says of the metadata."""
    return sha256(b"\x04" + nonce + metadata).digest()


def header(row: Row) -> bytes:
    """The event's header, fixed order, each field behind its length in four bytes, big-endian.

    Numbers are ASCII decimals, times RFC 3339 in UTC with six decimals, an absent time is empty.
    """
    fields = (
        HEADER,
        row.ledger.encode(),
        b"%d" % row.position,
        row.stream.encode(),
        b"%d" % row.version,
        row.id,
        row.type.encode(),
        b"%d" % row.schema,
        instant_text(row.received_at).encode(),
        instant_text(row.recorded_at).encode(),
        b"" if row.effective_at is None else instant_text(row.effective_at).encode(),
        row.command_id,
        body_digest(row.nonce, row.body),
        metadata_digest(row.nonce, row.metadata),
    )
    return b"".join(len(field).to_bytes(4, "big") + field for field in fields)


def leaf(row: Row) -> bytes:
    """The event's leaf in the ledger's Merkle tree (RFC 6962, 2.1)."""
    return sha256(b"\x00" + header(row)).digest()


def commitment(salt: bytes, kind: str, value: Json) -> Digest:
    """The commitment to a disclosure: SHA-256(0x02 ‖ salt ‖ canonical [kind, value]), in hex."""
    return Digest(sha256(b"\x02" + salt + canonical([kind, value])).hexdigest())


def digest_of(value: Json) -> Digest:
    """SHA-256 of a canonical value, in hex: what a sign-off, a confirmation, a delivery binds to."""
    return Digest(sha256(canonical(value)).hexdigest())


def command_id(ledger: str, actor_kind: str, actor: str, key: str) -> bytes:
    """The id of a command: nobody's key can block or read another's. 16 bytes of SHA-256, each part behind its
    length.
    """
    parts = (ledger.encode(), actor_kind.encode(), actor.encode(), key.encode())
    return sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).digest()[:16]
