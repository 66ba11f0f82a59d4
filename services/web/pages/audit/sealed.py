"""How far the log is sealed: its last checkpoint, whether the log's key signed it, and what its tree proves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.proof.checkpoint import Checkpoint, checkpoint_of, opened
from domain.proof.keys import LogKeys, log_keys
from domain.proof.merkle import ImpossibleSize, ProofRefused, verify_inclusion
from domain.proof.note import NoteRefused, note_of
from services.web.api import Problem
from services.web.page import Page
from verifier.ed25519 import verify


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """The last checkpoint of a log. `signed`: by the key that the log's own events name for it."""

    note: str
    checkpoint: Checkpoint
    keys: LogKeys
    signed: bool


async def sealed(page: Page) -> Sealed | None:
    """What is sealed of the ledger; None where nothing is yet."""
    try:
        note = await page.asking.log(f"{page.ledger}/checkpoint")
        keys = (await page.asking.log(f"{page.ledger}/keys"))["keys"]
    except Problem as problem:
        if problem.code != "unknown-checkpoint":
            raise
        return None
    known = log_keys((each["position"], each["verifier_key"]) for each in keys)
    said = checkpoint_of(note_of(note.encode()).text)
    return Sealed(note=note, checkpoint=said, keys=known, signed=signed(note, known))


def signed(note: str, keys: LogKeys) -> bool:
    """Whether one of the log's keys signed a checkpoint of this log."""
    try:
        opened(note.encode(), keys.origin or "", [key for _, key in keys.introduced], verify)
    except (NoteRefused, UnicodeEncodeError):
        return False
    return True


async def inclusion(page: Page, position: int, checkpoint: Checkpoint) -> Mapping[str, Any] | None:
    """The proof that an event is in the tree of the checkpoint, and in `holds` whether it proves that.

    None where the event isn't sealed yet.
    """
    if position > checkpoint.size:
        return None
    proof = await page.asking.log(f"{page.ledger}/proof/inclusion", position=position, size=checkpoint.size)
    leaf, path = bytes.fromhex(proof["leaf"]), [bytes.fromhex(each) for each in proof["proof"]]
    try:
        verify_inclusion(leaf, position - 1, checkpoint.size, path, checkpoint.root)
    except (ProofRefused, ImpossibleSize):
        return {**proof, "holds": False}
    return {**proof, "holds": True}


__all__ = ["Sealed", "inclusion", "sealed", "signed"]
