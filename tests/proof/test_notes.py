"""Signed notes and checkpoints: what other tools write is read, and nothing has two spellings."""

import base64
import contextlib
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.proof.checkpoint import Checkpoint, checkpoint_of, opened
from domain.proof.ed25519 import verify
from domain.proof.merkle import EMPTY_ROOT
from domain.proof.note import NoteRefused, Signature, VerifierKey, note_of, signed, verified, verifier_key

# The example in the documentation of Go's golang.org/x/mod/sumdb/note.
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANNS = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()
# The key of Go's checksum database.
SUM = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
# The examples of c2sp.org/signed-note and c2sp.org/tlog-checkpoint; their keys aren't published.
QUASIMODO = (
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n"
    "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3Ze"
    "kRwNtIc=\n"
).encode()
SOFA = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeM"
    "cTOAYQ8=\n"
).encode()

Signer = tuple[VerifierKey, Callable[[bytes], bytes]]
ORIGIN = "etappi.example/log/keha"
CHECKPOINT = Checkpoint(origin=ORIGIN, size=42, root=bytes(range(32)))


def signer(name: str, seed: int) -> Signer:
    private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    return VerifierKey(name, private.public_key().public_bytes_raw()), private.sign


OURS, WITNESS, STRANGER = signer(ORIGIN, 1), signer("witness.example", 2), signer(ORIGIN, 3)
NOTE = bytes(signed(CHECKPOINT.text, [OURS, WITNESS]))
KEYS = [OURS[0], WITNESS[0]]


def test_a_note_of_gos_tools_is_read_verified_and_written_alike() -> None:
    key = verifier_key(NEUMANN)
    note = note_of(NEUMANNS)

    assert verified(note, [key], verify) == (key,)
    assert bytes(note) == NEUMANNS
    assert str(key) == NEUMANN
    assert str(verifier_key(SUM)) == SUM


def test_the_examples_of_the_specifications_are_read_and_written_alike() -> None:
    quasimodo, sofa = note_of(QUASIMODO), note_of(SOFA)

    assert (bytes(quasimodo), bytes(sofa)) == (QUASIMODO, SOFA)
    assert quasimodo.text.endswith("\n\ned è subito sera.\n")
    assert quasimodo.signatures[0].key_id.hex() == "367ba04b"
    checkpoint = checkpoint_of(sofa.text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.text == sofa.text


def test_a_checkpoint_with_several_signatures() -> None:
    assert NOTE.decode().count("\n— ") == 2
    assert opened(NOTE, ORIGIN, KEYS, verify) == (CHECKPOINT, (OURS[0], WITNESS[0]))
    assert opened(NOTE, ORIGIN, KEYS[:1], verify) == (CHECKPOINT, (OURS[0],))


def test_unknown_keys_are_passed_over_and_known_ones_must_verify() -> None:
    key, sign = OURS
    with pytest.raises(NoteRefused, match="none of the known keys signed"):
        opened(NOTE, ORIGIN, [STRANGER[0]], verify)
    with pytest.raises(NoteRefused, match="none of the known keys signed"):
        opened(NOTE, ORIGIN, [], verify)
    forged = bytes(signed(CHECKPOINT.text, [(key, STRANGER[1]), WITNESS]))
    with pytest.raises(NoteRefused, match=r"isn't the one of etappi\.example/log/keha"):
        opened(forged, ORIGIN, KEYS, verify)
    short = bytes(signed(CHECKPOINT.text, [(key, lambda text: sign(text)[:63])]))
    with pytest.raises(NoteRefused, match="isn't the one of"):
        opened(short, ORIGIN, KEYS, verify)


def test_a_checkpoint_of_another_log_is_refused() -> None:
    with pytest.raises(NoteRefused, match=r"a checkpoint of etappi\.example/log/keha, not of other"):
        opened(NOTE, "other", KEYS, verify)


def test_the_last_character_of_base64_has_one_spelling() -> None:
    """A signature's last character carries free bits: `A` and `B` would decode alike."""
    key = OURS[0]
    last = NOTE.index(b"=\n", NOTE.index(b"\n\n")) - 1
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    spelled = {alphabet[alphabet.index(NOTE[last]) ^ bits] for bits in (1, 2, 3)}

    for each in spelled:
        other = NOTE[:last] + bytes([each]) + NOTE[last + 1 :]
        with pytest.raises(NoteRefused, match="another spelling"):
            note_of(other)
    with pytest.raises(NoteRefused, match="another spelling"):
        checkpoint_of(f"{ORIGIN}\n1\n{base64.b64encode(bytes(32)).decode().replace('A=', 'B=')}\n")
    assert verifier_key(str(key)) == key


def test_no_byte_of_a_note_can_be_changed() -> None:
    changed = 0
    for at in range(len(NOTE)):
        for bit in (0, 5, 7):
            other = NOTE[:at] + bytes([NOTE[at] ^ 1 << bit]) + NOTE[at + 1 :]
            try:
                _, signers = opened(other, ORIGIN, KEYS, verify)
            except NoteRefused:
                continue
            # Only a signature can be lost, when its key's name or id is no longer a known one.
            assert len(signers) == 1
            changed += 1
    assert 0 < changed < len(NOTE)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "without signatures"),
        (b"\n", "without signatures"),
        (b"\xff\n\n", "UTF-8"),
        (NOTE[:-1], "without signatures"),
        (NOTE + b"\n", "a line among the signatures"),
        (NOTE.replace(b"\n", b"\r\n"), "control"),
        (NOTE.replace(b"\n\n", b"\n"), "without signatures"),
        (NOTE.replace("— ".encode(), b"- "), "a line among the signatures"),
        (NOTE.replace("\n— ".encode(), "\n—  ".encode()), "name"),
        (NOTE.replace(b"witness.example", b"wit+ness.example"), "name"),
        (NOTE.replace(b"witness.example", "wit\u00a0ness.example".encode()), "name"),
        (CHECKPOINT.text.encode() + "\n— a AAAA\n".encode(), "without content"),
        (CHECKPOINT.text.encode() + "\n— a \n".encode(), "without content"),
        (CHECKPOINT.text.encode() + "\n— a A\n".encode(), "not base64"),
        (CHECKPOINT.text.encode() + "\n— a ä\n".encode(), "not base64"),
        (CHECKPOINT.text.encode() + "\n— a\n".encode(), "a line among the signatures"),
        (CHECKPOINT.text.encode() + b"\n" + "— a AAAAAAA=\n".encode() * 2, "two signatures"),
        (CHECKPOINT.text.encode() + b"\n" + "— a AAAAAAA=\n".encode() * 65, "too many"),
        (b"x" * 70_000, "too long"),
    ],
)
def test_a_malformed_note_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(NoteRefused, match=why):
        note_of(data)


