"""docs/log-format.md, read as somebody reads it who writes another reader: its examples, with hashlib alone."""

import ast
import json
import re
from base64 import b64encode
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.canonical import canonical
from domain.events import agreement, cycle, envelope, erasure, item, organisation
from domain.events.codec import EVENTS, decode, decode_metadata
from domain.item import Content, Item, content_digest
from domain.proof.checkpoint import opened
from domain.proof.ed25519 import verify
from domain.proof.note import verifier_key
from domain.statement import statement_digest
from domain.values import Digest, SubjectId, TrafficLight
from projections import attested
from projections.cycles import ASSESSMENT, CYCLE, new_cycle
from projections.items import ITEM, new_item
from projections.rounds import ROUND, new_round
from projections.table import DictTable

PAGE = (Path(__file__).parents[2] / "docs" / "log-format.md").read_text()
BLOCKS = {name: json.loads(text) for name, text in re.findall(r"```json (\S+)\n(.*?)```", PAGE, re.DOTALL)}
BOUND = ("item-content/1", "agency-report/1", "statement/1", "late-completion/1")


def said(name: str) -> str:
    """What the page's tables say of a name."""
    [found] = re.findall(rf"^\| {re.escape(name)} \| `(.*)` \|$", PAGE, re.MULTILINE)
    return str(found)


def spelled(value: Any) -> bytes:
    """Canonical JSON, as the page has it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def framed(*parts: bytes) -> bytes:
    """Each part behind its length."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def row() -> envelope.Row:
    """The event of the example, as the program has it."""
    return envelope.Row(
        ledger=said("ledger"),
        position=int(said("position")),
        stream=said("stream"),
        version=int(said("version")),
        id=bytes.fromhex(said("id")),
        type=said("type"),
        schema=int(said("schema")),
        received_at=datetime.fromisoformat(said("received at")),
        recorded_at=datetime.fromisoformat(said("recorded at")),
        effective_at=None,
        command_id=bytes.fromhex(said("command id")),
        nonce=bytes.fromhex(said("nonce")),
        body=spelled(BLOCKS["body"]),
        metadata=spelled(BLOCKS["metadata"]),
    )


def test_the_commitment_is_computed_from_the_page_and_is_the_programs() -> None:
    salt, kind, value = bytes.fromhex(said("salt")), said("kind"), said("value")

    computed = sha256(b"\x02" + salt + spelled([kind, value])).hexdigest()

    assert computed == said("commitment") == envelope.commitment(salt, kind, value)
    assert BLOCKS["body"]["reason"] == computed


def test_the_leaf_is_computed_from_the_page_and_is_the_programs() -> None:
    nonce = bytes.fromhex(said("nonce"))
    command = sha256(framed(*(said(each).encode() for each in ("ledger", "actor kind", "actor", "key")))).digest()[:16]
    body = sha256(b"\x03" + nonce + spelled(BLOCKS["body"])).digest()
    metadata = sha256(b"\x04" + nonce + spelled(BLOCKS["metadata"])).digest()
    header = framed(
        b"etappi-header/1",
        *(said(each).encode() for each in ("ledger", "position", "stream", "version")),
        bytes.fromhex(said("id")),
        *(said(each).encode() for each in ("type", "schema", "received at", "recorded at")),
        b"",
        command,
        body,
        metadata,
    )

    leaf = sha256(b"\x00" + header).hexdigest()

    assert command.hex() == said("command id")
    assert (body.hex(), metadata.hex()) == (said("body digest"), said("metadata digest"))
    assert (len(header), leaf) == (int(said("length of the header")), said("leaf"))
    example = row()
    assert envelope.header(example) == header
    assert envelope.leaf(example).hex() == leaf
    assert envelope.command_id("keha", said("actor kind"), said("actor"), said("key")) == command


def test_the_checkpoint_is_signed_from_the_page_and_the_program_verifies_it() -> None:
    [note] = re.findall(r"```note\n(.*?)```", PAGE, re.DOTALL)
    root, private = bytes.fromhex(said("root")), Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    public = private.public_key().public_bytes_raw()
    origin = note.split("\n")[0]
    text = f"{origin}\n{said('size')}\n{b64encode(root).decode()}\n"
    key_id = sha256(origin.encode() + b"\n\x01" + public).digest()[:4]

    signature = b64encode(key_id + private.sign(text.encode())).decode()

    assert said("root") == said("leaf")
    assert note == f"{text}\n\u2014 {origin} {signature}\n"
    encoded = b64encode(b"\x01" + public).decode()
    assert said("verifier key") == f"{origin}+{key_id.hex()}+{encoded}"
    checkpoint, _ = opened(note.encode(), origin, [verifier_key(said("verifier key"))], verify)
    assert (checkpoint.size, checkpoint.root) == (1, root)


def test_the_example_is_an_event_that_the_program_decodes() -> None:
    example = row()

    event, metadata = decode(example.type, example.schema, example.body), decode_metadata(example.metadata)

    assert event.stream == example.stream
    assert (metadata.actor_kind, metadata.actor) == (said("actor kind"), said("actor"))
    listed = re.search(r"^\| metadata \|.*?\n\n", PAGE, re.DOTALL | re.MULTILINE)
    assert listed is not None
    assert set(re.findall(r"^\| `(\w+)`", listed[0], re.MULTILINE)) == set(BLOCKS["metadata"])


