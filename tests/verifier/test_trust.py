"""What ties a bundle to a log: keys, pins, consistency, restores, time-stamps."""

import contextlib
import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from bundled import (
    KEY,
    LEDGER,
    ORIGIN,
    OTHER,
    SUBJECT,
    contents,
    ledger,
    note,
    numbered,
    pin,
    rebuilt,
    verifier_key,
    within,
    write,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from domain.canonical import canonical
from domain.events.attestation import Operation, OperationRecorded, SealKeyIntroduced
from domain.events.codec import encode
from domain.events.envelope import Row, leaf
from domain.proof.merkle import Leaves, subtrees
from domain.proof.note import VerifierKey
from domain.values import SubjectId, Words
from verifier.command import main
from verifier.pin import NoPin, Pin, pin_of
from verifier.proof import Proof, Timestamp
from verifier.report import Report
from verifier.scope import Milestone, Period
from verifier.timestamp import NoTimestamp, stamp_of
from verifier.verify import verify
from verifier.write import BundleWriter

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bundle.zip"


def rows() -> tuple[Row, ...]:
    return ledger()[0]


def codes(report: Report) -> list[str]:
    return [each.code for each in report.faults]


def with_event(before: Sequence[Row], event: SealKeyIntroduced | OperationRecorded) -> tuple[Row, ...]:
    last = replace(
        before[-1], stream=event.stream, type=event.type, schema=event.schema, effective_at=None, body=encode(event)
    )
    return numbered([*before, last])


@pytest.mark.parametrize("size", [1, 2, 5, 8, 12, 13])
def test_a_bundle_of_the_whole_ledger_continues_any_pin(path: Path, size: int) -> None:
    write(path, rows())

    assert codes(verify(path, pin=pin(rows()[:size]))) == []


def test_a_bundle_of_a_part_continues_the_pin_that_it_was_made_with(path: Path) -> None:
    scope = Milestone(subject=SubjectId(SUBJECT))
    write(path, rows(), scope, shown=within(scope, rows()), pinned=7)

    assert codes(verify(path, pin=pin(rows()[:7]))) == []


def test_a_bundle_without_proof_that_it_continues_the_pin_is_told(path: Path) -> None:
    # A gap that spans the pin's size: what lies within is known by the gap's root alone.
    nodes = Leaves(map(leaf, rows()))
    with path.open("w+b") as file:
        writer = BundleWriter(file, ledger=LEDGER, origin=ORIGIN, scope=Period(first=9, last=9), program=b"")
        writer.gap(0, 8, [nodes(3, 0)])
        writer.event(rows()[8])
        writer.gap(9, 13, [nodes(level, index) for level, index in subtrees(9, 13)])
        for each in writer.commitments():
            writer.withheld(each)
        writer.finish(Proof(keys=(str(verifier_key(KEY)),), checkpoint=note(rows())))

    assert codes(verify(path)) == []
    assert codes(verify(path, pin=pin(rows()[:8]))) == []
    assert codes(verify(path, pin=pin(rows()[:7]))) == ["pin-unproved"]


def test_a_consistency_proof_that_is_none_is_told(path: Path) -> None:
    write(path, rows(), pinned=7)
    files = contents(path.read_bytes())
    said = json.loads(files["proof.json"])
    said["consistency"][0] = "0" * 64
    path.write_bytes(rebuilt({**files, "proof.json": canonical(said)}))

    assert codes(verify(path)) == ["not-consistent"]


def test_a_pin_of_another_log_a_longer_and_a_rewritten_one_are_told(path: Path) -> None:
    write(path, rows()[:9], sealed=rows()[:9])
    elsewhere = Pin(ledger=LEDGER, keys=(verifier_key(KEY),), note=note(rows()[:3], origin=f"{ORIGIN}.other"))
    rewritten = [*rows()[:5], replace(rows()[5], id=b"x" * 16), *rows()[6:]]

    assert codes(verify(path, pin=elsewhere)) == ["pin-of-another"]
    assert codes(verify(path, pin=pin(rows()[:12]))) == ["pin-ahead"]
    assert codes(verify(path, pin=pin(rewritten[:7]))) == ["pin-differs"]


def rotated(before: Sequence[Row], key: Ed25519PrivateKey = OTHER, old: Ed25519PrivateKey = KEY) -> tuple[Row, ...]:
    """The ledger with a new key in place of the old one."""
    new = SealKeyIntroduced(
        verifier_key=str(verifier_key(key)), replaces=str(verifier_key(old)), reason=Words("0" * 64)
    )
    return with_event(before, new)


def test_a_new_key_is_trusted_only_by_who_accepts_it(path: Path) -> None:
    found = rotated(rows())
    write(path, found, key=OTHER)

    refused = verify(path, pin=pin(rows()))
    accepted = verify(path, pin=pin(rows()), keys=[verifier_key(OTHER)])
    stranger = verify(path, keys=[verifier_key(OTHER, f"{ORIGIN}.other")])

    [fault] = refused.faults
    assert fault.code == "checkpoint-untrusted"
    assert f"Event {len(found)} introduces the key {verifier_key(OTHER)}, but no key of yours vouches" in fault.what
    assert f"add --key {verifier_key(OTHER)}" in fault.what
    assert codes(accepted) == []
    assert any(f"Event {len(found)} introduced the key" in each for each in accepted.notes)
    assert codes(stranger) == ["checkpoint-untrusted"]


def test_nobody_vouches_for_their_own_key(path: Path) -> None:
    """A forger writes into the log, or into one of their own, that their key comes next."""
    write(path, rotated(rows()[:5]), key=OTHER)
    rewritten = verify(path, keys=[verifier_key(KEY)])
    write(path, rotated(rows()), key=OTHER)
    continued = verify(path, pin=pin(rows()))

    assert (codes(rewritten), codes(continued)) == (["checkpoint-untrusted"], ["checkpoint-untrusted"])


@pytest.mark.parametrize("trusted", [[], [verifier_key(KEY)], [verifier_key(KEY), verifier_key(OTHER)]])
def test_a_key_that_was_replaced_signs_nothing_that_comes_after(path: Path, trusted: list[VerifierKey]) -> None:
    found = rotated(rows())
    write(path, found, key=KEY)

    [fault] = verify(path, keys=trusted).faults

    assert fault.code == "checkpoint-untrusted"
    assert f"By event {len(found)} the key {verifier_key(KEY)} was replaced" in fault.what


def test_a_key_that_was_replaced_does_not_bring_itself_back(path: Path) -> None:
    write(path, rotated(rotated(rows()), KEY, OTHER), key=KEY)

    assert codes(verify(path, pin=pin(rows()))) == ["checkpoint-untrusted"]


def test_a_key_that_a_pin_left_behind_signs_nothing_that_comes_after(path: Path) -> None:
    """No event says so within a period; that the auditor accepted another one does."""
    later = [*rotated(rows()), rows()[3]]
    found, scope = numbered(later), Period(first=2, last=5)
    write(path, found, scope, key=KEY, shown=within(scope, found), pinned=14)
    own = Pin(ledger=LEDGER, keys=(verifier_key(KEY), verifier_key(OTHER)), note=note(found[:14], OTHER))

    assert codes(verify(path, pin=replace(own, keys=(verifier_key(KEY),)))) == []
    assert codes(verify(path, pin=own)) == ["checkpoint-untrusted"]


def test_what_the_former_key_signed_is_proved_by_the_tree(path: Path, authority: Path) -> None:
    """Who trusts the new key alone needs no other one for the checkpoints before: their roots are the tree's."""
    found = rotated(rows())
    keys = tuple(str(verifier_key(each)) for each in (KEY, OTHER))
    write(path, found, key=OTHER, timestamps=[stamp(authority, 9)], pinned=7, pinned_by=KEY, keys=keys)

    assert codes(verify(path, keys=[verifier_key(OTHER)])) == []


def test_a_bundle_made_before_a_rotation_verifies_after_it(path: Path) -> None:
    write(path, rows())

    assert codes(verify(path, keys=[verifier_key(KEY), verifier_key(OTHER)])) == []


def restored() -> tuple[Row, ...]:
    """The ledger after a restore to its first eight events, by which five were lost."""
    event = OperationRecorded(
        operation=Operation.RESTORE,
        performed_at=NOON,
        performed_by=Words("0" * 64),
        reason=Words("0" * 64),
        checkpoint=note(rows()).decode(),
        lost=len(rows()) - 8,
    )
    return with_event(rows()[:8], event)


def test_a_restore_is_told_and_a_pin_of_what_it_lost_names_its_event(path: Path) -> None:
    write(path, restored())

    alone, kept, lost = verify(path), verify(path, pin=pin(rows()[:8])), verify(path, pin=pin(rows()[:11]))

    assert (codes(alone), codes(kept)) == ([], [])
    assert "Event 9 records a restore to an earlier point: 5 events were lost" in " ".join(alone.notes)
    [fault] = lost.faults
    assert (fault.code, fault.position, fault.stream) == ("pin-of-lost-history", 9, "installation")


def test_a_pin_is_the_same_after_its_file_and_nothing_else_is_one(path: Path) -> None:
    made = pin(rows())

    assert pin_of(bytes(made)) == made
    for other in (b"", b"{}", b"[]", bytes(made)[:-2], bytes(made) + b" ", bytes(made).replace(b"pin/1", b"pin/2")):
        with pytest.raises(NoPin):
            pin_of(other)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A time-stamp authority in a folder."""
    folder = tmp_path_factory.mktemp("authority")
    (folder / "serial").write_text("01")
    (folder / "a.cnf").write_text(
        "[req]\ndistinguished_name=n\nprompt=no\n[n]\nCN=an authority\n[root]\nbasicConstraints=critical,CA:TRUE\n"
        "[stamp]\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n[tsa]\ndefault_tsa=us\n"
        f"[us]\nserial={folder}/serial\nsigner_cert={folder}/stamp.pem\nsigner_key={folder}/stamp.key\n"
        "signer_digest=sha256\ndefault_policy=1.2.3.4.1\ndigests=sha256,sha512\ness_cert_id_alg=sha256\n"
    )
    curve = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -config a.cnf"
    serial = "-set_serial 2 -extfile a.cnf -extensions stamp"
    for command in (
        f"req -x509 {curve} -keyout root.key -out root.pem -extensions root",
        f"req {curve} -keyout stamp.key -out stamp.csr",
        f"x509 -req -in stamp.csr -CA root.pem -CAkey root.key {serial} -out stamp.pem",
    ):
        openssl(folder, command)
    return folder


def openssl(folder: Path, command: str) -> None:
    subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True, timeout=30)


def stamped(folder: Path, data: bytes, digest: str = "sha256") -> bytes:
    (folder / "data").write_bytes(data)
    openssl(folder, f"ts -query -data data -{digest} -cert -out query.tsq")
    openssl(folder, "ts -reply -queryfile query.tsq -config a.cnf -out answer.tsr")
    return (folder / "answer.tsr").read_bytes()


def stamp(folder: Path, size: int) -> Timestamp:
    made = note(rows()[:size])
    return Timestamp(size=size, checkpoint=made, answer=stamped(folder, made))


def test_time_stamps_on_this_checkpoint_and_on_earlier_ones_are_told(path: Path, authority: Path) -> None:
    stamps = [stamp(authority, size) for size in (4, 9, len(rows()))]
    write(path, rows(), timestamps=stamps)

    unchecked = verify(path)
    checked = verify(path, authorities=(authority / "root.pem").read_bytes())

    assert (codes(unchecked), codes(checked)) == ([], [])
    assert any(each.startswith("Time-stamps, whose signer wasn't checked") for each in unchecked.notes)
    assert any(each.startswith("Time-stamps, signed by your authority: 4 events at ") for each in checked.notes)


def test_a_time_stamp_of_a_part_is_proved_where_a_record_ends(path: Path, authority: Path) -> None:
    scope = Period(first=3, last=5)
    write(path, rows(), scope, shown=within(scope, rows()), timestamps=[stamp(authority, 9)])

    assert codes(verify(path)) == []


def test_a_time_stamp_by_another_authority_is_told(path: Path, authority: Path, tmp_path: Path) -> None:
    write(path, rows(), timestamps=[stamp(authority, 9)])
    openssl(
        tmp_path,
        f"req -x509 -newkey ed25519 -nodes -keyout k -out other.pem -config {authority}/a.cnf -extensions root",
    )

    report = verify(path, authorities=(tmp_path / "other.pem").read_bytes())

    assert codes(report) == ["timestamp-differs"]


def test_a_time_stamp_of_a_time_before_an_event_that_it_covers_is_told(path: Path, authority: Path) -> None:
    honest = stamp(authority, 9)
    [written] = re.findall(rb"\x18\x0f([0-9]{14}Z)", honest.answer)
    forged = replace(honest, answer=honest.answer.replace(written, b"19990101000000Z"))
    write(path, rows(), timestamps=[forged])

    report = verify(path)

    assert codes(report) == ["timestamp-differs"]
    assert "is of 1999-01-01T00:00:00+00:00, before an event that it covers" in report.faults[0].what


def test_an_authority_that_is_none_is_refused_and_one_without_a_stamp_is_told(
    path: Path, authority: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(path, rows())
    none = path.with_name("authority.xlsx")
    none.write_bytes(b"PK no certificate")

    refused = main([str(path), "--authority", str(none)])
    told = capsys.readouterr().err
    stampless = main([str(path), "--authority", str(authority / "root.pem")])

    assert (refused, stampless) == (2, 0)
    assert "holds no certificate in PEM" in told
    assert "There is no time-stamp in the bundle" in capsys.readouterr().out


def test_a_time_stamp_on_something_else_is_told(path: Path, authority: Path) -> None:
    honest = stamp(authority, 9)
    elsewhere = replace(honest, answer=stamp(authority, 8).answer)
    other_root = replace(honest, checkpoint=note([*rows()[:8], replace(rows()[8], id=b"x" * 16)]))

    write(path, rows(), timestamps=[elsewhere])
    something_else = verify(path)
    write(path, rows(), timestamps=[other_root])
    another = verify(path)

    assert codes(something_else) == codes(another) == ["timestamp-differs"]
    assert "its imprint is " + sha256(note(rows()[:8])).hexdigest() in something_else.faults[0].what


def test_other_hashes_are_read_and_refusals_are_none(authority: Path) -> None:
    answer = stamped(authority, b"data", "sha512")
    (authority / "bad.tsq").write_bytes(b"nothing")
    openssl(authority, "ts -reply -queryfile bad.tsq -config a.cnf -out bad.tsr")

    assert stamp_of(answer, b"data").at.year >= 2024
    with pytest.raises(NoTimestamp):
        stamp_of((authority / "bad.tsr").read_bytes(), b"data")


def test_what_an_authority_granted_otherwise_than_asked_is_no_time_stamp(authority: Path) -> None:
    granted = b"\x30\x03\x02\x01\x00"
    answer = stamped(authority, b"data")
    assert answer.count(granted) == 1

    with pytest.raises(NoTimestamp, match="didn't grant"):
        stamp_of(answer.replace(granted, granted[:-1] + b"\x01"), b"data")


@given(data=st.data())
def test_no_bytes_make_the_reader_of_time_stamps_stumble(authority: Path, data: st.DataObject) -> None:
    answer = bytearray(_answer(authority))
    for _ in range(data.draw(st.integers(0, 4))):
        answer[data.draw(st.integers(0, len(answer) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(answer)))

    with contextlib.suppress(NoTimestamp):
        stamp_of(bytes(answer[:end]), b"data")


_KEPT: dict[Path, bytes] = {}


def _answer(folder: Path) -> bytes:
    if folder not in _KEPT:
        _KEPT[folder] = stamped(folder, b"data")
    return _KEPT[folder]
