"""Bundles by somebody who has the log's key and writes what no service writes: told, and never stumbled over."""

import json
from collections.abc import Mapping, Sequence
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
from verifier.index import LANGUAGES
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


def pages(path: Path) -> str:
    """The pages for people, of all languages."""
    found = contents(path.read_bytes())
    return "".join(found[f"index.{language}.html"].decode() for language in LANGUAGES)


def refused(path: Path, found: list[Row], disclosed: Mapping[str, tuple[bytes, bytes]] | None = None) -> bool:
    """Whether no bundle of these rows is written, and so no page made; else that no page is led astray by one."""
    try:
        write(path, found, disclosed=disclosed)
    except Unreplayable:
        return True
    text = pages(path)
    assert "<script" not in text
    assert "<b>" not in text
    assert not set(text) & {"\u001b", "\u202e"}
    return False


def changed_body(type_: str, **fields: Any) -> list[Row]:
    found = rows()
    number = at(type_)
    said = json.loads(found[number].body)
    found[number] = replace(found[number], body=canonical({**said, **fields}))
    return found


ODD_TEXTS: list[Json] = ["<script>alert(1)</script>", "\u001b[2J", "x" * 100_000]
ODD: list[Json] = [None, True, -1, [], [[]], {}, {"a": 1}, *ODD_TEXTS]
FIELDS: Mapping[tuple[str, str], Sequence[Json]] = {
    ("ledger-opened", "demo"): [True],
    ("round-scope-fixed", "items"): [[]],
    ("milestone-status-reported", "light"): [None],
    ("milestone-status-reported", "narrative"): [None],
    ("seal-key-introduced", "verifier_key"): ODD_TEXTS,
    ("seal-key-introduced", "replaces"): [None, *ODD_TEXTS],
    ("view-attested", "at_position"): [-1],
    ("view-attested", "view"): ODD_TEXTS,
    ("actor", ""): ODD_TEXTS,
    ("acting_for", ""): [None, *ODD_TEXTS],
    ("command", ""): ODD_TEXTS,
    ("actor_kind", ""): ODD_TEXTS,
}
"""Of the odd values those that a field may have by its type: nothing is wrong with the event itself."""


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
def test_a_field_of_any_kind_is_told_and_leads_no_page_astray(
    tmp_path: Path, type_: str, field: str, odd: Json
) -> None:
    path, found = tmp_path / "bundle.zip", changed_body(type_, **{field: odd})
    report = crafted(path, found)
    strict = {(each.code, each.position) for each in verify(path, strict=True).faults}

    assert all(line.isprintable() for line in told(report))
    assert (("unreadable-event", at(type_) + 1) in strict) is (odd not in FIELDS.get((type_, field), ()))
    if refused(path, found):
        assert "unreadable-event" in {each.code for each in report.faults}


@pytest.mark.parametrize("field", ["actor", "acting_for", "command", "actor_kind"])
@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_metadata_of_any_kind_are_told_and_lead_no_page_astray(tmp_path: Path, field: str, odd: Json) -> None:
    path, found = tmp_path / "bundle.zip", rows()
    said = json.loads(found[5].metadata)
    found[5] = replace(found[5], metadata=canonical({**said, field: odd}))
    report = crafted(path, found)
    strict = {(each.code, each.position) for each in verify(path, strict=True).faults}

    assert all(line.isprintable() for line in told(report))
    assert (("unreadable-event", 6) in strict) is (odd not in FIELDS[field, ""])
    if refused(path, found):
        assert "unreadable-event" in {each.code for each in report.faults}


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


NO_FILES: list[Json] = [
    {"media_type": "", "name": "", "object": "", "sha256": "../../x", "size": -1},
    {"media_type": "", "name": "<b>", "object": "", "sha256": "x", "size": True},
]
"""Manifests of files that no writer takes."""


@pytest.mark.parametrize(
    "value",
    [
        {"media_type": 1, "name": [], "object": {}, "sha256": [], "size": "x"},
        *NO_FILES,
        {"fi": [], "sv": {}, "en": None},
        [1, [2, [3]]],
        None,
        7,
        "\u202etxet",
    ],
    ids=range(8),
)
def test_a_disclosure_of_any_kind_is_told_and_leads_no_page_astray(tmp_path: Path, value: Json) -> None:
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
    if value not in NO_FILES:
        assert not refused(path, found, {**ledger()[1], made: (salt, canonical(["reason", value]))})
        assert verify(path).faults == []


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