@pytest.mark.parametrize("name", [*BOUND, attested.VIEW])
def test_what_people_bind_themselves_to_is_digested_as_the_page_says(name: str) -> None:
    [digest] = re.findall(rf"^Digest `(\w+)` of:\n\n```json {re.escape(name)}$", PAGE, re.MULTILINE)

    assert sha256(spelled(BLOCKS[name])).hexdigest() == digest == envelope.digest_of(BLOCKS[name])


def test_the_item_content_is_what_the_program_makes_of_the_same_item_in_any_revision() -> None:
    said_of = BLOCKS["item-content/1"]
    _, round_id, subject = said_of["item"].split("/")
    report = decode(said_of["report"]["type"], 1, canonical({**said_of["report"]["fields"], "revision": 3}))
    attached = {"round": round_id, "subject": subject, "revision": 3, "evidence": said_of["evidence"][0]}
    document = decode("evidence-attached", 1, canonical(attached))
    assert isinstance(report, item.MilestoneStatusReported)
    assert isinstance(document, item.EvidenceAttached)

    made = Item(revision=1, content=Content(report=report, evidence=(document.evidence,)))

    assert content_digest(round_id, SubjectId(subject), made) == sha256(spelled(said_of)).hexdigest()
    assert BLOCKS["agency-report/1"]["items"][0]["digest"] == sha256(spelled(said_of)).hexdigest()


def test_the_statement_is_what_the_program_makes_of_the_same_lights() -> None:
    statement = BLOCKS["statement/1"]
    lights = tuple(
        cycle.StatementLight(
            subject=each["subject"], light=TrafficLight(each["light"]), delivered=Digest(each["delivered"])
        )
        for each in statement["lights"]
    )

    assert statement_digest(statement["year"], lights) == sha256(spelled(statement)).hexdigest()


def test_the_attested_view_is_what_the_program_makes_of_the_same_board() -> None:
    """The page's board, with what the view leaves out filled in at will."""
    view = BLOCKS[attested.VIEW]
    [of_round], said_of_cycle, lights = view["rounds"], view["cycle"], view["ministry"]
    table = DictTable()
    published = {each["kind"]: {**each, "redacted": []} for each in said_of_cycle["published"]}
    table.put(
        CYCLE,
        str(view["year"]),
        {
            **new_cycle(str(view["year"])),
            **{name: said_of_cycle[name] for name in ("stage", "version")},
            "final_accounts": {"approved_on": said_of_cycle["approved_on"], "late": False},
            "published": published,
            # In another order, and one of which only a comment was given.
            "assessment": {"subjects": [{"subject": "staff-transfers-2024"}, {"subject": "orderly-reform"}]},
        },
    )
    table.put(
        ROUND,
        of_round["round"],
        {
            **new_round(of_round["round"]),
            **{name: of_round[name] for name in ("stage", "version", "deliveries")},
            "scope": [each["subject"] for each in reversed(of_round["items"])],
        },
    )
    for each in of_round["items"]:
        key = f"{of_round['round']}/{each['subject']}"
        scope = {"subject": each["subject"], "kind": "milestone", "unit": "data", "target": None}
        report = each["digest"] and {"light": each["light"], "basis": each["basis"], "status": "in-progress"}
        known = {name: each[name] for name in ("stage", "revision", "digest", "delivered")}
        table.put(ITEM, key, {**new_item(of_round["round"], view["year"], scope), **known, "report": report})
    table.put(ASSESSMENT, f"{view['year']}/orderly-reform", {**lights[0], "given": True, "rationale": None})
    table.put(ASSESSMENT, f"{view['year']}/staff-transfers-2024", {"subject": "staff-transfers-2024", "given": False})

    assert attested.attested(table, view["year"]) == view
    assert attested.digest(table, view["year"]) == sha256(spelled(view)).hexdigest()


@pytest.mark.parametrize("name", BOUND)
def test_each_format_has_the_keys_that_the_code_writes(name: str) -> None:
    written = [
        [key.value for key in node.keys if isinstance(key, ast.Constant)]
        for path in (Path(__file__).parents[2] / "domain").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Dict)
        and any(isinstance(each, ast.Constant) and each.value == name for each in node.values)
    ]

    assert written == [list(BLOCKS[name])]


def test_what_is_proposed_is_an_event_that_ends_in_proposed() -> None:
    proposed = {kind.type for kind in EVENTS.values() if kind.type.endswith("-proposed")} - {
        "deviation-closure-proposed"
    }

    assert proposed == {
        organisation.RoleProposed.type,
        organisation.SettingProposed.type,
        agreement.ExternalSignatureProposed.type,
        cycle.TranscriptionProposed.type,
        erasure.ErasureProposed.type,
        erasure.LegalHoldProposed.type,
        erasure.LegalHoldLiftProposed.type,
    }
