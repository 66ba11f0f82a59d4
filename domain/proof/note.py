"""Signed notes (c2sp.org/signed-note) and the keys that verify them; Ed25519 only.

Read strictly: what is accepted has one spelling, so a note can't be changed unseen, not even in a way without meaning.
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from domain.proof.ed25519 import KEY_BYTES, SIGNATURE_BYTES, KeyRefused, Verify, check_key

LONGEST = 1 << 16
MOST_SIGNATURES = 64
_ED25519 = b"\x01"
_DASH = "\u2014 "
_ID_BYTES = 4


class NoteRefused(ValueError):
    """No signed note, checkpoint or verifier key; or one that isn't signed as it must be."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """Who signs: a name and a public key. As text `name+id+base64`, as Go's and other tools take it."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        """Raises `NoteRefused`."""
        _check_name(self.name)
        try:
            check_key(self.public)
        except KeyRefused as error:
            raise NoteRefused(f"the key {self.name}: {error}") from error

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature names the key, together with the name."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_base64(_ED25519 + self.public)}"


def verifier_key(text: str) -> VerifierKey:
    """A key from its text. Raises `NoteRefused`."""
    parts = text.split("+", 2)
    if len(parts) != 3:  # noqa: PLR2004
        raise NoteRefused("a verifier key is name+id+base64")
    data = decoded(parts[2])
    if data[:1] != _ED25519 or len(data) != 1 + KEY_BYTES:
        raise NoteRefused("not the key of an Ed25519 signature")
    key = VerifierKey(parts[0], data[1:])
    if parts[1] != key.id.hex():
        raise NoteRefused("a verifier key whose id isn't its own")
    return key


@dataclass(frozen=True, slots=True)
class Signature:
    """A line below a note: by which key, and its bytes."""

    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {_base64(self.key_id + self.value)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text, which ends in a newline, and who signed it. The text isn't to be trusted before `verified`."""

    text: str
    signatures: tuple[Signature, ...]

    def __bytes__(self) -> bytes:
        return f"{self.text}\n{''.join(str(each) for each in self.signatures)}".encode()


def note_of(data: bytes) -> Note:
    """Read a signed note; the signatures aren't verified yet. Raises `NoteRefused`."""
    if len(data) > LONGEST:
        raise NoteRefused("a note that is too long")
    try:
        whole = data.decode()
    except UnicodeDecodeError as error:
        raise NoteRefused("a note that isn't UTF-8") from error
    _check_characters(whole)
    end = whole.rfind("\n\n")
    if end < 0 or not whole.endswith("\n"):
        raise NoteRefused("a note without signatures")
    lines = whole[end + 2 : -1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise NoteRefused("a note with too many signatures")
    signatures = tuple(_signature(line) for line in lines)
    if len({(each.name, each.key_id) for each in signatures}) < len(signatures):
        raise NoteRefused("a note with two signatures of one key")
    return Note(whole[: end + 1], signatures)


def signed(text: str, signers: Iterable[tuple[VerifierKey, Callable[[bytes], bytes]]]) -> Note:
    """A text with the signature of each key, by the function that signs for it. Raises `NoteRefused`."""
    _check_characters(text)
    if not text.endswith("\n"):
        raise NoteRefused("a note's text ends in a newline")
    message = text.encode()
    return Note(text, tuple(Signature(key.name, key.id, sign(message)) for key, sign in signers))


def verified(note: Note, keys: Iterable[VerifierKey], verify: Verify) -> tuple[VerifierKey, ...]:
    """Which of the known keys signed the note: one at least.

    Signatures of unknown keys are passed over; a known key's that doesn't verify spoils the note. Raises
    `NoteRefused`.
    """
    known = {(key.name, key.id): key for key in keys}
    message, found = note.text.encode(), []
    for each in note.signatures:
        key = known.get((each.name, each.key_id))
        if key is None:
            continue
        if len(each.value) != SIGNATURE_BYTES or not verify(key.public, message, each.value):
            raise NoteRefused(f"a signature that isn't the one of {key.name}")
        found.append(key)
    if not found:
        raise NoteRefused(f"a note that none of the known keys signed: {_named(note.signatures)}")
    return tuple(found)


def decoded(text: str) -> bytes:
    """Base64 in its one spelling (RFC 4648, sections 3.5 and 4). Raises `NoteRefused`."""
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error) as error:
        raise NoteRefused("not base64") from error
    # The bits behind the last byte would otherwise be free.
    if _base64(data) != text:
        raise NoteRefused("base64 in another spelling than the one")
    return data


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _signature(line: str) -> Signature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        raise NoteRefused("a line among the signatures that is none")
    _check_name(name)
    data = decoded(encoded)
    if len(data) <= _ID_BYTES:
        raise NoteRefused("a signature without content")
    return Signature(name, data[:_ID_BYTES], data[_ID_BYTES:])


def _named(signatures: Sequence[Signature]) -> str:
    return ", ".join(f"{each.name}+{each.key_id.hex()}" for each in signatures)


def _check_name(name: str) -> None:
    if not name or "+" in name or any(c.isspace() or c < " " for c in name) or not _encodable(name):
        raise NoteRefused("a key's name has no spaces and no plus")


def _check_characters(text: str) -> None:
    if not _encodable(text) or any(c < " " and c != "\n" for c in text):
        raise NoteRefused("a note with a control character")


def _encodable(text: str) -> bool:
    return not any("\ud800" <= c <= "\udfff" for c in text)
