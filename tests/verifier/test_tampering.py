"""Whatever is changed in a ledger or a bundle, the verifier names the event, what it is, and what it should be."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from bundled import FILE, ITEM, KEY, ORIGIN, OTHER, contents, ledger, numbered, pin, rebuilt, verifier_key, write

from domain.canonical import canonical
from domain.events.envelope import Row, leaf
from verifier.records import event_record
from verifier.report import Fault, Report
from verifier.verify import verify

REPORTED = 6
"""The position of the report on the item."""


def rows() -> list[Row]:
    return list(ledger()[0])


def told(
    path: Path, changed: Sequence[Row], sealed: Sequence[Row] | None = None
) -> list[tuple[str, int | None, str | None]]:
    """What the verifier says of a ledger that was changed after it was sealed."""
    write(path, changed, sealed=rows() if sealed is None else sealed)
    return [(each.code, each.position, each.stream) for each in verify(path).faults]


def one(report: Report, code: str) -> Fault:
    [found] = [each for each in report.faults if each.code == code]
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bundle.zip"


def test_what_was_not_changed_holds(path: Path) -> None:
    assert told(path, rows()) == []


def test_a_changed_body_is_named(path: Path) -> None:
    changed = rows()
    changed[REPORTED - 1] = replace(
        changed[REPORTED - 1], body=changed[REPORTED - 1].body.replace(b'"light":3', b'"light":1')
    )

    found = told(path, changed)

    attested = ("attested-differs", len(changed), "attestation/attested-view/1")
    assert found == [("leaf-differs", REPORTED, ITEM), attested]


def test_a_body_changed_in_the_bundle_alone_is_named_with_the_digest_that_it_should_have(path: Path) -> None:
    write(path, rows())
    files = contents(path.read_bytes())
    events = files["events.bin"].replace(b'"light":3', b'"light":1')
    assert events != files["events.bin"]
    path.write_bytes(rebuilt({**files, "events.bin": events}))

    fault = one(verify(path), "body-differs")

    nonce, body = rows()[REPORTED - 1].nonce, rows()[REPORTED - 1].body
    assert (fault.position, fault.stream) == (REPORTED, ITEM)
    assert sha256(b"\x03" + nonce + body).hexdigest() in fault.should
    assert sha256(b"\x03" + nonce + body.replace(b'"light":3', b'"light":1')).hexdigest() in fault.what


def test_changed_metadata_are_named(path: Path) -> None:
    write(path, rows())
    files = contents(path.read_bytes())
    metadata = rows()[REPORTED - 1].metadata
    other = metadata.replace(b'"kind":"person"', b'"kind":"system"').replace(b'"person"', b'"system"', 1)
    path.write_bytes(rebuilt({**files, "events.bin": files["events.bin"].replace(metadata, other)}))

    fault = one(verify(path), "metadata-differs")

    assert (fault.position, fault.stream) == (REPORTED, ITEM)


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "item-returned"},
        {"schema": 2},
        {"id": b"x" * 16},
        {"command_id": b"x" * 16},
        {"received_at": rows()[REPORTED - 1].received_at - timedelta(days=30)},
        {"stream": "item/2024-annual/another"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_changed_field_of_the_header_is_named(path: Path, changes: dict[str, object]) -> None:
    changed, sealed = rows(), leaf(rows()[REPORTED - 1]).hex()
    changed[REPORTED - 1] = replace(changed[REPORTED - 1], **changes)  # type: ignore[arg-type]

    write(path, rows())
    files = contents(path.read_bytes())
    path.write_bytes(rebuilt({**files, "events.bin": records_of(changed)}))
    fault = one(verify(path), "leaf-differs")

    assert fault.position == REPORTED
    assert sealed in fault.should
    assert leaf(changed[REPORTED - 1]).hex() in fault.what


def test_a_deleted_event_is_named_by_the_one_that_follows_where_it_was(path: Path) -> None:
    write(path, rows())
    files = contents(path.read_bytes())
    path.write_bytes(rebuilt({**files, "events.bin": without(files["events.bin"], REPORTED)}))

    report = verify(path)

    fault = one(report, "position-differs")
    assert (fault.position, fault.should) == (REPORTED + 1, f"event {REPORTED}")
    assert one(report, "size-differs").what == f"the events come to {len(rows()) - 1} leaves"


def test_two_swapped_events_are_named(path: Path) -> None:
    write(path, rows())
    files = contents(path.read_bytes())
    records = cut(files["events.bin"])
    records[REPORTED - 1], records[REPORTED] = records[REPORTED], records[REPORTED - 1]
    path.write_bytes(rebuilt({**files, "events.bin": b"".join(records)}))

    named = {each.position for each in verify(path).faults if each.code == "position-differs"}

    assert {REPORTED, REPORTED + 1} <= named


def test_an_inserted_event_is_named(path: Path) -> None:
    write(path, rows())
    files = contents(path.read_bytes())
    records = cut(files["events.bin"])
    path.write_bytes(rebuilt({**files, "events.bin": b"".join([*records[:REPORTED], records[2], *records[REPORTED:]])}))

    report = verify(path)

    assert (3, f"event {REPORTED + 1}") in {(each.position, each.should) for each in report.faults}


def test_an_inserted_event_of_a_changed_ledger_is_named(path: Path) -> None:
    changed = numbered([*rows()[:REPORTED], rows()[REPORTED - 1], *rows()[REPORTED:-1]])

    assert ("leaf-differs", REPORTED + 1, ITEM) in told(path, changed)


def test_a_tail_that_was_cut_off_is_named_by_the_size(path: Path) -> None:
    write(path, rows())
    files = contents(path.read_bytes())
    path.write_bytes(rebuilt({**files, "events.bin": b"".join(cut(files["events.bin"])[:-2])}))

    report = verify(path)

    assert one(report, "root-differs").should.startswith(f"{len(rows())} leaves")


def test_a_rewritten_ledger_with_all_hashes_made_anew_is_found_by_the_pin(path: Path) -> None:
    changed = rows()
    changed[REPORTED - 1] = replace(
        changed[REPORTED - 1], body=changed[REPORTED - 1].body.replace(b'"light":3', b'"light":2')
    )
    write(path, changed)
    seen = pin(rows()[:9])

    alone, pinned = verify(path), verify(path, pin=seen)

    assert not [each for each in alone.faults if each.code != "attested-differs"]
    assert one(pinned, "pin-differs").should == (
        f"a continuation of your pin, 9 events with the root {seen.checkpoint.root.hex()}"
    )


def test_a_checkpoint_forged_with_another_key_is_found(path: Path) -> None:
    write(path, rows(), key=OTHER)

    by_key = verify(path, keys=[verifier_key(KEY)])
    alone = verify(path)

    assert verifier_key(OTHER).id.hex() in one(by_key, "checkpoint-untrusted").what
    assert {each.code for each in by_key.faults} == {"checkpoint-untrusted", "key-not-introduced"}
    assert one(alone, "key-not-introduced").should == str(verifier_key(KEY))


def test_a_replaced_disclosure_is_named_by_the_event_that_names_it(path: Path) -> None:
    write(path, rows())
    files = contents(path.read_bytes())
    lines = files["disclosures.jsonl"].split(b"\n")
    at = next(
        n for n, line in enumerate(lines) if line and json.loads(line)["commitment"].encode() in rows()[REPORTED].body
    )
    said = json.loads(lines[at])
    said["value"][1] = "Toinen sana"
    lines[at] = canonical(said)
    path.write_bytes(rebuilt({**files, "disclosures.jsonl": b"\n".join(lines)}))

    fault = one(verify(path), "disclosure-differs")

    assert (fault.position, fault.stream) == (REPORTED + 1, ITEM)
    assert said["commitment"] in fault.should


def test_a_disclosure_that_is_missing_and_one_that_nobody_names_are_told(path: Path) -> None:
    write(path, rows())
    files = contents(path.read_bytes())
    first, *others = files["disclosures.jsonl"].splitlines(keepends=True)
    extra = canonical({"commitment": "f" * 64, "withheld": True}) + b"\n"
    path.write_bytes(rebuilt({**files, "disclosures.jsonl": b"".join([*others, extra])}))

    report = verify(path)

    assert json.loads(first)["commitment"] in one(report, "disclosure-missing").what
    assert one(report, "disclosure-missing").position is not None
    assert "f" * 64 in one(report, "disclosure-unnamed").what


def test_an_erasure_that_no_event_confirms_is_told(path: Path) -> None:
    write(path, rows())
    files = contents(path.read_bytes())
    commitment = json.loads(files["disclosures.jsonl"].split(b"\n")[0])["commitment"]
    for position in (3, len(rows()) + 1):
        erased = canonical({"commitment": commitment, "erased": {"erasure": "e-1", "position": position}})
        lines = [erased, *files["disclosures.jsonl"].split(b"\n")[1:]]
        path.write_bytes(rebuilt({**files, "disclosures.jsonl": b"\n".join(lines)}))

        # (the counts and the index say something else then, too)
        assert [each.code for each in verify(path).faults if each.code != "claim-differs"] == ["erasure-unfounded"]


def test_a_swapped_evidence_file_is_named_by_the_event_that_attached_it(path: Path) -> None:
    write(path, rows())
    files = contents(path.read_bytes())
    name = next(each for each in files if each.startswith("evidence/"))
    path.write_bytes(rebuilt({**files, name: FILE.replace(b"hyvin", b"huono")}))

    fault = one(verify(path), "evidence-differs")

    assert (fault.position, fault.stream) == (REPORTED + 1, ITEM)
    assert sha256(FILE).hexdigest() in fault.should


def test_a_light_that_is_claimed_otherwise_is_named_by_the_report_behind_it(path: Path) -> None:
    write(path, rows())
    files = contents(path.read_bytes())
    path.write_bytes(rebuilt({**files, "lights.jsonl": files["lights.jsonl"].replace(b'"light":3', b'"light":1')}))

    fault = one(verify(path), "light-differs")

    assert fault.stream == ITEM
    assert '"light":1' in fault.what
    assert '"light":3' in fault.should


def test_lights_that_are_left_out_or_made_up_are_told(path: Path) -> None:
    write(path, rows())
    files = contents(path.read_bytes())
    lines = files["lights.jsonl"].splitlines(keepends=True)
    made_up = lines[0].replace(b"2024-annual", b"2099-annual")

    path.write_bytes(rebuilt({**files, "lights.jsonl": b"".join(lines[1:])}))
    left_out = one(verify(path), "light-differs")
    path.write_bytes(rebuilt({**files, "lights.jsonl": b"".join([*lines, made_up])}))
    added = one(verify(path), "light-differs")

    assert left_out.what.endswith("no light")
    assert added.should.startswith("no light")


def test_an_index_that_says_something_else_is_told(path: Path) -> None:
    write(path, rows())
    files = contents(path.read_bytes())
    path.write_bytes(
        rebuilt({**files, "index.fi.html": files["index.fi.html"].replace("vihreä".encode(), b"punainen")})
    )

    assert one(verify(path), "claim-differs").what.startswith("index.fi.html")


def test_counts_and_versions_that_are_claimed_otherwise_are_told(path: Path) -> None:
    write(path, rows())
    files = contents(path.read_bytes())
    said = json.loads(files["manifest.json"])
    said["counts"]["withheld"] += 1
    said["agreement"] = []
    path.write_bytes(rebuilt({**files, "manifest.json": canonical(said)}))

    assert [each.code for each in verify(path).faults] == ["claim-differs", "claim-differs"]


def test_an_attested_digest_that_no_replay_comes_to_is_named(path: Path) -> None:
    changed = rows()
    last = changed[-1]
    said = json.loads(last.body)
    changed[-1] = replace(last, body=canonical({**said, "digest": "0" * 64}))
    write(path, changed)

    fault = one(verify(path), "attested-differs")

    assert (fault.position, fault.stream) == (len(changed), "attestation/attested-view/1")
    assert fault.should.startswith(said["digest"])


def test_another_starter_is_told(path: Path) -> None:
    write(path, rows())
    files = contents(path.read_bytes())
    path.write_bytes(rebuilt({**files, "__main__.py": b"print('All holds')\n"}))

    assert [each.code for each in verify(path).faults] == ["starter-differs"]


def test_another_log_in_the_proof_is_told(path: Path) -> None:
    write(path, rows())
    files = contents(path.read_bytes())
    said = json.loads(files["proof.json"])
    path.write_bytes(rebuilt({**files, "proof.json": canonical({**said, "ledger": "another"})}))

    assert one(verify(path), "proof-differs").should == ORIGIN


def test_a_body_that_is_not_what_its_type_says_is_told_and_not_stumbled_over(path: Path) -> None:
    write(path, rows())
    changed = rows()
    for position, body in ((5, b"[]"), (6, b"{}"), (7, b"\xff"), (8, b'{"digest":' + b"[" * 100_000)):
        changed[position - 1] = replace(changed[position - 1], body=body)
    files = contents(path.read_bytes())
    path.write_bytes(rebuilt({**files, "events.bin": records_of(changed)}))

    report = verify(path)

    assert {each.position for each in report.faults if each.code == "leaf-differs"} == {5, 6, 7, 8}
    assert {each.position for each in report.faults if each.code == "unreadable-event"} >= {5, 6, 7, 8}


def test_hashes_alone_find_what_hashes_find_and_say_what_was_not_looked_at(path: Path) -> None:
    changed = rows()
    changed[REPORTED - 1] = replace(changed[REPORTED - 1], schema=7)
    write(path, changed, sealed=rows())

    report = verify(path, replay=False)

    assert [each.code for each in report.faults] == ["leaf-differs"]
    assert "no replay" in report.notes[-1]


def records_of(changed: Sequence[Row]) -> bytes:
    return b"".join(event_record(row, leaf(was)) for row, was in zip(changed, rows(), strict=True))


def cut(events: bytes) -> list[bytes]:
    """The records of a file of whole events."""
    found, at = [], 0
    while at < len(events):
        end = at + 33
        for _ in range(4):
            end += 4 + int.from_bytes(events[end : end + 4], "big")
        found.append(events[at:end])
        at = end
    return found


def without(events: bytes, position: int) -> bytes:
    records = cut(events)
    del records[position - 1]
    return b"".join(records)
