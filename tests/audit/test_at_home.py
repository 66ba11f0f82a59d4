"""What an auditor has at home can't be altered: a bundle whose contents were changed and closed anew doesn't verify."""

import json
import re
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from api.test_items import MILESTONE
from api.world import HALF_YEAR
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.conftest import ORIGIN, Town
from domain.canonical import canonical
from services.seal import SealKey
from verifier.container import ContainerWriter
from verifier.manifest import deflated
from verifier.records import Record, records
from verifier.verify import verify

STREAM = f"item/{HALF_YEAR}/{MILESTONE}"
Contents: TypeAlias = dict[str, bytes]


def changed(path: Path, change: Callable[[Contents], None]) -> Path:
    """The bundle with other contents: its manifest and last record say the new ones, as if it had been made so."""
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    change(contents)
    manifest = json.loads(contents.pop("manifest.json"))
    new = path.with_name("changed.zip")
    with new.open("w+b") as file:
        writer = ContainerWriter(file)
        for name, data in contents.items():
            writer.put(name, data, deflated=deflated(name))
        manifest["files"] = [{"name": each.name, "size": each.size, "sha256": each.sha256} for each in writer.written]
        writer.put("manifest.json", canonical(manifest), deflated=deflated("manifest.json"))
        writer.close()
    return new


def of_records(change: Callable[[list[Record]], None]) -> Callable[[Contents], None]:
    """A change of the records of events."""

    def on(contents: Contents) -> None:
        found = list(records([contents["events.bin"]]))
        change(found)
        contents["events.bin"] = b"".join(map(written, found))

    return on


def written(record: Record) -> bytes:
    kind, leaf, *fields = record
    framed = {b"E": fields, b"H": fields[:1]}.get(kind, [])
    return kind + leaf + b"".join(len(each).to_bytes(4, "big") + each for each in framed)


def place(found: list[Record], type_: bytes) -> int:
    """Which record is the milestone's event of a type."""
    return next(n for n, each in enumerate(found) if STREAM.encode() in each[2] and type_ in each[2])


def body(found: list[Record]) -> None:
    at = place(found, b"milestone-status-reported")
    kind, leaf, header, nonce, said, metadata = found[at]
    found[at] = (kind, leaf, header, nonce, said.replace(b'"light":3', b'"light":2'), metadata)


def header(found: list[Record]) -> None:
    at = place(found, b"item-submitted")
    kind, leaf, said, nonce, text, metadata = found[at]
    found[at] = (kind, leaf, said.replace(b"2024-06-03T", b"2024-05-03T", 1), nonce, text, metadata)


def header_and_leaf(found: list[Record]) -> None:
    header(found)
    at = place(found, b"item-submitted")
    kind, _, said, nonce, text, metadata = found[at]
    found[at] = (kind, sha256(b"\0" + said).digest(), said, nonce, text, metadata)


def deleted(found: list[Record]) -> None:
    del found[place(found, b"evidence-attached")]


def swapped(found: list[Record]) -> None:
    at = place(found, b"milestone-status-reported")
    found[at], found[at + 1] = found[at + 1], found[at]


def inserted(found: list[Record]) -> None:
    at = place(found, b"item-submitted")
    found.insert(at, found[at - 1])


def cut_off(found: list[Record]) -> None:
    del found[place(found, b"item-signed-off") :]


@pytest.mark.parametrize(
    ("change", "code", "type_"),
    [
        (body, "body-differs", b"milestone-status-reported"),
        (header, "leaf-differs", b"item-submitted"),
        (deleted, "position-differs", b"evidence-attached"),
        (swapped, "position-differs", b"milestone-status-reported"),
        (inserted, "position-differs", b"item-submitted"),
    ],
)
async def test_events_that_were_changed_are_named(
    still: Town, change: Callable[[list[Record]], None], code: str, type_: bytes
) -> None:
    path = await still.bundle()
    with zipfile.ZipFile(path) as archive:
        position = place(list(records([archive.read("events.bin")])), type_) + 1

    report = verify(changed(path, of_records(change)))

    [first, *_] = [each for each in report.faults if each.position is not None]
    assert first.code == code
    assert re.search(rf"event {position}\b", str(first))


@pytest.mark.parametrize("change", [header_and_leaf, cut_off])
async def test_where_each_event_fits_its_leaf_the_root_tells(
    still: Town, change: Callable[[list[Record]], None]
) -> None:
    path = await still.bundle()

    codes = {each.code for each in verify(changed(path, of_records(change))).faults}

    assert "root-differs" in codes


async def test_a_disclosure_that_was_replaced_is_named_by_its_event(still: Town) -> None:
    def change(contents: Contents) -> None:
        words = contents["disclosures.jsonl"].decode()
        contents["disclosures.jsonl"] = words.replace("Neuvottelut on käyty", "Neuvotteluja ei käyty").encode()

    path = await still.bundle()
    with zipfile.ZipFile(path) as archive:
        position = place(list(records([archive.read("events.bin")])), b"milestone-status-reported") + 1

    report = verify(changed(path, change))

    [fault] = [each for each in report.faults if each.code == "disclosure-differs"]
    assert (fault.position, fault.stream) == (position, STREAM)


async def test_an_evidence_file_that_was_swapped_is_named_by_its_event(still: Town) -> None:
    def change(contents: Contents) -> None:
        name = next(each for each in contents if each.startswith("evidence/"))
        contents[name] = b"%PDF-1.4 of something else\n"

    path = await still.bundle()

    report = verify(changed(path, change))

    named: list[Any] = [each for each in report.faults if each.code == "evidence-differs"]
    assert named
    assert all(each.position is not None for each in named)


async def test_a_checkpoint_that_another_key_signed_is_not_that_of_the_log(still: Town) -> None:
    pin = await still.pin()
    forger = SealKey(Ed25519PrivateKey.from_private_bytes(b"f" * 32))

    def change(contents: Contents) -> None:
        proof = json.loads(contents["proof.json"])
        proof["keys"] = [str(forger.verifier(ORIGIN))]
        proof["checkpoint"] = forger.sign(ORIGIN, pin.checkpoint.text).decode()
        contents["proof.json"] = canonical(proof)

    path = changed(await still.bundle(), change)

    assert {each.code for each in verify(path).faults} == {"key-not-introduced"}
    assert "checkpoint-untrusted" in {each.code for each in verify(path, pin=pin).faults}
