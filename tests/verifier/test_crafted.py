"""Bundles by somebody who has the log's key and writes what no service writes: told, and never stumbled over."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bundled import KEY, ORIGIN, contents, ledger, note, numbered, pin, rebuilt, verifier_key, write
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.canonical import Json, canonical
from domain.events.envelope import Row, commitment, leaf
from verifier.command import told
from verifier.records import event_record
from verifier.report import Report
from verifier.verify import verify
from verifier.write import Unreplayable


def rows() -> list[Row]:
    return list(ledger()[0])


def at(type_: str) -> int:
    return next(number for number, row in enumerate(rows()) if row.type == type_)


def crafted(path: Path, changed: list[Row]) -> Report:
    """A report on a bundle whose hashes and signatures all fit these rows."""
    write(path, rows())
    files = contents(path.read_bytes())
    proof = {**json.loads(files["proof.json"]), "checkpoint": note(changed).decode()}
    events = b"".join(event_record(row, leaf(row)) for row in changed)
    path.write_bytes(rebuilt({**files, "events.bin": events, "proof.json": canonical(proof)}))
    return verify(path, pin=pin(changed[:3]), keys=[verifier_key(KEY)])


def changed_body(type_: str, **fields: Any) -> list[Row]:
    found = rows()
    number = at(type_)
    said = json.loads(found[number].body)
    found[number] = replace(found[number], body=canonical({**said, **fields}))
    return found


ODD: list[Json] = [None, True, -1, "<script>alert(1)</script>", [], [[]], {}, {"a": 1}, "\u001b[2J", "x" * 100_000]


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize(
    ("type_", "field"),
    [
        ("ledger-opened", "demo"),
        ("sent-for-signature", "digest"),
        ("sent-for-signature", "version"),
        ("round-scope-fixed", "items"),
        ("milestone-status-reported", "light"),
        ("milestone-status-reported", "status"),
        ("milestone-status-reported", "narrative"),
        ("evidence-attached", "evidence"),
        ("item-submitted", "deadline"),
        ("seal-key-introduced", "verifier_key"),
        ("seal-key-introduced", "replaces"),
        ("view-attested", "at_position"),
        ("view-attested", "view"),
        ("delivered-to-ministry", "round"),
    ],
)
def test_a_field_of_any_kind_is_told_and_reaches_no_page(tmp_path: Path, type_: str, field: str, odd: Json) -> None:
    report = crafted(tmp_path / "bundle.zip", changed_body(type_, **{field: odd}))

    assert all(line.isprintable() for line in told(report))


@pytest.mark.parametrize("field", ["actor", "acting_for", "command", "actor_kind"])
@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_metadata_of_any_kind_are_told(tmp_path: Path, field: str, odd: Json) -> None:
    found = rows()
    said = json.loads(found[5].metadata)
    found[5] = replace(found[5], metadata=canonical({**said, field: odd}))

    assert all(line.isprintable() for line in told(crafted(tmp_path / "bundle.zip", found)))


def test_an_event_of_an_unknown_type_is_named(tmp_path: Path) -> None:
    found = rows()
    found[-1] = replace(found[-1], type="made-up")

    report = crafted(tmp_path / "bundle.zip", found)

    assert ("unreadable-event", len(found)) in {(each.code, each.position) for each in report.faults}


def test_strictly_each_body_is_what_its_type_says(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    found = changed_body("item-signed-off", more=1)
    crafted(path, found)

    faults = {(each.code, each.position) for each in verify(path, strict=True).faults}

    assert ("unreadable-event", at("item-signed-off") + 1) in faults


@pytest.mark.parametrize(
    "value",
    [
        {"media_type": 1, "name": [], "object": {}, "sha256": [], "size": "x"},
        {"media_type": "", "name": "", "object": "", "sha256": "../../x", "size": -1},
        {"media_type": "", "name": "<b>", "object": "", "sha256": "x", "size": True},
        {"fi": [], "sv": {}, "en": None},
        [1, [2, [3]]],
        None,
        7,
        "\u202etxet",
    ],
    ids=range(8),
)
def test_a_disclosure_of_any_kind_is_told_and_reaches_no_page(tmp_path: Path, value: Json) -> None:
    path, salt = tmp_path / "bundle.zip", b"s" * 16
    made = commitment(salt, "reason", value)
    found = changed_body("milestone-status-reported", narrative=str(made))
    crafted(path, found)
    files = contents(path.read_bytes())
    lines = [line for line in files["disclosures.jsonl"].splitlines() if line]
    lines.append(canonical({"commitment": made, "salt": salt.hex(), "value": ["reason", value]}))
    path.write_bytes(rebuilt({**files, "disclosures.jsonl": b"".join(line + b"\n" for line in sorted(lines))}))

    report = verify(path)

    assert "disclosure-differs" not in {each.code for each in report.faults}
    assert all(line.isprintable() for line in told(report))


def test_a_writer_refuses_an_event_that_no_replay_takes(tmp_path: Path) -> None:
    found = numbered([*rows()[:4], *rows()[5:]])

    with pytest.raises(Unreplayable, match="event 5"):
        write(tmp_path / "bundle.zip", found)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_fields_in_any_event_are_told(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.getbasetemp() / "any.zip"
    found = rows()
    for _ in range(data.draw(st.integers(1, 3))):
        number = data.draw(st.integers(0, len(found) - 1))
        said = json.loads(found[number].body)
        field = data.draw(st.sampled_from(sorted(said)))
        body = json.dumps({**said, field: data.draw(JSON)}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        found[number] = replace(found[number], body=body.encode("utf-8", "replace"))

    report = crafted(path, found)

    assert report.origin == ORIGIN
    assert all(line.isprintable() for line in told(report))
