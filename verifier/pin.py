"""An auditor's pin: the last checkpoint that they saw of a log, and its keys, in a file that only they hold.

Whoever could rewrite the log and sign it anew can't rewrite this file; each later bundle must continue what it names.
"""

from dataclasses import dataclass

from domain.canonical import NotCanonical, canonical, parse
from domain.proof.checkpoint import Checkpoint, checkpoint_of
from domain.proof.keys import Introduced
from domain.proof.note import NoteRefused, VerifierKey, note_of, verifier_key

FORMAT = "etappi-pin/1"
LARGEST = 1 << 20


class NoPin(ValueError):
    """The file isn't a pin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """The checkpoint, a signed note, and the verifier keys that the auditor has trusted, one after the other.

    The pin itself is trusted: its note is kept whole so that it can be shown to others.
    """

    ledger: str
    keys: tuple[VerifierKey, ...]
    note: bytes

    @property
    def checkpoint(self) -> Checkpoint:
        """What the note says. Raises `NoteRefused`."""
        return checkpoint_of(note_of(self.note).text)

    @property
    def introduced(self) -> tuple[Introduced, ...]:
        """That the key which signed the pin's checkpoint had replaced those that were trusted before it."""
        note, size = note_of(self.note), self.checkpoint.size
        signed = {(each.name, each.key_id) for each in note.signatures}
        last = max((place for place, key in enumerate(self.keys) if (key.name, key.id) in signed), default=0)
        return tuple(Introduced(size, str(self.keys[last]), str(old)) for old in self.keys[:last])

    def __bytes__(self) -> bytes:
        said = {
            "format": FORMAT,
            "ledger": self.ledger,
            "keys": [str(each) for each in self.keys],
            "checkpoint": self.note.decode(),
        }
        return canonical(said) + b"\n"


def pin_of(data: bytes) -> Pin:
    """A pin from its file. Raises `NoPin`."""
    try:
        said = parse(data.removesuffix(b"\n"))
        if not isinstance(said, dict):
            raise NoPin("a pin is a JSON object")
        keys = tuple(verifier_key(str(each)) for each in said["keys"])
        pin = Pin(ledger=str(said["ledger"]), keys=keys, note=str(said["checkpoint"]).encode())
        _ = pin.checkpoint
    except (NotCanonical, NoteRefused, KeyError, TypeError) as error:
        raise NoPin(f"not a pin: {error}") from error
    if bytes(pin) != data:
        raise NoPin("not a pin: it has other fields than a pin has")
    return pin
