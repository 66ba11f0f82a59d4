"""What is no bundle gets a report that says so: no traceback, no memory, nothing written."""

import io
import json
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from bundled import contents, ledger, rebuilt, resealed, write

from domain.canonical import canonical
from verifier import container
from verifier.container import LAST_RECORD_BYTES, Entry, directory, last_record
from verifier.manifest import deflated
from verifier.records import BrokenRecord, event_record, records
from verifier.report import Report
from verifier.verify import LARGEST_WHOLE, verify


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bundle.zip"


@pytest.fixture
def files(path: Path) -> dict[str, bytes]:
    write(path, ledger()[0])
    return contents(path.read_bytes())


def verified(path: Path, data: bytes) -> Report:
    path.write_bytes(data)
    return verify(path)


def codes(report: Report) -> set[str]:
    return {each.code for each in report.faults}


def archive(entries: list[tuple[Entry, bytes]]) -> bytes:
    """An archive of any entries, with a last record that fits."""
    body = b"".join(entry.local() + data for entry, data in entries) + directory([entry for entry, _ in entries])
    return body + last_record(sha256(body).digest())


def entry(name: str, data: bytes, begin: int = 0, **other: object) -> tuple[Entry, bytes]:
    said = {"deflated": False, "crc": zlib.crc32(data), "packed": len(data), "size": len(data), **other}
    return Entry(name=name, begin=begin, **said), data  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "data", [b"", b"PK", b"x" * 1000, b"\0" * 200, last_record(b"\0" * 32), b"PK\x05\x06" + b"\0" * 18], ids=len
)
def test_what_is_no_bundle_is_told(path: Path, data: bytes) -> None:
    assert codes(verified(path, data)) == {"not-a-bundle"}


def test_no_file_and_a_folder_are_told(tmp_path: Path) -> None:
    assert codes(verify(tmp_path / "none.zip")) == {"unreadable"}
    assert codes(verify(tmp_path)) == {"unreadable"}


def test_an_ordinary_archive_is_no_bundle(path: Path, files: dict[str, bytes]) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name, data in files.items():
            made.writestr(name, data)

    assert codes(verified(path, file.getvalue())) == {"not-a-bundle"}
    assert codes(verified(path, file.getvalue() + last_record(b"\0" * 32))) == {"not-a-bundle"}


def test_a_bundle_that_is_cut_off_anywhere_is_told(path: Path, files: dict[str, bytes]) -> None:
    data, chance = path.read_bytes(), random.Random(1)
    sizes = {chance.randrange(len(data)) for _ in range(300)} | set(range(len(data) - 200, len(data)))

    found = [size for size in sizes if verified(path, data[:size]).ok or verified(path, resealed(data[:size])).ok]

    assert found == []


@pytest.mark.parametrize(
    "name",
    ["../x", "/etc/passwd", "..\\x", "C:\\x", "evidence/../../x", "EVENTS.BIN", "a/b", "manifest.json/", "x" * 101],
)
def test_names_that_no_bundle_has_are_refused(path: Path, files: dict[str, bytes], name: str) -> None:
    last = files.pop("manifest.json")

    report = verified(path, rebuilt({**files, name: b"x", "manifest.json": last}))

    assert not report.ok
    assert codes(report) <= {"files-differ", "not-a-bundle", "manifest-malformed"}


def test_a_name_that_stands_twice_is_refused(path: Path) -> None:
    first = entry("events.bin", b"x")
    again = entry("events.bin", b"x", begin=first[0].end)

    report = verified(path, archive([first, again]))

    assert report.faults[0].what == "a name that stands twice in the archive's directory"


def test_files_in_another_order_are_refused(path: Path, files: dict[str, bytes]) -> None:
    moved = {"disclosures.jsonl": files.pop("disclosures.jsonl"), **files}

    assert codes(verified(path, rebuilt(moved))) == {"files-differ"}


@pytest.mark.parametrize("name", ["evidence.json", "proof.json", "index.sv.html", "verify.pyz", "__main__.py"])
def test_a_file_that_is_missing_is_told(path: Path, files: dict[str, bytes], name: str) -> None:
    del files[name]

    assert codes(verified(path, rebuilt(files))) == {"files-differ"}


def test_a_bundle_in_a_bundle_is_no_evidence_of_anything(path: Path, files: dict[str, bytes]) -> None:
    data = path.read_bytes()
    name = next(each for each in files if each.startswith("evidence/"))

    report = verified(path, rebuilt({**files, name: data}))

    assert "evidence-differs" in codes(report)


