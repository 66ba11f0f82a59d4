"""docs/bundle-format.md, read as somebody reads it who writes another verifier: with the standard library alone."""

import ast
import base64
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from recorded import year

from domain.events.envelope import header, leaf
from domain.proof.checkpoint import Checkpoint
from domain.proof.frontier import Frontier
from domain.proof.note import VerifierKey, signed
from verifier import package, records
from verifier.contents import Counts
from verifier.manifest import in_order
from verifier.proof import Proof
from verifier.scope import WholeLedger, ticket
from verifier.write import BundleWriter

PAGE = (Path(__file__).parents[2] / "docs" / "bundle-format.md").read_text()
ORIGIN = "etappi.example/keha"
Fields = list[bytes]


def said(name: str) -> str:
    """What the example says of a name."""
    [found] = re.findall(rf"^\| {re.escape(name)} \| `(.*)` \|$", PAGE, re.MULTILINE)
    return str(found)


def keys(heading: str, column: int = 1) -> list[str]:
    """The names in a column of the table below a heading."""
    [section] = re.findall(rf"^##+ {re.escape(heading)}\n(.*?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL)
    rows = [line.split(" | ") for line in section.splitlines() if line.startswith("| ") and "---" not in line]
    return [name for row in rows for name in re.findall(r"`(.*?)`", row[column - 1])]


def files_of(data: bytes) -> dict[str, bytes]:
    """The container, as the page has it."""
    record = data[-88:]
    assert record == b"etappi-bundle/1 sha256 " + sha256(data[:-88]).hexdigest().encode() + b"\n"
    magic, *zeros, count, again, size, begin, comment = struct.unpack("<4sHHHHIIH", data[-110:-88])
    assert (magic, zeros, count, comment) == (b"PK\x05\x06", [0, 0], again, 88)
    assert begin + size == len(data) - 110
    found, at, expected = {}, begin, 0
    for _ in range(count):
        line = struct.unpack("<4sHHHHHHIIIHHHHHII", data[at : at + 46])
        magic, made, needed, flags, method, time, date, crc, packed, length, name_length, *others, offset = line
        assert (magic, made, needed, flags, time, date, others) == (b"PK\x01\x02", 20, 20, 0, 0, 33, [0] * 5)
        name = data[at + 46 : at + 46 + name_length]
        local = struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", 20, 0, method, 0, 33, crc, packed, length, name_length, 0)
        assert offset == expected
        assert data[offset:].startswith(local + name)
        body = data[offset + 30 + name_length :][:packed]
        content = body if method == 0 else zlib.decompress(body, -15)
        assert (len(content), zlib.crc32(content)) == (length, crc)
        found[name.decode()] = content
        at, expected = at + 46 + name_length, offset + 30 + name_length + packed
    assert (at, expected) == (begin + size, begin)
    return found


def records_of(data: bytes) -> Iterator[tuple[str, bytes, Fields]]:
    """Kind, what follows it, and the fields behind their lengths."""
    at = 0
    while at < len(data):
        kind = chr(data[at])
        end = at + (34 if kind == "G" else 33)
        first, fields = data[at + 1 : end], []
        for _ in range({"E": 4, "H": 1}.get(kind, 0)):
            length = int.from_bytes(data[end : end + 4], "big")
            fields.append(data[end + 4 : end + 4 + length])
            end += 4 + length
        yield kind, first, fields
        at = end


def root_of(data: bytes) -> tuple[int, str]:
    """How many leaves the records tile, and the root that they lead to."""
    edge: list[tuple[int, bytes]] = []
    size = 0
    for kind, first, _ in records_of(data):
        level, node = (first[0], first[1:]) if kind == "G" else (0, first)
        assert size % 2**level == 0
        size += 2**level
        while edge and edge[-1][0] == level:
            level, node = level + 1, sha256(b"\x01" + edge.pop()[1] + node).digest()
        edge.append((level, node))
    node = edge.pop()[1]
    while edge:
        node = sha256(b"\x01" + edge.pop()[1] + node).digest()
    return size, node.hex()


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The recorded year in a bundle."""
    path, tree = tmp_path_factory.mktemp("format") / "year.zip", Frontier()
    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    name = VerifierKey(ORIGIN, key.public_key().public_bytes_raw())
    with path.open("w+b") as file:
        writer = BundleWriter(file, ledger="keha", origin=ORIGIN, scope=WholeLedger())
        for each in year():
            tree.append(leaf(each))
            writer.event(each)
        for commitment in writer.commitments():
            writer.withheld(commitment)
        note = signed(Checkpoint(origin=ORIGIN, size=tree.size, root=tree.root()).text, [(name, key.sign)])
        writer.finish(Proof(keys=(str(name),), checkpoint=bytes(note)))
    return path.read_bytes()


def test_a_bundle_is_read_by_the_page_alone(bundle: bytes) -> None:
    files = files_of(bundle)
    manifest: dict[str, Any] = json.loads(files["manifest.json"])
    proof: dict[str, Any] = json.loads(files["proof.json"])

    for each in manifest["files"]:
        content = files[each["name"]]
        assert (each["size"], each["sha256"]) == (len(content), sha256(content).hexdigest())
    size, root = root_of(files["events.bin"])
    origin, number, encoded, *_ = proof["checkpoint"].split("\n")
    assert (origin, int(number), encoded) == (
        ORIGIN,
        size,
        base64.b64encode(bytes.fromhex(root)).decode(),
    )
    for kind, sealed, (head, nonce, body, metadata) in records_of(files["events.bin"]):
        assert kind == "E"
        assert sha256(b"\x00" + head).digest() == sealed
        assert head.endswith(sha256(b"\x04" + nonce + metadata).digest())
        assert sha256(b"\x03" + nonce + body).digest() in head
    named = set(re.findall(rb'"([0-9a-f]{64})"', files["events.bin"]))
    lines = files["disclosures.jsonl"].splitlines()
    assert {json.loads(line)["commitment"].encode() for line in lines} <= named
    assert lines == sorted(lines)


def test_the_files_are_those_of_the_page_in_its_order(bundle: bytes) -> None:
    listed = keys("The files, in this order")
    listed.remove("verifier/start.py") if "verifier/start.py" in listed else None
    fixed = [name for name in listed if "<" not in name]

    assert list(files_of(bundle)) == fixed
    evidence = [each if each != "evidence/<sha256>" else f"evidence/{'0' * 64}" for each in listed]
    assert in_order([each if each != "timestamps/<size>.tsr" else "timestamps/1.tsr" for each in evidence])
    assert files_of(bundle)["__main__.py"] == package.starter()


def test_an_unzipper_finds_the_same_files(bundle: bytes, tmp_path: Path) -> None:
    (tmp_path / "bundle.zip").write_bytes(bundle)

    with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files_of(bundle)


def test_manifest_and_proof_have_the_keys_of_the_page(bundle: bytes) -> None:
    files = files_of(bundle)
    light = json.loads(files["lights.jsonl"].splitlines()[0])

    assert set(json.loads(files["manifest.json"])) == set(keys("`manifest.json`"))
    assert set(json.loads(files["proof.json"])) == set(keys("`proof.json`"))
    assert all(f"`{name}`" in PAGE for name in Counts.__slots__)
    assert all(f"`{name}`" in PAGE for name in light)


def test_the_faults_are_those_that_the_program_tells() -> None:
    sources = [each.read_text() for each in (Path(__file__).parents[2] / "verifier").glob("*.py")]
    calls = {"fault", "_fault", "_fault_at", "_Unusable", "Unfit"}
    told = {
        argument.value
        for source in sources
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call) and _name_of(call.func) in calls
        for argument in call.args[:2]
        if isinstance(argument, ast.Constant) and re.fullmatch(r"[a-z]+(-[a-z]+)*", str(argument.value))
    }

    assert told | {"body-differs", "metadata-differs"} == set(keys("Faults", column=2))


def _name_of(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def test_the_example_is_computed_from_the_page_and_is_the_programs() -> None:
    from test_log_format import BLOCKS, row, spelled  # noqa: PLC0415 (the page beside this one)

    event = row()
    nonce, body, metadata = event.nonce, spelled(BLOCKS["body"]), spelled(BLOCKS["metadata"])
    roots = [bytes.fromhex(said(name)) for name in ("root of the first 32", "root of the next 8", "leaf 41")]
    gaps = b"".join(b"G" + bytes([level]) + root for level, root in zip((5, 3, 0), roots, strict=True))
    fields = (header(event), nonce, body, metadata)
    framed = b"".join(len(field).to_bytes(4, "big") + field for field in fields)

    events = gaps + b"E" + bytes.fromhex(said("leaf 42")) + framed

    assert (str(len(events)), sha256(events).hexdigest()) == (
        said("length of `events.bin`"),
        said("SHA-256 of `events.bin`"),
    )
    assert root_of(events) == (42, said("root of the tree"))
    assert f"`events.bin` begins with `{events[:4].hex()}`" in PAGE
    assert events == b"".join(records.gap_records(0, 41, roots)) + records.event_record(event, leaf(event))
    computed = sha256(b"etappi-sample/1\x00" + said("seed").encode() + b"\x0042").hexdigest()
    assert computed == said("ticket of position 42") == ticket(said("seed"), 42).hex()
