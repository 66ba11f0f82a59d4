"""The key that signs checkpoints: from a file or the environment, or made at the first start of the embedded default.

It is an Ed25519 key as PKCS #8 in PEM (`openssl genpkey -algorithm ed25519`). One key serves all ledgers; in each it
has the name of that ledger's log, so a signature of one is none of another.
"""

import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from domain.proof.note import VerifierKey, signed

DEFAULT_FILE = "seal-key.pem"


class KeyUnusable(RuntimeError):
    """There is no key to sign with, or what is there is none."""


@dataclass(frozen=True, slots=True)
class SealKey:
    """A key that signs. `repr` doesn't show it."""

    private: Ed25519PrivateKey

    def verifier(self, origin: str) -> VerifierKey:
        """The public part, under the name of a log. Raises `NoteRefused` for a name that can't be one."""
        return VerifierKey(origin, self.private.public_key().public_bytes_raw())

    def sign(self, origin: str, text: str) -> bytes:
        """A signed note of `text`, in the name of a log."""
        return bytes(signed(text, [(self.verifier(origin), self.private.sign)]))


def seal_key(text: str | None, file: Path | None, data: Path) -> SealKey:
    """The key as ETAPPI_SEAL_KEY (the PEM itself) or ETAPPI_SEAL_KEY_FILE says, else the one in the folder `data`.

    Only that last one is made where it is missing. Raises `KeyUnusable`.
    """
    if text is not None and file is not None:
        raise KeyUnusable("Both ETAPPI_SEAL_KEY and ETAPPI_SEAL_KEY_FILE are set: set one.")
    if text is not None:
        return _key(text.encode(), "ETAPPI_SEAL_KEY")
    if file is not None:
        return _read(file)
    default = data / DEFAULT_FILE
    if not default.exists():
        _make(default)
    return _read(default)


def _make(path: Path) -> None:
    """Write a new key, for its owner alone, and whole or not at all: others may be making it, too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    text = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(new)
    finally:
        new.unlink()


def _read(path: Path) -> SealKey:
    try:
        text = path.read_bytes()
    except OSError as error:
        raise KeyUnusable(f"The key that seals can't be read: {error}") from error
    return _key(text, str(path))


def _key(text: bytes, source: str) -> SealKey:
    try:
        key = load_pem_private_key(text, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # Without the cause: what it quotes may be secret.
        raise KeyUnusable(f"{source} holds no private key in PEM, or one with a password.") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnusable(f"{source} holds no Ed25519 key.")
    return SealKey(key)