def test_encrypted_entries_and_other_ways_of_packing_are_refused(path: Path) -> None:
    data = path_bytes(path)
    at = data.rindex(b"PK\x01\x02")
    encrypted = data[: at + 8] + b"\x01\x00" + data[at + 10 :]
    packed = data[: at + 10] + b"\x0e\x00" + data[at + 12 :]

    assert codes(verified(path, resealed(encrypted))) == {"not-a-bundle"}
    assert codes(verified(path, resealed(packed))) == {"not-a-bundle"}


def test_an_archive_of_the_large_kind_is_refused(path: Path) -> None:
    data = path_bytes(path)
    end = len(data) - LAST_RECORD_BYTES - 22
    record = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 1, 1, 46, 0)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, end, 1)

    assert codes(verified(path, resealed(data[:end] + record + locator + data[end:]))) == {"not-a-bundle"}


def test_bytes_between_files_are_refused(path: Path) -> None:
    first = entry("__main__.py", b"x")
    second = entry("events.bin", b"y", begin=first[0].end + 5)
    body = first[0].local() + b"x" + b"?????" + second[0].local() + b"y" + directory([first[0], second[0]])

    assert codes(verified(path, body + last_record(sha256(body).digest()))) == {"not-a-bundle"}


def test_a_file_that_swells_is_not_unpacked_beyond_what_it_declares(path: Path, files: dict[str, bytes]) -> None:
    bomb = with_packed(files, swelling(), declared=1000)

    report = verified(path, bomb)

    assert "file-broken" in codes(report)
    assert any("more than the 1000 bytes" in each.what for each in report.faults)


def test_a_checksum_that_is_not_the_one_of_the_bytes_is_told(path: Path, files: dict[str, bytes]) -> None:
    entries: list[tuple[Entry, bytes]] = []
    with path.open("rb") as file:
        read = container.Container(file)
        for each in read.entries:
            file.seek(each.data)
            crc = each.crc ^ 1 if each.name == "events.bin" else each.crc
            entries.append((replace(each, crc=crc), file.read(each.packed)))

    report = verified(path, archive(entries))

    assert [each.code for each in report.faults] == ["file-broken"]
    assert "the checksum of its bytes" in report.faults[0].what


def test_a_file_that_declares_more_than_is_read_at_once_is_refused(path: Path, files: dict[str, bytes]) -> None:
    report = verified(path, with_packed(files, swelling(), declared=LARGEST_WHOLE + 1))

    assert "too-large" in codes(report)


@pytest.mark.parametrize("pieces", [1, 60])
@pytest.mark.parametrize(("field", "longest"), [("body", 1 << 24), ("metadata", 1 << 16)])
def test_a_field_that_is_too_long_is_not_read_however_the_bytes_come(field: str, longest: int, pieces: int) -> None:
    def of(size: int) -> list[bytes]:
        data = event_record(replace(ledger()[0][0], **{field: bytes(size)}), bytes(32))  # type: ignore[arg-type]
        step = len(data) // pieces + 1
        return [data[at : at + step] for at in range(0, len(data), step)]

    [allowed] = records(of(longest))

    assert len(allowed[4 if field == "body" else 5]) == longest
    with pytest.raises(BrokenRecord, match=f"a {field} of more than the {longest} bytes"):
        list(records(of(longest + 1)))


@pytest.mark.parametrize("before", range(8))
def test_a_file_that_breaks_off_behind_its_last_packed_byte_is_told(
    path: Path, files: dict[str, bytes], before: int
) -> None:
    """All is unpacked but what lies in the unpacker still, and that is broken."""
    report = verified(path, with_packed(files, breaking(before), declared=1 << 20))

    assert "evidence.json: can't be unpacked" in {each.what for each in report.faults}


def swelling() -> bytes:
    """A hundred MiB, packed."""
    pack = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return pack.compress(b"\0" * (100 << 20)) + pack.flush()


