"""Checkpoints (c2sp.org/tlog-checkpoint): how large a log is, and the root of its tree, as a signed note."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass

from domain.proof.ed25519 import Verify
from domain.proof.merkle import EMPTY_ROOT, HASH_BYTES
from domain.proof.note import Note, NoteRefused, VerifierKey, decoded, note_of, verified

_LARGEST = 1 << 63
_LONGEST_NUMBER = 19


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The head of a log's tree. `origin` names the log; it is also the name of its key."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The text that is signed."""
        lines = (self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def checkpoint_of(text: str) -> Checkpoint:
    """Read a note's text as a checkpoint. Raises `NoteRefused`."""
    lines = text.split("\n")
    if lines.pop() or len(lines) < 3 or not all(lines):  # noqa: PLR2004
        raise NoteRefused("a checkpoint has an origin, a size, a root, and no empty line")
    origin, number, root, *extensions = lines
    if not number.isascii() or not number.isdigit() or len(number) > _LONGEST_NUMBER:
        raise NoteRefused("a checkpoint whose size is no number")
    size = int(number)
    if str(size) != number or size >= _LARGEST:
        raise NoteRefused("a checkpoint whose size is no number")
    found = decoded(root)
    if len(found) != HASH_BYTES or (size == 0 and found != EMPTY_ROOT):
        raise NoteRefused("a checkpoint whose root is none")
    return Checkpoint(origin=origin, size=size, root=found, extensions=tuple(extensions))


def opened(
    data: bytes, origin: str, keys: Iterable[VerifierKey], verify: Verify
) -> tuple[Checkpoint, tuple[VerifierKey, ...]]:
    """The checkpoint of this log in a signed note, and which of the known keys signed it. Raises `NoteRefused`."""
    note: Note = note_of(data)
    signers = verified(note, keys, verify)
    checkpoint = checkpoint_of(note.text)
    if checkpoint.origin != origin:
        raise NoteRefused(f"a checkpoint of {checkpoint.origin}, not of {origin}")
    return checkpoint, signers
