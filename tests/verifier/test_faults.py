"""Each fault has its code, and each code a bundle that gets it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from bundled import ITEM, KEY, ORIGIN, contents, ledger, note, numbered, rebuilt, resealed, verifier_key, write

from domain.canonical import canonical
from domain.events.codec import encode
from domain.events.envelope import Row, commitment, header, leaf
from domain.events.erasure import ErasureConfirmed
from domain.proof.note import signed
from domain.values import Digest
from verifier.command import MOST_TOLD, told
from verifier.container import LAST_RECORD_BYTES
from verifier.records import event_record
from verifier.report import MOST_ALIKE, Report
from verifier.verify import verify

Files = dict[str, bytes]


def rows() -> list[Row]:
    return list(ledger()[0])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bundle.zip"


def changed(path: Path, change: Callable[[Files], Mapping[str, bytes]], *, listed: bool = True) -> Report:
    """What is said of a bundle some of whose files are others."""
    write(path, rows())
    files = contents(path.read_bytes())
    path.write_bytes(rebuilt({**files, **change(files)}, listed=listed))
    return verify(path)


def of_rows(path: Path, found: list[Row], **proof: object) -> Report:
    """What is said of a bundle of these rows, signed as they are."""
    events = b"".join(event_record(row, leaf(row)) for row in found)

    def change(files: Files) -> Files:
        said = {**json.loads(files["proof.json"]), "checkpoint": note(found).decode(), **proof}
        return {"events.bin": events, "proof.json": canonical(said)}

    return changed(path, change)


def places(report: Report, code: str) -> list[tuple[int | None, str | None]]:
    return [(each.position, each.stream) for each in report.faults if each.code == code]


def test_a_last_record_of_other_bytes(path: Path) -> None:
    write(path, rows())
    data = path.read_bytes()
    said = sha256(data[:-LAST_RECORD_BYTES]).hexdigest()
    path.write_bytes(data[:-65] + b"0" * 64 + b"\n")

    [fault] = verify(path).faults

    assert fault.code == "last-record-differs"
    assert said in fault.what
    assert fault.should == "0" * 64


def test_a_file_of_other_bytes_than_the_manifest_says(path: Path) -> None:
    report = changed(path, lambda files: {"evidence.json": files["evidence.json"] + b" "}, listed=False)

    assert {"file-differs"} <= {each.code for each in report.faults}


def test_a_bundle_without_a_manifest(path: Path) -> None:
    write(path, rows())
    files = contents(path.read_bytes())
    del files["manifest.json"]
    path.write_bytes(rebuilt(files, listed=False))

    assert [each.code for each in verify(path).faults] == ["manifest-missing"]


def test_records_that_break_off(path: Path) -> None:
    report = changed(path, lambda files: {"events.bin": files["events.bin"][:-1]})

    assert places(report, "records-broken") == [(len(rows()), None)]
    half = changed(path, lambda files: {"events.bin": files["events.bin"][: len(files["events.bin"]) // 2]})
    for each in (report, half):
        assert {fault.code for fault in each.faults} == {"records-broken", "size-differs", "root-differs"}
    assert "Not all events can be read: what other files say of them wasn't looked into." in report.notes


def test_an_event_recorded_before_the_one_that_it_follows(path: Path) -> None:
    found = rows()
    found[7] = replace(found[7], recorded_at=found[6].recorded_at - timedelta(days=1))

    assert places(of_rows(path, found), "time-runs-back") == [(8, ITEM)]


def test_a_nonce_of_another_length(path: Path) -> None:
    found = rows()
    found[7] = replace(found[7], nonce=b"short")

    assert places(of_rows(path, found), "nonce-malformed") == [(8, ITEM)]


def test_a_version_that_was_skipped(path: Path) -> None:
    found = rows()
    found[7] = replace(found[7], version=7)

    assert places(of_rows(path, found), "version-skipped")[0] == (8, ITEM)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"etappi-header/1", b"etappi-header/2"),
        (b"\x00\x00\x00\x04keha", b"\x00\x00\x00\x04kehb"),
        (b"\x00\x00\x00\x018", b"\x00\x00\x00\x0208"),
        (b"\x00\x00\x00\x0eitem-submitted", b"\x00\x00\x00\x0eitem submitted"),
        (b".000000Z", b".000000z"),
        (b"\x00\x00\x00\x1b2025-", b"\x00\x00\x00\x1b2025/"),
    ],
    ids=range(6),
)
def test_a_header_in_another_spelling(path: Path, before: bytes, after: bytes) -> None:
    row = rows()[7]
    head = header(row)
    assert before in head
    odd = head.replace(before, after, 1)

    def change(files: Files) -> Files:
        old = event_record(row, leaf(row))
        new = old.replace(len(head).to_bytes(4, "big") + head, len(odd).to_bytes(4, "big") + odd)
        new = new.replace(leaf(row), sha256(b"\x00" + odd).digest())
        return {"events.bin": files["events.bin"].replace(old, new)}

    assert places(changed(path, change), "header-malformed") == [(8, None)]


def test_an_instant_that_no_calendar_has(path: Path) -> None:
    row = rows()[7]
    head = header(row)
    odd = head.replace(head[head.index(b"2025-") :][:10], b"2025-02-30", 1)

    def change(files: Files) -> Files:
        old = event_record(row, leaf(row))
        new = old.replace(head, odd).replace(leaf(row), sha256(b"\x00" + odd).digest())
        return {"events.bin": files["events.bin"].replace(old, new)}

    assert (8, ITEM) in places(changed(path, change), "header-malformed")


def test_evidence_that_no_event_discloses(path: Path) -> None:
    def change(files: Files) -> Files:
        lines = [json.loads(line) for line in files["disclosures.jsonl"].splitlines()]
        withheld = [
            {"commitment": each["commitment"], "withheld": True} if each["value"][0] == "file" else each
            for each in lines
        ]
        return {"disclosures.jsonl": b"".join(canonical(each) + b"\n" for each in withheld)}

    assert "evidence-unnamed" in {each.code for each in changed(path, change).faults}


@pytest.mark.parametrize("line", [b"{}", b"[]", b'{"commitment":"x"}', b"\xff"], ids=range(4))
def test_a_line_that_is_no_disclosure(path: Path, line: bytes) -> None:
    report = changed(path, lambda files: {"disclosures.jsonl": line + b"\n" + files["disclosures.jsonl"]})

    assert "disclosures-broken" in {each.code for each in report.faults}


def test_disclosures_in_another_order(path: Path) -> None:
    report = changed(
        path, lambda files: {"disclosures.jsonl": b"".join(files["disclosures.jsonl"].splitlines(keepends=True)[::-1])}
    )

    assert "disclosures-broken" in {each.code for each in report.faults}


def test_an_erasure_that_another_event_confirmed(path: Path) -> None:
    made = commitment(b"s" * 16, "text", "Sana")
    event = ErasureConfirmed(erasure="e-1", digest=Digest("0" * 64), commitments=(made,))
    body = json.dumps({**json.loads(rows()[5].body), "narrative": made}, sort_keys=True, separators=(",", ":"))
    last = replace(rows()[-1], stream=event.stream, type=event.type, schema=1, body=encode(event))
    found = numbered([*rows()[:5], replace(rows()[5], body=body.encode()), *rows()[6:], last])
    lines = contents_of(path)["disclosures.jsonl"].splitlines()
    for erasure, position, code in (("e-1", len(found), None), ("e-2", len(found), "erasure-differs")):
        erased = canonical({"commitment": made, "erased": {"erasure": erasure, "position": position}})
        events = b"".join(event_record(row, leaf(row)) for row in found)

        def change(files: Files, erased: bytes = erased, events: bytes = events) -> Files:
            said = {**json.loads(files["proof.json"]), "checkpoint": note(found).decode()}
            disclosed = b"".join(line + b"\n" for line in sorted([*lines, erased]))
            return {"events.bin": events, "proof.json": canonical(said), "disclosures.jsonl": disclosed}

        codes = {each.code for each in changed(path, change).faults if each.position == 6}
        assert (code in codes) if code else ("erasure-differs" not in codes)


def contents_of(path: Path) -> Files:
    write(path, rows())
    return contents(path.read_bytes())


def test_keys_that_are_none_and_proofs_that_are_none(path: Path) -> None:
    malformed = of_rows(path, rows(), keys=["a+b+c"])
    no_pinned = of_rows(path, rows(), consistency=["0" * 64])
    no_note = of_rows(path, rows(), checkpoint="nothing")

    assert [each.code for each in malformed.faults] == ["key-malformed"]
    assert [each.code for each in no_pinned.faults] == ["proof-differs"]
    assert [each.code for each in no_note.faults] == ["proof-malformed"]


def test_a_checkpoint_of_another_log(path: Path) -> None:
    text = note(rows()).decode().partition("\n\n")[0].replace(ORIGIN, "another.example/log") + "\n"
    elsewhere = bytes(signed(text, [(verifier_key(KEY), KEY.sign)])).decode()

    assert "checkpoint-untrusted" in {each.code for each in of_rows(path, rows(), checkpoint=elsewhere).faults}


def test_more_faults_than_are_listed_are_counted(path: Path) -> None:
    def change(files: Files) -> Files:
        lines = [canonical({"commitment": f"{number:064x}", "withheld": True}) for number in range(MOST_ALIKE + 50)]
        known = files["disclosures.jsonl"].splitlines()
        return {"disclosures.jsonl": b"".join(line + b"\n" for line in sorted([*lines, *known]))}

    report = changed(path, change)

    assert [each.code for each in report.faults].count("disclosure-unnamed") == MOST_ALIKE
    assert report.more == {"disclosure-unnamed": 50}
    # What else is wrong isn't crowded out, neither there nor in the text.
    assert report.faults[-1].code == "claim-differs"
    lines = told(report)
    assert sum("[disclosure-unnamed]" in line for line in lines) == MOST_TOLD + 1
    assert f"and {MOST_ALIKE + 50 - MOST_TOLD} more [disclosure-unnamed]" in lines
    assert any("[claim-differs]" in line for line in lines)


def test_the_last_record_alone_makes_no_bundle_true(path: Path) -> None:
    write(path, rows())
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(resealed(bytes(data)))

    assert not verify(path).ok