def breaking(before: int) -> bytes:
    """Packed so closely (RFC 1951) that the one symbol which can't be unpacked comes with the last byte that fills a
    chunk: some bytes, and 258 again and again. Symbols 0, 1, 256 and 285 have codes of two bits, and a distance one.
    """
    kinds = "000" * 2 + "100" + "000" * 12 + "010" + "000" + "010" + "000"
    lengths = "1111" + zeros(138) + zeros(116) + "11" + zeros(28) + "11" + "10"
    bits = "101" + "10111" + "00000" + "1111" + kinds + lengths
    bits += "00" + "01" * before + "110" * (container.CHUNK // 258 + 1) + "111"
    whole = bits + "0" * (-len(bits) % 8)
    return bytes(int(whole[at : at + 8][::-1], 2) for at in range(0, len(whole), 8))


def zeros(count: int) -> str:
    """So many symbols without a code."""
    return "0" + f"{count - 11:07b}"[::-1]


def with_packed(files: dict[str, bytes], packed: bytes, declared: int) -> bytes:
    """A bundle whose evidence.json consists of these packed bytes."""
    entries: list[tuple[Entry, bytes]] = []
    for name, data in contents(rebuilt({**files, "evidence.json": b"\0" * 1000})).items():
        begin = entries[-1][0].end if entries else 0
        if name == "evidence.json":
            crc = zlib.crc32(b"\0" * 1000)
            entries.append(entry(name, packed, begin, deflated=True, crc=crc, size=declared))
        elif deflated(name):
            small = zlib.compressobj(1, zlib.DEFLATED, -15)
            data_packed = small.compress(data) + small.flush()
            size = {"crc": zlib.crc32(data), "size": len(data)}
            entries.append(entry(name, data_packed, begin, deflated=True, **size))
        else:
            entries.append(entry(name, data, begin))
    return archive(entries)


DEEP = b"[" * 200_000 + b"]" * 200_000


@pytest.mark.parametrize("name", ["manifest.json", "proof.json", "evidence.json", "lights.jsonl", "disclosures.jsonl"])
@pytest.mark.parametrize(
    "data",
    [
        DEEP,
        b"",
        b"{",
        b"null",
        b"[]",
        b"{}",
        b"1" * 10_000,
        b'{"a":1e999}',
        b'"\\ud800"',
        b"\xff\xfe",
        DEEP + b"\n",
        b"\n",
    ],
    ids=range(12),
)
def test_json_of_any_kind_is_told_and_not_stumbled_over(
    path: Path, files: dict[str, bytes], name: str, data: bytes
) -> None:
    assert not verified(path, rebuilt({**files, name: data}, listed=name != "manifest.json")).ok


@pytest.mark.parametrize("key", ["ledger", "origin", "size", "scope", "counts", "agreement", "files", "format", "more"])
@pytest.mark.parametrize("value", [None, 1, -1, 2**60, "x", "[", [], [1], {}, {"kind": "sample"}, [{"name": 1}], True])
def test_a_manifest_of_any_kind_is_told(path: Path, files: dict[str, bytes], key: str, value: object) -> None:
    said = json.loads(files["manifest.json"])
    if said.get(key) == value:
        return
    changed = json.dumps({**said, key: value}, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    assert not verified(path, rebuilt({**files, "manifest.json": changed}, listed=False)).ok


@pytest.mark.parametrize(
    "key", ["ledger", "origin", "keys", "checkpoint", "pinned", "consistency", "timestamps", "more"]
)
@pytest.mark.parametrize("value", [None, 1, "x", "", [], [1], ["zz"], {}, [{"size": 1}], [{}], "a\n1\nb\n\n— x y\n"])
def test_a_proof_of_any_kind_is_told(path: Path, files: dict[str, bytes], key: str, value: Any) -> None:
    said = json.loads(files["proof.json"])
    if said.get(key, "") == value:
        return

    assert not verified(path, rebuilt({**files, "proof.json": canonical({**said, key: value})})).ok


@pytest.mark.parametrize(
    "events",
    [
        b"",
        b"X",
        b"E",
        b"L" + b"\0" * 31,
        b"G\x28" + b"\0" * 32,
        b"G\xff" + b"\0" * 32,
        b"L" + b"\0" * 32 + b"G\x01" + b"\0" * 32,
        b"E" + b"\0" * 32 + b"\xff" * 40,
        b"H" + b"\0" * 32 + b"\x00\x00\x10\x01" + b"x" * 4097,
        (b"H" + b"\0" * 32 + b"\x00\x00\x00\x01x") * 400,
    ],
    ids=range(10),
)
def test_records_of_any_kind_are_told(path: Path, files: dict[str, bytes], events: bytes) -> None:
    assert not verified(path, rebuilt({**files, "events.bin": events})).ok


@pytest.mark.parametrize("change", [lambda data: data[::-1], lambda data: data * 2, lambda data: b"\0" * len(data)])
@pytest.mark.parametrize("name", ["events.bin", "disclosures.jsonl", "proof.json", "lights.jsonl", "manifest.json"])
def test_files_of_other_bytes_are_told(
    path: Path, files: dict[str, bytes], name: str, change: Callable[[bytes], bytes]
) -> None:
    assert not verified(path, rebuilt({**files, name: change(files[name])}, listed=name != "manifest.json")).ok


def path_bytes(path: Path) -> bytes:
    write(path, ledger()[0])
    return path.read_bytes()


def test_no_more_is_written_than_a_bundle_holds(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "LARGEST", 5_000)

    with pytest.raises(container.TooLarge):
        write(path, ledger()[0])
