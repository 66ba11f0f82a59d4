"""A small ledger with all that a bundle may hold, bundles of it, and how they are taken apart and put together."""

import io
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from recorded import year

from domain.canonical import canonical
from domain.events.attestation import INSTALLATION, Occasion, SealKeyIntroduced, ViewAttested
from domain.events.codec import encode, encode_metadata
from domain.events.envelope import Metadata, Row, commitment, leaf
from domain.events.event import Event
from domain.proof.checkpoint import Checkpoint
from domain.proof.frontier import Frontier
from domain.proof.merkle import Leaves, consistency, subtrees
from domain.proof.note import VerifierKey, signed
from domain.values import Digest, Words
from projections import attested, board
from verifier import container, manifest
from verifier.named import NAMING
from verifier.pin import Pin
from verifier.proof import Proof, Timestamp
from verifier.scope import Period, Sample, Scope, WholeLedger, draw, holds, subjects
from verifier.write import BundleWriter

LEDGER, ORIGIN = "keha", "etappi.example/keha"
SUBJECT = "cost-effectiveness-evaluation-2024"
ROUND = "2024-annual"
ITEM = f"item/{ROUND}/{SUBJECT}"
FILE = "Pöytäkirja: kaikki hyvin.\n".encode()
PROGRAM = b"(another program)\n"
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
_STREAMS = ("cycle/2024", f"round/{ROUND}", ITEM)
_TYPES = {
    "ledger-opened",
    "cycle-opened",
    "round-opened",
    "round-scope-fixed",
    "sent-for-signature",
    "delivered-to-ministry",
}
_ALL = ("id", "name", "value")


def verifier_key(key: Ed25519PrivateKey, origin: str = ORIGIN) -> VerifierKey:
    return VerifierKey(origin, key.public_key().public_bytes_raw())


def note(rows: Sequence[Row], key: Ed25519PrivateKey = KEY, origin: str = ORIGIN) -> bytes:
    """A signed checkpoint of these rows."""
    tree = Frontier()
    for row in rows:
        tree.append(leaf(row))
    return signed_note(tree, key, origin)


def signed_note(tree: Frontier, key: Ed25519PrivateKey = KEY, origin: str = ORIGIN) -> bytes:
    checkpoint = Checkpoint(origin=origin, size=tree.size, root=tree.root())
    return bytes(signed(checkpoint.text, [(verifier_key(key, origin), key.sign)]))


def pin(rows: Sequence[Row], key: Ed25519PrivateKey = KEY) -> Pin:
    return Pin(ledger=LEDGER, keys=(verifier_key(key),), note=note(rows, key))


@cache
def ledger() -> tuple[tuple[Row, ...], Mapping[str, tuple[bytes, bytes]]]:
    """Some twenty events of the recorded year, numbered anew, and what their commitments stand for."""
    disclosed: dict[str, tuple[bytes, bytes]] = {}
    rows = [_disclosing(_smaller(row), disclosed) for row in _chosen()]
    rows.append(
        _system(
            rows[-1],
            SealKeyIntroduced(verifier_key=str(verifier_key(KEY)), replaces=None, reason=_word("avain", disclosed)),
        )
    )
    found = numbered(rows)
    table = board.fold(found)
    delivered = next(row for row in found if row.type == "delivered-to-ministry")
    before = board.fold(found[: delivered.position])
    assert len(table)
    stated = ViewAttested(
        view=attested.VIEW,
        occasion=Occasion.DELIVERY,
        at_position=delivered.position,
        digest=attested.digest(before, 2024),
    )
    return numbered([*found, _system(found[-1], stated)]), disclosed


@cache
def whole_year() -> tuple[Row, ...]:
    """The recorded year, as if its log were sealed with the key of these tests."""
    own = str(verifier_key(KEY)).encode()
    return tuple(
        replace(row, body=re.sub(rb'(?<="verifier_key":")[^"]*', own, row.body)) if row.stream == INSTALLATION else row
        for row in year()
    )


