"""The key that seals: found, made once, readable by its owner alone, and never shown."""

import os
import stat
import subprocess
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from domain.proof import ed25519
from domain.proof.note import note_of, verified
from services.seal import KeyUnusable, SealKey, seal_key, verify

PRIVATE = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PEM = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC = PRIVATE.public_key().public_bytes_raw()


def public(key: SealKey) -> bytes:
    return key.verifier("log").public


def test_the_key_comes_from_the_environment_or_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text(PEM)

    assert public(seal_key(PEM, None, tmp_path)) == PUBLIC
    assert public(seal_key(None, file, tmp_path)) == PUBLIC
    assert [path.name for path in tmp_path.iterdir()] == ["key.pem"]


def test_the_default_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"

    first, second = (public(seal_key(None, None, data)) for _ in range(2))

    assert first == second
    assert [path.name for path in data.iterdir()] == ["seal-key.pem"]
    assert stat.S_IMODE((data / "seal-key.pem").stat().st_mode) == 0o600


def test_processes_that_start_together_get_one_key(tmp_path: Path) -> None:
    found = []
    threads = [threading.Thread(target=lambda: found.append(public(seal_key(None, None, tmp_path)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert len(set(found)) == 1
    assert os.listdir(tmp_path) == ["seal-key.pem"]  # noqa: PTH208


def test_what_is_no_key_is_refused_without_showing_it(tmp_path: Path) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    other_pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    for text, file, why in (
        ("s3cret", None, "ETAPPI_SEAL_KEY holds no private key"),
        (other_pem, None, "ETAPPI_SEAL_KEY holds no Ed25519 key"),
        (None, tmp_path / "none", "can't be read"),
        (PEM, tmp_path / "none", "set one"),
    ):
        with pytest.raises(KeyUnusable, match=why) as refused:
            seal_key(text, file, tmp_path)
        assert "s3cret" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_signatures_are_those_that_the_verifier_reads() -> None:
    key = SealKey(PRIVATE)

    note = note_of(key.sign("etappi.example/log/keha", "text\n"))

    for each in (ed25519.verify, verify):
        assert verified(note, [key.verifier("etappi.example/log/keha")], each)
    assert not verify(PUBLIC, b"other", note.signatures[0].value)
    assert "k" * 32 not in repr(key)


def test_a_key_made_by_openssl_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    try:
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", file], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("there is no openssl here")

    assert len(public(seal_key(None, file, tmp_path))) == 32
