"""An auditor's pins: the last checkpoint that they saw of each log, kept in a folder that only they hold."""

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import typer

from domain.proof.checkpoint import Checkpoint, checkpoint_of, opened
from domain.proof.keys import Introduced, signers
from domain.proof.merkle import ImpossibleSize, ProofRefused, verify_consistency
from domain.proof.note import LONGEST, NoteRefused, VerifierKey, note_of, verifier_key
from services.cli.failures import CannotRun, Unusable
from services.cli.reading import answered
from verifier.ed25519 import verify
from verifier.pin import LARGEST, NoPin, Pin, pin_of
from verifier.trust import about_signer


@dataclass(frozen=True, slots=True)
class Pins:
    """A folder of pins, one file a ledger."""

    folder: Path

    def path(self, ledger: str) -> Path:
        """The file of a ledger's pin."""
        return self.folder / f"{quote(ledger, safe='')}.pin"

    def read(self, ledger: str) -> Pin | None:
        """The pin of a ledger, if there is one. Raises `Unusable` for a file that is none, or another ledger's."""
        path = self.path(ledger)
        if not path.exists():
            return None
        if path.stat().st_size > LARGEST:
            raise Unusable(f"{path} is no pin: it is too large.")
        try:
            pin = pin_of(path.read_bytes())
        except NoPin as error:
            raise Unusable(f"{path}: {error}.") from error
        if pin.ledger != ledger:
            raise Unusable(f"{path} is the pin of {pin.ledger}, not of {ledger}.")
        return pin

    def write(self, pin: Pin) -> Path:
        """Keep a pin: whole, or the one before stays."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.path(pin.ledger)
        new = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        try:
            with new.open("xb") as file:
                file.write(bytes(pin))
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)
        return path


def keys_of(texts: Sequence[str]) -> list[VerifierKey]:
    """Verifier keys as they are typed. Raises `BadParameter`."""
    try:
        return [verifier_key(each.strip()) for each in texts]
    except NoteRefused as error:
        said = f"This is no verifier key: {error}. It reads like etappi.example/keha+c9d8…+AY1q…."
        raise typer.BadParameter(said, param_hint="--key") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewed:
    """A pin after a look at the log: `trusted` are the keys that are trusted from now on and weren't before."""

    pin: Pin
    trusted: tuple[VerifierKey, ...]


def renewed(client: httpx2.Client, ledger: str, known: Pin | None, accepted: Sequence[VerifierKey]) -> Renewed:
    """The log's checkpoint as it is served now, if it is signed by a known key and continues what is pinned.

    Without a pin the keys that the log itself names are taken, unless others are `accepted`; that it names another one
    later makes this one no more trusted (`domain.proof.keys`). Raises `CannotRun`.
    """
    address = f"/log/{quote(ledger, safe='')}"
    note = _note(client, address)
    try:
        said = checkpoint_of(note_of(note).text)
    except NoteRefused as error:
        raise CannotRun(f"What {client.base_url} serves as the checkpoint is none: {error}.") from error
    served = _served(client, address)
    before = () if known is None else known.keys
    trusted = [*before, *accepted] or [verifier_key(each.key) for each in served]
    shown = [*served, *(() if known is None else known.introduced)]
    try:
        checkpoint, signed = opened(note, said.origin, signers(trusted, shown, said.size), verify)
    except NoteRefused as error:
        raise CannotRun(f"The checkpoint can't be trusted: {error}{about_signer(note, trusted, shown)}") from error
    if known is not None:
        _continues(client, address, known.checkpoint, checkpoint)
    new = tuple(key for key in signed if key not in before)
    return Renewed(pin=Pin(ledger=ledger, keys=(*before, *new), note=note), trusted=new)


def _note(client: httpx2.Client, address: str) -> bytes:
    answer = client.get(f"{address}/checkpoint")
    if answer.is_error or not answer.headers.get("content-type", "").startswith("text/plain"):
        answered(answer)
        raise CannotRun(f"{answer.url} answers no checkpoint. Is Etappi there?")
    return answer.content[: LONGEST + 1]


def _served(client: httpx2.Client, address: str) -> list[Introduced]:
    """The keys that the log names, each in place of the one before."""
    answer: Any = answered(client.get(f"{address}/keys"))
    found: list[Introduced] = []
    try:
        for each in answer["keys"]:
            key = verifier_key(str(each["verifier_key"]))
            found.append(Introduced(int(each["position"]), str(key), found[-1].key if found else None))
    except (NoteRefused, KeyError, TypeError, ValueError) as error:
        raise CannotRun(f"{client.base_url} names keys that are none: {error}.") from error
    return found


def _continues(client: httpx2.Client, address: str, mine: Checkpoint, now: Checkpoint) -> None:
    """That the log goes on from what was pinned. Raises `CannotRun`."""
    yours = f"your pin, {mine.size} events with the root {mine.root.hex()}"
    if now.origin != mine.origin:
        raise CannotRun(f"This is the log {now.origin}, and your pin is of {mine.origin}.")
    if now.size < mine.size:
        raise CannotRun(
            f"The log has {now.size} events, fewer than {yours}: its end is missing, or it was restored to an earlier "
            "point. Keep your pin: it is the proof."
        )
    found: Any = answered(client.get(f"{address}/proof/consistency", params={"from": mine.size, "to": now.size}))
    try:
        path = [bytes.fromhex(str(each)) for each in found["proof"]]
        verify_consistency(mine.size, now.size, path, mine.root, now.root)
    except (ProofRefused, ImpossibleSize, KeyError, TypeError, ValueError) as error:
        raise CannotRun(
            f"The log doesn't continue {yours}: what you saw then was changed. Keep your pin: it is the "
            f"proof. ({error})"
        ) from error