def numbered(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Rows with the positions and versions that they have one after the other."""
    versions: dict[str, int] = {}
    found = []
    for position, row in enumerate(rows, 1):
        versions[row.stream] = versions.get(row.stream, 0) + 1
        found.append(replace(row, position=position, version=versions[row.stream]))
    return tuple(found)


def write(
    path: Path,
    rows: Sequence[Row],
    scope: Scope | None = None,
    *,
    key: Ed25519PrivateKey = KEY,
    sealed: Sequence[Row] | None = None,
    pinned: int | None = None,
    pinned_by: Ed25519PrivateKey | None = None,
    keys: Sequence[str] | None = None,
    timestamps: Sequence[Timestamp] = (),
    program: bytes = PROGRAM,
    shown: Callable[[Row], str] = lambda row: "event",
    disclosed: Mapping[str, tuple[bytes, bytes]] | None = None,
) -> str:
    """Write a bundle of rows. `sealed`: as they were sealed; `shown`: as an event, a header, a leaf or a gap."""
    known = ledger()[1] if disclosed is None else disclosed
    truth = rows if sealed is None else sealed
    nodes = Leaves(map(leaf, truth))
    cuts = sorted(each.size for each in timestamps)
    with path.open("w+b") as file:
        writer = BundleWriter(file, ledger=LEDGER, origin=ORIGIN, scope=scope or WholeLedger(), program=program)
        for row in rows:
            match shown(row):
                case "event":
                    writer.event(row, nodes(0, row.position - 1))
                case "header":
                    writer.header_only(row, nodes(0, row.position - 1))
                case "leaf":
                    writer.leaf(nodes(0, row.position - 1))
                case _:
                    at = row.position - 1
                    writer.gap(at, row.position, [nodes(level, index) for level, index in subtrees(at, at + 1)])
        assert all(cut <= writer.size for cut in cuts)
        for each in writer.commitments():
            if each in known:
                writer.disclosure(each, *known[each])
            else:
                writer.withheld(each)
        for each_file in writer.files():
            writer.evidence(each_file.sha256, [FILE])
        old = None if pinned is None else note(truth[:pinned], pinned_by or key)
        proof = Proof(
            keys=(str(verifier_key(key)),) if keys is None else tuple(keys),
            checkpoint=note(truth, key),
            pinned=old,
            consistency=() if pinned is None else tuple(consistency(nodes, pinned, len(truth))),
            timestamps=tuple(timestamps),
        )
        return writer.finish(proof)


def within(scope: Scope, rows: Sequence[Row]) -> Callable[[Row], str]:
    """How each row is shown in a bundle of a scope."""
    if isinstance(scope, Sample):
        drawn = draw(scope, [row.position for row in rows if row.type in scope.types])
        shown = dict.fromkeys(drawn.drawn, "event") | dict.fromkeys(drawn.passed_over, "header")
        return lambda row: shown.get(row.position, "gap")
    if isinstance(scope, Period):
        return lambda row: "event" if scope.first <= row.position <= scope.last else "gap"
    about = subjects(scope, rows)
    return lambda row: "event" if holds(scope, about, row.stream) else "gap"


def contents(data: bytes) -> dict[str, bytes]:
    """The files of a bundle."""
    found = container.Container(io.BytesIO(data))
    return {each.name: b"".join(found.chunks(each)) for each in found.entries}


def rebuilt(files: Mapping[str, bytes], *, listed: bool = True) -> bytes:
    """A bundle of these files, with checksums and last record, and (if `listed`) the manifest's hashes made anew."""
    said: dict[str, Any] = json.loads(files[manifest.NAME]) if listed else {}
    if listed:
        said["files"] = [
            {"name": name, "size": len(data), "sha256": sha256(data).hexdigest()}
            for name, data in files.items()
            if name != manifest.NAME
        ]
    file = io.BytesIO()
    writer = container.ContainerWriter(file)
    for name, data in files.items():
        given = canonical(said) if name == manifest.NAME and listed else data
        writer.put(name, given, deflated=manifest.deflated(name))
    writer.close()
    return file.getvalue()


def resealed(data: bytes) -> bytes:
    """The same bytes with a last record that fits them."""
    body = data[: -container.LAST_RECORD_BYTES]
    return body + container.last_record(sha256(body).digest())


def _chosen() -> Iterable[Row]:
    taken: set[str] = set()
    for row in year():
        once = row.type in _TYPES and row.type not in taken
        if row.stream == ITEM or (
            once and (row.stream in _STREAMS or row.stream == "organisation" or "agreement/" in row.stream)
        ):
            taken.add(row.type)
            yield row


def _smaller(row: Row) -> Row:
    """A round's scope of two items."""
    if row.type != "round-scope-fixed":
        return row
    said = json.loads(row.body)
    own = [each for each in said["items"] if each["subject"] == SUBJECT]
    said["items"] = [*own, next(each for each in said["items"] if each["kind"] == "indicator")]
    return replace(row, body=canonical(said))


def _disclosing(row: Row, disclosed: dict[str, tuple[bytes, bytes]]) -> Row:
    """The row with commitments whose words are known here."""
    body, find = row.body, NAMING.get(row.type)
    for each in find(row.body) if find is not None else ():
        is_file = row.type == "evidence-attached" and b'"file":"' + each in row.body
        made = _file(disclosed) if is_file else _word(each.decode()[:8], disclosed)
        body = body.replace(each, made.encode())
    return replace(row, body=body)


def _word(text: str, disclosed: dict[str, tuple[bytes, bytes]]) -> Words:
    return Words(_known("text", f"Sana {text} <b>&", disclosed))


def _file(disclosed: dict[str, tuple[bytes, bytes]]) -> str:
    said = {
        "media_type": "text/plain",
        "name": "pöytäkirja.txt",
        "object": "o-1",
        "sha256": sha256(FILE).hexdigest(),
        "size": len(FILE),
    }
    return _known("file", said, disclosed)


def _known(kind: str, value: Any, disclosed: dict[str, tuple[bytes, bytes]]) -> Digest:
    pair = canonical([kind, value])
    salt = sha256(pair).digest()[:16]
    made = commitment(salt, kind, value)
    disclosed[made] = (salt, pair)
    return made


def _system(last: Row, event: Event) -> Row:
    """An event of the system, after the last one."""
    metadata = Metadata(
        actor_kind="system",
        actor="system",
        acting_for=None,
        role=None,
        command="attest",
        cause=None,
        caused_by_command=False,
        version=None,
        wall=None,
    )
    return replace(
        last,
        stream=event.stream,
        type=event.type,
        schema=event.schema,
        effective_at=event.effective_at,
        body=encode(event),
        metadata=encode_metadata(metadata),
    )