ROOT = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        f"log\n1\n{ROOT}",
        "log\n1\n",
        f"\n1\n{ROOT}\n",
        f"log\n01\n{ROOT}\n",
        f"log\n-1\n{ROOT}\n",
        f"log\n+1\n{ROOT}\n",
        f"log\n 1\n{ROOT}\n",
        f"log\n1_0\n{ROOT}\n",
        f"log\n\u0661\n{ROOT}\n",
        f"log\n{2**63}\n{ROOT}\n",
        f"log\n{'9' * 5_000}\n{ROOT}\n",
        f"log\n1\n{ROOT}\n\n",
        f"log\n1\n{ROOT}\n\nmore\n",
        "log\n1\nAAAA\n",
        f"log\n1\n{ROOT} \n",
        f"log\n0\n{ROOT}\n",
    ],
)
def test_a_malformed_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteRefused):
        checkpoint_of(text)


def test_extension_lines_and_the_empty_tree_are_read() -> None:
    empty = Checkpoint(origin="a log", size=0, root=EMPTY_ROOT)
    extended = Checkpoint(origin="log", size=1, root=bytes(32), extensions=("one", "two"))

    assert checkpoint_of(empty.text) == empty
    assert checkpoint_of(extended.text) == extended


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        NEUMANN.replace("+c7", "+C7").replace("c74f20a3", "C74F20A3"),
        NEUMANN.replace("c74f20a3", "c74f20a4"),
        NEUMANN.replace("c74f20a3", ""),
        NEUMANN.replace("Peter", "Peter "),
        NEUMANN.replace("PeterNeumann", ""),
        NEUMANN[:-1],
        NEUMANN + "\n",
        NEUMANN.replace("+ARpc", "+BBpc"),
        "name+00000000+AQ==",
        "name+00000000+" + base64.b64encode(b"\x01" + b"\x01" + bytes(31)).decode(),
        "\ud800+00000000+" + base64.b64encode(b"\x01" + OURS[0].public).decode(),
    ],
)
def test_a_malformed_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(NoteRefused):
        verifier_key(text)


@pytest.mark.parametrize("text", ["", "no newline", "a tab\t\n", "\ud800\n"])
def test_what_can_not_be_read_is_not_signed(text: str) -> None:
    with pytest.raises(NoteRefused):
        signed(text, [OURS])


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")),
        st.tuples(st.integers(0, len(NOTE)), st.binary(max_size=6), st.integers(0, 6)).map(
            lambda cut: NOTE[: cut[0]] + cut[1] + NOTE[cut[0] + cut[2] :]
        ),
    )
)
def test_hostile_bytes_are_refused_and_nothing_else_happens(data: bytes) -> None:
    try:
        note = note_of(data)
    except NoteRefused:
        return
    assert bytes(note) == data
    try:
        checkpoint = checkpoint_of(note.text)
    except NoteRefused:
        return
    assert checkpoint.text == note.text


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=80), st.text(alphabet="+=ABab01/ —\n", max_size=80)))
def test_hostile_keys_and_checkpoints_are_refused_and_nothing_else_happens(text: str) -> None:
    for read, written in ((verifier_key, str), (checkpoint_of, lambda checkpoint: checkpoint.text)):
        with contextlib.suppress(NoteRefused):
            assert written(read(text)) == text


def test_a_signature_is_written_as_a_line() -> None:
    assert str(Signature("name", b"\0\1\2\3", b"\4")) == "— name AAECAwQ=\n"
